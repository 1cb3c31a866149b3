"""How lines end, and what is kept of a delivered visit."""

from datetime import timedelta
from typing import Any

import pytest

from handoff.store.tables import plan_lines, referrals, visits
from tests.activities.chart import HELP, SAFETY, Chart

WEEKLY = {"service": "home-visit-korean-medicine", "kind": "series", "quantity": 1, "per": "week", "days": 21}
STATES = {"c": "visit_completed", "m": "visit_missed", "u": "visit_unreported"}


async def lived(chart: Chart, line: str, *became: str) -> list[str]:
    """The next visits of a line, each with what became of it: completed, missed, unreported. Returns them."""
    ids = []
    for letter in became:
        visit = await chart.write("visit_planned", line)
        assert visit.verdict == "planned", visit
        chart.now = visit.at or chart.now
        await chart.write(
            STATES[letter], visit.subject, who="gm-korean-medicine-01", quantity=2 if letter == "c" else 0
        )
        ids.append(visit.subject)
    return ids


async def ended(chart: Chart) -> list[tuple[str, str, str]]:
    return [(row.state, row.ended_by, row.ended_who) for row in await chart.rows(plan_lines)]


@pytest.mark.parametrize(
    ("became", "line_state", "referral_state"),
    [("ccc", "completed", "completed"), ("uuu", "not-reported", "failed"), ("cuc", "not-reported", "failed")],
)
async def test_a_series_that_is_over_says_what_was_delivered(
    chart: Chart, became: str, line_state: str, referral_state: str
) -> None:
    [offer] = await chart.served(WEEKLY)
    line = offer.rpartition(".")[0]
    await lived(chart, line, *became)
    assert (await chart.write("visit_planned", line)).verdict == "over"
    assert await ended(chart) == [(line_state, "", "")]
    assert await chart.referrals() == {offer: referral_state}
    assert [row.provider for row in await chart.rows(plan_lines)] != [""]
    assert ((await chart.case_row()).support_began_at is not None) == ("c" in became)


async def test_late_reports_move_a_line_that_is_over_to_what_is_true(chart: Chart) -> None:
    [offer] = await chart.served(WEEKLY)
    line = offer.rpartition(".")[0]
    ids = await lived(chart, line, *"uuu")
    await chart.write("visit_planned", line)
    await chart.write("visit_completed", ids[0])
    await chart.write("visit_missed", ids[1], code="no-answer")
    assert await ended(chart) == [("not-reported", "", "")]
    assert f"make-up:{line}" not in await chart.running()  # nothing is made up for after the end
    await chart.write("visit_completed", ids[2])
    assert await ended(chart) == [("partly-delivered", "", "")]
    assert await chart.referrals() == {offer: "failed"}


@pytest.mark.parametrize(
    ("what", "fields", "by", "who"),
    [
        ("service_ended", {"code": "completed", "who": "PROVIDER"}, "by-provider", "PROVIDER"),
        ("service_ended", {"code": "goal-reached", "who": "kim"}, "by-municipality", "kim"),
        ("service_ended", {"code": "refused", "who": "PROVIDER"}, "by-person", "PROVIDER"),
        ("closed", {"code": "reason-1", "who": "kim"}, "by-death", "kim"),
        ("closed", {"code": "reason-2", "who": "kim"}, "by-readmission", "kim"),
        ("closed", {"code": "reason-3", "who": "kim"}, "by-municipality", "kim"),
        ("closed", {"code": "reason-4", "who": "kim"}, "by-person", "kim"),
    ],
)
async def test_one_visit_of_three_ends_early_and_is_never_completed(
    chart: Chart, what: str, fields: dict[str, Any], by: str, who: str
) -> None:
    [offer] = await chart.served(WEEKLY)
    await lived(chart, offer.rpartition(".")[0], "c")
    provider = (await chart.rows(referrals))[0].provider
    given = {name: provider if value == "PROVIDER" else value for name, value in fields.items()}
    await chart.write(what, offer if what == "service_ended" else "", **given)
    assert await ended(chart) == [("ended-early", by, provider if who == "PROVIDER" else who)]
    assert await chart.referrals() == {offer: "cancelled"}


@pytest.mark.parametrize(
    ("became", "end", "expected", "at"),
    [
        ("c", 4, ("ended-early", "by-municipality", "kim"), 4),  # cut short: the one who announced it, on its day
        ("ccmm", 40, ("partly-delivered", "", ""), None),  # its time was over before
        ("ccc", 40, ("completed", "", ""), None),
    ],
)
async def test_an_end_that_was_set_counts_if_it_cuts_the_series_short(
    chart: Chart, became: str, end: int, expected: tuple[str, str, str], at: int | None
) -> None:
    [offer] = await chart.served(WEEKLY)
    ends_at = chart.now + timedelta(days=end)
    await chart.write("service_end_set", offer, until=ends_at, code="other", who="kim")
    await lived(chart, offer.rpartition(".")[0], *became)
    chart.now = max(chart.now, ends_at) if at else chart.now
    await chart.write("visit_planned", offer.rpartition(".")[0])
    assert await ended(chart) == [expected]
    assert (await chart.rows(plan_lines))[0].ended_at == (ends_at if at else chart.now)


@pytest.mark.parametrize("what", ["service_ended", "closed"])
async def test_a_line_ended_at_the_moment_that_was_told_and_not_when_it_was_typed(chart: Chart, what: str) -> None:
    [offer] = await chart.served(WEEKLY)
    await lived(chart, offer.rpartition(".")[0], "c")
    moment, now = chart.now + timedelta(days=1), chart.now + timedelta(days=3)
    await chart.write(
        what, offer if what == "service_ended" else "", at=moment, known_at=now, code="reason-3", who="kim"
    )
    assert (await chart.rows(plan_lines))[0].ended_at == moment


async def test_another_plan_ends_what_it_leaves_out_early(chart: Chart) -> None:
    [offer] = await chart.served(WEEKLY)
    await lived(chart, offer.rpartition(".")[0], "c")
    await chart.planned(SAFETY)
    assert (await ended(chart))[0] == ("ended-early", "by-plan-changed", "gm-conference")


async def test_units_and_whose_word_it_is_are_kept_on_the_visit(chart: Chart) -> None:
    [offer] = await chart.served(WEEKLY)
    await lived(chart, offer.rpartition(".")[0], *"cm")
    rows = await chart.rows(visits)
    assert [(row.units, row.reported_by) for row in rows] == [
        (2, "gm-korean-medicine-01"),
        (None, "gm-korean-medicine-01"),
    ]


async def test_a_visit_whose_moment_has_passed_is_asked_about_when_its_line_ends(chart: Chart) -> None:
    [offer] = await chart.served(WEEKLY)
    visit = await chart.write("visit_planned", offer.rpartition(".")[0])
    chart.now = visit.at or chart.now
    await chart.write("service_ended", offer, code="other", who="kim")
    assert await chart.visits() == {visit.subject: "unreported"}
    assert (await chart.tasks())["visit-report"].subject == visit.subject
    await chart.write("visit_completed", visit.subject)
    assert await chart.visits() == {visit.subject: "completed"}


async def test_a_case_that_closes_keeps_what_nobody_reported(chart: Chart) -> None:
    [offer, on_demand] = await chart.served(WEEKLY, HELP)
    await lived(chart, offer.rpartition(".")[0], *"cu")
    await chart.write("closed", code="reason-3", who="kim")
    assert sorted((await chart.visits()).values()) == ["completed", "unreported"]
    assert not await chart.tasks()
    assert (await chart.lines())[on_demand.rpartition(".")[0]] == "removed"  # no visit was ever asked for


async def test_a_one_off_that_was_missed_twice_is_completed_when_it_is_delivered(chart: Chart) -> None:
    [offer] = await chart.served(SAFETY)
    line = offer.rpartition(".")[0]
    for _ in range(2):
        visit = await chart.write("visit_planned", line)
        chart.now = visit.at or chart.now
        await chart.write("visit_missed", visit.subject, code="no-answer")
    assert (await chart.write("visit_planned", line)).verdict == "to-be-named"
    await chart.write("visit_moved", line, until=chart.now + timedelta(days=1))
    visit = await chart.write("visit_planned", line)
    chart.now = visit.at or chart.now
    await chart.write("visit_completed", visit.subject)
    assert (await chart.write("visit_planned", line)).verdict == "over"
    [row] = await chart.rows(plan_lines, line_id=line)
    assert row.state == "completed"
