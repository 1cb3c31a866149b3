"""Temporal's namespace as the engine needs it: retention, search attributes, and the builds of the worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType, VersionDrainageStatus
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentRequest,
    RegisterNamespaceRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.client import TASK_QUEUE
from workflows.milestone_writer import OVERDUE, STAGE

DEPLOYMENT = "discharge-handoff"
POLLED_WITHIN = 90.0  # seconds: a poll is held open for 60
_WITHIN = timedelta(seconds=5)
ATTRIBUTES: Mapping[str, "IndexedValueType.ValueType"] = {
    STAGE.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    OVERDUE.name: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
}


@dataclass(frozen=True)
class Build:
    """One build of the worker that Temporal knows.

    Attributes:
        current: new cases go to it.
        draining: it takes no new cases, and open ones still stay with it.
        used: it took new cases once.
    """

    build: str
    current: bool
    draining: bool
    used: bool


async def retention(client: Client) -> timedelta | None:
    """How long the namespace keeps finished runs; None: there is no such namespace."""
    try:
        found = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), timeout=_WITHIN
        )
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return None
    return found.config.workflow_execution_retention_ttl.ToTimedelta()


async def missing_attributes(client: Client) -> list[str]:
    """The search attributes that the namespace lacks or has with another type."""
    found = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=_WITHIN
    )
    return [name for name, kind in ATTRIBUTES.items() if found.custom_attributes.get(name) != kind]


async def attributes_of_another_type(client: Client) -> list[str]:
    """The search attributes that are there under our name with another type: nobody can change that."""
    found = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=_WITHIN
    )
    there = found.custom_attributes
    return [name for name, kind in ATTRIBUTES.items() if name in there and there[name] != kind]


async def make(client: Client, days: int) -> None:
    """Make the namespace."""
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=client.namespace, workflow_execution_retention_period=_days(days))
    )


async def keep_for(client: Client, days: int) -> None:
    """Set how long the namespace keeps finished runs."""
    config = NamespaceConfig(workflow_execution_retention_ttl=_days(days))
    await client.workflow_service.update_namespace(UpdateNamespaceRequest(namespace=client.namespace, config=config))


async def add_attributes(client: Client, names: list[str]) -> None:
    """Add search attributes of ours."""
    wanted = {name: ATTRIBUTES[name] for name in names}
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=client.namespace, search_attributes=wanted)
    )


async def polled_lately(client: Client, identity: str = "") -> bool:
    """Whether some worker, or the one of this identity, has asked for work lately."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=TASK_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    found = await client.workflow_service.describe_task_queue(request, timeout=_WITHIN)
    now = datetime.now(UTC).timestamp()
    return any(
        identity in ("", poller.identity) and now - poller.last_access_time.seconds < POLLED_WITHIN
        for poller in found.pollers
    )


async def builds(client: Client) -> list[Build]:
    """The builds of the worker under Worker Versioning; empty if none was ever started with it.

    Temporal answers one question about a deployment at a time and refuses those that come meanwhile
    (RESOURCE_EXHAUSTED): such a question is asked again.
    """
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=DEPLOYMENT)
    try:
        found = await client.workflow_service.describe_worker_deployment(request, timeout=_WITHIN, retry=True)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return []
    info = found.worker_deployment_info
    current = info.routing_config.current_deployment_version.build_id
    return [_build(each.deployment_version.build_id, current, each.drainage_status) for each in info.version_summaries]


def _build(build: str, current: str, drained: "VersionDrainageStatus.ValueType") -> Build:
    """Temporal says whether a build drains from the moment when another one takes the new cases in its place."""
    draining = drained == VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINING
    used = build == current or drained != VersionDrainageStatus.VERSION_DRAINAGE_STATUS_UNSPECIFIED
    return Build(build, build == current, draining, used)


async def make_current(client: Client, build: str) -> None:
    """Have new cases go to a build, and open ones at their next quiet moment; "": to workers that are not pinned."""
    await client.workflow_service.set_worker_deployment_current_version(
        SetWorkerDeploymentCurrentVersionRequest(
            namespace=client.namespace,
            deployment_name=DEPLOYMENT,
            build_id=build,
            version=f"{DEPLOYMENT}.{build}" if build else "__unversioned__",
            identity=client.identity,
            ignore_missing_task_queues=not build,
        ),
        retry=True,
    )


def _days(days: int) -> Duration:
    duration = Duration()
    duration.FromTimedelta(timedelta(days=days))
    return duration
