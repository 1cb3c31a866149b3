"""What happened and why, in words. This module has the words for all codes in a case's timeline."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from console.consenting import provider_named
from console.no_effect import UNTAKEN, taken, verdict_of, why_not
from events.contract.codes import Code
from handoff.case.closing import WRONG_PERSON
from handoff.case.consent import NO_END
from handoff.case.corrections import instead
from handoff.case.disclosure import ASKED_BEFORE
from handoff.case.joining import JOINED
from handoff.case.personal_details import KNOWN_ALREADY
from handoff.store.queries.stored import StoredMilestone
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.losses import WorkflowLoss
from handoff.vocabulary.outcomes import AnswerCode, Verdict, WithdrawalReason
from handoff.vocabulary.states import (
    Death,
    Eligibility,
    GapAnswer,
    Interruption,
    Standing,
)
from handoff.vocabulary.words import EventKind, MilestoneName
from handoff.worklist.next_action import CLOCKS
from handoff.worklist.task_kinds import KINDS, asks

# Events as the cause of what followed.
TOLD: Mapping[str, str] = {kind: kind.says for kind in EventKind}

ENDS: Mapping[str, str] = {
    "reason-1": "death",
    "reason-2": "admitted for good",
    "reason-3": "the need is no longer complex",
    "reason-4": "refusal",
    "reason-5": "another reason",
    "outcome-not-eligible": "not eligible",
    "outcome-guided-elsewhere": "guided to other help",
    "outcome-opened-in-error": "opened in error",
    "outcome-transferred": "transferred to another municipality",
    "outcome-discharge-cancelled": "the discharge was cancelled",
    "outcome-refused": "support was refused",
    "outcome-admitted": "admitted for good before support began",
    "outcome-died": "died before support began",
    "outcome-unmet-need": "no help was found",
    WRONG_PERSON: "it was about another person than the one named",
    JOINED: "joined into another case of the person",
}

# Why a case refuses an action at the desk. The words for what institutions are refused stand in the contract.
REFUSED: Mapping[str, str] = {
    "support-not-begun": "support has not begun, so the case ends with an outcome",
    "support-began": "support has begun, so the case ends for one of the five reasons",
    "end-unknown": "a case ends for one of the five reasons, or with an outcome",
    "no-gap": "the line has a provider, or has ended",
    "not-on-request": "the line takes no requests now",
    "nothing-to-correct": "nothing was recorded that it could correct",
    "not-closing": "nobody is closing the case",
    "closing-already": "the case is being closed already",
    "provider-refused": "the person refuses this provider",
    "refused-already": "the refusal is recorded already",
}

WORDS: Mapping[str, str] = {
    # notes of the story
    "application": "an application",
    Interruption.CLOSING: "the case ends",
    "death": "a death was reported",
    "death-taken-back": "the death was taken back since",
    WithdrawalReason.DIED: "a death was reported",
    ASKED_BEFORE: "the restriction is known already",
    KNOWN_ALREADY: "nothing that is known of the person is otherwise now",
    Death.CLEAR: "reported: nobody is to contact the household",
    Death.DOUBTED: "reported, in doubt: nobody is to contact the household",
    "consented": "consent stands",
    Standing.READMITTED: "the person is in hospital again",
    Standing.DISCHARGE_CANCELLED: "the discharge is cancelled",
    "already-readmitted": "the person is in hospital already",
    "already-discharge-cancelled": "the discharge is cancelled already",
    "return-expected": "the return from hospital is expected",
    "nothing-to-move": "there is no date to move",
    "another-stay": "it is about another stay in hospital",
    "same-date": "the date is the same",
    "dates-agree": "the dates agree again",
    "readmitted-at": "the readmission began at another moment",
    "older": "a later word counts",
    "not-a-readmission": "the person was not at home",
    "admission-before-discharge": "this is the stay that the discharge ended",
    "not-readmitted": "the person is not in hospital",
    "visit-requested": "a visit was requested",
    # dates, results, reasons and ways
    "actual": "the actual discharge",
    "expected": "an expected discharge",
    Verdict.CANCELLED: "there was no admission",
    "doubtful": "the report contradicts itself",
    Eligibility.ELIGIBLE: "eligible",
    Eligibility.NOT_ELIGIBLE: "not eligible",
    "disability-registered": "a severe disability is registered",
    "result": "the result of the assessment",
    "well": "the person is well",
    "needs-change": "the needs have changed",
    "worse": "the person is worse",
    "need-ended": "the need has ended",
    "no-answer": "nobody answered",
    AnswerCode.REFUSED: "the person refused",
    "away": "the person was away",
    "phone": "by phone",
    "message": "by message",
    "visit": "by a visit",
    "family": "through the family",
    "no-capacity": "no capacity",
    "waitlist": "there is a waiting list",
    "cannot-go-on": "the provider cannot go on",
    "quantity": "the provider can do less",
    "weekdays": "on other weekdays",
    AnswerCode.COMPLETED: "everything was delivered",
    "goal-reached": "the goal is reached",
    AnswerCode.FAILED: "it did not work out",
    AnswerCode.MOVED: "the person has moved",
    ConsentScope.SUPPORT: "the support as a whole",
    ConsentScope.LOOKUP: "the lookup of records",
    ConsentScope.SERVICE: "a service",
    ConsentScope.PROVIDER: "the provider",
    NO_END: "it has no end any more",
    WithdrawalReason.CONSENT_EXPIRED: "consent has ended",
    WithdrawalReason.REFUSED_BY_PERSON: "the person refuses the provider",
    GapAnswer.WAIT: "wait and try again",
    AnswerCode.OTHER: "another reason",
}

_GAP: Mapping[str, str] = {
    GapAnswer.PROVIDER: "another provider",
    GapAnswer.SERVICE: "another service",
    GapAnswer.GIVE_UP: "the line is given up",
}
# Steps of the story whose names say too little to people.
STEPS: Mapping[str, str] = {
    MilestoneName.NEXT_ATTEMPT: "next attempt planned",
    MilestoneName.RESULT_TO_TELL: "the person has to be told the result of the assessment",
    MilestoneName.RESURVEY_REQUESTED: "survey after the return requested",
    MilestoneName.CHECKS_PLANNED: "checks after the discharge planned",
    MilestoneName.SERVICE_DATES_SET: "start dates of the services set",
    MilestoneName.GAP_OPENED: "service gap opened",
    MilestoneName.CANCELLATION_REQUESTED: "somebody asked Temporal to cancel the workflow; the case goes on",
}
# Milestones that their verdict makes another thing.
BECAME: Mapping[tuple[str, str], str] = {
    (MilestoneName.OFFER_MADE, Verdict.GAP): "no provider is left for an offer",
    (MilestoneName.OFFER_PARTLY_ACCEPTED, Verdict.DECLINED): "offer declined",
    (MilestoneName.VISIT_PLANNED, Verdict.TO_BE_NAMED): "the first visit is asked for",
    (MilestoneName.VISIT_PLANNED, Verdict.OVER): "no further visit is planned",
    (MilestoneName.VISIT_MOVED, Verdict.NAMED): "the first visit was named",
    (MilestoneName.VISIT_MOVED, Verdict.NOTED): "the visit is planned for this moment already",
}
_CLOCK_ROWS = (
    MilestoneName.LATE,
    MilestoneName.OVERDUE,
    MilestoneName.OFFER_SILENT,
    MilestoneName.VISIT_UNREPORTED,
    MilestoneName.HOLD_EXPIRED,
    MilestoneName.CHECK_DUE,
)
_TOLD_NAME = re.compile(r"([a-z]+\.[a-z-]+)#a?\d+$")  # an event, under its name within the case


def what(row: StoredMilestone) -> str:
    """What happened: the milestone, and in brackets the part of the case that it is about. `--json` has it so."""
    return str(row.what).replace("_", " ").replace(".", " ") + _about(row)


def what_in_words(row: StoredMilestone) -> str:
    """The same as people read it: steps have plainer words than their names. It says if nothing was changed."""
    words = BECAME.get((row.what, verdict_of(row))) or STEPS.get(row.what)
    happened = words + _about(row) if words else what(row)
    return happened if taken(row) or row.what in UNTAKEN else f"without effect: {happened}"


def _about(row: StoredMilestone) -> str:
    return f" ({row.subject})" if row.subject and row.subject != row.case_id else ""


def in_order(
    timeline: Sequence[StoredMilestone], details: Mapping[str, str] = MappingProxyType({})
) -> list[tuple[StoredMilestone, str]]:
    """A case's timeline, each row with the reason in words, and its details, which stand under its key.

    The rows of an offer and its steps name the submitted plan as cause. After the approval people read that instead.
    """
    rows, approved = list[tuple[StoredMilestone, str]](), False
    for row in timeline:
        approved = row.what == MilestoneName.PLAN_APPROVED or (approved and row.what != MilestoneName.PLAN_SUBMITTED)
        planned = row.why.startswith(f"{MilestoneName.PLAN_SUBMITTED}:")
        cause = TOLD[EventKind.PLAN_APPROVED] if planned and approved else _cause(row)
        rows.append((row, _with_effect(cause, row, details.get(row.key, ""))))
    return rows


def what_and_why(row: StoredMilestone, why: str) -> str:
    """What happened and why, in one line."""
    if row.what in (MilestoneName.LATE, MilestoneName.OVERDUE) and taken(row):  # the reason names the clock in words
        part = row.subject.partition(":")[2]
        return why + (f" ({part})" if part and part not in KINDS else "")
    happened = what_in_words(row)
    return f"{happened}: {why}" if why else happened


def because(row: StoredMilestone) -> str:
    """Why it happened, and why it changed nothing; "" if the row has no reason."""
    return _with_effect(_cause(row), row)


def _with_effect(cause: str, row: StoredMilestone, detail: str = "") -> str:
    return "; ".join(filter(None, (cause, detail, why_not(verdict_of(row), row.code))))


def _cause(row: StoredMilestone) -> str:
    if row.what == MilestoneName.SET_ASIDE:
        return f"{in_words(row.why)}: {refused(row.code)}"
    if row.what == MilestoneName.CORRECTED:
        kind, own = instead(row.code)
        return ": ".join(filter(None, (kind.says if kind else row.code, in_words(own), in_words(row.why))))
    if row.what in _CLOCK_ROWS:
        return _clock_reason(row.what, row.why)
    if row.what == MilestoneName.CONSENT_GIVEN and row.code in ("actual", "expected"):
        return "it came with the notice"
    if row.what == MilestoneName.TASK_SETTLED:
        return asks(row.why or row.code)
    details = (row.code.replace(",", ", "), row.why) if row.what == MilestoneName.PERSON_CORRECTED else ()
    words = _rebuilt(row) or provider_named(row) or ": ".join(in_words(code) for code in (row.why, row.code) if code)
    return ", told by: ".join(filter(None, details)) if details else words


def _rebuilt(row: StoredMilestone) -> str:
    """Why it was rebuilt, and how many rows earlier workflows wrote; "" for other rows."""
    loss = WorkflowLoss.known(row.why)
    says = f"its workflow {loss.says if loss else 'was lost'}; {row.code} earlier rows"
    return says if row.what == MilestoneName.REBUILT else ""


def refused(code: str) -> str:
    """Why an event was set aside."""
    if code in REFUSED:
        return REFUSED[code]
    cause = next((refusal.cause for refusal in Code if refusal.value == code), code.replace("-", " "))
    return cause[:1].lower() + cause[1:].rstrip(".")


def in_words(code: str) -> str:
    """One code of the timeline, in words. Unknown codes, such as the reason for a rejected plan, stay."""
    if named := _TOLD_NAME.search(code):
        return TOLD.get(named[1], named[1])
    if "@" in code:
        limit = next((part for part in code.partition("@")[0].split(":") if part in CLOCKS), "")
        return _late(limit)
    word, _, value = code.partition(":")
    if value and word in _GAP:
        return f"{_GAP[word]}: {value if word != GapAnswer.GIVE_UP else in_words(value)}"
    if code.startswith("plan-") and code[5:].isdigit():
        return f"version {code[5:]} of the plan"
    return TOLD.get(code) or ENDS.get(code) or WORDS.get(code) or code.replace("-", " ")


def _clock_reason(milestone: str, clock: str) -> str:
    """The reason in a row about a clock: its limit, and what it is about."""
    limit, _, about = clock.partition(":")
    if milestone == MilestoneName.CHECK_DUE:
        return CLOCKS[LimitName.CHECK_WINDOW][1]
    if about in KINDS:  # an attempt at something that a task asks for
        return f"{'due soon' if milestone == MilestoneName.LATE else 'not done in time'}: {asks(about)}"
    return f"{CLOCKS[limit][0]} is due soon" if milestone == MilestoneName.LATE and limit in CLOCKS else _late(limit)


def _late(limit: str) -> str:
    if limit == LimitName.WAIT:
        return "the wait is over"
    awaited = CLOCKS[limit][0] if limit in CLOCKS else limit.replace("-", " ")
    return f"{awaited} did not come in time" if awaited else "something did not come in time"
