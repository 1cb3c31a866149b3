"""Everything that the record has of one case, for the workflow that is made of it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.case.messages import CaseEvent, MilestoneResult
from handoff.case.record_rows import (
    RowsOfCase,
    StandingCase,
    StandingClock,
    StandingLine,
    StandingOffer,
    StandingVisit,
    TimelineRow,
)
from handoff.store.intake.facts import Untold
from handoff.store.queries.stored import (
    StoredCase,
    StoredClock,
    StoredLine,
    StoredMilestone,
    StoredReferral,
    StoredVisit,
)
from handoff.store.tables import facts, persons
from handoff.vocabulary.states import FactState

_RESULT = TypeAdapter(MilestoneResult)
_OF_A_FACT = (
    facts.c.case_id,
    facts.c.number,
    facts.c.fact_id,
    facts.c.sender,
    facts.c.occurred_at,
    facts.c.reference_digest,
    facts.c.content_sealed,
    facts.c.person_id,
    persons.c.key_sealed,
)


@dataclass(frozen=True)
class StoredRows:
    """The rows of one case. Timeline and referrals are in order."""

    case: StoredCase
    timeline: Sequence[StoredMilestone]
    clocks: Sequence[StoredClock]
    lines: Sequence[StoredLine]
    referrals: Sequence[StoredReferral]
    visits: Sequence[StoredVisit]


async def rows_of_case(conn: AsyncConnection, case_id: str) -> StoredRows:
    """The rows of a case that exists. The caller holds its lock, so that they belong together."""
    only = [case_id]
    [case] = await StoredCase.of_cases(conn, only)
    return StoredRows(
        case,
        await StoredMilestone.of_cases(conn, only, "seq"),
        await StoredClock.of_cases(conn, only, "started_at"),
        await StoredLine.of_cases(conn, only, "seq"),
        await StoredReferral.of_cases(conn, only, "offered_at"),
        await StoredVisit.of_cases(conn, only, "number"),
    )


async def facts_of_case(conn: AsyncConnection, case_id: str) -> list[Untold]:
    """The numbered facts of a case, delivered or not, in the order of their numbers."""
    of_case = facts.c.case_id == case_id, facts.c.state == FactState.NUMBERED
    rows = select(*_OF_A_FACT).outerjoin(persons, persons.c.person_id == facts.c.person_id).where(*of_case)
    return [Untold(*row) for row in await conn.execute(rows.order_by(facts.c.number))]


def with_events(rows: StoredRows, events: Mapping[str, CaseEvent]) -> RowsOfCase:
    """The record of a case, from its rows and, by name, its facts and actions."""
    return RowsOfCase(
        case=_case(rows.case),
        timeline=[_row(row) for row in rows.timeline],
        events=events,
        clocks=[_clock(clock) for clock in rows.clocks if clock.ended_at is None],
        lines=[StandingLine(line.line_id, line.kind, line.urgent, line.state) for line in rows.lines],
        offers=[StandingOffer(offer.offer_id, offer.line_id, offer.state) for offer in rows.referrals],
        visits=[StandingVisit(visit.visit_id, visit.line_id, visit.number, visit.state) for visit in rows.visits],
    )


def _case(row: StoredCase) -> StandingCase:
    return StandingCase(
        case=row.case_id,
        consent=row.consent,
        consent_until=row.consent_until,
        refused=list(row.refused),
        papers=row.papers_at is not None,
        expected_at=row.expected_at,
        discharged_at=row.discharged_at,
        admitted_at=row.admitted_at,
        support_began=row.support_began_at is not None,
        death=row.death,
        restricted=row.restricted,
        closing=row.closing,
    )


def _clock(row: StoredClock) -> StandingClock:
    paused = any(pause["until"] is None for pause in row.pauses)
    return StandingClock(row.name, row.due_at, row.warn_at, row.owner, paused)


def _row(row: StoredMilestone) -> TimelineRow:
    return TimelineRow(
        seq=row.seq,
        key=row.key,
        what=row.what,
        who=row.who,
        why=row.why,
        subject=row.subject,
        code=row.code,
        occurred_at=row.occurred_at,
        known_at=row.known_at,
        result=_RESULT.validate_python(row.outcome) if row.outcome is not None else None,
    )
