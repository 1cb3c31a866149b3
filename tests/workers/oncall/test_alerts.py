"""The alerts that the docs show ask for what the processes tell."""

import logging
import re
from pathlib import Path

import yaml

from workers import metrics

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


def test_every_metric_of_the_alerts_is_told() -> None:
    rules = yaml.safe_load(OPERATIONS.read_text().partition("```yaml\n")[2].partition("```")[0])
    asked = {word for rule in rules["groups"][0]["rules"] for word in re.findall(r"handoff_\w+", rule["expr"])}
    metrics.TROUBLES.labels("x").inc()
    _, told = metrics.exposed()
    known = set(re.findall(r"^# TYPE (handoff_\w+)", told.decode(), re.MULTILINE))
    assert asked
    assert asked <= known


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
