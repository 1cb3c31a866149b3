"""The words of the simulation: situations, cues of steps, answers of providers."""

from enum import StrEnum


class Situation(StrEnum):
    """What a simulated discharge demonstrates; a course without a situation has ""."""

    TOLD_BY_TWO = "told-by-two"
    RESENT = "resent"
    ID_REUSED = "id-reused"
    CONSENT_REFUSED = "consent-refused"
    DECLINED = "declined"
    SILENT = "silent"
    PARTLY_ACCEPTED = "partly-accepted"
    GAP_ANSWERED = "gap-answered"
    VISIT_MISSED = "visit-missed"
    URGENT_LINE = "urgent-line"
    EXPECTED_DISCHARGE = "expected-discharge"
    CORRECTED = "corrected"
    READMITTED = "readmitted"
    DISCHARGE_CANCELLED = "discharge-cancelled"
    HELD_SETTLED = "held-settled"
    DIED = "died"
    PLAN_REJECTED = "plan-rejected"
    ADMITTED = "admitted"
    UNREADABLE = "unreadable"  # of unreadable records, counted separately
    NOT_OURS = "not-our-municipality"  # of notices about people of another municipality


class Cue(StrEnum):
    """What the step of a course waits for."""

    START = "start"
    ACKNOWLEDGED = "acknowledged"
    FIRST_SERVICE = "first-service"


class ProviderAnswer(StrEnum):
    """A provider's answer to an offer."""

    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly-accepted"
    DECLINED = "declined"
    SILENT = "silent"  # no answer
