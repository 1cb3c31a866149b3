"""A person plainly outside the door of age is no case: what was not asked is not decided."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from events.intake.dry_run import dry_run
from events.intake.inbox import Inbox
from events.intake.resolve import NotSettledError, Resolver, Settlement
from events.intake.settle_door import DoorDecision, Doorkeeper
from events.readers import InboundRecord
from handoff.fact import Person
from handoff.profile.register import EligibilityRules
from handoff.store import tables
from handoff.store.queries import at_door as door_queries
from tests.events.desk import NOW, PROFILE, Desk, notice, person, record

YOUNG = {"birth_date": "1988-03-02", "registration_number": "880302-2123456"}  # 38 years old
STAY = {"discharge": {"reference": "V-1"}}
ONLY_AGE = PROFILE.model_copy(update={"eligibility": EligibilityRules(severe_disability=False)})
NO_GROUPS = PROFILE.model_copy(update={"eligibility": EligibilityRules()})


def young(**more: Any) -> InboundRecord:
    changes = more.pop("who", {})
    number = {"registration_number": None} if "birth_date" in changes else {}  # it names the birth date too
    who = person(**{**YOUNG, **number, **changes})
    return notice(who=who, **more)


async def at_door(desk: Desk, **more: Any) -> int:
    [taken] = await desk.take(young(**more))
    assert taken.outcome == "at-door", taken
    return max(row.fact_id for row in await desk.rows(tables.facts))


def keeper(desk: Desk) -> Doorkeeper:
    return Doorkeeper(desk.engine, desk.vault, PROFILE)


async def let_in(desk: Desk, *numbers: int, door: str = "severe-disability") -> list[str]:
    taken = await keeper(desk).settle(DoorDecision(numbers, "kim", door, eligible=True), desk.now)
    return [result.outcome for result in taken]


async def turn_away(desk: Desk, *numbers: int) -> list[str]:
    taken = await keeper(desk).settle(DoorDecision(numbers, "kim", "", eligible=False), desk.now)
    return [result.outcome for result in taken]


async def listed(desk: Desk) -> list[int | None]:
    async with desk.engine.connect() as conn:
        return [row.fact_id for row in await door_queries.listed(conn, None, 1000)]


@pytest.mark.parametrize("kind", ["discharge.notified", "discharge.expected"])
async def test_a_person_below_the_age_gets_no_case_and_nobody_a_task(desk: Desk, kind: str) -> None:
    await at_door(desk, kind=kind)
    for table in (tables.cases, tables.persons, tables.person_index, tables.tasks, tables.timeline, tables.parked):
        assert await desk.rows(table) == [], table.name
    [row] = await desk.rows(tables.facts)
    assert (row.state, row.case_id, row.person_id) == ("at-door", None, None)
    assert "김복순".encode() not in row.content_sealed + row.raw_sealed


async def test_its_sender_reads_that_it_is_stored_and_what_is_not_checked(desk: Desk) -> None:
    await at_door(desk)
    [(kind, data)] = await desk.letters("gm-hospital")
    assert (kind, data["status"], data["case_id"], data["settled"]) == ("notice.acknowledged", "held", "", False)
    assert data["unclear"] == [{"code": "door-not-checked", "place": "/person/birth_date"}]


@pytest.mark.parametrize(
    ("who", "outcome"),
    [
        ({"birth_date": "1961-05-04"}, "opened"),  # 65 today
        ({"birth_date": "1961-05-05"}, "at-door"),  # 65 tomorrow
        ({"birth_date": "2026-05-01"}, "at-door"),  # a newborn
        ({"birth_date": None, "registration_number": None}, "opened"),  # a missing fact never means no
        ({"severe_disability": True}, "opened"),
        ({"severe_disability": False}, "at-door"),  # the agreed groups were not asked about
        ({"address": None, "phone": None}, "at-door"),  # what else is unclear waits
        ({"address": "행복로 12"}, "at-door"),
        ({"address": "서울특별시 강남구 테헤란로 1"}, "rejected"),
        ({"birth_date": "2027-03-02"}, "held"),  # the birth date is in doubt
        ({"name": None}, "rejected"),
    ],
)
async def test_which_notice_stands_at_the_door(desk: Desk, who: dict[str, Any], outcome: str) -> None:
    assert await desk.outcomes(young(who=who)) == [outcome]


async def test_a_person_who_reaches_the_age_before_the_discharge_is_not_outside(desk: Desk) -> None:
    soon = {"discharged_at": None, "expected_at": "2026-05-10T10:00:00+09:00"}
    who = {"birth_date": "1961-05-09"}
    assert await desk.outcomes(young(kind="discharge.expected", discharge=soon, who=who)) == ["opened"]


async def test_who_applies_gets_a_case_at_any_age(desk: Desk) -> None:
    data = {"person": person(**YOUNG), "consent": {"given": True}}
    assert await desk.outcomes(record("application.received", data, "desk-01")) != ["at-door"]
    assert await desk.outcomes(record("application.received", data, "gm-hospital")) == ["opened"]


@pytest.mark.parametrize(
    ("profile", "disabled", "outcome"),
    [
        (ONLY_AGE, None, "not-eligible"),
        (ONLY_AGE, False, "not-eligible"),
        (NO_GROUPS, False, "not-eligible"),
        (NO_GROUPS, None, "at-door"),
        (PROFILE, False, "at-door"),
        (ONLY_AGE, True, "not-eligible"),  # it is no ground there
    ],
)
async def test_where_every_door_is_shut_it_is_recorded_at_once(
    desk: Desk, *, profile: Any, disabled: bool | None, outcome: str
) -> None:
    arrival = young(who={"severe_disability": disabled}, id="n-1")
    inbox = Inbox(desk.engine, desk.vault, profile)
    again = replace(arrival, offset=arrival.offset + 1000)
    assert [taken.outcome for taken in await inbox.take([arrival, again], NOW)] == [outcome, "resent"]
    [row] = await desk.rows(tables.facts)
    letters = await desk.letters("gm-hospital")
    assert len(letters) == 1
    if outcome == "not-eligible":
        assert (row.state, row.content_sealed, row.raw_sealed) == ("dropped", None, None)
        assert row.body["door"]["verdict"] == "not-eligible"
        [(kind, data)] = letters
        assert (kind, data["code"], data["settled"], data["message_id"]) == (
            "notice.rejected",
            "not-eligible",
            False,
            "n-1",
        )
    assert await desk.rows(tables.parked) == []


async def test_doubts_about_who_it_is_come_first(desk: Desk) -> None:
    await desk.opened(
        who=person(name="김복동", registration_number="880302-2123456", birth_date=None, severe_disability=True)
    )
    assert await desk.outcomes(young(discharge={"reference": "V-9"})) == ["held"]


async def test_a_known_person_with_an_open_case_is_joined(desk: Desk) -> None:
    case = await desk.opened(who=person(**YOUNG, severe_disability=True))
    [taken] = await desk.take(young(sender="gm-hospital", discharge={"reference": "V-2"}))
    assert (taken.outcome, taken.case_id) == ("joined", case)


async def test_a_severe_disability_that_is_known_of_the_person_opens_the_next_case(desk: Desk) -> None:
    case = await desk.opened(who=person(**YOUNG, severe_disability=True))
    await desk.close(case)
    assert await desk.outcomes(young(discharge={"reference": "V-2"})) == ["opened"]


async def test_a_resend_and_a_repeat_double_nothing(desk: Desk) -> None:
    first = young(id="n-1")
    assert await desk.outcomes(first, replace(first, offset=first.offset + 1000)) == ["at-door", "resent"]
    assert await desk.outcomes(replace(first, offset=first.offset + 2000)) == ["resent"]
    assert await desk.outcomes(young(id="n-1", time="2026-05-04T11:30:00+09:00")) == ["resent"]
    assert len(await listed(desk)) == 1
    assert len(await desk.letters("gm-hospital")) == 1


async def test_other_notices_of_the_same_person_are_rows_that_name_each_other(desk: Desk) -> None:
    one = await at_door(desk)
    other = await at_door(desk, sender="gm-long-term-care", who={"registration_number": None})  # by name, birth, phone
    twin = await at_door(desk, who={"name": "김복희", "registration_number": "880302-2123457"})
    async with desk.engine.connect() as conn:
        assert await door_queries.alike(conn, [one, other, twin]) == {one: [other], other: [one]}


async def test_a_severe_disability_that_was_found_opens_the_case(desk: Desk) -> None:
    number = await at_door(desk, **STAY)
    assert await let_in(desk, number) == ["opened"]
    [case] = await desk.rows(tables.cases)
    [row] = await desk.rows(tables.facts)
    assert (row.state, row.case_id, row.number) == ("numbered", case.case_id, 1)
    assert row.body["door"] == {
        "verdict": "let-in",
        "found": "severe-disability",
        "asked": ["severe-disability", "family-care-gap", "no-institutional-support", "insufficient-infrastructure"],
        "who": "kim",
        "at": NOW.isoformat(),
    }
    [entry] = await desk.rows(tables.timeline)
    assert (entry.what, entry.who, entry.why) == ("case_opened", "kim", "disability-registered")
    [_, (kind, data)] = await desk.letters("gm-hospital")
    assert (kind, data["status"], data["case_id"], data["settled"]) == (
        "notice.acknowledged",
        "opened",
        case.case_id,
        True,
    )
    assert await desk.rows(tables.fact_index) == []
    assert await desk.told(case.case_id) == [("discharge.notified", "actual")]


async def test_an_agreed_group_opens_the_case_too(desk: Desk) -> None:
    assert await let_in(desk, await at_door(desk), door="family-care-gap") == ["opened"]
    [entry] = await desk.rows(tables.timeline)
    assert entry.why == "group-family-care-gap"


async def test_a_case_needs_a_door_that_is_open(desk: Desk) -> None:
    number = await at_door(desk)
    with pytest.raises(NotSettledError, match="--severe-disability"):
        await let_in(desk, number, door="")
    assert await listed(desk) == [number]


async def test_a_person_who_has_reached_the_age_on_the_list_needs_no_other_door(desk: Desk) -> None:
    number = await at_door(desk, who={"birth_date": "1961-05-06"})
    desk.passes(days=3)
    assert await let_in(desk, number, door="") == ["opened"]


async def test_what_else_is_unclear_is_then_held_with_one_task_and_no_second_letter(desk: Desk) -> None:
    number = await at_door(desk, who={"phone": None})
    assert await let_in(desk, number) == ["held"]
    [task] = await desk.rows(tables.tasks)
    assert [point["code"] for point in task.about["settle"]] == ["contact-missing"]
    assert len(await desk.letters("gm-hospital")) == 1
    settlement = Settlement(task.task_id, "lee", "", supplement=Person(phone="01023456789"))
    assert (await Resolver(desk.engine, desk.vault, PROFILE).resolve(settlement, NOW)).outcome == "opened"
    [entry] = await desk.rows(tables.timeline)
    assert (entry.who, entry.why) == ("lee", "disability-registered")


async def test_not_eligible_is_recorded_and_the_sender_told(desk: Desk) -> None:
    one, other = await at_door(desk), await at_door(desk, who={"name": "이순자", "registration_number": None})
    assert await turn_away(desk, one, other) == ["not-eligible", "not-eligible"]
    rows = await desk.rows(tables.facts)
    assert {(row.state, row.content_sealed, row.raw_sealed, row.reference_digest) for row in rows} == {
        ("dropped", None, None, None)
    }
    assert [(row.body["door"]["verdict"], row.body["door"]["who"]) for row in rows] == [("not-eligible", "kim")] * 2
    assert await desk.rows(tables.fact_index) == []
    letters = await desk.letters("gm-hospital")
    rejected = [data for kind, data in letters if kind == "notice.rejected"]
    assert [(data["code"], data["settled"], data["place"]) for data in rejected] == [
        ("not-eligible", True, "/person/birth_date")
    ] * 2
    assert await desk.rows(tables.cases) == []


async def test_a_decision_about_several_is_carried_out_whole_or_not_at_all(desk: Desk) -> None:
    number = await at_door(desk)
    with pytest.raises(NotSettledError, match="no notice 999 stands at the door"):
        await turn_away(desk, number, 999)
    assert await listed(desk) == [number]
    assert await turn_away(desk, number) == ["not-eligible"]
    with pytest.raises(NotSettledError, match="doors list"):
        await let_in(desk, number)


async def test_notices_of_one_person_settled_together_make_one_case(desk: Desk) -> None:
    one = await at_door(desk)
    other = await at_door(desk, sender="gm-long-term-care", discharge={"reference": "W-1"})
    assert await let_in(desk, one, other) == ["opened", "joined"]
    assert len(await desk.rows(tables.cases)) == 1


async def test_a_notice_leaves_the_list_when_its_person_gets_a_case_by_another(desk: Desk) -> None:
    number = await at_door(desk)
    await desk.opened(who=person(**YOUNG, severe_disability=True), discharge={"reference": "V-2"})
    assert await listed(desk) == []
    with pytest.raises(NotSettledError, match="no notice"):
        await turn_away(desk, number)


def cancelled(reference: str = "V-1", sender: str = "gm-hospital", time: str = "2026-05-04T11:30:00+09:00") -> Any:
    return record("discharge.cancelled", {"discharge": {"reference": reference}}, sender, time=time)


@pytest.mark.parametrize("one_batch", [True, False])
@pytest.mark.parametrize("notice_first", [True, False])
async def test_a_cancellation_takes_the_notice_off_the_list_in_any_order(
    desk: Desk, *, one_batch: bool, notice_first: bool
) -> None:
    arrivals = [young(), cancelled()] if notice_first else [cancelled(), young()]
    for batch in [arrivals] if one_batch else [[arrival] for arrival in arrivals]:
        assert set(await desk.outcomes(*batch)) <= {"at-door", "early"}
    assert await listed(desk) == []
    row = next(row for row in await desk.rows(tables.facts) if row.kind == "discharge.notified")
    assert (row.state, row.content_sealed, row.body["door"]["verdict"]) == ("dropped", None, "cancelled")


@pytest.mark.parametrize(
    "other",
    [
        cancelled(reference="V-2"),
        cancelled(sender="gm-long-term-care"),
        cancelled(time="2026-05-04T10:30:00+09:00"),  # an earlier discharge of the same stay
        record("admission.occurred", {"discharge": {"reference": "V-1"}, "person": person(**YOUNG)}),
    ],
)
async def test_another_word_leaves_it_there(desk: Desk, other: InboundRecord) -> None:
    number = await at_door(desk)
    await desk.take(other)
    assert await listed(desk) == [number]


async def test_words_that_came_meanwhile_are_taken_up_by_the_case(desk: Desk) -> None:
    number = await at_door(desk)
    moved = {"reference": "V-1", "discharged_at": "2026-05-04T15:00:00+09:00"}
    later = record("discharge.corrected", {"discharge": moved, "person": person(**YOUNG)})
    assert await desk.outcomes(later) == ["early"]
    await let_in(desk, number)
    [case] = await desk.rows(tables.cases)
    assert [kind for kind, _ in await desk.told(case.case_id)] == ["discharge.notified", "discharge.corrected"]


async def test_it_stands_there_until_somebody_settles_it(desk: Desk) -> None:
    number = await at_door(desk)
    desk.passes(days=400)
    await desk.inbox.forget_early(desk.now)
    assert await listed(desk) == [number]
    assert await let_in(desk, number) == ["opened"]


async def test_a_dry_run_names_the_look_ups() -> None:
    ran = await dry_run(young(), PROFILE, NOW)
    assert (ran.outcome, [look_up.code for look_up in ran.look_ups]) == (
        "at-door",
        ["severe-disability", "family-care-gap", "no-institutional-support", "insufficient-infrastructure"],
    )
    [(kind, data)] = ran.told
    assert (kind, data["status"]) == ("notice.acknowledged", "held")
    assert (await dry_run(young(), ONLY_AGE, NOW)).outcome == "not-eligible"


async def test_an_hl7_notice_names_the_birth_date_by_its_place(desk: Desk) -> None:
    born = date(1988, 3, 2)
    lines = (
        "MSH|^~\\&|HIS|H|CC|C|20260504110000||ADT^A03|A-1|P|2.5",
        "EVN|A03|20260504110000",
        f"PID|1||P-1^^^H^PI||김^복순||{born:%Y%m%d}|F|||경기도 광명시 철산로 12||010-2345-6789",
        "PV1|1|I|||||||||||||||||V-7|||||||||||||||||01||||||||20260504080000|20260504100000",
    )
    arrival = InboundRecord("gm-hospital", "\r".join(lines).encode(), [], "handoff.from.gm-hospital", 0, 7)
    assert await desk.outcomes(arrival) == ["at-door"]
    [(_, data)] = await desk.letters("gm-hospital")
    assert data["unclear"] == [{"code": "door-not-checked", "place": "PID-7"}]
