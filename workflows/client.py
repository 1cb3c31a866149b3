"""The only code that knows workflow ids and task queues: everybody else speaks of cases."""

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
# Seconds that a person waits for an answer. A worker that dies takes what it was just given along for ten of them
# (Temporal's time-out of a workflow task, and of a sticky queue): the one that is started again still answers in time.
ACT_WITHIN = 25.0
TELL_WITHIN = 15.0  # seconds; the SDK itself tries for ten of them
SIGNAL_BYTES = 500_000  # of facts in one signal: the SDK warns above 512 KiB, Temporal refuses above 2 MiB for ever
# Only these say that Temporal itself does not answer. RESOURCE_EXHAUSTED is none of them: it also means that one case
# is told too much at once, or that a message is too large.
_AWAY = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
_JSON = default().payload_converter
BETWEEN_CHAPTERS = 0.2  # seconds until a case that continues as new can be told again


class NotDoneError(Exception):
    """Not known to be done, and nothing is known to be wrong: the text says whether it may yet be done. Try again."""


class RefusedError(Exception):
    """The case refuses, and says why and what can be done instead; `code` names the reason."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(says)
        self.code = code


def workflow_id(case: str) -> str:
    """A case is one workflow under one id for life."""
    return f"{_PREFIX}{case}"


def case_of(workflow: str) -> str:
    """The case of a workflow id; "" if it is none of ours."""
    return workflow.removeprefix(_PREFIX) if workflow.startswith(_PREFIX) else ""


def in_one_signal(facts: Sequence[CaseEvent]) -> int:
    """How many of these facts, from the first on, one signal holds by their size; at least one."""
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
        municipality: its name, for Temporal's page of a case; "": that names the case only.
    """

    client: Client
    municipality: str = ""

    async def tell(self, case: str, facts: Sequence[CaseEvent], *, opened: bool) -> Literal["told", "closed"]:
        """Tell a case its facts; `opened` starts it where it has not begun. Telling twice is harmless.

        Raises:
            NotDoneError: Temporal does not answer.
            RPCError: it answers, and refuses this.
        """
        message = Facts(list(facts))
        try:
            async with asyncio.timeout(TELL_WITHIN):
                if opened:
                    await self._start(case, message)
                else:
                    await self._handle(case).signal(DischargeHandoff.tell, message)
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
        """Do what a person decided; `once` names the action, so that a retry does it once.

        Raises:
            RefusedError: the case cannot do this now.
            NotDoneError: nobody answered; it may yet be done, as Temporal keeps what it was told for a worker to come.
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
                raise RefusedError("case-closed", "This case is closed, or has not begun yet.") from error
            raise NotDoneError(_maybe_done("Temporal does not answer", case)) from error

    async def state(self, case: str) -> CaseState:
        """Where the case stands, as the workflow itself sees it."""
        return await _between_chapters(lambda: self._handle(case).query(DischargeHandoff.state))

    def _handle(self, case: str) -> "WorkflowHandle[DischargeHandoff, str]":
        return self.client.get_workflow_handle_for(DischargeHandoff.run, workflow_id(case))

    async def _start(self, case: str, facts: Facts) -> None:
        await self.client.start_workflow(
            DischargeHandoff.run,
            Begin(case),
            id=workflow_id(case),
            task_queue=TASK_QUEUE,
            search_attributes=_first_stage(facts),
            static_summary=case_in_words(case, self.municipality),
            start_signal="tell",
            start_signal_args=[facts],
            # What ended by itself is closed for good; what was ended from outside begins again by its first fact.
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )

    async def _update(self, case: str, event: CaseEvent, once: str) -> Done:
        handle = self._handle(case)
        # The SDK's types forget that an update with a description is awaited.
        return await _between_chapters(
            lambda: handle.execute_update(DischargeHandoff.act, event, id=once)  # type: ignore[arg-type]
        )


async def _between_chapters(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask again while the case continues as new: nobody answers in between, and the SDK does not ask again."""
    return await again_after(BETWEEN_CHAPTERS)(_is_between_chapters, ask)


def _is_between_chapters(error: Exception) -> bool:
    return isinstance(error, RPCError) and error.status == RPCStatusCode.FAILED_PRECONDITION


def _maybe_done(why: str, case: str) -> str:
    """What a person can know and do when no answer came."""
    return (
        f"{why}; it may yet be done: look at `handoff show {case}`. If a part is not ready (`handoff status`), start "
        "it; then try again: the same command is done only once."
    )


def _first_stage(facts: Facts) -> TypedSearchAttributes:
    """Where the case will stand after its first moment, which saves marking it; the story corrects it where it errs."""
    consented = any(fact.consent == Consent.GIVEN for fact in facts.facts)
    return TypedSearchAttributes([SearchAttributePair(STAGE, Stage.ASSESSMENT if consented else Stage.CONSENT)])


def _refused(error: WorkflowUpdateFailedError) -> RefusedError:
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return RefusedError(cause.type or "refused", cause.message)
    return RefusedError("refused", str(cause))
