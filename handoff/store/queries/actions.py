"""Actions of people, stored as facts without a number before they are sent to the case."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.queries.stored import Stored
from handoff.store.tables import facts
from handoff.vocabulary.states import FactState

DESK = "desk"  # the sender of actions and notices that are typed in


@dataclass(frozen=True)
class Acted:
    """One action.

    Attributes:
        fact_id: 0 until it is written.
        occurred_at: when it occurred.
        known_at: when it was typed.
        message_id: names the action, so that the case does it once even if it is sent twice.
        content_hash: keyed hash of what was decided, without its moment.
        person_id: the person whose key seals the content.
        who: the code given with `--as`.
        code: the code of the action.
    """

    fact_id: int
    message_id: str
    kind: str
    occurred_at: datetime
    case_id: str
    subject: str
    body: Mapping[str, object]
    content_hash: bytes
    person_id: str | None
    known_at: datetime
    who: str = ""
    code: str = ""


@dataclass(frozen=True)
class StoredAction(Stored):
    """An action as it is stored, for the case that gets it again."""

    table = facts

    fact_id: int
    message_id: str
    kind: str
    occurred_at: datetime
    known_at: datetime
    case_id: str | None
    subject: str
    body: Mapping[str, object]
    told_at: datetime | None
    state: str
    acted_by: str
    acted_code: str

    @property
    def name(self) -> str:
        """The name of its event."""
        return f"{self.kind}#a{self.fact_id}"


async def write(conn: AsyncConnection, acted: Acted, content_sealed: bytes) -> Acted:
    """Store an action. Returns it with its id."""
    row = {
        "sender": DESK,
        "message_id": acted.message_id,
        "content_hash": acted.content_hash,
        "kind": acted.kind,
        "state": FactState.ACTED,
        "case_id": acted.case_id,
        "occurred_at": acted.occurred_at,
        "known_at": acted.known_at,
        "subject": acted.subject,
        "body": acted.body,
        "acted_by": acted.who,
        "acted_code": acted.code,
        "content_sealed": content_sealed,
        "person_id": acted.person_id,
    }
    return replace(acted, fact_id=await conn.scalar(insert(facts).values(row).returning(facts.c.fact_id)) or 0)


async def unanswered(conn: AsyncConnection, case_id: str, content_hash: bytes, *, since: datetime) -> Acted | None:
    """The same action, sent before without an answer. It is to be sent again under the same message id."""
    rows = await conn.execute(
        select(facts)
        .where(
            facts.c.case_id == case_id,
            facts.c.state == FactState.ACTED,
            facts.c.told_at.is_(None),
            facts.c.content_hash == content_hash,
            facts.c.known_at >= since,
        )
        .order_by(facts.c.fact_id.desc())
        .limit(1)
    )
    row = rows.one_or_none()
    if row is None:
        return None
    return Acted(
        row.fact_id,
        row.message_id,
        row.kind,
        row.occurred_at,
        row.case_id,
        row.subject,
        row.body,
        row.content_hash,
        row.person_id,
        row.known_at,
        row.acted_by,
        row.acted_code,
    )


async def of_case(conn: AsyncConnection, case_id: str) -> list[StoredAction]:
    """All actions on a case that are stored: answered, set aside, and without an answer."""
    acted = facts.c.number.is_(None), facts.c.state.in_((FactState.ACTED, FactState.DROPPED))
    return await StoredAction.read(conn, facts.c.case_id == case_id, facts.c.sender == DESK, *acted, order="fact_id")


async def mark_done(conn: AsyncConnection, fact_id: int, now: datetime) -> None:
    """Record that the case did it."""
    await conn.execute(update(facts).where(facts.c.fact_id == fact_id).values(told_at=now))


async def forget(conn: AsyncConnection, fact_id: int) -> None:
    """Delete an action that the case refused."""
    await conn.execute(delete(facts).where(facts.c.fact_id == fact_id, facts.c.state == FactState.ACTED))


async def set_aside(conn: AsyncConnection, fact_id: int) -> None:
    """Record that the case set an action aside. Its row stays, because the timeline refers to it."""
    await conn.execute(update(facts).where(facts.c.fact_id == fact_id).values(state=FactState.DROPPED))
