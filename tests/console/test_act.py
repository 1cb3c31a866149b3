"""A person acts on a case: done once, refused in words, or not done and tried again."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from handoff.case.messages import CaseEvent
from handoff.store.tables import facts, timeline
from handoff.store.tables import reads as identity_reads
from tests.console.office import Office
from tests.workflows.story import approved, assessed
from tests.workflows.town import MEALS, PROTECTION, Town
from workflows import client
from workflows.client import Handoffs, NotDoneError
from workflows.messages import Done

EXAMPLES = Path(__file__).parents[2] / "examples"
KOREAN_MEDICINE = {"service": "home-visit-korean-medicine", "kind": "series", "quantity": 2, "per": "week", "days": 28}


async def acted(town: Town) -> list[Any]:
    return [row for row in await town.rows(facts) if row.state == "acted"]


async def test_an_action_is_kept_whole_and_told_to_the_case(town: Town, office: Office) -> None:
    await town.hospital_tells(consent=None)
    done = await office.answers(f"consent {town.case_id} --give --as coordinator")
    assert done["milestones"] == ["consent_given"]
    [row] = await acted(town)
    assert (row.kind, row.sender, row.told_at is not None) == ("consent.given", "desk", True)
    assert (await town.state()).consent == "given"


async def test_what_the_case_refuses_is_said_in_words_and_leaves_nothing(town: Town, office: Office) -> None:
    await town.hospital_tells()
    ran = await office.runs(f"decide {town.case_id} --approve --as coordinator")
    assert (ran.code, ran.error) == (3, "No plan awaits a decision.")
    assert await acted(town) == []


async def test_what_is_not_there_is_not_found(town: Town, office: Office) -> None:
    await town.hospital_tells()
    for line in (
        "contact C0000000000 --made",
        f"answer {town.case_id}.1.O1 --accept",
        f"visit {town.case_id}.1.V1 --completed",
        f"check {town.case_id}.day-99 --ok",
        f"gap {town.case_id}.4 --wait 3d",
        "settle TNOTHING --done",
    ):
        ran = await office.runs(f"{line} --as coordinator")
        assert ran.code == 3, line
        assert "here is no" in ran.error
    assert await acted(town) == []


async def test_a_closed_case_takes_no_action(town: Town, office: Office) -> None:
    await town.hospital_tells()
    await office.answers(f"close {town.case_id} --outcome opened-in-error --as coordinator")
    await town.ended()
    ran = await office.runs(f"contact {town.case_id} --made --as coordinator")
    assert ran.code == 3
    assert "closed" in ran.error


@pytest.mark.parametrize(
    ("milestone", "says"), [("set_aside", "changed meanwhile"), ("told_after_closing", "closed meanwhile")]
)
async def test_an_action_whose_turn_came_too_late_is_said_not_to_be_done(
    town: Town, office: Office, monkeypatch: pytest.MonkeyPatch, milestone: str, says: str
) -> None:
    await town.hospital_tells()

    async def too_late(_self: Handoffs, _case: str, _told: CaseEvent, *, once: str) -> Done:
        assert once
        return Done([milestone], [""], [""])

    monkeypatch.setattr(Handoffs, "act", too_late)
    ran = await office.runs(f"contact {town.case_id} --made --as coordinator")
    assert ran.code == 3
    assert says in ran.error


async def test_where_no_worker_answers_it_may_yet_be_done_and_the_same_command_later_does_it_once(
    town: Town, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.hospital_tells(consent=None)
    line = f"consent {town.case_id} --give --as coordinator"
    with monkeypatch.context() as away:
        away.setattr(client, "TASK_QUEUE", "nobody")
        away.setattr(client, "ACT_WITHIN", 0.0)
        ran = await office.runs(line)
    assert ran.code == 4
    assert "try again" in ran.error
    await office.answers(line)
    assert len(await acted(town)) == 1
    assert (await town.said()).count("consent_given") == 1


@pytest.mark.parametrize(
    ("line", "milestone"), [("contact {} --made", "contact_made"), ("close {} --outcome opened-in-error", "closing")]
)
async def test_what_was_done_when_nobody_waited_any_more_is_answered_the_next_time(
    town: Town, office: Office, monkeypatch: pytest.MonkeyPatch, line: str, milestone: str
) -> None:
    await town.hospital_tells()
    command = f"{line.format(town.case_id)} --as coordinator"

    async def too_late(self: Handoffs, case: str, told: CaseEvent, *, once: str) -> Done:
        await answered(self, case, told, once=once)
        raise NotDoneError(case)

    answered = Handoffs.act
    with monkeypatch.context() as away:
        away.setattr(Handoffs, "act", too_late)
        assert (await office.runs(command)).code == 4
    await town.said()
    assert (await office.answers(command))["milestones"] == [milestone]
    assert await town.said() == []
    [row] = await acted(town)
    assert row.told_at


@pytest.mark.parametrize("line", ["discharge {} --at now", "admit {}"])
async def test_what_happens_now_is_one_action_however_often_it_is_tried(
    town: Town, office: Office, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    await town.hospital_tells("discharge.expected" if "discharge" in line else "discharge.notified", at=-1)
    command = f"{line.format(town.case_id)} --as coordinator"

    async def nobody_answers(_self: Handoffs, case: str, _told: CaseEvent, *, once: str) -> Done:
        raise NotDoneError(f"{case}: {once}")

    with monkeypatch.context() as away:
        away.setattr(Handoffs, "act", nobody_answers)
        for _ in range(2):
            assert (await office.runs(command)).code == 4
    [first] = await acted(town)
    await office.answers(command)
    [row] = await acted(town)
    assert row.fact_id == first.fact_id
    moments = [each.occurred_at for each in await town.rows(timeline) if each.key.endswith(f"#a{row.fact_id}")]
    assert len(set(moments)) == 1  # its steps happen when it does
    case = await town.record()
    told = case.discharged_at if "discharge" in line else case.admitted_at
    assert told == datetime.fromisoformat(first.body["until"])


async def test_without_temporal_reads_work_and_acting_says_try_again(town: Town, office: Office) -> None:
    await town.hospital_tells()
    office.lose_temporal()
    assert [task["kind"] for task in await office.tasks() if task["case"] == town.case_id] == ["contact"]
    assert (await office.answers(f"show {town.case_id} --json"))["stage"] == "assessment"
    assert {each["from"] for each in await office.answers(f"history {town.case_id} --json")} == {"record"}
    ran = await office.runs(f"contact {town.case_id} --made --as coordinator")
    assert ran.code == 4
    assert "handoff up" in ran.error


async def test_a_plan_is_checked_before_anything_is_sent(town: Town, office: Office, tmp_path: Path) -> None:
    await assessed(town)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[[lines]]\nservice = "dancing"\nkind = "series"\n')
    ran = await office.runs(f"plan {town.case_id} --file {wrong} --as coordinator")
    assert ran.code == 3
    assert "dancing" in ran.error
    assert await acted(town) == []
    done = await office.answers(f"plan {town.case_id} --file {EXAMPLES / 'plan.toml'} --as coordinator")
    assert done["milestones"] == ["plan_submitted"]


async def test_the_desk_carries_a_case_from_notice_to_end(town: Town, office: Office) -> None:
    """Every answer by phone, as the commands alone give it."""
    named = "--name 홍길순 --birth-date 1944-05-06 --phone 010-9876-0001 --address '광명시 철산로 12 (철산동)'"
    opened = await office.answers(f"notice {named} --discharged-at {town.now.isoformat()} --as desk")
    case = town.case_id = opened["case"]
    await town.tell()
    for line in (
        f"contact {case} --made",
        f"consent {case} --give",
        f"assess {case} --score 3 --complex-need",
        f"plan {case} --file {EXAMPLES / 'plan.toml'}",
        f"decide {case} --approve --version 1",
        f"answer {case}.2.O1 --decline no-capacity",
        f"answer {case}.2.O2 --accept",
        f"answer {case}.1.O1 --partly 2",
        f"visit {case}.1.V1 --completed",
        f"visit {case}.2 --request --at {{now}}",
        f"visit {case}.2.V1 --missed provider",
        f"admit {case}",
        f"discharge {case} --at {{now}}",
        f"close {case} --reason 3",
    ):
        await town.on_its_day("visit.completed", line.split()[1] if line.startswith("visit") else "")
        await office.answers(line.format(now=town.now.isoformat()) + " --as coordinator")
    assert await town.ended() == "reason-3"
    assert (await office.answers(f"show {case} --json"))["end"] == "reason-3"


async def test_a_gap_is_answered_with_another_provider(town: Town, office: Office) -> None:
    await approved(town, PROTECTION)
    offer, _ = await town.offer()
    await office.answers(f"answer {offer} --decline no-capacity --as coordinator")
    assert (await office.task("gap"))["do"].startswith(f"handoff gap {town.case_id}.1 --")
    unknown = await office.runs(f"gap {town.case_id}.1 --provider nobody --as coordinator")
    assert unknown.code == 3
    await office.answers(f"gap {town.case_id}.1 --provider gm-protection-01 --as coordinator")
    assert (await town.offer())[1] == "gm-protection-01"


async def test_a_part_accepted_by_phone_is_offered_on(town: Town, office: Office) -> None:
    await approved(town, {**KOREAN_MEDICINE, "prefers": "gm-korean-medicine-09"})
    task = await office.task("answer")
    [partly] = [line for line in task["or"] if "--partly" in line]
    await office.answers(partly)
    assert (await town.line("1r1")).quantity == 1


async def test_an_identity_is_shown_to_nobody_who_is_not_written_down(town: Town, office: Office) -> None:
    await approved(town, MEALS)
    assert "김복순" not in str(await office.answers(f"show {town.case_id}"))
    assert (await office.runs(f"show {town.case_id} --identity")).code == 2
    shown = await office.answers(f"show {town.case_id} --identity --as kim.duty --why home-visit")
    assert shown["identity"]["name"] == "김복순"
    async with town.desk.engine.connect() as conn:
        rows = await conn.execute(select(identity_reads).where(identity_reads.c.case_id == town.case_id))
    assert [(row.who, row.why) for row in rows] == [("kim.duty", "home-visit")]
