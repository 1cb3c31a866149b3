"""Starts the workflows of cases, and sends them facts and actions.

This is the only code that knows workflow ids and task queues. Other code names a case by its id.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.converter import default
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState
from handoff.repeat import again_after
from handoff.vocabulary.states import Consent, Stage
from workflows.discharge_handoff import DischargeHandoff
from workflows.messages import Begin, Done, Facts
from workflows.milestone_writer import STAGE
from workflows.summaries import case_in_words

Answer = TypeVar("Answer")
TASK_QUEUE = "discharge-handoff"
_PREFIX = "handoff-"
# Seconds that a person waits for an answer. If a worker dies, its task is given to another worker after ten seconds
# (Temporal's time-out of a workflow task, and of a sticky queue). A restarted worker still answers in time.
ACT_WITHIN = 25.0
TELL_WITHIN = 15.0  # seconds; the SDK itself tries for ten of them
SIGNAL_BYTES = 500_000  # of facts in one signal: the SDK warns above 512 KiB, and Temporal always refuses above 2 MiB
# Only these codes mean that Temporal itself does not answer. RESOURCE_EXHAUSTED may also mean that one case gets too
# many messages at once, or that a message is too large.
_AWAY = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
_JSON = default().payload_converter
NO_RUN = "case-closed"  # code of a refusal: no run of the case takes it. The record knows whether the case is closed
BETWEEN_CHAPTERS = 0.2  # seconds until a message to a case that continues as new is sent again


class NotDoneError(Exception):
    """No answer came. The message may still take effect, unless the text says otherwise. Sending it again is safe."""


class RefusedError(Exception):
    """The case refuses an action. The text says why, and what can be done instead; `code` is the code of the reason."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(says)
        self.code = code


def workflow_id(case: str) -> str:
    """The workflow id of a case. It is the same for all runs of the case."""
    return f"{_PREFIX}{case}"


def case_of(workflow: str) -> str:
    """The case of a workflow id; "" if it is not the id of a case."""
    return workflow.removeprefix(_PREFIX) if workflow.startswith(_PREFIX) else ""


def in_one_signal(facts: Sequence[CaseEvent]) -> int:
    """How many of these facts, from the first on, fit into one signal by their size; at least one."""
    size = 0
    for number, fact in enumerate(facts):
        size += _JSON.to_payload(fact).ByteSize()
        if number and size > SIGNAL_BYTES:
            return number
    return len(facts)


@dataclass(frozen=True)
class Handoffs:
    """The running cases.

    Attributes:
        client: the connection to Temporal.
        municipality: its name, shown on Temporal's page of a case; "": the page shows the case only.
    """

    client: Client
    municipality: str = ""

    async def tell(self, case: str, facts: Facts, *, opened: bool) -> Literal["told", "closed"]:
        """Deliver facts to the workflow of a case. Delivering them twice changes nothing.

        `opened`: start the workflow if it does not run yet. Returns "closed" if the case has ended.

        Raises:
            NotDoneError: Temporal does not answer.
            RPCError: Temporal answers, and refuses the message.
        """
        try:
            async with asyncio.timeout(TELL_WITHIN):
                if opened:
                    await self._start(case, facts)
                else:
                    await self._handle(case).signal(DischargeHandoff.tell, facts)
        except WorkflowAlreadyStartedError:
            return "closed"
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return "closed"
            if error.status in _AWAY:
                raise NotDoneError(f"Temporal does not answer: {error.status.name}") from error
            raise
        except (OSError, RuntimeError) as error:  # TimeoutError is an OSError; RuntimeError: the SDK cannot connect
            raise NotDoneError("Temporal cannot be reached") from error
        return "told"

    async def act(self, case: str, event: CaseEvent, *, once: str) -> Done:
        """Send a person's action to a case, and wait for its result.

        `once` is the id of the action: if the same action is sent again, it is still done only once.

        Raises:
            RefusedError: the case cannot do this now.
            NotDoneError: nobody answered. Temporal keeps the action until a worker runs, so it may yet be done.
        """
        try:
            async with asyncio.timeout(ACT_WITHIN):
                return await self._update(case, event, once)
        except WorkflowUpdateFailedError as error:
            raise _refused(error) from error
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise NotDoneError(_maybe_done("Nobody answered in time", case)) from error
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                raise RefusedError(NO_RUN, "This case is closed, or has not begun yet.") from error
            raise NotDoneError(_maybe_done("Temporal does not answer", case)) from error

    async def state(self, case: str) -> CaseState:
        """The state of a case, from its workflow."""
        return await _between_chapters(lambda: self._handle(case).query(DischargeHandoff.state))

    def _handle(self, case: str) -> "WorkflowHandle[DischargeHandoff, str]":
        return self.client.get_workflow_handle_for(DischargeHandoff.run, workflow_id(case))

    async def _start(self, case: str, facts: Facts) -> None:
        await self.client.start_workflow(
            DischargeHandoff.run,
            Begin(case, one_by_one=True, actions_first=True),
            id=workflow_id(case),
            task_queue=TASK_QUEUE,
            search_attributes=_first_stage(facts),
            static_summary=case_in_words(case, self.municipality),
            start_signal="tell",
            start_signal_args=[facts],
            # A workflow that completed is never started again. If it was terminated, its first fact starts it again.
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )

    async def _update(self, case: str, event: CaseEvent, once: str) -> Done:
        handle = self._handle(case)
        # The SDK's types do not know that an update with a description may be awaited.
        return await _between_chapters(
            lambda: handle.execute_update(DischargeHandoff.act, event, id=once)  # type: ignore[arg-type]
        )


async def _between_chapters(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask again while the case continues as new. Meanwhile no run answers, and the SDK does not ask again."""
    return await again_after(BETWEEN_CHAPTERS)(_is_between_chapters, ask)


def _is_between_chapters(error: Exception) -> bool:
    return isinstance(error, RPCError) and error.status == RPCStatusCode.FAILED_PRECONDITION


def _maybe_done(why: str, case: str) -> str:
    """What to tell a person when no answer came."""
    return (
        f"{why}. It may yet be done: look at `handoff show {case}`. If a part is not ready (`handoff status`), start "
        "it. Then try again: the same command is done only once."
    )


def _first_stage(facts: Facts) -> TypedSearchAttributes:
    """The stage that the case will probably have at first, as search attribute. This saves the workflow an event.

    If the guess is wrong, the workflow corrects it.
    """
    consented = any(fact.consent == Consent.GIVEN for fact in facts.facts)
    return TypedSearchAttributes([SearchAttributePair(STAGE, Stage.ASSESSMENT if consented else Stage.CONSENT)])


def _refused(error: WorkflowUpdateFailedError) -> RefusedError:
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return RefusedError(cause.type or "refused", cause.message)
    return RefusedError("refused", str(cause))
