"""Checks of a whole profile: values that are each well formed but contradict each other."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from handoff.profile.limits import LIMITS
from handoff.profile.register import Provider
from handoff.vocabulary.states import InstitutionStanding

if TYPE_CHECKING:
    from handoff.profile.model import Profile

Contradiction = tuple[str, str]  # dotted key, reason

# Parties of the case. They may own a limit too, beside the municipality's own roles.
PARTIES = ("assessor", "insurer", "deciding-body", "provider", "facility")


def contradictions(profile: "Profile") -> list[Contradiction]:
    """Every contradiction, as dotted key and reason."""
    return [
        *_calendar(profile),
        *_codes(profile),
        *_limits(profile),
        *_bodies(profile),
        *_districts(profile),
        *_routes(profile),
        *(contradiction for provider in profile.providers for contradiction in _provider(provider, profile)),
    ]


def _calendar(profile: "Profile") -> Iterator[Contradiction]:
    if profile.scale != 1 and profile.calendar.works != "always":
        yield "seconds_per_day", 'a day of another length needs calendar.works = "always": offices keep real hours'


def _codes(profile: "Profile") -> Iterator[Contradiction]:
    lists = {
        "services": [service.code for service in profile.services],
        "institutions": [institution.code for institution in profile.institutions],
        "providers": [provider.code for provider in profile.providers],
        "municipality.districts": [district.code for district in profile.municipality.districts],
    }
    for key, codes in lists.items():
        for code, times in Counter(codes).items():
            if times > 1:
                yield f"{key}.{code}", f"is listed {times} times"
    for code in sorted(set(lists["institutions"]) & set(lists["providers"])):
        yield f"providers.{code}", "is also an institution's code: topics are named by code, so no two may share one"
        yield f"institutions.{code}", "is also a provider's code: topics are named by code, so no two may share one"


def _limits(profile: "Profile") -> Iterator[Contradiction]:
    owners = (*profile.owners, *PARTIES)
    for limit in LIMITS:
        if not profile.limits.get(limit):
            yield f"limits.{limit}", "is missing: every step has a limit"
    for name, versions in profile.limits.items():
        if name not in LIMITS:
            yield f"limits.{name}", f"unknown limit; known are {', '.join(LIMITS)}"
        for day, times in Counter(version.since for version in versions).items():
            if times > 1:
                yield f"limits.{name}.from", f"{times} versions begin on {day}"
        for version in versions:
            for key, who in (("owner", version.owner), ("escalate_to", version.escalate_to)):
                if who not in owners:
                    yield f"limits.{name}.{key}", f'unknown "{who}"; known are {", ".join(owners)}'


def _bodies(profile: "Profile") -> Iterator[Contradiction]:
    roles = {body.code: body.role for body in profile.institutions if body.standing != InstitutionStanding.REMOVED}
    expected = [
        ("deciding_body", profile.deciding_body, "deciding-body"),
        ("assessor", profile.assessor, "community-centre"),
        ("insurer", profile.insurer, "nhis"),
        *(
            (f"municipality.districts.{district.code}.assessor", district.assessor, "community-centre")
            for district in profile.municipality.districts
            if district.assessor
        ),
    ]
    for key, code, role in expected:
        if roles.get(code) != role:
            yield key, f'no institution "{code}" with role = "{role}"'


def _districts(profile: "Profile") -> Iterator[Contradiction]:
    codes = {district.code for district in profile.municipality.districts}
    for district in profile.municipality.districts:
        if district.part_of and district.part_of not in codes:
            yield f"municipality.districts.{district.code}.part_of", f'no district "{district.part_of}"'
    for name, times in Counter(name for district in profile.municipality.districts for name in district.names).items():
        if times > 1:
            yield "municipality.districts", f"{name} names {times} districts"


def _routes(profile: "Profile") -> Iterator[Contradiction]:
    following = 0
    rows = sorted(profile.routes, key=lambda row: row.from_score)
    for row in rows:
        if row.from_score != following:
            yield f"routes.{row.code}.from_score", f"score {following} must have exactly one route"
        if row.to_score is not None and row.to_score < row.from_score:
            yield f"routes.{row.code}.to_score", "is below from_score"
        following = (row.to_score if row.to_score is not None else row.from_score) + 1
    if not rows or rows[-1].to_score is not None or any(row.to_score is None for row in rows[:-1]):
        yield "routes", "only the last row leaves out to_score, and it must: it takes every higher score"


def _provider(provider: Provider, profile: "Profile") -> Iterator[Contradiction]:
    key = f"providers.{provider.code}"
    lists = {
        "categories": (provider.categories, {service.category for service in profile.services}),
        "licences": (provider.licences, {service.licence for service in profile.services} - {""}),
        "districts": (provider.districts, {district.code for district in profile.municipality.districts}),
    }
    for name, (codes, allowed) in lists.items():
        for code in codes:
            if code not in allowed:
                yield f"{key}.{name}", f'unknown "{code}"; known are {", ".join(sorted(allowed))}'
