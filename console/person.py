"""Details of a person at the desk: who told which, and a new word that is typed in.

A word goes through the same door as that of an institution: a fact with a number, which the case learns of in order.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from console.connections import Connections
from console.errors import NotFoundError
from console.moments import local
from events.contract.words import IntakeOutcome
from events.intake.inbox import Inbox
from events.intake.telling_details import SETTLES, TOLD_BY
from events.intake.writes import Taken
from handoff.fact import Fact, Person
from handoff.rules import phones
from handoff.rules.jurisdiction import NotFound, Other, municipality
from handoff.rules.occurrence import TO_THE_MINUTE
from handoff.rules.plausibility import doubts
from handoff.rules.versions import Version, Versions, standing
from handoff.store import persons
from handoff.store.persons import NoSuchPersonError
from handoff.store.queries import reads
from handoff.store.queries.stored import StoredCase
from handoff.store.versions_json import told_values
from handoff.text import person_name
from handoff.vocabulary.details import Detail
from handoff.vocabulary.words import EventKind


@dataclass(frozen=True)
class DetailView:
    """One version of one detail. `values` is personal data: only a logged look shows it.

    Attributes:
        source: code of the institution, `desk`, or "" if an earlier build did not keep it.
        told_by: whose word the source passes on; "": its own.
        by: who typed it in at the desk.
        since: when the source said it first; `last_at`: when it said it last.
        counts: whether it is what counts.
        disputed: whether it contradicts what counts, and is not settled.
        settled: whether a person decided by it.
    """

    detail: Detail
    source: str
    told_by: str
    by: str
    since: datetime
    last_at: datetime
    counts: bool
    disputed: bool
    settled: bool
    values: dict[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class NewDetails:
    """What somebody typed in.

    Attributes:
        who: the person who typed it, as a code.
        told_by: whose word it is, as a `ToldBy`; "": it was seen at the desk.
        person: the details that were told, and nothing else.
        keep: the detail whose present value is right; None: others were told.
        settles: whether it is what a person found out to be right, whatever was told before.
        at: when it was told; None: now.
    """

    who: str
    told_by: str
    person: Person
    keep: Detail | None = None
    settles: bool = False
    at: datetime | None = None


@dataclass(frozen=True)
class DetailsDone:
    """What became of it. `views`: where each detail that was told stands now; `elsewhere`: another municipality."""

    taken: Taken
    views: Sequence[DetailView]
    elsewhere: str = ""


async def details_of(connections: Connections, case: str) -> list[DetailView]:
    """Every version of every detail of the person of a case, in the order of the details; first what counts.

    Without the person, who was erased, there is none.
    """
    try:
        return _views(await _versions(connections, case))
    except NoSuchPersonError:
        return []


async def correct_details(connections: Connections, case_id: str, new: NewDetails) -> DetailsDone:
    """Take a new word on the person of an open case. It works without worker and Temporal.

    Raises:
        NotFoundError: there is no such open case, or what was typed cannot be, with the reason in words.
    """
    await _open_case(connections, case_id)
    person = await _kept(connections, case_id, new.keep) if new.keep else new.person
    place = _possible(connections, new, person)
    body = {TOLD_BY: new.told_by, SETTLES: new.settles or new.keep is not None}
    fact = Fact(
        kind=EventKind.PERSON_CORRECTED,
        sender="desk",
        message_id=f"desk-{uuid.uuid4()}",
        occurred_at=new.at or connections.now(),
        form="desk",
        subject=case_id,
        actor_role=new.who,
        person=person,
        body={name: word for name, word in body.items() if word},
    )
    raw = json.dumps(asdict(person), default=str, ensure_ascii=False).encode()
    inbox = Inbox(connections.engine, connections.vault, connections.profile)
    taken = await inbox.type_in(fact, raw, connections.now())
    if taken.outcome not in (IntakeOutcome.ENTERED, IntakeOutcome.HELD):
        raise NotFoundError(f"Nothing was written ({taken.outcome}). {taken.reason}".strip())
    details = [detail for detail in Detail if told_values(detail, person)]
    views = [view for view in await details_of(connections, case_id) if view.detail in details]
    return DetailsDone(taken, views, place.name if isinstance(place, Other) else "")


def _views(versions: Versions) -> list[DetailView]:
    views = list[DetailView]()
    for detail in Detail:
        listed = versions.get(detail, [])
        stands = standing(detail, listed)
        if stands is None:
            continue
        counts, against = stands.counts.origin, {version.origin for version in stands.against}
        earlier = sorted(listed, key=lambda version: version.origin.rank, reverse=True)
        others = [
            _view(detail, version, counts=False, disputed=version.origin in against)
            for version in earlier
            if version.origin != counts
        ]
        views.append(_view(detail, stands.counts, counts=True, disputed=False))
        views += sorted(others, key=lambda view: not view.disputed)
    return views


def _view(detail: Detail, version: Version, *, counts: bool, disputed: bool) -> DetailView:
    origin = version.origin
    return DetailView(
        detail=detail,
        source=origin.source,
        told_by=origin.told_by,
        by=origin.by,
        since=version.first_at,
        last_at=origin.written_at,
        counts=counts,
        disputed=disputed,
        settled=origin.settles,
        values={name: str(value) for name, value in version.values.items() if value not in ("", None)},
    )


async def _versions(connections: Connections, case: str) -> Versions:
    async with connections.engine.connect() as conn:
        person = await reads.person_of(conn, case)
        return (await persons.opened(conn, connections.vault, person or "")).versions


async def _open_case(connections: Connections, case_id: str) -> StoredCase:
    async with connections.engine.connect() as conn:
        case = await reads.case(conn, case_id)
    if case is None:
        raise NotFoundError(f"There is no case {case_id}. `handoff cases` lists the open ones.")
    if case.closed_at:
        raise NotFoundError(f"Case {case_id} is closed. A new discharge opens a new case, with its own details.")
    return case


async def _kept(connections: Connections, case_id: str, detail: Detail) -> Person:
    """The value that counts now, as somebody who says that it is right tells it."""
    try:
        stands = standing(detail, (await _versions(connections, case_id)).get(detail, ()))
    except NoSuchPersonError as error:
        raise NotFoundError("This person's identity was erased.") from error
    if stands is None:
        raise NotFoundError(f"No {detail.replace('-', ' ')} is known. Nothing was written.")
    return Person(**stands.counts.values)


def _possible(connections: Connections, new: NewDetails, person: Person) -> object:
    """The place of the address that was told.

    Raises:
        NotFoundError: what was typed cannot be.
    """
    if not any(told_values(detail, person) for detail in Detail):
        raise NotFoundError("Nothing was told. Name what is new, such as --phone.")
    if new.at and new.at > connections.now() + TO_THE_MINUTE:
        raise NotFoundError(f"{local(new.at)} lies in the future. Nothing was written.")
    for option in ("phone", "contact_phone", "carer_phone"):
        if (text := getattr(person, option)) and phones.contact(text) != text:
            raise NotFoundError(f"--{option.replace('_', '-')} is no number by which somebody can be called.")
    for option in ("name", "contact_name", "carer_name"):
        if (text := getattr(person, option)) and not person_name(text):
            raise NotFoundError(f"--{option.removesuffix('_name')} is no name. Nothing was written.")
    if doubt := next(iter(doubts(None, person, connections.now())), None):
        raise NotFoundError(f"{doubt.says.rstrip('.')}. Nothing was written.")
    place = municipality(person.address, person.address_code, connections.profile) if person.address else None
    if isinstance(place, NotFound) and new.keep is None:
        raise NotFoundError(
            "No municipality was found for the address, or several have that name. Write it with its city and province."
        )
    return place
