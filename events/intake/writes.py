"""The third shape of a record: rows, tasks and letters. A batch stores them in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from events.contract.words import IntakeOutcome
from events.intake.context import IntakeContext
from events.intake.tasks import parked_task
from handoff.store import losses, outbox, persons
from handoff.store.engine import FACTS, notify
from handoff.store.intake import apart, cases, facts, parked, tasks, timeline
from handoff.store.intake.apart import Apart
from handoff.store.intake.cases import IntakeCase, Reference
from handoff.store.intake.facts import FactName, FactRow
from handoff.store.intake.parked import Parked, Spot
from handoff.store.intake.tasks import Task
from handoff.store.intake.timeline import Happened
from handoff.store.outbox import Letter
from handoff.store.persons import OpenedPerson, Term
from handoff.store.vault import Key
from handoff.vocabulary.states import FactState


@dataclass(frozen=True)
class Taken:
    """The result of taking one record.

    Attributes:
        outcome: what was done with it.
        case_id: its case; "" if it has none yet.
        code: why it was rejected or kept; "" if it was taken.
        reason: the same in words for its sender.
        place: where in the record, if it was rejected.
        task_id: the task about it; "" if there is none.
    """

    outcome: IntakeOutcome
    case_id: str = ""
    code: str = ""
    reason: str = ""
    place: str = ""
    task_id: str = ""


@dataclass
class IntakeWrites:
    """What is to be written. `store` writes it.

    Attributes:
        facts: new facts.
        waited: facts that waited in the store and have changed.
        cases: new or changed cases.
        people: people who are new, or of whom we know more.
        terms: by person: new terms by which the person is found.
        tasks: tasks, each with the fact that it is about.
        letters: letters, each with the key that seals it.
        duties: tasks that are not about a fact.
        apart: words that a person has told apart from known persons.
    """

    facts: dict[FactName, FactRow] = field(default_factory=dict)
    waited: dict[FactName, FactRow] = field(default_factory=dict)
    cases: dict[str, IntakeCase] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    people: dict[str, OpenedPerson] = field(default_factory=dict)
    terms: dict[str, set[Term]] = field(default_factory=dict)
    happenings: list[Happened] = field(default_factory=list)
    tasks: list[tuple[Task, FactRow]] = field(default_factory=list)
    letters: list[tuple[Letter, Key]] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    duties: list[Task] = field(default_factory=list)
    apart: list[Apart] = field(default_factory=list)


def put_fact(row: FactRow, state: FactState, writes: IntakeWrites) -> None:
    """Add a fact in this state to the writes: as a new row, or as a change of a row that waited."""
    row.state = state
    rows = writes.facts if row.fact_id is None else writes.waited
    rows[row.name] = row


def drop_fact(row: FactRow, writes: IntakeWrites) -> None:
    """Delete the content of a fact. Its row stays, to recognise a resend."""
    row.content_sealed = row.raw_sealed = row.reference_digest = None
    row.sought = frozenset()
    put_fact(row, FactState.DROPPED, writes)


async def store(conn: AsyncConnection, writes: IntakeWrites, context: IntakeContext) -> None:
    """Write everything. It is durable when the caller's transaction commits."""
    await persons.save(conn, list(writes.people.values()), writes.terms, context.now)
    await cases.save(conn, writes.cases.values(), writes.references)
    await facts.add(conn, list(writes.facts.values()))
    await facts.change(conn, writes.waited.values())
    await apart.add(conn, writes.apart)
    await timeline.add(conn, writes.happenings, context.now)
    numbers = await parked.add(conn, context.vault, writes.parked)
    of_facts = [Task(**{**vars(task), "fact_id": row.fact_id}) for task, row in writes.tasks]
    await tasks.add(conn, [*of_facts, *_of_parked(writes, numbers, context), *writes.duties])
    await outbox.put_all(conn, context.vault, writes.letters)
    await losses.untold(conn, [case.case_id for case in writes.cases.values() if case.lost], context.now)
    if any(row.state == FactState.NUMBERED for row in (*writes.facts.values(), *writes.waited.values())):
        await notify(conn, FACTS)


def _of_parked(writes: IntakeWrites, numbers: Mapping[Spot, int], context: IntakeContext) -> list[Task]:
    """Tasks about newly parked records, for those that need one."""
    return [
        task
        for record in writes.parked
        if (number := numbers.get(record.spot)) and (task := parked_task(record, number, context))
    ]
