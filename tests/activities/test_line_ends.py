"""An end that was set for a line is kept: whatever happens before, no visit is planned or asked for after it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from console.moments import stamp
from handoff.case.provider_offers import GIVEN_BACK
from handoff.profile.model import Profile
from handoff.store.tables import plan_lines, referrals
from handoff.vocabulary.services import Namer
from tests.activities.chart import MEALS, SAFETY, Chart, Ward

WEEKLY = {"service": "accompaniment", "kind": "series", "quantity": 1, "per": "week", "days": 56}
END = timedelta(days=10)


async def end_set(chart: Chart, offer: str, after: timedelta = END, who: str = "kim") -> str:
    set_ = await chart.write("service_end_set", offer, until=chart.now + after, code="goal-reached", who=who)
    return set_.verdict


@pytest.mark.parametrize("line", [WEEKLY, SAFETY])
async def test_a_first_visit_after_the_end_is_asked_for_until_the_end_comes(
    ward: Ward, small: Profile, line: dict[str, object]
) -> None:
    rules = small.visits.model_copy(update={"first_visit": Namer.PROVIDER})
    chart = await replace(ward, profile=small.model_copy(update={"visits": rules})).admitted()
    [line_id] = await chart.planned(line)
    offer = (await chart.write("offer_made", line_id)).subject
    await chart.write("offer_accepted", offer, until=chart.now + timedelta(days=18))
    visit = await chart.write("visit_planned", line_id)
    assert await end_set(chart, offer) == "cancelled"
    assert await chart.visits() == {visit.subject: "cancelled"}
    assert (await chart.write("visit_planned", line_id)).verdict == "to-be-named"
    assert (await chart.clock(f"line-end:{line_id}")).due_at == chart.now + END
    chart.now += END
    assert (await chart.write("visit_planned", line_id)).verdict == "over"
    [row] = await chart.rows(plan_lines, line_id=line_id)
    assert (row.state, row.ended_by, row.ended_who, row.ended_at) == (
        "ended-early",
        "by-municipality",
        "kim",
        chart.now,
    )
    assert "first-visit" not in await chart.tasks()


async def readmitted(chart: Chart, _line: str) -> None:
    chart.passes(days=2)
    await chart.write("suspended", until=chart.now)
    chart.passes(days=10)
    await chart.write("resumed", until=chart.now)


async def missed(chart: Chart, line: str) -> None:
    visit = await chart.write("visit_planned", line)
    chart.now = chart.now + END - timedelta(hours=1)
    await chart.write("visit_missed", visit.subject, code="no-answer")


async def nothing(chart: Chart, _line: str) -> None:
    """The line has no visit yet: the engine would propose one after the end."""


@pytest.mark.parametrize(("before", "end"), [(readmitted, END), (missed, END), (nothing, timedelta(minutes=1))])
@pytest.mark.parametrize("line", [WEEKLY, SAFETY])
async def test_no_visit_is_planned_after_the_end(
    chart: Chart, line: dict[str, object], before: Callable[..., object], end: timedelta
) -> None:
    [offer] = await chart.served(line)
    await end_set(chart, offer, end)
    await before(chart, offer.rpartition(".")[0])  # type: ignore[misc]
    assert (await chart.write("visit_planned", offer.rpartition(".")[0])).verdict == "over"


@pytest.mark.parametrize(("by_provider", "delivered"), [(True, 0), (False, 0), (False, 1)])
async def test_the_end_of_a_line_that_loses_its_provider(chart: Chart, *, by_provider: bool, delivered: int) -> None:
    [offer] = await chart.served({**MEALS, "prefers": "gm-meals-01"})
    line, ends_at = offer.rpartition(".")[0], chart.now + END
    await end_set(chart, offer, who="gm-meals-01" if by_provider else "kim")
    if delivered:
        await chart.visited(line)
    await chart.write("offer_changed_mind", offer, code="cannot-go-on", who="gm-meals-01")
    [row] = await chart.rows(plan_lines, line_id=line)
    assert (row.state, row.ends_at) == ("planned", None if by_provider else ends_at)
    assert (f"line-end:{line}" in await chart.running()) is not by_provider
    if by_provider:
        assert (row.ending, row.ended_by, row.ended_who) == ("", "", "")
        return
    again = (await chart.write("offer_made", line)).subject
    await chart.write("offer_accepted", again)
    other = (await chart.rows(referrals, offer_id=again))[0].provider
    news = await chart.letters(other, "handoff.progressed")
    assert [letter["due_at"] for letter in news if letter["line_id"] == line] == [stamp(ends_at)] * (
        other in chart.ward.profile.topics()
    )
    await chart.write("offer_changed_mind", again, code="cannot-go-on", who=other)
    chart.now = ends_at
    ended = await chart.write("service_ended", line)
    [row] = await chart.rows(plan_lines, line_id=line)
    assert ended.verdict == row.state == ("ended-early" if delivered else "removed")
    assert (row.reason, row.ended_by, row.ended_who, row.ended_at) == (
        "goal-reached",
        "by-municipality",
        "kim",
        ends_at,
    )
    assert f"line-end:{line}" not in await chart.running()


@pytest.mark.parametrize(("who", "kept"), [("kim", True), ("gm-meals-01", False)])
@pytest.mark.parametrize("days", [None, 5])
async def test_the_rest_of_a_line_ends_when_the_line_ends(
    chart: Chart, who: str, days: int | None, *, kept: bool
) -> None:
    [offer] = await chart.served({**MEALS, "prefers": "gm-meals-01"})
    await chart.visited(offer.rpartition(".")[0])
    await end_set(chart, offer, who=who)
    from_at = chart.now + timedelta(days=days) if days else None
    part = await chart.write("offer_partly_accepted", offer, quantity=1, until=from_at, code="quantity")
    [rest] = part.lines
    rows = {row.line_id: row for row in await chart.rows(plan_lines)}
    assert rows[rest.line].ends_at == (rows[offer.rpartition(".")[0]].ends_at if kept else None)
    assert (f"line-end:{rest.line}" in [due.name for due in part.dues]) is kept


async def test_fewer_visits_from_the_end_on_change_nothing(chart: Chart) -> None:
    [offer] = await chart.served({**MEALS, "prefers": "gm-meals-01"})
    await chart.visited(offer.rpartition(".")[0])
    await end_set(chart, offer)
    part = await chart.write("offer_partly_accepted", offer, quantity=1, until=chart.now + END, code="quantity")
    assert part.lines == []


@pytest.mark.parametrize(("after", "verdict"), [(0.5, "cancelled"), (6, "noted"), (20, "noted")])
async def test_a_provider_keeps_its_visits_until_the_day_from_which_it_gives_the_line_back(
    chart: Chart, after: float, verdict: str
) -> None:
    [offer] = await chart.served({**MEALS, "prefers": "gm-meals-01"})
    line = offer.rpartition(".")[0]
    await chart.visited(line)
    from_at = chart.now + timedelta(days=after)
    await chart.write("visit_planned", line)
    given = {"until": from_at, "code": "cannot-go-on", "why": GIVEN_BACK, "who": "gm-meals-01"}
    assert (await chart.write("service_end_set", offer, **given)).verdict == verdict
    while (visit := await chart.write("visit_planned", line)).verdict == "planned":
        assert visit.at is not None
        assert visit.at < from_at
        chart.now = visit.at
        await chart.write("visit_completed", visit.subject)
    assert visit.verdict == "to-be-named"
    assert (await chart.referrals())[offer] == "in-progress"
    chart.now = from_at
    assert (await chart.write("offer_changed_mind", offer)).verdict == "changed"
    assert await chart.lines() == {line: "planned"}
    assert f"line-end:{offer}" not in await chart.running()
