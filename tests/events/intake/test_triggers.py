"""What intake does with the trigger events of a whole hospital's feed, for people that we know and for strangers."""

import pytest

from events.intake.resolve import NotSettledError, Resolver, Settlement
from events.readers import InboundRecord
from handoff.store import tables
from tests.events.desk import PROFILE, Desk
from tests.events.readers.told import NOW, adt, message

_OFFSETS = iter(range(10_000))


def feed(more: str = "", **fields: str) -> InboundRecord:
    """A message on the hospital's topic."""
    record = message(adt(control=f"C{(number := next(_OFFSETS))}", **fields) + more.encode())
    return InboundRecord(record.institution, record.value, record.headers, "handoff.from.gm-hospital", 0, number)


@pytest.fixture
async def ward(desk: Desk) -> Desk:
    """The desk, at the moment of the messages."""
    desk.now = NOW
    return desk


async def opened(desk: Desk) -> str:
    [taken] = await desk.take(feed())
    assert taken.outcome == "opened"
    return taken.case_id


async def test_a_merge_without_an_earlier_number_is_a_task(ward: Desk) -> None:
    case_id = await opened(ward)
    [taken] = await ward.take(feed(trigger="A40", visit=""))
    assert taken.outcome == "held"
    [task] = await ward.rows(tables.tasks)
    codes = [point["code"] for point in task.about["settle"]]
    assert (task.about["cases"], codes) == ([case_id], ["earlier-number-missing"])


async def test_a_merge_opens_no_case(ward: Desk) -> None:
    await opened(ward)
    [taken] = await ward.take(feed(trigger="A40"))
    resolver = Resolver(ward.engine, ward.vault, PROFILE)
    with pytest.raises(NotSettledError, match="settle it with --drop"):
        await resolver.resolve(Settlement(taken.task_id, "kim", "new"), ward.now)
    assert (await resolver.resolve(Settlement(taken.task_id, "kim", "drop"), ward.now)).outcome == "dropped"


@pytest.mark.parametrize("trigger", ["A24", "A45", "A50"])
async def test_a_merge_of_more_than_the_numbers_of_strangers_is_forgotten(ward: Desk, trigger: str) -> None:
    assert await ward.outcomes(feed("MRG|0777^^^GMH^PI\r", trigger=trigger)) == ["ignored"]
    for table in (tables.facts, tables.tasks, tables.parked, tables.outbox):
        assert await ward.rows(table) == []


@pytest.mark.parametrize("trigger", ["I12", "I13", "I14"])
async def test_a_referral_is_a_task_whoever_it_is_about(ward: Desk, trigger: str) -> None:
    assert await ward.outcomes(feed(type="REF", trigger=trigger)) == ["held"]
    [task] = await ward.rows(tables.tasks)
    assert [point["code"] for point in task.about["settle"]] == ["type-not-yet-handled"]
    assert await ward.rows(tables.parked) == []


async def test_a_referral_that_a_person_takes_opens_a_case(ward: Desk) -> None:
    [taken] = await ward.take(feed(type="REF", trigger="I12"))
    resolver = Resolver(ward.engine, ward.vault, PROFILE)
    assert (await resolver.resolve(Settlement(taken.task_id, "kim", "new"), ward.now)).outcome == "opened"


async def test_a_pending_discharge_opens_the_case_and_its_cancellation_reaches_it(ward: Desk) -> None:
    [pending] = await ward.take(feed("PV2|||||||||202604031000\r", trigger="A16", discharged=""))
    [cancelled] = await ward.take(feed(trigger="A25", discharged="", recorded="202604011006"))
    assert (pending.outcome, cancelled.outcome) == ("opened", "entered")
    assert await ward.told(pending.case_id) == [("discharge.expected", "expected"), ("discharge.cancelled", "expected")]


async def test_a_discharge_to_another_hospital_is_held(ward: Desk) -> None:
    assert await ward.outcomes(feed(disposition="02"), feed(disposition="30", visit="V-2")) == ["held", "held"]
    assert await ward.rows(tables.cases) == []


async def test_a_person_who_is_protected_or_not_identified_has_no_case_before_a_person_decides(ward: Desk) -> None:
    protected, unknown = feed("PD1||||||||||||Y\r"), feed(name="UNKNOWN^^^^^^U", visit="V-3", numbers="0816^^^GMH^PI")
    assert await ward.outcomes(protected, unknown) == ["held", "held"]
    assert await ward.rows(tables.cases) == []


async def test_a_day_of_what_changes_nothing_leaves_nothing(ward: Desk) -> None:
    triggers = ("A02", "A04", "A05", "A09", "A10", "A12", "A17", "A21", "A22", "A54")
    feeds = [feed(trigger=trigger) for trigger in triggers]
    feeds += [feed(trigger=trigger, patient_class="O") for trigger in ("A01", "A03", "A11", "A13")]
    feeds.append(feed(processing="T"))
    assert set(await ward.outcomes(*feeds)) == {"ignored"}
    for table in (tables.facts, tables.tasks, tables.parked, tables.outbox):
        assert await ward.rows(table) == []
