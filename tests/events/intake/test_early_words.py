"""A word that waited without its person means the same once its case opens: about whom, its moments, its doubts."""

from dataclasses import replace
from typing import Any
from unicodedata import normalize

import pytest
from sqlalchemy import update

from console.cli.tasks.listed import listed
from console.worklist import TaskView
from events.contract.event_types import told as particulars
from events.intake.prepared import Prepared, prepare
from events.intake.resolve import Resolver, Settlement
from events.readers import InboundRecord, from_json, to_json
from handoff.store import tables
from handoff.store.intake import facts
from handoff.store.intake.facts import CONTENT, RAW
from handoff.store.queries import reads
from tests.events.desk import PROFILE, Desk, notice, person, record
from tests.events.intake.test_learning import known
from tests.events.readers.told import message

CANCELLED = "discharge.cancelled"


def news(kind: str = CANCELLED, who: dict[str, Any] | None = None, **discharge: Any) -> InboundRecord:
    return record(kind, {"person": who or {}, "discharge": {"reference": "V-1", **discharge}})


async def unclear(desk: Desk) -> list[str]:
    return [point["code"] for task in await desk.rows(tables.tasks) for point in task.about.get("settle", ())]


WHO = [
    ({"name": "김복순"}, "numbered"),
    ({"name": "김 복순"}, "numbered"),
    ({"name": normalize("NFD", "김복순")}, "numbered"),
    ({"birth_date": "1948-03-02"}, "numbered"),
    ({"phone": "010-9999-9999", "address": "서울특별시 중구 세종대로 1"}, "numbered"),
    ({}, "numbered"),
    ({"name": "김복남"}, "held"),
    ({"name": "김복순", "birth_date": "1948-03-03"}, "held"),
    ({"birth_date": "1950-01-01"}, "held"),
    ({"name": "박영수", "birth_date": "1948-03-02"}, "held"),
]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize(("who", "state"), WHO)
async def test_a_word_that_names_another_person_is_held_in_any_order(
    who: dict[str, Any], state: str, *, early: bool, together: bool, desk: Desk
) -> None:
    words = [news(who=who), notice()] if early else [notice(), news(who=who)]
    for batch in [words] if together else [[word] for word in words]:
        await desk.take(*batch)
    assert {fact.state for fact in await desk.rows(tables.facts) if fact.kind == CANCELLED} == {state}
    assert await unclear(desk) == (["discharge-of-another-person"] if state == "held" else [])


@pytest.mark.parametrize(
    "name", ["GARCÍA  JOSÉ", "garcía, josé", "ＧＡＲＣÍＡ ＪＯＳÉ", normalize("NFD", "García José")]
)
async def test_another_way_to_write_a_name_is_no_other_person(name: str, desk: Desk) -> None:
    await desk.take(news(who={"name": name}), notice(who=person(name="García José")))
    assert [fact.state for fact in await desk.rows(tables.facts)] == ["numbered", "numbered"]


@pytest.mark.parametrize("together", [True, False])
async def test_phone_and_address_of_an_early_word_are_not_kept_and_those_of_the_notice_count(
    *, together: bool, desk: Desk
) -> None:
    moved = person(phone="010-1111-1111", address="서울특별시 중구 세종대로 1")
    word = news("discharge.corrected", moved, discharged_at="2026-05-04T09:00:00+09:00")
    words = [word, notice(time="2026-05-04T08:00:00+09:00")]
    for batch in [words] if together else [[word] for word in words]:
        await desk.take(*batch)
    told = await known(desk)
    assert (told.phone, told.address) == (person()["phone"], person()["address"])
    assert {fact.state for fact in await desk.rows(tables.facts)} == {"numbered"}
    assert await desk.rows(tables.tasks) == []


DOUBTS = [
    (news("discharge.corrected", discharged_at="2026-05-14T09:00:00+09:00"), "discharge-in-future"),
    (news("admission.occurred", {"birth_date": "1948-03-02"}, admitted_at="1930-01-01"), "birth-after-admission"),
    (record(CANCELLED, {"discharge": {"reference": "V-1"}}, time="2026-09-04T11:00:00+09:00"), "recorded-in-future"),
    (record(CANCELLED, {"discharge": {"reference": "V-1"}}, time="yesterday"), "moment-unreadable"),
]


@pytest.mark.parametrize(("word", "code"), DOUBTS)
async def test_a_word_in_doubt_is_held_with_the_same_doubts_before_its_case_and_after(
    word: InboundRecord, code: str, desk: Desk
) -> None:
    await desk.take(word)
    await desk.take(notice())
    before = await unclear(desk)
    await desk.forget()
    await desk.take(notice(), word)
    assert sorted(await unclear(desk)) == sorted(before)
    assert code in before


@pytest.mark.parametrize(
    ("death", "code"),
    [
        ({"died_at": "2026-05-04T09:00:00+09:00"}, ""),
        ({"deceased": True}, ""),
        ({"disposition": "20"}, ""),
        ({"disposition": "원내 사망"}, "doubtful"),
        ({"disposition": "expired"}, "doubtful"),
        ({"disposition": "01", "deceased": True}, "doubtful"),
        ({"disposition": "자택", "died_at": "2026-05-04T09:00:00+09:00"}, "doubtful"),
    ],
)
async def test_a_death_means_the_same_though_the_words_of_its_disposition_are_not_kept(
    death: dict[str, Any], code: str, desk: Desk
) -> None:
    await desk.take(news("discharge.corrected", person(), **death))
    [opened] = await desk.take(notice())
    assert (await desk.told(opened.case_id))[1:] == [("person.died", code)]


def in_minutes(number: int, **fields: str) -> InboundRecord:
    """A message of the hospital whose moments are told to the minute or the day."""
    value = message(control=f"E-{number}", sent="20260504110000", name="", numbers="", born="", **fields).value
    return InboundRecord("gm-hospital", value, (), "handoff.from.gm-hospital", 0, 700_000 + number)


@pytest.mark.parametrize(
    "word",
    [
        news("discharge.corrected", deceased=False),
        news("discharge.corrected", deceased=False, disposition="원내 사망"),
        news("discharge.corrected", expected_at="2026-05-09"),
        news("discharge.corrected", discharged_at="2026-05-04T09:00:00+09:00", admitted_at="2026-05-01"),
        news("admission.occurred", admitted_at="2026-05-04T10:30:00+09:00"),
        news("person.died", died_at="2026-05-04"),
        in_minutes(1, trigger="A13", recorded="202605041100"),
        in_minutes(2, trigger="A08", recorded="202605041100", discharged="202605040900"),
        in_minutes(3, trigger="A01", recorded="20260504", admitted="20260504", discharged=""),
    ],
    ids=range(9),
)
async def test_a_case_is_told_the_same_by_a_word_before_its_notice_and_after(word: InboundRecord, desk: Desk) -> None:
    ends = []
    for words in ([word, notice()], [notice(), word]):
        for arrival in words:
            await desk.take(arrival)
        [case] = await desk.rows(tables.cases)
        async with desk.engine.connect() as conn:
            [_, later, *_] = (await facts.untold(conn, [case.case_id], 9))[case.case_id]
        key = desk.vault.key(later.person_id, later.key_sealed)
        fact = from_json(key.open(CONTENT, later.content_sealed or b""))
        ends.append((fact.kind, particulars(fact), fact.occurred_at, fact.written_at, fact.written_within))
        await desk.forget()
    assert ends[0] == ends[1]


async def test_a_task_about_an_early_word_says_what_was_not_kept_and_is_settled_without_it(desk: Desk) -> None:
    await desk.take(news(who={"name": "박영수"}))
    [opened] = await desk.take(notice())
    async with desk.engine.connect() as conn:
        [task] = await reads.open_tasks(conn, desk.now, None)
    do, *others = task.commands(desk.now)
    shown = "\n".join(str(line) for line in listed([TaskView(task, overdue=False, do=do, others=others)]).shown)
    assert "It came before its case: it was kept without name and contact, and without its bytes." in shown
    settlement = Settlement(task.task, "coordinator-1", "same", opened.case_id)
    taken = await Resolver(desk.engine, desk.vault, PROFILE).resolve(settlement, desk.now)
    assert (taken.outcome, taken.case_id) == ("entered", opened.case_id)
    [cancelled] = [fact for fact in await desk.rows(tables.facts) if fact.kind == CANCELLED]
    assert (cancelled.state, cancelled.number, cancelled.raw_sealed) == ("numbered", 2, None)


async def test_a_task_about_another_held_word_says_nothing_of_that(desk: Desk) -> None:
    await desk.take(notice(), news(who={"name": "박영수"}))
    [task] = await desk.rows(tables.tasks)
    assert "without_person" not in task.about


@pytest.mark.parametrize(("name", "state"), [("김복순", "numbered"), ("박영수", "held")])
async def test_an_early_word_that_an_earlier_build_kept_whole_is_taken_up(name: str, state: str, desk: Desk) -> None:
    word = news(who=person(name=name, phone="010-7777-7777"))
    await desk.take(word)
    prepared = prepare(word, desk.inbox.context(desk.now))
    assert isinstance(prepared, Prepared)
    whole = {
        "content_sealed": desk.vault.own.seal(CONTENT, to_json(replace(prepared.fact, likeness={}))),
        "raw_sealed": desk.vault.own.seal(RAW, word.value or b""),
    }
    async with desk.engine.begin() as conn:
        await conn.execute(update(tables.facts).values(**whole))
    await desk.take(notice(time="2026-05-04T09:00:00+09:00"))
    [early, *_] = await desk.rows(tables.facts)
    assert early.state == state
    assert early.raw_sealed is not None
    assert (await known(desk)).phone == ("010-7777-7777" if state == "numbered" else person()["phone"])
