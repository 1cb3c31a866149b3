"""What comes of a milestone: the verdict, why something was taken back, and what institutions are told."""

from enum import StrEnum

from handoff.vocabulary.rows import Word


class Verdict(Word):
    """What the record answers to a milestone; others answer with an eligibility, a way, a step or an owner."""

    GONE = "gone"  # it is no longer open: nothing was changed
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
    MOVED = "moved"
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
    DOUBTED = "doubted"
    SETTLED = "settled"
    CLOSED = "closed"


class IdentityVerdict(StrEnum):
    """Whom a notice is about. The words are this rule's alone, so they may mean other things elsewhere."""

    SAME = "same"  # as a person before
    NEW = "new"
    HELD = "held"  # a person has to settle it


class WithdrawalReason(Word):
    """Why the engine itself took back an offer, a visit or a line, or has clocks stand still."""

    CONSENT_WITHDRAWN = "consent-withdrawn"
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


class Progress(Word):
    """The news of `handoff.progressed`: where the handoff stands now."""

    CHECK_DUE = "check-due"
    DISCHARGE_CORRECTED = "discharge-corrected"
    DISCHARGE_CANCELLED = "discharge-cancelled"
    PLAN_APPROVED = "plan-approved"
    PLAN_REJECTED = "plan-rejected"
    RATIFIED = "ratified"
    FIRST_SERVICE = "first-service"
    SUSPENDED = "suspended"
    RESUMED = "resumed"


class LetterKind(Word):
    """The events that institutions are told."""

    NOTICE_ACKNOWLEDGED = "notice.acknowledged"
    NOTICE_REJECTED = "notice.rejected"
    ASSESSMENT_REQUESTED = "assessment.requested"
    PLAN_SUBMITTED = "plan.submitted"
    REFERRAL_OFFERED = "referral.offered"
    REFERRAL_WITHDRAWN = "referral.withdrawn"
    VISIT_SCHEDULED = "visit.scheduled"
    HANDOFF_PROGRESSED = "handoff.progressed"
    HANDOFF_CLOSED = "handoff.closed"
