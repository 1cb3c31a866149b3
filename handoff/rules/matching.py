"""Which provider a plan line is offered to: best first, each with its reasons, and who cannot be asked and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from handoff.profile.model import Profile
from handoff.profile.register import Provider, Service
from handoff.vocabulary.states import LineKind

WEEKS_A_MONTH = 4


@dataclass(frozen=True)
class Need:
    """What a plan line, or the rest of one, asks for."""

    service: str  # code of the catalogue
    district: str  # code of the person's district; "" where the address does not tell it
    load: int  # visits a week that it takes up: `load`
    on: date  # the day on which agreements must hold
    prefers: str = ""  # provider named in the plan


@dataclass(frozen=True)
class Candidate:
    """A provider and its week: visits that are free and visits that are reserved, open offers included."""

    provider: Provider
    free: int
    reserved: int = 0
    suspended: bool = False


@dataclass(frozen=True)
class Ranked:
    """A provider that can be asked, with the codes of what speaks for it."""

    provider: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Ranking:
    """Whom to ask, best first, and whom not, each with the code of the reason."""

    best: tuple[Ranked, ...]
    excluded: tuple[tuple[str, str], ...]


def load(kind: str, quantity: int, per: str) -> int:
    """Weekly load of a line: visits a week of a series; whatever is not regular counts one."""
    if kind != LineKind.SERIES:
        return 1
    weekly = {"day": 7 * quantity, "week": quantity, "month": -(-quantity // WEEKS_A_MONTH)}
    return max(weekly[per], 1)


def rank(need: Need, candidates: Sequence[Candidate], tried: Collection[str], profile: Profile) -> Ranking:
    """Order the providers for a line. Who is excluded is never among the best; the same input gives the same order.

    First whom the plan prefers, then the least loaded, then by the municipality's rank, then the cheaper, then by code.
    A service that is not in the catalogue excludes everybody.
    """
    service = profile.service(need.service)
    reasons = {each.provider.code: _against(each, need, tried, profile) for each in candidates}
    fit = sorted(
        (each for each in candidates if not reasons[each.provider.code]),
        key=lambda each: _order(each, need, service),
    )
    return Ranking(
        best=tuple(Ranked(each.provider.code, _for(each, need, profile)) for each in fit),
        excluded=tuple((code, reason) for code, reason in reasons.items() if reason),
    )


def _against(candidate: Candidate, need: Need, tried: Collection[str], profile: Profile) -> str:
    """Why a provider cannot be asked; "" when it can. What will not change comes before what may."""
    provider, service = candidate.provider, profile.service(need.service)
    checks = {
        "other-category": service is None or service.category not in provider.categories,
        "no-licence": service is not None and service.licence not in ("", *provider.licences),
        "other-district": not profile.covers(provider, need.district),
        "suspended": candidate.suspended,
        "agreement-not-begun": provider.agreed_from is not None and need.on < provider.agreed_from,
        "agreement-ended": provider.agreed_to is not None and need.on > provider.agreed_to,
        "already-asked": provider.code in tried,
        "no-capacity": candidate.free < need.load,
    }
    return next((code for code, holds in checks.items() if holds), "")


def _order(candidate: Candidate, need: Need, service: Service | None) -> tuple[bool, float, int, int, str]:
    provider = candidate.provider
    tariff = service.tariff if service and service.tariff is not None else 0
    cost = provider.cost if provider.cost is not None else tariff
    return provider.code != need.prefers, _load_share(candidate, need), provider.rank, cost, provider.code


def _load_share(candidate: Candidate, need: Need) -> float:
    """Which part of its week the provider would have given away with this line."""
    return round((candidate.reserved + need.load) / max(candidate.reserved + candidate.free, 1), 2)


def _for(candidate: Candidate, need: Need, profile: Profile) -> tuple[str, ...]:
    provider = candidate.provider
    service = profile.service(need.service)
    reasons = {
        "preferred-in-plan": provider.code == need.prefers,
        "category": True,
        "licence": bool(service and service.licence),
        "serves-district": bool(provider.districts),
        "serves-everywhere": not provider.districts,
        "own-department": provider.department,
        f"load-{_load_share(candidate, need):.0%}": True,
    }
    return tuple(code for code, holds in reasons.items() if holds)
