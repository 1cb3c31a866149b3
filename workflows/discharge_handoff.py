"""The handoff of one discharged person to community care, from the hospital's notice to the end of support."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from handoff.case.dispatch import refusal, take
    from handoff.case.messages import CaseEvent
    from handoff.case.state import CaseState
    from handoff.vocabulary.words import EventKind
    from workflows.details import state_in_words
    from workflows.earlier_builds import decide_as_then
    from workflows.messages import Begin, Done, Facts

from workflows.assessment import Assessment
from workflows.cancellation import Cancellation, unharmed
from workflows.clocks import Clocks
from workflows.closing import Closing
from workflows.consent import Consent
from workflows.milestone_writer import MilestoneWriter
from workflows.plans import Plans
from workflows.provider_offers import ProviderOffers
from workflows.steps import STEPS
from workflows.turns import Turns

NEXT_TASK = 0.001  # seconds: the shortest timer, with which the next workflow task begins; the server takes up to 1 s
ANSWERS = 100  # of the last actions that a run keeps for the next one


@workflow.defn
class DischargeHandoff:
    """The workflow of one case. It has the same workflow id in all its runs."""

    @workflow.init
    def __init__(self, begin: Begin) -> None:
        self.case = begin.carried or CaseState(begin.case)
        # A run that an earlier build continued as new does not say so, and has nothing but its state yet.
        one_by_one = begin.one_by_one or (begin.carried is not None and workflow.patched("one-by-one"))
        self.record = MilestoneWriter(self.case, STEPS, one_by_one=one_by_one)
        self.turns = Turns(self.case, self.record)
        self.clocks = Clocks(self.case, self.record, self.turns)
        self.consent = Consent(self.case)
        self.assessment = Assessment(self.case, self.record)
        self.plans = Plans(self.case, self.record)
        self.offers = ProviderOffers(self.case, self.record)
        self.closing = Closing(self.case, self.record)
        self.cancellation = Cancellation(self.case, self.record, self.turns)
        self.chapter_events = begin.chapter_events
        self.actions_first, self.answered = begin.actions_first, dict(begin.answered)

    @workflow.run
    async def run(self, begin: Begin) -> str:
        """Run the steps of care until support ends. `Interruption` lists what may interrupt them.

        Returns the end: `reason-1` to `reason-5`, or `outcome-X`. A cancellation request from outside ends nothing.
        """
        workflow.set_current_details(state_in_words(self.case))
        return await unharmed(asyncio.create_task(self._life(begin), name="life"))

    async def _life(self, begin: Begin) -> str:
        parts = {
            "record": self.record.keep(),
            "clocks": self.clocks.watch(),
            "care": self._care(),
            "cancellation": self.cancellation.noted(),
        }
        living = [asyncio.create_task(part, name=name) for name, part in parts.items()]
        await self._lived(living)
        for part in living:
            if part.done():
                part.result()
        if not self.case.end:
            self.record.log.info("next_chapter")
            workflow.continue_as_new(
                Begin(
                    begin.case,
                    self.case,
                    one_by_one=True,
                    actions_first=True,
                    chapter_events=begin.chapter_events,
                    answered=dict(list(self.answered.items())[-ANSWERS:]),
                ),
                initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE,
            )
        await self.closing.closed()
        self.record.log.info("ended", end=self.case.end)
        return self.case.end

    async def _lived(self, living: Sequence[asyncio.Task[None]]) -> None:
        """Wait until the case or this run is over, or a part has failed.

        A run ends in a workflow task that writes nothing. If a signal comes just then, Temporal refuses the end, and
        nothing of the task is in history: what it had written would stand in the record alone.
        """

        def stopped() -> bool:
            return bool(self.case.end) or any(part.done() for part in living)

        while True:
            await workflow.wait_condition(lambda: self._over() or stopped())
            if stopped():
                return
            await self.record.settled()
            if self.record.wrote and self.actions_first:
                with suppress(TimeoutError):
                    await workflow.wait_condition(stopped, timeout=NEXT_TASK)
            elif self._over():
                return

    async def _care(self) -> None:
        """The order of care. Assessment, offers and visits wait while `CaseState.interruption` is set."""
        await self.consent.given()
        await self.assessment.requested()
        await self.assessment.done()
        await asyncio.gather(
            self.plans.approved(), self.plans.changes(), self.offers.every_line(), self.closing.reviewed()
        )

    @workflow.signal(description="Numbered facts from institutions. A number that was received before is skipped.")
    async def tell(self, facts: Facts) -> None:
        """Receive facts from institutions. A fact that comes again is skipped, by its number."""
        new = [fact for fact in facts.facts if self._is_new(fact)]
        async with self.turns.next(facts.told_at):
            for fact in new:
                self.record.hear(fact)

    def _is_new(self, fact: CaseEvent) -> bool:
        """Whether a fact has not been received before. It is from now on."""
        if fact.number <= self.case.number:
            return False
        self.case.number = fact.number
        return True

    @workflow.update(description="A person's action. It may be refused, with a code and a sentence.")
    async def act(self, event: CaseEvent) -> Done:
        """Apply a person's action, and return what was written.

        Temporal knows an update that comes again by its id, but only within a run. So a run tells the next one what it
        answered: the answer may be lost, and the action sent again, while the case continues as new.
        """
        if event.name in self.answered:
            return self.answered[event.name]
        async with self.turns.next():
            if event.kind == EventKind.CASE_CLOSED:
                self.case.close_waits = workflow.patched("close-waits")
            decide_as_then(self.case, event)
            if event.kind == EventKind.RECORD_CORRECTED:
                self.case.lines_reopen = workflow.patched("lines-reopen")
            written = await self.record.write(take(self.case, event), lasting=self.actions_first)
        results = [result for _, result in written]
        done = Done(
            [milestone.what for milestone, _ in written],
            [result.verdict for result in results],
            [result.subject for result in results],
        )
        if self.actions_first:  # in a run of an earlier build it is heard again
            self.answered[event.name] = done
        return done

    @act.validator
    def _may_act(self, event: CaseEvent) -> None:
        if event.name in self.answered:
            return
        if refused := refusal(self.case, event):
            raise ApplicationError(refused.says, type=refused.code, non_retryable=True)

    @workflow.query(description="The state of the case in its workflow.")
    def state(self) -> CaseState:
        """The state of the case."""
        return self.case

    def _over(self) -> bool:
        """Whether this run ends: the case has ended, or the run is full and nothing is under way."""
        return bool(self.case.end) or (
            self._chapter_full() and self.record.quiet and self.turns.idle and workflow.all_handlers_finished()
        )

    def _chapter_full(self) -> bool:
        """Whether to continue as new: the history is long, or there is a newer build of the worker to move to."""
        info = workflow.info()
        suggested = info.is_continue_as_new_suggested() or info.is_target_worker_deployment_version_changed()
        return suggested or info.get_current_history_length() >= self.chapter_events
