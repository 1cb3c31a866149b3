"""Judges a merge: a sender says that two of its numbers are those of one person.

The numbers are learned for the person whom we know under one of them. If they are those of two people of ours, a person
joins their cases. A merge that comes before any notice waits, as digests alone, so that their order does not matter.
"""

from dataclasses import dataclass

from events.intake.judgement import Forget, Hold, Judgement, Learn, PlainJudgement, Unsettled, Wait, unsettled
from events.intake.known import Knowledge
from events.intake.news import ANOTHER_PERSON, ask_whom, of_doubts, with_restriction
from events.intake.prepared import Prepared
from events.intake.strangers import numbers_waiting
from events.readers import place
from handoff.store.intake.cases import IntakeCase
from handoff.store.persons import OpenedPerson

TWO_RECORDS = "numbers-of-two-people"
NO_NUMBER = "earlier-number-missing"
_TWO = 2


def judge_merge(prepared: Prepared, knowledge: Knowledge) -> Judgement:
    """Judge a merge. What else it changes than a person's numbers, such as the number of a stay, is read by a person.

    Two records of ours are joined by a person, also if the cases of both have closed: the next word may open one again.
    A merge with such a doubt about anybody else changes nothing of ours without an open case.
    """
    people = knowledge.people_of(prepared.strong)
    latest = [case for person in people if (case := knowledge.case_of(person.person_id))]
    still_open = [case for case in latest if not case.closed_at]
    if not still_open and (asked := ask_whom(prepared, knowledge)):
        return asked
    if prepared.doubts or not prepared.fact.merged_numbers or len(people) > 1:
        return _for_a_person(_Merge(prepared, people, latest, still_open), knowledge)
    if not people:
        return Wait()
    if still_open:
        return with_restriction(prepared, still_open[0], knowledge, lambda rest: _of_one(rest, people[0], still_open))
    return _of_one(prepared, people[0], [])


def taken_up(early: Prepared, person: OpenedPerson, case: IntakeCase) -> Judgement:
    """The judgement about a merge that waited, now that its person has a case."""
    if early.likeness.contradicts(person.told):
        return Hold([unsettled(*ANOTHER_PERSON)], [case.case_id])
    return Learn(person, frozenset(numbers_waiting(early)), case)


@dataclass(frozen=True)
class _Merge:
    prepared: Prepared
    people: list[OpenedPerson]
    latest: list[IntakeCase]
    still_open: list[IntakeCase]


def _for_a_person(merge: _Merge, knowledge: Knowledge) -> Judgement:
    prepared = merge.prepared
    if not merge.still_open and len(merge.people) < _TWO and not knowledge.keeps_notice_of(prepared):
        return Forget()

    def hold(rest: Prepared) -> Hold:
        points: list[Unsettled] = of_doubts(rest)
        if not prepared.fact.merged_numbers:
            says = "it names no earlier number"
            points.append(unsettled(NO_NUMBER, place(prepared.fact.form, "merged_numbers"), says))
        if len(merge.people) > 1:
            says = "the numbers are those of two people here: join their cases if they are one"
            points.append(unsettled(TWO_RECORDS, place(prepared.fact.form, "merged_numbers"), says))
        return Hold(points, [case.case_id for case in merge.latest])

    if len(merge.still_open) == 1:
        return with_restriction(prepared, merge.still_open[0], knowledge, hold)
    return hold(prepared)


def _of_one(prepared: Prepared, person: OpenedPerson, still_open: list[IntakeCase]) -> PlainJudgement:
    if prepared.likeness.contradicts(person.told):
        return Hold([unsettled(*ANOTHER_PERSON)], [case.case_id for case in still_open]) if still_open else Forget()
    return Learn(person, prepared.strong, still_open[0] if still_open else None)


def settled_as_same(prepared: Prepared, person: OpenedPerson, case: IntakeCase) -> Learn:
    """The numbers are those of this person, as somebody of the municipality has found out."""
    return Learn(person, prepared.strong, None if case.closed_at else case)
