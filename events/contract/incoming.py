"""Events from institutions: the JSON data of each. Unknown fields are ignored, known fields are checked strictly.

Moments are RFC 3339 (without an offset: Asia/Seoul), days `YYYY-MM-DD`. `null` and an empty text mean: not given.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from events.contract.words import Change, CheckFailure, CheckResult, ContactChannel, Decline, Miss, ServiceEnd
from handoff.text import kept_texts
from handoff.timezone import KST
from handoff.vocabulary.services import SafetyNeed

_NUMERIC = re.compile(r"\s*[+-]?[0-9]+([.][0-9]*)?\s*")
# A year, and perhaps a month, with zeros for the rest and an offset from UTC.
_WITHOUT_DAY = re.compile(r"(\d{4})(?:[-/.]?(\d\d)(?:[-/.]?00)?)?(?:[-/.]?[Xx]{2}){0,2}(?:[T ]?0{4,6})?(?:[+-]\d{4})?")
_ZERO = re.compile(r"[0/.:T -]*(?:(?<=0) ?(?:[+-]\d\d:?\d\d|Z))?")
# What databases keep for no moment: the last day of a calendar, the first of .NET, of SQL, of SQL Server and of OLE.
_NO_DAY = re.compile(
    r"(?:(?:9999|2999|3000)([-/.]?)12\1 ?(?:30|31)|(?:0001|1900|1753)([-/.]?)01\2 ?01|1899([-/.]?)12\3 ?30"
    r"|9999([-/.]?)99\4 ?99)(?:[T ]?\d.*)?"
)
MISSING = ("0000", "0001", "9999", "2999", "3000", "1900", "1899", "1753")  # their years
MONTHS, _DAY_DIGITS = 12, 8
EARLIEST, LATEST = datetime(1880, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def moment(value: datetime) -> datetime:
    """The moment in UTC; without an offset it is Asia/Seoul. Raises PydanticCustomError before 1881 and after 2199."""
    aware = value if value.tzinfo else value.replace(tzinfo=KST)
    if not EARLIEST.year < aware.year < LATEST.year:
        raise PydanticCustomError("date_senseless", "The year is before 1881 or after 2199.")
    return aware.astimezone(UTC)


def day(value: date) -> date:
    """The day, unchanged. Raises PydanticCustomError before 1881 and after 2199."""
    if not EARLIEST.year < value.year < LATEST.year:
        raise PydanticCustomError("date_senseless", "The year is before 1881 or after 2199.")
    return value


def one_of(codes: object) -> BeforeValidator:
    """Keep the codes of a Literal, and turn others into `other`. The stored bytes keep the sender's own code."""
    allowed = get_args(codes)
    return BeforeValidator(lambda value: value if value in allowed else "other")


def written_out(value: object) -> object:
    """A moment or day as text. Pydantic would read a number, such as 20261122, as seconds since 1970."""
    if isinstance(value, int | float) or _NUMERIC.fullmatch(str(value)):
        raise PydanticCustomError("date_numeric", "A number is not a moment or a day.")
    return value


def is_zero(text: str) -> bool:
    """Whether a date or moment is missing: empty, zeros in any zone (0000-00-00), or the null of a database (9999)."""
    return _ZERO.fullmatch(text) is not None or _NO_DAY.fullmatch(text) is not None


def month_or_year(text: str) -> str:
    """The month or year of a date that is told no closer: 1943-02 of 194302, 1943 of 19430000; "" of other texts."""
    if len(text) == _DAY_DIGITS and text.isdecimal() and not text.endswith("00"):  # as nearly all are written
        return ""
    match = _WITHOUT_DAY.fullmatch(text)
    if match is None or not EARLIEST.year < int(match[1]) < LATEST.year or int(match[2] or 0) > MONTHS:
        return ""
    return f"{match[1]}-{match[2]}" if int(match[2] or 0) else match[1]


def _none_if_zero(value: object) -> object:
    return None if isinstance(value, str) and value.startswith(MISSING) and is_zero(value) else value


def _none_without_day(value: object) -> object:
    return None if isinstance(value, str) and month_or_year(value) else _none_if_zero(value)


Moment = Annotated[datetime, BeforeValidator(written_out), AfterValidator(moment)]
Day = Annotated[date, BeforeValidator(written_out), AfterValidator(day)]
MomentTold = Annotated[Moment | None, BeforeValidator(_none_if_zero)]
BirthDate = Annotated[Day | None, BeforeValidator(_none_without_day)]
Words = Annotated[str, Field(max_length=300)]
Id = Annotated[str, Field(max_length=100)]
Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Count = Annotated[int, Field(ge=0, le=1000)]
Units = Annotated[int, Field(ge=1, le=1000)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Incoming(BaseModel):
    """What all incoming data shares."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_not_told(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        fields = {}
        for name in cls.model_fields.keys() & data.keys():  # a record may have a hundred thousand other names
            value = data[name]
            normal = kept_texts(value)
            if normal is not None and normal != "":
                fields[name] = normal
        return fields


class Actor(Incoming):
    """The role of the person who acted, never the name."""

    role: Annotated[str, Field(max_length=40)] = Field(default="", description='E.g. "nurse".')


class FoundFields(Incoming):
    """What an assessor found about eligibility. null: not examined."""

    severe_disability: bool | None = None
    group: Word = Field(default="", description="A group agreed with the Ministry, as in the profile.")
    complex_need: bool | None = None


class Said(Incoming):
    """An answer or a decision about one of our cases. `ce_subject` names what it is about."""

    actor: Actor = Actor()
    occurred_at: Moment | None = Field(
        default=None, description="When it occurred, if it is sent later. Absent: the event's `time`."
    )
    reference: Id = Field(default="", description="The sender's own id of the discharge, if it does not know our case.")


class PresurveyCompleted(Said):
    """The community centre's first survey."""

    score: Annotated[int, Field(ge=0, le=100)]
    found: FoundFields = FoundFields()


class DeterminationReturned(Said):
    """The insurer's determination."""

    result: Literal["eligible", "not-eligible"]
    score: Annotated[int, Field(ge=0, le=100)] | None = None
    found: FoundFields = FoundFields()


class PlanLineFields(Incoming):
    """One line of a plan: a service, how much of it, and for how long."""

    service: Word = Field(description="A service of the municipality's catalogue.")
    kind: Literal["one-off", "series", "on-demand", "stand-by"] = "one-off"
    quantity: Units = Field(default=1, description="Visits per period; for a one-off the total.")
    per: Literal["", "day", "week", "month"] = ""
    days: Annotated[int, Field(ge=0, le=3650)] = Field(default=0, description="Length of a series in calendar days.")
    urgent: bool = Field(default=False, description="Offered before the decision, and ratified or withdrawn after it.")
    prefers: Word = Field(default="", description="The provider that the person asks for.")
    keeps: Id = Field(default="", description="Id of the line of the version before that this line continues.")
    safety: Annotated[tuple[SafetyNeed, ...], Field(max_length=len(SafetyNeed))] = Field(
        default=(), description="What a visitor has to know for safety. It is sent in the offer."
    )
    starts_on: Day | None = Field(default=None, description="First day of its visits; absent: as soon as possible.")
    weekdays: tuple[Weekday, ...] = Field(
        default=(), description='Weekdays of a series per "week", one for each visit: `["mon", "thu"]`.'
    )


class PlanDrafted(Said):
    """The individual support plan, or its next version."""

    lines: Annotated[tuple[PlanLineFields, ...], Field(min_length=1, max_length=50)]


class PlanDecided(Said):
    """The deciding body's decision on a version of the plan."""

    version: Units | None = Field(default=None, description="Version of the plan; absent: the version submitted last.")
    reason: Word = ""


class PlanChanged(PlanDrafted):
    """The deciding body replaces the lines that were submitted or are running."""

    version: Units | None = None
    reason: Word = ""


class CheckCompleted(Said):
    """A check on the person was made."""

    result: Annotated[CheckResult, one_of(CheckResult)] = "well"


class CheckFailed(Said):
    """A check on the person could not be made."""

    reason: Annotated[CheckFailure, one_of(CheckFailure)] = "other"


Channel = Annotated[ContactChannel, one_of(ContactChannel)]


class ContactTold(Said):
    """An attempt to reach the person, successful or not."""

    channel: Channel = "other"


class ReferralAccepted(Said):
    """The provider accepts the line."""

    first_visit_at: Moment | None = Field(
        default=None, description="The first visit, which is planned as named; absent: you are asked for it."
    )


class ReferralPartlyAccepted(ReferralAccepted):
    """The provider accepts a part of the line. The rest is offered to other providers."""

    quantity: Units = Field(description="Visits per period that the provider accepts.")


class ReferralDeclined(Said):
    """The provider declines the line (reasons as in the Gravity Task)."""

    reason: Annotated[Decline, one_of(Decline)] = "other"


class ReferralChanged(Said):
    """The provider changes what it has accepted."""

    change: Annotated[Change, one_of(Change)] = "other"
    quantity: Count = Field(default=0, description="Visits per period that the provider can still make.")
    weekdays: tuple[Weekday, ...] = Field(
        default=(), description="With `weekdays` or `quantity`: the weekdays of its visits, one for each visit a week."
    )
    from_at: Moment | None = Field(
        default=None, description="When the change of `quantity` or `weekdays` begins; absent: at once."
    )


class VisitProposed(Said):
    """The provider names the moment of a visit: of the visit that the subject names, else of the next one.

    The subject is the visit, or the offer. Only this visit moves, and never the rest of its series.
    """

    starts_at: Moment


class VisitCompleted(Said):
    """A visit took place."""

    units: Units = Field(default=1, description="Delivered units, e.g. meals or half hours.")


class VisitMissed(Said):
    """A visit did not take place."""

    reason: Annotated[Miss, one_of(Miss)] = "other"


class VisitsConfirmed(Said):
    """All visits of a week that nobody has reported took place, except those named. Answers `week.to-confirm`."""

    missed: tuple[Id, ...] = Field(
        default=(), max_length=5000, description="Ids of visits that did not take place, and were not reported yet."
    )


class ServiceEnded(Said):
    """The provider's service on a line ended."""

    reason: Annotated[ServiceEnd, one_of(ServiceEnd)] = Field(
        default="other", description="failed: the service started, but did not work (Gravity Task)."
    )
    ends_at: Moment | None = Field(
        default=None, description="No visit takes place at or after this moment; absent: the service has ended."
    )


class Later(Incoming):
    """An event that the engine does not act on yet: any data."""
