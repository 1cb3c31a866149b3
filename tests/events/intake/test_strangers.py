"""What is kept of a word about somebody without a case: kind, stay, digests and moments."""

from dataclasses import fields
from typing import Any

import pytest

from events.readers import InboundRecord, from_json
from handoff.fact import Discharge, Doubt, Fact
from handoff.rules.identity import LIKELY, PAIRS, STRONG
from handoff.store import tables
from handoff.store.intake.facts import CONTENT
from tests.events.desk import Desk, notice, record
from tests.events.readers.told import message
from tests.events.unsealed import everything

STRANGER = {
    "name": "카나리아",
    "birth_date": "1931-07-09",
    "sex": "여자카나리",
    "phone": "010-7531-8642",
    "address": "경기도 광명시 카나리로 731",
    "address_code": "4121075318",
    "registration_number": "310709-2753186",
    "patient_number": "PATIENT-753186",
}
AS_HL7 = {
    "name": "카^나리아^^^^^L",
    "born": "19310709",
    "phone": "010-7531-8642",
    "address": "카나리로 731^^광명시^경기도^14235^KOR^L",
    "numbers": "PATIENT-753186^^^GMH^PI",
    "national": "310709-2753186",
    "disposition": "카나리 요양원",
}
TRACES = ("카나리", "1931-07-09", "19310709", "7531-8642", "01075318642", "310709", "753186")
MOMENT = "2026-05-04T10:00:00+09:00"
NEWS = ("discharge.corrected", "discharge.cancelled", "admission.occurred", "admission.cancelled", "person.died")


def news(kind: str, **discharge: Any) -> InboundRecord:
    about = {
        "person": STRANGER,
        "discharge": {"reference": "V-1", "disposition": "카나리 요양원", **discharge},
        "actor": {"role": "카나리 간호사"},
        "consent": {"given": True},
        "remarks": "카나리",
    }
    return record(kind, about)


def hl7(number: int, trigger: str, **changes: str) -> InboundRecord:
    value = message(trigger=trigger, control=f"H-{number}", **{**AS_HL7, **changes}).value
    return InboundRecord("gm-hospital", value, (), "handoff.from.gm-hospital", 0, 800_000 + number)


KEPT = [
    *(news(kind, discharged_at=MOMENT) for kind in NEWS),
    news("person.died", died_at=MOMENT, admitted_at="2026-04-20T10:00:00+09:00"),
    *(hl7(number, trigger) for number, trigger in enumerate(("A01", "A06", "A08", "A11", "A13"))),
    hl7(10, "A31", dead="Y", died="20260401"),
    hl7(11, "A08", dead="N", discharged=""),
    hl7(12, "A13", disposition="카나리 사망"),
    hl7(13, "A08", discharged="카나리"),  # a doubt
    hl7(14, "A01", born="19310799"),
]
FORGOTTEN = [
    news("discharge.corrected"),
    news("discharge.corrected", admitted_at="2026-04-20T10:00:00+09:00"),
    hl7(20, "A31"),
    hl7(21, "A31", phone="", national=""),
    hl7(22, "A08", discharged=""),
    hl7(23, "A08", discharged="", admitted=""),
]


async def test_nothing_of_a_stranger_is_found_even_by_somebody_who_has_the_key(desk: Desk) -> None:
    assert await desk.outcomes(*KEPT) == ["early"] * len(KEPT)
    assert await desk.outcomes(*FORGOTTEN) == ["ignored"] * len(FORGOTTEN)
    dump = await everything(desk)
    assert "V-1" in dump  # what is sealed is opened
    assert [trace for trace in TRACES if trace in dump] == []
    empty = (tables.persons, tables.person_index, tables.tasks, tables.outbox, tables.parked, tables.references)
    assert [table.name for table in empty if await desk.rows(table)] == []
    facts = await desk.rows(tables.facts)
    assert len(facts) == len(KEPT)
    assert {(fact.raw_sealed, fact.person_id, str(fact.body)) for fact in facts} == {(None, None, "{}")}


async def test_what_is_searched_for_is_found_where_a_person_of_ours_stands(desk: Desk) -> None:
    """Without this, the test above could look in the wrong places."""
    who = {**STRANGER, "phone": None, "name": "카나리오"}
    assert await desk.outcomes(notice(who={**STRANGER, "sex": "F"}), notice("seoul-hospital", who=who)) == [
        "opened",
        "held",
    ]
    dump = await everything(desk)
    assert [trace for trace in TRACES if trace not in dump] == ["19310709", "01075318642"]


@pytest.mark.parametrize("word", KEPT, ids=range(len(KEPT)))
async def test_a_word_that_waits_keeps_its_moments_and_digests(word: InboundRecord, desk: Desk) -> None:
    await desk.take(word)
    [row] = await desk.rows(tables.facts)
    fact = from_json(desk.vault.own.open(CONTENT, row.content_sealed))
    assert (fact.kind, fact.message_id, fact.reference) == (row.kind, row.message_id, "V-1")
    assert fact.person is None
    assert fact.discharge is not None
    assert fact.discharge.disposition == ""
    assert fact.written_at is not None
    assert {"name"} <= set(fact.likeness) <= {"name", "birth-date", "sex", *STRONG, *LIKELY}
    index = {row.digest.hex() for row in await desk.rows(tables.fact_index)}
    assert index == {fact.likeness[kind] for kind in STRONG | PAIRS if kind in fact.likeness}
    assert {fact.likeness[kind] for kind in STRONG} <= index


def test_each_field_of_a_fact_is_decided_on() -> None:
    """Whoever adds a field decides in `strangers` whether it is kept of a stranger, and puts it here."""
    kept = {"kind", "sender", "message_id", "occurred_at", "form", "reference", "discharge", "doubts"}
    kept |= {"written_at", "written_within", "likeness"}
    assert {field.name for field in fields(Fact)} - kept == {
        "subject",
        "actor_role",
        "answers",
        "person",
        "consent",
        "consent_until",
        "body",
        "merged_numbers",
    }
    moments = {
        "expected_at",
        "discharged_at",
        "admitted_at",
        "died_at",
        "death",
        "precision",
        "goes",
        "alive",
        "pending",
    }
    assert {field.name for field in fields(Discharge)} - moments == {"disposition"}


@pytest.mark.parametrize("word", FORGOTTEN, ids=range(len(FORGOTTEN)))
async def test_a_word_that_says_nothing_of_a_stay_is_forgotten_until_its_person_has_a_case(
    word: InboundRecord, desk: Desk
) -> None:
    assert await desk.outcomes(word, word) == ["ignored", "ignored"]
    assert await desk.rows(tables.facts) == []
    about = {**STRANGER, "sex": "F"}
    assert await desk.outcomes(word, notice(who=about), word) == ["ignored", "opened", "entered"]


async def test_a_forgotten_words_id_is_not_used_up(desk: Desk) -> None:
    word = news("discharge.corrected")
    again = notice(who={**STRANGER, "sex": "F"}, id="M-1")
    forgotten = record("discharge.corrected", {"person": STRANGER}, id="M-1")
    assert await desk.outcomes(word, forgotten, again) == ["ignored", "ignored", "opened"]
    [(_, said)] = await desk.letters("gm-hospital")
    assert said["id_reused"] is False


@pytest.mark.parametrize(
    "word",
    [
        record("discharge.corrected", {"discharge": {"reference": "V-1", "expected_at": "2026-05-09T10:00:00+09:00"}}),
        record("discharge.corrected", {"discharge": {"reference": "V-1", "deceased": False}}),
        record("discharge.corrected", {"person": {"name": "카나리아", "deceased": False}}),
        record("discharge.corrected", {"discharge": {"reference": "V-1"}}, time="2026-09-04T11:00:00+09:00"),
        hl7(30, "A08", discharged='""'),  # it deletes the moment
        hl7(31, "A08", discharged="20260231"),  # it cannot be read
        *(record(kind, {"discharge": {"reference": "V-1"}}) for kind in NEWS[1:]),
    ],
)
async def test_a_word_that_may_say_something_of_a_stay_or_a_death_waits(word: InboundRecord, desk: Desk) -> None:
    assert await desk.outcomes(word) == ["early"]


async def test_a_word_that_waited_in_vain_leaves_no_digest_to_search_with(desk: Desk) -> None:
    await desk.take(*KEPT)
    assert len(await desk.rows(tables.fact_index)) >= 2 * len(KEPT)
    desk.passes(days=8)
    assert await desk.inbox.forget_early(desk.now) == len(KEPT)
    assert await desk.rows(tables.fact_index) == []
    facts = await desk.rows(tables.facts)
    assert {(fact.state, fact.content_sealed, fact.reference_digest) for fact in facts} == {("dropped", None, None)}


async def test_a_doubt_that_is_kept_quotes_nothing(desk: Desk) -> None:
    await desk.take(hl7(40, "A13", born="20310709", discharged="카나리"))
    [row] = await desk.rows(tables.facts)
    doubts = from_json(desk.vault.own.open(CONTENT, row.content_sealed)).doubts
    assert Doubt("birth-in-future", "PID-7", "a date that makes no sense: a birth in the future") in doubts
    assert "moment-unreadable" in {doubt.code for doubt in doubts}
