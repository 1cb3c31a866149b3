"""The one writer of a case: what comes up in one moment is written in one transaction."""

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
    from handoff.vocabulary.words import MilestoneName
    from workflows.details import state_in_words
    from workflows.logs import StoryLog
    from workflows.retries import AT_ONCE, UNTIL_DONE
    from workflows.step import Steps, paired, with_steps
    from workflows.summaries import milestones_in_words

STAGE = SearchAttributeKey.for_keyword("HandoffStage")
OVERDUE = SearchAttributeKey.for_bool("HandoffOverdue")
LASTING = {MilestoneName.CLOSED}  # cannot be taken back: its decision is in history before it is written
AT_MOST = 50  # entries in one write: it has 2 s, and Temporal refuses an activity's input or answer above 2 MiB
WAITING = 10 * AT_MOST  # entries still to be written, behind which no more is taken up: an activation has 2 s
SETTLED = 2  # rounds without a new entry that end a moment


class MilestoneWriter:
    """Gathers milestones, writes them, and lets the case and whoever waits learn the outcomes."""

    def __init__(self, case: CaseState, steps: Steps) -> None:
        self.case = case
        self.steps = steps
        self.log = StoryLog(case.case)
        self._pending: list[Milestone] = []
        self._early: list[CaseEvent] = []  # never carried: a chapter ends when all is quiet
        self._writing = False
        self._awaited: dict[str, asyncio.Future[MilestoneResult | None]] = {}

    @property
    def quiet(self) -> bool:
        """Nothing is left to write, or to hear again."""
        return not (self._pending or self._writing or self._early)

    def hear(self, event: CaseEvent) -> None:
        """Take up what an institution told, as if each word had come alone.

        What would be refused while something is still being written waits until that is learned, with all that comes
        after it: a plan may come in one batch with its assessment, or a decision with its plan. So does what comes
        behind a great many: taking up thousands at once would hold up the worker.
        """
        later = bool(self._early) or len(self._pending) >= WAITING
        entries = [] if later else take(self.case, event)
        if later or (entries[0].what == MilestoneName.SET_ASIDE and not self.quiet):
            self._early.append(event)
        else:
            self.note(entries)

    def note(self, entries: Sequence[Milestone]) -> list[Milestone]:
        """Have milestones written, each with its steps, in order, without waiting for it. Returns all of them."""
        now = workflow.now()
        noted = [step for entry in entries for step in with_steps(replace(entry, known_at=now), self.steps)]
        self._pending += noted
        return noted

    async def write(self, entries: Sequence[Milestone]) -> list[tuple[Milestone, MilestoneResult]]:
        """Have milestones written, each with its steps, and wait for the results of those that were written."""
        waits = [(entry, self._awaited.setdefault(entry.key, asyncio.Future())) for entry in self.note(entries)]
        return [(entry, result) for entry, wait in waits if (result := await wait)]

    async def milestone(self, what: MilestoneName, cause: str, subject: str = "", *, code: str = "") -> MilestoneResult:
        """Write a milestone of the story's own making; `cause` names what made it necessary."""
        now = workflow.now()
        key = f"{what}:{subject}:{cause}" if subject else f"{what}:{cause}"
        asked_for = line.asked_for if (line := self.case.lines.get(subject)) else None
        milestone = Milestone(key, what, now, why=cause, subject=subject, code=code, until=asked_for)
        [(_, result), *_] = await self.write([milestone])
        return result

    def begin(self, stage: Stage) -> None:
        """The story reaches a stage; whoever searches Temporal sees it."""
        if STAGES.index(stage) > STAGES.index(self.case.stage):
            self.case.stage = stage
            self.log.info("stage", stage=stage)
            self._mark()

    def groups(self) -> list[workflow.EventGroup]:
        """The groups of what the story does now: Temporal's pages show the events of a stage together."""
        return [workflow.create_event_group(self.case.stage)]

    async def keep(self) -> None:
        """Write for as long as the case lives, one moment after the other."""
        while True:
            await workflow.wait_condition(lambda: bool(self._pending))
            await self._moment_over()
            entries, self._writing = self._next_part(), True
            for entry, result in paired(entries, await self._written(entries)):
                self._learn(entry, result)
            await self._moment_over()  # whoever has learned something may begin a stage
            self._writing = False
            early, self._early = self._early, []
            for told in early:
                self.hear(told)
            self._show()

    def _next_part(self) -> list[Milestone]:
        """What is written next; a milestone is never parted from its steps."""
        end = min(AT_MOST, len(self._pending))
        while end < len(self._pending) and self._pending[end].after:
            end += 1
        part, self._pending = self._pending[:end], self._pending[end:]
        return part

    def _learn(self, entry: Milestone, result: MilestoneResult | None) -> None:
        """Take in the result of a milestone; None: a step that was not necessary, or not known to an older build."""
        if result:
            learn(self.case, entry, result)
            self.case.written = entry.key
        waiting = self._awaited.pop(entry.key, None)
        if waiting and not waiting.done():
            waiting.set_result(result)

    async def _moment_over(self) -> None:
        """Let everybody who woke up in this moment add what they have to say."""
        rounds, seen = 0, len(self._pending)
        while rounds < SETTLED:
            await workflow.wait_condition(_next_round)
            rounds = rounds + 1 if seen == len(self._pending) else 0
            seen = len(self._pending)

    async def _written(self, entries: list[Milestone]) -> list[MilestoneResult]:
        writing = Writing(self.case.case, entries, self.case.written)
        certain = [entry for entry in entries if not entry.after]  # histories name the activity after these
        names, said = "+".join(entry.what for entry in certain), milestones_in_words(self.case.case, certain)
        if not any(entry.what in LASTING for entry in entries):
            try:
                return await workflow.execute_local_activity_method(
                    CaseRecord.write_milestones,
                    writing,
                    activity_id=names,
                    summary=said,
                    event_groups=self.groups(),
                    **AT_ONCE,
                )
            except FailureError as error:  # of a local activity the SDK raises the cause itself
                self._hold_if_refused(error)
                self.log.info("written_later", milestones=names)
        try:
            return await workflow.execute_activity_method(
                CaseRecord.write_milestones, writing, summary=said, event_groups=self.groups(), **UNTIL_DONE
            )
        except FailureError as error:
            self._hold_if_refused(error)
            raise

    def _hold_if_refused(self, error: FailureError) -> None:
        """A write that only lacked time is tried on; one that can never succeed holds the case.

        Raises:
            RuntimeError: fails the workflow task, not the case: it goes on when a mended worker takes it up.
        """
        cause = error.cause if isinstance(error, ActivityError) else error
        if isinstance(cause, ApplicationError) and cause.non_retryable:
            self.log.error("refused_for_good", error=cause.type)
            raise RuntimeError(f"the record refuses for good: {cause.type}") from error

    def _show(self) -> None:
        """Keep Temporal's own page of the case true: what is next, whose it is, and whether anything is overdue."""
        self._mark()
        workflow.set_current_details(state_in_words(self.case))

    def _mark(self) -> None:
        """Mark the case for whoever searches; what is marked so already costs no event."""
        marked, stage, overdue = workflow.info().typed_search_attributes, self.case.stage, bool(self.case.overdue)
        updates: list[SearchAttributeUpdate[Any]] = []
        if marked.get(STAGE) != stage:
            updates.append(STAGE.value_set(stage))
        if bool(marked.get(OVERDUE)) != overdue:
            updates.append(OVERDUE.value_set(overdue))
        if updates:
            workflow.upsert_search_attributes(updates, event_groups=self.groups())


def _next_round() -> bool:
    return True
