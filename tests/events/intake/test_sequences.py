"""Messages of one stay that are easily misread, in any order: each ends as its sender means it."""

from itertools import permutations

import pytest
from sqlalchemy import func, select

from events.readers import InboundRecord
from handoff.store import tables
from tests.events.desk import Desk
from tests.events.sequences import sequence


def orders(name: str) -> list[tuple[InboundRecord, ...]]:
    return list(permutations(sequence(name)))


async def facts(desk: Desk) -> dict[str, str]:
    """The state of each fact by its kind."""
    return {row.kind: row.state for row in await desk.rows(tables.facts)}


async def unclear(desk: Desk) -> list[str]:
    """The codes of what a person has to settle."""
    return [point["code"] for task in await desk.rows(tables.tasks) for point in task.about.get("settle", ())]


@pytest.mark.parametrize("messages", orders("x08"))
async def test_a_name_in_valid_utf_8_is_the_same_persons(messages: tuple[InboundRecord, ...], desk: Desk) -> None:
    await desk.take(*messages)
    assert await facts(desk) == {"discharge.notified": "numbered", "discharge.cancelled": "numbered"}


@pytest.mark.parametrize("messages", orders("x10"))
async def test_an_outpatient_who_becomes_an_inpatient_is_admitted(
    messages: tuple[InboundRecord, ...], desk: Desk
) -> None:
    await desk.take(*messages)
    assert await facts(desk) == {"discharge.notified": "numbered", "admission.occurred": "numbered"}


@pytest.mark.parametrize("messages", orders("x11"))
async def test_a_pre_admission_suspends_nothing_and_leaves_nothing(
    messages: tuple[InboundRecord, ...], desk: Desk
) -> None:
    assert set(await desk.outcomes(*messages)) == {"opened", "ignored"}
    assert await facts(desk) == {"discharge.notified": "numbered"}
    async with desk.engine.connect() as conn:
        left = [await conn.scalar(select(func.count()).select_from(table)) for table in (tables.parked, tables.tasks)]
    assert left == [0, 0]
    assert [kind for kind, _ in await desk.letters("gm-hospital")] == ["notice.acknowledged"]


@pytest.mark.parametrize("messages", orders("x26"))
async def test_a_deleted_moment_of_discharge_is_a_persons_task(messages: tuple[InboundRecord, ...], desk: Desk) -> None:
    await desk.take(*messages)
    assert await facts(desk) == {"discharge.notified": "numbered", "discharge.corrected": "held"}
    assert await unclear(desk) == ["discharge-moment-deleted"]


@pytest.mark.parametrize("messages", orders("y03"))
async def test_an_expected_discharge_told_to_the_day_contradicts_no_admission_on_that_day(
    messages: tuple[InboundRecord, ...], desk: Desk
) -> None:
    for message in messages:  # one transaction each: what comes early is read again from the store
        await desk.take(message)
    assert await facts(desk) == {"discharge.notified": "numbered", "admission.occurred": "numbered"}
    assert await unclear(desk) == []


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("t04", "opened"), ("c11", "opened"), ("f01-A02", "ignored"), ("f01-A06", "early")],
)
async def test_a_single_message_ends_as_its_sender_means_it(name: str, outcome: str, desk: Desk) -> None:
    assert await desk.outcomes(*sequence(name)) == [outcome]
    assert await unclear(desk) == []
