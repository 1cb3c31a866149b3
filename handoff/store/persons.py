"""Persons: identity, sealed with the person's own key, and keyed digests for look-ups."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.fact import Person
from handoff.rules.identity import SCHEME
from handoff.rules.versions import Versions
from handoff.store.bulk import RowsToWrite, among, insert, rewrite
from handoff.store.tables import person_index, persons
from handoff.store.vault import Key, SealBrokenError, Vault
from handoff.store.versions_json import of_an_earlier_build, read_versions, versions_as_json

PURPOSE = "identity"  # of the sealed column


_GAP = ("", None)  # values that mean "not stated"


_JSON = json.JSONEncoder(ensure_ascii=False, default=date.isoformat)


_TOO_MANY = 25  # people with one term: it tells nobody apart, such as a birth date that a facility fills in for all
_FOUND_BY = f"""
    SELECT sought.digest, coalesce(persons.merged_into, found.person_id)
    FROM unnest($1::bytea[]) AS sought (digest) CROSS JOIN LATERAL (
        SELECT person_id FROM person_index WHERE person_index.digest = sought.digest LIMIT {_TOO_MANY}
    ) AS found JOIN persons USING (person_id)
"""  # noqa: S608 - a number of ours
# The terms of a person who was merged are those of the one who goes on.
_TERMS = """
    SELECT coalesce(merged_into, person_id), kind, digest FROM person_index JOIN persons USING (person_id)
    WHERE person_id = ANY($1)
"""
_MERGED = "SELECT person_id FROM persons WHERE merged_into = ANY($1)"


Term = tuple[str, bytes]  # kind of look-up, keyed digest


_RANKS, _VERSIONS = "ranks", "versions"  # keys beside the fields of the person; earlier builds wrote ranks


class NoSuchPersonError(Exception):
    """No person has this id, or the person was erased."""


@dataclass
class OpenedPerson:
    """A known person, decrypted.

    Attributes:
        terms: kinds and digests of the look-up terms.
        fresh: not stored yet.
        versions: by detail: what each source says of it.
        merged_into: the person as whom this one counts since a join; "": as itself.
    """

    person_id: str
    key: Key
    told: Person
    terms: set[Term] = field(default_factory=set)
    fresh: bool = False
    key_sealed: bytes = b""
    versions: Versions = field(default_factory=dict)
    merged_into: str = ""


def to_json(person: Person, versions: Versions | None = None) -> bytes:
    """A person as JSON, for sealing, with the versions of what is known."""
    kept = {_VERSIONS: versions_as_json(versions)} if versions else {}
    return _JSON.encode({**vars(person), **kept}).encode()


def from_json(stored: bytes) -> Person:
    """A person from the JSON of `to_json`."""
    return _person(json.loads(stored))


def _person(fields: Mapping[str, Any]) -> Person:
    named = {name: value for name, value in fields.items() if name not in (_RANKS, _VERSIONS)}
    if named["birth_date"]:
        named["birth_date"] = date.fromisoformat(named["birth_date"])
    return Person(**named)


def filled(stored: Person, reported: Person) -> Person:
    """Fill the gaps of the stored person from the reported one; no stored value is overwritten."""
    if reported is stored:
        return stored
    gaps = {
        name: value for name, value in vars(reported).items() if value not in _GAP and getattr(stored, name) in _GAP
    }
    return replace(stored, **gaps) if gaps else stored


def terms(vault: Vault, index: Iterable[tuple[str, str]]) -> set[Term]:
    """Digests of the terms from `rules.identity.index_terms`; the digest depends on the kind too."""
    return {(kind, vault.digest(f"person:{kind}", term)) for kind, term in index}


async def read(conn: AsyncConnection, vault: Vault, person_id: str) -> Person:
    """Decrypt one person's identity. The caller logs who reads it and why.

    Raises:
        NoSuchPersonError: no person has the id, or the person was erased.
    """
    return (await opened(conn, vault, person_id)).told


async def opened(conn: AsyncConnection, vault: Vault, person_id: str) -> OpenedPerson:
    """Like `read`, with the person's key; without look-up terms.

    Raises:
        NoSuchPersonError: no person has the id, or the person was erased.
    """
    row = (await conn.execute(select(persons).where(persons.c.person_id == person_id))).one_or_none()
    if row is None or row.key_sealed is None or row.identity_sealed is None:
        raise NoSuchPersonError(f"person {person_id} is not known, or was erased")
    return _opened(vault, row, set())


async def found_by(conn: AsyncConnection, lookup: Collection[Term]) -> set[str]:
    """Ids of the persons with any of these terms. A term that 25 people share finds none of them.

    Persons who were merged count as the one who goes on.
    """
    if not lookup:
        return set()
    digests = {digest for _, digest in lookup}  # a digest depends on its kind, so it is enough alone
    by_digest: dict[bytes, set[str]] = {}
    rows: Iterable[Any] = await conn.exec_driver_sql(_FOUND_BY, (list(digests),))
    for digest, person_id in rows:
        by_digest.setdefault(digest, set()).add(person_id)
    return {person_id for ids in by_digest.values() if len(ids) < _TOO_MANY for person_id in ids}


async def with_merged(conn: AsyncConnection, ids: Collection[str]) -> set[str]:
    """These ids, and those of the persons who were merged into them."""
    if not ids:
        return set()
    return {*ids, *(await conn.exec_driver_sql(_MERGED, (list(ids),))).scalars()}


async def find(conn: AsyncConnection, vault: Vault, ids: Collection[str]) -> dict[str, OpenedPerson]:
    """Persons by id, decrypted; without erased ones. Those who were merged into them come too, without terms."""
    if not ids:
        return {}
    ids = await with_merged(conn, ids)
    rows = (await conn.execute(select(persons).where(among(persons.c.person_id, ids)))).all()
    index = await _terms_of(conn, ids)
    return {row.person_id: _opened(vault, row, index.get(row.person_id, set())) for row in rows if row.key_sealed}


async def save(
    conn: AsyncConnection, people: Sequence[OpenedPerson], new_terms: Mapping[str, set[Term]], now: datetime
) -> None:
    """Insert new persons, update the identity of known ones, and insert new look-up terms."""
    await insert(conn, RowsToWrite(persons, [_row(person, now) for person in people if person.fresh], "new"))
    stored = [person for person in people if not person.fresh]
    identities = [{"person_id": person.person_id, "identity_sealed": _sealed(person)} for person in stored]
    await rewrite(conn, persons, identities)
    index = [
        {"person_id": person_id, "kind": kind, "digest": digest}
        for person_id, added in new_terms.items()
        for kind, digest in sorted(added)
    ]
    await insert(conn, RowsToWrite(person_index, index, "once"))


async def keys(conn: AsyncConnection, vault: Vault, ids: Collection[str]) -> dict[str, Key]:
    """The keys of persons by id, ready to use; without erased persons."""
    rows = await conn.execute(select(persons.c.person_id, persons.c.key_sealed).where(among(persons.c.person_id, ids)))
    return {row.person_id: vault.key(row.person_id, row.key_sealed) for row in rows if row.key_sealed}


async def key(conn: AsyncConnection, vault: Vault, person_id: str | None) -> Key:
    """One person's key, ready to use; for None the vault's own key.

    Raises:
        SealBrokenError: the person was erased.
    """
    if person_id is None:
        return vault.own
    by_id = await keys(conn, vault, [person_id])
    if person_id not in by_id:
        raise SealBrokenError(f"person {person_id} was erased")
    return by_id[person_id]


def _opened(vault: Vault, row: Any, index: set[Term]) -> OpenedPerson:
    opened = vault.key(row.person_id, row.key_sealed)
    stored: dict[str, Any] = json.loads(opened.open(PURPOSE, row.identity_sealed))
    kept = _person(stored)
    if _VERSIONS in stored:
        versions = read_versions(stored[_VERSIONS])
    else:
        versions = of_an_earlier_build(kept, stored.get(_RANKS, {}))
    merged_into = getattr(row, "merged_into", None) or ""
    return OpenedPerson(row.person_id, opened, kept, index, versions=versions, merged_into=merged_into)


def _sealed(person: OpenedPerson) -> bytes:
    return person.key.seal(PURPOSE, to_json(person.told, person.versions))


def _row(person: OpenedPerson, now: datetime) -> dict[str, Any]:
    return {
        "person_id": person.person_id,
        "key_sealed": person.key_sealed,
        "identity_sealed": _sealed(person),
        "created_at": now,
        "scheme": SCHEME,
    }


async def _terms_of(conn: AsyncConnection, ids: Collection[str]) -> dict[str, set[Term]]:
    index: dict[str, set[Term]] = {}
    rows: Iterable[Any] = await conn.exec_driver_sql(_TERMS, (list(ids),))
    for person_id, kind, digest in rows:
        index.setdefault(person_id, set()).add((kind, digest))
    return index
