"""What a correction undoes, what it starts again, and who is told."""

from datetime import timedelta

import pytest

from handoff.store.tables import referrals, visits
from handoff.vocabulary.services import Namer
from tests.activities.chart import MEALS, SAFETY, Chart

BY_TOPIC = {**MEALS, "quantity": 1, "prefers": "gm-meals-01"}
WEEKLY = {**MEALS, "service": "home-visit-korean-medicine", "quantity": 1}
CALLS = {"missed-visit", "safety-check"}


@pytest.mark.parametrize(("hours", "calls"), [(-48, CALLS), (-1, CALLS), (1, set()), (72, set())])
async def test_only_a_visit_after_the_missed_one_shows_that_the_person_is_well(
    chart: Chart, hours: int, calls: set[str]
) -> None:
    [offer] = await chart.served(MEALS)
    line = offer.rpartition(".")[0]
    earlier = await chart.write("visit_planned", line)
    await chart.write("visit_unreported", earlier.subject)
    missed = await chart.write("visit_planned", line)
    assert missed.at
    chart.now = missed.at
    await chart.write("visit_missed", missed.subject, code="no-answer")
    chart.passes(days=4)
    await chart.write("visit_completed", earlier.subject, at=missed.at + timedelta(hours=hours))
    assert CALLS & set(await chart.tasks()) == calls
    assert (f"missed-visit-call:{missed.subject}" in await chart.running()) == bool(calls)


async def test_a_provider_that_accepts_while_the_case_is_closing_learns_the_name_when_it_is_reopened(
    chart: Chart,
) -> None:
    offers = [(await chart.write("offer_made", line)).subject for line in await chart.planned(BY_TOPIC, BY_TOPIC)]
    await chart.write("offer_accepted", offers[0])
    await chart.write("closing", code="outcome-refused")
    await chart.write("offer_accepted", offers[1])
    assert [letter["offer_id"] for letter in await chart.letters("gm-meals-01", "referral.confirmed")] == offers[:1]
    await chart.write("case_reopened")
    assert [letter["offer_id"] for letter in await chart.letters("gm-meals-01", "referral.confirmed")] == offers


@pytest.mark.parametrize(
    ("hours", "asked"), [(None, ["appointment.requested"]), (20, []), (-1, ["appointment.requested"])]
)
async def test_an_answer_corrected_to_accepted_does_what_an_acceptance_does(
    chart: Chart, hours: int | None, asked: list[str]
) -> None:
    rules = chart.ward.profile.visits.model_copy(update={"first_visit": Namer.PROVIDER})
    chart.ward.profile = chart.ward.profile.model_copy(update={"visits": rules})
    [line] = await chart.planned(BY_TOPIC)
    offer = (await chart.write("offer_made", line)).subject
    await chart.write("offer_declined", offer, code="no-capacity")
    named_for = chart.now + timedelta(hours=hours) if hours else None
    corrected = await chart.write("corrected", offer, code="referral.accepted", until=named_for)
    assert corrected.verdict == "corrected"
    assert [letter["offer_id"] for letter in await chart.letters("gm-meals-01", "referral.confirmed")] == [offer]
    assert (await chart.clock(f"service-start:{line}")).owner == "gm-meals-01"
    assert [kind for kind in await chart.kinds("gm-meals-01") if kind.startswith("appointment")] == asked
    if not asked:
        assert (await chart.write("visit_planned", line)).at == named_for


async def test_a_visit_that_took_place_after_all_does_what_a_report_does(chart: Chart) -> None:
    line = (await chart.served(SAFETY))[0].rpartition(".")[0]
    made_up = await missed(chart, line)
    assert f"make-up:{line}" in await chart.running()
    await missed(chart, line)  # a make-up visit is made up for by nobody: the next one is named
    assert (await chart.write("visit_planned", line)).verdict == "to-be-named"
    clocks = {f"make-up:{line}", f"service-start:{line}", f"first-visit:{line}", f"missed-visit-call:{made_up}"}
    assert clocks - {f"make-up:{line}"} <= await chart.running()
    await chart.write("corrected", made_up, code="visit.completed", who="kim")
    [row] = await chart.rows(visits, visit_id=made_up)
    assert (row.state, row.reported_by) == ("completed", "kim")
    assert clocks & await chart.running() <= {f"first-visit:{line}"}
    assert (await chart.write("visit_planned", line)).verdict == "over"
    assert not {"first-visit", "late-first-visit"} & set(await chart.tasks())
    assert await chart.lines() == {line: "completed"}


@pytest.mark.parametrize(("later", "clocks"), [("", 1), ("planned", 0), ("reported", 0)])
@pytest.mark.parametrize("by", ["report", "correction"])
async def test_a_make_up_visit_is_awaited_only_if_it_can_be_planned(
    chart: Chart, later: str, clocks: int, by: str
) -> None:
    line = (await chart.served(WEEKLY))[0].rpartition(".")[0]
    visit = await chart.write("visit_planned", line)
    chart.now = visit.at or chart.now
    await chart.write("visit_unreported" if by == "report" else "visit_completed", visit.subject)
    if later:
        following = await chart.write("visit_planned", line)
        if later == "reported":
            chart.now = following.at or chart.now
            await chart.write("visit_completed", following.subject)
    if by == "report":
        await chart.write("visit_missed", visit.subject, code="other", who="gm-korean-medicine-01")
    else:
        await chart.write("corrected", visit.subject, code="visit.missed:other", who="kim")
    assert list(await chart.running()).count(f"make-up:{line}") == clocks
    [row] = await chart.rows(visits, visit_id=visit.subject)
    assert (row.state, row.reported_by) == ("missed", "kim" if by == "correction" else "gm-korean-medicine-01")


async def missed(chart: Chart, line: str) -> str:
    """The next visit of a line, which does not take place. Returns it."""
    visit = await chart.write("visit_planned", line)
    chart.now = visit.at or chart.now
    await chart.write("visit_missed", visit.subject, code="no-answer", who="gm-korean-medicine-01")
    return visit.subject


@pytest.mark.parametrize(
    ("word", "became", "then", "states"),
    [
        ("completed", "u", ("visit_completed", ""), ("completed", "completed")),
        ("completed", "u", ("visit_missed", "other"), ("ended-early", "cancelled")),
        ("completed", "c", ("corrected", "visit.missed:other"), ("planned", "completed")),
        ("goal-reached", "u", ("visit_completed", ""), ("completed", "completed")),
        ("failed", "u", ("visit_completed", ""), ("failed", "failed")),
    ],
)
async def test_how_a_one_off_line_that_a_word_ended_has_ended_follows_its_visit(
    chart: Chart, word: str, became: str, then: tuple[str, str], states: tuple[str, str]
) -> None:
    [offer] = await chart.served(SAFETY)
    line = offer.rpartition(".")[0]
    visit = await chart.write("visit_planned", line)
    chart.now = visit.at or chart.now
    if became == "c":
        await chart.write("visit_completed", visit.subject)
    await chart.write("service_ended", offer, code=word, who=(await chart.rows(referrals))[0].provider)
    await chart.write(then[0], visit.subject, code=then[1])
    assert (await chart.lines())[line] == states[0]
    if states[0] != "planned":
        assert await chart.referrals() == {offer: states[1]}


@pytest.mark.parametrize(
    ("word", "became", "number", "corrected", "states"),
    [
        ("completed", "ccc", 3, "visit.missed:other", ("ended-early", "cancelled")),
        ("completed", "ccm", 3, "visit.completed", ("completed", "completed")),
        ("goal-reached", "ccm", 1, "visit.missed:other", ("ended-early", "cancelled")),
        ("failed", "cmm", 2, "visit.completed", ("failed", "failed")),
    ],
)
async def test_how_a_series_that_a_word_ended_has_ended_follows_its_corrected_visits(
    chart: Chart, word: str, became: str, number: int, corrected: str, states: tuple[str, str]
) -> None:
    [offer] = await chart.served({**MEALS, "quantity": 1, "days": 21})
    line = offer.rpartition(".")[0]
    for letter in became:
        visit = await chart.write("visit_planned", line)
        chart.now = visit.at or chart.now
        await chart.write("visit_completed" if letter == "c" else "visit_missed", visit.subject, code="other")
    await chart.write("service_ended", offer, code=word, who=(await chart.rows(referrals))[0].provider)
    verdict = (await chart.write("corrected", f"{line}.V{number}", code=corrected)).verdict
    assert verdict in ("corrected", "missed")  # missed: somebody has to call
    assert (await chart.lines())[line] == states[0]
    assert await chart.referrals() == {offer: states[1]}
