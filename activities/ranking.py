"""Ranks the providers to which a plan line may be offered, with the bookings that the record has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from activities.case_session import CaseSession
from handoff.case.refusals import refused_of
from handoff.rules.matching import Candidate, Need, Ranked, load, rank
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import OPEN, Booked
from handoff.timezone import KST
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import ReferralState

# Why a line may lose its provider though neither the provider nor the plan asked for it.
TAKEN_BACK = (
    WithdrawalReason.CONSENT_WITHDRAWN,
    WithdrawalReason.CONSENT_EXPIRED,
    WithdrawalReason.READMITTED,
    WithdrawalReason.HOLD_EXPIRED,
    WithdrawalReason.DISCHARGE_CANCELLED,
    WithdrawalReason.DISCHARGE_CORRECTED,
    WithdrawalReason.DIED,
)


@dataclass(frozen=True)
class Choice:
    """The providers that give the service of a line.

    Attributes:
        best: the providers to which the line may be offered, best first.
        excluded: the codes of the others, each with the reason as a code.
        booked: the booked capacity of each provider, by code.
    """

    best: Sequence[Ranked]
    excluded: Sequence[tuple[str, str]]
    booked: Mapping[str, Booked]


async def ranked(session: CaseSession, line: LineRow) -> Choice:
    """Rank the providers of a line's service. Nothing is changed.

    A provider that lost the line by an event, such as a cancelled discharge, is the first again.
    """
    service = session.profile.service(line.service)
    category = service.category if service else ""
    fitting = {
        provider.code: provider.capacity for provider in session.profile.providers if category in provider.categories
    }
    booked = {row.provider: row for row in await session.capacities.booked(fitting)}
    candidates = [
        Candidate(provider, row.capacity - row.reserved, row.reserved, suspended=not provider.active)
        for provider in session.profile.providers
        if (row := booked.get(provider.code)) and refused_of(provider.code) not in session.case.refused
    ]
    refused = [
        (code, WithdrawalReason.REFUSED_BY_PERSON) for code in fitting if refused_of(code) in session.case.refused
    ]
    weight = load(line.kind, line.quantity, line.per)
    need = Need(line.service, session.case.district, weight, session.at.astimezone(KST).date(), line.prefers)
    ranking = rank(need, candidates, _tried(session, line), session.profile)
    former = _former(session, line)
    best = sorted(ranking.best, key=lambda candidate: candidate.provider != former)
    return Choice(best, [*ranking.excluded, *refused], booked)


def _former(session: CaseSession, line: LineRow) -> str:
    """The provider that the line had last, if an event took the line back; else ""."""
    had = [referral for referral in session.referrals.all() if referral.line_id == line.line_id]
    last = max(had, key=lambda referral: (referral.offered_at, len(referral.offer_id), referral.offer_id), default=None)
    return last.provider if last and last.state == ReferralState.CANCELLED and last.reason in TAKEN_BACK else ""


def _tried(session: CaseSession, line: LineRow) -> set[str]:
    """The providers that were asked for this line in this round. An offer that we withdrew does not count."""
    roots = {line.line_id, line.part_of}
    since = line.asked_anew_at
    return {
        referral.provider
        for referral in session.referrals.all()
        if referral.line_id in roots
        and (
            referral.state in (ReferralState.REJECTED, ReferralState.FAILED)
            or (referral.line_id == line.part_of and referral.state in OPEN)
        )
        and (since is None or referral.offered_at >= since)
    }
