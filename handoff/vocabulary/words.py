"""Events and milestones of a case. One row has everything about a word."""

from typing import Self

from handoff.vocabulary.rows import Word


class EventKind(Word):
    """The events that a case can get, from institutions or from people. `handoff.case.dispatch` applies them.

    Attributes:
        says: what happened, in words that can be shown as the cause of something else.
        opens: whether it opens a case if there is none.
    """

    says: str
    opens: bool

    def __new__(cls, value: str, says: str, opens: bool = False) -> Self:  # noqa: FBT001, FBT002 - a row of the table
        """A row of the table."""
        member = str.__new__(cls, value)
        member._value_, member.says, member.opens = value, says, opens
        return member

    DISCHARGE_EXPECTED = "discharge.expected", "a discharge is expected", True
    DISCHARGE_NOTIFIED = "discharge.notified", "a discharge was reported", True
    DISCHARGE_CORRECTED = "discharge.corrected", "the discharge date was corrected"
    DISCHARGE_CANCELLED = "discharge.cancelled", "the discharge was cancelled"
    ADMISSION_OCCURRED = "admission.occurred", "the person was admitted"
    ADMISSION_CANCELLED = "admission.cancelled", "the admission was taken back"
    PERSON_DIED = "person.died", "a death was reported"
    DISCLOSURE_RESTRICTED = "disclosure.restricted", "access to the person's data was restricted"
    PERSON_CORRECTED = "person.corrected", "details of the person were corrected"
    PERSON_MOVED = "person.moved", "the person moved"
    APPLICATION_RECEIVED = "application.received", "an application came", True
    CONTACT_MADE = "contact.made", "somebody spoke with the person"
    CONTACT_FAILED = "contact.failed", "the person was not reached"
    PERSON_UNREACHABLE = "person.unreachable", "the person was not reached"
    CONSENT_GIVEN = "consent.given", "consent was given"
    CONSENT_REFUSED = "consent.refused", "support was refused"
    CONSENT_WITHDRAWN = "consent.withdrawn", "consent was withdrawn"
    SERVICE_REFUSED = "service.refused", "the person refused a service"
    SERVICE_KEPT = "service.kept", "a service goes on although consent has ended"
    PAPERS_RECEIVED = "papers.received", "the person's papers came"
    PRESURVEY_COMPLETED = "presurvey.completed", "the survey came in"
    DETERMINATION_RETURNED = "determination.returned", "the determination came in"
    PLAN_DRAFTED = "plan.drafted", "a plan was written"
    PLAN_APPROVED = "plan.approved", "the plan was approved"
    PLAN_REJECTED = "plan.rejected", "the plan was rejected"
    PLAN_CHANGED = "plan.changed", "the deciding body wrote a version of its own"
    REFERRAL_ACCEPTED = "referral.accepted", "the provider accepted"
    REFERRAL_PARTLY_ACCEPTED = "referral.partly-accepted", "the provider accepted a part"
    REFERRAL_DECLINED = "referral.declined", "the provider declined"
    REFERRAL_CHANGED = "referral.changed", "the provider changed what it had accepted"
    GAP_ANSWERED = "gap.answered", "the gap was answered"
    VISIT_PROPOSED = "visit.proposed", "the provider proposed a moment"
    VISIT_REQUESTED = "visit.requested", "a visit was asked for"
    VISIT_COMPLETED = "visit.completed", "the visit took place"
    VISIT_MISSED = "visit.missed", "the visit was missed"
    SERVICE_ENDED = "service.ended", "the service ended"
    CHECK_COMPLETED = "check.completed", "the check was made"
    CHECK_FAILED = "check.failed", "the check failed"
    TASK_SETTLED = "task.settled", "a task was settled"
    CASE_CLOSED = "case.closed", "somebody ended the case"
    CASE_REOPENED = "case.reopened", "somebody took the end of the case back"
    RECORD_CORRECTED = "record.corrected", "the record was corrected"
    CASE_JOINED = "case.joined", "the case was joined into another one of the person"
    CASE_ABSORBED = "case.absorbed", "another case of the person was joined into this one"


class PersonKind(Word):
    """Events about a person's records, which intake acts on. No case gets them."""

    PERSON_MERGED = "person.merged"


class MilestoneName(Word):
    """The milestones of a case: each is the name of a row of the timeline. `activities.dispatch` writes them."""

    CASE_SCREENED = "case_screened"
    CONTACT_MADE = "contact_made"
    CONTACT_FAILED = "contact_failed"
    NEXT_ATTEMPT = "next_attempt"
    CONSENT_GIVEN = "consent_given"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_RENEWED = "consent_renewed"
    CONSENT_EXPIRED = "consent_expired"
    REFUSAL_TOLD = "refusal_told"
    LOOKUP_REFUSED = "lookup_refused"
    LOOKUP_ALLOWED = "lookup_allowed"
    PAPERS_RECEIVED = "papers_received"
    SERVICE_REFUSED = "service_refused"
    SERVICE_KEPT = "service_kept"
    PROVIDER_REFUSED = "provider_refused"
    PROVIDER_ALLOWED = "provider_allowed"
    ASSESSMENT_REQUESTED = "assessment_requested"
    PRESURVEY_RECORDED = "presurvey_recorded"
    DETERMINATION_RECORDED = "determination_recorded"
    DETERMINATION_REQUESTED = "determination_requested"
    RESURVEY_REQUESTED = "resurvey_requested"
    RESURVEY_RECORDED = "resurvey_recorded"
    RESULT_TO_TELL = "result_to_tell"
    PLAN_SUBMITTED = "plan_submitted"
    PLAN_APPROVED = "plan_approved"
    PLAN_REJECTED = "plan_rejected"
    OFFER_MADE = "offer_made"
    OFFER_ACCEPTED = "offer_accepted"
    OFFER_PARTLY_ACCEPTED = "offer_partly_accepted"
    OFFER_DECLINED = "offer_declined"
    OFFER_SILENT = "offer_silent"
    OFFER_CHANGED_MIND = "offer_changed_mind"
    GAP_OPENED = "gap_opened"
    GAP_ANSWERED = "gap_answered"
    SERVICE_ENDED = "service_ended"
    SERVICE_END_SET = "service_end_set"
    SERVICE_DATES_SET = "service_dates_set"
    VISIT_PLANNED = "visit_planned"
    VISIT_MOVED = "visit_moved"
    RHYTHM_CHANGED = "rhythm_changed"
    VISIT_COMPLETED = "visit_completed"
    VISIT_MISSED = "visit_missed"
    VISIT_UNREPORTED = "visit_unreported"
    CHECKS_PLANNED = "checks_planned"
    NEXT_CHECK_PLANNED = "next_check_planned"
    CHECK_DUE = "check_due"
    CHECK_COMPLETED = "check_completed"
    CHECK_FAILED = "check_failed"
    DISCHARGE_CONFIRMED = "discharge_confirmed"
    DISCHARGE_CORRECTED = "discharge_corrected"
    DISCHARGE_CANCELLED = "discharge_cancelled"
    DISCHARGE_RENEWED = "discharge_renewed"
    DATES_DIFFER = "dates_differ"
    SUSPENDED = "suspended"
    HOLD_EXPIRED = "hold_expired"
    RESUMED = "resumed"
    DEATH_TOLD = "death_told"
    DEATH_DOUBTED = "death_doubted"
    DEATH_TAKEN_BACK = "death_taken_back"
    POSTPONED = "postponed"
    DISCLOSURE_RESTRICTED = "disclosure_restricted"
    DISCLOSURE_ALLOWED = "disclosure_allowed"
    PERSON_CORRECTED = "person_corrected"
    SERVICES_OVER = "services_over"
    NOTICE_JOINED = "notice_joined"
    NOTED = "noted"
    SET_ASIDE = "set_aside"
    TOLD_AFTER_CLOSING = "told_after_closing"
    TASK_SETTLED = "task_settled"
    CANCELLATION_REQUESTED = "cancellation_requested"
    LATE = "late"
    OVERDUE = "overdue"
    CLOSING = "closing"
    CASE_REOPENED = "case_reopened"
    CLOSING_UNFIT = "closing_unfit"
    CORRECTED = "corrected"
    REBUILT = "rebuilt"  # written by `handoff rebuild`, not by the workflow
    CASE_JOINED = "case_joined"
    CASE_ABSORBED = "case_absorbed"
    CLOSED = "closed"
