"""A notice that was cut before it names anybody is held: its sender knows by its id whom it is about."""

import pytest

from events.intake.resolve import NotSettledError, Resolver, Settlement
from events.readers import InboundRecord
from handoff.fact import Person
from handoff.store import tables
from tests.events.desk import NOW, PROFILE, Desk
from tests.events.readers.told import adt

CUT = adt(control="CUT-1").partition(b"\rPID")[0] + b"\r"


async def test_it_is_held_and_opens_a_case_once_its_person_is_typed_in(desk: Desk) -> None:
    [held] = await desk.take(InboundRecord("gm-hospital", CUT, (), "handoff.from.gm-hospital"))
    assert held.outcome == "held"
    [task] = await desk.rows(tables.tasks)
    assert {"code": "message-cut", "place": "PID"}.items() <= task.about["settle"][0].items()
    assert task.about["message"] == "CUT-1"
    [(kind, data)] = await desk.letters("gm-hospital")
    assert (kind, data["status"], data["unclear"][0]) == (
        "notice.acknowledged",
        "held",
        {"code": "message-cut", "place": "PID"},
    )
    resolver = Resolver(desk.engine, desk.vault, PROFILE)
    with pytest.raises(NotSettledError, match="--name"):
        await resolver.resolve(Settlement(held.task_id, "kim", "new"), NOW)
    person = Person(name="한소망", phone="010-0000-1234", address="경기도 광명시 철산로 12")
    opened = await resolver.resolve(Settlement(held.task_id, "kim", "new", supplement=person), NOW)
    assert opened.outcome == "opened"


async def test_it_may_belong_to_an_open_case_or_have_no_effect(desk: Desk) -> None:
    case = await desk.opened()
    resolver = Resolver(desk.engine, desk.vault, PROFILE)
    for number, (verdict, outcome) in enumerate([("same", "joined"), ("drop", "dropped")]):
        value = CUT.replace(b"CUT-1", f"CUT-{number}".encode())
        [held] = await desk.take(InboundRecord("gm-hospital", value, (), "handoff.from.gm-hospital"))
        settlement = Settlement(held.task_id, "kim", verdict, case if verdict == "same" else "")  # type: ignore[arg-type]
        assert (await resolver.resolve(settlement, NOW)).outcome == outcome
