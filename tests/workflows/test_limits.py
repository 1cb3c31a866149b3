"""Every limit that the story uses, with nobody acting: a warning, then somebody else owns it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from handoff.store import tables
from tests.workflows.story import accepted, accepts, approved, assessed, decided, declines, planned, served, visited
from tests.workflows.town import CENTRE, HELP, MEALS, PROTECTION, SAFETY, Town

Beginning = Callable[[Town], Awaitable[Any]]


async def _determination(town: Town) -> None:
    await town.hospital_tells()
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=6)


async def _guide(town: Town) -> None:
    await town.hospital_tells()
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=0)


async def _not_reached(town: Town) -> None:
    await town.hospital_tells()
    await town.acts("contact.failed")


async def _consent_withdrawn(town: Town) -> None:
    await approved(town)
    await town.acts("consent.withdrawn")


async def _rejected(town: Town) -> None:
    await planned(town)
    await decided(town, "rejected", reason="too-much")


async def _gap(town: Town) -> None:
    await approved(town, PROTECTION)
    await declines(town)


async def _missed(town: Town) -> None:
    await accepted(town, HELP)
    await visited(town, what="missed", reason="no-answer")


async def _first_check(town: Town) -> None:
    await served(town)
    await town.until((await town.clock("check:day-3")).due_at)


async def _cancelled(town: Town) -> None:
    await town.hospital_tells()
    await town.hospital_tells("discharge.cancelled")


async def _readmitted(town: Town) -> None:
    await accepted(town)
    await town.hospital_tells("admission.occurred")


async def _returned(town: Town) -> None:
    await _readmitted(town)
    await town.passes(days=2)
    await town.hospital_tells()


async def _all_delivered(town: Town) -> None:
    await served(town, SAFETY)


async def _dates_differ(town: Town) -> None:
    await town.hospital_tells()
    await town.hospital_tells(sender="nhis-gwangmyeong", at=-30)


async def _death_in_doubt(town: Town) -> None:
    await accepted(town)
    await town.hospital_tells("person.died", at=-72)


async def _restricted(town: Town) -> None:
    await accepted(town)
    await town.hospital_tells("disclosure.restricted")


async def _lookup_refused(town: Town) -> None:
    await town.hospital_tells()
    await town.acts("consent.refused", code="lookup")


async def _withdrawn_while_served(town: Town) -> None:
    await accepted(town)
    await town.acts("consent.withdrawn")


async def _refusal_told(town: Town) -> None:
    await accepted(town)
    await town.tells("consent.withdrawn", "nhis-gwangmyeong", town.case_id)


async def _death(town: Town) -> None:
    await accepted(town)
    await town.hospital_tells("person.died")


ESCALATED: Mapping[str, tuple[Beginning, str, str]] = {
    # limit: how its clock begins, the task that stands behind it, and its owner once it ran out
    "first-contact": (lambda town: town.hospital_tells(), "contact", "duty-officer"),
    "contact-attempt": (_not_reached, "contact", "duty-officer"),
    "contact-attempt:guide": (_guide, "guide", "duty-officer"),
    "contact-attempt:tell-result": (assessed, "tell-result", "duty-officer"),
    "consent": (lambda town: town.hospital_tells(consent=None), "consent", "duty-officer"),
    "consent-again": (_consent_withdrawn, "consent-again", "duty-officer"),
    "presurvey": (lambda town: town.hospital_tells(), "assess", "duty-officer"),
    "determination": (_determination, "determine", "duty-officer"),
    "resurvey": (_returned, "resurvey", "duty-officer"),
    "plan": (assessed, "draft-plan", "team-lead"),
    "decision": (planned, "decide", "team-lead"),
    "plan-revision": (_rejected, "draft-plan", "team-lead"),
    "gap": (_gap, "gap", "team-lead"),
    "service-start": (accepted, "chase", "coordinator"),
    "urgent-service": (lambda town: planned(town, {**MEALS, "urgent": True}), "chase", "duty-officer"),
    "make-up": (_missed, "chase", "coordinator"),
    "first-service": (approved, "first-service-late", "team-lead"),
    "missed-visit-call": (_missed, "missed-visit", "duty-officer"),
    "check": (_first_check, "check", "duty-officer"),
    "discharge-confirmation": (
        lambda town: town.hospital_tells("discharge.expected", at=48),
        "confirm-discharge",
        "duty-officer",
    ),
    "discharge-cancelled": (_cancelled, "cancelled-discharge", "team-lead"),
    "readmission-review": (_readmitted, "readmission-review", "team-lead"),
    "review-end": (_all_delivered, "review-end", "team-lead"),
    "correction": (_dates_differ, "dates-differ", "duty-officer"),
    "death-confirmation": (_death_in_doubt, "confirm-death", "duty-officer"),
    "papers-awaited": (_lookup_refused, "ask-for-papers", "duty-officer"),
    "running-services": (_withdrawn_while_served, "running-services", "duty-officer"),
    "refusal-confirmation": (_refusal_told, "confirm-refusal", "duty-officer"),
    "restriction": (_restricted, "confirm-restriction", "duty-officer"),
}


@pytest.mark.parametrize("limit", ESCALATED)
async def test_what_nobody_does_in_time_is_warned_of_and_then_owned_by_somebody_else(town: Town, limit: str) -> None:
    begins, task, owner = ESCALATED[limit]
    await begins(town)
    clock = await town.clock(limit)
    await town.fresh()
    await town.until(clock.warn_at)
    assert ("late", clock.name) in [(row.what, row.subject) for row in await town.fresh()]
    await town.until(clock.due_at)
    assert ("overdue", clock.name) in [(row.what, row.subject) for row in await town.fresh()]
    assert (await town.open_tasks())[task] == owner
    assert clock.name in (await town.state()).overdue
    assert (await town.marks())["HandoffOverdue"] is True


async def test_what_is_done_in_time_is_never_called_late(town: Town) -> None:
    await town.hospital_tells()
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=3)
    await town.acts("contact.made")
    await town.passes(days=1.5)
    late = [row.subject for row in await town.fresh() if row.what in ("late", "overdue")]
    assert late == ["first-service"]


@pytest.mark.history("silence")
async def test_a_silent_provider_is_warned_of_and_then_the_next_one_is_asked(town: Town) -> None:
    await approved(town)
    offer, first = await town.offer()
    clock = await town.clock("answer")
    await town.until(clock.warn_at)
    assert "late" in await town.said()
    await town.until(clock.due_at)
    assert [what for what in await town.said() if what.startswith("offer")] == ["offer_silent", "offer_made"]
    second = await town.offer()
    assert second[0] != offer
    assert second[1] != first
    assert (await town.referrals())[0].reason == "silent"
    assert "referral.withdrawn:silent" in await town.letters(first)


async def test_a_provider_silent_about_an_urgent_line_has_four_hours(town: Town) -> None:
    await planned(town, {**SAFETY, "urgent": True})
    _, first = await town.offer()
    clock = await town.clock("urgent-answer")
    assert (clock.due_at - clock.started_at).total_seconds() == 4 * 3600
    await town.until(clock.due_at)
    assert (await town.offer())[1] != first


async def test_a_visit_that_nobody_reports_is_asked_about(town: Town) -> None:
    await accepted(town, HELP)
    clock = await town.clock("visit-report")
    await town.until(clock.warn_at)
    assert "late" in await town.said()
    await town.until(clock.due_at)
    assert "visit_unreported" in await town.said()
    assert (await town.open_tasks())["visit-report"] == "coordinator"
    call = await town.clock("missed-visit-call")
    await town.until(call.due_at)
    assert (await town.open_tasks())["visit-report"] == "duty-officer"


async def test_capacity_held_for_a_readmitted_person_is_warned_of_and_then_freed(town: Town) -> None:
    await _readmitted(town)
    assert (await town.referrals())[0].state == "on-hold"
    assert (await town.referrals())[0].reserved == 5
    clock = await town.clock("readmission-hold")
    await town.until(clock.warn_at)
    assert "late" in await town.said()
    await town.until(clock.due_at)
    assert "hold_expired" in await town.said()
    assert (await town.referrals())[0].reserved == 0
    assert (await town.state()).lines[f"{town.case_id}.1"].state == "planned"


async def test_a_case_that_everybody_forgets_for_half_a_year_is_still_owned(town: Town) -> None:
    await accepted(town, MEALS, PROTECTION, SAFETY)
    for _ in range(6):
        await town.passes(days=30)
    assert not (await town.state()).end
    tasks = [row for row in await town.rows(tables.tasks) if row.closed_at is None]
    assert all(row.owner for row in tasks)
    assert {"contact", "first-service-late", "check", "gap"} <= {row.kind for row in tasks}


async def test_a_check_in_month_three_and_then_every_six_follows_from_the_first_plan(town: Town) -> None:
    await served(town)
    for name, following in (("month-3", "month-9"), ("month-9", "month-15")):
        await town.until((await town.clock(f"check:{name}")).due_at)
        await town.tells("check.completed", CENTRE, f"{town.case_id}.{name}", result="well")
        assert await town.clock(f"check:{following}")


async def test_an_accepted_line_is_warned_of_before_its_service_is_late(town: Town) -> None:
    await approved(town, MEALS, SAFETY)
    await accepts(town, 2)
    clock = await town.clock("service-start")
    assert (clock.due_at - clock.started_at).total_seconds() == 72 * 3600


async def test_the_end_after_a_death_is_warned_of_while_it_may_still_be_taken_back(town: Town) -> None:
    await _death(town)
    clock = await town.clock("death-closing")
    await town.until(clock.warn_at)
    assert ("late", clock.name) in [(row.what, row.subject) for row in await town.fresh()]
    assert await town.open_tasks() == {"confirm-death": "coordinator"}
    await town.until(clock.due_at)
    assert await town.ended() == "outcome-died"
