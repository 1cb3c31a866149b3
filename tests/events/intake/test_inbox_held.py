from pathlib import Path
from typing import Any

import pytest

from events.intake.resolve import NotSettledError, Resolver, Settlement
from events.readers import InboundRecord
from handoff.fact import Fact, Person
from handoff.store import tables
from handoff.store.intake.tasks import NoSuchTaskError
from tests.events.desk import NOW, PROFILE, Desk, notice, person, record

SAMPLE = Path(__file__).parent.parent / "records" / "adt-a03.hl7"
ADDRESS = "경기도 광명시 하안로 100"


def settling(desk: Desk) -> Resolver:
    return Resolver(desk.engine, desk.vault, PROFILE)


async def held(desk: Desk, **who: Any) -> str:
    [taken] = await desk.take(notice(who=person(**who), discharge={"reference": "V-5"}))
    assert taken.outcome == "held", taken
    return taken.task_id


async def codes(desk: Desk) -> list[str]:
    """What the last task names to be settled."""
    open_ = [task for task in await desk.rows(tables.tasks) if task.closed_at is None]
    return [each["code"] for each in max(open_, key=lambda task: task.fact_id).about["settle"]]


@pytest.mark.parametrize(
    ("who", "missing"),
    [
        ({"address": None}, ["address-missing"]),
        ({"phone": None}, ["contact-missing"]),
        ({"address": None, "phone": None}, ["address-missing", "contact-missing"]),
        ({"address": "행복로 12"}, ["municipality-not-found"]),
    ],
)
async def test_a_notice_that_lacks_what_the_act_asks_is_held_and_acknowledged(
    desk: Desk, who: dict[str, Any], missing: list[str]
) -> None:
    await held(desk, **who)
    assert await codes(desk) == missing
    assert await desk.rows(tables.cases) == []
    assert await desk.rows(tables.persons) == []
    [(kind, said)] = await desk.letters("gm-hospital")
    assert (kind, said["status"], said["case_id"]) == ("notice.acknowledged", "held", "")
    [task] = await desk.rows(tables.tasks)
    assert (task.kind, task.owner, task.case_id) == ("held-notice", "coordinator", None)
    assert task.due_at > NOW


async def test_a_held_notice_says_to_its_sender_what_is_unclear_and_where(desk: Desk) -> None:
    await held(desk, address=None, phone=None)
    [(_, said)] = await desk.letters("gm-hospital")
    told = [
        {"code": "address-missing", "place": "/person/address"},
        {"code": "contact-missing", "place": "/person/phone"},
    ]
    assert (said["unclear"], said["settled"]) == (told, False)


async def test_a_held_notice_that_is_settled_is_answered_again_with_its_case(desk: Desk) -> None:
    task = await held(desk, phone=None)
    supplement = Person(phone="01023456789")
    taken = await settling(desk).resolve(Settlement(task, "kim", "", supplement=supplement), NOW)
    [first, (kind, said)] = await desk.letters("gm-hospital")
    assert (first[1]["status"], kind, said["status"]) == ("held", "notice.acknowledged", "opened")
    assert (said["case_id"], said["settled"], said["unclear"]) == (taken.case_id, True, [])


async def test_a_held_notice_that_starts_nothing_is_answered_again_with_the_reason(desk: Desk) -> None:
    task = await held(desk, phone=None)
    await settling(desk).resolve(Settlement(task, "kim", "drop"), NOW)
    [_, (kind, said)] = await desk.letters("gm-hospital")
    assert (kind, said["code"], said["settled"]) == ("notice.rejected", "set-aside", True)


async def test_a_second_notice_that_agrees_in_name_and_contact_only_is_held_with_its_candidate(desk: Desk) -> None:
    case_id = await desk.opened(who=person(registration_number=None, birth_date=None))
    await held(desk, registration_number=None, birth_date=None)
    [task] = await desk.rows(tables.tasks)
    assert task.about["cases"] == [case_id]
    assert await codes(desk) == ["same-name-phone-only"]


@pytest.mark.parametrize("change", [{"name": "김복남"}, {"birth_date": "1950-01-01"}])
async def test_a_strong_match_with_another_name_or_birth_date_is_held(desk: Desk, change: dict[str, Any]) -> None:
    case_id = await desk.opened()
    await held(desk, **change)
    [task] = await desk.rows(tables.tasks)
    assert task.about["cases"] == [case_id]


async def test_the_hospitals_own_reference_makes_a_weak_match_sure(desk: Desk) -> None:
    weak = person(registration_number=None, birth_date=None)
    await desk.opened(who=weak, kind="discharge.expected", discharge={"discharged_at": None})
    assert await desk.outcomes(notice(who=weak)) == ["joined"]


async def test_a_reference_that_names_another_persons_discharge_is_held(desk: Desk) -> None:
    await desk.opened()
    other = person(name="박영수", birth_date="1951-01-01", registration_number="510101-1234567", phone="010-9999-0000")
    assert await desk.outcomes(notice(who=other)) == ["held"]
    assert await codes(desk) == ["discharge-of-another-person"]


async def test_the_sample_a03_is_held_with_one_task_that_names_each_contradiction(desk: Desk) -> None:
    arrival = InboundRecord(
        "gm-hospital", SAMPLE.read_bytes().replace(b"|1988", b"|1938"), (), "handoff.from.gm-hospital", 0, 900_001
    )
    assert await desk.outcomes(arrival) == ["held"]
    [task] = await desk.rows(tables.tasks)
    assert len(await codes(desk)) >= 2
    assert any("death" in each["code"] for each in task.about["settle"])
    assert await desk.rows(tables.cases) == []


async def test_a_death_told_by_a_notice_starts_nothing_alone(desk: Desk) -> None:
    assert await desk.outcomes(notice(discharge={"disposition": "expired"})) == ["held"]


async def test_what_was_missing_is_typed_in_and_opens_the_case_for_the_same_notice(desk: Desk) -> None:
    task_id = await held(desk, address=None)
    settlement = Settlement(task_id, "coordinator-1", "", supplement=Person(address=ADDRESS))
    taken = await settling(desk).resolve(settlement, NOW)
    assert taken.outcome == "opened"
    [fact] = await desk.rows(tables.facts)
    assert (fact.state, fact.case_id, fact.number) == ("numbered", taken.case_id, 1)
    [entry] = await desk.rows(tables.timeline)
    assert (entry.what, entry.who) == ("case_opened", "coordinator-1")
    [task] = await desk.rows(tables.tasks)
    assert task.closed_by == "coordinator-1"
    assert [said["settled"] for _, said in await desk.letters("gm-hospital")] == [
        False,
        True,
    ]  # acknowledged once, when it was held


async def test_a_supplement_alone_does_not_settle_a_contradiction(desk: Desk) -> None:
    await desk.opened(who=person(registration_number=None, birth_date=None))
    task_id = await held(desk, registration_number=None, birth_date=None, address=None)
    settlement = Settlement(task_id, "coordinator-1", "", supplement=Person(address=ADDRESS))
    with pytest.raises(NotSettledError, match="same-name-phone-only"):
        await settling(desk).resolve(settlement, NOW)
    assert [task.closed_at for task in await desk.rows(tables.tasks)] == [None]


async def test_an_address_typed_in_that_lies_elsewhere_rejects_the_notice(desk: Desk) -> None:
    task_id = await held(desk, address=None)
    supplement = Person(address="경기도 시흥시 은행로 1")
    taken = await settling(desk).resolve(Settlement(task_id, "coordinator-1", "", supplement=supplement), NOW)
    assert (taken.outcome, taken.code) == ("rejected", "not-our-municipality")
    assert [kind for kind, _ in await desk.letters("gm-hospital")] == ["notice.acknowledged", "notice.rejected"]
    [fact] = await desk.rows(tables.facts)
    assert (fact.state, fact.content_sealed, fact.raw_sealed) == ("dropped", None, None)


async def test_a_held_notice_is_settled_as_the_same_case(desk: Desk) -> None:
    case_id = await desk.opened(who=person(registration_number=None, birth_date=None))
    task_id = await held(desk, registration_number=None, birth_date=None)
    taken = await settling(desk).resolve(Settlement(task_id, "coordinator-1", "same", case_id), NOW)
    assert (taken.outcome, taken.case_id) == ("joined", case_id)
    assert [fact.number for fact in await desk.rows(tables.facts)] == [1, 2]


async def test_a_held_notice_is_settled_as_somebody_new(desk: Desk) -> None:
    await desk.opened(who=person(registration_number=None, birth_date=None))
    task_id = await held(desk, registration_number=None, birth_date=None)
    taken = await settling(desk).resolve(Settlement(task_id, "coordinator-1", "new"), NOW)
    assert taken.outcome == "opened"
    assert len(await desk.rows(tables.persons)) == 2


async def test_a_held_notice_is_dropped_and_what_it_said_is_deleted(desk: Desk) -> None:
    task_id = await held(desk, phone=None)
    await settling(desk).resolve(Settlement(task_id, "coordinator-1", "drop"), NOW)
    [fact] = await desk.rows(tables.facts)
    assert (fact.state, fact.content_sealed, fact.raw_sealed) == ("dropped", None, None)


async def test_a_notice_held_for_a_closed_case_opens_that_persons_next_case(desk: Desk) -> None:
    weak = person(registration_number=None, birth_date=None)
    old = await desk.opened(who=weak)
    await desk.close(old)
    task_id = await held(desk, registration_number=None, birth_date=None)
    taken = await settling(desk).resolve(Settlement(task_id, "coordinator-1", "same", old), NOW)
    assert taken.outcome == "opened"
    cases = {case.case_id: case for case in await desk.rows(tables.cases)}
    assert cases[taken.case_id].previous_case_id == old
    assert len(await desk.rows(tables.persons)) == 1


async def test_a_task_is_settled_once_and_only_by_a_case_that_exists(desk: Desk) -> None:
    task_id = await held(desk, phone=None)
    with pytest.raises(NotSettledError, match="no case"):
        await settling(desk).resolve(Settlement(task_id, "coordinator-1", "same", "CNOSUCHCASE"), NOW)
    await settling(desk).resolve(Settlement(task_id, "coordinator-1", "drop"), NOW)
    with pytest.raises(NoSuchTaskError):
        await settling(desk).resolve(Settlement(task_id, "coordinator-1", "drop"), NOW)


async def test_a_correction_of_a_held_notice_waits_and_is_taken_up_when_it_is_settled(desk: Desk) -> None:
    task_id = await held(desk, phone=None)
    discharge = {"reference": "V-5", "discharged_at": "2026-05-04T09:00:00+09:00"}
    assert await desk.outcomes(record("discharge.corrected", {"discharge": discharge})) == ["early"]
    taken = await settling(desk).resolve(
        Settlement(task_id, "coordinator-1", "", supplement=Person(phone="010-1")), NOW
    )
    facts = await desk.rows(tables.facts)
    assert [(fact.kind, fact.case_id, fact.number) for fact in facts] == [
        ("discharge.notified", taken.case_id, 1),
        ("discharge.corrected", taken.case_id, 2),
    ]


async def test_a_doubtful_death_reaches_the_open_case_which_asks_a_person(desk: Desk) -> None:
    case_id = await desk.opened()
    died = {"reference": "V-1", "discharged_at": "2026-05-04T10:00:00+09:00", "died_at": "2026-05-01T10:00:00+09:00"}
    [taken] = await desk.take(record("person.died", {"discharge": died}))
    assert (taken.outcome, taken.case_id) == ("entered", case_id)
    assert await desk.rows(tables.tasks) == []
    assert (await desk.told(case_id))[-1] == ("person.died", "doubtful")


async def test_a_notice_that_tells_the_death_of_a_person_with_an_open_case_reaches_the_case(desk: Desk) -> None:
    case_id = await desk.opened()
    [clear] = await desk.take(notice(discharge={"disposition": "20", "died_at": "2026-05-04T11:00:00+09:00"}))
    [words] = await desk.take(
        notice(discharge={"disposition": "원내 사망", "expected_at": "2026-05-04T11:00:00+09:00"})
    )
    assert [(taken.outcome, taken.case_id) for taken in (clear, words)] == [("entered", case_id)] * 2
    assert (await desk.told(case_id))[1:] == [("person.died", ""), ("person.died", "doubtful")]


async def test_a_held_notice_of_a_death_that_a_person_gives_to_a_case_reaches_it_as_the_death(desk: Desk) -> None:
    case_id = await desk.opened()
    stranger = {"name": "김복순", "birth_date": "1948-03-02", "address": ADDRESS, "phone": "010-5555-0000"}
    died = {"reference": "V-9", "died_at": "2026-05-04T11:00:00+09:00"}
    assert await desk.outcomes(notice(who=stranger, discharge=died)) == ["held"]
    [task] = await desk.rows(tables.tasks)
    taken = await settling(desk).resolve(Settlement(task.task_id, "coordinator-1", "same", case_id), NOW)
    assert (taken.outcome, taken.case_id) == ("entered", case_id)
    kinds = ["discharge.notified", "person.died", "person.corrected"]  # it has another phone than the case
    assert [fact.kind for fact in await desk.rows(tables.facts)] == kinds
    assert [kind for kind, _ in await desk.told(case_id)] == kinds


async def test_a_notice_typed_in_at_the_desk_goes_the_same_way(desk: Desk) -> None:
    told = Person(name="김복순", phone="010-2345-6789", address=ADDRESS)
    fact = Fact("discharge.notified", "desk", "typed-1", NOW, form="desk", person=told)
    taken = await desk.inbox.type_in(fact, b"by phone", NOW)
    assert taken.outcome == "opened"
    assert await desk.rows(tables.outbox) == []  # the desk has no topic: the command's answer is the acknowledgement
