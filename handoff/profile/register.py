"""What a profile lists: institutions, providers, services, and the rules of the municipality."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta, tzinfo
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from handoff.profile.habit_values import CapitalCode, Charset, OwnCode, TriggerEvent, Zone, timezone_of
from handoff.profile.limits import Frozen, Length, LengthWords
from handoff.vocabulary.services import Holiday, Namer, Reporting
from handoff.vocabulary.states import (
    AssessmentRoute,
    Destination,
    InstitutionStanding,
    LineKind,
    StayClass,
)

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HOSPITAL_SILENT_DAYS = 14
_CODE_LENGTH = 60  # topics, users and groups are named after it; Kafka ends a topic's name at 249


def code(written: str) -> str:
    """Validate a code and return it.

    Raises:
        ValueError: it is not a code; the text says what one looks like.
    """
    if not _CODE.fullmatch(written) or len(written) > _CODE_LENGTH:
        raise ValueError(f"a code has small letters and digits, '-' between them, at most {_CODE_LENGTH} characters")
    return written


def name(written: str) -> str:
    """Validate a name for people and return it.

    Raises:
        ValueError: it is empty.
    """
    if not written.strip():
        raise ValueError("a name must not be empty")
    return written


Code = Annotated[str, AfterValidator(code)]
Name = Annotated[str, AfterValidator(name)]
InstitutionRole = Literal[
    "hospital", "long-term-care", "residential-care", "community-centre", "nhis", "deciding-body", "family", "desk"
]

Channel = Literal["topic", "phone"]  # its own Kafka topics, or a coordinator enters what it says on the phone
Step = Literal["phone", "phone-other-hours", "home-visit", "welfare-check"]


class District(Frozen):
    """An administrative dong, or the wider legal dong (`part_of` names it) that an address may give instead."""

    code: Code
    names: tuple[str, ...] = Field(min_length=1)  # as addresses write it: 철산3동
    part_of: str = ""
    assessor: str = ""  # its community centre, if not the municipality's default


class Municipality(Frozen):
    """The municipality (시·군·구) that runs this engine."""

    code: str = Field(pattern=r"^\d{5}$")  # the first five digits of its administrative codes
    province: str
    names: tuple[str, ...] = Field(min_length=1)  # as addresses write it: 광명시
    districts: tuple[District, ...] = Field(min_length=1)

    def districts_named(self, words: Iterable[str]) -> list[District]:
        """The districts that any of the words names, without duplicates."""
        matches = (self._districts_by_name.get(word, ()) for word in words)
        return list({district.code: district for districts in matches for district in districts}.values())

    @cached_property
    def _districts_by_name(self) -> dict[str, list[District]]:
        by_name: dict[str, list[District]] = {}
        for district in self.districts:
            for name in district.names:
                by_name.setdefault(name, []).append(district)
        return by_name


class Member(Frozen):
    """What every institution and provider has.

    Attributes:
        standing: `suspended`: its records are not read, it gets no offers, and letters wait on its topic; `removed`: it
            takes no part any more. Its code stays taken, since facts and cases name it.
        password_version: version of its Kafka password; a new version means a new password.
    """

    code: Code
    name: Name
    standing: InstitutionStanding = InstitutionStanding.ACTIVE
    password_version: int = Field(default=1, ge=1)

    @property
    def active(self) -> bool:
        """Whether its records are read and it gets offers."""
        return self.standing == InstitutionStanding.ACTIVE


class Habits(Frozen):
    """What is peculiar to the HL7 v2 messages of an institution. The defaults read them by the standard.

    Attributes:
        event_stamped: EVN-1 has the same code in every message, so that it contradicts nothing. By the standard
            (3.4.1.1) it repeats the trigger event of MSH-9.
        dispositions: its own codes for where a person goes (PV1-36), if they differ from HL7 table 0112, and what each
            means: a `Destination`.
        classes: its own codes for the patient class (PV1-2), in capitals, if they differ from HL7 table 0004, and the
            `StayClass` that each means.
        ignored: trigger events that are passed over, such as A08 from a feed that sends one each minute. A death is
            read all the same, and events that admit or discharge cannot be passed over.
        zone: the time zone of times without an offset (data type DTM), as an IANA name or an offset; "": MSH-7's
            offset (2.16.9.7), else Korea's.
        charset: the character set of its messages whatever MSH-18 (table 0211) says, by Python's name; "": MSH-18's.
    """

    event_stamped: bool = False
    dispositions: Mapping[OwnCode, Destination] = Field(default_factory=dict)
    classes: Mapping[CapitalCode, StayClass] = Field(default_factory=dict)
    ignored: tuple[TriggerEvent, ...] = ()
    zone: Zone = ""
    charset: Charset = ""

    @cached_property
    def timezone(self) -> tzinfo | None:
        """The time zone that `zone` names; None: it names none."""
        return timezone_of(self.zone) if self.zone else None


USUAL = Habits()


class Institution(Member, Habits):
    """An institution that sends notices, assesses or decides.

    Attributes:
        silent_days: days without a record on its topic after which somebody should ask it; 0: never; None: 14 days
            for a hospital, never for others.
    """

    role: InstitutionRole
    channel: Channel = "topic"
    silent_days: int | None = Field(default=None, ge=0, le=3650)

    @property
    def silent_after(self) -> timedelta | None:
        """How long it may send nothing before somebody should ask it; None: no limit."""
        usual = HOSPITAL_SILENT_DAYS if self.role == "hospital" else 0
        days = usual if self.silent_days is None else self.silent_days
        return timedelta(days=days) if days else None


class Provider(Member):
    """A provider under agreement with the municipality, or a department of its own, which needs no agreement."""

    categories: tuple[str, ...] = Field(min_length=1)
    licences: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()  # that it serves; empty: the whole municipality
    capacity: int = Field(gt=0)  # visits a week
    agreed_from: date | None = None
    agreed_to: date | None = None  # last day; None: open-ended
    department: bool = False
    channel: Channel = "phone"
    rank: int = 0  # at equal load, the smaller rank is offered first
    cost: int | None = None  # KRW per unit, if not the catalogue's tariff

    @property
    def role(self) -> Literal["provider"]:
        """Its role among the institutions."""
        return "provider"

    @model_validator(mode="after")
    def _agreement(self) -> Self:
        if self.agreed_from is None and not self.department:
            raise ValueError("agreed_from is missing: only a department works without an agreement")
        if self.agreed_from and self.agreed_to and self.agreed_to < self.agreed_from:
            raise ValueError("agreed_to is before agreed_from")
        return self


class Service(Frozen):
    """A service of the catalogue."""

    code: Code
    name_ko: str
    name_en: str
    category: Code
    licence: str = ""  # what a provider must hold; empty: the category is enough
    unit_minutes: int = Field(default=0, ge=0)  # length of one visit; 0: not measured in time
    kinds: tuple[LineKind, ...] = Field(min_length=1)
    reported: Reporting = Reporting.BY_VISIT
    tariff: int | None = None  # KRW per unit; None: paid by another party, or unknown
    tariff_unit: str = ""  # "30 minutes", "hour", "meal", "day"
    tariff_source: str = ""  # source of the tariff, if not the municipality itself


class Group(Frozen):
    """A group that the municipality supports beyond the Act, by agreement with the Ministry."""

    code: Code
    name_ko: str
    name_en: str


class EligibilityRules(Frozen):
    """The Act's grounds: age, registered severe disability or an agreed group; each also requires complex need."""

    min_age: int = Field(default=65, ge=0, le=120)
    severe_disability: bool = True
    groups: tuple[Group, ...] = ()


class PriorityRules(Frozen):
    """The municipality's own order of priority. It does not decide eligibility."""

    min_age: int = Field(default=75, ge=0, le=120)


class Route(Frozen):
    """One row of the decision table after the pre-survey."""

    code: AssessmentRoute
    from_score: int = Field(ge=0)
    to_score: int | None = None  # inclusive; None: and above


class PlanRules(Frozen):
    """How a plan is decided."""

    max_rejections: int = Field(default=2, ge=0)  # one more rejection escalates the plan


class CheckRules(Frozen):
    """When checks on the person take place."""

    days: tuple[int, ...] = (3, 7, 30)  # after the actual discharge, in real days
    months_after_plan: int = Field(default=3, ge=1, le=3)  # the Act: within three months of the first plan
    then_every_months: int = Field(default=6, ge=1, le=6)  # the Act: at most every six


class VisitRules(Frozen):
    """How visits are planned.

    Attributes:
        first_visit: who names the first visit of a line: its provider, who is asked if the acceptance names none, or
            the engine, which then proposes one.
        on_holiday: what a holiday does to one visit of a series: it is moved to the next working day, or skipped.
        make_ups: make-up visits of a line at most; those beyond are the next of the series.
        lead: minimum notice for a provider, in working hours.
        opens: beginning of the visiting hours on days off.
        closes: their end.
    """

    first_visit: Namer = Namer.PROVIDER
    on_holiday: Holiday = Holiday.MOVE
    make_ups: int = Field(default=3, ge=0, le=100)
    lead: LengthWords = Length(2, "h")
    opens: time = time(9)
    closes: time = time(18)

    @model_validator(mode="after")
    def _in_hours(self) -> Self:
        if self.lead.unit not in ("h", "min"):
            raise ValueError("lead is written in h or min")
        if self.opens >= self.closes:
            raise ValueError("opens must be before closes")
        return self


class Ladders(Frozen):
    """Steps to try in turn when a person cannot be reached; the last one is repeated."""

    contact: tuple[Step, ...] = Field(min_length=1)
    missed_visit: tuple[Step, ...] = Field(min_length=1)
    check: tuple[Step, ...] = Field(min_length=1)
