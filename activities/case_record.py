"""The record of a case: what the story decided, written in one transaction, each thing once."""

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
from handoff.vocabulary.words import MilestoneName

_RESULT = TypeAdapter(MilestoneResult)


@dataclass(frozen=True)
class Writing:
    """What came up in one moment of a case, in order; `after` is the key of the last milestone written before it."""

    case: str
    entries: list[Milestone]
    after: str = ""


@dataclass(frozen=True)
class CaseRecord:
    """Writes milestones; holds what that takes.

    Attributes:
        engine: of the store.
        vault: opens the person where a rule or a letter needs it.
        profiles: by code and version, since a case keeps the version that it started under.
        now: the wall clock: when we know.
    """

    engine: AsyncEngine
    vault: Vault
    profiles: Callable[[str, int], Profile]
    now: Callable[[], datetime]

    @activity.defn
    async def write_milestones(self, writing: Writing) -> list[MilestoneResult]:
        """Write entries, all or none; one that is written already is answered as it was then.

        Raises:
            ApplicationError: `CaseUnknown`, `MilestoneUnknown`, `ResultMissing` (a fault of a writer), or `KeyReused`
                when a key comes again with other content: none of them is tried again. `RecordBehind` when the record
                has lost what was written before, as after a restore: that is tried again until somebody has compared
                the two. Any other error under the name of its class and without its text: Temporal keeps it, and
                PostgreSQL quotes rows in it.
        """
        try:
            with logged(writing.case, writing.entries) as results:
                async with self.engine.begin() as conn:
                    results.extend(await self._write(conn, writing))
        except ApplicationError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its text stays here
            raise ApplicationError(f"not written: {error_name(error)}", type=type(error).__name__) from None
        return results

    async def _write(self, conn: AsyncConnection, writing: Writing) -> list[MilestoneResult]:
        rows = CaseRows(conn, writing.case, _wanted(writing))
        case = await rows.read()
        if case is None:
            raise _never("CaseUnknown", f"no case {writing.case}")
        if writing.after and writing.after not in rows.timeline.written():
            raise ApplicationError(f"the record of {writing.case} lacks {writing.after}", type="RecordBehind")
        profile = self.profiles(case.profile, case.profile_version)
        session = CaseSession(MilestoneContext(self.vault, profile, self.now()), case, rows)
        written_before = case.entries
        results = await _in_order(session, rows.timeline, writing.entries)
        if case.entries > written_before:
            await session.close()
        return results


def _wanted(writing: Writing) -> RowsWanted:
    milestones = writing.entries
    lines = {".".join(each.subject.split(".")[:2]) for each in milestones}  # a line's own id begins those of its visits
    return RowsWanted([writing.after, *(each.key for each in milestones)], {each.fact for each in milestones}, lines)


async def _in_order(session: CaseSession, timeline: Timeline, entries: Sequence[Milestone]) -> list[MilestoneResult]:
    """The results of milestones, and of the steps after each that were necessary.

    A step is written with the milestone that it follows. If that was written before, a step without a row was not
    necessary, or was done by that milestone itself: builds before it had no steps.
    """
    results, verdicts, known_before = list[MilestoneResult](), set[str](), False
    for milestone in entries:
        known = milestone.key in timeline.written()
        if not milestone.after:
            verdicts, known_before = set(), known
        elif not known and (known_before or verdicts.isdisjoint(milestone.after)):
            continue
        result = await _result(session, timeline, milestone)
        if result is None:
            continue
        if not milestone.after:
            session.followed = Followed(milestone, result)
        verdicts.add(result.verdict)
        results.append(result)
    return results


async def _result(session: CaseSession, timeline: Timeline, milestone: Milestone) -> MilestoneResult | None:
    """The result of a milestone: written now, or as it was written before. None: a step that had nothing to do."""
    hashed = entry_hash(milestone)
    known = timeline.written().get(milestone.key)
    if known is None:
        result = await _written(session, milestone)
        if result:
            timeline.add(_row(session.case, milestone, hashed, result))
        elif not milestone.after or session.clocks.touched():
            raise _never("ResultMissing", f"{milestone.key} gave no result")
        return result
    if known.entry_hash != hashed:
        raise _never("KeyReused", f"{milestone.key} of case {known.case_id} was written with other content")
    return _as_it_stands(session, _RESULT.validate_python(known.outcome))


def _row(case: CaseRow, milestone: Milestone, hashed: bytes, result: MilestoneResult) -> MilestoneRow:
    """The next row of the timeline; the case counts it."""
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
    )


def _number(milestone: Milestone) -> int:
    """The number of the fact that led to an entry, which ends its key; 0: none did, or a person's action."""
    number = milestone.key.rpartition("#")[2]
    return int(number) if number.isdecimal() else 0


def _as_it_stands(session: CaseSession, result: MilestoneResult) -> MilestoneResult:
    """What came of a milestone taken again: as it was, but for its clocks, which a later one may have moved since."""
    running = session.clocks.all() if result.dues else {}
    return replace(result, dues=[_due(due.name, running.get(due.name)) for due in result.dues])


def _due(name: str, clock: ClockRow | None) -> Due:
    return Due(name) if clock is None or clock.paused else Due(name, clock.due_at, clock.warn_at, clock.owner)


async def _written(session: CaseSession, milestone: Milestone) -> MilestoneResult | None:
    what = MilestoneName.known(milestone.what)
    if what is None:
        raise _never("MilestoneUnknown", f"unknown milestone {milestone.what}")
    session.turn_to(milestone)
    result = WRITERS[what](session, milestone)
    return await result if isawaitable(result) else result


def entry_hash(milestone: Milestone) -> bytes:
    """Hash of what an entry says. Its moment is left out: a decision that was forgotten is taken again later."""
    until = milestone.until.timestamp() if milestone.until else None
    said = [
        milestone.what,
        milestone.who,
        milestone.why,
        milestone.subject,
        milestone.code,
        milestone.quantity,
        until,
        milestone.fact,
    ]
    return sha256(json.dumps(said).encode()).digest()


def _never(kind: str, says: str) -> ApplicationError:
    return ApplicationError(says, type=kind, non_retryable=True)
