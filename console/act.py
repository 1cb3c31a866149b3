"""A person's action: stored first, then sent to the case, which does it or refuses it with a reason."""

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from console.connections import Connections
from console.errors import NotFoundError
from events.readers.normal import to_json
from handoff.case.messages import CaseEvent
from handoff.fact import Fact
from handoff.store import persons
from handoff.store.intake.facts import CONTENT
from handoff.store.queries import actions, reads
from handoff.store.queries.actions import DESK, Acted
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.next_action import Next
from workflows.client import RefusedError
from workflows.messages import Done

PUT_AGAIN_WITHIN = timedelta(minutes=10)  # the same command after "not done" counts as the same action
PATIENCE = 3.0  # seconds without an answer after which the person reads what the command waits for
# Verdicts with which the record answers that nothing was changed.
NOT_TAKEN: Mapping[str, str] = {
    Verdict.GONE: "It is no longer open. Nothing was changed. `handoff show` lists what is open.",
    Verdict.UNFIT: "The line has not one weekday for each visit a week. Nothing was changed.",
    Verdict.IMPOSSIBLE: "The moment has passed, or the person is not at home then. Nothing was changed.",
    Verdict.REFUSED: "The plan was refused. Nothing was changed. Check its lines and submit it again.",
}


@dataclass(frozen=True)
class Action:
    """What a person decided.

    Attributes:
        kind: event type, such as `contact.made`.
        subject: id of the case, line, offer, visit or check that it is about.
        who: the code given with `--as`.
        code: reason, result or route.
        quantity: score, visits or version.
        until: the moment that the action names.
        body: further fields of this kind; codes and numbers only.
        counted: the moment was counted from now. The same command a little later is the same action.
        case_id: needed if the subject is a task, whose id does not begin with the case's id.
    """

    kind: str
    subject: str
    who: str
    code: str = ""
    quantity: int = 0
    until: datetime | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    counted: bool = False
    case_id: str = ""

    @property
    def case(self) -> str:
        """The id of the case: the ids of its parts begin with it."""
        return self.case_id or self.subject.partition(".")[0]

    @property
    def kept(self) -> dict[str, object]:
        """What is stored. When the action is repeated, a counted moment stays the first one."""
        counted = {"until": self.until.isoformat()} if self.until and self.counted else {}
        return {**self.body, **counted}

    def content(self) -> bytes:
        """What two equal actions have in common: everything but a counted moment."""
        until = self.until.isoformat() if self.until and not self.counted else ""
        words = [self.kind, self.subject, self.who, self.code, self.quantity, until, dict(self.body)]
        return json.dumps(words, sort_keys=True).encode()


@dataclass(frozen=True)
class ActionDone:
    """The result of an action: what was written, and the next action (None: there is none)."""

    action: Action
    done: Done
    following: Next | None


async def act(connections: Connections, action: Action) -> ActionDone:
    """Do what a person decided. Every action on a case goes through here.

    Raises:
        NotFoundError: there is no such case, offer, visit or check, or the case refuses the action.
        NotDoneError: no answer came, so the action may still be done. Repeating the command does it only once.
    """
    await connections.temporal()  # if it is away, nothing is stored
    acted = await _kept(connections, action)
    event = _event(action, acted)
    done = await _done_before(connections, action.case, event) or await _put(connections, acted, event)
    if done.milestones and done.milestones[0] == MilestoneName.SET_ASIDE:
        await _set_aside(connections, acted)
        look = connections.to_type(f"handoff show {action.case}")
        raise NotFoundError(f"The case has changed meanwhile, so nothing was done. See `{look}`.")
    async with connections.engine.begin() as conn:
        await actions.mark_done(conn, acted.fact_id, connections.now())
        following = await reads.next_of(conn, action.case, connections.now())
    if MilestoneName.TOLD_AFTER_CLOSING in done.milestones:
        look = connections.to_type("handoff tasks")
        raise NotFoundError(f"The case was closed meanwhile, so nothing was done. A task keeps it: see `{look}`.")
    if refused := next((NOT_TAKEN[verdict] for verdict in done.verdicts if verdict in NOT_TAKEN), None):
        raise NotFoundError(refused)
    return ActionDone(action, done, following)


async def _done_before(connections: Connections, case_id: str, event: CaseEvent) -> Done | None:
    """The result of an action that was done after the command stopped waiting. It is read from the timeline."""
    async with connections.engine.connect() as conn:
        entries = [row for row in await reads.timeline(conn, case_id) if row.key == f"{row.what}:{event.name}"]
    own = [row for row in entries if row.who == event.who]  # without what followed from it
    if not own:
        return None
    results = [row.outcome or {} for row in own]  # every milestone of the story has one
    verdicts, subjects = ([str(result[name]) for result in results] for name in ("verdict", "subject"))
    return Done([row.what for row in own], verdicts, subjects)


async def _put(connections: Connections, acted: Acted, event: CaseEvent) -> Done:
    handoffs = await connections.handoffs()
    impatient = asyncio.get_running_loop().call_later(PATIENCE, connections.say, "Waiting for the case to answer …")
    try:
        return await handoffs.act(acted.case_id, event, once=acted.message_id)
    except RefusedError as error:
        await _forget(connections, acted)
        raise NotFoundError(str(error)) from error
    finally:
        impatient.cancel()


def _event(action: Action, acted: Acted) -> CaseEvent:
    return CaseEvent(
        kind=action.kind,
        at=acted.occurred_at,
        who=action.who,
        fact=acted.fact_id,
        subject=action.subject if action.subject != action.case else "",
        code=action.code,
        quantity=action.quantity,
        until=datetime.fromisoformat(str(kept)) if (kept := acted.body.get("until")) else action.until,
    )


async def _kept(connections: Connections, action: Action) -> Acted:
    async with connections.engine.begin() as conn:
        case = await reads.case(conn, action.case)
        if case is None:
            raise NotFoundError(f"There is no case {action.case}. `handoff cases` lists the open ones.")
        digest = connections.vault.digest("content", action.content())
        if again := await actions.unanswered(conn, action.case, digest, since=connections.now() - PUT_AGAIN_WITHIN):
            return again
        if case.closed_at:
            raise NotFoundError(f"Case {action.case} is closed. A new discharge opens a new case.")
        if not await reads.exists(conn, action.subject):
            raise NotFoundError(f"There is no {action.subject}. `handoff show {action.case}` lists what there is.")
        return await _written(connections, conn, action, digest)


async def _written(connections: Connections, conn: AsyncConnection, action: Action, digest: bytes) -> Acted:
    now, message = connections.now(), str(uuid.uuid4())
    fact = Fact(action.kind, DESK, message, now, form=DESK, subject=action.subject, body=action.kept)
    person = await reads.person_of(conn, action.case)
    key = await persons.key(conn, connections.vault, person)
    row = Acted(0, message, action.kind, now, action.case, action.subject, action.kept, digest, person)
    return await actions.write(conn, row, key.seal(CONTENT, to_json(fact)))


async def _forget(connections: Connections, acted: Acted) -> None:
    async with connections.engine.begin() as conn:
        await actions.forget(conn, acted.fact_id)


async def _set_aside(connections: Connections, acted: Acted) -> None:
    async with connections.engine.begin() as conn:
        await actions.set_aside(conn, acted.fact_id)
