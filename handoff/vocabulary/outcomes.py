"""The words for the result of a milestone: verdicts, reasons of withdrawals, and the events sent to institutions."""

from enum import StrEnum

from handoff.vocabulary.rows import Word


class Verdict(Word):
    """The verdict of a milestone. Some milestones have another word: an eligibility, a route, a rung or an owner."""

    GONE = "gone"  # the subject is no longer open: nothing was changed
    SET_ASIDE = "set-aside"
    NOTED = "noted"
    SUBMITTED = "submitted"
    REFUSED = "refused"
    APPROVED = "approved"
    REVISE = "revise"
    ESCALATED = "escalated"
    OFFERED = "offered"
    GAP = "gap"
    HELD = "held"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SILENT = "silent"
    CHANGED = "changed"
    PLANNED = "planned"
    TO_BE_NAMED = "to-be-named"  # nobody has named the first visit: it is asked for
    NAMED = "named"  # the first visit that was asked for
    MOVED = "moved"
    UNFIT = "unfit"  # the weekdays do not fit the line: nothing was changed
    IMPOSSIBLE = "impossible"  # the moment is past, or the person is not at home then: nothing was changed
    OVER = "over"
    LOST = "lost"
    COMPLETED = "completed"
    FAILED = "failed"
    MISSED = "missed"
    UNREPORTED = "unreported"
    DUE = "due"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"
    RENEWED = "renewed"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    RESUMED = "resumed"
    NEVER_ADMITTED = "never-admitted"
    DOUBTED = "doubted"
    SETTLED = "settled"
    CLOSED = "closed"


class IdentityVerdict(StrEnum):
    """Whether the person of a notice is known. Only the rule of identity uses these words."""

    SAME = "same"  # a person whom we have
    NEW = "new"
    HELD = "held"  # a person of the municipality has to decide


class WithdrawalReason(Word):
    """Why the engine took back an offer, a visit or a line, or paused clocks."""

    CONSENT_WITHDRAWN = "consent-withdrawn"
    CONSENT_EXPIRED = "consent-expired"
    REFUSED_BY_PERSON = "refused-by-person"  # the person refuses this provider
    READMITTED = "readmitted"
    HOLD_EXPIRED = "hold-expired"
    DISCHARGE_CANCELLED = "discharge-cancelled"
    DISCHARGE_CORRECTED = "discharge-corrected"
    PLAN_CHANGED = "plan-changed"
    PLAN_REJECTED = "plan-rejected"
    CHANGED_MIND = "changed-mind"
    SILENT = "silent"
    DELIVERED = "delivered"
    OTHER = "other"
    CLOSED = "closed"
    DIED = "died"
    ACCESS_RESTRICTED = "access-restricted"
    CORRECTED = "corrected"  # what led to it was recorded by mistake
    CLOSING = "closing"  # somebody ends the case, which may still be taken back
    JOINED = "joined"  # the case was joined into another one of the person, which offers the line again
    WRONG_PERSON = "wrong-person"  # the case was about another person than the one named


class Progress(Word):
    """The state in an event `handoff.progressed`: what has just happened in the handoff."""

    CHECK_DUE = "check-due"
    DISCHARGE_CORRECTED = "discharge-corrected"
    DISCHARGE_CANCELLED = "discharge-cancelled"
    PLAN_APPROVED = "plan-approved"
    PLAN_REJECTED = "plan-rejected"
    RATIFIED = "ratified"
    FIRST_SERVICE = "first-service"
    FIRST_SERVICE_TAKEN_BACK = "first-service-taken-back"  # it was reported by mistake
    VISITS_CANCELLED = "visits-cancelled"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    LOOKUP_REFUSED = "lookup-refused"  # the person brings papers instead
    LOOKUP_ALLOWED = "lookup-allowed"
    PAPERS_RECEIVED = "papers-received"
    SERVICE_ENDS = "service-ends"  # at the moment `due_at`


class LetterKind(Word):
    """The events that are sent to institutions."""

    NOTICE_ACKNOWLEDGED = "notice.acknowledged"
    NOTICE_REJECTED = "notice.rejected"
    ASSESSMENT_REQUESTED = "assessment.requested"
    ASSESSMENT_UPDATED = "assessment.updated"
    PLAN_SUBMITTED = "plan.submitted"
    REFERRAL_OFFERED = "referral.offered"
    REFERRAL_CONFIRMED = "referral.confirmed"
    REFERRAL_UPDATED = "referral.updated"
    REFERRAL_WITHDRAWN = "referral.withdrawn"
    APPOINTMENT_REQUESTED = "appointment.requested"
    VISIT_SCHEDULED = "visit.scheduled"
    WEEK_TO_CONFIRM = "week.to-confirm"
    HANDOFF_PROGRESSED = "handoff.progressed"
    HANDOFF_CLOSED = "handoff.closed"
    DISCLOSURE_RETRACTED = "disclosure.retracted"


class AnswerCode(StrEnum):
    """Codes of answers that the code uses by name. `events.contract.incoming` has all codes of each answer."""

    OTHER = "other"
    REFUSED = "refused"
    COMPLETED = "completed"
    FAILED = "failed"
    MOVED = "moved"
