"""The activity that writes milestones: all milestones of one moment in one transaction, each of them once."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from inspect import isawaitable

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.case_session import CaseSession, Followed, MilestoneContext
from activities.dispatch import WRITERS
from activities.logs import logged
from handoff.case.messages import Due, Milestone, MilestoneResult
from handoff.profile.model import Profile
from handoff.store.engine import error_name
from handoff.store.record.cases import CaseRow
from handoff.store.record.clocks import ClockRow
from handoff.store.record.timeline import MilestoneRow, Timeline
from handoff.store.record.unit_of_work import CaseRows, RowsWanted
from handoff.store.vault import Vault
from handoff.subjects import line_of
from handoff.vocabulary.words import MilestoneName

_RESULT = TypeAdapter(MilestoneResult)


@dataclass(frozen=True)
class Writing:
    """The milestones of one moment of a case, in order.

    Attributes:
        case: the id of the case.
        entries: the milestones.
        after: key of the last milestone written before them.
        with_steps: whether their steps are among them. False: a worker of an older build, without steps, ordered it.
        one_by_one: whether all that was written after these comes again after them, if a lost task wrote them before.
            See `workflows.turns`.
    """

    case: str
    entries: list[Milestone]
    after: str = ""
    with_steps: bool = False
    one_by_one: bool = False


@dataclass(frozen=True)
class CaseRecord:
    """Writes the milestones of cases.

    Attributes:
        engine: the engine of the store.
        vault: opens the identity of a person, if a rule or a letter needs it.
        profiles: gives a profile by code and version. A case keeps the version that it started under.
        now: the wall clock.
        with_steps: gives a milestone and its steps, in order, for milestones that came without.
    """

    engine: AsyncEngine
    vault: Vault
    profiles: Callable[[str, int], Profile]
    now: Callable[[], datetime]
    with_steps: Callable[[Milestone], Sequence[Milestone]]

    @activity.defn
    async def write_milestones(self, writing: Writing) -> list[MilestoneResult]:
        """Write milestones, all or none. One that was written before gets its result again.

        Its clocks are those of now, unless what moved them since comes again as well.

        Raises:
            ApplicationError: with one of these types. `CaseUnknown`, `MilestoneUnknown`, `ResultMissing` (a fault of a
                writer) and `KeyReused` (a key comes again with other content) end a local activity. `RecordBehind`
                (the record lacks an earlier milestone, as after a restore) is tried again until the workflow is
                reset. Any other error has the name of its class as type. Its text is left out, since Temporal stores
                it and PostgreSQL quotes rows in it.
        """
        try:
            writing = self._stepped(writing)
            with logged(writing.case, writing.entries) as results:
                async with self.engine.begin() as conn:
                    results.extend(await self._write(conn, writing))
        except ApplicationError:
            raise
        except Exception as error:  # noqa: BLE001 - no text of any error may reach Temporal
            raise ApplicationError(f"not written: {error_name(error)}", type=type(error).__name__) from None
        return results

    def _stepped(self, writing: Writing) -> Writing:
        if writing.with_steps:
            return writing
        entries = [step for milestone in writing.entries for step in self.with_steps(milestone)]
        return replace(writing, entries=entries, with_steps=True)

    async def _write(self, conn: AsyncConnection, writing: Writing) -> list[MilestoneResult]:
        rows = CaseRows(conn, writing.case, _wanted(writing))
        case = await rows.read()
        if case is None:
            raise _permanent("CaseUnknown", f"no case {writing.case}")
        if writing.after and writing.after not in rows.timeline.written():
            raise ApplicationError(f"the record of {writing.case} lacks {writing.after}", type="RecordBehind")
        profile = self.profiles(case.profile, case.profile_version)
        session = CaseSession(MilestoneContext(self.vault, profile, self.now()), case, rows)
        written_before = case.entries
        results = await _in_order(session, rows.timeline, writing)
        if case.entries > written_before:
            await session.close()
        return results


def _wanted(writing: Writing) -> RowsWanted:
    milestones = writing.entries
    # The ids of offers and visits begin with the id of their line.
    lines = {line_of(milestone.subject) for milestone in milestones}
    keys, facts = [milestone.key for milestone in milestones], {milestone.fact for milestone in milestones}
    return RowsWanted([writing.after, *keys], facts, lines)


async def _in_order(session: CaseSession, timeline: Timeline, writing: Writing) -> list[MilestoneResult]:
    """Write milestones and the steps that are necessary. Returns the results of what was written.

    A step is written together with the milestone that it follows. If that milestone was written before, and the step
    was not, the step is left out: it was not necessary, or an older build without steps did it in the milestone.
    """
    results, verdicts, written_before = list[MilestoneResult](), set[str](), False
    for milestone in writing.entries:
        written = milestone.key in timeline.written()
        if not milestone.after:
            verdicts, written_before = set(), written
        elif not written and (written_before or verdicts.isdisjoint(milestone.after)):
            continue
        result = await _result(session, timeline, milestone)
        if result is None:
            continue
        if written and not writing.one_by_one:
            result = _with_clocks_of_now(session, result)
        if not milestone.after:
            session.followed, verdicts = Followed(milestone, result), {result.verdict}
        results.append(result)
    return results


async def _result(session: CaseSession, timeline: Timeline, milestone: Milestone) -> MilestoneResult | None:
    """Write a milestone, or find its result if it was written before. None: it is a step with nothing to do."""
    hashed = entry_hash(milestone)
    row = timeline.written().get(milestone.key)
    if row is None:
        result = await _written(session, milestone)
        if result:
            timeline.add(_row(session.case, milestone, hashed, result))
        elif not milestone.after or session.clocks.touched():
            raise _permanent("ResultMissing", f"{milestone.key} gave no result")
        return result
    if row.entry_hash != hashed:
        raise _permanent("KeyReused", f"{milestone.key} of case {row.case_id} was written with other content")
    return _RESULT.validate_python(row.outcome)


def _row(case: CaseRow, milestone: Milestone, hashed: bytes, result: MilestoneResult) -> MilestoneRow:
    """Make the next row of the timeline, and count it in the case."""
    case.entries, case.acted = case.entries + 1, max(case.acted, _number(milestone))
    return MilestoneRow(
        case_id=case.case_id,
        seq=case.entries,
        key=milestone.key,
        what=milestone.what,
        who=milestone.who,
        why=milestone.why,
        subject=milestone.subject,
        code=milestone.code,
        occurred_at=milestone.at,
        known_at=milestone.now,
        entry_hash=hashed,
        outcome=_RESULT.dump_python(result, mode="json"),
        corrects=milestone.corrects,
    )


def _number(milestone: Milestone) -> int:
    """The number of the fact that led to a milestone, from the end of its key. 0: no fact led to it."""
    number = milestone.key.rpartition("#")[2]
    return int(number) if number.isdecimal() else 0


def _with_clocks_of_now(session: CaseSession, result: MilestoneResult) -> MilestoneResult:
    """The earlier result of a milestone, but with its clocks as they are now: a later milestone may have moved them."""
    running = session.clocks.all() if result.dues else {}
    return replace(result, dues=[_due(due.name, running.get(due.name)) for due in result.dues])


def _due(name: str, clock: ClockRow | None) -> Due:
    return Due(name) if clock is None or clock.paused else Due(name, clock.due_at, clock.warn_at, clock.owner)


async def _written(session: CaseSession, milestone: Milestone) -> MilestoneResult | None:
    what = MilestoneName.known(milestone.what)
    if what is None:
        raise _permanent("MilestoneUnknown", f"unknown milestone {milestone.what}")
    session.turn_to(milestone)
    result = WRITERS[what](session, milestone)
    return await result if isawaitable(result) else result


def entry_hash(milestone: Milestone) -> bytes:
    """Hash of the content of a milestone, without its moments.

    If the workflow loses a decision and makes it again, the moments differ and the content does not.
    """
    until = milestone.until.timestamp() if milestone.until else None
    content = [
        milestone.what,
        milestone.who,
        milestone.why,
        milestone.subject,
        milestone.code,
        milestone.quantity,
        until,
        milestone.fact,
        *([milestone.corrects] if milestone.corrects else []),
    ]
    return sha256(json.dumps(content).encode()).digest()


def _permanent(kind: str, says: str) -> ApplicationError:
    """A refusal that ends a local activity: history shows nothing of it, and its workflow task is tried again.

    History would keep the failure of an ordinary activity for ever, so that one is tried again itself.
    """
    ordinary = activity.in_activity() and not activity.info().is_local
    return ApplicationError(says, type=kind, non_retryable=not ordinary)
