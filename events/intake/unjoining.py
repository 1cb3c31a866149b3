"""Undoes a join of two cases in the store. What it moved stays where it is, and a task lists what a person does."""

from sqlalchemy.ext.asyncio import AsyncConnection

from events.duties import due_at
from events.intake.context import IntakeContext
from handoff.case.joining import JOINED
from handoff.store import joins
from handoff.store.intake import cases, joined, tasks
from handoff.store.intake.tasks import Task
from handoff.store.joins import CaseJoin
from handoff.store.queries.stored import StoredCase
from handoff.vocabulary.awaited import TaskKind
from handoff.worklist.task_kinds import COORDINATOR


class NotJoinedError(Exception):
    """The cases cannot be joined, or the join cannot be undone. The message says what to do."""


UNDER_WAY = (
    "The join of {case} into {into} is under way: their workflows have not acted on it yet. Try again in a moment. If "
    "that does not help, `handoff tasks` says whether a workflow is lost."
)


async def undo(conn: AsyncConnection, case_id: str, context: IntakeContext) -> CaseJoin:
    """Undo a join. Nothing moves back by itself: a task of the case that went on lists what to do.

    A join that was told and not acted on cannot be undone: the case would end all the same, and its lines would move.

    Raises:
        NotJoinedError: the case is not joined into another one, or the join is under way.
    """
    now = context.now
    standing = await joins.standing(conn, case_id)
    if standing is None:
        raise NotJoinedError(f"Case {case_id} is not joined into another one.")
    await all_acted(conn, standing)
    undone = await joins.undo(conn, case_id, context.resolved_by, now)
    if undone is None:
        raise NotJoinedError(f"Case {case_id} is not joined into another one.")
    await joined.part_references(conn, undone)
    about = {"case": case_id, "settle": await _to_put_right(conn, undone)}
    task_id = "T" + context.vault.short_id("task", TaskKind.UNJOINED_CASE, case_id, now.isoformat())
    due = due_at(now, context.profile)
    task = Task(task_id, TaskKind.UNJOINED_CASE, COORDINATOR, now, due, undone.into_case_id, case_id, about=about)
    await tasks.add(conn, [task])
    return undone


async def all_acted(conn: AsyncConnection, standing: CaseJoin) -> None:
    """Lock both cases of a join, and check that each has acted on it.

    Raises:
        NotJoinedError: it is under way.
    """
    both = await cases.find(conn, {standing.case_id, standing.into_case_id}, [])
    case, into = both[standing.case_id], both[standing.into_case_id]
    absorbs = into.closed_at is None and await joined.waits_to_absorb(conn, standing)
    if case.closed_at is None or absorbs:
        raise NotJoinedError(UNDER_WAY.format(case=case.case_id, into=into.case_id))


async def none_under_way(conn: AsyncConnection, case_id: str) -> None:
    """Check that a case, which is locked, has taken over the lines of all that were joined into it.

    Raises:
        NotJoinedError: one of these joins is under way.
    """
    for join in await joins.of_case(conn, case_id):
        here = join.into_case_id == case_id and join.undone_at is None
        if here and await joined.waits_to_absorb(conn, join):
            raise NotJoinedError(UNDER_WAY.format(case=join.case_id, into=case_id))


async def _to_put_right(conn: AsyncConnection, join: CaseJoin) -> list[dict[str, str]]:
    """What a person does by hand after a join is undone."""
    points = [
        ("lines", line, f"it went on for {join.case_id}: end it here, or keep it, and plan it for the other person")
        for line in await joined.lines_taken_over(conn, join)
    ]
    points += [("fields", name, f"{join.into_case_id} got it from {join.case_id}: correct it") for name in join.filled]
    points += [
        ("words", sender, f"its words about {join.case_id} went to {join.into_case_id} since: read them once more")
        for sender in await joined.senders_since(conn, join)
    ]
    next_words = f"what names a stay of it is a task again, and does not reach {join.into_case_id} any more"
    points.append(("next-words", join.case_id, next_words))
    if (await StoredCase.of_cases(conn, [join.case_id]))[0].end == JOINED:
        says = "it ended by the join and stays closed: if the person needs support, type in a notice again"
        points.append(("closed-case", join.case_id, says))
    return [{"code": code, "place": place, "says": says} for code, place, says in points]
