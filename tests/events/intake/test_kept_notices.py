"""What is said about a notice that is held or at the door is kept with it, however long a person takes."""

from typing import Any

import pytest

from events.intake.resolve import Resolver, Settlement
from events.intake.settle_door import DoorDecision, Doorkeeper
from events.readers import InboundRecord
from handoff.fact import Person
from handoff.store import tables
from handoff.store.intake import facts
from tests.events.desk import PROFILE, Desk, notice, person, record
from tests.events.intake.test_learning import known
from tests.events.intake.test_triggers import feed
from tests.events.readers.told import NOW

LATER = "2026-05-04T12:00:00+09:00"
YOUNG = {"birth_date": "1988-03-02", "registration_number": "880302-2123456"}


def word(kind: str, who: dict[str, Any], reference: str = "V-1", **discharge: Any) -> InboundRecord:
    return record(kind, {"person": who, "discharge": {"reference": reference, **discharge}}, time=LATER)


async def settled(desk: Desk) -> list[str]:
    """Settle the notice that waits; returns the kinds of what its case is told."""
    [row] = [row for row in await desk.rows(tables.facts) if row.state in ("held", "at-door")]
    if row.state == "at-door":
        decision = DoorDecision([row.fact_id], "kim", "severe-disability", eligible=True)
        await Doorkeeper(desk.engine, desk.vault, PROFILE).settle(decision, desk.now)
    else:
        [task] = await desk.rows(tables.tasks)
        settlement = Settlement(task.task_id, "kim", "new", supplement=Person(phone="010-1111-1111"))
        await Resolver(desk.engine, desk.vault, PROFILE).resolve(settlement, desk.now)
    [case] = await desk.rows(tables.cases)
    return [kind for kind, _ in await desk.told(case.case_id)]


WAITING = [(person(phone=None), "held"), (person(**YOUNG), "at-door")]
WORDS: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("person.died", {}, {"died_at": LATER}, ["person.died"]),
    ("discharge.corrected", {"protected": True}, {}, ["disclosure.restricted", "discharge.corrected"]),
    ("discharge.corrected", {"phone": "010-9999-8888"}, {}, ["discharge.corrected"]),
    ("admission.occurred", {}, {"admitted_at": LATER}, ["admission.occurred"]),
]


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("reference", ["V-1", "V-9"])
@pytest.mark.parametrize(("who", "state"), WAITING)
@pytest.mark.parametrize(("kind", "change", "discharge", "entered"), WORDS)
async def test_a_word_about_a_notice_that_waits_lasts_as_long_as_it(
    desk: Desk,
    *,
    kind: str,
    change: Any,
    discharge: Any,
    entered: list[str],
    who: Any,
    state: str,
    reference: str,
    first: bool,
) -> None:
    if first and change.get("phone"):
        return  # about nobody yet, it is forgotten
    said = word(kind, {**who, **change}, reference, **discharge)
    for arrival in (said, notice(who=who)) if first else (notice(who=who), said):
        await desk.take(arrival)
    assert {row.state for row in await desk.rows(tables.facts)} == {state, "early"}
    desk.passes(days=30)
    assert await desk.inbox.forget_early(desk.now) == 0
    corrected = ["person.corrected"] if change.get("phone") else []
    assert await settled(desk) == ["discharge.notified", *entered, *corrected]
    if phone := change.get("phone"):
        assert (await known(desk)).phone == phone


@pytest.mark.parametrize("together", [True, False])
async def test_a_word_of_another_person_or_stay_is_forgotten_as_before(desk: Desk, *, together: bool) -> None:
    other = person(name="최수영", birth_date="1950-01-01", registration_number="500101-2000001")
    words = [
        notice(who=person(phone=None)),
        word("discharge.corrected", other),
        word("discharge.corrected", other, "V-8"),
    ]
    outcomes = [
        outcome
        for batch in ([words] if together else [[arrival] for arrival in words])
        for outcome in await desk.outcomes(*batch)
    ]
    assert outcomes == ["held", "ignored", "ignored"]


async def test_what_was_said_ends_with_its_notice(desk: Desk) -> None:
    [held, _] = await desk.take(
        notice(who=person(phone=None)), word("discharge.corrected", person(phone="010-9999-8888"))
    )
    await Resolver(desk.engine, desk.vault, PROFILE).resolve(Settlement(held.task_id, "kim", "drop"), desk.now)
    desk.passes(days=8)
    assert await desk.inbox.forget_early(desk.now) == 1
    assert {row.content_sealed for row in await desk.rows(tables.facts)} == {None}
    assert await desk.rows(tables.fact_index) == []


@pytest.mark.parametrize("trigger", ["A11", "A13", "A25"])
@pytest.mark.parametrize("patient_class", ["E", "O"])
async def test_a_cancellation_with_another_class_counts_by_a_visit_of_ours(
    desk: Desk, trigger: str, patient_class: str
) -> None:
    desk.now = NOW
    fields = {"trigger": trigger, "patient_class": patient_class, "discharged": ""}
    assert await desk.outcomes(feed(**fields), feed(), feed(**fields), feed(**fields, visit="O-1")) == [
        "ignored",
        "opened",
        "held",
        "ignored",
    ]
    [task] = await desk.rows(tables.tasks)
    assert [point["code"] for point in task.about["settle"]] == ["class-differs"]


@pytest.mark.parametrize(
    "fields",
    [
        {"trigger": "A02"},
        {"trigger": "A04", "patient_class": "O", "visit": "O-1", "discharged": ""},
        {"patient_class": "E", "visit": "O-1"},
        {"trigger": "A13", "patient_class": "E", "visit": "O-1"},
        {"trigger": "A40"},
        {"type": "REF", "trigger": "I14"},
    ],
    ids=str,
)
async def test_a_restriction_in_any_message_about_its_person_reaches_the_case(
    desk: Desk, fields: dict[str, str]
) -> None:
    desk.now = NOW
    [opened] = await desk.take(feed())
    await desk.take(feed("PD1||||||||||||Y\r", **fields))
    assert ("disclosure.restricted", "PD1-12") in await desk.told(opened.case_id)


@pytest.mark.parametrize("trigger", ["A08", "A31"])
async def test_data_of_a_stranger_whom_evn_1_discharges_is_held(desk: Desk, trigger: str) -> None:
    desk.now = NOW
    assert await desk.outcomes(feed(trigger=trigger, says="A03")) == ["held"]


async def test_an_id_that_came_a_thousand_times_is_looked_up_by_content(desk: Desk) -> None:
    words = [word("discharge.cancelled", {}, f"V-{number}") for number in range(40)]
    await desk.take(*words)
    async with desk.engine.begin() as conn:
        await conn.execute(tables.facts.update().values(message_id="C"))
    rows = await desk.rows(tables.facts)
    one, other = rows[0].content_hash, bytes(32)
    async with desk.engine.connect() as conn:
        again = await facts.seen(conn, [("gm-hospital", "C", one)])
        new = await facts.seen(conn, [("gm-hospital", "C", other)])
        unused = await facts.seen(conn, [("gm-hospital", "D", one)])
    assert one in again["gm-hospital", "C"]
    assert (len(again["gm-hospital", "C"]), len(new["gm-hospital", "C"]), unused) == (2, 1, {})
