"""The alerts that the docs show ask for what the processes tell."""

import logging
import re
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest
import yaml

from events.consumer.subscriber import Subscriber
from handoff.profile.load import load
from handoff.store.engine import connect
from tests.events.desk import NOW, Desk
from tests.store.databases import create, migrated
from workers import metrics
from workers.heartbeat import for_relay, for_worker
from workers.intake import looking

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


@pytest.fixture
async def desk(postgres_url: str) -> AsyncIterator[Desk]:
    url = await create(postgres_url, "alerts", like=await migrated(postgres_url))
    engine = connect(url)
    yield Desk(engine, url)
    await engine.dispose()


def test_every_metric_of_the_alerts_is_told() -> None:
    rules = yaml.safe_load(OPERATIONS.read_text().partition("```yaml\n")[2].partition("```")[0])
    asked = {word for rule in rules["groups"][0]["rules"] for word in re.findall(r"handoff_\w+", rule["expr"])}
    metrics.TROUBLES.labels("x").inc()
    _, told = metrics.exposed()
    known = set(re.findall(r"^# TYPE (handoff_\w+)", told.decode(), re.MULTILINE))
    assert asked
    assert asked <= known


async def test_every_label_of_the_alerts_is_told(desk: Desk) -> None:
    metrics.TemporalTroubles()
    async with desk.engine.connect() as conn:
        intake = looking(Subscriber(desk.inbox, _no_ids, lambda: NOW), lambda: load("gwangmyeong"))
        for look in (intake, for_relay, for_worker):
            await look(conn)
    told = metrics.exposed()[1].decode()
    rules = yaml.safe_load(OPERATIONS.read_text().partition("```yaml\n")[2].partition("```")[0])["groups"][0]["rules"]
    asked = {found for rule in rules for found in re.findall(r'(handoff_\w+)\{what=~?"([^"]+)"', rule["expr"])}
    assert asked
    for metric, whats in asked:
        for what in whats.split("|"):
            assert f'{metric}{{what="{what}"}}' in told, (metric, what)


async def _no_ids(_: Collection[str]) -> dict[str, str]:
    return {}


def test_every_metric_is_in_the_docs() -> None:
    _, told = metrics.exposed()
    typed = re.findall(r"^# TYPE (handoff_\w+)", told.decode(), re.MULTILINE)
    known = {name for name in typed if not name.endswith("_created")}
    assert known <= set(re.findall(r"handoff_\w+", OPERATIONS.read_text()))


def test_trouble_of_the_temporal_sdk_is_counted() -> None:
    handler = metrics.TemporalTroubles()
    handler.emit(
        logging.LogRecord("temporalio.worker", logging.WARNING, "", 0, "Failed activation on workflow X", (), None)
    )
    assert b'handoff_troubles_total{what="case_stands_still"} 1.0' in metrics.exposed()[1]
