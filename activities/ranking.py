"""Which providers a plan line may be offered to, best first, by what the record has of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from activities.case_session import CaseSession
from handoff.rules.matching import Candidate, Need, Ranked, load, rank
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import OPEN, Booked
from handoff.timezone import KST
from handoff.vocabulary.states import ReferralState


@dataclass(frozen=True)
class Choice:
    """The providers who offer a line's service.

    Attributes:
        best: those it may be offered to, best first.
        excluded: the others, each with the reason as a code.
        booked: what is booked at each, by code.
    """

    best: Sequence[Ranked]
    excluded: Sequence[tuple[str, str]]
    booked: Mapping[str, Booked]


async def ranked(session: CaseSession, line: LineRow) -> Choice:
    """Rank the providers of a line's service. Nothing is changed."""
    service = session.profile.service(line.service)
    category = service.category if service else ""
    fitting = {each.code: each.capacity for each in session.profile.providers if category in each.categories}
    booked = {each.provider: each for each in await session.capacities.booked(fitting)}
    candidates = [
        Candidate(provider, each.capacity - each.reserved, each.reserved, suspended=not provider.active)
        for provider in session.profile.providers
        if (each := booked.get(provider.code))
    ]
    weight = load(line.kind, line.quantity, line.per)
    need = Need(line.service, session.case.district, weight, session.at.astimezone(KST).date(), line.prefers)
    ranking = rank(need, candidates, _tried(session, line), session.profile)
    return Choice(ranking.best, ranking.excluded, booked)


def _tried(session: CaseSession, line: LineRow) -> set[str]:
    """Who was asked for this line in this round; a withdrawal by us does not count against anybody."""
    roots = {line.line_id, line.part_of}
    since = line.asked_anew_at
    return {
        each.provider
        for each in session.referrals.all()
        if each.line_id in roots
        and (
            each.state in (ReferralState.REJECTED, ReferralState.FAILED)
            or (each.line_id == line.part_of and each.state in OPEN)
        )
        and (since is None or each.offered_at >= since)
    }
