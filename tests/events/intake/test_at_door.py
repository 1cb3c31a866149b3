"""A person plainly outside the door of age is no case: what was not asked is not decided."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from events.intake.dry_run import dry_run
from events.intake.inbox import Inbox
from events.readers import InboundRecord
from handoff.store import tables
from handoff.store.queries import at_door as door_queries
from tests.events.desk import NOW, PROFILE, Desk, person, record
from tests.events.intake.doors import (
    NO_GROUPS,
    ONLY_AGE,
    YOUNG,
    at_door,
    let_in,
    listed,
    young,
)


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
        ({"birth_date": "1962"}, "at-door"),  # whatever the day
        ({"birth_date": "1961-06"}, "at-door"),
        ({"birth_date": "1961"}, "opened"),  # it depends on the day
        ({"birth_date": "1943"}, "opened"),
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
