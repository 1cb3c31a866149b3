"""What a correction undoes, what it starts again, and who is told."""

from datetime import timedelta

import pytest

from handoff.vocabulary.services import Namer
from tests.activities.chart import MEALS, Chart

BY_TOPIC = {**MEALS, "quantity": 1, "prefers": "gm-meals-01"}
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
