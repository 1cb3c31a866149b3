"""Rows of a timeline with which nothing was changed: the verdict says so, and people read why."""

from collections.abc import Mapping

from handoff.case.corrections import instead
from handoff.store.queries.stored import StoredMilestone
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import EventKind, MilestoneName

# The verdicts with which nothing was changed, and why. With every other verdict it happened as the row says.
NO_EFFECT: Mapping[str, str] = {
    Verdict.GONE: "it was no longer open",
    Verdict.UNFIT: "the line has not one weekday for each visit a week",
    Verdict.IMPOSSIBLE: "no visit can take place then",
    Verdict.REFUSED: "the draft has mistakes",
    Verdict.HELD: "the line has ended, or nobody may be told about it now",
    Verdict.LOST: "the line has no provider",
    Verdict.SET_ASIDE: "",  # the row has the reason as its code
}
# Milestones that say by their name that nothing was changed.
UNTAKEN = (MilestoneName.SET_ASIDE, MilestoneName.TOLD_AFTER_CLOSING)
_PLAN_SINCE = "a plan was submitted since, so that another version of it changes what follows"
_NO_REPORT = "the visit is cancelled, or nobody has reported it"
_NO_CHECK = "the check is not recorded as made"
_NO_ACCEPTANCE = "the line has ended, another provider has accepted it, or this one has no place left"
_DECISION_STANDS = "the last version was decided otherwise, and what was decided stands: another version changes it"
# Why a correction has no effect any more, by what is said to have happened instead. docs/corrections.md has the rules.
UNCORRECTED: Mapping[EventKind | None, str] = {
    EventKind.PRESURVEY_COMPLETED: f"{_PLAN_SINCE}, or the determination came in",
    EventKind.DETERMINATION_RETURNED: _PLAN_SINCE,
    EventKind.PLAN_APPROVED: _DECISION_STANDS,
    EventKind.PLAN_REJECTED: _DECISION_STANDS,
    EventKind.REFERRAL_ACCEPTED: _NO_ACCEPTANCE,
    EventKind.REFERRAL_PARTLY_ACCEPTED: _NO_ACCEPTANCE,
    EventKind.REFERRAL_DECLINED: (
        "a visit of this provider has taken place, or lies in the past and nobody has said whether it did "
        "(say so first: `handoff show` lists it), or the offer ended otherwise"
    ),
    EventKind.VISIT_COMPLETED: _NO_REPORT,
    EventKind.VISIT_MISSED: _NO_REPORT,
    EventKind.CHECK_COMPLETED: _NO_CHECK,
    EventKind.CHECK_FAILED: _NO_CHECK,
}


def verdict_of(row: StoredMilestone) -> str:
    """The verdict of a row; "" if it has none."""
    return str((row.outcome or {}).get("verdict") or "")


def taken(row: StoredMilestone) -> bool:
    """Whether it happened as the row says. False: it was refused, or came too late, and nothing was changed."""
    return row.what not in UNTAKEN and verdict_of(row) not in NO_EFFECT


def why_not(verdict: str, code: str) -> str:
    """Why nothing was changed; "" if the verdict does not say. `code`: of the milestone."""
    if verdict == Verdict.GONE and (uncorrected := UNCORRECTED.get(instead(code)[0])):
        return uncorrected
    return NO_EFFECT.get(verdict, "")


def too_late(code: str) -> str:
    """What a person reads whose correction has no effect. `code`: what is said to have happened instead."""
    why = why_not(Verdict.GONE, code)
    return f"Nothing was changed: {why}."
