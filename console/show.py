"""Cases in a list, and one case whole: who does what next, what it waits for and why, and what happened."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from console.connections import Connections
from console.errors import NotFoundError
from console.reasons import what
from handoff.fact import Person
from handoff.store import persons
from handoff.store.queries import reads
from handoff.store.queries.reads import CaseRead, CaseWhole
from handoff.vocabulary.states import VisitState
from handoff.worklist.next_action import Next, RunningClock, following, waits


async def list_cases(connections: Connections, *, stage: str = "", closed: bool = False) -> list[CaseRead]:
    """Cases by what is due next; closed ones only if they are asked for."""
    async with connections.engine.connect() as conn:
        found = await reads.all_cases(conn, connections.now(), closed=closed)
    return [read for read in found if stage in ("", read.stage)]


async def show_case(connections: Connections, case: str) -> CaseWhole:
    """One case, without whose it is.

    Raises:
        NotFoundError: there is no such case.
    """
    async with connections.engine.connect() as conn:
        whole = await reads.whole(conn, case, connections.now())
    if whole is None:
        raise NotFoundError(f"There is no case {case}; `handoff cases --all` lists them.")
    return whole


async def show_identity(connections: Connections, case: str, *, who: str, why: str) -> dict[str, Any]:
    """Who the person is, as far as it is known; the look is logged before it is shown.

    Raises:
        NotFoundError: the person was erased.
    """
    async with connections.engine.begin() as conn:
        await reads.log_identity_read(conn, case, who=who, why=why, now=connections.now())
        person = await reads.person_of(conn, case)
    try:
        async with connections.engine.connect() as conn:
            return _identity(await persons.read(conn, connections.vault, person or ""))
    except persons.NoSuchPersonError as error:
        raise NotFoundError("This person's identity was erased.") from error


def case_content(whole: CaseWhole, connections: Connections) -> dict[str, Any]:
    """A case as JSON has it: every screen is made of this."""
    row, now = whole.case, connections.now()
    found = None if row.closed_at else following(whole.tasks, whole.clocks, now)
    awaited = [] if row.closed_at else waits(whole.tasks, whole.clocks, now)
    return {
        "case": row.case_id,
        "stage": row.stage,
        "next": _next(found, connections),
        "waits": [{"for": each.for_, "why": each.why, "since": _moment(each.since)} for each in awaited],
        "timeline": [_happened(each) for each in whole.timeline],
        "consent": row.consent or None,
        "eligibility": row.eligibility or None,
        "priority": row.priority or None,
        "facility": row.facility,
        "expected_at": _moment(row.expected_at),
        "discharged_at": _moment(row.discharged_at),
        "admitted_at": _moment(row.admitted_at),
        "closed_at": _moment(row.closed_at),
        "end": reads.end(row) or None,
        "lines": [_line(each, whole) for each in whole.lines],
        "checks": [
            {"check": each.check_id, "state": each.state, "planned_at": _moment(each.planned_at)}
            for each in whole.checks
        ],
        "clocks": [_clock(each) for each in whole.clocks],
        "tasks": [
            {
                "task": each.task,
                "kind": each.kind,
                "owner": each.owner,
                "due_at": _moment(each.due_at),
                "do": connections.to_type(each.commands(now)[0]),
            }
            for each in whole.tasks
        ],
    }


def _happened(row: Any) -> dict[str, Any]:
    return {
        "occurred_at": _moment(row.occurred_at),
        "known_at": _moment(row.known_at),
        "who": row.who or "engine",
        "what": what(row),
        "why": row.why or row.code,
    }


def _line(line: Any, whole: CaseWhole) -> dict[str, Any]:
    offers = [each for each in whole.referrals if each.line_id == line.line_id]
    visits = [each for each in whole.visits if each.line_id == line.line_id]
    planned = [each for each in visits if each.state == VisitState.SCHEDULED]
    return {
        "line": line.line_id,
        "service": line.service,
        "kind": line.kind,
        "quantity": line.quantity,
        "per": line.per or None,
        "urgent": line.urgent,
        "state": line.state,
        "provider": line.provider or None,
        "reason": line.reason or None,
        "offer": offers[-1].offer_id if offers else None,
        "offer_state": offers[-1].state if offers else None,
        "visits": {
            VisitState.COMPLETED: sum(each.state == VisitState.COMPLETED for each in visits),
            "planned": len(planned),
        },
        "next_visit": planned[0].visit_id if planned else None,
        "next_visit_at": _moment(planned[0].planned_at) if planned else None,
    }


def _clock(clock: RunningClock) -> dict[str, Any]:
    return {
        "clock": clock.name,
        "owner": clock.owner,
        "started_at": _moment(clock.started_at),
        "due_at": None if clock.stands else _moment(clock.due_at),
        "pauses": [dict(pause) for pause in clock.pauses],
        "stands_still": clock.stands[-1]["why"] if clock.stands else None,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _next(found: Next | None, connections: Connections) -> dict[str, Any] | None:
    if found is None:
        return None
    action = f"{found.action}: {connections.to_type(found.command)}" if found.command else found.action
    return {"action": action, "owner": found.owner, "due_at": _moment(found.due_at)}


def listed_content(read: CaseRead, connections: Connections) -> dict[str, Any]:
    """A case of a list as JSON has it."""
    return {
        "case": read.case,
        "stage": read.stage,
        "next": _next(read.next, connections),
        "overdue": read.overdue,
        "opened_at": _moment(read.opened_at),
        "discharged_at": _moment(read.discharged_at),
        "expected_at": _moment(read.expected_at),
        "closed_at": _moment(read.closed_at),
        "end": read.end or None,
    }


def _identity(told: Person) -> dict[str, Any]:
    named = {name: value for name, value in asdict(told).items() if value not in ("", None)}
    return {name: str(value) if not isinstance(value, bool) else value for name, value in named.items()}
