"""Coverage marks: situations that lives have to meet, else the simulator looks where nothing can go wrong."""

from collections.abc import Mapping
from enum import Enum


class Mark(Enum):
    """A situation, by what it means."""

    # facts
    NOT_IN_ORDER = "a word came after a word that was written later"
    CANCELLED_FIRST = "a cancellation came before the word that it cancels"
    TWICE = "a fact was delivered twice"
    ANEW = "what had been said came once more, under another number"
    LATE = "a fact waited, and came together with the next"
    # faults
    ANSWER_LOST = "a write was done, and its answer was lost"
    WORDS_MEANWHILE = "a word came after a commit and before its answer"
    AWAY = "PostgreSQL was away for longer than a local activity tries"
    EVICTED = "a story was evicted and replayed after every step"
    NEXT_RUN = "a case went on in a next run"
    FORGOTTEN = "a workflow task was lost after it had written, and was done again with what came meanwhile"
    TASK_AGAIN = "a word came just when a run was about to end"
    # deadlines
    SECOND_BEFORE = "what a clock waits for came a second before it ran out"
    SAME_MOMENT = "what a clock waits for came in the moment in which it ran out"
    SECOND_AFTER = "what a clock waits for came a second after it ran out"
    OVERDUE = "a clock ran out, and its case went on with another owner"
    # whereabouts
    DISCHARGE_CONFIRMED = "an expected discharge was confirmed"
    DISCHARGE_MOVED = "a discharge was corrected"
    DISCHARGE_CANCELLED = "a discharge was cancelled"
    DISCHARGE_RENEWED = "a new discharge came after a cancelled one"
    DATES_DIFFER = "institutions named different dates"
    READMITTED = "a person was admitted again"
    HELD = "a readmission lasted longer than providers hold their places"
    RESUMED = "a readmitted person came home"
    NEVER_ADMITTED = "an admission was cancelled"
    # care
    CONSENT_WITHDRAWN = "a consent was withdrawn"
    PLAN_REJECTED = "a plan was rejected"
    PROVIDERS_FULL = "a line found no provider, since one was full"
    SHARED = "two cases had places at the same provider"
    SILENT = "a provider did not answer in time"
    DECLINED = "a provider declined"
    VISIT_DONE = "a visit was made"
    VISIT_UNREPORTED = "nobody reported a visit"
    # ends
    CLOSED = "a case was closed"
    DIED = "a person died"
    CLOSED_WITH_OFFERS = "a case was closed while an offer awaited its answer"


OF_MILESTONES: Mapping[str, Mark] = {
    "overdue": Mark.OVERDUE,
    "discharge_confirmed": Mark.DISCHARGE_CONFIRMED,
    "discharge_corrected": Mark.DISCHARGE_MOVED,
    "discharge_cancelled": Mark.DISCHARGE_CANCELLED,
    "discharge_renewed": Mark.DISCHARGE_RENEWED,
    "dates_differ": Mark.DATES_DIFFER,
    "suspended": Mark.READMITTED,
    "hold_expired": Mark.HELD,
    "consent_withdrawn": Mark.CONSENT_WITHDRAWN,
    "plan_rejected": Mark.PLAN_REJECTED,
    "offer_silent": Mark.SILENT,
    "offer_declined": Mark.DECLINED,
    "visit_completed": Mark.VISIT_DONE,
    "visit_unreported": Mark.VISIT_UNREPORTED,
    "closed": Mark.CLOSED,
    "death_told": Mark.DIED,
}


def of_milestone(what: str, code: str) -> Mark | None:
    """The mark that a row of the timeline meets, if it meets one."""
    if what == "resumed":
        return Mark.NEVER_ADMITTED if code == "cancelled" else Mark.RESUMED
    return OF_MILESTONES.get(what)
