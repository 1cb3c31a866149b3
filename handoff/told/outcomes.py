"""What the outcome of a milestone does to the case: the record decides by rule, the story turns on the verdict."""

from collections.abc import Callable, Mapping

from handoff.case import Case
from handoff.line import line_told
from handoff.milestones import Entry, Outcome


def learn(case: Case, entry: Entry, outcome: Outcome) -> None:
    """Take in one outcome: its clocks, and what its verdict turns."""
    case.learn(outcome)
    if entry.what in OUTCOMES:
        OUTCOMES[entry.what](case, entry, outcome)


def _screened(case: Case, _entry: Entry, outcome: Outcome) -> None:
    case.eligibility = outcome.verdict


def _surveyed(case: Case, _entry: Entry, outcome: Outcome) -> None:
    case.route = outcome.verdict
    if outcome.verdict == "own-survey":
        case.assessed = "eligible"


def _determined(case: Case, _entry: Entry, outcome: Outcome) -> None:
    case.assessed = outcome.verdict


def _submitted(case: Case, entry: Entry, outcome: Outcome) -> None:
    if outcome.verdict == "refused":
        before = "submitted" if case.proposed else "approved" if case.approved else ""
        case.plan_state, case.change = before, None
        return
    case.plan, case.plan_state = int(outcome.subject), "submitted"
    case.proposed = [told.line for told in outcome.lines]
    case.kept = [told.line for told in outcome.lines if told.keeps]
    for told in outcome.lines:
        case.lines.setdefault(told.line, line_told(told, entry.key))


def _offered(case: Case, entry: Entry, outcome: Outcome) -> None:
    line = case.lines[entry.subject]
    if line.state != "planned":
        return
    line.state = outcome.verdict  # offered; gap; held: the record knew of a reason to wait that the story hears of next
    line.offer = outcome.subject if outcome.verdict == "offered" else ""


def _nobodys(case: Case, entry: Entry, outcome: Outcome) -> None:
    """Lines whose offers the record took back: also an offer that was still being written when the reason came."""
    for told in outcome.lines:
        if not case.lines[told.line].over:
            case.lines[told.line].needs_offer(entry.key)


def _resumed(case: Case, entry: Entry, outcome: Outcome) -> None:
    """Lines whose provider kept its place get a new visit, for those that were planned before are cancelled."""
    for told in outcome.lines:
        line = case.lines[told.line]
        line.visit, line.visit_cause = "", entry.key


def _consented(case: Case, entry: Entry, _outcome: Outcome) -> None:
    for line in case.lines.values():
        if line.state == "held":
            line.needs_offer(entry.key)


def _partly_accepted(case: Case, entry: Entry, outcome: Outcome) -> None:
    line = case.line_of(entry.subject)
    if outcome.verdict == "declined" and line:
        line.needs_offer(entry.key)
    for told in outcome.lines:
        case.lines.setdefault(told.line, line_told(told, entry.key))
        if line and line.line in case.proposed:
            case.proposed.append(told.line)


def _visit_planned(case: Case, entry: Entry, outcome: Outcome) -> None:
    line = case.lines[entry.subject]
    line.asked_for = None
    if outcome.verdict == "over":
        line.state, line.visit = "completed", ""
    elif outcome.verdict == "lost":  # the record knows of nobody who has accepted it
        line.needs_offer(entry.key)
    elif line.state == "accepted":
        line.visit = outcome.subject


def _visit_completed(case: Case, _entry: Entry, outcome: Outcome) -> None:
    case.support_began = case.support_began or outcome.verdict == "completed"


OUTCOMES: Mapping[str, Callable[[Case, Entry, Outcome], None]] = {
    "case_screened": _screened,
    "consent_given": _consented,
    "consent_withdrawn": _nobodys,
    "suspended": _nobodys,
    "hold_expired": _nobodys,
    "discharge_cancelled": _nobodys,
    "resumed": _resumed,
    "presurvey_recorded": _surveyed,
    "determination_recorded": _determined,
    "plan_submitted": _submitted,
    "offer_made": _offered,
    "offer_partly_accepted": _partly_accepted,
    "visit_planned": _visit_planned,
    "visit_completed": _visit_completed,
}
