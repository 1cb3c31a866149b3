"""The words of the simulation: what a discharge is meant to show, what its steps wait for, what providers answer."""

from enum import StrEnum


class Situation(StrEnum):
    """What one kind of discharge shows; "" in a course that shows nothing of its own."""

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
    UNREADABLE = "unreadable"  # counted besides: of records that nobody can read
    NOT_OURS = "not-our-municipality"  # ... and of notices about another town's people


class Cue(StrEnum):
    """What a step of a stay waits for."""

    START = "start"
    ACKNOWLEDGED = "acknowledged"
    FIRST_SERVICE = "first-service"


class ProviderAnswer(StrEnum):
    """What a provider says to an offer."""

    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly-accepted"
    DECLINED = "declined"
    SILENT = "silent"  # nothing
