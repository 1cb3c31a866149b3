"""Carries out a judgement about a fact: completes its row, and adds to the writes and the knowledge of the batch."""

from collections.abc import Collection

from events.contract.words import IntakeOutcome
from events.intake.at_door import call_off, found_at_door, keep_at_door, leave_with
from events.intake.batch import IntakeBatch
from events.intake.holding import hold
from events.intake.judgement import (
    AtDoor,
    Drop,
    Enter,
    Forget,
    Hold,
    Join,
    Judgement,
    KeepAnswer,
    Late,
    Learn,
    Open,
    PlainJudgement,
    Refuse,
    Restrict,
    Wait,
)
from events.intake.learning import find_by, found_by_numbers, get_to_know, learn
from events.intake.letters import acknowledgement, rejection, settled_rejection
from events.intake.merging import taken_up
from events.intake.news import judge_about, judge_news
from events.intake.opening import discharges, new_case, new_person
from events.intake.parking import LOST, ours_to_mend, park
from events.intake.prepared import OursToMend, Prepared, Refused, as_restriction, seal
from events.intake.strangers import is_merge, without_person
from events.intake.tasks import fact_task
from events.intake.telling_details import CORRECTIONS, as_details, with_fields
from events.intake.writes import Taken, drop_fact, put_fact
from handoff.fact import Unreadable
from handoff.rules.another_stay import KnownStays
from handoff.store.intake import parked, tasks
from handoff.store.intake.cases import IntakeCase, Reference
from handoff.store.intake.facts import FactRow
from handoff.store.intake.timeline import Happened
from handoff.vocabulary.states import FactState

OF_NOBODY = "it says nothing of a stay or a death, and the person has no open case"


def apply(judgement: Judgement, prepared: Prepared, batch: IntakeBatch) -> Taken:
    """Carry out a judgement. Nothing is written yet."""
    if isinstance(judgement, Restrict):
        _restrict(prepared, judgement.case, batch)
        return apply(judgement.rest, prepared, batch)
    return _carry_out(judgement, prepared, batch)


def _carry_out(judgement: PlainJudgement, prepared: Prepared, batch: IntakeBatch) -> Taken:
    match judgement:
        case Open():
            taken = _open(judgement, prepared, batch)
        case Join(case):
            taken = _join(prepared, case, batch)
        case Enter(case):
            taken = _enter(prepared, case, batch)
        case Hold() | AtDoor() | Wait() | Forget():
            taken = _keep(judgement, prepared, batch)
        case Learn():
            taken = _learn_numbers(judgement, prepared, batch)
        case Late():
            taken = _late(judgement, prepared, batch)
        case Refuse(why):
            taken = refuse(Refused(prepared.record, why), batch)
        case KeepAnswer():
            taken = _keep_answer(prepared, batch)
        case Drop():
            taken = _drop(judgement, prepared, batch)
    return taken


def repeat(prepared: Prepared, case: IntakeCase, batch: IntakeBatch) -> Taken:
    """Number a word that its sender has told before: it counts if something in between undid the first. No letter."""
    _number(prepared, case, batch)
    return Taken(IntakeOutcome.RESENT, case.case_id)


def refuse(refused: Refused, batch: IntakeBatch) -> Taken:
    """Park a record that cannot be taken, and tell its sender why.

    A notice that was typed in is not parked, and neither is what nobody here may act on.
    """
    if refused.record.topic and refused.why.kept:
        batch.writes.parked.append(park(refused.record, refused.why, batch.context))
    batch.writes.letters += rejection(refused, batch.context)
    return Taken(IntakeOutcome.REJECTED, code=refused.why.code, reason=refused.why.reason, place=refused.why.place)


def keep_to_mend(ours: OursToMend, batch: IntakeBatch) -> Taken:
    """Park a record that we fail to take, and open a task for the duty officer. Its sender gets no letter."""
    why = Unreadable(parked.OURS, ours_to_mend(ours.error, ours.build), "")
    batch.writes.parked.append(park(ours.record, why, batch.context, ours.build))
    return Taken(IntakeOutcome.KEPT, code=why.code, reason=why.reason)


def came_late(row: FactRow, case: IntakeCase, batch: IntakeBatch) -> str:
    """Add a fact about a closed case to its timeline, and open a task.

    Returns:
        The id of the task; "" if a person has decided about the fact, which needs no task.
    """
    put_fact(row, FactState.LATE, batch.writes)
    _happened(row, case, "fact_after_closing", batch)
    if batch.context.resolved_by:
        return ""
    task = fact_task(
        row,
        tasks.AFTER_CLOSING,
        {"kind": row.kind, "sender": row.sender, "subject": row.subject},
        batch.context,
    )
    batch.writes.tasks.append((task, row))
    return task.task_id


def _open(judgement: Open, prepared: Prepared, batch: IntakeBatch) -> Taken:
    person = judgement.person or new_person(prepared, batch)
    get_to_know(prepared, person, batch)
    case = new_case(prepared, person, judgement.district, batch)
    _number(prepared, case, batch)
    _happened(prepared.row, case, "case_opened", batch)
    _acknowledge(prepared, case, IntakeOutcome.OPENED, batch)
    _take_up_what_waited(prepared, case, batch)
    return Taken(IntakeOutcome.OPENED, case.case_id)


def _join(prepared: Prepared, case: IntakeCase, batch: IntakeBatch) -> Taken:
    sender, profile = prepared.row.sender, batch.context.profile
    get_to_know(prepared, batch.known.people[case.person_id], batch)
    if discharges(sender, profile) and not discharges(case.facility, profile):
        case.facility = sender  # its dates count
    _number(prepared, case, batch)
    _acknowledge(prepared, case, IntakeOutcome.JOINED, batch)
    _take_up_what_waited(prepared, case, batch)
    return Taken(IntakeOutcome.JOINED, case.case_id)


def _enter(prepared: Prepared, case: IntakeCase, batch: IntakeBatch) -> Taken:
    """Number news of the case. If a person has decided that they are, the next words find the case by their numbers."""
    person = batch.known.people[case.person_id]
    before = len(person.terms)
    _number(prepared, case, batch)
    if batch.context.resolved_by and not prepared.fact.subject:
        found_by_numbers(prepared, person, batch)
        _take_up_what_waited(prepared, case, batch)
    elif len(person.terms) > before:
        _ask_about_likely(case, batch)
    return Taken(IntakeOutcome.ENTERED, case.case_id)


def _keep(judgement: Hold | AtDoor | Wait | Forget, prepared: Prepared, batch: IntakeBatch) -> Taken:
    """Keep a fact that has no case yet."""
    match judgement:
        case Hold():
            return hold(judgement, prepared, batch)
        case AtDoor(place):
            return keep_at_door(prepared, place, batch)
        case Wait(whole):
            call_off(prepared, batch)
            return _wait(prepared if whole else without_person(prepared), batch)
        case Forget():
            return Taken(IntakeOutcome.IGNORED, reason=OF_NOBODY)


def _restrict(prepared: Prepared, case: IntakeCase, batch: IntakeBatch) -> None:
    """Number the restriction in a message within its open case, once."""
    restriction, seen = as_restriction(prepared, case.case_id, batch.context.vault), batch.known.hashes(prepared)
    if restriction.row.content_hash not in seen:
        seen.add(restriction.row.content_hash)
        _number(restriction, case, batch)


def _wait(kept: Prepared, batch: IntakeBatch) -> Taken:
    """Keep the fact, sealed: it is found only by digests, and ends with its limit."""
    kept.row.sought = kept.numbers | kept.likely
    seal(kept, batch.context.vault.own, None)
    put_fact(kept.row, FactState.EARLY, batch.writes)
    batch.known.waiting.append(kept)
    return Taken(IntakeOutcome.EARLY)


def _late(judgement: Late, prepared: Prepared, batch: IntakeBatch) -> Taken:
    """Add the fact to the closed case's timeline, and open a task."""
    case = judgement.case
    person = batch.known.people[case.person_id]
    if judgement.acknowledge:
        _acknowledge(prepared, case, IntakeOutcome.JOINED, batch)
    seal(prepared, person.key, person.person_id)
    prepared.row.case_id = case.case_id
    return Taken(IntakeOutcome.LATE, case.case_id, task_id=came_late(prepared.row, case, batch))


def _learn_numbers(judgement: Learn, prepared: Prepared, batch: IntakeBatch) -> Taken:
    """Find the person by further numbers. Of the fact itself only its row stays, to recognise a resend."""
    case = judgement.case
    drop_fact(prepared.row, batch.writes)
    if find_by(judgement.person, judgement.terms, batch) and case:
        _happened(prepared.row, case, "numbers_merged", batch)
        _take_early(None, {digest for _, digest in judgement.terms}, case, batch)
    return Taken(IntakeOutcome.ENTERED, case.case_id if case else "")


def _keep_answer(prepared: Prepared, batch: IntakeBatch) -> Taken:
    """Park the answer. Its sender gets no letter yet, and its later answers wait too."""
    batch.known.waited_for |= {prepared.row.sender}
    why = Unreadable(parked.AWAITED, LOST, "ce_subject")
    batch.writes.parked.append(park(prepared.record, why, batch.context))
    return Taken(IntakeOutcome.KEPT, code=why.code, reason=why.reason)


def _drop(judgement: Drop, prepared: Prepared, batch: IntakeBatch) -> Taken:
    """Delete the content of the fact, and keep its row."""
    why, row = judgement.told, prepared.row
    if why and row.fact_id is None:
        batch.writes.letters += rejection(Refused(prepared.record, why), batch.context)
    elif why:
        batch.writes.letters += settled_rejection(row, why, batch.context)
    row.body = {**row.body, **judgement.noted}
    drop_fact(row, batch.writes)
    if judgement.status == IntakeOutcome.REJECTED and why:
        return Taken(IntakeOutcome.REJECTED, code=why.code, reason=why.reason)
    return Taken(judgement.status)


def _number(prepared: Prepared, case: IntakeCase, batch: IntakeBatch) -> None:
    """Give a fact its number in the case. From now on its sender's reference finds the case."""
    row, person = prepared.row, batch.known.people[case.person_id]
    case.facts += 1
    _changed(case, batch)
    row.case_id, row.number, row.sought = case.case_id, case.facts, frozenset()
    learned = learn(prepared, case, batch)
    if prepared.fact.kind in CORRECTIONS and prepared.fact.person:
        prepared = with_fields(prepared, learned.fields)
    seal(prepared, person.key, person.person_id)
    put_fact(row, FactState.NUMBERED, batch.writes)
    stays = batch.known.stays.setdefault(case.case_id, KnownStays())
    stays.add(row.kind, prepared.fact.discharge, row.occurred_at)
    if prepared.fact.kind not in CORRECTIONS and learned.fields:
        _number(as_details(prepared, learned.fields, case.case_id, batch.context.vault), case, batch)
    digest = row.reference_digest
    if digest and case.case_id not in batch.known.named.setdefault(digest, set()):
        batch.known.named[digest].add(case.case_id)
        sealed = person.key.seal("reference", prepared.fact.reference.encode())
        batch.writes.references.append(Reference(digest, case.case_id, row.sender, sealed))


def _happened(row: FactRow, case: IntakeCase, what: str, batch: IntakeBatch) -> None:
    """Add to the case's timeline what the fact did."""
    case.entries += 1
    _changed(case, batch)
    who = batch.context.resolved_by or row.sender
    moment = min(row.occurred_at, batch.context.now)
    key = f"{case.case_id}:{what}:{row.code}"
    why = found_at_door(row)
    batch.writes.happenings.append(Happened(case.case_id, case.entries, key, what, who, moment, why, code=row.kind))


def _changed(case: IntakeCase, batch: IntakeBatch) -> None:
    case.changed = True
    batch.writes.cases[case.case_id] = case


def _acknowledge(prepared: Prepared, case: IntakeCase, status: IntakeOutcome, batch: IntakeBatch) -> None:
    says = {"status": status, "case_id": case.case_id}
    batch.writes.letters += acknowledgement(prepared, batch.known.people[case.person_id], says, batch.context)


def _take_up_what_waited(notice: Prepared, case: IntakeCase, batch: IntakeBatch) -> None:
    """Take early facts, and notices at the door, that waited for this notice as if they came right behind it.

    A person is asked about early facts that are likely about the same person.
    """
    for listed, judgement in leave_with(notice, case, batch):
        apply(judgement, listed, batch)
    _take_early(notice.row.reference_digest, notice.numbers, case, batch)
    _ask_about_likely(case, batch)


def _take_early(reference: bytes | None, numbers: Collection[bytes], case: IntakeCase, batch: IntakeBatch) -> None:
    for early in batch.known.take_waiting(reference, numbers):
        if is_merge(early):
            judgement = taken_up(early, batch.known.people[case.person_id], case)
        else:
            judgement = judge_about(early, case, batch.known)
        apply(judgement, early, batch)


def _ask_about_likely(case: IntakeCase, batch: IntakeBatch) -> None:
    for early in batch.known.take_likely(case.person_id):
        if isinstance(judgement := judge_news(early, batch.known), Hold | Restrict):
            batch.known.stop_waiting(early)
            apply(judgement, early, batch)
