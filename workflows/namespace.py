"""Reads and sets what the engine needs in Temporal's namespace: retention, search attributes, builds of the worker."""

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
    GetClusterInfoRequest,
    RegisterNamespaceRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.client import TASK_QUEUE
from workflows.milestone_writer import OVERDUE, STAGE

DEPLOYMENT = "discharge-handoff"
POLLED_WITHIN = 90.0  # seconds; Temporal holds a poll open for 60
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
        draining: it gets no new cases, but still has open cases.
        used: it gets new cases, or got them before.
    """

    build: str
    current: bool
    draining: bool
    used: bool


async def retention(client: Client) -> timedelta | None:
    """How long the namespace keeps finished runs. None: there is no such namespace."""
    try:
        answer = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), timeout=_WITHIN
        )
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return None
    return answer.config.workflow_execution_retention_ttl.ToTimedelta()


async def identity(client: Client) -> str:
    """The ids of Temporal's cluster and of the namespace. A new database has others.

    Raises:
        RPCError: Temporal cannot be reached, or there is no such namespace.
    """
    cluster = await client.workflow_service.get_cluster_info(GetClusterInfoRequest(), timeout=_WITHIN)
    request = DescribeNamespaceRequest(namespace=client.namespace)
    answer = await client.workflow_service.describe_namespace(request, timeout=_WITHIN)
    return f"{cluster.cluster_id}/{answer.namespace_info.id}"


async def missing_attributes(client: Client) -> list[str]:
    """The names of our search attributes that the namespace lacks, or has with another type."""
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=_WITHIN
    )
    return [name for name, kind in ATTRIBUTES.items() if answer.custom_attributes.get(name) != kind]


async def attributes_of_another_type(client: Client) -> list[str]:
    """The names of our search attributes that the namespace has with another type. Nobody can change that type."""
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=_WITHIN
    )
    existing = answer.custom_attributes
    return [name for name, kind in ATTRIBUTES.items() if name in existing and existing[name] != kind]


async def make(client: Client, days: int) -> None:
    """Make the namespace. It keeps finished runs for this many days."""
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=client.namespace, workflow_execution_retention_period=_days(days))
    )


async def keep_for(client: Client, days: int) -> None:
    """Set for how many days the namespace keeps finished runs."""
    config = NamespaceConfig(workflow_execution_retention_ttl=_days(days))
    await client.workflow_service.update_namespace(UpdateNamespaceRequest(namespace=client.namespace, config=config))


async def add_attributes(client: Client, names: list[str]) -> None:
    """Add these of our search attributes."""
    added = {name: ATTRIBUTES[name] for name in names}
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=client.namespace, search_attributes=added)
    )


async def polled_lately(client: Client, identity: str = "") -> bool:
    """Whether a worker, or the worker with this identity, has polled for work lately."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=TASK_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    answer = await client.workflow_service.describe_task_queue(request, timeout=_WITHIN)
    now = datetime.now(UTC).timestamp()
    return any(
        identity in ("", poller.identity) and now - poller.last_access_time.seconds < POLLED_WITHIN
        for poller in answer.pollers
    )


async def builds(client: Client) -> list[Build]:
    """The builds of the worker under Worker Versioning. Empty: no worker was ever started with it.

    Temporal answers one request about a deployment at a time, and refuses others meanwhile (RESOURCE_EXHAUSTED). A
    refused request is sent again.
    """
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=DEPLOYMENT)
    try:
        answer = await client.workflow_service.describe_worker_deployment(request, timeout=_WITHIN, retry=True)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return []
    info = answer.worker_deployment_info
    current = info.routing_config.current_deployment_version.build_id
    return [
        _build(summary.deployment_version.build_id, current, summary.drainage_status)
        for summary in info.version_summaries
    ]


def _build(build: str, current: str, drained: "VersionDrainageStatus.ValueType") -> Build:
    """Temporal sets the drainage status of a build when another build gets the new cases instead."""
    draining = drained == VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINING
    used = build == current or drained != VersionDrainageStatus.VERSION_DRAINAGE_STATUS_UNSPECIFIED
    return Build(build, build == current, draining, used)


async def make_current(client: Client, build: str) -> None:
    """Send new cases to a build. Open cases move to it when they continue as new. "" is a worker without a build."""
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
