"""Words of the contract alone: events without effect so far, or not about one case, and outcomes of intake."""

from typing import Literal

from handoff.vocabulary.rows import Word

# Codes of answers.
CheckResult = Literal["well", "needs-change", "worse", "need-ended", "other"]
CheckFailure = Literal["no-answer", "refused", "away", "other"]
ContactChannel = Literal["phone", "message", "visit", "family", "other"]
Decline = Literal["no-capacity", "waitlist", "other"]
Change = Literal["cannot-go-on", "quantity", "weekdays", "other"]
Miss = Literal["no-answer", "refused", "provider", "other"]
ServiceEnd = Literal["completed", "goal-reached", "failed", "refused", "moved", "provider", "other"]
DetailTeller = Literal[
    "person", "guardian", "relative", "carer", "neighbour", "provider", "facility", "register", "other"
]  # as `ToldBy`


class LaterKind(Word):
    """Events of the contract that the engine does not act on yet. `EventKind` has the others."""

    VOTE_CAST = "vote.cast"
    APPLICATION_WITHDRAWN = "application.withdrawn"
    PROVIDER_SUSPENDED = "provider.suspended"
    CANDIDATE_LISTED = "candidate.listed"


class WeekKind(Word):
    """Events of the contract about a week of a provider. Intake makes them into events of the cases."""

    VISITS_CONFIRMED = "visits.confirmed"


class IntakeOutcome(Word):
    """What intake did with a record. The first three are the `status` of `notice.acknowledged`."""

    OPENED = "opened"
    JOINED = "joined"
    HELD = "held"  # a person has to settle something first
    AT_DOOR = "at-door"  # of a person below the age; the other doors were not asked about. Acknowledged as held
    NOT_ELIGIBLE = "not-eligible"  # every door is shut by what the notice says
    ENTERED = "entered"
    EARLY = "early"
    LATE = "late"
    RESENT = "resent"
    IGNORED = "ignored"  # it changes nothing: nothing is written, and nobody is told
    REJECTED = "rejected"
    DROPPED = "dropped"
    KEPT = "kept"  # parked, and tried again automatically
    ANSWER = "answer"  # dry run only: it answers something, and there was no record to ask about that
