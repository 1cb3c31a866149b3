"""The contract's own words: events that nothing acts on yet, what becomes of a record, and codes of answers."""

from enum import StrEnum

from handoff.vocabulary.rows import Word


class LaterKind(Word):
    """Events of the contract that the engine does not act on yet: `EventKind` has those that it does."""

    VOTE_CAST = "vote.cast"
    PERSON_MOVED = "person.moved"
    PERSON_MERGED = "person.merged"
    SERVICE_REFUSED = "service.refused"
    PROVIDER_SUSPENDED = "provider.suspended"
    CANDIDATE_LISTED = "candidate.listed"


class IntakeOutcome(Word):
    """What became of a record. `notice.acknowledged` has the first three as its `status`."""

    OPENED = "opened"
    JOINED = "joined"
    HELD = "held"  # a person has to settle something first
    ENTERED = "entered"
    EARLY = "early"
    LATE = "late"
    RESENT = "resent"
    REJECTED = "rejected"
    DROPPED = "dropped"
    KEPT = "kept"  # parked, and tried again by itself
    ANSWER = "answer"  # dry run: what it answers is known to the record only, and nobody was asked


class AnswerCode(StrEnum):
    """Codes of answers that are spoken of by name; `incoming` says which answer takes which."""

    OTHER = "other"
    REFUSED = "refused"
    COMPLETED = "completed"
    FAILED = "failed"
    MOVED = "moved"
