"""A death: told, in doubt, taken back (DOMAIN §2).

Contact to the household stops at once. If the death is clear, the case closes when its limit is over, or by a person's
word. If it is in doubt, a person finds out. Until then its sender, or a person, may take it back.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from handoff.case.messages import CaseEvent, Milestone
from handoff.case.release import learn_release, learn_return
from handoff.case.state import CaseState, Expiry, Learning, Taken, Transition, milestone_for
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.states import Death, LineState
from handoff.vocabulary.words import EventKind, MilestoneName

DOUBTFUL = "doubtful"  # code of a death whose message contradicts itself, or tells it in words alone


def died(case: CaseState, event: CaseEvent) -> Taken:
    """Stop all contact to the household. A death in doubt closes nothing: a person is asked.

    A death that its sender has taken back since changes nothing.
    """
    if not case.death_waits:
        return _at_once(case, event)
    if event.written_at < case.denials.get(event.who, event.written_at):
        return [milestone_for(event, MilestoneName.NOTED, why="death-taken-back")]
    case.deaths[event.who] = max(event, case.deaths.get(event.who, event), key=lambda death: death.written_at)
    if in_doubt(case, event):
        if case.death:
            return [milestone_for(event, MilestoneName.NOTED, why="death")]
        case.death = Death.DOUBTED
        return [milestone_for(event, MilestoneName.DEATH_DOUBTED)]
    if case.death != Death.CLEAR:
        _stand_still(case, event)
    return [replace(milestone_for(event, MilestoneName.DEATH_TOLD), at=event.occurred_at(event.until))]


def in_doubt(case: CaseState, event: CaseEvent) -> bool:
    """Whether a death is in doubt: its message says so, or its date is certainly before the discharge."""
    home = case.admitted_at or case.discharged_at
    latest = event.until + timedelta(seconds=event.until_within) if event.until else None
    return event.code == DOUBTFUL or bool(latest and home and latest < home)


def lives(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Take back the death if the sender of an event told it, and now says that the person has not died.

    A death that another institution has told without doubt stays.
    """
    if not event.alive:
        return []
    case.denials[event.who] = max(event.written_at, case.denials.get(event.who, event.written_at))
    death = case.deaths.get(event.who)
    if death is None or event.written_at < death.written_at:
        return []
    del case.deaths[event.who]
    if any(not in_doubt(case, other) for other in case.deaths.values()):
        return []
    return taken_back(case, event)


def taken_back(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Let the case go on as it was, since the person has not died."""
    for who in case.deaths:
        case.denials[who] = max(event.written_at, case.denials.get(who, event.written_at))
    case.death, case.deaths = "", {}
    return [milestone_for(event, MilestoneName.DEATH_TAKEN_BACK)]


def end(case: CaseState) -> str:
    """How the case ends by a death."""
    return "reason-1" if case.support_began else "outcome-died"


def closing_expired(case: CaseState, _subject: str, _cause: str) -> None:
    """Nobody has taken the death back in time: the case ends."""
    first = min(case.deaths.values(), key=lambda event: (event.at, event.name))
    case.end, case.end_told = end(case), first.name
    case.ended_at = first.occurred and first.occurred_at(first.until)  # an earlier build did not say it


def _stand_still(case: CaseState, event: CaseEvent) -> None:
    case.death = Death.CLEAR
    for line in case.lines.values():
        if line.state == LineState.OFFERED:
            line.needs_offer(event.name)
    case.forget_visits(event.name)


def _at_once(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """What builds before this one did: their histories are replayed."""
    if in_doubt(case, event):
        return [milestone_for(event, MilestoneName.DEATH_DOUBTED)]
    case.end, case.end_told = end(case), event.name
    return [milestone_for(event, MilestoneName.NOTED, why="death")]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.PERSON_DIED: died,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.DEATH_TOLD: learn_release,
    MilestoneName.DEATH_TAKEN_BACK: learn_return,
}


EXPIRIES: Mapping[LimitName, Expiry] = {
    LimitName.DEATH_CLOSING: closing_expired,
}
