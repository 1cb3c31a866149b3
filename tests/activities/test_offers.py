import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from handoff.store.tables import capacities, plan_lines, referrals
from tests.activities.chart import HELP, MEALS, SAFETY, Chart, Ward, named

ALONE = "gm-protection-01"  # the only provider of its category
SHELTER = {"service": "temporary-protection", "kind": "one-off"}


async def reserved(chart: Chart, provider: str) -> int:
    rows = await chart.rows(capacities, provider=provider)
    return rows[0].reserved if rows else 0


async def test_an_offer_reaches_a_provider_and_holds_capacity(chart: Chart) -> None:
    [line] = await chart.planned(MEALS)
    offer = await chart.write("offer_made", line)
    assert offer.verdict == "offered"
    assert named(offer)[f"answer:{offer.subject}"].owner in ("gm-meals-01", "coordinator")
    provider = (await chart.rows(plan_lines))[0].provider
    assert await reserved(chart, provider) == 3
    assert await chart.lines() == {line: "offered"}


async def test_a_provider_without_a_system_is_called_by_somebody(chart: Chart) -> None:
    [line] = await chart.planned({**MEALS, "prefers": "gm-meals-02"})
    offer = await chart.write("offer_made", line)
    task = (await chart.tasks())["answer"]
    assert (task.subject, task.owner, task.about["provider"]) == (offer.subject, "coordinator", "gm-meals-02")
    assert await chart.letters("gm-meals-02") == []
    await chart.write("offer_accepted", offer.subject)
    assert "answer" not in await chart.tasks()


async def test_nobody_is_told_of_a_person_who_has_not_consented(chart: Chart) -> None:
    [line] = await chart.planned(MEALS)
    await chart.write("consent_withdrawn")
    assert (await chart.write("offer_made", line)).verdict == "held"
    assert await chart.letters("gm-meals-01") == []


async def test_an_accepted_line_starts_within_three_days(chart: Chart) -> None:
    [offer] = await chart.served(MEALS)
    line = offer.rpartition(".")[0]
    assert await chart.lines() == {line: "accepted"}
    assert (await chart.clock(f"service-start:{line}")).due_at == chart.now + timedelta(hours=72)
    assert f"answer:{offer}" not in await chart.running()


async def test_a_declined_line_goes_to_the_next_and_its_capacity_is_free(chart: Chart) -> None:
    [line] = await chart.planned({**MEALS, "prefers": "gm-meals-01"})
    first = await chart.write("offer_made", line)
    assert (await chart.write("offer_declined", first.subject, code="no-capacity")).verdict == "declined"
    second = await chart.write("offer_made", line)
    assert second.subject == f"{line}.O2"
    assert (await reserved(chart, "gm-meals-01"), await reserved(chart, "gm-meals-02")) == (0, 3)
    assert await chart.referrals() == {f"{line}.O1": "rejected", f"{line}.O2": "requested"}


@pytest.mark.parametrize("standing", ["suspended", "removed"])
async def test_a_provider_that_is_shut_out_is_offered_nothing(chart: Chart, standing: str) -> None:
    profile = chart.ward.profile
    providers = [
        each.model_copy(update={"standing": standing}) if each.code == "gm-meals-01" else each
        for each in profile.providers
    ]
    chart.ward.profile = profile.model_copy(update={"providers": tuple(providers)})
    [line] = await chart.planned({**MEALS, "prefers": "gm-meals-01"})
    assert (await chart.write("offer_made", line)).verdict == "offered"
    assert (await chart.rows(plan_lines))[0].provider == "gm-meals-02"
    assert await chart.letters("gm-meals-01") == []


async def test_a_silent_provider_is_told_that_the_offer_is_withdrawn(chart: Chart) -> None:
    [line] = await chart.planned({**MEALS, "prefers": "gm-meals-01"})
    offer = await chart.write("offer_made", line)
    assert (await chart.write("offer_silent", offer.subject)).verdict == "silent"
    assert await chart.kinds("gm-meals-01") == ["referral.offered", "referral.withdrawn"]
    assert await reserved(chart, "gm-meals-01") == 0


async def test_a_late_answer_changes_nothing_and_its_sender_is_told(chart: Chart) -> None:
    [line] = await chart.planned({**MEALS, "prefers": "gm-meals-01"})
    offer = await chart.write("offer_made", line)
    await chart.write("offer_silent", offer.subject)
    fact = await chart.told("referral.accepted", {}, "gm-meals-01", "late-1")
    assert (await chart.write("offer_accepted", offer.subject, who="gm-meals-01", fact=fact)).verdict == "gone"
    rejected = (await chart.letters("gm-meals-01"))[-1]
    assert (rejected["code"], rejected["message_id"]) == ("offer-gone", "late-1")
    assert await chart.lines() == {line: "planned"}


async def test_a_part_accepted_stays_and_the_rest_is_offered_to_another(chart: Chart) -> None:
    [line] = await chart.planned({**MEALS, "prefers": "gm-meals-01"})
    offer = await chart.write("offer_made", line)
    part = await chart.write("offer_partly_accepted", offer.subject, quantity=2)
    assert [rest.line for rest in part.lines] == [f"{line}r1"]
    assert await reserved(chart, "gm-meals-01") == 2
    assert (await chart.write("offer_made", f"{line}r1")).verdict == "offered"
    assert await reserved(chart, "gm-meals-02") == 1
    quantities = {row.line_id: row.quantity for row in await chart.rows(plan_lines)}
    assert quantities == {line: 2, f"{line}r1": 1}


async def test_a_rest_that_is_split_again_is_a_rest_of_the_same_line(chart: Chart) -> None:
    [line] = await chart.planned({**MEALS, "prefers": "gm-meals-01"})
    await chart.write("offer_partly_accepted", (await chart.write("offer_made", line)).subject, quantity=1)
    rest = await chart.write("offer_made", f"{line}r1")
    again = await chart.write("offer_partly_accepted", rest.subject, quantity=1)
    assert [told.line for told in again.lines] == [f"{line}r2"]


async def test_a_part_that_is_the_whole_is_an_acceptance_and_a_part_of_nothing_a_decline(chart: Chart) -> None:
    [line, other] = await chart.planned(MEALS, HELP)
    whole = await chart.write("offer_partly_accepted", (await chart.write("offer_made", line)).subject, quantity=3)
    assert (whole.verdict, whole.lines) == ("accepted", [])
    none = await chart.write("offer_partly_accepted", (await chart.write("offer_made", other)).subject, quantity=0)
    assert none.verdict == "declined"


async def test_where_one_provider_is_alone_its_decline_is_a_gap_for_the_municipality(chart: Chart) -> None:
    [line] = await chart.planned(SHELTER)
    await chart.write("offer_declined", (await chart.write("offer_made", line)).subject, code="waitlist")
    gap = await chart.write("offer_made", line)
    assert gap.verdict == "gap"
    assert named(gap)[f"gap:{line}"].due_at
    task = (await chart.tasks())["gap"]
    assert task.subject == line
    assert task.about["asked"][ALONE] == "already-asked"


async def test_a_gap_is_answered_by_asking_again_by_another_service_by_waiting_or_by_giving_up(chart: Chart) -> None:
    [line] = await chart.planned(SHELTER)
    await chart.write("offer_declined", (await chart.write("offer_made", line)).subject)
    await chart.write("offer_made", line)
    chart.passes(hours=1)
    answered = await chart.write("gap_answered", line, code=f"provider:{ALONE}")
    assert answered.verdict == "provider"
    assert "gap" not in await chart.tasks()
    again = await chart.write("offer_made", line)
    assert again.verdict == "offered"
    await chart.write("offer_declined", again.subject)
    until = chart.now + timedelta(days=2)
    waits = await chart.write("gap_answered", line, code="wait", until=until)
    assert named(waits)[f"wait:{line}"].due_at == until
    assert (await chart.write("gap_answered", line, code="service:home-safety")).verdict == "service"
    assert (await chart.rows(plan_lines))[0].service == "home-safety"
    await chart.write("gap_answered", line, code="give-up:family-helps")
    assert [(row.state, row.reason) for row in await chart.rows(plan_lines)] == [("given-up", "family-helps")]


async def test_a_provider_that_changes_its_mind_gives_the_line_and_its_visits_back(chart: Chart) -> None:
    [offer] = await chart.served(MEALS)
    line = offer.rpartition(".")[0]
    visit = await chart.write("visit_planned", line)
    changed = await chart.write("offer_changed_mind", offer, code="cannot-go-on")
    assert named(changed)[f"visit-end:{visit.subject}"].due_at is None
    assert await chart.referrals() == {offer: "failed"}
    assert await chart.visits() == {visit.subject: "cancelled"}
    assert await chart.lines() == {line: "planned"}
    assert (await chart.write("offer_made", line)).subject == f"{line}.O2"


async def test_an_ended_service_frees_its_capacity(chart: Chart) -> None:
    [offer] = await chart.served(SAFETY)
    ended = await chart.write("service_ended", offer, code="goal-reached", who="gm-home-safety-01")
    assert ended.verdict == "ended-early"  # nothing was delivered
    assert await chart.referrals() == {offer: "cancelled"}
    assert await reserved(chart, "gm-home-safety-01") == 0


async def test_twenty_offers_at_once_never_book_more_than_there_is(ward: Ward) -> None:
    charts = [await ward.admitted() for _ in range(20)]
    lines = [(await chart.planned({**MEALS, "quantity": 1, "prefers": "gm-meals-01"}))[0] for chart in charts]
    made = await asyncio.gather(*(chart.write("offer_made", line) for chart, line in zip(charts, lines, strict=True)))
    assert [offer.verdict for offer in made] == ["offered"] * 20
    assert await reserved(charts[0], "gm-meals-01") == 3
    assert await reserved(charts[0], "gm-meals-02") == 17


async def test_cases_that_book_several_providers_in_different_order_do_not_lock_each_other_out(ward: Ward) -> None:
    charts = [await ward.admitted() for _ in range(8)]
    plans: list[tuple[Mapping[str, Any], ...]] = [(MEALS, SAFETY, SHELTER), (SHELTER, SAFETY, MEALS)]
    wanted = [await chart.planned(*plans[place % 2]) for place, chart in enumerate(charts)]
    await asyncio.gather(
        *(
            chart.together(*(chart.entry("offer_made", line) for line in lines))
            for chart, lines in zip(charts, wanted, strict=True)
        )
    )
    cancelled = [chart.write("discharge_cancelled") for chart in charts]
    await asyncio.gather(*cancelled)
    for provider in (row.provider for row in await charts[0].rows(capacities)):
        assert await reserved(charts[0], provider) == 0


@pytest.mark.parametrize(
    ("undone", "back", "first"),
    [
        ("discharge_cancelled", "discharge_renewed", "former"),
        ("consent_withdrawn", "consent_given", "former"),
        ("offer_declined", "", "another"),
    ],
)
async def test_a_line_that_an_event_took_back_is_offered_to_its_former_provider_first(
    chart: Chart, undone: str, back: str, first: str
) -> None:
    [line] = await chart.planned(MEALS)
    offer = await chart.write("offer_made", line)
    [former] = [row.provider for row in await chart.rows(referrals)]
    async with chart.ward.engine.begin() as conn:  # it is full, but for this line
        await conn.execute(
            update(capacities).where(capacities.c.provider == former).values(reserved=capacities.c.capacity)
        )
    await chart.write(undone, offer.subject if undone == "offer_declined" else chart.case)
    if back:
        await chart.write(back, chart.case, until=chart.now, code="actual")
    assert (await chart.write("offer_made", line)).verdict == "offered"
    again = (await chart.rows(referrals))[-1].provider
    assert (again == former) == (first == "former")


async def test_an_offer_made_for_a_decision_that_was_forgotten_is_undone_with_the_others(chart: Chart) -> None:
    [line] = await chart.planned({**MEALS, "prefers": "gm-meals-01"})
    offer = await chart.write("offer_made", line)  # the story has forgotten this
    cancelled = await chart.write("discharge_cancelled")
    assert named(cancelled)[f"answer:{offer.subject}"].due_at is None
    assert await chart.referrals() == {offer.subject: "cancelled"}
    assert await reserved(chart, "gm-meals-01") == 0
    assert "referral.withdrawn" in await chart.kinds("gm-meals-01")
