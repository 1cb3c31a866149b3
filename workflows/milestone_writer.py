"""Writes the milestones of a case. The milestones of one moment are written by one activity, in one transaction.

A moment is one activation of the workflow: everything that its coroutines do before they all wait again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from activities.case_record import CaseRecord, Writing
    from handoff.case.dispatch import learn, take
    from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
    from handoff.case.state import STAGES, CaseState
    from handoff.vocabulary.states import Stage
    from handoff.vocabulary.words import EventKind, MilestoneName
    from workflows.details import state_in_words
    from workflows.earlier_builds import decide_as_then
    from workflows.logs import StoryLog
    from workflows.retries import AT_ONCE, UNTIL_DONE
    from workflows.step import Steps, paired, with_steps
    from workflows.summaries import milestones_in_words

STAGE = SearchAttributeKey.for_keyword("HandoffStage")
OVERDUE = SearchAttributeKey.for_bool("HandoffOverdue")
# These cannot be taken back, so an ordinary activity writes them: the decision is in the history before it is written.
# The same holds for a person's actions: if a workflow task is lost, Temporal may never tell its updates again.
LASTING = {MilestoneName.CLOSED}
AT_MOST = 50  # milestones in one write, steps not counted: it has 2 s, and its input or result at most 2 MiB
WAITING = 10 * AT_MOST  # pending milestones above which events wait, in runs that are not `one_by_one`
SETTLED = 2  # rounds without a new milestone that end a moment


class MilestoneWriter:
    """Collects milestones, writes them, and passes the results to the case and to the coroutines that wait for them.

    Attributes:
        one_by_one: whether `Turns` orders what the case hears. False: a run that an earlier build began, in which all
            that came together was heard together.
    """

    def __init__(self, case: CaseState, steps: Steps, *, one_by_one: bool) -> None:
        self.case, self.one_by_one = case, one_by_one
        self.steps = steps
        self.log = StoryLog(case.case)
        self._pending: list[Milestone] = []
        self._lasting: set[str] = set()  # keys of pending milestones of a person's action
        self._early: list[CaseEvent] = []  # events to be tried again; empty when a run continues as new
        self._writing = False
        self._wrote_at = 0
        self._awaited: dict[str, asyncio.Future[MilestoneResult | None]] = {}

    @property
    def quiet(self) -> bool:
        """Whether nothing has to be written, and no event has to be tried again."""
        return not (self._pending or self._writing or self._early)

    @property
    def wrote(self) -> bool:
        """Whether a local activity wrote in this workflow task. History shows nothing of it before the task ends."""
        return self._wrote_at == workflow.info().get_current_history_length()

    def hear(self, event: CaseEvent) -> None:
        """Apply a fact from an institution, with the same effect as if it had come alone.

        A plan may come in one batch with its assessment, or a decision with its plan. It would be refused while the
        earlier fact is still being written. So it is tried again after the write, together with all later facts.
        Facts also wait while a whole write is pending: an activation has 2 s, and thousands at once would block it.
        """
        if event.kind == EventKind.PERSON_DIED:
            self.case.death_waits = workflow.patched("death-waits")  # it closed the case at once in earlier builds
        decide_as_then(self.case, event)
        at_most = AT_MOST if self.one_by_one else WAITING
        later = bool(self._early) or len(_without_steps(self._pending)) >= at_most
        entries = [] if later else take(self.case, event)
        if later or (entries[0].what == MilestoneName.SET_ASIDE and not self.quiet):
            self._early.append(event)
        else:
            self.note(entries)

    def note(self, entries: Sequence[Milestone]) -> list[Milestone]:
        """Add milestones to those to be written, each followed by its steps. Returns them all, without waiting."""
        now = workflow.now()
        noted = [step for entry in entries for step in with_steps(replace(entry, known_at=now), self.steps)]
        self._pending += noted
        return noted

    async def write(
        self, entries: Sequence[Milestone], *, lasting: bool = False
    ) -> list[tuple[Milestone, MilestoneResult]]:
        """Write milestones, each followed by its steps. Returns those that were written, with their results.

        `lasting`: they are in history before they are written, as those of `LASTING` are.
        """
        if lasting:
            self._lasting |= {entry.key for entry in entries}
        waits = [(entry, self._awaited.setdefault(entry.key, asyncio.Future())) for entry in self.note(entries)]
        return [(entry, result) for entry, wait in waits if (result := await wait)]

    async def milestone(self, what: MilestoneName, cause: str, subject: str = "", *, code: str = "") -> MilestoneResult:
        """Write a milestone of the workflow itself, such as an offer. `cause`: the key of what made it necessary."""
        now = (what == MilestoneName.CLOSED and self.case.ended_at) or workflow.now()
        key = f"{what}:{subject}:{cause}" if subject else f"{what}:{cause}"
        asked_for = line.asked_for if (line := self.case.lines.get(subject)) else None
        milestone = Milestone(key, what, now, why=cause, subject=subject, code=code, until=asked_for)
        [(_, result), *_] = await self.write([milestone])
        return result

    def begin(self, stage: Stage) -> None:
        """Set the stage of the case, also as search attribute in Temporal. The stage never goes back."""
        if STAGES.index(stage) > STAGES.index(self.case.stage):
            self.case.stage = stage
            self.log.info("stage", stage=stage)
            self._mark()

    def groups(self) -> list[workflow.EventGroup]:
        """The event groups of the current stage: Temporal's UI shows the events of a stage together."""
        return [workflow.create_event_group(self.case.stage)]

    async def keep(self) -> None:
        """Write moment after moment, until cancelled."""
        while True:
            await workflow.wait_condition(lambda: bool(self._pending))
            await self.settled()
            entries, self._writing = self._next_part(), True
            for entry, result in paired(entries, await self._written(entries)):
                self._learn(entry, result)
            await self.settled()  # a coroutine that got a result may begin a stage
            self._writing = False
            early, self._early = self._early, []
            for event in early:
                self.hear(event)
            self._show()

    def _next_part(self) -> list[Milestone]:
        """The milestones of the next write. A milestone and its steps are always in the same write.

        Steps are not counted: histories of builds without steps have `AT_MOST` milestones in a write.
        """
        own = [place for place, entry in enumerate(self._pending) if not entry.after]
        end = own[AT_MOST] if len(own) > AT_MOST else len(self._pending)
        part, self._pending = self._pending[:end], self._pending[end:]
        return part

    def _learn(self, entry: Milestone, result: MilestoneResult | None) -> None:
        """Apply the result of a milestone. None: a step was not necessary, or an older build did not know it."""
        if result:
            learn(self.case, entry, result)
            self.case.written = entry.key
        self._lasting.discard(entry.key)
        waiting = self._awaited.pop(entry.key, None)
        if waiting and not waiting.done():
            waiting.set_result(result)

    async def settled(self) -> None:
        """Wait until no coroutine of this activation adds a milestone."""
        rounds, seen = 0, len(self._pending)
        while rounds < SETTLED:
            await workflow.wait_condition(_next_round)
            rounds = rounds + 1 if seen == len(self._pending) else 0
            seen = len(self._pending)

    async def _written(self, entries: list[Milestone]) -> list[MilestoneResult]:
        writing = Writing(self.case.case, entries, self.case.written, with_steps=True, one_by_one=self.one_by_one)
        certain = _without_steps(entries)  # in histories the activity's id consists of these
        names, summary = "+".join(entry.what for entry in certain), milestones_in_words(self.case.case, certain)
        if not any(entry.what in LASTING or entry.key in self._lasting for entry in entries):
            try:
                results = await workflow.execute_local_activity_method(
                    CaseRecord.write_milestones,
                    writing,
                    activity_id=names,
                    summary=summary,
                    event_groups=self.groups(),
                    **AT_ONCE,
                )
            except FailureError as error:  # for a local activity the SDK raises the cause, not an ActivityError
                self._hold_if_refused(error)
                self.log.info("written_later", milestones=names)
            else:
                self._wrote_at = workflow.info().get_current_history_length()  # a long task has grown meanwhile
                return results
        try:
            return await workflow.execute_activity_method(
                CaseRecord.write_milestones, writing, summary=summary, event_groups=self.groups(), **UNTIL_DONE
            )
        except FailureError as error:
            self._hold_if_refused(error)
            raise

    def _hold_if_refused(self, error: FailureError) -> None:
        """Hold the case if a write can never succeed. Any other failed write is tried again by the caller.

        Raises:
            RuntimeError: the write can never succeed. This fails the workflow task and not the workflow, so that the
                case goes on when a mended worker runs.
        """
        cause = error.cause if isinstance(error, ActivityError) else error
        if isinstance(cause, ApplicationError) and cause.non_retryable:
            self.log.error("refused_for_good", error=cause.type)
            raise RuntimeError(f"the record refuses for good: {cause.type}") from error

    def _show(self) -> None:
        """Update the case's page in Temporal's UI: what is next, who owns it, and whether anything is overdue."""
        self._mark()
        workflow.set_current_details(state_in_words(self.case))

    def _mark(self) -> None:
        """Set the search attributes of the case. Those that already have the value are left out, to save an event."""
        marked, stage, overdue = workflow.info().typed_search_attributes, self.case.stage, bool(self.case.overdue)
        updates: list[SearchAttributeUpdate[Any]] = []
        if marked.get(STAGE) != stage:
            updates.append(STAGE.value_set(stage))
        if bool(marked.get(OVERDUE)) != overdue:
            updates.append(OVERDUE.value_set(overdue))
        if updates:
            workflow.upsert_search_attributes(updates, event_groups=self.groups())


def _without_steps(entries: Sequence[Milestone]) -> list[Milestone]:
    return [entry for entry in entries if not entry.after]


def _next_round() -> bool:
    return True
