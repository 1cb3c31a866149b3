"""The words that describe where something stands, who has to act, and what came of it."""

from typing import Self

from handoff.vocabulary.rows import Word


class Stage(Word):
    """Where a case stands, in order."""

    SCREENING = "screening"  # only until the story has begun
    CONSENT = "consent"
    ASSESSMENT = "assessment"
    PLAN = "plan"
    SERVICES = "services"
    FOLLOW_UP = "follow-up"
    CLOSED = "closed"


class Standing(Word):
    """Why everything in a case waits."""

    READMITTED = "readmitted"
    DISCHARGE_CANCELLED = "discharge-cancelled"


class Interruption(Word):
    """What may come between the steps of care at any moment. Meanwhile nobody new is told of the person.

    Attributes:
        visits_go_on: whether services that were accepted go on.
    """

    visits_go_on: bool

    def __new__(cls, value: str, visits_go_on: bool) -> Self:  # noqa: FBT001 - a row of the table
        """A row of the table."""
        member = str.__new__(cls, value)
        member._value_, member.visits_go_on = value, visits_go_on
        return member

    ENDED = "case-ended", False  # by a death, a refusal, or a person's decision: for good
    READMITTED = "readmitted", False  # until the person is discharged again, or the admission was a mistake
    DISCHARGE_CANCELLED = "discharge-cancelled", False  # until there is a date again
    CONSENT_WITHDRAWN = "consent-withdrawn", True  # until the person gives it again


class Consent(Word):
    """What the person said; "" while nobody has asked."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Eligibility(Word):
    """Whether the Act's support is open to a person."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not-eligible"
    UNDETERMINED = "undetermined"


class Priority(Word):
    """How soon the municipality turns to a person: its priority."""

    HIGH = "high"
    NORMAL = "normal"
    UNDETERMINED = "undetermined"


class Role(Word):
    """People of the municipality who own tasks, as profiles name them."""

    COORDINATOR = "coordinator"
    DUTY_OFFICER = "duty-officer"
    TEAM_LEAD = "team-lead"


class InstitutionStanding(Word):
    """Whether an institution or a provider takes part."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


class AssessmentRoute(Word):
    """Where the pre-survey leads."""

    GUIDE = "guide"
    OWN_SURVEY = "own-survey"
    DETERMINATION = "determination"


class Survey(Word):
    """What an assessor is asked for; a re-survey bears a number: `resurvey-1`."""

    PRESURVEY = "presurvey"
    DETERMINATION = "determination"
    RESURVEY = "resurvey"


class PlanState(Word):
    """Where a version of the plan stands."""

    DRAFTED = "drafted"  # the story's word until the version is written
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    REPLACED = "replaced"


class LineKind(Word):
    """How a service is given."""

    ONE_OFF = "one-off"
    SERIES = "series"
    ON_DEMAND = "on-demand"
    STAND_BY = "stand-by"


class LineState(Word):
    """Where a plan line stands. The story and the record each use their part of these words."""

    PLANNED = "planned"
    OFFERED = "offered"
    GAP = "gap"
    WAITING = "waiting"  # story: the line is tried again at an agreed moment
    HELD = "held"  # story: the record knows a reason to wait
    ACCEPTED = "accepted"
    IN_SERVICE = "in-service"  # record
    ON_HOLD = "on-hold"  # record: its provider keeps the place
    COMPLETED = "completed"
    FAILED = "failed"
    GIVEN_UP = "given-up"
    REMOVED = "removed"


LINE_OVER = frozenset({LineState.COMPLETED, LineState.FAILED, LineState.GIVEN_UP, LineState.REMOVED})


class ReferralState(Word):
    """Where a referral stands: the words of Gravity's Task."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class VisitState(Word):
    """Where a visit stands."""

    SCHEDULED = "scheduled"
    UNREPORTED = "unreported"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    MISSED = "missed"
    CANCELLED = "cancelled"


class CheckState(Word):
    """Where a check on the person stands."""

    PLANNED = "planned"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class FactState(Word):
    """Where a stored fact stands."""

    NUMBERED = "numbered"  # of a case
    HELD = "held"  # a person has to settle something first
    EARLY = "early"  # came before its case
    ACTED = "acted"  # a person's action
    LATE = "late"  # its case was closed
    DROPPED = "dropped"


class ParkedState(Word):
    """Where a record stands that could not be taken."""

    PARKED = "parked"
    RETRIED = "retried"
    DROPPED = "dropped"
    EXPIRED = "expired"


class GapAnswer(Word):
    """How the municipality answers a gap: the first part of the code."""

    PROVIDER = "provider"
    SERVICE = "service"
    WAIT = "wait"
    GIVE_UP = "give-up"
