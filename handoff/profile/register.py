"""The bodies and the services of a municipality: its register, as its profile lists them."""

import re
from collections.abc import Iterable
from datetime import date, time, timedelta
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from handoff.profile.limits import Frozen, Length, LengthWords
from handoff.vocabulary.states import AssessmentRoute, InstitutionStanding, LineKind

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HOSPITAL_SILENT_DAYS = 14
_CODE_LENGTH = 60  # topics, users and groups are named after it; Kafka ends a topic's name at 249


def code(written: str) -> str:
    """A code as the register takes it.

    Raises:
        ValueError: it is none; the text says what one is.
    """
    if not _CODE.fullmatch(written) or len(written) > _CODE_LENGTH:
        raise ValueError(f"a code is small letters and digits, '-' between them, {_CODE_LENGTH} characters at most")
    return written


def name(written: str) -> str:
    """A name as people call somebody.

    Raises:
        ValueError: it is empty.
    """
    if not written.strip():
        raise ValueError("a name is what people call it, and not empty")
    return written


Code = Annotated[str, AfterValidator(code)]
Name = Annotated[str, AfterValidator(name)]
InstitutionRole = Literal[
    "hospital", "long-term-care", "residential-care", "community-centre", "nhis", "deciding-body", "family", "desk"
]

Channel = Literal["topic", "phone"]  # own topics on Kafka, or the operator types in what was said
Step = Literal["phone", "phone-other-hours", "home-visit", "welfare-check"]


class District(Frozen):
    """An administrative dong, or the wider legal dong (`part_of` names it) that an address may give instead."""

    code: Code
    names: tuple[str, ...] = Field(min_length=1)  # as addresses write it: 철산3동
    part_of: str = ""
    assessor: str = ""  # its community centre, where it is not the municipality's usual one


class Municipality(Frozen):
    """Whose cases these are: 시·군·구."""

    code: str = Field(pattern=r"^\d{5}$")  # the first five digits of its administrative codes
    province: str
    names: tuple[str, ...] = Field(min_length=1)  # as addresses write it: 광명시
    districts: tuple[District, ...] = Field(min_length=1)

    def districts_named(self, words: Iterable[str]) -> list[District]:
        """The districts that one of the words names, each once."""
        found = (self._districts_by_name.get(word, ()) for word in words)
        return list({district.code: district for districts in found for district in districts}.values())

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
        standing: `suspended`: it is neither heard nor offered anything, and its letters wait on its topic; `removed`:
            it takes no part any more. Its code stays taken, since facts and cases name it.
        password_version: of its Kafka password; each version is another password.
    """

    code: Code
    name: Name
    standing: InstitutionStanding = InstitutionStanding.ACTIVE
    password_version: int = Field(default=1, ge=1)

    @property
    def active(self) -> bool:
        """Whether it is heard."""
        return self.standing == InstitutionStanding.ACTIVE


class Institution(Member):
    """A body that tells, assesses or decides.

    Attributes:
        silent_days: days without a record on its topic after which somebody should ask it; 0: never. Without it a
            hospital is asked after 14 days, and nobody else is.
    """

    role: InstitutionRole
    channel: Channel = "topic"
    silent_days: int | None = Field(default=None, ge=0, le=3650)

    @property
    def silent_after(self) -> timedelta | None:
        """How long it may say nothing; None: for ever."""
        usual = HOSPITAL_SILENT_DAYS if self.role == "hospital" else 0
        days = usual if self.silent_days is None else self.silent_days
        return timedelta(days=days) if days else None


class Provider(Member):
    """A provider under agreement with the municipality, or a department of its own, which needs no agreement."""

    categories: tuple[str, ...] = Field(min_length=1)
    licences: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()  # where it goes; empty: everywhere in the municipality
    capacity: int = Field(gt=0)  # visits a week
    agreed_from: date | None = None
    agreed_to: date | None = None  # last day; None: open-ended
    department: bool = False
    channel: Channel = "phone"
    rank: int = 0  # smaller is offered first where load is alike
    cost: int | None = None  # KRW per unit, where it differs from the catalogue's tariff

    @property
    def role(self) -> Literal["provider"]:
        """What it is among the institutions."""
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
    tariff: int | None = None  # KRW per unit; None: paid by somebody else, or not known
    tariff_unit: str = ""  # "30 minutes", "hour", "meal", "day"
    tariff_source: str = ""  # whose figure it is, where it is not the municipality's own


class Group(Frozen):
    """People whom the municipality has agreed with the Ministry to support besides those the Act names."""

    code: Code
    name_ko: str
    name_en: str


class EligibilityRules(Frozen):
    """The doors of the Act: age, registered severe disability, agreed groups. Behind each stands complex need."""

    min_age: int = Field(default=65, ge=0, le=120)
    severe_disability: bool = True
    groups: tuple[Group, ...] = ()


class PriorityRules(Frozen):
    """The municipality's own order of attention; not eligibility."""

    min_age: int = Field(default=75, ge=0, le=120)


class Route(Frozen):
    """One row of the decision table after the pre-survey."""

    code: AssessmentRoute
    from_score: int = Field(ge=0)
    to_score: int | None = None  # inclusive; None: and above


class PlanRules(Frozen):
    """How a plan is decided."""

    max_rejections: int = Field(default=2, ge=0)  # one more, and it is escalated


class CheckRules(Frozen):
    """When the person is checked on."""

    days: tuple[int, ...] = (3, 7, 30)  # after the actual discharge, in real days
    months_after_plan: int = Field(default=3, ge=1, le=3)  # the Act: within three months of the first plan
    then_every_months: int = Field(default=6, ge=1, le=6)  # the Act: at most every six


class VisitRules(Frozen):
    """How visits are planned where the provider names no moment of its own."""

    lead: LengthWords = Length(2, "h")  # so long a provider has to set out, in hours of work where people work
    opens: time = time(9)  # the hours for visits on days when the municipality does not work
    closes: time = time(18)

    @model_validator(mode="after")
    def _in_hours(self) -> Self:
        if self.lead.unit not in ("h", "min"):
            raise ValueError("lead is written in h or min")
        if self.opens >= self.closes:
            raise ValueError("opens must be before closes")
        return self


class Ladders(Frozen):
    """What is tried, one after another, when somebody cannot be reached; the last step is never followed by silence."""

    contact: tuple[Step, ...] = Field(min_length=1)
    missed_visit: tuple[Step, ...] = Field(min_length=1)
    check: tuple[Step, ...] = Field(min_length=1)
