"""A notice that came by phone or fax is typed in: the same path as from a topic, without Kafka."""

import json
import uuid
from dataclasses import asdict, dataclass

from events.intake.inbox import Inbox
from handoff.fact import Discharge, Fact, Person
from handoff.rules.plausibility import doubts
from workers.cli.order import Answer, NotFoundError
from workers.compose import Desk


@dataclass(frozen=True)
class Typed:
    """What the operator typed in.

    Attributes:
        who: the operator, as a code.
        sender: the institution that told it, or `desk`.
        reference: the sender's own name for the discharge.
        consent: None: nothing was said of it.
    """

    who: str
    sender: str
    reference: str
    person: Person
    discharge: Discharge
    consent: bool | None


async def type_in(desk: Desk, typed: Typed) -> Answer:
    """Take a notice; without worker and Temporal too: the case begins as soon as they are there.

    Raises:
        NotFoundError: it is refused, in words; or the institution is not known.
    """
    known = desk.profile.institution(typed.sender)
    if known is None and typed.sender != "desk":
        raise NotFoundError(f"{desk.profile.code} knows no institution {typed.sender!r}; leave --from out.")
    fact = _fact(desk, typed)
    raw = json.dumps(asdict(typed), default=str, ensure_ascii=False).encode()
    taken = await Inbox(desk.engine, desk.vault, desk.profile).type_in(fact, raw, desk.now())
    if taken.outcome == "rejected":
        raise NotFoundError(f"Refused ({taken.code}): {taken.reason}")
    content = {"outcome": taken.outcome, "case": taken.case_id or None, "task": taken.task_id or None}
    if taken.outcome == "held":
        return Answer(content, [f"Held: task {taken.task_id} names what to settle: {desk.to_type('handoff tasks')}"])
    word = {"opened": "A case was opened", "joined": "The notice joined the open case"}.get(
        taken.outcome, taken.outcome
    )
    look = desk.to_type(f"handoff show {taken.case_id}")
    return Answer(content, [f"{word}: {taken.case_id}. See it: {look}"])


def _fact(desk: Desk, typed: Typed) -> Fact:
    now = desk.now()
    expected = typed.discharge.discharged_at is None
    return Fact(
        kind="discharge.expected" if expected else "discharge.notified",
        sender=typed.sender,
        message_id=f"desk-{uuid.uuid4()}",
        occurred_at=now,
        form="desk",
        reference=typed.reference,
        actor_role=typed.who,
        person=typed.person,
        discharge=typed.discharge,
        consent=typed.consent,
        doubts=doubts(typed.discharge, typed.person, now),
    )
