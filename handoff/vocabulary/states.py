"""The words for the states of a case and its parts, for roles, and for results."""

from typing import Self

from handoff.vocabulary.rows import Word


class Stage(Word):
    """The stages of a case, in order."""

    SCREENING = "screening"  # only until the workflow has started
    CONSENT = "consent"
    ASSESSMENT = "assessment"
    PLAN = "plan"
    SERVICES = "services"
    FOLLOW_UP = "follow-up"
    CLOSED = "closed"


class Standing(Word):
    """Why a case waits."""

    READMITTED = "readmitted"
    DISCHARGE_CANCELLED = "discharge-cancelled"


class Destination(Word):
    """Where a disposition says that the person goes."""

    HOME = "home"
    DIED = "died"
    HOSPITAL = "another-hospital"
    STAYS = "still-a-patient"  # the person has not left
    ELSEWHERE = "elsewhere"


class StayClass(Word):
    """What a class of patients (PV1-2, HL7 table 0004) means. Only an inpatient's stay ends with a discharge."""

    INPATIENT = "inpatient"
    EMERGENCY = "emergency"
    OUTPATIENT = "outpatient"
    PREADMISSION = "preadmission"
    RECURRING = "recurring"
    OBSTETRICS = "obstetrics"


class Death(Word):
    """What a case knows of a death; "" if nothing. Nobody is to contact the household meanwhile."""

    CLEAR = "clear-death"  # the case closes when its limit is over, unless the death is taken back
    DOUBTED = "doubted-death"  # a person finds out


class Interruption(Word):
    """What may interrupt the steps of care at any moment. Meanwhile no further institution is told about the person.

    Attributes:
        visits_go_on: whether services that were accepted go on.
    """

    visits_go_on: bool

    def __new__(cls, value: str, visits_go_on: bool) -> Self:  # noqa: FBT001 - a row of the table
        """A row of the table."""
        member = str.__new__(cls, value)
        member._value_, member.visits_go_on = value, visits_go_on
        return member

    ENDED = "case-ended", False  # for ever: after a refusal, or a person's decision
    CLOSING = "closing", False  # until the case ends, or a person takes that back
    DIED = "died", False  # until the case closes, or the death is taken back
    DEATH_DOUBTED = "death-doubted", False  # until a person has found out
    READMITTED = "readmitted", False  # until the next discharge, or until the admission is cancelled
    DISCHARGE_CANCELLED = "discharge-cancelled", False  # until there is a new date
    CONSENT_WITHDRAWN = "consent-withdrawn", True  # until the person consents again
    CONSENT_EXPIRED = "consent-expired", True  # until the person renews the consent
    ACCESS_RESTRICTED = "access-restricted", True  # until a person has found out whether others may be told


class Consent(Word):
    """The person's consent; "" until there is an answer."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # the end that the consent named has come


class Eligibility(Word):
    """Whether the person is eligible for support under the Act."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not-eligible"
    UNDETERMINED = "undetermined"


class Priority(Word):
    """The priority of a person in the municipality."""

    HIGH = "high"
    NORMAL = "normal"
    UNDETERMINED = "undetermined"


class Role(Word):
    """The roles of the municipality that own tasks."""

    COORDINATOR = "coordinator"
    DUTY_OFFICER = "duty-officer"
    TEAM_LEAD = "team-lead"


class InstitutionStanding(Word):
    """Whether an institution or a provider takes part."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


class AssessmentRoute(Word):
    """What follows the pre-survey: guidance to other help, our own survey, or the insurer's determination."""

    GUIDE = "guide"
    OWN_SURVEY = "own-survey"
    DETERMINATION = "determination"


class Survey(Word):
    """What an assessor is asked for. Re-surveys are numbered: `resurvey-1`."""

    PRESURVEY = "presurvey"
    DETERMINATION = "determination"
    RESURVEY = "resurvey"


class PlanState(Word):
    """The states of a version of the plan."""

    DRAFTED = "drafted"  # only in the workflow, until the version is written
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    REPLACED = "replaced"


class LineKind(Word):
    """How often a service is given."""

    ONE_OFF = "one-off"
    SERIES = "series"
    ON_DEMAND = "on-demand"
    STAND_BY = "stand-by"


class LineState(Word):
    """The states of a plan line. Those with a comment are used only in the workflow, or only in the record."""

    PLANNED = "planned"
    OFFERED = "offered"
    GAP = "gap"
    WAITING = "waiting"  # workflow: the line is offered again at an agreed moment
    HELD = "held"  # workflow: the record has a reason to wait
    ACCEPTED = "accepted"
    IN_SERVICE = "in-service"  # record: a visit was planned
    ON_HOLD = "on-hold"  # record: the provider holds its place during a readmission
    COMPLETED = "completed"
    FAILED = "failed"
    PARTLY_DELIVERED = "partly-delivered"  # record: its time is over, and some visits were missed
    NOT_REPORTED = "not-reported"  # record: its time is over, and nobody said whether visits took place
    ENDED_EARLY = "ended-early"  # record: `EndedBy` says by whom
    GIVEN_UP = "given-up"
    REMOVED = "removed"  # record: no provider had taken it


# The states that the visits of a line decide once its time is over. A late report moves it from one to another.
LINE_DELIVERED = frozenset({LineState.COMPLETED, LineState.PARTLY_DELIVERED, LineState.NOT_REPORTED, LineState.FAILED})
LINE_OVER = LINE_DELIVERED | {LineState.ENDED_EARLY, LineState.GIVEN_UP, LineState.REMOVED}


class EndedBy(Word):
    """Who or what ended a line before its time; "" if its time was over, or it goes on."""

    PROVIDER = "by-provider"
    MUNICIPALITY = "by-municipality"
    PERSON = "by-person"
    PLAN_CHANGED = "by-plan-changed"
    DEATH = "by-death"
    READMISSION = "by-readmission"


class ReferralState(Word):
    """The states of a referral, which are those of the Gravity Task."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class VisitState(Word):
    """The states of a visit."""

    SCHEDULED = "scheduled"
    UNREPORTED = "unreported"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    MISSED = "missed"
    CANCELLED = "cancelled"


class CheckState(Word):
    """The states of a check on the person."""

    PLANNED = "planned"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class FactState(Word):
    """The states of a stored fact."""

    NUMBERED = "numbered"  # it belongs to a case
    HELD = "held"  # a person has to settle something first
    EARLY = "early"  # it came before its case
    AT_DOOR = "at-door"  # a notice of a person below the age; the other doors were not asked about yet
    ACTED = "acted"  # it is a person's action
    LATE = "late"  # it came after its case was closed
    DROPPED = "dropped"


class DoorAnswer(Word):
    """What became of a notice that stood at the door."""

    LET_IN = "let-in"  # a door is open to the person
    NOT_ELIGIBLE = "not-eligible"  # every door is shut
    CANCELLED = "cancelled"  # its sender cancelled the discharge meanwhile


class ParkedState(Word):
    """The states of a record that could not be used."""

    PARKED = "parked"
    RETRIED = "retried"
    DROPPED = "dropped"
    EXPIRED = "expired"


class GapAnswer(Word):
    """How the municipality answers a gap. This is the first part of the code of `gap.answered`."""

    PROVIDER = "provider"
    SERVICE = "service"
    WAIT = "wait"
    GIVE_UP = "give-up"


class Earlier(Word):
    """Moments of a case that other events follow, or precede."""

    says: str

    def __new__(cls, value: str, says: str) -> Self:
        """A row of the table."""
        member = str.__new__(cls, value)
        member._value_, member.says = value, says
        return member

    NOTICE = "notice-written", "the first notice was written"
    CONSENT = "person-consented", "the person consented"
    PLAN = "plan-submitted", "the plan was submitted"
    OFFER = "offer-made", "the offer was made"
    VISIT = "visit-planned", "the visit is planned"
    CHECK = "check-planned", "the check is planned"
    DISCHARGE = "person-discharged", "the person was discharged"
    ADMISSION = "person-admitted", "the person was admitted"
    WITHDRAWAL = "consent-withdrawn", "consent was withdrawn"
    FIRST_VISIT = "first-visit-delivered", "the first visit since the discharge was delivered"
    LAST_VISIT = "last-visit-delivered", "the last delivered visit took place"
    LAST_CHECK = "last-check-made", "the last check was made"
