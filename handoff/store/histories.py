"""Histories of finished runs, kept so that the proof of a case does not depend on Temporal's retention."""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, among, insert
from handoff.store.tables import histories
from handoff.store.vault import Vault

_LOCK = 730_593


@dataclass(frozen=True)
class Kept:
    """One finished workflow run of a case.

    Attributes:
        previous_run_id: the run before it; "" for the first.
        ended: how it ended, e.g. "continued-as-new" or "completed".
        builds: builds of the workers that ran it, in order.
        events: number of events in the history.
        began_at: moment of the first event.
        closed_at: moment of the last event.
        content: the history as Temporal's protocol buffer `History`.
    """

    case_id: str
    run_id: str
    previous_run_id: str
    ended: str
    builds: tuple[str, ...]
    events: int
    began_at: datetime
    closed_at: datetime
    content: bytes


async def alone(conn: AsyncConnection) -> bool:
    """Try to become the only one that keeps histories until this transaction ends; returns whether it worked."""
    return bool(await conn.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}))


async def last_closed(conn: AsyncConnection) -> datetime | None:
    """When the last of the kept runs ended; None: none is kept."""
    moment: datetime | None = await conn.scalar(select(func.max(histories.c.closed_at)))
    return moment


async def known(conn: AsyncConnection, runs: Collection[str]) -> set[str]:
    """The ids of those runs that are kept already."""
    return set(await conn.scalars(select(histories.c.run_id).where(among(histories.c.run_id, runs))))


async def keep(conn: AsyncConnection, vault: Vault, runs: Sequence[Kept], now: datetime) -> None:
    """Keep runs. Runs that are kept already stay as they are.

    They are sealed with the vault's own key, not the person's: a history has no personal data, and the proof must last
    after the person's identity is erased.
    """
    await insert(conn, RowsToWrite(histories, [_row(vault, run, now) for run in runs], "once"))


async def of_case(conn: AsyncConnection, vault: Vault, case_id: str) -> list[Kept]:
    """A case's kept runs, oldest first.

    Raises:
        SealBrokenError: a history was changed, or belongs to another case or run.
    """
    rows = await conn.execute(select(histories).where(histories.c.case_id == case_id).order_by(histories.c.began_at))
    return [_opened(vault, row) for row in rows]


def _row(vault: Vault, run: Kept, now: datetime) -> dict[str, Any]:
    row = {**vars(run), "builds": list(run.builds), "kept_at": now}
    content = zlib.compress(row.pop("content"))
    return {**row, "history_sealed": vault.own.seal(_purpose(run.case_id, run.run_id), content)}


def _opened(vault: Vault, row: Any) -> Kept:
    return Kept(
        case_id=row.case_id,
        run_id=row.run_id,
        previous_run_id=row.previous_run_id,
        ended=row.ended,
        builds=tuple(row.builds),
        events=row.events,
        began_at=row.began_at,
        closed_at=row.closed_at,
        content=zlib.decompress(vault.own.open(_purpose(row.case_id, row.run_id), row.history_sealed)),
    )


def _purpose(case_id: str, run_id: str) -> str:
    return f"history:{case_id}:{run_id}"
