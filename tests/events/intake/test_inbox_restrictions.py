"""A restriction of access reaches the open case at once, whatever else in its message is unclear."""

from typing import Any

import pytest

from events.intake.resolve import Resolver, Settlement
from events.readers import InboundRecord
from handoff.fact import RESTRICTED, Discharge, Doubt, Fact, Person
from handoff.store import tables
from tests.events.desk import NOW, PROFILE, Desk, notice, person, record

RESTRICTION = ("disclosure.restricted", "/person/protected")
PROTECTED = person(protected=True)
EARLIER = "2026-05-04T09:00:00+09:00"


def told(kind: str, **discharge: str) -> InboundRecord:
    data = {"person": PROTECTED, "discharge": {"reference": "V-1", **discharge}}
    return record(kind, data)


@pytest.mark.parametrize(
    ("said", "entered"),
    [
        (told("discharge.corrected", discharged_at=EARLIER), ("discharge.corrected", "actual")),
        (told("discharge.cancelled"), ("discharge.cancelled", "")),
        (told("admission.occurred", admitted_at="2026-05-04T11:00:00+09:00"), ("admission.occurred", "")),
        (told("person.died", died_at="2026-05-04T11:00:00+09:00"), ("person.died", "")),
        (told("application.received"), ("application.received", "")),
        (notice("nhis-gwangmyeong", who=PROTECTED), ("discharge.notified", "actual")),
        (notice(who=PROTECTED, discharge={"disposition": "20"}), ("person.died", "")),
    ],
)
async def test_the_open_case_is_told_of_the_restriction_before_the_rest_of_the_message(
    desk: Desk, said: InboundRecord, entered: tuple[str, str]
) -> None:
    case_id = await desk.opened()
    [taken] = await desk.take(said)
    assert taken.outcome in ("entered", "joined")
    assert (await desk.told(case_id))[1:] == [RESTRICTION, entered]
    assert [task.kind for task in await desk.rows(tables.tasks)] == []  # the case asks


@pytest.mark.parametrize(
    ("who", "discharge", "settle"),
    [
        ({}, {"discharged_at": "2027-05-04T10:00:00+09:00"}, "discharge-in-future"),
        ({"name": "이순신"}, {}, "discharge-of-another-person"),
        ({"birth_date": "1950-01-01"}, {}, "discharge-of-another-person"),
    ],
)
@pytest.mark.parametrize("kind", ["discharge.corrected", "discharge.notified"])
async def test_what_else_is_unclear_is_held_and_the_case_is_told_all_the_same(
    desk: Desk, kind: str, who: dict[str, Any], discharge: dict[str, str], settle: str
) -> None:
    case_id = await desk.opened()
    said = record(kind, {"person": {**PROTECTED, **who}, "discharge": {"reference": "V-1", **discharge}})
    assert await desk.outcomes(said) == ["held"]
    assert (await desk.told(case_id))[1:] == [RESTRICTION]
    [task] = await desk.rows(tables.tasks)
    codes = [point["code"] for point in task.about["settle"]]
    assert settle in codes
    assert (RESTRICTED in codes) == bool(who)  # whoever decides that it is another person's has to see it
    settlement = Settlement(task.task_id, "kim", "same", case_id)
    await Resolver(desk.engine, desk.vault, PROFILE).resolve(settlement, NOW)
    became = ["person.corrected"] if who else []  # a person said that it is the same person, with these details
    assert [fact for fact, _ in await desk.told(case_id)][1:] == ["disclosure.restricted", kind, *became]


OTHER = {
    "name": "최수영",
    "birth_date": "1950-01-01",
    "registration_number": "500101-2000001",
    "phone": "010-7777-1234",
}


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("kind", ["discharge.corrected", "discharge.notified", "person.died", "discharge.cancelled"])
async def test_a_restriction_of_another_person_stops_nobody_else_and_is_seen(
    desk: Desk, kind: str, *, early: bool
) -> None:
    if early and kind == "discharge.notified":
        return
    said = record(kind, {"person": {**PROTECTED, **OTHER}, "discharge": {"reference": "V-1", "discharged_at": EARLIER}})
    for word in (said, notice()) if early else (notice(), said):
        await desk.take(word)
    [case] = await desk.rows(tables.cases)
    assert await desk.told(case.case_id) == [("discharge.notified", "actual")]
    [task] = await desk.rows(tables.tasks)
    assert RESTRICTED in [point["code"] for point in task.about["settle"]]


async def test_a_protected_person_s_notice_from_another_municipality_is_rejected_and_the_case_is_told(
    desk: Desk,
) -> None:
    case_id = await desk.opened()
    moved = notice(who={**PROTECTED, "address": "서울특별시 중구 세종대로 1"})
    assert await desk.outcomes(moved) == ["rejected"]
    assert (await desk.told(case_id))[1:] == [RESTRICTION]


async def test_without_a_case_a_notice_is_held_and_its_answer_is_a_person_s(desk: Desk) -> None:
    [taken] = await desk.take(notice(who=PROTECTED))
    assert taken.outcome == "held"
    [task] = await desk.rows(tables.tasks)
    assert [(point["code"], point["place"]) for point in task.about["settle"]] == [(RESTRICTED, "/person/protected")]
    opened = await Resolver(desk.engine, desk.vault, PROFILE).resolve(Settlement(task.task_id, "kim", "new"), NOW)
    assert await desk.told(opened.case_id) == [("discharge.notified", "actual")]


async def test_a_restriction_that_comes_before_its_case_is_told_to_it_when_it_opens(desk: Desk) -> None:
    [early] = await desk.take(told("discharge.corrected", discharged_at=EARLIER))
    assert early.outcome == "early"
    case_id = await desk.opened()
    assert await desk.told(case_id) == [
        ("discharge.notified", "actual"),
        RESTRICTION,
        ("discharge.corrected", "actual"),
    ]


async def test_a_held_notice_that_a_person_gives_to_a_case_tells_it_of_the_restriction(desk: Desk) -> None:
    case_id = await desk.opened()
    stranger = {**PROTECTED, "registration_number": None, "phone": "010-5555-0000", "address": "광명시 하안로 100"}
    said = notice(who={name: value for name, value in stranger.items() if value}, discharge={"reference": "V-9"})
    assert await desk.outcomes(said) == ["held"]
    assert len(await desk.told(case_id)) == 1
    [task] = await desk.rows(tables.tasks)
    await Resolver(desk.engine, desk.vault, PROFILE).resolve(Settlement(task.task_id, "kim", "same", case_id), NOW)
    assert (await desk.told(case_id))[1:] == [
        RESTRICTION,
        ("discharge.notified", "actual"),
        ("person.corrected", "phone,address"),
    ]


async def test_a_message_that_comes_again_tells_it_once(desk: Desk) -> None:
    case_id = await desk.opened()
    said = told("discharge.corrected", discharged_at=EARLIER)
    assert await desk.outcomes(said, said) == ["entered", "resent"]
    assert await desk.outcomes(said) == ["resent"]
    assert len(await desk.told(case_id)) == 3


async def test_the_same_words_with_the_flag_added_are_no_resend(desk: Desk) -> None:
    case_id = await desk.opened()
    [first] = await desk.take(notice(id="m-1", time="2026-05-04T11:10:00+09:00"))
    [second] = await desk.take(notice(who=PROTECTED, id="m-1", time="2026-05-04T11:10:00+09:00"))
    assert (first.outcome, second.outcome) == ("joined", "joined")
    assert RESTRICTION in await desk.told(case_id)


async def test_a_closed_case_is_not_told(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.close(case_id)
    assert await desk.outcomes(told("discharge.corrected", discharged_at=EARLIER)) == ["late"]
    assert [fact.kind for fact in await desk.rows(tables.facts)] == ["discharge.notified", "discharge.corrected"]


@pytest.mark.parametrize("flag", [{"protected": False}, {"protected": None}, {}])
async def test_a_flag_that_is_not_set_restricts_nothing(desk: Desk, flag: dict[str, Any]) -> None:
    [taken] = await desk.take(notice(who={**person(), **flag}))
    assert taken.outcome == "opened"


async def test_an_institution_may_restrict_access_by_an_event_of_its_own(desk: Desk) -> None:
    case_id = await desk.opened()
    assert await desk.outcomes(record("disclosure.restricted", {"discharge": {"reference": "V-1"}})) == ["entered"]
    assert (await desk.told(case_id))[1:] == [("disclosure.restricted", "")]


@pytest.mark.parametrize("flag", ["PD1-12", "ARV-3", "PV2-22", "PID-5.7"])
async def test_a_flag_of_hl7_reaches_the_case_with_its_place(desk: Desk, flag: str) -> None:
    case_id = await desk.opened()
    doubt = Doubt(RESTRICTED, flag, "Access to the person's data is restricted.")
    fact = Fact(
        "discharge.corrected",
        "gm-hospital",
        "m-9",
        NOW,
        form="hl7v2",
        reference="V-1",
        person=Person(name="김복순"),
        discharge=Discharge(discharged_at=NOW),
        doubts=(doubt,),
    )
    taken = await desk.inbox.type_in(fact, b"MSH|", NOW)
    assert taken.outcome == "entered"
    assert (await desk.told(case_id))[1] == ("disclosure.restricted", flag)
