"""How much of what was planned was delivered: of a line, and of a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.profile.model import Profile
from handoff.rules.delivery import Tally
from handoff.rules.series import planned_in_all
from handoff.store.queries.stored import StoredLine, StoredVisit
from handoff.vocabulary.states import LineState, VisitState


@dataclass(frozen=True)
class LineDelivered:
    """What was delivered of one line.

    Attributes:
        planned: visits in all, as the plan means them; None: as many as are asked for.
        tally: the visits so far.
        units: delivered, such as meals; a visit from before units were kept counts as one.
        providers: who delivered, in the order of their first visit.
        reporters: whose word the delivered visits rest on.
        last_at: when the last delivered visit took place; None: none did.
    """

    planned: int | None
    tally: Tally
    units: int
    providers: Sequence[str]
    reporters: Sequence[str]
    last_at: datetime | None


@dataclass(frozen=True)
class CaseDelivered:
    """The visits of a case: delivered, of those planned, and not reported. Removed lines do not count."""

    delivered: int = 0
    planned: int = 0
    unreported: int = 0


def line_delivered(line: StoredLine, visits: Sequence[StoredVisit], profile: Profile) -> LineDelivered:
    """What was delivered of a line. `visits`: those of this line, in the order of their moments."""
    counted = [visit for visit in visits if visit.state not in (VisitState.CANCELLED, VisitState.SUSPENDED)]
    delivered = [visit for visit in counted if visit.state == VisitState.COMPLETED]
    moments = [visit.ended_at or visit.planned_at for visit in delivered]
    states = [visit.state for visit in counted]
    return LineDelivered(
        planned=planned_in_all(line, visits, profile),
        tally=Tally(
            regular=sum(not visit.makes_up for visit in counted),
            delivered=len(delivered),
            missed=states.count(VisitState.MISSED),
            unreported=states.count(VisitState.UNREPORTED),
        ),
        units=sum(visit.units or 1 for visit in delivered),
        providers=list(dict.fromkeys(visit.provider for visit in delivered if visit.provider)),
        reporters=list(dict.fromkeys(visit.reported_by for visit in delivered if visit.reported_by)),
        last_at=max(moments, default=None),
    )


async def delivered_of_cases(
    conn: AsyncConnection, case_ids: Sequence[str], profile: Profile
) -> Mapping[str, CaseDelivered]:
    """What was delivered of each of these cases."""
    lines = await StoredLine.of_cases(conn, case_ids)
    visits: dict[str, list[StoredVisit]] = {}
    for visit in await StoredVisit.of_cases(conn, case_ids, "planned_at"):
        visits.setdefault(visit.line_id, []).append(visit)
    amounts = dict.fromkeys(case_ids, CaseDelivered())
    for line in lines:
        if line.state != LineState.REMOVED:
            amounts[line.case_id] = _more(
                amounts[line.case_id], line_delivered(line, visits.get(line.line_id, []), profile)
            )
    return amounts


def _more(so_far: CaseDelivered, line: LineDelivered) -> CaseDelivered:
    planned = max(line.planned or 0, line.tally.delivered)
    return CaseDelivered(
        so_far.delivered + line.tally.delivered,
        so_far.planned + planned,
        so_far.unreported + line.tally.unreported,
    )
