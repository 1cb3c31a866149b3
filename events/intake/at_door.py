"""Keeps notices on the list "door not checked".

They leave it if their sender cancels the discharge, or if their person gets a case by another notice.
"""

from dataclasses import replace

from events.contract.words import IntakeOutcome
from events.intake.batch import IntakeBatch
from events.intake.judgement import AtDoor, Judgement, Refuse
from events.intake.letters import acknowledgement
from events.intake.news import of_open_case
from events.intake.prepared import Prepared, seal
from events.intake.triage import identify, judge
from events.intake.writes import Taken, drop_fact, put_fact
from handoff.case.words import StayWord
from handoff.fact import Discharge
from handoff.rules.eligibility import DISABILITY
from handoff.rules.identity import FULL, STRONG
from handoff.store.intake.cases import IntakeCase
from handoff.store.intake.doors import NOTED, ContentName, content_name
from handoff.store.intake.facts import FactRow
from handoff.vocabulary.states import DoorAnswer, FactState
from handoff.vocabulary.words import EventKind

NOT_CHECKED = "door-not-checked"  # what is unclear about such a notice, for its sender


def keep_at_door(prepared: Prepared, where: str, batch: IntakeBatch) -> Taken:
    """Keep a notice on the list "door not checked": sealed, without case, person and task.

    If a cancellation of the same discharge came before it, it does not get on the list. Its sender gets no second
    answer if the notice was held until now, or has the content of one that was answered.
    """
    _put(prepared, batch)
    if prepared.row.fact_id is None and not prepared.repeats:
        says = {"status": IntakeOutcome.HELD, "unclear": [{"code": NOT_CHECKED, "place": where}]}
        batch.writes.letters += acknowledgement(prepared, None, says, batch.context)
    batch.known.at_door.append(prepared)
    for early in batch.known.waiting:
        call_off(early, batch)
    return Taken(IntakeOutcome.AT_DOOR)


def keep_repeat(prepared: Prepared, where: str, batch: IntakeBatch) -> Taken:
    """Keep a notice with the content of an earlier one, written at another moment.

    If the earlier one stands at the door, it counts as written at the later of both moments. If it was called off, this
    one renews the discharge. In any other case a person has decided about it.
    """
    for place, standing in enumerate(batch.known.at_door):
        if _name(standing.row) == _name(prepared.row):
            if _written(prepared).after(_written(standing)):
                newer = prepared.fact
                fact = replace(standing.fact, written_at=newer.written_at, written_within=newer.written_within)
                batch.known.at_door[place] = renewed = replace(standing, fact=fact)
                _put(renewed, batch)
            return Taken(IntakeOutcome.RESENT)
    if batch.known.door_answers.get(_name(prepared.row)) == DoorAnswer.CANCELLED:
        return keep_at_door(prepared, where, batch)
    return Taken(IntakeOutcome.RESENT)


def call_off(cancellation: Prepared, batch: IntakeBatch) -> None:
    """Take notices off the list whose discharge their sender has cancelled since.

    A cancellation in doubt, or of another person, changes nothing here: it waits, and a person settles it if the notice
    becomes a case.
    """
    if cancellation.row.kind != EventKind.DISCHARGE_CANCELLED or cancellation.doubts:
        return
    for notice in [notice for notice in batch.known.at_door if _takes_back(cancellation, notice)]:
        row = notice.row
        row.body = {**row.body, NOTED: {"verdict": DoorAnswer.CANCELLED, "at": batch.context.now.isoformat()}}
        drop_fact(row, batch.writes)
        batch.known.door_answers[_name(row)] = DoorAnswer.CANCELLED
    batch.known.at_door = [notice for notice in batch.known.at_door if notice.row.state == FactState.AT_DOOR]


def leave_with(opened: Prepared, case: IntakeCase, batch: IntakeBatch) -> list[tuple[Prepared, Judgement]]:
    """Take notices off the list whose person has this open case now, each with the judgement about it.

    Args:
        opened: the notice that opened or joined the case.
        case: the case.
        batch: the batch. A notice that may be about somebody else stays on the list.
    """
    reference, terms = opened.row.reference_digest, batch.known.people[case.person_id].terms
    leaving: list[tuple[Prepared, Judgement]] = []
    for listed in [*batch.known.at_door]:
        if not (listed.terms & terms or (reference and listed.row.reference_digest == reference)):
            continue
        person = identify(listed, batch.known, batch.context.profile).person
        notice = of_open_case(listed, batch.known)
        judgement = judge(notice, batch.known, batch.context)
        if person is None or person.person_id != case.person_id or isinstance(judgement, AtDoor | Refuse):
            continue
        batch.known.at_door = [one for one in batch.known.at_door if one is not listed]
        noted = {"verdict": DoorAnswer.LET_IN, "who": batch.context.resolved_by, "at": batch.context.now.isoformat()}
        notice.row.body = {**notice.row.body, NOTED: noted}
        leaving.append((notice, judgement))
    return leaving


def found_at_door(row: FactRow) -> str:
    """The reason for a case that a person opened at the door: which door is open; "" for other facts."""
    door = row.body.get(NOTED, {}).get("found", "")
    return "disability-registered" if door == DISABILITY else f"group-{door}" if door else ""


def _put(prepared: Prepared, batch: IntakeBatch) -> None:
    row = prepared.row
    seal(prepared, batch.context.vault.own, None)
    row.sought = frozenset(digest for kind, digest in prepared.terms if kind in {*STRONG, FULL})
    put_fact(row, FactState.AT_DOOR, batch.writes)


def _takes_back(cancellation: Prepared, notice: Prepared) -> bool:
    """Whether a cancellation is certainly about this discharge, and was certainly written after the notice (ADR 0014).

    One that is about an expected discharge only takes back no actual one (ADR 0018).
    """
    reference, stay = cancellation.row.reference_digest, cancellation.fact.discharge or Discharge()
    if not reference or notice.row.reference_digest != reference:
        return False
    if stay.pending and notice.row.kind != EventKind.DISCHARGE_EXPECTED:
        return False
    another = notice.fact.person is not None and cancellation.likeness.contradicts(notice.fact.person)
    return not another and _written(cancellation).after(_written(notice))


def _written(prepared: Prepared) -> StayWord:
    fact, row = prepared.fact, prepared.row
    return StayWord(row.kind, row.sender, "", fact.written_at or row.known_at, fact.written_within)


def _name(row: FactRow) -> ContentName:
    return content_name(row.sender, row.message_id, row.content_hash)
