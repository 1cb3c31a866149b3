"""A doubt that leaves neither the person nor the age open makes no task of somebody plainly outside: it waits."""

from datetime import date

import pytest

from events.intake.dry_run import dry_run
from events.intake.resolve import Resolver, Settlement
from events.intake.settle_door import DoorDecision, Doorkeeper
from events.readers import InboundRecord
from handoff.fact import Person
from handoff.profile.register import EligibilityRules
from handoff.rules.eligibility import born
from handoff.store import tables
from tests.events.desk import NOW as DESK_NOW
from tests.events.desk import PROFILE, Desk
from tests.events.intake.doors import let_in, listed, turn_away, young
from tests.events.readers.told import NOW, adt

YOUNG = {"born": "19981002"}
RESTRICTED = "ARV|1|A|DEM\r"


def feed(more: str = "", **fields: str) -> InboundRecord:
    """A message on the hospital's topic."""
    return InboundRecord("gm-hospital", adt(**fields) + more.encode(), (), "handoff.from.gm-hospital", 0, 1)


async def outcome(more: str = "", **fields: str) -> tuple[str, list[str]]:
    """What becomes of a message of somebody unknown, and the codes that a person would have to settle."""
    ran = await dry_run(feed(more, **fields), PROFILE, NOW)
    return ran.outcome, [point["code"] for point in ran.settle]


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ("", {"disposition": "02"}),  # to another hospital
        ("", {"disposition": "30"}),  # still a patient
        ("", {"disposition": "20"}),  # died
        ("", {"dead": "Y"}),
        ("", {"dead": "Y", "died": "20260325"}),
        ("", {"dead": "N", "died": "20260401"}),
        ("", {"trigger": "A07", "patient_class": "O"}),
        ("", {"says": "A08"}),
        ("", {"admitted": "20260402"}),
        ("", {"address": "Seoul^^^^^USA^L"}),
        (RESTRICTED, {}),
        ("PD1||||||||||||Y\r", {}),
        ("", {"phone": "", "disposition": "02", "says": "A08"}),
    ],
)
async def test_a_doubt_about_the_stay_waits_at_the_door(more: str, fields: dict[str, str]) -> None:
    assert await outcome(more, **YOUNG, **fields) == ("at-door", [])
    status, codes = await outcome(more, **fields)
    assert status == "held"  # of somebody who has reached the age
    assert codes


async def test_a_notice_without_its_visit_segment_waits_too() -> None:
    cut = b"\r".join(adt(**YOUNG).split(b"\r")[:3])
    ran = await dry_run(InboundRecord("gm-hospital", cut, (), "handoff.from.gm-hospital", 0, 1), PROFILE, NOW)
    assert ran.outcome == "at-door"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "무명남"},
        {"name": "한^소망^^^^^U"},
        {"name": "한^소망^^^^^S"},
        {"born": "20270101"},
        {"born": "19980230"},
        {"numbers": "980315-2123456^^^^NI"},  # another birth date
        {"national": "970315-2123456", "numbers": "981002-2123456^^^^NI"},
        {"name": "한^소\ufffd^^^^^L"},
    ],
)
async def test_a_doubt_about_the_person_or_the_age_is_held(fields: dict[str, str]) -> None:
    status, codes = await outcome(**YOUNG | fields)
    assert status == "held"
    assert codes


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"numbers": "980302-1234567^^^^NI~5^^^G^PI"}, "at-door"),
        ({"national": "980302-1234567"}, "at-door"),
        ({"national": "9803021234567"}, "at-door"),
        ({"national": "260302-3234567"}, "at-door"),  # of 2026
        ({"national": "260302-1234567"}, "opened"),  # of 1926
        ({"national": "480302-1234567"}, "opened"),
        ({"national": "981302-1234567"}, "opened"),  # no date: what is missing never means no
        ({"national": "980302-1******"}, "opened"),
        ({"born": "1998"}, "at-door"),  # the year is enough
        ({"born": "199803"}, "at-door"),
        ({"born": "1948"}, "opened"),
        ({"born": "1998", "national": "980302-1234567"}, "at-door"),
    ],
)
async def test_a_resident_number_or_the_year_proves_the_age(fields: dict[str, str], status: str) -> None:
    assert (await outcome(**{"born": "", **fields}))[0] == status


def test_the_birth_date_that_was_sent_counts_before_that_of_the_number() -> None:
    number = "980302-1234567"
    assert born(Person(registration_number=number)) == date(1998, 3, 2)
    assert born(Person(registration_number=number, birth_date=date(1998, 3, 3))) == date(1998, 3, 3)
    assert born(Person()) is None


async def test_the_sender_reads_where_the_age_stands() -> None:
    ran = await dry_run(feed(born="", national="980302-1234567"), PROFILE, NOW)
    [(_, data)] = ran.told
    assert list(data["unclear"]) == [{"code": "door-not-checked", "place": "PID-19"}]
    only_age = PROFILE.model_copy(update={"eligibility": EligibilityRules(severe_disability=False)})
    ran = await dry_run(feed(born="", national="980302-1234567"), only_age, NOW)
    assert (ran.outcome, ran.place) == ("not-eligible", "")


@pytest.mark.parametrize("more", [RESTRICTED, ""])
async def test_what_waited_at_the_door_is_a_task_once_somebody_makes_it_a_case(desk: Desk, more: str) -> None:
    desk.now = NOW
    await desk.take(feed(more, disposition="02", **YOUNG))
    [number] = await listed(desk)
    assert await desk.rows(tables.tasks) == []
    assert await let_in(desk, number or 0) == ["held"]
    [task] = await desk.rows(tables.tasks)
    codes = {point["code"] for point in task.about["settle"]}
    assert codes == {"goes-to-hospital", *(["disclosure-restricted"] if more else [])}
    settled = await Resolver(desk.engine, desk.vault, PROFILE).resolve(Settlement(task.task_id, "lee", "new"), desk.now)
    assert settled.outcome == "opened"


async def held(desk: Desk) -> str:
    """The task about a notice that may be of somebody of ours, and of whom a person says: it is somebody new."""
    await desk.opened(who={"name": "김복순", "phone": "010-2345-6789", "address": "경기도 광명시 철산로 12"})
    [taken] = await desk.take(young(who={"registration_number": None}, discharge={"reference": "V-2"}))
    assert taken.outcome == "held"
    return taken.task_id


async def test_a_held_notice_of_somebody_outside_goes_to_the_door_and_is_not_asked_about_twice(desk: Desk) -> None:
    settlement = Settlement(await held(desk), "lee", "new")
    assert (await Resolver(desk.engine, desk.vault, PROFILE).resolve(settlement, desk.now)).outcome == "at-door"
    assert [task.closed_at for task in await desk.rows(tables.tasks)] == [desk.now]
    assert len(await desk.rows(tables.cases)) == 1
    [number] = await listed(desk)
    assert len(await desk.letters("gm-hospital")) == 2  # no second answer that it is held
    assert await let_in(desk, number or 0) == ["opened"]
    assert len(await desk.rows(tables.tasks)) == 1
    assert len({case.person_id for case in await desk.rows(tables.cases)}) == 2


async def test_the_person_whom_somebody_has_named_gets_the_next_case(desk: Desk) -> None:
    task = await held(desk)
    [case] = await desk.rows(tables.cases)
    await desk.close(case.case_id)
    settlement = Settlement(task, "lee", "same", case.case_id)
    assert (await Resolver(desk.engine, desk.vault, PROFILE).resolve(settlement, desk.now)).outcome == "at-door"
    [number] = await listed(desk)
    assert await let_in(desk, number or 0) == ["opened"]
    assert {row.person_id for row in await desk.rows(tables.cases)} == {case.person_id}


async def test_a_held_notice_can_be_turned_away_at_the_door(desk: Desk) -> None:
    await Resolver(desk.engine, desk.vault, PROFILE).resolve(Settlement(await held(desk), "lee", "new"), desk.now)
    [number] = await listed(desk)
    assert await turn_away(desk, number or 0) == ["not-eligible"]


async def test_where_every_door_is_shut_a_held_notice_is_recorded_at_once(desk: Desk) -> None:
    only_age = PROFILE.model_copy(update={"eligibility": EligibilityRules(severe_disability=False)})
    settlement = Settlement(await held(desk), "lee", "new")
    assert (await Resolver(desk.engine, desk.vault, only_age).resolve(settlement, DESK_NOW)).outcome == "not-eligible"
    [*_, (kind, data)] = await desk.letters("gm-hospital")
    assert (kind, data["code"], data["settled"]) == ("notice.rejected", "not-eligible", True)


async def test_a_held_notice_of_somebody_who_has_reached_the_age_since_needs_no_door(desk: Desk) -> None:
    await desk.opened(who={"name": "김복순", "phone": "010-2345-6789", "address": "경기도 광명시 철산로 12"})
    [taken] = await desk.take(young(who={"birth_date": "1961-05-06"}, discharge={"reference": "V-2"}))
    desk.passes(days=3)
    settlement = Settlement(taken.task_id, "lee", "new")
    assert (await Resolver(desk.engine, desk.vault, PROFILE).resolve(settlement, desk.now)).outcome == "opened"


async def test_a_held_notice_on_the_list_is_found_by_its_person(desk: Desk) -> None:
    await Resolver(desk.engine, desk.vault, PROFILE).resolve(Settlement(await held(desk), "lee", "new"), desk.now)
    [number] = await listed(desk)
    index = await desk.rows(tables.fact_index)
    assert [row.fact_id for row in index] == [number]  # name, birth date and phone
    decision = DoorDecision([number or 0], "kim", "", eligible=False)
    await Doorkeeper(desk.engine, desk.vault, PROFILE).settle(decision, desk.now)
    assert await desk.rows(tables.fact_index) == []
