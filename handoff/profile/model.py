"""The municipality's profile: every value that a rule or a step needs."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, Field

from handoff.profile.limits import Calendar, Frozen, Limit, versions
from handoff.profile.register import (
    USUAL,
    CheckRules,
    Code,
    District,
    EligibilityRules,
    Habits,
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
from handoff.vocabulary.services import Reporting
from handoff.vocabulary.states import InstitutionStanding


class Profile(Frozen):
    """Everything a municipality decides for itself, validated. Rules have no settings besides it."""

    code: Code
    name: str
    version: int = Field(ge=1)  # a case keeps the version that it started under
    seconds_per_day: float = Field(default=86400, gt=0)  # a demonstration runs a day in a few seconds
    municipality: Municipality
    calendar: Calendar = Calendar()
    owners: tuple[Code, ...] = Field(min_length=1)  # roles of the municipality's own people
    deciding_body: Code
    assessor: Code  # the community centre, unless the district names another
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
        """The version of a limit in force on a day; before the first version, the first.

        A `datetime` counts as its day in Korea.

        Raises:
            KeyError: no limit has this name.
        """
        day = on.astimezone(KST).date() if isinstance(on, datetime) else on
        by_day = sorted(self.limits[name], key=lambda version: version.since)
        return next((version for version in reversed(by_day) if version.since <= day), by_day[0])

    def service(self, code: str) -> Service | None:
        """A service of the catalogue by code; None if it has none."""
        return self._services.get(code)

    @cached_property
    def by_exception(self) -> frozenset[str]:
        """The codes of the services whose visits are confirmed by the week, except those that were missed."""
        return frozenset(listed.code for listed in self.services if listed.reported == Reporting.BY_EXCEPTION)

    def provider(self, code: str) -> Provider | None:
        """A provider by code; None if it has none."""
        return self._providers.get(code)

    def institution(self, code: str) -> Institution | Provider | None:
        """The institution or provider with a code; None if there is none."""
        return self._institutions.get(code)

    def habits_of(self, code: str) -> Habits:
        """What is peculiar to an institution's messages."""
        body = self._institutions.get(code)
        return body if isinstance(body, Habits) else USUAL

    def topics(self) -> tuple[str, ...]:
        """Codes of all institutions and providers with their own topics, suspended ones included."""
        return tuple(code for code in self._institutions if self.has_topic(code))

    def has_topic(self, code: str) -> bool:
        """Whether the institution or provider with a code has its own topics."""
        body = self._institutions.get(code)
        return body is not None and body.channel == "topic" and body.standing != InstitutionStanding.REMOVED

    def shut_out(self) -> tuple[str, ...]:
        """Codes of suspended and removed institutions and providers that had topics: they get no rights on Kafka."""
        return tuple(code for code, body in self._institutions.items() if body.channel == "topic" and not body.active)

    def silent(self, heard: Mapping[str, datetime], now: datetime) -> dict[str, timedelta]:
        """Institutions that sent nothing for longer than allowed, and for how long, the longest first.

        Args:
            heard: when each institution last sent something. One that never did is left out and is not silent.
            now: an aware datetime.
        """
        spans = {
            body.code: now - heard[body.code]
            for body in self.institutions
            if body.active and body.channel == "topic" and body.silent_after and body.code in heard
            if now - heard[body.code] > body.silent_after
        }
        return dict(sorted(spans.items(), key=lambda item: -item[1]))

    def assessor_of(self, district: str) -> str:
        """Code of the community centre for a district; an unknown district has the municipality's default."""
        dong = self._districts.get(district)
        wider = self._districts.get(dong.part_of) if dong else None
        return (dong.assessor if dong else "") or (wider.assessor if wider else "") or self.assessor

    def covers(self, provider: Provider, district: str) -> bool:
        """Whether a provider serves a district: it serves all, the dong itself, or the legal dong around it."""
        dong = self._districts.get(district)
        return not provider.districts or bool({district, dong.part_of if dong else ""} & set(provider.districts))

    @property
    def scale(self) -> float:
        """Real seconds per second of a limit: 1 in production, less in a demonstration."""
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
    """Wrap a profile into a function that returns the current one; a function is returned as it is."""
    return (lambda: profile) if isinstance(profile, Profile) else profile
