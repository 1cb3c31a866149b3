"""Offers of plan lines to providers: accepted, declined, not answered in time, given back.

Each line is offered on its own: if a provider declines it, only this line is offered to the next provider.
"""

from collections.abc import Mapping

from handoff.case.line import Line, line_from
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import CaseState, Expiry, Learning, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import LINE_OVER, LineKind, LineState
from handoff.vocabulary.words import EventKind, MilestoneName

NOT_ACCEPTED = Refusal("offer-gone", "No provider has accepted this line. `handoff show` lists its lines.")
GIVEN_BACK = "given-back"  # `why` of the end of a service that another provider goes on with
GONE = Refusal("offer-gone", "This offer is no longer open. Nothing was changed.")


def _open_offer(case: CaseState, event: CaseEvent) -> Line | None:
    line = case.line_of(event.subject)
    return line if line and line.offer == event.subject and line.state == LineState.OFFERED else None


def _accepted_line(case: CaseState, event: CaseEvent) -> Line | None:
    line = case.line_of(event.subject)
    return line if line and line.state == LineState.ACCEPTED and event.subject in (line.offer, line.line) else None


def accepted(case: CaseState, event: CaseEvent) -> Taken:
    """The provider accepts the whole line."""
    if (line := _open_offer(case, event)) is None:
        return GONE
    line.accepted(event.name)
    return [milestone_for(event, MilestoneName.OFFER_ACCEPTED)]


def partly_accepted(case: CaseState, event: CaseEvent) -> Taken:
    """The provider accepts a part of the line. The rest becomes a line of its own, and is offered to others."""
    if (line := _open_offer(case, event)) is None:
        return GONE
    line.accepted(event.name)
    return [milestone_for(event, MilestoneName.OFFER_PARTLY_ACCEPTED)]


def declined(case: CaseState, event: CaseEvent) -> Taken:
    """The provider declines. This line is offered to the next provider by rank."""
    if (line := _open_offer(case, event)) is None:
        return GONE
    line.needs_offer(event.name)
    return [milestone_for(event, MilestoneName.OFFER_DECLINED)]


def changed_mind(case: CaseState, event: CaseEvent) -> Taken:
    """The provider changes its answer: it can do less, comes on other weekdays, or gives the line back.

    From a provider that had not accepted yet, this is a decline.
    """
    line = _accepted_line(case, event)
    if line is None and (event.code == "weekdays" or event.subject in case.lines):
        return NOT_ACCEPTED
    if line is None:
        return declined(case, event)
    if event.code == "weekdays":
        return [milestone_for(event, MilestoneName.RHYTHM_CHANGED)]
    if event.code == "quantity" and event.quantity > 0:
        return [milestone_for(event, MilestoneName.OFFER_PARTLY_ACCEPTED)]
    if case.giving_back_waits and event.until and event.until > event.at:
        return [milestone_for(event, MilestoneName.SERVICE_END_SET, why=GIVEN_BACK)]
    if not case.ending_waits:
        line.needs_offer(event.name)
    return [milestone_for(event, MilestoneName.OFFER_CHANGED_MIND)]


def service_ended(case: CaseState, event: CaseEvent) -> Taken:
    """The provider or the municipality ends the service of a line, at once or at a moment to come.

    The line goes on until the record has agreed: the moment may be impossible, or another provider has the line.
    """
    if (line := _accepted_line(case, event)) is None:
        return NOT_ACCEPTED if event.subject in case.lines else GONE
    if event.until and event.until > event.at:
        return [milestone_for(event, MilestoneName.SERVICE_END_SET)]
    if not case.ending_waits:
        line.state, line.visit = (LineState.FAILED if event.code == LineState.FAILED else LineState.COMPLETED), ""
    return [milestone_for(event, MilestoneName.SERVICE_ENDED)]


def learn_offer(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Set whether the line was offered, is a gap, or is held."""
    line = case.lines[milestone.subject]
    if line.state != LineState.PLANNED:
        return
    line.state = result.verdict  # held: the record has a reason to wait, which the workflow learns next
    line.offer = result.subject if result.verdict == Verdict.OFFERED else ""


def learn_part(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Add the rest that the provider did not accept, as a line of its own. A visit that is cancelled is forgotten."""
    line = case.line_of(milestone.subject)
    if result.verdict == Verdict.DECLINED and line:
        line.needs_offer(milestone.key)
    if result.verdict == Verdict.ACCEPTED:
        case.forget_visit(result.subject, milestone.key)
    for rest in result.lines:
        case.lines.setdefault(rest.line, line_from(rest, milestone.key))
        if line and line.line in case.proposed:
            case.proposed.append(rest.line)


def learn_end(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Plan no visit after the end that was set: the one that was scheduled is cancelled."""
    if result.verdict == Verdict.CANCELLED:
        case.forget_visit(result.subject, milestone.key)


def learn_given_back(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Offer the line to others, unless the record knows that the provider does not have it any more."""
    line = case.line_of(milestone.subject)
    if line and result.verdict == Verdict.CHANGED and line.state == LineState.ACCEPTED:
        line.needs_offer(milestone.key)
    learn_others(case, milestone, result)


def learn_ended(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """End the line as the record ended it."""
    line = case.line_of(milestone.subject)
    if line and result.verdict in LINE_OVER:
        line.state, line.visit = result.verdict, ""
    learn_others(case, milestone, result)


def learn_others(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Let a line go on that an earlier build had ended before the record was asked, which did not agree."""
    line = case.line_of(milestone.subject)
    if line and line.state != LineState.ACCEPTED and result.verdict == Verdict.GONE and result.subject:
        line.accepted(milestone.key)
        line.offer = result.subject


def end_expired(case: CaseState, name: str, cause: str) -> MilestoneName | None:
    """The moment has come at which the service of a line ends. A visit that takes place before is awaited first.

    If it is an offer, its provider gives the line back now.
    """
    offered = case.line_of(name)
    if offered and offered.offer == name and offered.state == LineState.ACCEPTED:
        offered.needs_offer(cause)
        return MilestoneName.OFFER_CHANGED_MIND
    line = case.lines.get(name)
    if line is None or line.over or (line.visit and line.kind in (LineKind.SERIES, LineKind.ONE_OFF)):
        return None
    line.state, line.visit = LineState.COMPLETED, ""
    return MilestoneName.SERVICE_ENDED


def answer_expired(case: CaseState, offer: str, cause: str) -> MilestoneName | None:
    """The provider did not answer in time. The line is offered to the next provider."""
    line = case.line_of(offer)
    if line is None or line.offer != offer or line.state != LineState.OFFERED:
        return None
    line.needs_offer(cause)
    return MilestoneName.OFFER_SILENT


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.REFERRAL_ACCEPTED: accepted,
    EventKind.REFERRAL_PARTLY_ACCEPTED: partly_accepted,
    EventKind.REFERRAL_DECLINED: declined,
    EventKind.REFERRAL_CHANGED: changed_mind,
    EventKind.SERVICE_ENDED: service_ended,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.OFFER_MADE: learn_offer,
    MilestoneName.OFFER_PARTLY_ACCEPTED: learn_part,
    MilestoneName.OFFER_CHANGED_MIND: learn_given_back,
    MilestoneName.SERVICE_ENDED: learn_ended,
    MilestoneName.SERVICE_END_SET: learn_end,
}


EXPIRIES: Mapping[LimitName, Expiry] = {
    LimitName.ANSWER: answer_expired,
    LimitName.URGENT_ANSWER: answer_expired,
    LimitName.LINE_END: end_expired,
}
