"""An institution tells an impossible moment: the event is held, and a person says when it occurred."""

from dataclasses import replace
from datetime import timedelta

import pytest

from events.intake.resolve import NotSettledError, Resolver, Settlement
from handoff.store import tables
from tests.events.desk import PROFILE, Desk, record
from tests.events.intake.test_inbox_facts import booked


@pytest.mark.parametrize(
    ("kind", "subject", "sender", "hours", "code"),
    [
        ("visit.completed", ".2.V1", "gm-daily-life-01", -24, "moment-before-plan"),
        ("visit.missed", ".2.V1", "gm-daily-life-01", 1, "moment-in-future"),
        ("check.completed", ".day-3", "gm-centre-cheolsan", -24, "moment-before-plan"),
        ("referral.accepted", ".2.O1", "gm-daily-life-01", -4, "moment-before-cause"),
        ("contact.made", "", "gm-centre-cheolsan", -24, "moment-before-cause"),
    ],
)
async def test_an_answer_that_cannot_have_occurred_then_is_a_persons_to_settle(
    desk: Desk, kind: str, subject: str, sender: str, hours: int, code: str
) -> None:
    case_id = await booked(desk)
    sender = PROFILE.assessor_of((await desk.rows(tables.cases))[0].district) if "centre" in sender else sender
    moment = (desk.now + timedelta(hours=hours)).isoformat()
    [taken] = await desk.take(record(kind, {"occurred_at": moment}, sender, subject=case_id + subject))
    assert taken.outcome == "held"
    [task] = await desk.rows(tables.tasks)
    [unclear] = task.about["settle"]
    assert (unclear["code"], unclear["place"]) == (code, "/occurred_at")
    resolver = Resolver(desk.engine, desk.vault, PROFILE)
    as_sent = Settlement(task.task_id, "kim", "same", case_id)
    with pytest.raises(NotSettledError, match="--at"):
        await resolver.resolve(as_sent, desk.now)
    settled = await resolver.resolve(replace(as_sent, occurred_at=desk.now), desk.now)
    assert (settled.outcome, settled.case_id) == ("entered", case_id)
    assert (await desk.rows(tables.facts))[1].occurred_at == desk.now
