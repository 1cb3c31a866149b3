"""What the insurer knows of the lookup of records: whether it may look them up, and whether papers have come instead.

The insurer looks records up for its determination. It is told while that is awaited and there is consent.
"""

from activities.case_session import CaseSession
from activities.informing import consents, digest, remember
from activities.outgoing import News, progressed
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.outcomes import Progress

RECORDS = "records"  # the key in `CaseRow.informed`, and in the task of the person who calls the insurer


def tell_insurer(session: CaseSession) -> None:
    """Tell the insurer of a change, by letter or in the task of the person who calls it.

    Without consent it is told when there is consent again.
    """
    awaited = LimitName.DETERMINATION in session.clocks.all()
    if not awaited or not consents(session) or not _are_new(session):
        return
    state = _state(session)
    if not progressed(session, session.profile.insurer, News(state)):
        tasks = {**session.tasks.waiting(), **session.tasks.open()}
        if task := tasks.get((TaskKind.DETERMINE, "")):
            task.about = {**task.about, RECORDS: state}
    remember_records(session)


def records_for_caller(session: CaseSession) -> dict[str, str]:
    """What a task says of the lookup to the person who calls the insurer: nothing if it is allowed, as usual."""
    state = _state(session)
    return {} if state == Progress.LOOKUP_ALLOWED else {RECORDS: state}


def remember_records(session: CaseSession) -> None:
    """Note what the insurer was told of the lookup of records."""
    remember(session, RECORDS, {RECORDS: _state(session)})


def _state(session: CaseSession) -> Progress:
    if ConsentScope.LOOKUP not in session.case.refused:
        return Progress.LOOKUP_ALLOWED
    return Progress.PAPERS_RECEIVED if session.case.papers_at else Progress.LOOKUP_REFUSED


def _are_new(session: CaseSession) -> bool:
    """Whether the insurer does not know the lookup as it stands. Without a word it knows that it is allowed."""
    before, state = session.case.informed.get(RECORDS), _state(session)
    return state != Progress.LOOKUP_ALLOWED if before is None else before != digest(session, {RECORDS: state})
