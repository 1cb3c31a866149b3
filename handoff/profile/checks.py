"""What a profile may get wrong although each of its values is well formed: parts that contradict each other."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from handoff.profile.limits import LIMITS
from handoff.profile.register import Provider
from handoff.vocabulary.states import InstitutionStanding

if TYPE_CHECKING:
    from handoff.profile.model import Profile

Contradiction = tuple[str, str]  # dotted key, reason

# Whoever else may own a limit: parties of the case.
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
        *(found for provider in profile.providers for found in _provider(provider, profile)),
    ]


def _calendar(profile: "Profile") -> Iterator[Contradiction]:
    if profile.scale != 1 and profile.calendar.works != "always":
        yield "seconds_per_day", 'a day of another length needs calendar.works = "always": offices keep real hours'


def _codes(profile: "Profile") -> Iterator[Contradiction]:
    lists = {
        "services": [each.code for each in profile.services],
        "institutions": [each.code for each in profile.institutions],
        "providers": [each.code for each in profile.providers],
        "municipality.districts": [each.code for each in profile.municipality.districts],
    }
    for key, codes in lists.items():
        for code, times in Counter(codes).items():
            if times > 1:
                yield f"{key}.{code}", f"stands {times} times"
    for code in sorted(set(lists["institutions"]) & set(lists["providers"])):
        yield f"providers.{code}", "is an institution's code as well: nobody could tell whose topic it is"
        yield f"institutions.{code}", "is a provider's code as well: nobody could tell whose topic it is"


def _limits(profile: "Profile") -> Iterator[Contradiction]:
    known = ", ".join((*profile.owners, *PARTIES))
    for limit in LIMITS:
        if not profile.limits.get(limit):
            yield f"limits.{limit}", "is missing: every step has a limit"
    for name, versions in profile.limits.items():
        if name not in LIMITS:
            yield f"limits.{name}", f"no step has this limit; known are {', '.join(LIMITS)}"
        for day, times in Counter(version.since for version in versions).items():
            if times > 1:
                yield f"limits.{name}.from", f"{times} versions begin on {day}"
        for version in versions:
            for key, who in (("owner", version.owner), ("escalate_to", version.escalate_to)):
                if who not in (*profile.owners, *PARTIES):
                    yield f"limits.{name}.{key}", f'nobody is called "{who}"; known are {known}'


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
    for name, times in Counter(name for each in profile.municipality.districts for name in each.names).items():
        if times > 1:
            yield "municipality.districts", f"{name} names {times} districts"


def _routes(profile: "Profile") -> Iterator[Contradiction]:
    following = 0
    rows = sorted(profile.routes, key=lambda row: row.from_score)
    for row in rows:
        if row.from_score != following:
            yield f"routes.{row.code}.from_score", f"score {following} must have one route, no more and no less"
        if row.to_score is not None and row.to_score < row.from_score:
            yield f"routes.{row.code}.to_score", "is below from_score"
        following = (row.to_score if row.to_score is not None else row.from_score) + 1
    if not rows or rows[-1].to_score is not None or any(row.to_score is None for row in rows[:-1]):
        yield "routes", "the last row, and no other, has no to_score: it takes every score above"


def _provider(provider: Provider, profile: "Profile") -> Iterator[Contradiction]:
    key = f"providers.{provider.code}"
    lists = {
        "categories": (provider.categories, {service.category for service in profile.services}),
        "licences": (provider.licences, {service.licence for service in profile.services} - {""}),
        "districts": (provider.districts, {district.code for district in profile.municipality.districts}),
    }
    for name, (named, known) in lists.items():
        for word in named:
            if word not in known:
                yield f"{key}.{name}", f'unknown "{word}"; known are {", ".join(sorted(known))}'
