"""A person's action: stored first, then sent to the case, which does it or refuses it with a reason."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from console.action import Action
from console.connections import Connections
from console.errors import NotFoundError
from console.lost import found_lost, in_full, stopped
from console.no_effect import too_late
from console.plausible import make_sure
from console.recorded import Recorded, as_it_was_stored, correction, recorded, repeats, same_moment
from console.standing import admitted, check_consent, check_first_visit, is_new_consent, standing
from events.readers.normal import to_json
from handoff.case.messages import CaseEvent
from handoff.fact import Fact
from handoff.store import persons
from handoff.store.intake import earlier
from handoff.store.intake.facts import CONTENT
from handoff.store.queries import actions, reads
from handoff.store.queries.actions import DESK, Acted
from handoff.store.queries.particulars import particulars
from handoff.store.queries.stored import StoredCase
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.next_action import Next
from workflows.client import NO_RUN, RefusedError
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
class ActionDone:
    """The result of an action.

    Attributes:
        done: what was written.
        following: the next action; None: there is none.
        before: what the action repeats, so that nothing was written; None: it repeats nothing.
    """

    action: Action
    done: Done
    following: Next | None
    before: Recorded | None = None


async def act(connections: Connections, action: Action) -> ActionDone:
    """Do what a person decided. Every action on a case goes through here.

    Raises:
        NotFoundError: there is no such case, offer, visit or check, or the case refuses the action.
        NotDoneError: no answer came, so the action may still be done. Repeating the command does it only once.
    """
    await connections.temporal()  # if it is away, nothing is stored
    acted, action = await _kept(connections, action)
    if isinstance(acted, Recorded):
        async with connections.engine.connect() as conn:
            return ActionDone(action, Done(), await reads.next_of(conn, action.case, connections.now()), acted)
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
        raise NotFoundError(too_late(action.code) if Verdict.GONE in done.verdicts and action.corrects else refused)
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
        lost = await found_lost(connections, acted.case_id) if error.code == NO_RUN else ""
        raise NotFoundError(lost or str(error)) from error
    finally:
        impatient.cancel()


def _event(action: Action, acted: Acted) -> CaseEvent:
    return CaseEvent(
        kind=action.kind,
        at=acted.known_at,
        occurred=acted.occurred_at,
        why=action.why,
        corrects=action.corrects,
        who=action.who,
        fact=acted.fact_id,
        subject=action.subject if action.subject != action.case else "",
        code=action.code,
        quantity=action.quantity,
        until=datetime.fromisoformat(str(kept)) if (kept := acted.body.get("until")) else action.until,
    )


async def _case_of(conn: AsyncConnection, connections: Connections, action: Action) -> StoredCase:
    case = await reads.case(conn, action.case)
    if case is None:
        raise NotFoundError(f"There is no case {action.case}. `handoff cases` lists the open ones.")
    if case.joined_into:
        raise NotFoundError(f"Case {action.case} was joined into {case.joined_into}. Repeat it with that case.")
    if stopped(case):
        raise NotFoundError(in_full(case, connections))
    return case


async def _kept(connections: Connections, action: Action) -> tuple[Acted | Recorded, Action]:
    """Store an action. Returns it as stored, or what it repeats; and the action, or the correction that it is."""
    async with connections.engine.begin() as conn:
        case = await _case_of(conn, connections, action)
        now, changed = connections.now(), action
        digest = connections.vault.digest("content", action.content())
        if unanswered := await actions.unanswered(conn, action.case, digest, since=now - PUT_AGAIN_WITHIN):
            return unanswered, as_it_was_stored(action, unanswered)
        if not case.closed_at and not action.corrects:
            check_consent(case, action)
            timeline = await reads.timeline(conn, action.case)
            again = same_moment(timeline, action.kind, action.subject, action.at) or admitted(case, action, timeline)
            if again := again or await standing(conn, action, timeline, now):
                return again, action
            new = is_new_consent(case, action)
            before = None if new else recorded(timeline, action.kind, action.subject)
            if before and before.open_again and not before.is_corrected_by(action):
                before = None
            if before and repeats(action, before, await particulars(conn, action.kind, action.subject)):
                await check_first_visit(conn, action)
                return before, action
            changed = correction(action, before) if before else action
        if case.closed_at:
            raise NotFoundError(f"Case {action.case} is closed. A new discharge opens a new case.")
        if not await reads.exists(conn, action.subject):
            raise NotFoundError(f"There is no {action.subject}. `handoff show {action.case}` lists what there is.")
        moments = await earlier.moments(conn, {action.case, action.subject})
        of_part = {**moments.get(action.case, {}), **moments.get(action.subject, {})}
        make_sure(action, of_part, now, connections.profile.scale)
        return await _written(connections, conn, changed, digest), changed


async def _written(connections: Connections, conn: AsyncConnection, action: Action, digest: bytes) -> Acted:
    now, message = connections.now(), str(uuid.uuid4())
    at = min(action.at or now, now)  # a minute ahead is typed as now
    fact = Fact(action.kind, DESK, message, at, form=DESK, subject=action.subject, body=action.kept)
    person = await reads.person_of(conn, action.case)
    key = await persons.key(conn, connections.vault, person)
    row = Acted(0, message, action.kind, at, action.case, action.subject, action.kept, digest, person, now)
    row = replace(row, who=action.who, code=action.code)
    return await actions.write(conn, row, key.seal(CONTENT, to_json(fact)))


async def _forget(connections: Connections, acted: Acted) -> None:
    async with connections.engine.begin() as conn:
        await actions.forget(conn, acted.fact_id)


async def _set_aside(connections: Connections, acted: Acted) -> None:
    async with connections.engine.begin() as conn:
        await actions.set_aside(conn, acted.fact_id)
