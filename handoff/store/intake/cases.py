"""Cases as intake needs them: find, lock, open and join them; which providers may answer about their parts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, among, insert, rewrite
from handoff.store.record.referrals import AGREED
from handoff.store.tables import cases, checks, plan_lines, references, referrals, visits
from handoff.vocabulary.states import Stage

_LOCKS = 4096  # number of advisory locks; sharing one by chance only costs a short wait


@dataclass
class IntakeCase:
    """A case as intake needs it, locked until the transaction ends.

    Attributes:
        facts: last number given to a fact of the case.
        entries: last number given in its timeline.
        informed: by offer or assessor: a digest of what it was told of the person.
        lost: how it lost its workflow; "": it did not.
        fresh: not stored yet.
        changed: stored already, and to be updated.
    """

    case_id: str
    person_id: str
    profile: str
    profile_version: int
    facility: str
    opened_at: datetime
    previous_case_id: str | None = None
    expected_at: datetime | None = None
    discharged_at: datetime | None = None
    closed_at: datetime | None = None
    consent: str = ""
    district: str = ""
    stage: str = Stage.SCREENING
    joined_into: str | None = None  # the case that goes on in its place
    facts: int = 0
    entries: int = 0
    informed: Mapping[str, str] = field(default_factory=dict)
    lost: str = ""
    fresh: bool = False
    changed: bool = False


@dataclass(frozen=True)
class Reference:
    """A sender's own reference for a discharge, as a keyed digest, and sealed with the person's key."""

    digest: bytes
    case_id: str
    sender: str
    reference_sealed: bytes


@dataclass(frozen=True)
class CasePart:
    """A part of a case that an answer can name; `providers` got an offer for it, and `accepted` it."""

    subject: str
    providers: frozenset[str]
    accepted: frozenset[str] = frozenset()


_COLUMNS = tuple(name for name in IntakeCase.__dataclass_fields__ if name not in {"fresh", "changed"})


_LOCK = "SELECT count(pg_advisory_xact_lock(730591, place)) FROM unnest($1::integer[]) AS place"
_NAMED = "SELECT digest, case_id FROM case_references WHERE digest = ANY($1)"
_CHANGING = ("case_id", "facts", "entries", "facility")


async def lock(conn: AsyncConnection, digests: Collection[bytes]) -> None:
    """Lock the senders, people or discharges with these digests until the transaction ends; waits for other holders."""
    places = sorted({int.from_bytes(digest[:4]) % _LOCKS for digest in digests})
    await conn.exec_driver_sql(_LOCK, (places,))


async def named(conn: AsyncConnection, digests: Collection[bytes]) -> dict[bytes, set[str]]:
    """Case ids by the digest of a sender's reference."""
    if not digests:
        return {}
    by_digest: dict[bytes, set[str]] = {}
    rows: Iterable[Any] = await conn.exec_driver_sql(_NAMED, (list(digests),))
    for digest, case_id in rows:
        by_digest.setdefault(digest, set()).add(case_id)
    return by_digest


async def find(conn: AsyncConnection, ids: Collection[str], people: Collection[str]) -> dict[str, IntakeCase]:
    """Cases by case id or person id, locked in the order of their ids."""
    if not ids and not people:
        return {}
    rows = await conn.execute(
        select(*(cases.c[name] for name in _COLUMNS))
        .where(or_(among(cases.c.case_id, ids), among(cases.c.person_id, people)))
        .order_by(cases.c.case_id)
        .with_for_update(key_share=True)
    )
    return {row.case_id: IntakeCase(**row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's public name


async def parts(conn: AsyncConnection, subjects: Collection[str]) -> dict[str, CasePart]:
    """Those of these cases, lines, offers, visits and checks that exist, with the providers of each."""
    if not subjects:
        return {}
    by_subject: dict[str, dict[str, bool]] = {}
    for subject, provider, state in await conn.execute(union_all(*_parts(subjects))):
        providers = by_subject.setdefault(subject, {})
        if provider:
            providers[provider] = providers.get(provider, False) or state in AGREED
    return {
        subject: CasePart(
            subject, frozenset(providers), frozenset(provider for provider, agreed in providers.items() if agreed)
        )
        for subject, providers in by_subject.items()
    }


async def tellers(conn: AsyncConnection, ids: Collection[str]) -> dict[str, set[str]]:
    """For each case the institutions that reported it under a reference of their own."""
    by_case: dict[str, set[str]] = {}
    if ids:
        rows = await conn.execute(
            select(references.c.case_id, references.c.sender).where(among(references.c.case_id, ids))
        )
        for case_id, sender in rows:
            by_case.setdefault(case_id, set()).add(sender)
    return by_case


async def save(conn: AsyncConnection, episodes: Iterable[IntakeCase], named_: Sequence[Reference]) -> None:
    """Insert new cases, update counters and facility of changed ones, and insert their references."""
    listed = list(episodes)
    await insert(conn, RowsToWrite(cases, [_row(case) for case in listed if case.fresh], "new"))
    changed = sorted((case for case in listed if case.changed and not case.fresh), key=lambda case: case.case_id)
    await rewrite(conn, cases, [{name: getattr(case, name) for name in _CHANGING} for case in changed])
    await insert(conn, RowsToWrite(references, [vars(reference) for reference in named_], "once"))


def _row(episode: IntakeCase) -> Mapping[str, Any]:
    return {name: getattr(episode, name) for name in _COLUMNS}


def _parts(subjects: Collection[str]) -> list[Select[Any]]:
    by_line = and_(referrals.c.line_id == plan_lines.c.line_id)
    by_case = and_(referrals.c.case_id == cases.c.case_id)
    none = text("''")
    return [
        select(cases.c.case_id, referrals.c.provider, referrals.c.state)
        .join_from(cases, referrals, by_case, isouter=True)
        .where(among(cases.c.case_id, subjects)),
        select(plan_lines.c.line_id, referrals.c.provider, referrals.c.state)
        .join_from(plan_lines, referrals, by_line, isouter=True)
        .where(among(plan_lines.c.line_id, subjects)),
        select(referrals.c.offer_id, referrals.c.provider, referrals.c.state).where(
            among(referrals.c.offer_id, subjects)
        ),
        select(visits.c.visit_id, visits.c.provider, referrals.c.state)
        .join_from(visits, referrals, visits.c.offer_id == referrals.c.offer_id, isouter=True)
        .where(among(visits.c.visit_id, subjects)),
        select(checks.c.check_id, none, none).where(among(checks.c.check_id, subjects)),
    ]
