"""Reads the draft of a plan (TOML or JSON), and checks its lines against the profile's catalogue and register."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from handoff.profile.model import Profile
from handoff.profile.register import Service
from handoff.rules.rhythm import WEEKDAYS
from handoff.vocabulary.services import SafetyNeed
from handoff.vocabulary.states import LineKind


@dataclass(frozen=True)
class PlanLine:
    """One line of an individual support plan: a service, how often and for how long."""

    service: str
    kind: LineKind
    quantity: int  # visits per period; one-off: visits in all; on-demand and stand-by: visits at most, by default 1
    per: str = ""  # day, week, month; "": the service does not repeat
    days: int = 0  # length in calendar days; 0: until support ends, or a single visit
    urgent: bool = False  # offered before the decision, which ratifies it or takes it back
    prefers: str = ""  # code of the provider that the person or the plan asks for
    keeps: str = ""  # id of the line of the previous version that this line continues
    safety: tuple[SafetyNeed, ...] = ()  # what a visitor has to know for safety
    starts_on: str = ""  # first day of its visits, ISO 8601; "": as soon as possible
    weekdays: tuple[str, ...] = ()  # of its visits, in order: mon, thu


@dataclass(frozen=True)
class LineMistake:
    """One mistake in a draft: the line, counted from 1 (0: the draft as a whole), the key and the reason."""

    line: int
    key: str
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.key}: {self.reason}"


class PlanError(Exception):
    """A draft cannot be submitted. `mistakes` lists all its mistakes."""

    def __init__(self, mistakes: Sequence[LineMistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


def _day(value: object) -> object:
    """A day as text: TOML may have it as a date. Raises PydanticCustomError if it is no day."""
    if value in ("", None):
        return ""
    try:
        return (value if type(value) is date else date.fromisoformat(str(value))).isoformat()
    except ValueError:
        raise PydanticCustomError("day", "not a day: write 2026-12-07") from None


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    service: str
    kind: Annotated[LineKind, Field(strict=False)]
    quantity: Annotated[int, Field(ge=1, le=1000)] = 1
    per: Literal["", "day", "week", "month"] = ""
    days: Annotated[int, Field(ge=0, le=3650)] = 0
    urgent: bool = False
    prefers: str = ""
    keeps: str = ""
    safety: Annotated[tuple[Annotated[SafetyNeed, Field(strict=False)], ...], Field(strict=False)] = ()
    starts_on: Annotated[str, BeforeValidator(_day)] = ""
    weekdays: Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(strict=False)] = ()


def draft(raw: Mapping[str, Any], profile: Profile) -> tuple[PlanLine, ...]:
    """Read the `lines` of a draft.

    Raises:
        PlanError: it names every mistake with line, key and reason. A draft is read as a whole, or not at all.
    """
    listed = raw.get("lines")
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        raise PlanError([LineMistake(0, "lines", "a plan has at least one line: [[lines]] in TOML")])
    read = [_read(number, raw_line) for number, raw_line in enumerate(listed, 1)]
    mistakes = [mistake for result in read if isinstance(result, list) for mistake in result]
    lines = {number: line for number, line in enumerate(read, 1) if isinstance(line, PlanLine)}
    mistakes += [mistake for number, line in lines.items() for mistake in _mistakes(number, line, profile)]
    mistakes += _kept_twice(lines)
    if mistakes:
        raise PlanError(sorted(mistakes, key=lambda mistake: mistake.line))
    return tuple(lines.values())


def _read(number: int, raw: object) -> PlanLine | list[LineMistake]:
    try:
        fields = _Line.model_validate(raw)
        weekdays = tuple(sorted(fields.weekdays, key=WEEKDAYS.index))
        return PlanLine(**{**fields.model_dump(), "weekdays": weekdays})
    except ValidationError as error:
        reasons = [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors()]
        return [LineMistake(number, key or "line", reason) for key, reason in reasons]


def _mistakes(number: int, line: PlanLine, profile: Profile) -> list[LineMistake]:
    """Where a line does not fit the catalogue, its kind or the register."""
    service = profile.service(line.service)
    if service is None:
        codes = ", ".join(listed.code for listed in profile.services)
        return [LineMistake(number, "service", f'not in the catalogue: "{line.service}"; known are {codes}')]
    checks = {
        "kind": line.kind not in service.kinds and f"{service.code} is given as {', '.join(service.kinds)}",
        "per": _per(line),
        "days": line.kind == LineKind.SERIES and line.days == 0 and "a series has a length in days",
        "prefers": _prefers(line, service, profile),
        "starts_on": bool(line.starts_on and line.kind in (LineKind.ON_DEMAND, LineKind.STAND_BY))
        and f"a {line.kind} line has visits on request: it has no start day",
        "weekdays": _weekdays(line),
    }
    return [LineMistake(number, key, str(reason)) for key, reason in checks.items() if reason]


def _per(line: PlanLine) -> str:
    if line.kind == LineKind.SERIES and not line.per:
        return "a series repeats per day, week or month"
    if line.kind in (LineKind.ONE_OFF, LineKind.STAND_BY) and line.per:
        return f"a {line.kind} line does not repeat"
    return ""


def _weekdays(line: PlanLine) -> str:
    if not line.weekdays:
        return ""
    if line.kind != LineKind.SERIES or line.per != "week":
        return 'only a series per "week" has weekdays'
    if len(set(line.weekdays)) != len(line.weekdays):
        return "a weekday is named twice"
    named = len(line.weekdays)
    return "" if named == line.quantity else f"{named} named for {line.quantity} a week: name one for each visit"


def _prefers(line: PlanLine, service: Service, profile: Profile) -> str:
    if not line.prefers:
        return ""
    provider = profile.provider(line.prefers)
    if provider is None:
        return f'no provider "{line.prefers}"'
    fits = service.category in provider.categories and service.licence in ("", *provider.licences)
    return "" if fits else f"{provider.code} does not give {service.code}"


def _kept_twice(lines: Mapping[int, PlanLine]) -> list[LineMistake]:
    seen: dict[str, int] = {}
    mistakes = []
    for number, line in lines.items():
        if line.keeps and line.keeps in seen:
            mistakes.append(LineMistake(number, "keeps", f"line {seen[line.keeps]} keeps the same line already"))
        seen.setdefault(line.keeps, number)
    return mistakes
