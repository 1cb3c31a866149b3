"""Who learns what: each field of each letter, by the role that gets it; and who gets the person's data, and when."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from console.moments import stamp
from handoff.store.tables import plan_lines
from tests.activities.chart import HELP, MEALS, MONDAY, SAFETY, Chart, Ward
from tests.activities.test_case_record import live_a_whole_life
from tests.activities.test_personal_details import learns as learns_of_person

MEALS_BY_TOPIC = {**MEALS, "prefers": "gm-meals-01"}
PROVIDER = "gm-meals-01"
HOSPITAL, CENTRE, CONFERENCE, NHIS = "gm-hospital", "gm-centre-cheolsan", "gm-conference", "nhis-gwangmyeong"
PERSON = {"name": "김복순", "address": "광명시 철산로 12", "phone": "010-2345-6789"}

# The fields that a role may get, by kind of letter. docs/event-contract.md has the same table, with the reasons.
WHOM = "person.name person.address person.phone person.contact_name person.contact_relation person.contact_phone "
WHOM += "person.language"
OF_THE_ASSESSED = f"{WHOM} person.birth_date person.carer_name person.carer_relation person.carer_phone"
ASSESSED = f"case_id assessment {OF_THE_ASSESSED} discharged_at due_at"
REJECTED = "message_id code reason place"
MAY_GET: Mapping[str, Mapping[str, str]] = {
    "hospital": {
        "notice.rejected": REJECTED,
        "handoff.progressed": "case_id stage state expected_at discharged_at",
        "handoff.closed": "case_id ended_at end_reason outcome",
    },
    "community-centre": {
        "notice.rejected": REJECTED,
        "assessment.requested": ASSESSED,
        "assessment.updated": f"case_id {OF_THE_ASSESSED}",
        "handoff.progressed": "case_id stage state reason discharged_at due_at",
        "handoff.closed": "case_id ended_at end_reason outcome",
    },
    "nhis": {
        "notice.rejected": REJECTED,
        "assessment.requested": f"{ASSESSED} no_lookup papers_received_at",
        "assessment.updated": f"case_id {OF_THE_ASSESSED}",
        "handoff.progressed": "case_id stage state expected_at discharged_at",
        "handoff.closed": "case_id ended_at end_reason outcome",
    },
    "deciding-body": {
        "notice.rejected": REJECTED,
        "plan.submitted": "case_id version lines.line_id lines.service lines.kind lines.quantity lines.per lines.days "
        "lines.urgent lines.part_of lines.starts_on lines.weekdays eligibility priority score due_at",
        "handoff.closed": "case_id ended_at end_reason outcome",
    },
    "provider": {
        "notice.rejected": REJECTED,
        "referral.offered": "offer_id line_id service kind quantity per days urgent dong starts_on weekdays "
        "provisional safety_notes expected_at discharged_at answer_due_at",
        "referral.confirmed": f"offer_id line_id {WHOM} discharged_at",
        "referral.updated": f"offer_id line_id dong {WHOM}",
        "referral.withdrawn": "offer_id line_id reason",
        "visit.scheduled": "visit_id line_id offer_id service number planned_at makes_up named_by",
        "appointment.requested": "offer_id line_id service reason expected_at discharged_at due_at",
        "week.to-confirm": "week begins_at ends_at visits.visit_id visits.service visits.planned_at due_at",
        "handoff.progressed": "case_id state line_id visits expected_at discharged_at due_at",
        "handoff.closed": "case_id ended_at",
    },
}


NOT_OF_A_CASE = ("notice.rejected", "week.to-confirm")


def fields(data: Mapping[str, Any], of: str = "") -> Iterator[str]:
    """The names of all fields, those of parts with the name of the part before them."""
    for name, value in data.items():
        parts = value if isinstance(value, list) else [value]
        nested = [part for part in parts if isinstance(part, dict)]
        yield from (field for part in nested for field in fields(part, f"{of}{name}."))
        if not nested:
            yield of + name


def role_of(chart: Chart, receiver: str) -> str:
    party = chart.ward.profile.institution(receiver)
    assert party is not None
    return str(party.role)


async def kinds_checked(chart: Chart) -> set[tuple[str, str]]:
    """The role and kind of each letter of a case, after its fields were looked up in the table."""
    seen = set()
    for receiver in chart.ward.profile.topics():
        role = role_of(chart, receiver)
        for kind, letter in zip(await chart.kinds(receiver), await chart.letters(receiver), strict=True):
            listed = MAY_GET[role].get(kind, "").split()
            assert not set(fields(letter)) - set(listed), (role, kind)
            seen.add((role, kind))
    return seen


async def test_no_role_gets_a_field_that_its_task_does_not_need(ward: Ward) -> None:
    chart, served = await ward.admitted(), await ward.admitted()
    await live_a_whole_life(chart)
    [offer] = await served.served(MEALS_BY_TOPIC)
    await served.visited(offer.rpartition(".")[0])
    await served.write("closed", code="reason-3")
    asked = await ward.admitted()
    [meals] = await asked.planned(MEALS_BY_TOPIC)
    offer = (await asked.write("offer_made", meals)).subject
    await asked.write("offer_accepted", offer, until=asked.now - timedelta(days=1))
    ending = await ward.admitted()
    [offer] = await ending.served(MEALS_BY_TOPIC)
    await ending.write("service_end_set", offer, until=ending.now + timedelta(days=3), code="refused", who="kim")
    asked_about, moved = await ward.admitted(), await ward.admitted()
    await moved.served(SAFETY)
    await asked_about.write("case_screened")
    await asked_about.write("assessment_requested")
    for case in (moved, asked_about):
        await learns_of_person(case, phone="010-1111-2222", contact_name="박지민", carer_name="박철수", language="vi")
    cases = (chart, served, asked, ending, moved, asked_about)
    seen = {pair for case in cases for pair in await kinds_checked(case)}
    assert seen >= {("provider", kind) for kind in MAY_GET["provider"] if kind not in NOT_OF_A_CASE}
    assert {kind for role, kind in seen if role != "provider"} >= {
        "assessment.requested",
        "assessment.updated",
        "plan.submitted",
        "handoff.progressed",
        "handoff.closed",
    }


async def test_an_offer_says_what_and_where_and_not_whom(chart: Chart) -> None:
    line = {**MEALS_BY_TOPIC, "urgent": True, "safety": ["two-visitors", "animal-in-home"]}
    [meals] = await chart.planned(line, approved=False)
    await chart.write("offer_made", meals)
    [offer] = await chart.letters(PROVIDER, "referral.offered")
    due = offer.pop("answer_due_at")
    assert due > stamp(MONDAY)
    assert offer == {
        "offer_id": f"{meals}.O1",
        "line_id": meals,
        "service": "meal-delivery",
        "kind": "series",
        "quantity": 3,
        "per": "week",
        "days": 28,
        "urgent": True,
        "dong": "cheolsan",
        "provisional": True,
        "safety_notes": ["two-visitors", "animal-in-home"],
        "discharged_at": stamp(MONDAY),
    }


async def test_the_rest_of_a_line_has_the_same_safety_needs(chart: Chart) -> None:
    [meals] = await chart.planned({**MEALS_BY_TOPIC, "safety": ["lifting"]})
    offer = (await chart.write("offer_made", meals)).subject
    [rest] = (await chart.write("offer_partly_accepted", offer, quantity=1)).lines
    assert {row.line_id: row.safety for row in await chart.rows(plan_lines)} == {
        meals: ["lifting"],
        rest.line: ["lifting"],
    }


ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "offer_accepted": {},
    "offer_partly_accepted": {"quantity": 1},
}


@pytest.mark.parametrize("who", [PROVIDER, "kim"])  # by its own event, or by phone
@pytest.mark.parametrize("answer", list(ANSWERS))
async def test_the_persons_data_go_with_the_acceptance(chart: Chart, answer: str, who: str) -> None:
    [meals] = await chart.planned(MEALS_BY_TOPIC)
    offer = (await chart.write("offer_made", meals)).subject
    assert "referral.confirmed" not in await chart.kinds(PROVIDER)
    await chart.write(answer, offer, who=who, **ANSWERS[answer])
    [confirmed] = await chart.letters(PROVIDER, "referral.confirmed")
    assert confirmed == {
        "offer_id": offer,
        "line_id": meals,
        "person": PERSON,
        "discharged_at": stamp(MONDAY),
    }


@pytest.mark.parametrize(
    ("answer", "more"),
    [("offer_declined", {"code": "other"}), ("offer_silent", {}), ("offer_partly_accepted", {"quantity": 0})],
)
async def test_a_provider_that_does_not_accept_never_learns_who_it_is_or_that_the_case_ends(
    chart: Chart, answer: str, more: Mapping[str, Any]
) -> None:
    [meals] = await chart.planned(MEALS_BY_TOPIC)
    await chart.write(answer, (await chart.write("offer_made", meals)).subject, **more)
    await chart.write("closed", code="outcome-unmet-need")
    assert not {"referral.confirmed", "handoff.closed"} & set(await chart.kinds(PROVIDER))


# What ends a line that a provider has accepted, and the reason that the provider gets.
ENDS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "offer_changed_mind": ({"code": "cannot-go-on", "who": PROVIDER}, "cannot-go-on"),
    "service_ended": ({"code": "goal-reached", "who": PROVIDER}, "goal-reached"),
    "service_ended by the municipality": ({"code": "moved", "who": "kim"}, "other"),
    "discharge_cancelled": ({}, "discharge-cancelled"),
    "closed": ({"code": "outcome-died"}, "other"),
}


@pytest.mark.parametrize("end", list(ENDS))
async def test_the_persons_data_are_withdrawn_when_the_line_ends(chart: Chart, end: str) -> None:
    more, reason = ENDS[end]
    [offer] = await chart.served(MEALS_BY_TOPIC)
    subject = offer if end.startswith(("offer", "service")) else ""
    await chart.write(end.partition(" ")[0], subject, **more)
    withdrawn = await chart.letters(PROVIDER, "referral.withdrawn")
    assert withdrawn == [{"offer_id": offer, "line_id": offer.rpartition(".")[0], "reason": reason}]


@pytest.mark.parametrize("code", ["moved", "refused", "goal-reached"])
async def test_a_provider_learns_when_its_service_ends_and_not_why(chart: Chart, code: str) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    line, ends_at = offer.rpartition(".")[0], chart.now + timedelta(hours=1)
    visit = await chart.write("visit_planned", line)
    await chart.write("service_end_set", offer, until=ends_at, code=code, who="kim")
    assert await chart.letters(PROVIDER, "handoff.progressed") == [
        {
            "case_id": chart.case,
            "state": "service-ends",
            "line_id": line,
            "visits": [visit.subject],
            "due_at": stamp(ends_at),
        }
    ]


async def test_the_persons_data_are_withdrawn_when_all_is_delivered(chart: Chart) -> None:
    [offer] = await chart.served({**SAFETY, "prefers": "gm-home-safety-01"})
    line = offer.rpartition(".")[0]
    await chart.visited(line)
    await chart.write("visit_planned", line)
    assert await chart.referrals() == {offer: "completed"}
    [withdrawn] = await chart.letters("gm-home-safety-01", "referral.withdrawn")
    assert withdrawn["reason"] == "delivered"


# What stops the confirmation, and what lets it go.
HOLDS = {"disclosure_restricted": "disclosure_allowed", "death_doubted": "death_taken_back"}


@pytest.mark.parametrize("hold", list(HOLDS))
async def test_what_was_accepted_while_nobody_may_be_told_is_confirmed_once_afterwards(chart: Chart, hold: str) -> None:
    [meals, safety] = await chart.planned(MEALS_BY_TOPIC, {**SAFETY, "prefers": "gm-home-safety-01"})
    await chart.write("offer_accepted", (await chart.write("offer_made", safety)).subject)
    offer = (await chart.write("offer_made", meals)).subject
    await chart.write(hold)
    await chart.write("offer_accepted", offer)
    assert "referral.confirmed" not in await chart.kinds(PROVIDER)
    await chart.write(HOLDS[hold])
    assert [letter["offer_id"] for letter in await chart.letters(PROVIDER, "referral.confirmed")] == [offer]
    await chart.write(hold)
    await chart.write(HOLDS[hold])
    for provider in (PROVIDER, "gm-home-safety-01"):
        assert (await chart.kinds(provider)).count("referral.confirmed") == 1


async def test_a_confirmation_waits_until_each_reason_is_over(chart: Chart) -> None:
    [meals] = await chart.planned(MEALS_BY_TOPIC)
    offer = (await chart.write("offer_made", meals)).subject
    await chart.write("disclosure_restricted")
    await chart.write("offer_accepted", offer)
    await chart.write("consent_withdrawn")
    await chart.write("disclosure_allowed")
    assert "referral.confirmed" not in await chart.kinds(PROVIDER)
    await chart.write("consent_given")
    assert (await chart.kinds(PROVIDER)).count("referral.confirmed") == 1


ALL = {"reason-3": {"end_reason": 3}, "reason-4": {"end_reason": 4}, "reason-5": {"end_reason": 5}}
HEALTH = {"reason-1": {"end_reason": 1}, "reason-2": {"end_reason": 2}}


@pytest.mark.parametrize("end", [*ALL, *HEALTH])
async def test_why_a_case_ends_is_told_to_those_whom_it_concerns(chart: Chart, end: str) -> None:
    [meals, safety, help_] = await chart.planned(MEALS_BY_TOPIC, {**SAFETY, "prefers": "gm-home-safety-01"}, HELP)
    await chart.write("offer_accepted", (await chart.write("offer_made", meals)).subject)
    await chart.write("offer_declined", (await chart.write("offer_made", safety)).subject)
    await chart.write("offer_made", help_)
    await chart.visited(meals)
    await chart.write("closed", code=end)
    when = {"case_id": chart.case, "ended_at": stamp(chart.now)}
    for receiver, learns in {
        CENTRE: when | (ALL | HEALTH)[end],
        CONFERENCE: when | (ALL | HEALTH)[end],
        HOSPITAL: when | ALL.get(end, {}),
        PROVIDER: when,
    }.items():
        assert await chart.letters(receiver, "handoff.closed") == [learns], receiver
    for provider in ("gm-home-safety-01", "gm-home-safety-02", NHIS):
        assert "handoff.closed" not in await chart.kinds(provider)


@pytest.mark.parametrize(
    ("outcome", "hospital_learns"),
    [
        ("not-eligible", {"outcome": "not-eligible"}),
        ("guided-elsewhere", {"outcome": "guided-elsewhere"}),
        ("refused", {"outcome": "refused"}),
        ("admitted", {}),
        ("died", {}),
    ],
)
async def test_an_outcome_tells_a_hospital_no_more_than_it_needs(
    ward: Ward, outcome: str, hospital_learns: Mapping[str, str]
) -> None:
    chart = await ward.admitted()
    await chart.surveyed(score=5)
    await chart.write("closed", code=f"outcome-{outcome}")
    when = {"case_id": chart.case, "ended_at": stamp(chart.now)}
    assert await chart.letters(HOSPITAL, "handoff.closed") == [when | hospital_learns]
    assert await chart.letters(NHIS, "handoff.closed") == [when | {"outcome": outcome}]
    assert await chart.letters(CENTRE, "handoff.closed") == [when | {"outcome": outcome}]


async def test_a_provider_whose_line_ended_before_learns_nothing_of_the_end(chart: Chart) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    await chart.write("offer_changed_mind", offer, code="cannot-go-on", who=PROVIDER)
    await chart.write("closed", code="outcome-unmet-need")
    assert "handoff.closed" not in await chart.kinds(PROVIDER)
