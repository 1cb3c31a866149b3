"""Ranks the providers for a plan line: best first with reasons, and the excluded ones with the reason why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from handoff.profile.model import Profile
from handoff.profile.register import Provider, Service
from handoff.vocabulary.states import LineKind

WEEKS_A_MONTH = 4


@dataclass(frozen=True)
class Need:
    """What a plan line, or the rest of one, needs."""

    service: str  # code of the catalogue
    district: str  # code of the person's district; "" if the address does not tell
    load: int  # visits a week, from `load()`
    on: date  # the day on which the agreement must be in force
    prefers: str = ""  # provider named in the plan


@dataclass(frozen=True)
class Candidate:
    """A provider with its free and its reserved visits a week; open offers count as reserved."""

    provider: Provider
    free: int
    reserved: int = 0
    suspended: bool = False


@dataclass(frozen=True)
class Ranked:
    """A provider that can get the offer, with reason codes."""

    provider: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Ranking:
    """Providers to ask, best first, and excluded ones as code and reason code."""

    best: tuple[Ranked, ...]
    excluded: tuple[tuple[str, str], ...]


def load(kind: str, quantity: int, per: str) -> int:
    """Weekly load of a line: a series counts its visits a week, any other kind counts one."""
    if kind != LineKind.SERIES:
        return 1
    weekly = {"day": 7 * quantity, "week": quantity, "month": -(-quantity // WEEKS_A_MONTH)}
    return max(weekly[per], 1)


def rank(need: Need, candidates: Sequence[Candidate], tried: Collection[str], profile: Profile) -> Ranking:
    """Rank the providers for a line; the same input gives the same order.

    The order: the plan's preference, lowest load, the municipality's rank, lowest cost, code. Providers in `tried` are
    excluded. A service that is not in the catalogue excludes all.
    """
    service = profile.service(need.service)
    reasons = {candidate.provider.code: _against(candidate, need, tried, profile) for candidate in candidates}
    fit = sorted(
        (candidate for candidate in candidates if not reasons[candidate.provider.code]),
        key=lambda candidate: _order(candidate, need, service),
    )
    return Ranking(
        best=tuple(Ranked(candidate.provider.code, _for(candidate, need, profile)) for candidate in fit),
        excluded=tuple((code, reason) for code, reason in reasons.items() if reason),
    )


def _against(candidate: Candidate, need: Need, tried: Collection[str], profile: Profile) -> str:
    """The reason code why a provider is excluded; "" if it is not. Lasting reasons come before passing ones."""
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
    """Share of the provider's week that would be reserved with this line, 0 to 1."""
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
