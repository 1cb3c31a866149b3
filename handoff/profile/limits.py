"""Limits as a municipality writes them ("1wd", "72h", "3mo"), each with a warning, an owner and an escalation."""

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from handoff.vocabulary.awaited import LimitName

Unit = Literal["wd", "wh", "h", "min", "d", "w", "mo", "y"]
ClockKind = Literal["working", "real", "calendar"]

UNITS_OF: dict[ClockKind, tuple[Unit, ...]] = {
    "working": ("wd", "wh"),
    "real": ("h", "min", "d", "w"),
    "calendar": ("d", "w", "mo", "y"),
}

# Everything the engine waits for. A profile has to set each of them.
LIMITS = tuple(limit for limit in LimitName if limit.row.in_profile)


class Frozen(BaseModel):
    """Part of a profile: unknown keys are refused, values are immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


@dataclass(frozen=True)
class Length:
    """A limit's length: 5 wd are five working days, 3 mo three calendar months."""

    count: int
    unit: Unit

    @classmethod
    def of(cls, words: object) -> "Length":
        """Parse a length such as "4wh".

        Raises:
            ValueError: when it is not a whole number followed by wd, wh, h, min, d, w, mo or y.
        """
        if isinstance(words, Length):
            return words
        match = re.fullmatch(r"(\d{1,5})(wd|wh|h|min|d|w|mo|y)", words) if isinstance(words, str) else None
        if match is None:
            raise ValueError('not a length: write "1wd", "4wh", "72h", "30min", "14d", "2w", "3mo" or "1y"')
        return cls(int(match[1]), match[2])  # type: ignore[arg-type]  # the pattern allows units only

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


LengthWords = Annotated[Length, BeforeValidator(Length.of), PlainSerializer(str)]


class Limit(Frozen):
    """One version of a limit: how long a step may take, who has to act, and who takes over when it is late."""

    name: str
    since: date = Field(default=date.min, alias="from")  # the first day on which this version is in force
    within: LengthWords
    warn: LengthWords  # how long before the due moment to warn; "0h": no separate warning
    owner: str
    escalate_to: str
    clock: ClockKind

    @model_validator(mode="after")
    def _units_fit(self) -> Self:
        if self.within.count == 0:
            raise ValueError("within must be greater than zero")
        if self.within.unit not in UNITS_OF[self.clock]:
            units = ", ".join(UNITS_OF[self.clock])
            raise ValueError(f'a {self.clock} clock counts in {units}, not in "{self.within.unit}"')
        return self


def versions(limits: Any) -> Any:
    """Expand limits as the file has them: each gets its name, and a single table becomes a list of one version."""
    if not isinstance(limits, dict):
        return limits
    return {name: _named(name, version) for name, version in limits.items()}


def _named(name: str, version: Any) -> Any:
    listed = version if isinstance(version, list | tuple) else [version]
    return tuple({"name": name, **entry} if isinstance(entry, dict) else entry for entry in listed)


class WorkingHours(Frozen):
    """One stretch of the working day, e.g. 09:00 to 12:00."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("opens must be before closes")
        return self


class Calendar(Frozen):
    """When the municipality works.

    `statutory` has weekends, public and substitute holidays. `always`, for demonstrations, has no nights and no
    holidays: a working day is a whole day, a working hour an eighth of it.
    """

    works: Literal["statutory", "always"] = "statutory"
    hours: tuple[WorkingHours, ...] = (
        WorkingHours(opens=time(9), closes=time(12)),
        WorkingHours(opens=time(13), closes=time(18)),
    )
    add_holidays: frozenset[date] = frozenset()
    remove_holidays: frozenset[date] = frozenset()

    @model_validator(mode="after")
    def _hours_in_order(self) -> Self:
        if not self.hours:
            raise ValueError("a working day has hours")
        if any(one.closes > other.opens for one, other in zip(self.hours, self.hours[1:], strict=False)):
            raise ValueError("hours must follow one another")
        return self
