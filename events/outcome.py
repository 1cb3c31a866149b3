"""What a batch of records leaves behind: rows, tasks and letters, stored in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from events.contract import Code
from events.contract_outgoing import NoticeAcknowledged, NoticeRejected
from events.duties import duty
from events.reading import INCOMING, Arrival, OursToMend, Reading
from handoff.fact import Unreadable
from handoff.profile.model import Profile
from handoff.store import facts, holds, openings, outbox, parked, persons, timeline
from handoff.store.engine import FACTS, notify
from handoff.store.facts import FactName, FactRow
from handoff.store.holds import Task
from handoff.store.offsets import Gap
from handoff.store.openings import Episode, Reference
from handoff.store.outbox import Letter
from handoff.store.parked import Parked
from handoff.store.persons import OpenedPerson, Term
from handoff.store.timeline import Happened
from handoff.store.vault import Key, Vault
from handoff.worklist.task_kinds import COORDINATOR, DUTY_OFFICER


@dataclass(frozen=True)
class Taken:
    """What became of one record.

    Attributes:
        outcome: opened, joined, held (these are acknowledged), entered, early, late, resent, rejected, dropped, or kept
            (it is tried again by itself).
        code: why it was rejected.
        reason: the same in words for its sender.
        task_id: what a person has to do about it.
    """

    outcome: str
    case_id: str = ""
    code: str = ""
    reason: str = ""
    task_id: str = ""


@dataclass
class Outcome:
    """Gathers what is to be written; nothing is, until `store`."""

    vault: Vault
    profile: Profile
    now: datetime
    facts: dict[FactName, FactRow] = field(default_factory=dict)
    waited: dict[FactName, FactRow] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    people: dict[str, OpenedPerson] = field(default_factory=dict)
    terms: dict[str, set[Term]] = field(default_factory=dict)
    happenings: list[Happened] = field(default_factory=list)
    tasks: list[tuple[Task, FactRow]] = field(default_factory=list)
    letters: list[tuple[Letter, Key]] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    duties: list[Task] = field(default_factory=list)

    def fact(self, row: FactRow, state: str) -> None:
        """Store a fact in this state; one that waited, in the store or in this batch, is changed."""
        row.state = state
        rows = self.facts if row.fact_id is None else self.waited
        rows[row.name] = row

    def happened(self, row: FactRow, episode: Episode, what: str, who: str = "") -> None:
        """Put what a fact did into its case's timeline; `who`: at whose word, if not its sender's."""
        episode.entries += 1
        episode.changed = True
        key = f"{episode.case_id}:{what}:{row.code}"
        moment = min(row.occurred_at, self.now)
        self.happenings.append(
            Happened(episode.case_id, episode.entries, key, what, who or row.sender, moment, code=row.kind)
        )

    def task(self, row: FactRow, kind: str, about: Mapping[str, Any]) -> str:
        """Give the coordinator something to do about a fact; returns the task's id."""
        task_id = "T" + self.vault.short_id("task", kind, row.code)
        task = self._task(task_id, kind, about, case_id=row.case_id, subject=f"F{row.code}")
        self.tasks.append((task, row))
        return task_id

    def acknowledge(
        self, reading: Reading, status: str, person: OpenedPerson | None, case_id: str = "", **more: Any
    ) -> None:
        """Tell the sender of a notice that it is durable, or, of one that was held, that it was settled."""
        row, settled = reading.row, reading.row.fact_id is not None
        if not self.profile.has_topic(row.sender):
            return
        payload = NoticeAcknowledged.model_validate(
            {
                "message_id": row.message_id,
                "case_id": case_id,
                "status": status,
                "reference": reading.fact.reference,
                "id_reused": reading.id_reused,
                "settled": settled,
                **more,
            }
        ).model_dump()
        letter = Letter(
            case_id,
            f"{'settled' if settled else 'acknowledged'}:{row.code}",
            row.sender,
            "notice.acknowledged",
            self.now,
            payload,
            subject=case_id,
            answers=row.message_id,
            person_id=person.person_id if person else None,
        )
        self.letters.append((letter, person.key if person else self.vault.own))

    def reject_settled(self, row: FactRow, code: Code, reason: str = "", place: str = "") -> None:
        """Tell the sender of a notice that was held that it is not taken, and why."""
        if not self.profile.has_topic(row.sender):
            return
        says = reason or f"{code.cause} {code.cure}"
        told = NoticeRejected(message_id=row.message_id, code=code.value, reason=says, place=place, settled=True)
        key = f"rejected:{row.code}"
        letter = Letter("", key, row.sender, "notice.rejected", self.now, told.model_dump(), answers=row.message_id)
        self.letters.append((letter, self.vault.own))

    def reject(self, arrival: Arrival, told: Unreadable) -> Taken:
        """Park a record that cannot be taken, and tell its sender why; a typed-in notice is only answered."""
        sender = arrival.record.institution
        if arrival.topic:
            self.parked.append(_parked(arrival, told, self))
        if arrival.topic and self.profile.has_topic(sender):
            payload = NoticeRejected(
                message_id=told.message_id,
                code=told.code,
                reason=told.reason,
                place=told.place,
                offset=arrival.offset,
            ).model_dump()
            key = f"rejected:{arrival.place}:{self._digest(arrival).hex()[:16]}"
            letter = Letter("", key, sender, "notice.rejected", self.now, payload, answers=told.message_id)
            self.letters.append((letter, self.vault.own))
        return Taken("rejected", code=told.code, reason=told.reason)

    def keep_to_mend(self, arrival: Arrival, fault: OursToMend) -> Taken:
        """Park a record that we fail to take: its sender is told nothing, somebody on call has a task."""
        reason = ours_to_mend(fault.error, fault.build)
        told = Unreadable(parked.OURS, reason, "")
        self.parked.append(replace(_parked(arrival, told, self), build=fault.build))
        return Taken("kept", code=parked.OURS, reason=reason)

    def keep_to_answer(self, arrival: Arrival) -> Taken:
        """Park an answer to something that a restore lost and that is made again: its sender is told nothing yet."""
        reason = (
            "What it answers, or what its sender answered before, was lost in a restore and is made again: it is tried "
            "again each minute."
        )
        self.parked.append(_parked(arrival, Unreadable(parked.AWAITED, reason, "ce_subject"), self))
        return Taken("kept", code=parked.AWAITED, reason=reason)

    def missing(self, gap: Gap) -> None:
        """Records that Kafka deleted, or lost, before they were read: somebody has to ask their sender."""
        about = {**vars(gap), "sender": gap.topic.removeprefix(INCOMING)}
        subject = f"{gap.topic}:{gap.partition}:{gap.first}-{gap.last}"
        task_id = "T" + self.vault.short_id("task", holds.RECORDS_MISSING, gap.topic_id, subject)
        self.duties.append(self._task(task_id, holds.RECORDS_MISSING, about, owner=DUTY_OFFICER, subject=subject))

    async def store(self, conn: AsyncConnection, episodes: Sequence[Episode]) -> None:
        """Write everything, with the cases that it changed."""
        await persons.save(conn, list(self.people.values()), self.terms, self.now)
        await openings.save(conn, episodes, self.references)
        await facts.add(conn, list(self.facts.values()))
        await facts.change(conn, self.waited.values())
        await timeline.add(conn, self.happenings, self.now)
        numbers = await parked.add(conn, self.vault, self.parked)
        await holds.add(conn, [*self._tasks_of_facts(), *self._tasks_of_parked(numbers), *self.duties])
        await outbox.put_all(conn, self.vault, self.letters)
        if any(row.state == "numbered" for row in (*self.facts.values(), *self.waited.values())):
            await notify(conn, FACTS)

    def _tasks_of_facts(self) -> list[Task]:
        return [Task(**{**vars(task), "fact_id": row.fact_id}) for task, row in self.tasks]

    def _tasks_of_parked(self, numbers: Mapping[tuple[str, int, int], int]) -> list[Task]:
        """What is somebody's work although it was not taken: an event type of later, and what we have to mend."""
        return [
            task
            for record in self.parked
            if (number := numbers.get((record.topic, record.partition, record.offset)))
            and (task := self.task_of_parked(record, number))
        ]

    def task_of_parked(self, record: Parked, number: int) -> Task | None:
        """What somebody has to do about a parked record; None: its sender knows, and nobody here has to."""
        if record.code not in _OWNED:
            return None
        kind, owner = _OWNED[record.code]
        about = {"parked": number, "sender": record.sender, "reason": record.reason, "place": record.place}
        task_id = "T" + self.vault.short_id("task", kind, str(number))
        return self._task(task_id, kind, about, owner=owner, subject=str(number))

    def _task(self, task_id: str, kind: str, about: Mapping[str, Any], owner: str = COORDINATOR, **more: Any) -> Task:
        return duty(kind, owner, task_id, self.profile, self.now, about=about, **more)

    def _digest(self, arrival: Arrival) -> bytes:
        """Keyed digest of the whole record, also where only its beginning is kept."""
        record = arrival.record
        return self.vault.digest("record", record.cut.digest if record.cut else sha256(record.value or b"").digest())


def ours_to_mend(error: str, build: str) -> str:
    """Why a record is parked that we fail to take."""
    return f"We fail to take it ({error}): build {build} tried, the next one tries again."


# Parked records that are somebody's work: the task, and whose.
_OWNED: Mapping[str, tuple[str, str]] = {
    Code.TYPE_NOT_YET_HANDLED.value: (holds.NOT_YET_HANDLED, COORDINATOR),
    parked.OURS: (holds.PARKED_OURS, DUTY_OFFICER),
}


def _parked(arrival: Arrival, told: Unreadable, outcome: Outcome) -> Parked:
    record, unread = arrival.record, arrival.unread
    value = record.value or b""
    return Parked(
        topic=arrival.topic,
        partition=arrival.partition,
        offset=arrival.offset,
        sender=record.institution,
        code=told.code,
        reason=told.reason,
        place=told.place,
        value=value,
        headers=tuple(record.headers),
        parked_at=outcome.now,
        topic_id=arrival.topic_id,
        index_in_record=arrival.index,
        last_offset=unread.last if unread else None,
        records=unread.records if unread else 1,
        size=record.cut.size if record.cut else len(value),
        digest=outcome._digest(arrival),  # noqa: SLF001 - a part of it
    )
