"""The lookup of the person's records. Who refuses it brings papers instead, and the case goes on (DOMAIN §1)."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.words import EventKind, MilestoneName


def refused(case: CaseState, event: CaseEvent) -> Taken:
    """Ask the person for papers. The insurer, which looks records up, is told."""
    if ConsentScope.LOOKUP in case.refused:
        return Refusal("refused-already", "It is recorded already that the person refuses the lookup.")
    case.refused.append(ConsentScope.LOOKUP)
    case.papers = False
    return [milestone_for(event, MilestoneName.LOOKUP_REFUSED, code="")]


def allowed(case: CaseState, event: CaseEvent) -> Taken:
    """The person allows the lookup after all. Papers are not awaited any more."""
    if ConsentScope.LOOKUP not in case.refused:
        return Refusal("already-given", "The person does not refuse the lookup. There is nothing to do.")
    case.refused.remove(ConsentScope.LOOKUP)
    return [milestone_for(event, MilestoneName.LOOKUP_ALLOWED, code="")]


def papers_received(case: CaseState, event: CaseEvent) -> Taken:
    """The person's papers came."""
    if ConsentScope.LOOKUP not in case.refused:
        return Refusal("not-awaited", "Nobody awaits papers: the person does not refuse the lookup of records.")
    if case.papers:
        return Refusal("not-awaited", "The papers are recorded already. There is nothing to do.")
    case.papers = True
    return [milestone_for(event, MilestoneName.PAPERS_RECEIVED)]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.PAPERS_RECEIVED: papers_received,
}
