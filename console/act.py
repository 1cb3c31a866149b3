"""A person's action: kept whole, then put to the case, which does it or says why not."""

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

PUT_AGAIN_WITHIN = timedelta(minutes=10)  # the same command again after "not done" is the same action
PATIENCE = 3.0  # seconds without an answer after which somebody who waits is told why
# Verdicts with which the record answers that nothing was changed.
NOT_TAKEN: Mapping[str, str] = {
    Verdict.GONE: "It is no longer open; nothing was changed. `handoff show` tells what is.",
    Verdict.REFUSED: "The plan was not taken; nothing was changed. Check its lines and submit it again.",
}


@dataclass(frozen=True)
class Action:
    """What a person decided.

    Attributes:
        kind: event type, such as `contact.made`.
        subject: the case, line, offer, visit or check that it is about.
        who: the code given with `--as`.
        code: reason, result or route.
        quantity: score, visits or version.
        until: a moment that it names.
        body: the kind's own fields; codes and numbers only.
        counted: the moment was counted from now: said again a little later, it is the same action.
        case_id: where the subject's id does not begin with the case's: a task's.
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
        """The case: every id of a part of it begins with it."""
        return self.case_id or self.subject.partition(".")[0]

    @property
    def kept(self) -> dict[str, object]:
        """What is kept of it: said again, a counted moment stays the one that was counted first."""
        counted = {"until": self.until.isoformat()} if self.until and self.counted else {}
        return {**self.body, **counted}

    def said(self) -> bytes:
        """What makes two actions the same: all but the moment."""
        until = self.until.isoformat() if self.until and not self.counted else ""
        words = [self.kind, self.subject, self.who, self.code, self.quantity, until, dict(self.body)]
        return json.dumps(words, sort_keys=True).encode()


@dataclass(frozen=True)
class ActionDone:
    """What came of an action: what was written, and what is to do next (None: nothing)."""

    action: Action
    done: Done
    following: Next | None


async def act(connections: Connections, action: Action) -> ActionDone:
    """Do what a person decided: every action on a case passes here.

    Raises:
        NotFoundError: there is no such case, offer, visit or check, or the case refuses.
        NotDoneError: nobody answered, so it may yet be done; the same command again does it once.
    """
    await connections.temporal()  # away, it has been told nothing: nothing is kept
    acted = await _kept(connections, action)
    told = _told(action, acted)
    done = await _done_before(connections, action.case, told) or await _put(connections, acted, told)
    if done.milestones and done.milestones[0] == MilestoneName.SET_ASIDE:
        await _set_aside(connections, acted)
        look = connections.to_type(f"handoff show {action.case}")
        raise NotFoundError(f"The case has moved on meanwhile, nothing was changed: see `{look}`.")
    async with connections.engine.begin() as conn:
        await actions.mark_done(conn, acted.fact_id, connections.now())
        following = await reads.next_of(conn, action.case, connections.now())
    if refused := next((NOT_TAKEN[verdict] for verdict in done.verdicts if verdict in NOT_TAKEN), None):
        raise NotFoundError(refused)
    return ActionDone(action, done, following)


async def _done_before(connections: Connections, case_id: str, told: CaseEvent) -> Done | None:
    """What came of an action that was done when nobody waited for its answer any more: the timeline names it."""
    async with connections.engine.connect() as conn:
        entries = [each for each in await reads.timeline(conn, case_id) if each.key == f"{each.what}:{told.name}"]
    own = [each for each in entries if each.who == told.who]  # not what the story made of it
    if not own:
        return None
    said = [each.outcome or {} for each in own]  # the story was answered, so there is one
    verdicts, subjects = ([str(each[name]) for each in said] for name in ("verdict", "subject"))
    return Done([each.what for each in own], verdicts, subjects)


async def _put(connections: Connections, acted: Acted, told: CaseEvent) -> Done:
    handoffs = await connections.handoffs()
    impatient = asyncio.get_running_loop().call_later(PATIENCE, connections.say, "Waiting for the case to answer …")
    try:
        return await handoffs.act(acted.case_id, told, once=acted.message_id)
    except RefusedError as error:
        await _forget(connections, acted)
        raise NotFoundError(str(error)) from error
    finally:
        impatient.cancel()


def _told(action: Action, acted: Acted) -> CaseEvent:
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
            raise NotFoundError(f"There is no case {action.case}; `handoff cases` lists them.")
        said = connections.vault.digest("content", action.said())
        if again := await actions.unanswered(conn, action.case, said, since=connections.now() - PUT_AGAIN_WITHIN):
            return again
        if case.closed_at:
            raise NotFoundError(f"Case {action.case} is closed; a new discharge opens a new one.")
        if not await reads.exists(conn, action.subject):
            raise NotFoundError(f"There is no {action.subject}; `handoff show {action.case}` lists what there is.")
        return await _written(connections, conn, action, said)


async def _written(connections: Connections, conn: AsyncConnection, action: Action, said: bytes) -> Acted:
    now, message = connections.now(), str(uuid.uuid4())
    fact = Fact(action.kind, DESK, message, now, form=DESK, subject=action.subject, body=action.kept)
    person = await reads.person_of(conn, action.case)
    key = await persons.key(conn, connections.vault, person)
    row = Acted(0, message, action.kind, now, action.case, action.subject, action.kept, said, person)
    return await actions.write(conn, row, key.seal(CONTENT, to_json(fact)))


async def _forget(connections: Connections, acted: Acted) -> None:
    async with connections.engine.begin() as conn:
        await actions.forget(conn, acted.fact_id)


async def _set_aside(connections: Connections, acted: Acted) -> None:
    async with connections.engine.begin() as conn:
        await actions.set_aside(conn, acted.fact_id)
