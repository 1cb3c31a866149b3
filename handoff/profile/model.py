"""The municipality's profile: every setting that a rule or a step asks for."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, Field

from handoff.profile.limits import Calendar, Frozen, Limit, versions
from handoff.profile.register import (
    CheckRules,
    Code,
    District,
    EligibilityRules,
    Institution,
    Ladders,
    Municipality,
    PlanRules,
    PriorityRules,
    Provider,
    Route,
    Service,
    VisitRules,
)
from handoff.timezone import KST
from handoff.vocabulary.states import InstitutionStanding


class Profile(Frozen):
    """Everything a municipality decides for itself, validated: no rule has a setting of its own."""

    code: Code
    name: str
    version: int = Field(ge=1)  # a case keeps the version that it started under
    seconds_per_day: float = Field(default=86400, gt=0)  # a demonstration runs a day in a few seconds
    municipality: Municipality
    calendar: Calendar = Calendar()
    owners: tuple[Code, ...] = Field(min_length=1)  # roles of the municipality's own people
    deciding_body: Code
    assessor: Code  # the community centre where a district names no other
    insurer: Code  # the NHIS branch
    limits: Annotated[dict[str, tuple[Limit, ...]], BeforeValidator(versions)]
    eligibility: EligibilityRules = EligibilityRules()
    priority: PriorityRules = PriorityRules()
    routes: tuple[Route, ...]
    plan: PlanRules = PlanRules()
    checks: CheckRules = CheckRules()
    visits: VisitRules = VisitRules()
    ladders: Ladders
    services: tuple[Service, ...]
    institutions: tuple[Institution, ...]
    providers: tuple[Provider, ...]

    def limit(self, name: str, on: date) -> Limit:
        """The version of a limit that counts on a day; before the first one, the first. A moment is its day in Korea.

        Raises:
            KeyError: when no limit has this name.
        """
        day = on.astimezone(KST).date() if isinstance(on, datetime) else on
        known = sorted(self.limits[name], key=lambda version: version.since)
        return next((version for version in reversed(known) if version.since <= day), known[0])

    def service(self, code: str) -> Service | None:
        """A service of the catalogue; None: not in it."""
        return self._services.get(code)

    def provider(self, code: str) -> Provider | None:
        """A provider; None: not known here."""
        return self._providers.get(code)

    def institution(self, code: str) -> Institution | Provider | None:
        """Whoever is registered under a code; None: nobody."""
        return self._institutions.get(code)

    def topics(self) -> tuple[str, ...]:
        """Codes of all that have topics of their own; one that is suspended still has them."""
        return tuple(code for code in self._institutions if self.has_topic(code))

    def has_topic(self, code: str) -> bool:
        """Whether whoever is registered under a code has a topic of its own."""
        body = self._institutions.get(code)
        return body is not None and body.channel == "topic" and body.standing != InstitutionStanding.REMOVED

    def shut_out(self) -> tuple[str, ...]:
        """Codes of all that have or had topics of their own and may do nothing on Kafka: suspended or removed."""
        return tuple(code for code, body in self._institutions.items() if body.channel == "topic" and not body.active)

    def silent(self, heard: Mapping[str, datetime], now: datetime) -> dict[str, timedelta]:
        """Who has said nothing for longer than it may, and for how long, the longest first.

        Args:
            heard: when each institution was heard last; one that was never heard is not in it, and is not silent.
            now: a moment with its offset.
        """
        spans = {
            body.code: now - heard[body.code]
            for body in self.institutions
            if body.active and body.channel == "topic" and body.silent_after and body.code in heard
            if now - heard[body.code] > body.silent_after
        }
        return dict(sorted(spans.items(), key=lambda each: -each[1]))

    def assessor_of(self, district: str) -> str:
        """The community centre that surveys in a district; an unknown district has the municipality's usual one."""
        found = self._districts.get(district)
        wider = self._districts.get(found.part_of) if found else None
        return (found.assessor if found else "") or (wider.assessor if wider else "") or self.assessor

    def covers(self, provider: Provider, district: str) -> bool:
        """Whether a provider goes to a district: everywhere, to the dong itself, or to the wider one around it."""
        found = self._districts.get(district)
        return not provider.districts or bool({district, found.part_of if found else ""} & set(provider.districts))

    @property
    def scale(self) -> float:
        """How long a second of the limits lasts: 1 in earnest, less in a demonstration."""
        return self.seconds_per_day / 86400

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {service.code: service for service in self.services}

    @cached_property
    def _providers(self) -> dict[str, Provider]:
        return {provider.code: provider for provider in self.providers}

    @cached_property
    def _institutions(self) -> dict[str, Institution | Provider]:
        return {**{body.code: body for body in self.institutions}, **self._providers}

    @cached_property
    def _districts(self) -> dict[str, District]:
        return {district.code: district for district in self.municipality.districts}


def asked(profile: Profile | Callable[[], Profile]) -> Callable[[], Profile]:
    """A profile as something to be asked again: one to which institutions are added, or one that stays as it is."""
    return (lambda: profile) if isinstance(profile, Profile) else profile
