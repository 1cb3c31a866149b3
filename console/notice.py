"""A notice that came by phone or fax is typed in. It takes the same path as one from a topic, without Kafka."""

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime

from console.connections import Connections
from console.errors import NotFoundError
from console.moments import local
from events.contract.words import IntakeOutcome
from events.intake.inbox import Inbox
from events.intake.writes import Taken
from handoff.fact import Discharge, Fact, Person
from handoff.rules.occurrence import TO_THE_MINUTE
from handoff.rules.plausibility import doubts
from handoff.vocabulary.words import EventKind


@dataclass(frozen=True)
class Typed:
    """What the operator typed in.

    Attributes:
        who: the operator, as a code.
        sender: the institution that sent it, or `desk`.
        reference: the sender's own number for the discharge.
        consent: None: the notice does not say.
        came_at: when it came; None: now.
    """

    who: str
    sender: str
    reference: str
    person: Person
    discharge: Discharge
    consent: bool | None
    came_at: datetime | None = None


async def type_in(connections: Connections, typed: Typed) -> Taken:
    """Take a notice. Works without worker and Temporal: the case begins as soon as they run.

    Raises:
        NotFoundError: the notice is refused, with the reason; it came in the future; or the institution is not known.
    """
    institution = connections.profile.institution(typed.sender)
    if institution is None and typed.sender != "desk":
        raise NotFoundError(f"{connections.profile.code} has no institution {typed.sender!r}. Leave out --from.")
    if typed.came_at and typed.came_at > connections.now() + TO_THE_MINUTE:
        raise NotFoundError(f"{local(typed.came_at)} lies in the future. Nothing was written.")
    fact = _fact(connections, typed)
    raw = json.dumps(asdict(typed), default=str, ensure_ascii=False).encode()
    taken = await Inbox(connections.engine, connections.vault, connections.profile).type_in(
        fact, raw, connections.now()
    )
    if taken.outcome == IntakeOutcome.REJECTED:
        raise NotFoundError(f"Refused ({taken.code}): {taken.reason}")
    return taken


def _fact(connections: Connections, typed: Typed) -> Fact:
    now = connections.now()
    expected = typed.discharge.discharged_at is None
    return Fact(
        kind=EventKind.DISCHARGE_EXPECTED if expected else EventKind.DISCHARGE_NOTIFIED,
        sender=typed.sender,
        message_id=f"desk-{uuid.uuid4()}",
        occurred_at=typed.came_at or now,
        form="desk",
        reference=typed.reference,
        actor_role=typed.who,
        person=typed.person,
        discharge=typed.discharge,
        consent=typed.consent,
        doubts=doubts(typed.discharge, typed.person, now),
    )
