"""People who were stored by an earlier scheme of look-up terms are found by the present one, whatever interrupts it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, event, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from handoff.fact import Person
from handoff.rules import identity
from handoff.store import look_ups, persons
from handoff.store.engine import connect
from handoff.store.tables import person_index
from handoff.store.tables import persons as people
from handoff.store.vault import SealBrokenError, Vault
from tests.store.databases import create, migrated

NOW = datetime(2026, 5, 4, tzinfo=UTC)
NEW = (identity.NAME_BIRTH, identity.NAME_ADDRESS, identity.BIRTH_ADDRESS, identity.BIRTH_PHONE)
MANY = 25


@dataclass
class Record:
    """A database with people as an earlier build stored them."""

    engine: AsyncEngine
    url: str
    vault: Vault

    async def lacking(self) -> int:
        async with self.engine.connect() as conn:
            return await look_ups.missing(conn)

    async def found(self, number: int) -> set[str]:
        """Whom name and birth date of a person find."""
        wanted = [term for term in identity.index_terms(told(number), "") if term[0] == identity.NAME_BIRTH]
        async with self.engine.connect() as conn:
            return await persons.found_by(conn, persons.terms(self.vault, wanted))


def told(number: int) -> Person:
    return Person(
        name=f"김복{'가나다라마바사아자차'[number % 10]}{number}",
        birth_date=date(1940, 1, 1 + number),
        phone=f"010-2345-{6000 + number}",
        address=f"경기도 광명시 철산로 {number + 1}",
    )


@pytest.fixture
async def record(postgres_url: str) -> AsyncIterator[Record]:
    url = await create(postgres_url, "look_ups", like=await migrated(postgres_url))
    engine, vault = connect(url), Vault(bytes(range(32)))
    known, terms = [], {}
    for number in range(MANY):
        person_id = f"P{number:02}"
        key, sealed = vault.new_key(person_id)
        known.append(persons.OpenedPerson(person_id, key, told(number), fresh=True, key_sealed=sealed))
        terms[person_id] = persons.terms(vault, identity.index_terms(told(number), ""))
    async with engine.begin() as conn:
        await persons.save(conn, known, terms, NOW)
        await conn.execute(delete(person_index).where(person_index.c.kind.in_(NEW)))
        await conn.execute(update(people).values(scheme=1))
    yield Record(engine, url, vault)
    await engine.dispose()


async def test_people_of_an_earlier_scheme_are_found_afterwards_and_a_second_run_writes_nothing(
    record: Record,
) -> None:
    assert await record.found(3) == set()
    assert await look_ups.fill_in(record.engine, record.vault, batch=10) == MANY
    assert [await record.found(number) for number in range(MANY)] == [{f"P{number:02}"} for number in range(MANY)]
    assert await record.lacking() == 0
    written: list[str] = []
    event.listen(
        record.engine.sync_engine,
        "before_cursor_execute",
        lambda _conn, _cursor, statement, *_more: written.append(statement.split()[0]),
    )
    assert await look_ups.fill_in(record.engine, record.vault) == 0
    assert not {"INSERT", "UPDATE"} & set(written)


async def test_it_goes_on_where_it_was_stopped(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = 0

    def stops(stored: bytes) -> Person:
        nonlocal begun
        begun += 1
        if begun == 15:
            raise KeyboardInterrupt
        return persons.from_json(stored)

    with monkeypatch.context() as patched:
        patched.setattr(look_ups, "from_json", stops)
        with pytest.raises(KeyboardInterrupt):
            await look_ups.fill_in(record.engine, record.vault, batch=10)
    assert await record.lacking() == MANY - 10  # the batch that was stopped is whole again
    assert await look_ups.fill_in(record.engine, record.vault, batch=10) == MANY - 10


async def test_erased_people_get_no_terms(record: Record) -> None:
    async with record.engine.begin() as conn:
        await conn.execute(update(people).where(people.c.person_id == "P04").values(key_sealed=None))
        await conn.execute(delete(person_index).where(person_index.c.person_id == "P04"))
    assert await look_ups.fill_in(record.engine, record.vault) == MANY - 1
    async with record.engine.connect() as conn:
        index = select(person_index.c.kind).where(person_index.c.person_id == "P04")
        assert (await conn.execute(index)).all() == []


async def test_people_whom_intake_has_locked_are_indexed_when_it_is_done(record: Record) -> None:
    holder = await record.engine.connect()
    await holder.begin()
    await holder.execute(update(people).where(people.c.person_id == "P07").values(died_at=NOW))
    lines: list[str] = []
    released = False

    async def release(_seconds: float) -> None:
        nonlocal released
        released = True
        await holder.commit()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(look_ups.asyncio, "sleep", release)
        assert await look_ups.fill_in(record.engine, record.vault, lines.append) == MANY
    await holder.close()
    assert released
    assert await record.found(7) == {"P07"}
    assert lines == []  # quicker than two seconds


async def test_a_long_run_says_how_far_it_is(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(look_ups, "_SILENT", -1.0)
    await look_ups.fill_in(record.engine, record.vault, lines.append, batch=10)
    assert lines[0] == "filling in the look-ups of people: 10 done, 15 left"


async def test_a_wrong_key_indexes_nobody(record: Record) -> None:
    with pytest.raises(SealBrokenError):
        await look_ups.bring_up_to_date(record.url, lambda: Vault(bytes(32)))
    assert await record.lacking() == MANY


async def test_whoever_is_stored_now_has_all_terms(record: Record) -> None:
    await look_ups.bring_up_to_date(record.url, lambda: record.vault)
    async with record.engine.begin() as conn:
        key, sealed = record.vault.new_key("P99")
        person = persons.OpenedPerson("P99", key, told(1), fresh=True, key_sealed=sealed)
        await persons.save(conn, [person], {}, NOW)
        schemes = (await conn.execute(text("SELECT DISTINCT scheme FROM persons"))).scalars().all()
    assert schemes == [identity.SCHEME]


async def test_a_term_that_many_people_share_finds_nobody_and_opens_no_identity(record: Record) -> None:
    shared = (identity.BIRTH_ADDRESS, b"the same house and day")
    async with record.engine.begin() as conn:
        for count, finds in ((24, 24), (25, 0)):
            ids = [f"P{number:02}" for number in range(count)]
            await persons.save(conn, [], {person_id: {shared} for person_id in ids}, NOW)
            assert len(await persons.found_by(conn, [shared])) == finds
