"""Judges news of a stay or a person: which case it is about, and what a person has to settle first."""

from dataclasses import replace

from events.contract.words import LaterKind
from events.intake.judgement import Enter, Forget, Hold, Judgement, Late, Restrict, Unsettled, Wait, unsettled
from events.intake.known import Knowledge
from events.intake.prepared import Prepared, as_death
from events.intake.strangers import forgettable
from handoff.fact import RESTRICTED
from handoff.store.intake.cases import IntakeCase
from handoff.vocabulary.words import EventKind

ANOTHER_PERSON = ("discharge-of-another-person", "", "the discharge that it names belongs to another person")


def of_open_case(prepared: Prepared, knowledge: Knowledge) -> Prepared:
    """The fact; if it is a notice that tells the death of a person with an open case, as news of the death."""
    died = as_death(prepared)
    if died is prepared or not any(case.closed_at is None for case in _cases_of(prepared, knowledge)):
        return prepared
    return died


def judge_news(prepared: Prepared, knowledge: Knowledge) -> Judgement:
    """Judge news of a discharge. The case is found by reference, else by the person; without a case it waits."""
    cases = _cases_of(prepared, knowledge)
    if not cases:
        return Forget() if forgettable(prepared) else Wait()
    if len(cases) > 1:
        return Hold([unsettled("several-persons")], [case.case_id for case in cases])
    return judge_about(prepared, cases[0], knowledge)


def judge_for_a_person(prepared: Prepared, knowledge: Knowledge) -> Hold | Forget:
    """Judge what changes no case by itself: a person reads it, if it is about a case of ours or asks for support."""
    cases = _cases_of(prepared, knowledge)
    points = of_doubts(prepared)
    if prepared.fact.kind == LaterKind.PERSON_MERGED:
        if not cases:
            return Forget()
        points.append(unsettled("numbers-merged", "MSH-9", "a number of the person or of the stay has changed"))
    return Hold(points, [case.case_id for case in cases])


def _cases_of(prepared: Prepared, knowledge: Knowledge) -> list[IntakeCase]:
    named = knowledge.discharge(prepared)
    return [named] if named else knowledge.open_cases_of(prepared)


def judge_about(prepared: Prepared, case: IntakeCase, knowledge: Knowledge) -> Judgement:
    """Judge a fact about one case: held if it contradicts itself or the case, late if the case has closed.

    A restriction of access reaches the open case in any event: until a person answers, the case tells nobody else.
    """
    if case.closed_at:
        return Late(case)
    if prepared.restricted:
        return Restrict(case, _judge_news_of(without_restriction(prepared), case, knowledge))
    return _judge_news_of(prepared, case, knowledge)


def _judge_news_of(prepared: Prepared, case: IntakeCase, knowledge: Knowledge) -> Hold | Enter:
    open_points = of_news(prepared)
    if prepared.likeness.contradicts(knowledge.people[case.person_id].told):
        open_points.append(unsettled(*ANOTHER_PERSON))
    return Hold(open_points, [case.case_id]) if open_points else Enter(case)


def without_restriction(prepared: Prepared) -> Prepared:
    """What is left of a message when its case has got the restriction in it."""
    return replace(prepared, doubts=tuple(doubt for doubt in prepared.doubts if doubt.code != RESTRICTED))


def of_doubts(prepared: Prepared) -> list[Unsettled]:
    """Contradictions in a fact that a person has to settle."""
    return [unsettled(doubt.code, doubt.place, doubt.says) for doubt in prepared.doubts]


def of_news(prepared: Prepared) -> list[Unsettled]:
    """Contradictions in news of a case that a person has to settle before the case gets it.

    A death in doubt reaches its case, which asks a person: contact to the household waits until then.
    """
    return [] if prepared.row.kind == EventKind.PERSON_DIED else of_doubts(prepared)
