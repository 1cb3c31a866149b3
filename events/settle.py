"""A person settles a held notice: it joins a case, opens a new one, or is dropped; the rest is intake as ever."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.contract import Code, starts_case
from events.outcome import Outcome, Taken
from events.readers import place
from events.reading import Reading, reopened
from events.reception import Reception
from events.register import load
from events.triage import Notice
from handoff.fact import Person
from handoff.profile.model import Profile
from handoff.rules.jurisdiction import Other
from handoff.store import facts, holds
from handoff.store.vault import Vault


class NotSettledError(Exception):
    """The task stands as it was; the sentence says what is still to do."""


@dataclass(frozen=True)
class Settlement:
    """What a person decides about a held notice.

    Attributes:
        who: who decides, for the timeline.
        verdict: "same": it belongs to `case_id`; "new": it opens a case; "drop": it is nothing;
            "": only what was missing is typed in, and everything else has to be clear.
        supplement: what was missing in the notice, e.g. the address that the sender was asked for.
    """

    task_id: str
    who: str
    verdict: Literal["same", "new", "drop", ""]
    case_id: str = ""
    supplement: Person = field(default_factory=Person)


@dataclass(frozen=True)
class Settling:
    """Settles held notices in the store, each in one transaction."""

    engine: AsyncEngine
    vault: Vault
    profile: Profile

    async def settle(self, settlement: Settlement, now: datetime) -> Taken:
        """Do what was decided, and close the task.

        Raises:
            holds.NoSuchTaskError: no open task has this id.
            NotSettledError: the decision cannot be carried out.
        """
        async with self.engine.begin() as conn:
            reading = await self._held(conn, settlement)
            register = await load(conn, self.vault, [reading], [settlement.case_id])
            outcome = Outcome(self.vault, self.profile, now)
            taken = _decided(settlement, reading, Reception(register, outcome, settlement.who))
            await outcome.store(conn, list(register.episodes.values()))
            await holds.close(conn, settlement.task_id, settlement.who, now)
        return taken

    async def _held(self, conn: AsyncConnection, settlement: Settlement) -> Reading:
        task = await holds.read(conn, settlement.task_id)
        row = await facts.read(conn, task.fact_id) if task.fact_id else None
        if task.kind != holds.HELD_NOTICE or row is None or row.state != "held":
            raise NotSettledError(f"task {task.task_id} is about no held notice: its `do` says what answers it")
        return reopened(row, self.vault, settlement.supplement)


def _decided(settlement: Settlement, reading: Reading, reception: Reception) -> Taken:
    if settlement.verdict == "drop":
        if starts_case(reading.row.kind):
            reception.outcome.reject_settled(reading.row, Code.SET_ASIDE)
        return reception.drop(reading)
    if settlement.verdict == "same":
        return _same(settlement.case_id, reading, reception)
    if not starts_case(reading.row.kind):
        raise NotSettledError(f"{reading.row.kind} opens no case: settle it with --same CASE or --drop")
    notice = Notice(reading, reception)
    where = notice.where(notice.known)
    if isinstance(where, Other):
        return _elsewhere(where, reading, reception)
    return _new(notice, reception) if settlement.verdict == "new" else _supplemented(notice)


def _same(case_id: str, reading: Reading, reception: Reception) -> Taken:
    """It belongs to this case; a notice of another discharge than a closed case's opens the person's next case."""
    register = reception.register
    episode = register.episodes.get(case_id)
    if episode is None:
        raise NotSettledError(f"there is no case {case_id}")
    notice = starts_case(reading.row.kind)
    if not episode.closed_at:
        return reception.join(reading, episode) if notice else reception.enter(reading, episode)
    named = register.named.get(reading.row.reference_digest or b"", set())
    if notice and case_id not in named:
        return Notice(reading, reception).go_on(register.people[episode.person_id])
    if notice:
        reception.outcome.acknowledge(reading, "joined", register.people[episode.person_id], case_id)
    return reception.late(reading, episode)


def _new(notice: Notice, reception: Reception) -> Taken:
    person = notice.known
    episode = reception.register.episode_of(person.person_id) if person else None
    if episode and not episode.closed_at:
        raise NotSettledError(f"this person has the open case {episode.case_id}: settle with --same {episode.case_id}")
    return notice.go_on(person)


def _supplemented(notice: Notice) -> Taken:
    unsettled = [*notice.contradictions(), *notice.gaps()]
    if unsettled:
        codes = ", ".join(each["code"] for each in unsettled)
        raise NotSettledError(f"still to settle: {codes}. Decide with --same CASE, --new or --drop")
    return notice.go_on(notice.known)


def _elsewhere(where: Other, reading: Reading, reception: Reception) -> Taken:
    """The address that was missing lies in another municipality: the sender is told, and nothing is kept."""
    code = Code.NOT_OUR_MUNICIPALITY
    reason = f"The registered address lies in {where.name} ({where.code}). {code.cure}"
    reception.outcome.reject_settled(reading.row, code, reason, place(reading.fact.form, "person.address"))
    reception.drop(reading)
    return Taken("rejected", code=code.value, reason=reason)
