"""Everything that a database holds, also what is sealed, for somebody who has every key."""

from collections.abc import Iterator, Sequence
from itertools import product

from handoff.store import persons, tables
from handoff.store.intake.facts import CONTENT
from handoff.store.tables import metadata
from handoff.store.vault import Key, SealBrokenError
from tests.events.desk import Desk

PURPOSES = (CONTENT, "raw", "identity", "letter", "reference", "parked", "parked-headers")


async def everything(desk: Desk) -> str:
    """All columns of all tables, also with every sealed value opened."""
    shown: list[str] = []
    async with desk.engine.connect() as conn:
        people = await persons.keys(conn, desk.vault, [row.person_id for row in await desk.rows(tables.persons)])
        for table in metadata.sorted_tables:
            for row in await conn.execute(table.select()):
                shown += [str(value) for value in row if not isinstance(value, bytes)]
                sealed = [value for value in row if isinstance(value, bytes)]
                shown += [value.decode("utf-8", "replace") for value in sealed]
                shown += _opened(sealed, [desk.vault.own, *people.values()])
    return "\n".join(shown)


def _opened(sealed: Sequence[bytes], keys: Sequence[Key]) -> Iterator[str]:
    for value, key, purpose in product(sealed, keys, PURPOSES):
        try:
            yield key.open(purpose, value).decode("utf-8", "replace")
        except SealBrokenError:
            continue
