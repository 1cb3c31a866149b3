"""Which task stands behind a clock: whoever owns it has to act before the clock runs out."""

from collections.abc import Mapping

# The limit that a clock counts, and the tasks that stand for it: the first that is open, else the first is opened.
TASKS_OF: Mapping[str, tuple[str, ...]] = {
    "first-contact": ("contact",),
    "consent": ("consent",),
    "consent-again": ("consent-again",),
    "presurvey": ("assess",),
    "determination": ("determine",),
    "resurvey": ("resurvey",),
    "plan": ("draft-plan", "plan-escalated", "decide"),
    "plan-revision": ("draft-plan", "plan-escalated"),
    "decision": ("decide",),
    "answer": ("answer",),
    "urgent-answer": ("answer",),
    "gap": ("gap",),
    "visit-report": ("visit-report",),
    "missed-visit-call": ("missed-visit", "visit-report", "safety-check"),
    "check-window": ("check", "safety-check"),
    "discharge-confirmation": ("confirm-discharge",),
    "discharge-cancelled": ("cancelled-discharge",),
    "readmission-review": ("readmission-review",),
    "first-service": ("first-service-late",),
    "correction": ("dates-differ",),
    "death-confirmation": ("confirm-death",),
    "review-end": ("review-end",),
}
_NAMED = frozenset({"tell-result", "eligibility", "guide"})  # tasks that a `contact-attempt:TASK` clock is about
ABOUT_SUBJECT = frozenset({"answer", "gap", "visit-report", "missed-visit", "safety-check", "check"})


def tasks_of(clock: str, subject: str) -> tuple[tuple[str, str], ...]:
    """Kind and subject of the tasks that may stand behind a clock, the usual one first; `chase` where none is usual."""
    limit, _, about = clock.partition(":")
    if limit == "contact-attempt":
        return ((about if about in _NAMED else "contact", ""),)
    kinds = TASKS_OF.get(limit, ())
    named = tuple((kind, subject if kind in ABOUT_SUBJECT else "") for kind in kinds)
    return named or (("chase", clock),)
