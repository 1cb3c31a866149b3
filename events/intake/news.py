"""Judges news of a stay or a person: which case it is about, and what a person has to settle first."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from events.intake.judgement import (
    Enter,
    Forget,
    Hold,
    Judgement,
    Late,
    PlainJudgement,
    Restrict,
    Unsettled,
    Wait,
    unsettled,
)
from events.intake.known import Knowledge
from events.intake.prepared import Prepared, as_death
from events.intake.strangers import forgettable
from events.intake.telling_details import CORRECTIONS
from handoff.fact import CLASS_DIFFERS, RESTRICTED
from handoff.rules.versions import agree, quite_different
from handoff.store.intake.cases import IntakeCase
from handoff.store.persons import OpenedPerson
from handoff.store.versions_json import told_values
from handoff.vocabulary.details import Detail
from handoff.vocabulary.words import EventKind

IS_IT = "is-it-this-person"  # the code of what a person has to settle
ANOTHER_PERSON = ("discharge-of-another-person", "", "the discharge that it names belongs to another person")

ANOTHER_STAY = (
    "another-stay",
    "",
    "it names no stay, and its admission or discharge is not that of the case: ask the sender which stay it means",
)


def of_open_case(prepared: Prepared, knowledge: Knowledge) -> Prepared:
    """The fact; if it is a notice that tells the death of a person with an open case, as news of the death."""
    died = as_death(prepared)
    if died is prepared or not any(case.closed_at is None for case in _cases_of(prepared, knowledge)):
        return prepared
    return died


def of_surviving_case(prepared: Prepared, knowledge: Knowledge) -> Prepared:
    """An answer about a case as a whole that was joined into another one, as an answer about that one."""
    named = knowledge.cases.get(prepared.fact.subject)
    if named is None or not named.joined_into:
        return prepared
    subject = knowledge.surviving(named).case_id
    fact, row = replace(prepared.fact, subject=subject), replace(prepared.row, subject=subject)
    return replace(prepared, fact=fact, row=row)


def judge_news(prepared: Prepared, knowledge: Knowledge) -> Judgement:
    """Judge news of a discharge. The case is found by reference, else by the person; without a case it waits.

    If it is likely about the person of an open case, a person is asked. Further words of the same stay wait for the
    answer, but not a death. About a notice that is held or at the door it waits whole, to be taken up with that.
    """
    cases = _cases_of(prepared, knowledge)
    if not cases and (asked := ask_whom(prepared, knowledge)):
        return asked
    if not cases and knowledge.keeps_notice_of(prepared):
        return Wait(whole=True)
    if not cases:
        return Forget() if forgettable(prepared) else Wait()
    if len(cases) > 1:
        return Hold([unsettled("several-persons"), *of_doubts(prepared)], [case.case_id for case in cases])
    return judge_about(prepared, cases[0], knowledge)


def ask_whom(prepared: Prepared, knowledge: Knowledge) -> Judgement | None:
    """Ask whether a word is about the person of an open case, if that is likely and nobody has asked yet."""
    if _of_visit(prepared) or knowledge.asks_about(prepared):
        return None
    cases = knowledge.likely_cases(prepared)

    def hold(rest: Prepared) -> Hold:
        return Hold([*of_doubts(rest), is_it(cases)], [case.case_id for case in cases], whom=True)

    if len(cases) == 1:
        return with_restriction(prepared, cases[0], knowledge, hold)
    return hold(prepared) if cases else None


def is_it(cases: Sequence[IntakeCase]) -> Unsettled:
    """The question whether a word is about the person of one of these open cases."""
    named = " or ".join(case.case_id for case in cases)
    return unsettled(
        IS_IT, says=f"no number or reference names anybody, but what it says of its person fits {named}: ask the sender"
    )


def judge_for_a_person(prepared: Prepared, knowledge: Knowledge) -> Judgement:
    """Judge what changes no case by itself: a person reads it, if it is about a case of ours or asks for support."""
    cases = _cases_of(prepared, knowledge)

    def hold(rest: Prepared) -> Hold:
        return Hold(of_doubts(rest), [case.case_id for case in cases])

    if len(cases) == 1 and not cases[0].closed_at:
        return with_restriction(prepared, cases[0], knowledge, hold)
    return hold(prepared)


def _cases_of(prepared: Prepared, knowledge: Knowledge) -> list[IntakeCase]:
    named = knowledge.discharge(prepared)
    return [named] if named else knowledge.open_cases_of(prepared)


def judge_about(prepared: Prepared, case: IntakeCase, knowledge: Knowledge) -> Judgement:
    """Judge a fact about one case: held if it contradicts itself or the case, late if the case has closed.

    A cancellation with the class of no stay counts only if it names a stay of the case.
    """
    if _of_visit(prepared) and case.case_id not in knowledge.named.get(prepared.row.reference_digest or b"", ()):
        return Forget() if case.closed_at else with_restriction(prepared, case, knowledge, lambda _: Forget())
    if case.closed_at:
        return Late(case)
    return with_restriction(prepared, case, knowledge, lambda rest: _judge_news_of(rest, case, knowledge))


def _of_visit(prepared: Prepared) -> bool:
    """Whether it is a cancellation with the class of no stay."""
    return any(doubt.code == CLASS_DIFFERS for doubt in prepared.doubts)


def with_restriction(
    prepared: Prepared, case: IntakeCase, knowledge: Knowledge, judge_rest: Callable[[Prepared], PlainJudgement]
) -> Judgement:
    """Tell an open case of a restriction of access in a message, whatever `judge_rest` makes of the rest.

    Until a person answers, the case tells nobody else. Of another person, by name or birth date and by number, its
    case is not told. In doubt it is told, and the person who settles the message sees the restriction too.
    """
    if not prepared.restricted:
        return judge_rest(prepared)
    person = knowledge.people[case.person_id]
    differs = is_another(prepared, person, knowledge)
    if differs and prepared.numbers.isdisjoint(digest for _, digest in person.terms):
        return judge_rest(prepared)
    return Restrict(case, judge_rest(prepared if differs else _without_restriction(prepared)))


def _judge_news_of(prepared: Prepared, case: IntakeCase, knowledge: Knowledge) -> Hold | Enter:
    person = knowledge.people[case.person_id]
    corrects = prepared.fact.kind in CORRECTIONS  # it may be the name or the birth date that it corrects
    if is_another(prepared, person, knowledge) and not (corrects or _mends_a_slip(prepared, person)):
        return Hold([*of_doubts(prepared), unsettled(*ANOTHER_PERSON)], [case.case_id])
    open_points = of_news(prepared)
    if knowledge.is_of_another_stay(prepared, case):
        open_points = [*open_points, unsettled(*ANOTHER_STAY)]
    return Hold(open_points, [case.case_id]) if open_points else Enter(case)


def is_another(prepared: Prepared, person: OpenedPerson, knowledge: Knowledge) -> bool:
    """Whether a word is about somebody else, by this person's record and those of the joined cases."""
    joined = (other for other in knowledge.people.values() if other.merged_into == person.person_id)
    return all(prepared.likeness.contradicts(record.told) for record in (person, *joined))


def _mends_a_slip(prepared: Prepared, person: OpenedPerson) -> bool:
    """Whether a changed record (A08, A31) has the number of the person, and one slip less in name or birth date."""
    sent = prepared.fact.person
    if prepared.fact.kind != EventKind.DISCHARGE_CORRECTED or sent is None:
        return False
    if prepared.numbers.isdisjoint(digest for _, digest in person.terms):
        return False
    pairs = [
        (detail, told_values(detail, sent), told_values(detail, person.told)) for detail in (Detail.NAME, Detail.BIRTH)
    ]
    differ = [pair for pair in pairs if all(pair) and not agree(*pair)]
    return len(differ) == 1 and not quite_different(*differ[0])


def _without_restriction(prepared: Prepared) -> Prepared:
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
