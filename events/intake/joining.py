"""Joins two cases of one person, and undoes that, each in one transaction. Their workflows are told by numbered facts.

So no join is half done: while Temporal is away both facts wait, as all others do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.intake.context import IntakeContext
from events.intake.likeness import likeness
from events.intake.prepared import Prepared, seal
from events.intake.telling_details import as_details
from events.intake.unjoining import NotJoinedError, none_under_way, undo
from events.intake.writes import IntakeWrites, put_fact, store
from events.readers import InboundRecord, from_json
from handoff.fact import Fact
from handoff.profile.model import Profile
from handoff.rules.identity import told_apart
from handoff.rules.joining import (
    CaseStanding,
    differing,
    filled_from,
    gaps_filled,
    too_many_open,
    two_people,
    versions_filled,
    why_not,
)
from handoff.rules.versions import within
from handoff.store import joins, persons
from handoff.store.intake import cases, joined
from handoff.store.intake.cases import IntakeCase
from handoff.store.intake.facts import CONTENT, HALF, FactRow
from handoff.store.joins import CaseJoin
from handoff.store.persons import OpenedPerson
from handoff.store.queries.stored import StoredCase, StoredPlan
from handoff.store.vault import Vault
from handoff.vocabulary.details import Detail
from handoff.vocabulary.states import FactState
from handoff.vocabulary.words import EventKind

DESK = "desk"
# A person looks at these columns if the two cases differ in them.
_STANDING = ("admitted_at", "death")


@dataclass(frozen=True)
class JoinOrder:
    """What a person decides: this case is about the same person as `into`, which goes on.

    Attributes:
        one_person: the person has found out that it is one, though birth date or sex differ.
    """

    case: str
    into: str
    who: str
    why: str = ""
    one_person: bool = False


@dataclass(frozen=True)
class _Pair:
    """Both cases, locked, with their persons. `case` is the one that is joined."""

    case: IntakeCase
    into: IntakeCase
    stored: Mapping[str, StoredCase]
    person: OpenedPerson
    into_person: OpenedPerson

    @property
    def open(self) -> bool:
        """Whether the case that is joined is open, so that something of it has to go on."""
        return self.case.closed_at is None


@dataclass(frozen=True)
class Joiner:
    """Joins cases in the store.

    Attributes:
        vault: opens and seals what is said of the persons.
        profile: of the municipality.
    """

    engine: AsyncEngine
    vault: Vault
    profile: Profile

    async def join(self, order: JoinOrder, now: datetime) -> CaseJoin:
        """CaseJoin a case into another one of the same person.

        Raises:
            NotJoinedError: the cases cannot be joined.
        """
        context = IntakeContext(self.vault, self.profile, now, resolved_by=order.who)
        async with self.engine.begin() as conn:
            pair = await self._pair(conn, order)
            goes_on, other = pair.into_person, pair.person
            same = goes_on.person_id == other.person_id
            join = CaseJoin(
                order.case,
                order.into,
                other.person_id,
                goes_on.person_id,
                order.who,
                now,
                order.why,
                filled=[] if same else [str(detail) for detail in gaps_filled(goes_on.told, other.told)],
                differs=[] if same else differing(goes_on.told, other.told),
            )
            writes = IntakeWrites()
            if join.filled:
                _fill(goes_on, other, join.filled, pair.into)
                writes.people[goes_on.person_id] = goes_on
            await self._tell(conn, pair, join, writes)
            await store(conn, writes, context)
            await joins.add(conn, join)
            await joined.close_merges(conn, {order.case, order.into}, order.who, now)
        return join

    async def unjoin(self, case_id: str, who: str, now: datetime) -> CaseJoin:
        """Undo a join. Nothing moves back by itself: a task of the case that went on lists what to do.

        Raises:
            NotJoinedError: the case is not joined into another one, or the join is under way.
        """
        async with self.engine.begin() as conn:
            return await undo(conn, case_id, IntakeContext(self.vault, self.profile, now, resolved_by=who))

    async def _pair(self, conn: AsyncConnection, order: JoinOrder) -> _Pair:
        await self._alone(conn, order)
        both = await cases.find(conn, {order.case, order.into}, [])
        for case_id in (order.case, order.into):
            if case_id not in both:
                raise NotJoinedError(f"There is no case {case_id}. `handoff cases --all` lists them.")
        stored = {row.case_id: row for row in await StoredCase.of_cases(conn, list(both))}
        standing = {case_id: await _standing(conn, row) for case_id, row in stored.items()}
        if refused := why_not(standing[order.case], standing[order.into]):
            raise NotJoinedError(refused)
        case, into = both[order.case], both[order.into]
        if case.closed_at is None:
            await none_under_way(conn, case.case_id)
        people = await persons.find(conn, self.vault, {case.person_id, into.person_id})
        people |= await persons.find(conn, self.vault, {one.merged_into for one in people.values() if one.merged_into})
        if not {case.person_id, into.person_id} <= people.keys():
            raise NotJoinedError("One of the two persons was erased.")
        pair = _Pair(case, into, stored, _root(case.person_id, people), _root(into.person_id, people))
        others = await joined.other_open_cases(conn, people, [case.case_id, into.case_id])
        if refused := too_many_open(into.case_id, others, into_closed=into.closed_at is not None):
            raise NotJoinedError(refused)
        apart = told_apart(pair.person.told, pair.into_person.told)
        if refused := two_people(order.case, apart, checked=order.one_person):
            raise NotJoinedError(refused)
        return pair

    async def _alone(self, conn: AsyncConnection, order: JoinOrder) -> None:
        """Wait for intake to finish what is about these persons, and let it wait for the join."""
        rows = await StoredCase.of_cases(conn, [order.case, order.into])
        people = await persons.find(conn, self.vault, {row.person_id for row in rows})
        await cases.lock(conn, {digest for person in people.values() for _, digest in person.terms})

    async def _tell(self, conn: AsyncConnection, pair: _Pair, join: CaseJoin, writes: IntakeWrites) -> None:
        """Tell both cases, as far as they are open. The one that goes on is told first what the other one was told."""
        if pair.into.closed_at:
            return
        keys = await persons.keys(conn, self.vault, {pair.case.person_id, pair.into.person_id})
        answered = list[dict[str, str]]()
        if pair.open:
            words = await joined.words(conn, join.case_id)
            answered = [{"kind": row.kind, "sender": row.sender} for row in words.answered]
            for row in words.standing:
                fact = from_json(keys[pair.case.person_id].open(CONTENT, row.content_sealed or b""))
                _number(_again(fact, row, pair.into, self.vault), _Told(pair.into, keys[pair.into.person_id]), writes)
        began_at = pair.stored[join.case_id].support_began_at if pair.open else None
        differs = [*join.differs, *(_standing_differs(pair) if pair.open else [])]
        more: dict[str, Any] = {"answered": answered} if answered else {}
        more |= {"differs": differs, "support_began_at": began_at.isoformat() if began_at else None}
        absorbed = self._fact(EventKind.CASE_ABSORBED, join, join.case_id, more)
        _number(absorbed, _Told(pair.into, keys[pair.into.person_id]), writes)
        if join.filled:  # providers with open work learn of it
            details = as_details(absorbed, ",".join(join.filled), join.into_case_id, self.vault)
            _number(details, _Told(pair.into, keys[pair.into.person_id]), writes)
        if pair.open:
            ended = self._fact(EventKind.CASE_JOINED, join, join.into_case_id, {})
            _number(ended, _Told(pair.case, keys[pair.case.person_id]), writes)

    def _fact(self, kind: EventKind, join: CaseJoin, other: str, more: Mapping[str, Any]) -> Prepared:
        """What a case is told of the join. `other`: the other case."""
        at, name = join.joined_at, f"{join.case_id}:{join.into_case_id}:{join.joined_at.isoformat()}"
        body = {"code": other, "who": join.who, **more}
        fact = Fact(kind, DESK, name, at, form=DESK, body=body)
        row = FactRow(DESK, name, self.vault.digest("join", f"{kind}:{name}"), kind, at, at, body=body)
        return Prepared(InboundRecord(DESK, None), fact, row, frozenset(), likeness(fact, self.vault), ())


@dataclass(frozen=True)
class _Told:
    """A case that is told something, and the key of its person."""

    case: IntakeCase
    key: Any = field(repr=False)


def _number(prepared: Prepared, listener: _Told, writes: IntakeWrites) -> None:
    """Give a fact its number in the case. The dispatcher delivers it."""
    case, row = listener.case, prepared.row
    case.facts += 1
    case.changed = True
    writes.cases[case.case_id] = case
    row.case_id, row.number = case.case_id, case.facts
    seal(prepared, listener.key, case.person_id)
    put_fact(row, FactState.NUMBERED, writes)


def _again(fact: Fact, row: FactRow, into: IntakeCase, vault: Vault) -> Prepared:
    """A word about the person's whereabouts that the other case was told, for the case that goes on.

    Consent in a notice was given in that case, and is not moved.
    """
    word = Fact(**{**vars(fact), "consent": None})
    own = vault.digest("taken-over", row.content_hash + into.case_id.encode())
    name = (row.sender, row.message_id, row.content_hash[:HALF] + own[:HALF])
    again = FactRow(*name, row.kind, row.occurred_at, row.known_at)
    again.body, again.reference_digest, again.topic_id = row.body, row.reference_digest, ""
    return Prepared(InboundRecord(row.sender, None), word, again, frozenset(), likeness(word, vault), ())


def _fill(person: OpenedPerson, other: OpenedPerson, details: Sequence[str], into: IntakeCase) -> None:
    """Give a person the details that only the other record has, with who told them."""
    names = [detail for detail in Detail if detail in details]
    own = within(person.versions, into.opened_at)
    person.versions = versions_filled(own, other.versions, names, into.opened_at.astimezone(UTC))
    person.told = filled_from(person.told, other.told, names)


def _root(person_id: str, people: Mapping[str, OpenedPerson]) -> OpenedPerson:
    person = people[person_id]
    return people.get(person.merged_into, person)


def _standing_differs(pair: _Pair) -> Sequence[str]:
    one, other = pair.stored[pair.case.case_id], pair.stored[pair.into.case_id]
    return [name for name in _STANDING if getattr(one, name) not in (None, "", getattr(other, name))]


async def _standing(conn: AsyncConnection, row: StoredCase) -> CaseStanding:
    plans = await StoredPlan.of_cases(conn, [row.case_id], "version")
    return CaseStanding(
        case=row.case_id,
        consent=row.consent,
        closed=row.closed_at is not None,
        closing=bool(row.closing),
        joined_into=row.joined_into or "",
        support_began_at=row.support_began_at,
        plans=tuple(plan.state for plan in plans),
        serves=await joined.is_served(conn, row.case_id),
        visits=await joined.has_visits(conn, row.case_id),
    )
