"""What the log says of milestones: codes and ids, never a text that PostgreSQL wrote."""

import asyncio
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import case_record
from activities.case_record import Writing
from activities.case_session import CaseSession
from activities.dispatch import WRITERS
from handoff.case.messages import Milestone, MilestoneResult
from tests.activities.chart import SAFETY, Chart
from tests.activities.test_case_record import live_a_whole_life

NAME = "김복순"


async def test_a_written_moment_is_one_line_with_case_milestones_verdicts_and_seconds(chart: Chart) -> None:
    [safety] = await chart.planned(SAFETY)
    with capture_logs() as lines:
        await chart.together(chart.entry("noted"), chart.entry("offer_made", safety))
    [line] = lines
    assert 0 < line.pop("seconds") < 30
    assert line == {
        "event": "written",
        "log_level": "info",
        "case": chart.case,
        "milestones": ["noted", "offer_made"],
        "verdicts": ["", "offered"],
    }


async def test_no_line_of_a_whole_life_tells_who_the_person_is(chart: Chart) -> None:
    with capture_logs() as lines:
        await live_a_whole_life(chart)
    assert {line["event"] for line in lines} == {"written"}
    told = {NAME, "1948", "010-2345-6789", "철산로"}
    assert not {word for word in told if word in str(lines)}


async def _quoted(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """A milestone whose statement fails with the person's name in what PostgreSQL says."""
    conn = session.visits._conn  # noqa: SLF001 - a session has none to offer
    await conn.exec_driver_sql(f"SELECT '{session.identity().name}'::integer")
    return session.result()


async def _too_late(_session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    raise asyncio.CancelledError


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """Has a milestone do something else."""
    known: dict[str, Any] = {str(name): writer for name, writer in WRITERS.items()}
    monkeypatch.setattr(case_record, "WRITERS", known)
    return known.__setitem__


async def _failing(chart: Chart, entry: Milestone, error: type[BaseException]) -> Mapping[str, Any]:
    with capture_logs() as lines, pytest.raises(error) as raised:
        await chart.ward.record.write_milestones(Writing(chart.case, [entry]))
    assert NAME not in "".join(traceback.format_exception(raised.value, chain=True))  # what Temporal is given
    [line] = lines
    return line


async def test_a_milestone_that_fails_tells_where_and_never_what_postgresql_quotes(
    chart: Chart, instead: Callable[[str, Any], None]
) -> None:
    instead("noted", _quoted)
    line = dict(await _failing(chart, chart.entry("noted"), ApplicationError))
    assert NAME not in str(line)
    assert 0 <= line.pop("seconds") < 30
    frames = line.pop("frames")
    assert line == {
        "event": "not_written",
        "log_level": "warning",
        "case": chart.case,
        "milestones": ["noted"],
        "error": "InvalidTextRepresentationError",
        "attempt": 1,
    }
    assert frames[0].endswith(" write_milestones")
    assert {each.partition(":")[0].partition(".")[0] for each in frames} <= {"activities", "handoff"}
    assert not [each for each in frames if "/" in each]


async def test_a_refusal_is_called_by_its_own_name(chart: Chart) -> None:
    assert (await _failing(chart, chart.entry("unheard_of"), ApplicationError))["error"] == "MilestoneUnknown"


async def test_a_milestone_that_took_too_long_is_logged_too(chart: Chart, instead: Callable[[str, Any], None]) -> None:
    instead("noted", _too_late)
    assert (await _failing(chart, chart.entry("noted"), asyncio.CancelledError))["error"] == "CancelledError"


async def test_only_the_first_try_of_a_failing_milestone_is_a_warning(chart: Chart) -> None:
    levels = []
    for attempt in (1, 2, 7):
        tried = ActivityEnvironment()
        tried.info = replace(tried.info, attempt=attempt)
        with capture_logs() as lines, pytest.raises(ApplicationError):
            await tried.run(chart.ward.record.write_milestones, Writing("C-unknown", [chart.entry("noted")]))
        levels += [(line["event"], line["log_level"], line["attempt"]) for line in lines]
    assert levels == [("not_written", "warning", 1), ("not_written", "debug", 2), ("not_written", "debug", 7)]
