"""The record of a case: what the story decided, written in one transaction, each thing once."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.case_session import CaseSession, MilestoneContext
from activities.dispatch import WRITERS
from handoff.case.messages import Due, Milestone, MilestoneResult
from handoff.profile.model import Profile
from handoff.store.record.clocks import ClockRow
from handoff.store.record.timeline import MilestoneRow, Timeline
from handoff.store.record.unit_of_work import CaseRows, RowsWanted
from handoff.store.vault import Vault

_OUTCOME = TypeAdapter(MilestoneResult)


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
            ApplicationError: `CaseUnknown`, `MilestoneUnknown`, or `KeyReused` when a key comes again with other
                content: none of them is tried again. `RecordBehind` when the record has lost what was written before,
                as after a restore: that is tried again until somebody has compared the two.
        """
        async with self.engine.begin() as conn:
            return await self._write(conn, writing)

    async def _write(self, conn: AsyncConnection, writing: Writing) -> list[MilestoneResult]:
        folder = CaseRows(conn, _wanted(writing))
        case = await folder.take_out(writing.case)
        if case is None:
            raise _never("CaseUnknown", f"no case {writing.case}")
        if writing.after and writing.after not in folder.timeline.written():
            raise ApplicationError(f"the record of {writing.case} lacks {writing.after}", type="RecordBehind")
        profile = self.profiles(case.profile, case.profile_version)
        page = CaseSession(MilestoneContext(conn, self.vault, profile, self.now()), case, folder)
        book = _Book(folder.timeline, page)
        outcomes = [await book.outcome(entry) for entry in writing.entries]
        if page.case.entries > case.entries:
            await page.close()
        return outcomes


def _wanted(writing: Writing) -> RowsWanted:
    entries = writing.entries
    lines = {".".join(entry.subject.split(".")[:2]) for entry in entries}  # a line's own id begins those of its visits
    return RowsWanted([writing.after, *(entry.key for entry in entries)], {entry.fact for entry in entries}, lines)


class _Book:
    """The timeline of a case, as far as this writing needs it."""

    def __init__(self, timeline: Timeline, session: CaseSession) -> None:
        self._timeline, self._page = timeline, session

    async def outcome(self, milestone: Milestone) -> MilestoneResult:
        """What came of an entry: written now, or as it was written before."""
        hashed = entry_hash(milestone)
        known = self._timeline.written().get(milestone.key)
        if known is None:
            outcome = await _written(self._page, milestone)
            self._add(milestone, hashed, outcome)
            return outcome
        if known.entry_hash != hashed:
            raise _never("KeyReused", f"{milestone.key} of case {known.case_id} was written with other content")
        return _as_it_stands(self._page, _OUTCOME.validate_python(known.outcome))

    def _add(self, milestone: Milestone, hashed: bytes, result: MilestoneResult) -> None:
        case = self._page.case
        self._page.update(entries=case.entries + 1, acted=max(case.acted, _number(milestone)))
        self._timeline.add(
            MilestoneRow(
                case_id=case.case_id,
                seq=case.entries + 1,
                key=milestone.key,
                what=milestone.what,
                who=milestone.who,
                why=milestone.why,
                subject=milestone.subject,
                code=milestone.code,
                occurred_at=milestone.at,
                known_at=milestone.now,
                entry_hash=hashed,
                outcome=_OUTCOME.dump_python(result, mode="json"),
            )
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


async def _written(session: CaseSession, entry: Milestone) -> MilestoneResult:
    milestone = WRITERS.get(entry.what)
    if milestone is None:
        raise _never("MilestoneUnknown", f"no milestone is called {entry.what}")
    session.turn_to(entry)
    return await milestone(session, entry)


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
