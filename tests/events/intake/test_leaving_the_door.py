"""What takes a notice off the list "door not checked": the words of its stay, in any order, or a case of its person."""

from collections.abc import Sequence
from itertools import permutations

import pytest

from events.intake.resolve import Resolver, Settlement
from events.intake.settle_door import DoorDecision, Doorkeeper
from events.readers import InboundRecord
from handoff.store import tables
from tests.events.desk import PROFILE, Desk
from tests.events.desk import person as person_told
from tests.events.intake.doors import let_in, listed, turn_away, young
from tests.events.readers.told import NOW, adt

PENDING = "PV2|||||||||202604031000\r"
OTHER = {"name": "최^수영^^^^^L", "numbers": "0999^^^GMH^PI", "born": "19500101"}


def feed(number: int, trigger: str, written: str, more: str = "", **fields: str) -> InboundRecord:
    """A message about a stay of somebody of 27. Its control id is its number, unless `control` says otherwise."""
    who = {"born": "19981002", "control": f"C-{number}", "recorded": f"20260401{written}", **fields}
    left = {} if trigger == "A03" else {"discharged": ""}
    value = adt(trigger=trigger, **{"sent": f"20260401{written}00+0900", **left, **who}) + more.encode()
    return InboundRecord("gm-hospital", value, (), "handoff.from.gm-hospital", 0, number)


@pytest.fixture
async def ward(desk: Desk) -> Desk:
    desk.now = NOW
    return desk


async def standing(desk: Desk, *words: InboundRecord) -> list[str]:
    """The kinds of the notices at the door after these words, each taken for itself."""
    for word in words:
        await desk.take(word)
    rows = {row.fact_id: row.kind for row in await desk.rows(tables.facts)}
    return [rows[number] for number in await listed(desk) if number]


ACTUAL, EXPECTED = "discharge.notified", "discharge.expected"
LEAVES = feed(1, "A03", "1005")
WILL_LEAVE = feed(2, "A16", "0905", PENDING)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ([LEAVES, feed(9, "A13", "1105")], []),
        ([LEAVES, feed(9, "A25", "1105")], [ACTUAL]),
        ([feed(9, "A25", "1105"), LEAVES], [ACTUAL]),
        ([WILL_LEAVE, feed(9, "A25", "1105")], []),
        ([feed(9, "A25", "1105"), WILL_LEAVE], []),
        ([WILL_LEAVE, LEAVES, feed(9, "A25", "1105")], [ACTUAL]),
        ([WILL_LEAVE, LEAVES, feed(9, "A13", "1105")], []),
        ([LEAVES, feed(9, "A13", "1005")], [ACTUAL]),  # nobody can order them
    ],
)
async def test_a_cancellation_of_an_expected_discharge_takes_back_no_actual_one(
    ward: Desk, words: Sequence[InboundRecord], left: list[str]
) -> None:
    assert await standing(ward, *words) == left


@pytest.mark.parametrize(
    "fields",
    [
        OTHER,
        {"name": "최^수영^^^^^L"},
        {"born": "19981003"},
        {"says": "A08"},  # another event than in MSH-9
        {"admitted": "20260399"},
    ],
)
@pytest.mark.parametrize("first", [True, False])
async def test_a_cancellation_of_another_person_or_in_doubt_leaves_it_there(
    ward: Desk, *, fields: dict[str, str], first: bool
) -> None:
    words = [feed(9, "A13", "1105", **fields), LEAVES]
    assert await standing(ward, *(words if first else words[::-1])) == [ACTUAL]


async def test_a_cancellation_without_a_person_is_about_the_stay_that_it_names(ward: Desk) -> None:
    nobody = {"name": "", "born": "", "numbers": "", "phone": "", "address": ""}
    assert await standing(ward, LEAVES, feed(9, "A13", "1105", **nobody)) == []


@pytest.mark.parametrize(
    ("occurred", "control"),
    [("", ""), ("202604011000", ""), ("202604011000", "SAME"), ("", "SAME")],
)
async def test_a_renewed_discharge_stands_at_the_door_in_any_order(ward: Desk, occurred: str, control: str) -> None:
    same = {"control": control} if control else {}
    left = {"occurred": occurred, **same}
    words = [
        feed(1, "A03", "1005", **left),
        feed(2, "A13", "1105", **same),
        feed(3, "A03", "1205", **left),
    ]
    for order in permutations(words):
        await ward.forget()
        assert await standing(ward, *order) == [ACTUAL], [word.offset for word in order]
        answers = [data["status"] for _, data in await ward.letters("gm-hospital")]
        assert answers == ["held"] * (1 if control else 2)


async def test_a_cancellation_counts_by_when_it_was_written_not_by_what_it_names(ward: Desk) -> None:
    words = [feed(1, "A13", "0805"), feed(2, "A03", "0905", discharged="202604010730", occurred="202604010730")]
    assert await standing(ward, *words) == [ACTUAL]


async def test_a_repeat_of_what_was_turned_away_stays_away(ward: Desk) -> None:
    await ward.take(feed(1, "A03", "1005", control="SAME"), feed(2, "A13", "1105", control="SAME"))
    assert await ward.outcomes(feed(3, "A03", "1205", control="SAME")) == ["at-door"]
    assert await ward.outcomes(feed(4, "A03", "1305", control="SAME")) == ["resent"]
    [number] = await listed(ward)
    assert await turn_away(ward, number or 0) == ["not-eligible"]
    assert await ward.outcomes(feed(5, "A03", "1405", control="SAME")) == ["resent"]
    assert await listed(ward) == []


async def test_a_repeat_is_found_by_its_person_as_before(ward: Desk) -> None:
    for number, written in enumerate(("1005", "1105", "1205")):
        await ward.take(feed(number, "A03", written, control="SAME"))
    assert len(await ward.rows(tables.fact_index)) == 2  # patient number; name, birth date and phone


@pytest.mark.parametrize("let_in_first", [0, 1])
async def test_notices_of_one_stay_leave_the_list_with_its_case(ward: Desk, let_in_first: int) -> None:
    await ward.take(WILL_LEAVE, LEAVES)
    numbers = [number or 0 for number in await listed(ward)]
    assert await let_in(ward, numbers[let_in_first]) == ["opened"]
    assert await listed(ward) == []
    [case] = await ward.rows(tables.cases)
    assert {kind for kind, _ in await ward.told(case.case_id)} == {ACTUAL, EXPECTED}
    rows = [row for row in await ward.rows(tables.facts) if row.fact_id in numbers]
    assert [(row.state, row.body["door"]["verdict"], row.body["door"]["who"]) for row in rows] == [
        ("numbered", "let-in", "kim")
    ] * 2
    answers = [(data["status"], data["settled"]) for _, data in await ward.letters("gm-hospital")]
    assert answers == [("held", False)] * 2 + [("opened", True), ("joined", True)]


async def test_notices_of_one_stay_settled_together_are_counted_once(ward: Desk) -> None:
    await ward.take(WILL_LEAVE, LEAVES)
    assert await let_in(ward, *(number or 0 for number in await listed(ward))) == ["opened", "joined"]
    [case] = await ward.rows(tables.cases)
    assert len(await ward.told(case.case_id)) == 2


@pytest.mark.parametrize(
    ("who", "left"),
    [
        ({}, 0),
        ({"registration_number": None}, 0),  # name, birth date and phone agree
        ({"name": "김복희", "registration_number": "880302-2123457"}, 1),  # a twin
    ],
)
@pytest.mark.parametrize("reference", ["V-1", "W-1"])
async def test_a_case_that_opens_elsewhere_takes_the_notices_of_its_person_along(
    desk: Desk, who: dict[str, str | None], left: int, reference: str
) -> None:
    await desk.take(young(who=who))
    other = young(sender="gm-long-term-care", who={"severe_disability": True}, discharge={"reference": reference})
    assert await desk.outcomes(other) == ["opened"]
    assert len(await listed(desk)) == left


async def test_a_death_and_a_restriction_in_notices_that_leave_reach_the_case(desk: Desk) -> None:
    await desk.take(
        young(who={"protected": True}),
        young(discharge={"reference": "V-9", "deceased": True, "died_at": "2026-05-04T09:00:00+09:00"}),
    )
    assert len(await listed(desk)) == 2
    [taken] = await desk.take(young(who={"severe_disability": True}, discharge={"reference": "V-2"}))
    assert await listed(desk) == []
    told = [kind for kind, _ in await desk.told(taken.case_id)]
    assert told == ["discharge.notified", "disclosure.restricted", "discharge.notified", "person.died"]


async def test_an_unclear_notice_is_held_once_its_person_may_have_a_case(desk: Desk) -> None:
    await desk.take(young(who={"phone": None}))
    [number] = await listed(desk)
    decision = DoorDecision([number or 0], "kim", "", eligible=True)
    [held] = await Doorkeeper(desk.engine, desk.vault, PROFILE).settle(decision, desk.now)
    assert held.outcome == "held"
    settled = await Resolver(desk.engine, desk.vault, PROFILE).resolve(Settlement(held.task_id, "kim", "new"), desk.now)
    assert settled.outcome == "at-door"  # nobody has named a door
    assert await let_in(desk, number or 0) == ["opened"]


async def test_a_notice_of_somebody_else_with_the_same_visit_number_stays(desk: Desk) -> None:
    await desk.take(young())
    other = person_told(name="박철수", registration_number=None, birth_date="1940-01-01", phone="010-9876-5432")
    await desk.opened(who=other)
    assert len(await listed(desk)) == 1
