"""The record of a case, read from the beginning of its timeline, as `rebuilt` asks it for the fields of the state."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property

from handoff.case.clocks import ring_key
from handoff.case.events_again import told_again
from handoff.case.messages import CaseEvent
from handoff.case.record_rows import RowsOfCase, StandingCase, StandingClock, TimelineRow
from handoff.case.results_again import answered_again
from handoff.case.state import CaseState
from handoff.timezone import KST
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import MilestoneName


@dataclass(frozen=True)
class RecordReading:
    """A record, with what its timeline says when it is read from the beginning.

    Attributes:
        rows: the record.
        cause: key of the rebuild. What the workflow writes next has it as its cause, so that no key comes twice.
    """

    rows: RowsOfCase
    cause: str

    @cached_property
    def told(self) -> CaseState:
        """What the words about the person make of a case: of whereabouts, death and restrictions."""
        return told_again(self.rows)

    @cached_property
    def answered(self) -> CaseState:
        """What the answers of the record made of the case: of its assessment, plan and clocks."""
        return answered_again(self.rows)

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of all milestones."""
        return frozenset(row.key for row in self.rows.timeline)

    @property
    def running(self) -> list[StandingClock]:
        """The clocks that have not ended and do not stand still."""
        return [clock for clock in self.rows.clocks if not clock.paused]

    def zone(self, clock: StandingClock) -> tzinfo:
        """The time zone in which the workflow knew a clock."""
        due = self.answered.dues.get(clock.name)
        return (due and due.due_at and due.due_at.tzinfo) or UTC

    def rang(self, what: MilestoneName, clock: StandingClock) -> bool:
        """Whether a clock has warned or run out at the moment that it has now."""
        moments = (clock.due_at.astimezone(zone) for zone in (self.zone(clock), UTC, KST))
        return not self.keys.isdisjoint(ring_key(what, clock.name, moment) for moment in moments)

    @property
    def served(self) -> bool:
        """Whether a completed visit was ever recorded. A correction may have taken it back."""
        rows = (row for row in self.rows.timeline if row.what == MilestoneName.VISIT_COMPLETED and row.result)
        return any(row.result and row.result.verdict == Verdict.COMPLETED for row in rows)

    @property
    def at_home(self) -> bool:
        """Whether visits can be planned: the person is at home, and nothing has stopped them."""
        stopped = self.told.stands or self.rows.case.death or self.rows.case.closing
        return self.dated.discharged_at is not None and not stopped

    @property
    def dated(self) -> CaseState | StandingCase:
        """The dates by the words that were told. Without any word that can be read, the row of the case has them."""
        return self.told if self.told.words else self.rows.case

    def last(self, *names: MilestoneName) -> TimelineRow | None:
        """The last row of one of these milestones."""
        return next((row for row in reversed(self.rows.timeline) if row.what in names), None)

    def event(self, row: TimelineRow | None) -> CaseEvent | None:
        """The event that led to a row; None: there is none."""
        return self.rows.events.get(row.cause) if row else None
