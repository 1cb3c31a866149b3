"""Doctor's checks of PostgreSQL: connection, version, tables, key, clocks, what waits, running processes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store import look_ups
from handoff.store.address import Address
from handoff.store.engine import connect
from handoff.store.intake.parked import OURS, Count
from handoff.store.intake.parked import counted as parked_counted
from handoff.store.queries import monitoring
from handoff.store.queries.monitoring import Connection, Waiting
from workers import heartbeat
from workers.oncall.finding import Finding, age, in_words
from workers.preflight import key_fits, refusal, tables_fit
from workers.process import UnfitError
from workers.settings import Settings

PROCESSES = ("worker", "intake", "relay")
WAITING = ("facts untold", "events unsent", "parked records", "overdue tasks", "look-ups")
_TABLES = "cannot be checked with the database's tables", "Migrate the database to this version first."
_SERVER = "cannot be checked while PostgreSQL is away", "Start PostgreSQL first."
_OLDEST = 140_000  # PostgreSQL 14
_CLOCKS_APART = 2.0  # seconds
_SOON, _LONG = timedelta(seconds=30), timedelta(minutes=5)  # what waits longer is a warning; a failure
_SECOND_LOOK = 2.0  # seconds
_WITHIN = 10.0  # seconds
_NAMED = 3  # cases, receivers
_AWAY = (SQLAlchemyError, OSError, TimeoutError)
Look = Callable[[AsyncConnection], Awaitable[Waiting]]


async def store(settings: Settings) -> list[Finding]:
    """Findings about PostgreSQL and the processes."""
    engine = connect(settings.postgres, pool=1, name="handoff doctor")
    try:
        async with asyncio.timeout(_WITHIN), engine.connect() as conn:
            fits = [await _server(conn), *await _fits(conn, settings)]
            legible = not any(finding.part == "database" and finding.state == "fail" for finding in fits)
            waits = await _waits(conn) if legible else [_unknown(name, _TABLES) for name in WAITING]
            return [*fits, *waits, *await processes(conn, settings)]
    except _AWAY as trouble:
        return [_away(settings, trouble), *(_unknown(name, _SERVER) for name in (*WAITING, *PROCESSES))]
    finally:
        await engine.dispose()


async def processes(conn: AsyncConnection, settings: Settings) -> list[Finding]:
    """Findings about the processes, by their heartbeat: a named connection that is used every few seconds."""
    running = await monitoring.connected(conn, heartbeat.PREFIX)
    meant = {"worker": settings.workers, "intake": settings.intakes, "relay": settings.relays}
    return [
        _process(name, [one for one in running if heartbeat.process_of(one.name)[0] == name], meant[name])
        for name in PROCESSES
    ]


async def _server(conn: AsyncConnection) -> Finding:
    number = int((await conn.execute(text("SHOW server_version_num"))).scalar_one())
    version = str((await conn.execute(text("SHOW server_version"))).scalar_one()).split(" ", maxsplit=1)[0]
    if number < _OLDEST:
        return Finding("PostgreSQL", "fail", f"{version} is too old", "Upgrade it to 14 or newer.")
    return Finding("PostgreSQL", "ok", f"{version} answers")


async def _fits(conn: AsyncConnection, settings: Settings) -> list[Finding]:
    offset = await heartbeat.clock_offset(conn)
    apart = f"this machine and PostgreSQL are {abs(offset):.1f} s apart"
    findings = [Finding("clocks", "ok", apart)]
    if abs(offset) > _CLOCKS_APART:
        findings = [Finding("clocks", "warn", apart, "Synchronise both machines with one NTP server.")]
    for part, fits in (("database", tables_fit(conn)), ("master key", key_fits(conn, settings))):
        if any(finding.part == "database" and finding.state == "fail" for finding in findings):
            fits.close()
            continue
        findings.append(await _as_finding(part, fits))
    return findings


async def _as_finding(part: str, fits: "Awaitable[None]") -> Finding:
    try:
        await fits
    except UnfitError as unfit:
        says, _, do = str(unfit).partition(": ")
        return Finding(part, "fail", says, do[:1].upper() + do[1:])
    return Finding(part, "ok", {"database": "has this version's tables"}.get(part, "opens the sealed data"))


async def _waits(conn: AsyncConnection) -> list[Finding]:
    now = datetime.now(UTC)
    late = await monitoring.overdue(conn, now)
    parked = _counted("parked records", await monitoring.unsettled(conn), now, "handoff parked count")
    most = await parked_counted(conn)
    untold = await _untold(conn)
    unsent = await _moving(conn, "events unsent", monitoring.unsent, "Look at relay and Kafka above.")
    if unsent.state != "ok":
        receivers = await monitoring.unsent_to(conn, now - _SOON)
        unsent = replace(unsent, says=f"{unsent.says} (to {_named(receivers)})")
    return [
        untold,
        unsent,
        replace(parked, says=f"{parked.says}; {_most(most)}") if most else parked,
        _counted("overdue tasks", late, now, "handoff tasks"),
        await _look_ups(conn),
    ]


async def _look_ups(conn: AsyncConnection) -> Finding:
    """People who are not found yet by all that this version looks up, as after an upgrade that was stopped."""
    if not (lacking := await look_ups.missing(conn)):
        return Finding("look-ups", "ok", "complete")
    says = f"{lacking} people are not found by all that this version looks up"
    return Finding("look-ups", "warn", says, "Fill them in: `handoff provision`; `handoff up` does so when it starts.")


async def _untold(conn: AsyncConnection) -> Finding:
    """Undelivered facts; if other cases get theirs, the cases that do not."""
    finding = await _moving(conn, "facts untold", monitoring.untold, "Look at worker, intake and Temporal above.")
    cases = [] if finding.state == "ok" else await monitoring.left_behind(conn, _NAMED + 1)
    if not cases:
        return finding
    do = "Look for `not_told` in intake's log: it has the error."
    return replace(finding, says=f"{finding.says}; other cases get theirs, but not {_named(cases)}", do=do)


def _most(parked: Sequence[Count]) -> str:
    """Summary of parked records. An unreadable batch is parked as one row with several records."""
    records = sum(row.records for row in parked)
    ours = sum(row.count for row in parked if row.code == OURS)
    says = f"{records} records in all, most from {parked[0].sender} ({parked[0].code})"
    return says + (f", {ours} by a fault of the engine" if ours else "")


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" and more" if len(names) > _NAMED else "")


async def _moving(conn: AsyncConnection, part: str, look: Look, do: str) -> Finding:
    """A warning or failure if the oldest still waits at a second look, after two seconds."""
    first = await look(conn)
    if age(first.since, datetime.now(UTC)) > _SOON:
        await asyncio.sleep(_SECOND_LOOK)
        again = await look(conn)
        waited = age(again.since, datetime.now(UTC))
        if again.first == first.first:
            says = f"{again.count} wait, the oldest for {in_words(waited)}"
            return Finding(part, "fail" if waited > _LONG else "warn", says, do)
    return Finding(part, "ok", f"{first.count} in progress" if first.count else "none")


def _counted(part: str, waiting: Waiting, now: datetime, command: str) -> Finding:
    if not waiting.count:
        return Finding(part, "ok", "none")
    says = f"{waiting.count}, the oldest for {in_words(age(waiting.since, now))}"
    return Finding(part, "warn", says, f"Look at them: `{command}`.")


def _process(name: str, running: Sequence[Connection], meant: int) -> Finding:
    if not running:
        return Finding(name, "fail", "none runs", f"Start it: `handoff up`, or `handoff {name}` by itself.")
    silent = [one.silent for one in running if one.silent > heartbeat.SILENT]
    if silent:
        says = f"{len(silent)} of {len(running)} hangs: no heartbeat for {in_words(max(silent))}"
        do = "Kill it (`kill -9`) and start it again; `handoff up` does so after a minute."
        return Finding(name, "fail" if len(silent) == len(running) else "warn", says, do)
    builds = ", ".join(sorted({heartbeat.process_of(one.name)[1] for one in running}))
    if len(running) < meant:
        do = f"Start the others; `HANDOFF_{name.upper()}S` is the number that should run."
        return Finding(name, "warn", f"{len(running)} of {meant} runs ({builds})", do)
    many = f"{len(running)} run" if len(running) > 1 else "runs"
    return Finding(name, "ok", f"{many} ({builds})")


def _away(settings: Settings, trouble: BaseException) -> Finding:
    refused = refusal(trouble)
    where = Address.of(settings.postgres).shown
    if refused:
        why, _, do = str(refused).partition(": ")
        says = f"{why.removeprefix('PostgreSQL ')} at {where}"
        return Finding("PostgreSQL", "fail", says, do[:1].upper() + do[1:])
    do = "Start it (`handoff up`), or look at its log; nothing is lost meanwhile."
    return Finding("PostgreSQL", "fail", f"does not answer at {where}", do)


def _unknown(name: str, why: tuple[str, str]) -> Finding:
    return Finding(name, "warn", *why)
