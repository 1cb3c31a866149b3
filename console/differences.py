"""Compares what a case's story writes when it is replayed with the rows of its timeline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from pydantic import TypeAdapter

from activities.case_record import entry_hash
from console.moments import local, stamp
from handoff.case.messages import Milestone, MilestoneResult
from handoff.store.intake import timeline
from handoff.store.queries.stored import StoredMilestone
from workflows.replay import Replayed, Written

_OUTCOME = TypeAdapter(MilestoneResult)
_NO_RUN = "no run of the story wrote it"
_SAID = ("what", "who", "why", "subject", "code", "corrects")


@dataclass(frozen=True)
class Difference:
    """One difference between record and story.

    Attributes:
        row: number of the row in the timeline; "" if there is no row.
        key: the key of the milestone.
        says: what differs.
    """

    row: str
    key: str
    says: str


@dataclass(frozen=True)
class Repair:
    """The repair of a case after a restore.

    Attributes:
        mended_at: when the case was repaired after it.
        taken_back: replays of the runs that the repair took back. The record has lost what they wrote before the
            restore, and has kept what they wrote between the restore and the repair.
    """

    mended_at: datetime
    taken_back: Sequence[Replayed]

    def wrote(self, row: StoredMilestone) -> bool:
        """Whether a run that was taken back wrote this row, before the repair."""
        written = (milestone for replayed in self.taken_back for milestone in replayed.written)
        return row.known_at < self.mended_at and any(
            milestone.entry.key == row.key and entry_hash(milestone.entry) == row.entry_hash for milestone in written
        )


def compared(
    rows: Sequence[StoredMilestone], replays: Sequence[Replayed], repair: Repair | None = None, since: int = 0
) -> list[Difference]:
    """All differences between a case's timeline and what its runs wrote when they were replayed.

    Args:
        rows: of the timeline.
        replays: of every run that is left.
        repair: the last repair after a restore, if any. The restore may have lost the run that wrote a row.
        since: number of the row of the last rebuild. The runs that wrote earlier rows are not among the replays.
    """
    written = [milestone for replayed in replays for milestone in replayed.written]
    asked = {key for replayed in replays for key in replayed.asked}
    by_key = {row.key: row for row in rows}
    return [
        *(difference for milestone in written for difference in _milestone(milestone, by_key.get(milestone.entry.key))),
        *(
            difference
            for row in rows
            if row.outcome is None or row.seq > since
            for difference in _without_story(row, asked, repair)
        ),
        *_numbers(rows),
        *_order(written, by_key),
    ]


def newest_is_unknown(rows: Sequence[StoredMilestone], differences: Sequence[Difference]) -> bool:
    """Whether no run wrote the last row of the story. It may be newer than the runs that were read."""
    last = next((row for row in reversed(rows) if row.outcome is not None), None)
    return last is not None and Difference(str(last.seq), last.key, _NO_RUN) in differences


def _milestone(written: Written, row: StoredMilestone | None) -> list[Difference]:
    entry = written.entry
    if row is None:
        return [Difference("", entry.key, f"the story wrote {entry.what}; the timeline has no such row")]
    return [Difference(str(row.seq), row.key, says) for says in _differing(written, row)]


def _differing(written: Written, row: StoredMilestone) -> Iterable[str]:
    entry = written.entry
    for name in _SAID:
        if getattr(row, name) != getattr(entry, name):
            yield f"{name}: the story wrote {getattr(entry, name)!r}, the row says {getattr(row, name)!r}"
    if row.entry_hash != entry_hash(entry):
        yield "its hash is not that of what the story wrote"
    answered = _OUTCOME.dump_python(written.outcome, mode="json")
    if row.known_at < entry.now:  # decided again: the result has the clocks of that later moment
        answered["dues"] = row.outcome["dues"] if row.outcome else []
    if row.outcome != answered:
        yield "its outcome is not what the story was answered"
    yield from _moments(entry, row)


def _moments(entry: Milestone, row: StoredMilestone) -> Iterable[str]:
    """Compares moments. A row may be older than the decision: Temporal lost the first one, and it was taken again."""
    again = row.known_at < entry.now
    dated = entry.at != entry.now  # from the event itself, so a second decision has the same
    if row.known_at > entry.now:
        yield f"known_at: the story knew at {stamp(entry.now)}, the row says {stamp(row.known_at)}"
    if row.occurred_at != entry.at and (dated or not again):
        yield f"occurred_at: the story wrote {stamp(entry.at)}, the row says {stamp(row.occurred_at)}"


def _without_story(row: StoredMilestone, asked: set[str], repair: Repair | None) -> list[Difference]:
    """Rows of intake have no outcome and are checked by their hash. All other rows need a run that asked for them."""
    number = str(row.seq)
    if row.outcome is not None:
        if row.key in asked or (repair and repair.wrote(row)):
            return []
        after = ""
        if repair and row.known_at < repair.mended_at:
            after = f"; its run may be lost: a restore was compared at {local(repair.mended_at)}"
        return [Difference(number, row.key, f"{_NO_RUN}{after}")]
    content = (row.what, row.who, row.why, row.subject, row.code, row.occurred_at)
    if row.key in asked or row.entry_hash == timeline.entry_hash(*content):
        return []
    return [Difference(number, row.key, "it was changed: its hash is not that of what it says")]


def _numbers(rows: Sequence[StoredMilestone]) -> list[Difference]:
    """Numbers that are missing. The rows of a case are numbered without a gap."""
    numbers = [0, *(row.seq for row in rows)]
    return [
        Difference(str(last + 1), "", f"the timeline has no row between {last} and {number}")
        for last, number in pairwise(numbers)
        if number != last + 1
    ]


def _order(written: Sequence[Written], rows: Mapping[str, StoredMilestone]) -> list[Difference]:
    """Rows in the wrong order. Decisions that were taken once stand in the order of the story."""
    pairs = [(milestone.entry, rows[milestone.entry.key]) for milestone in written if milestone.entry.key in rows]
    straight = [row for entry, row in pairs if row.known_at == entry.now]
    return [
        Difference(str(row.seq), row.key, f"in the story it comes before {after.key}, which is row {after.seq}")
        for row, after in pairwise(straight)
        if after.seq < row.seq
    ]
