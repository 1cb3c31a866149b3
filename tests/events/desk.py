"""A municipality's intake as tests use it: notices in, what became of them out, on a real database of its own."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.contract.event_types import told as particulars
from events.intake.inbox import Inbox
from events.intake.writes import Taken
from events.readers import InboundRecord, from_json
from handoff.profile import load
from handoff.store import outbox
from handoff.store.intake import facts
from handoff.store.intake.facts import CONTENT
from handoff.store.vault import Vault

NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)  # a Monday noon in Seoul
PROFILE = load.load("gwangmyeong")
BOKSUN = {
    "name": "김복순",
    "birth_date": "1948-03-02",
    "phone": "010-2345-6789",
    "address": "경기도 광명시 철산로 12",
    "registration_number": "480302-2123456",
}
_OFFSETS = itertools.count()


def person(**changes: Any) -> dict[str, Any]:
    told = {**BOKSUN, **changes}
    return {name: value for name, value in told.items() if value is not None}


def at_home(number: int) -> dict[str, str]:
    """An address of its own for each of many people: those who share birth date and address may be one person."""
    return {"address": f"경기도 광명시 철산로 {number + 1}"}


def record(kind: str, data: Mapping[str, Any], sender: str = "gm-hospital", **attributes: str) -> InboundRecord:
    """One event as it stands on the sender's topic."""
    offset = next(_OFFSETS)
    named = {"id": f"m{offset}", "time": "2026-05-04T11:00:00+09:00", "source": sender, **attributes}
    attributes = {"specversion": "1.0", "type": kind, **named}
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    body = json.dumps(data, ensure_ascii=False).encode()
    return InboundRecord(sender, body, headers, f"handoff.from.{sender}", 0, offset)


def notice(sender: str = "gm-hospital", kind: str = "discharge.notified", **more: Any) -> InboundRecord:
    """A notice of Bok-sun's discharge; `who`, `discharge` and `consent` are what it says, the rest its attributes."""
    who = more.pop("who", person())
    discharge = {"reference": "V-1", "discharged_at": "2026-05-04T10:00:00+09:00", **more.pop("discharge", {})}
    given = more.pop("consent", True)
    consent = given if isinstance(given, dict) else {"given": given}
    data = {"person": who, "discharge": discharge, "consent": consent}
    return record(kind, data, sender, **more)


@dataclass
class Desk:
    engine: AsyncEngine
    url: str
    vault: Vault = field(default_factory=lambda: Vault(bytes(range(32))))
    now: datetime = NOW

    @property
    def inbox(self) -> Inbox:
        return Inbox(self.engine, self.vault, PROFILE)

    async def take(self, *arrivals: InboundRecord) -> list[Taken]:
        return await self.inbox.take(arrivals, self.now)

    async def outcomes(self, *arrivals: InboundRecord) -> list[str]:
        return [taken.outcome for taken in await self.take(*arrivals)]

    async def opened(self, **more: Any) -> str:
        """A case of Bok-sun's, opened."""
        [taken] = await self.take(notice(**more))
        assert taken.outcome == "opened", taken
        return taken.case_id

    async def rows(self, table: Table) -> Sequence[Row[Any]]:
        async with self.engine.connect() as conn:
            return (await conn.execute(select(table).order_by(*table.primary_key))).all()

    async def letters(self, receiver: str) -> list[tuple[str, dict[str, Any]]]:
        async with self.engine.connect() as conn:
            due = await outbox.due(conn, self.vault, receiver, 1000)
        return [(each.kind, json.loads(each.data or b"null")) for each in due]

    async def told(self, case_id: str) -> list[tuple[str, str]]:
        """Kind and code of what the case is told, in order."""
        async with self.engine.connect() as conn:
            rows = (await facts.untold(conn, [case_id], 1000))[case_id]
        read = [
            from_json(self.vault.key(row.person_id, row.key_sealed).open(CONTENT, row.content_sealed or b""))
            for row in rows
        ]
        return [(fact.kind, particulars(fact).code) for fact in read]

    async def close(self, case_id: str) -> None:
        async with self.engine.begin() as conn:
            await conn.execute(
                text("UPDATE cases SET closed_at = :now, stage = 'closed', outcome = 'guided' WHERE case_id = :case"),
                {"now": self.now, "case": case_id},
            )

    async def forget(self) -> None:
        """Begin again with nothing taken."""
        async with self.engine.begin() as conn:
            await conn.execute(text("TRUNCATE persons, facts, parked, outbox CASCADE"))

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)
