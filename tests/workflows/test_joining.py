"""Two cases of one person: one ends, its open lines are offered again in the other, and nobody is left without help."""

from dataclasses import replace
from typing import Any

import pytest

from events.intake.joining import Joiner, JoinOrder
from events.intake.unjoining import NotJoinedError
from handoff.store import outbox
from handoff.store.joins import CaseJoin
from handoff.store.tables import plan_lines, tasks, visits
from tests.workflows.story import accepted, accepts, approved, assessed, decided, drafted, served, visited
from tests.workflows.town import _NUMBERS, GRACE, HELP, HOSPITAL, MEALS, SAFETY, Town


def beside(town: Town) -> Town:
    """Another case in the same town."""
    return replace(town, case_id="", number=next(_NUMBERS), names=0)


async def joins(case: Town, into: Town) -> CaseJoin:
    """A person joins the case into the other one, and both workflows are told."""
    joiner = Joiner(into.desk.engine, into.desk.vault, into.profile)
    case.calm = False  # it ends meanwhile
    done = await joiner.join(JoinOrder(case.case_id, into.case_id, "kim", one_person=True), into.speak())
    await into.tell()
    return done


async def points(town: Town, kind: str = "joined-case") -> list[tuple[str, str]]:
    [task] = [row for row in await town.rows(tasks) if row.kind == kind and row.closed_at is None]
    listed = [(point["code"], point["place"]) for point in task.about["settle"]]
    return [point for point in listed if point[0] != "other-details"]  # they differ in many here


async def test_the_open_lines_are_offered_again_first_to_who_had_accepted_them(town: Town) -> None:
    other = beside(town)
    await accepted(town, SAFETY)
    provider = await accepted(other, MEALS)
    await joins(other, town)
    assert await other.ended() == "outcome-joined"
    row = await other.record()
    assert (row.outcome, row.end_reason, row.joined_into) == ("joined", None, town.case_id)
    assert (await town.offer(2))[1] == provider
    taken_over = await town.line(2)
    assert (taken_over.service, taken_over.quantity, taken_over.days) == ("meal-delivery", 5, 28)
    assert [line.version for line in (await town.line(1), taken_over)] == [1, 1]
    assert await accepts(town, 2) == provider
    assert (await town.visit(2)).provider == provider


async def test_a_task_names_each_booked_visit_that_the_join_took_back(town: Town) -> None:
    other = beside(town)
    await accepted(town, SAFETY)
    await accepted(other, MEALS)
    booked = (await other.visit()).visit_id
    await joins(other, town)
    await other.ended()
    assert await points(town) == [("visit-booked", booked)]
    assert [row.state for row in await other.rows(visits)] == ["cancelled"]
    [task] = [row for row in await town.rows(tasks) if row.kind == "joined-case"]
    await town.acts("task.settled", task.task_id, code=task.kind)
    assert "joined-case" not in await town.open_tasks()


async def test_offers_that_nobody_accepted_are_withdrawn_and_tasks_end_with_the_case(town: Town) -> None:
    other = beside(town)
    await approved(town, SAFETY)
    await approved(other, HELP)
    _, asked = await other.offer()
    await joins(other, town)
    await other.ended()
    assert (await other.letters(asked))[-1] == "referral.withdrawn:joined"
    assert await other.open_tasks() == {}
    assert (await town.line(2)).service == HELP["service"]
    assert (await town.offer(2))[0]


async def test_help_that_began_in_both_cases_is_counted_once_and_goes_on(town: Town) -> None:
    other = beside(town)
    await served(other, MEALS)
    began = (await other.record()).support_began_at
    await served(town, SAFETY)
    await joins(other, town)
    await other.ended()
    row = await other.record()
    assert (row.end_reason, row.outcome) == (None, "joined")
    assert (await town.record()).support_began_at == min(began, (await town.record()).support_began_at)
    assert (await town.offer(2))[0]
    await accepts(town, 2)
    await visited(town, 2)
    await town.acts("case.closed", code="reason-3")
    await town.passes(hours=GRACE)
    assert await town.ended() == "reason-3"


async def test_a_service_that_both_cases_have_is_delivered_once(town: Town) -> None:
    other = beside(town)
    await accepted(town, SAFETY, MEALS)
    provider = await accepted(other, MEALS)
    await joins(other, town)
    await other.ended()
    assert [row.line_id for row in await lines(town)] == [f"{town.case_id}.1", f"{town.case_id}.2"]
    assert (await town.offer(2))[1] == provider
    codes = [code for code, _ in await points(town)]
    assert codes == ["service-in-both", "visit-booked"]


async def lines(town: Town) -> list[Any]:
    return await town.rows(plan_lines)


async def test_who_told_of_the_joined_case_is_told_which_case_goes_on(town: Town) -> None:
    other = beside(town)
    await assessed(town)
    await assessed(other)
    await joins(other, town)
    await other.ended()
    async with town.desk.engine.connect() as conn:
        due = await outbox.due(conn, town.desk.vault, HOSPITAL, 10_000)
    [closed] = [each.data or b"" for each in due if each.lane == other.case_id and each.kind == "handoff.closed"]
    assert f'"joined_into":"{town.case_id}"'.encode() in closed


async def test_a_word_about_the_joined_case_reaches_the_case_that_goes_on(town: Town) -> None:
    other = beside(town)
    await assessed(town)
    await assessed(other)
    await joins(other, town)
    await other.ended()
    theirs = {"who": other.somebody(), "discharge": {"reference": f"V-{other.number}"}}
    assert await town.hospital_tells("admission.occurred", **theirs) == "entered"
    assert (await town.record()).admitted_at is not None
    assert (await town.state()).admitted_at is not None


async def test_what_the_joined_case_knew_of_an_admission_the_other_one_learns(town: Town) -> None:
    other = beside(town)
    await approved(town, SAFETY)
    await assessed(other)
    await other.hospital_tells("admission.occurred")
    await joins(other, town)
    await other.ended()
    assert (await town.record()).admitted_at is not None


async def test_a_join_that_would_move_consent_support_or_a_plan_is_refused(town: Town) -> None:
    other = beside(town)
    await assessed(town)
    await accepted(other, MEALS)
    with pytest.raises(NotJoinedError, match=f"join {town.case_id} --into {other.case_id}"):
        await joins(other, town)
    assert (await other.record()).joined_into is None
    await joins(town, other)
    assert await town.ended() == "outcome-joined"


async def test_the_case_that_goes_on_plans_and_ends_as_any_other(town: Town) -> None:
    other = beside(town)
    await accepted(town, SAFETY)
    await accepted(other, MEALS)
    await joins(other, town)
    await other.ended()
    await accepts(town, 2)
    kept = {**MEALS, "keeps": f"{town.case_id}.2"}
    await drafted(town, kept)
    await decided(town)
    assert [(row.line_id[-1], row.state) for row in await lines(town)] == [("1", "ended-early"), ("2", "in-service")]
    await town.closes("outcome-unmet-need")
    assert await town.ended() == "outcome-unmet-need"
