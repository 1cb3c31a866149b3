"""A person settles a held notice: it joins a case, opens a new one, or is dropped."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.contract.event_types import Code, starts_case
from events.contract.words import IntakeOutcome, LaterKind
from events.intake.apply import apply
from events.intake.batch import IntakeBatch
from events.intake.context import IntakeContext
from events.intake.door import ask_first
from events.intake.judgement import AtDoor, Drop, Enter, Join, Judgement, Late, Open, Restrict
from events.intake.known import Knowledge, fits_in
from events.intake.loading import load
from events.intake.merging import settled_as_same
from events.intake.news import is_another
from events.intake.prepared import Prepared, as_death, reopen
from events.intake.strangers import is_merge
from events.intake.triage import Identified, identify, moment_doubt, open_or_join, place_with, unclear
from events.intake.writes import Taken, store
from events.readers import place
from handoff.fact import Person, Unreadable
from handoff.profile.model import Profile
from handoff.rules.jurisdiction import Other
from handoff.store.intake import facts, tasks
from handoff.store.intake.apart import Apart
from handoff.store.intake.cases import IntakeCase
from handoff.store.intake.doors import SETTLED
from handoff.store.vault import Vault
from handoff.vocabulary.states import FactState
from handoff.vocabulary.words import PersonKind


class NotSettledError(Exception):
    """The decision cannot be carried out, and the task stays open. The message says what to do."""


@dataclass(frozen=True)
class Settlement:
    """What a person decides about a held notice.

    Attributes:
        who: the person who decides, for the timeline.
        verdict: "same": it belongs to `case_id`; "new": it opens a case; "drop": it has no effect;
            "": `supplement` is all that was missing.
        supplement: what was missing in the notice, e.g. the address, after asking the sender.
        occurred_at: when it occurred, if the moment that was sent is impossible. None: as sent.
    """

    task_id: str
    who: str
    verdict: Literal["same", "new", "drop", ""]
    case_id: str = ""
    supplement: Person = field(default_factory=Person)
    occurred_at: datetime | None = None


@dataclass(frozen=True)
class Resolver:
    """Settles held notices in the store, each in one transaction."""

    engine: AsyncEngine
    vault: Vault
    profile: Profile

    async def resolve(self, settlement: Settlement, now: datetime) -> Taken:
        """Carry out the decision, and close the task.

        A notice of a person below the age opens no case here: it goes on the list "door not checked", without what was
        settled.

        Raises:
            holds.NoSuchTaskError: no open task has this id.
            NotSettledError: the decision cannot be carried out.
        """
        context = IntakeContext(self.vault, self.profile, now, resolved_by=settlement.who)
        async with self.engine.begin() as conn:
            prepared, named = await self._held(conn, settlement)
            batch = IntakeBatch(context, await load(conn, self.vault, [prepared], [settlement.case_id, *named]))
            case = batch.known.cases.get(settlement.case_id)
            if settlement.verdict == "same" and case:
                _is_meant(case, named, prepared, batch.known)
            if settlement.verdict == "same" and case and not case.closed_at:
                prepared = as_death(prepared)
            judgement = _judge(settlement, prepared, batch.known, self.profile)
            if isinstance(judgement, Enter):
                _can_have_occurred(prepared, batch)
            if prepared.restricted and isinstance(judgement, Join | Enter):  # unless its case has got it before
                judgement = Restrict(judgement.case, judgement)
            if isinstance(judgement, Open):
                judgement = ask_first(prepared, judgement.person, self.profile, now) or judgement
            if isinstance(judgement, AtDoor):
                prepared.row.body = {**prepared.row.body, SETTLED: settlement.case_id}
            if isinstance(judgement, Drop) or settlement.verdict == "new":
                batch.writes.apart += _told_apart(prepared, batch)
            taken = apply(judgement, prepared, batch)
            await store(conn, batch.writes, context)
            await tasks.close(conn, settlement.task_id, settlement.who, now)
        return taken

    async def _held(self, conn: AsyncConnection, settlement: Settlement) -> tuple[Prepared, list[str]]:
        """The word that is held, and the cases that its task names."""
        task = await tasks.read(conn, settlement.task_id)
        row = await facts.read(conn, task.fact_id) if task.fact_id else None
        if task.kind != tasks.HELD_NOTICE or row is None or row.state != FactState.HELD:
            raise NotSettledError(f"task {task.task_id} is not about a held notice: its `do` shows the command for it")
        prepared = reopen(row, self.vault, settlement.supplement)
        if settlement.occurred_at:
            prepared.row.occurred_at = settlement.occurred_at
            prepared = replace(prepared, fact=replace(prepared.fact, occurred_at=settlement.occurred_at))
        return prepared, list(task.about.get("cases", ()))


def _is_meant(case: IntakeCase, named: Sequence[str], prepared: Prepared, knowledge: Knowledge) -> None:
    """Check that a word does not go to a case that its task does not name, of a person of another name or birth date.

    Raises:
        NotSettledError: it does.
    """
    meant = knowledge.surviving(case)
    listed = [knowledge.surviving(knowledge.cases[name]).case_id for name in named if name in knowledge.cases]
    if meant.case_id in (*named, *listed) or case.case_id in named:
        return
    if is_another(prepared, knowledge.people[meant.person_id], knowledge):
        names = f"the task names {', '.join(named)}" if named else "the task names no case"
        raise NotSettledError(
            f"the person of {case.case_id} has another name or birth date, and {names}. If that is a mistake in "
            f"{case.case_id}, correct it first: handoff person {case.case_id}"
        )


def _told_apart(prepared: Prepared, batch: IntakeBatch) -> list[Apart]:
    """What a person says of whom a word is not about: the next word of the same stay or number is not asked about."""
    return [
        Apart(digest, one.person_id, fits_in(prepared, one), batch.context.now)
        for one in batch.known.likely(prepared)
        for digest in sorted(prepared.digests)
    ]


def _can_have_occurred(prepared: Prepared, batch: IntakeBatch) -> None:
    """Raise NotSettledError if it cannot have occurred at its moment."""
    if doubt := moment_doubt(prepared, batch.known, batch.context):
        raise NotSettledError(f"{doubt.says}: ask the sender, and add --at with the moment at which it occurred")


def _judge(settlement: Settlement, prepared: Prepared, knowledge: Knowledge, profile: Profile) -> Judgement:
    """The judgement that follows from a person's decision.

    Raises:
        NotSettledError: it cannot be carried out.
    """
    kind = prepared.row.kind
    if settlement.verdict == "drop":
        code = Code.SET_ASIDE
        return Drop(Unreadable(code.value, f"{code.cause} {code.cure}") if starts_case(kind) else None)
    if is_merge(prepared) and settlement.verdict == "same":
        return _numbers_of(settlement.case_id, prepared, knowledge)
    if kind in {*LaterKind, *PersonKind}:
        raise NotSettledError(
            f"an event {kind} changes no case by itself: mend what it says by hand, then settle it with --drop"
        )
    if settlement.verdict == "same":
        return _same(settlement.case_id, prepared, knowledge, profile)
    if not starts_case(kind):
        raise NotSettledError(f"an event {kind} opens no case: settle it with --same CASE or --drop")
    if not (prepared.fact.person or Person()).name:
        raise NotSettledError("the notice names nobody: ask its sender, and add --name, --address and --phone")
    identified = identify(prepared, knowledge, profile)
    if isinstance(identified.place, Other):
        return _elsewhere(identified.place, prepared)
    return (
        _new(identified, knowledge) if settlement.verdict == "new" else _supplemented(prepared, identified, knowledge)
    )


def _numbers_of(case_id: str, prepared: Prepared, knowledge: Knowledge) -> Judgement:
    """Its numbers are those of the person of this case."""
    if case_id not in knowledge.cases:
        raise NotSettledError(f"there is no case {case_id}")
    case = knowledge.surviving(knowledge.cases[case_id])
    return settled_as_same(prepared, knowledge.people[case.person_id], case)


def _same(case_id: str, prepared: Prepared, knowledge: Knowledge, profile: Profile) -> Judgement:
    """It belongs to this case. If the case has closed, a notice of another discharge opens the person's next case."""
    case = knowledge.cases.get(case_id)
    if case is None:
        raise NotSettledError(f"there is no case {case_id}")
    case = knowledge.surviving(case)
    notice = starts_case(prepared.row.kind)
    if not case.closed_at:
        return Join(case) if notice else Enter(case)
    named = knowledge.named.get(prepared.row.reference_digest or b"", set())
    if notice and case_id not in named:
        person = knowledge.people[case.person_id]
        return open_or_join(person, place_with(prepared, person, profile), knowledge)
    return Late(case, acknowledge=notice)


def _new(identified: Identified, knowledge: Knowledge) -> Judgement:
    case = knowledge.case_of(identified.person.person_id) if identified.person else None
    if case and not case.closed_at:
        raise NotSettledError(f"this person has the open case {case.case_id}: settle with --same {case.case_id}")
    return open_or_join(identified.person, identified.place, knowledge)


def _supplemented(prepared: Prepared, identified: Identified, knowledge: Knowledge) -> Judgement:
    if points := unclear(prepared, identified, knowledge):
        codes = ", ".join(point["code"] for point in points)
        raise NotSettledError(f"still to settle: {codes}. Decide with --same CASE, --new or --drop")
    return open_or_join(identified.person, identified.place, knowledge)


def _elsewhere(where: Other, prepared: Prepared) -> Drop:
    """The missing address is in another municipality: tell the sender, and delete the content."""
    code = Code.NOT_OUR_MUNICIPALITY
    reason = f"The registered address is in {where.name} ({where.code}). {code.cure}"
    return Drop(Unreadable(code.value, reason, place(prepared.fact.form, "person.address")), IntakeOutcome.REJECTED)
