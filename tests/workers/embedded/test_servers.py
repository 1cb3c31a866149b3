"""Each server really runs."""

from datetime import timedelta

import asyncpg
import psutil
from confluent_kafka.admin import AdminClient
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from tests.conftest import Broker, SessionStack
from workers.embedded.managed_process import answers_http

_LOOPBACK = {"127.0.0.1", "::ffff:127.0.0.1"}


async def test_postgresql_answers(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    try:
        assert await connection.fetchval("SELECT current_database()") == "handoff"
    finally:
        await connection.close()


async def test_temporal_answers_and_knows_our_search_attributes(temporal_address: str) -> None:
    client = await Client.connect(temporal_address)
    assert await client.count_workflows("HandoffStage = 'assessment' AND HandoffOverdue = true")


async def test_temporal_keeps_finished_cases_for_years_and_shows_them(
    temporal_address: str, stack: SessionStack
) -> None:
    client = await Client.connect(temporal_address)
    namespace = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert namespace.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=3650)
    ui = stack.endpoints.temporal_ui
    assert ui
    assert await answers_http(int(ui.rpartition(":")[2]), "/")


async def test_every_server_listens_on_loopback_only(
    postgres_url: str, temporal_address: str, kafka: Broker, stack: SessionStack
) -> None:
    assert postgres_url
    assert temporal_address
    assert kafka.bootstrap
    listening = [_listens(pid) for pid in stack.pids()]
    assert len(listening) == 3
    assert all(addresses and addresses <= _LOOPBACK for addresses in listening)


async def test_kafka_answers_and_makes_topics(kafka: Broker) -> None:
    await kafka.provision("north")
    topics = AdminClient(kafka.engine.librdkafka(kafka.bootstrap)).list_topics(timeout=5).topics
    assert {"handoff.from.north", "handoff.to.north"} <= set(topics)


async def test_the_versions_that_run_are_told(
    postgres_url: str, temporal_address: str, kafka: Broker, stack: SessionStack
) -> None:
    assert postgres_url
    assert temporal_address
    assert kafka.bootstrap
    assert set(await stack.versions()) == {"Apache Kafka", "Temporal", "PostgreSQL"}


def _listens(pid: int) -> set[str]:
    """The addresses at which a process listens."""
    sockets = psutil.Process(pid).net_connections("tcp")
    return {each.laddr.ip for each in sockets if each.status == psutil.CONN_LISTEN}
