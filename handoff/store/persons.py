"""Who a case is about: identity under the person's own key, and the keyed digests that find a person again."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.fact import Person
from handoff.store.bulk import RowsToWrite, among, insert, rewrite
from handoff.store.tables import person_index, persons
from handoff.store.vault import Key, SealBrokenError, Vault

_PURPOSE = "identity"


_GAP = ("", None)  # not told


_JSON = json.JSONEncoder(ensure_ascii=False, default=date.isoformat)


_FOUND_BY = "SELECT DISTINCT person_id FROM person_index WHERE digest = ANY($1)"


Term = tuple[str, bytes]  # kind of look-up, keyed digest


class NoSuchPersonError(Exception):
    """Nobody has this id, or the person was erased."""


@dataclass
class OpenedPerson:
    """A person we know, opened.

    Attributes:
        terms: kinds and digests by which the person is found.
        fresh: not stored yet.
    """

    person_id: str
    key: Key
    told: Person
    terms: set[Term] = field(default_factory=set)
    fresh: bool = False
    key_sealed: bytes = b""


def to_json(told: Person) -> bytes:
    """A person's description as JSON, for sealing."""
    return _JSON.encode(vars(told)).encode()


def from_json(stored: bytes) -> Person:
    """Read it back."""
    fields: dict[str, Any] = json.loads(stored)
    if fields["birth_date"]:
        fields["birth_date"] = date.fromisoformat(fields["birth_date"])
    return Person(**fields)


def filled(known: Person, told: Person) -> Person:
    """Return what is known, its gaps filled from what was told; nothing known is overwritten."""
    if told is known:
        return known
    gaps = {name: value for name, value in vars(told).items() if value not in _GAP and getattr(known, name) in _GAP}
    return replace(known, **gaps) if gaps else known


def terms(vault: Vault, index: Iterable[tuple[str, str]]) -> set[Term]:
    """Digest what `rules.identity.index_terms` gives; each kind has a purpose of its own."""
    return {(kind, vault.digest(f"person:{kind}", term)) for kind, term in index}


async def read(conn: AsyncConnection, vault: Vault, person_id: str) -> Person:
    """Open one person's identity; the caller logs who reads and why.

    Raises:
        NoSuchPersonError: nobody has the id, or the person was erased.
    """
    return (await opened(conn, vault, person_id)).told


async def opened(conn: AsyncConnection, vault: Vault, person_id: str) -> OpenedPerson:
    """One person, opened, without the look-up terms; as `read`, for whoever needs the key too.

    Raises:
        NoSuchPersonError: nobody has the id, or the person was erased.
    """
    row = (await conn.execute(select(persons).where(persons.c.person_id == person_id))).one_or_none()
    if row is None or row.key_sealed is None or row.identity_sealed is None:
        raise NoSuchPersonError(f"person {person_id} is not known, or was erased")
    return _opened(vault, row, set())


async def found_by(conn: AsyncConnection, wanted: Collection[Term]) -> set[str]:
    """Ids of everybody whom one of the terms finds."""
    if not wanted:
        return set()
    digests = {digest for _, digest in wanted}  # each kind is digested for itself, so the digest alone is enough
    return set((await conn.exec_driver_sql(_FOUND_BY, (list(digests),))).scalars())


async def find(conn: AsyncConnection, vault: Vault, ids: Collection[str]) -> dict[str, OpenedPerson]:
    """People by id, opened; without those who were erased."""
    if not ids:
        return {}
    rows = (await conn.execute(select(persons).where(among(persons.c.person_id, ids)))).all()
    index = await _terms_of(conn, ids)
    return {row.person_id: _opened(vault, row, index.get(row.person_id, set())) for row in rows if row.key_sealed}


async def save(
    conn: AsyncConnection, people: Sequence[OpenedPerson], new_terms: Mapping[str, set[Term]], now: datetime
) -> None:
    """Store new people, the changed identity of known ones, and new look-up terms."""
    await insert(conn, RowsToWrite(persons, [_row(each, now) for each in people if each.fresh], "new"))
    known = [{"person_id": each.person_id, "identity_sealed": _sealed(each)} for each in people if not each.fresh]
    await rewrite(conn, persons, known)
    index = [
        {"person_id": person_id, "kind": kind, "digest": digest}
        for person_id, added in new_terms.items()
        for kind, digest in sorted(added)
    ]
    await insert(conn, RowsToWrite(person_index, index, "once"))


async def keys(conn: AsyncConnection, vault: Vault, ids: Collection[str]) -> dict[str, Key]:
    """The opened keys of people, by id; without those who were erased."""
    rows = await conn.execute(select(persons.c.person_id, persons.c.key_sealed).where(among(persons.c.person_id, ids)))
    return {row.person_id: vault.key(row.person_id, row.key_sealed) for row in rows if row.key_sealed}


async def key(conn: AsyncConnection, vault: Vault, person_id: str | None) -> Key:
    """One person's opened key; without a person the vault's own.

    Raises:
        SealBrokenError: the person was erased.
    """
    if person_id is None:
        return vault.own
    found = await keys(conn, vault, [person_id])
    if person_id not in found:
        raise SealBrokenError(f"person {person_id} was erased")
    return found[person_id]


def _opened(vault: Vault, row: Any, index: set[Term]) -> OpenedPerson:
    opened = vault.key(row.person_id, row.key_sealed)
    return OpenedPerson(row.person_id, opened, from_json(opened.open(_PURPOSE, row.identity_sealed)), index)


def _sealed(person: OpenedPerson) -> bytes:
    return person.key.seal(_PURPOSE, to_json(person.told))


def _row(person: OpenedPerson, now: datetime) -> dict[str, Any]:
    return {
        "person_id": person.person_id,
        "key_sealed": person.key_sealed,
        "identity_sealed": _sealed(person),
        "created_at": now,
    }


async def _terms_of(conn: AsyncConnection, ids: Collection[str]) -> dict[str, set[Term]]:
    rows = await conn.execute(select(person_index).where(among(person_index.c.person_id, ids)))
    index: dict[str, set[Term]] = {}
    for row in rows:
        index.setdefault(row.person_id, set()).add((row.kind, row.digest))
    return index
