"""A sender says that two of its numbers are those of one person: both find the person, whatever came first."""

from pathlib import Path

import pytest

from events.intake.resolve import NotSettledError, Resolver, Settlement
from events.readers import InboundRecord, read
from handoff.fact import Fact
from handoff.store import tables
from handoff.worklist.task_kinds import Question, commands
from tests.events.desk import PROFILE, Desk, notice, person, record
from tests.events.intake.test_triggers import feed
from tests.events.readers.told import NOW, message

GOLDEN = Path(__file__).parents[1] / "records" / "adt-a40.hl7"
MERGE = "MRG|0815^^^GMH^PI\r"
NEW = "0999^^^GMH^PI"
OTHER = {"name": "김^영희^^^^^L", "born": "19500101", "visit": "V-7", "phone": "010-2222-3333"}

STRANGER = {"name": "", "born": "", "phone": "", "address": ""}  # a word that says nothing but a number


@pytest.fixture
async def ward(desk: Desk) -> Desk:
    desk.now = NOW
    return desk


def golden() -> InboundRecord:
    return InboundRecord("gm-hospital", GOLDEN.read_bytes(), (), "handoff.from.gm-hospital", 0, 9_000)


def merge(more: str = MERGE, **fields: str) -> InboundRecord:
    return feed(more, **{"trigger": "A40", "numbers": NEW, "visit": "", **fields})


async def open_points(desk: Desk) -> list[tuple[list[str], list[str]]]:
    rows = [row for row in await desk.rows(tables.tasks) if row.closed_at is None]
    return [(row.about["cases"], [point["code"] for point in row.about["settle"]]) for row in rows]


def test_a_merge_names_the_number_that_stays_and_those_that_are_retired() -> None:
    fact = read(message(GOLDEN.read_bytes()), NOW)
    assert isinstance(fact, Fact)
    assert fact.person is not None
    assert (fact.kind, fact.person.patient_number, fact.merged_numbers) == ("person.merged", "0999", ("0815", "0777"))
    assert fact.doubts == ()


async def test_the_new_number_is_learned_without_a_task_and_words_under_either_find_the_case(ward: Desk) -> None:
    [opened] = await ward.take(feed())
    [taken] = await ward.take(golden())
    assert (taken.outcome, taken.case_id) == ("entered", opened.case_id)
    assert await ward.rows(tables.tasks) == []
    later = [feed(trigger="A01", numbers=number, visit=visit) for number, visit in ((NEW, "V-8"), ("0777", "V-9"))]
    assert {(each.outcome, each.case_id) for each in await ward.take(*later)} == {("entered", opened.case_id)}


async def test_of_a_merge_nothing_but_its_row_is_kept(ward: Desk) -> None:
    await ward.take(feed(), golden())
    [row] = [row for row in await ward.rows(tables.facts) if row.kind == "person.merged"]
    assert (row.state, row.content_sealed, row.raw_sealed) == ("dropped", None, None)


async def test_a_merge_that_comes_twice_changes_nothing_the_second_time(ward: Desk) -> None:
    await ward.take(feed())
    assert await ward.outcomes(merge(), merge(), golden(), golden()) == ["entered", "entered", "entered", "resent"]
    assert await ward.rows(tables.tasks) == []
    written = [row for row in await ward.rows(tables.timeline) if row.what == "numbers_merged"]
    assert len(written) == 2  # 0999, then 0777


@pytest.mark.parametrize("number", [NEW, "0815^^^GMH^PI"])
async def test_a_merge_before_the_notice_counts_when_the_notice_comes(ward: Desk, number: str) -> None:
    assert await ward.outcomes(merge()) == ["early"]
    [opened] = await ward.take(feed(numbers=number))
    assert opened.outcome == "opened"
    other = "0815^^^GMH^PI" if number == NEW else NEW
    [later] = await ward.take(feed(trigger="A01", numbers=other, visit="V-8"))
    assert (later.outcome, later.case_id) == ("entered", opened.case_id)


@pytest.mark.parametrize("order", ["word, notice, merge", "merge, word, notice", "word, merge, notice"])
async def test_a_word_under_the_other_number_is_taken_up_whatever_came_first(ward: Desk, order: str) -> None:
    of = {
        "word": feed(trigger="A01", numbers="0815^^^GMH^PI", visit="V-8", **STRANGER),
        "notice": feed(numbers=NEW),
        "merge": merge(),
    }
    for name in order.split(", "):
        await ward.take(of[name])
    [case] = await ward.rows(tables.cases)
    kinds = [kind for kind, _ in await ward.told(case.case_id)]
    assert kinds == ["discharge.notified", "admission.occurred"]
    assert [row.state for row in await ward.rows(tables.facts) if row.state == "early"] == []


async def test_a_merge_of_strangers_waits_as_digests_alone(ward: Desk) -> None:
    assert await ward.outcomes(merge()) == ["early"]
    [row] = await ward.rows(tables.facts)
    content = ward.vault.own.open("fact", row.content_sealed).decode()
    assert [trace for trace in ("0815", "0999", "소망", "철산", "4711") if trace in content] == []
    assert (row.raw_sealed, row.body) == (None, {})
    for table in (tables.tasks, tables.parked, tables.outbox, tables.persons):
        assert await ward.rows(table) == []


@pytest.mark.parametrize("first", ["merge", "notice"])
async def test_a_merge_whose_person_has_another_birth_date_is_a_task(ward: Desk, first: str) -> None:
    words = [feed(), merge(born="19500101")]
    await ward.take(*(words if first == "notice" else reversed(words)))
    [case] = await ward.rows(tables.cases)
    assert await open_points(ward) == [([case.case_id], ["discharge-of-another-person"])]


async def test_numbers_of_two_people_with_open_cases_are_a_task_whose_command_joins_them(ward: Desk) -> None:
    cases = {taken.case_id for taken in await ward.take(feed(), feed(**{**OTHER, "numbers": NEW}))}
    assert await ward.outcomes(merge()) == ["held"]
    [(about, codes)] = await open_points(ward)
    assert (set(about), codes) == (cases, ["numbers-of-two-people"])
    [task] = await ward.rows(tables.tasks)
    asked = Question(task.task_id, task.kind, "", ward.now, task.subject, task.about)
    assert commands(asked, "kim")[0] == f"handoff join {about[1]} --into {about[0]} --as kim"


async def test_two_records_whose_cases_have_closed_are_a_task_too(ward: Desk) -> None:
    for taken in await ward.take(feed(), feed(**{**OTHER, "numbers": NEW})):
        await ward.close(taken.case_id)
    assert await ward.outcomes(merge()) == ["held"]
    [(about, codes)] = await open_points(ward)
    assert (len(about), codes) == (2, ["numbers-of-two-people"])


@pytest.mark.parametrize("number", ["0333^^^GMH^PI", "0444^^^GMH^PI"])
async def test_a_merge_that_is_likely_about_an_open_case_is_asked_about(ward: Desk, number: str) -> None:
    """It names numbers that nobody has, or one of a record whose case has closed."""
    earlier = feed(numbers="0444^^^GMH^PI", phone="010-2222-3333", address="광명시 오리로 1", visit="V-0", born="")
    [closed] = await ward.take(earlier)
    await ward.close(closed.case_id)
    [opened] = await ward.take(feed())
    [held] = await ward.take(merge("MRG|0555^^^GMH^PI\r", numbers=number))
    assert held.outcome == "held"
    assert await open_points(ward) == [([opened.case_id], ["is-it-this-person"])]
    resolver = Resolver(ward.engine, ward.vault, PROFILE)
    await resolver.resolve(Settlement(held.task_id, "kim", "same", opened.case_id), ward.now)
    [later] = await ward.take(feed(trigger="A01", numbers="0555^^^GMH^PI", visit="V-8"))
    assert (later.outcome, later.case_id) == ("entered", opened.case_id)


async def test_a_person_may_say_that_the_numbers_are_those_of_the_case(ward: Desk) -> None:
    [opened] = await ward.take(feed())
    [held] = await ward.take(merge(born="19500101"))
    resolver = Resolver(ward.engine, ward.vault, PROFILE)
    with pytest.raises(NotSettledError, match="--drop"):
        await resolver.resolve(Settlement(held.task_id, "kim", "new"), ward.now)
    await resolver.resolve(Settlement(held.task_id, "kim", "same", opened.case_id), ward.now)
    [later] = await ward.take(feed(trigger="A01", numbers=NEW, visit="V-8"))
    assert (later.outcome, later.case_id) == ("entered", opened.case_id)


@pytest.mark.parametrize("trigger", ["A24", "A37", "A42", "A45", "A50"])
async def test_a_merge_of_more_than_numbers_is_read_by_a_person(ward: Desk, trigger: str) -> None:
    [opened] = await ward.take(feed())
    assert await ward.outcomes(merge(trigger=trigger)) == ["held"]
    assert await open_points(ward) == [([opened.case_id], ["numbers-merged"])]


async def test_our_own_form_of_a_merge_says_the_same(desk: Desk) -> None:
    about = person(registration_number=None, patient_number="p-1")
    [opened] = await desk.take(notice(who=about))
    told = {"person": {**about, "patient_number": "p-2"}, "merged_numbers": ["p-1"]}
    assert await desk.outcomes(record("person.merged", told)) == ["entered"]
    named = {"person": {"patient_number": "p-2"}, "discharge": {"admitted_at": "2026-05-04T11:00:00+09:00"}}
    [later] = await desk.take(record("admission.occurred", named))
    assert (later.outcome, later.case_id) == ("entered", opened.case_id)
