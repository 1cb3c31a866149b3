"""A person has asked about the doors: a notice at the door opens a case, or is recorded as not eligible."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.intake.apply import apply
from events.intake.batch import IntakeBatch
from events.intake.context import IntakeContext
from events.intake.door import not_eligible, questions_of
from events.intake.judgement import Hold, Join, Judgement, Open, Restrict
from events.intake.loading import load
from events.intake.prepared import Prepared, reopen
from events.intake.resolve import NotSettledError
from events.intake.triage import Identified, candidates, identify, open_or_join, place_with, unclear
from events.intake.writes import Taken, store
from handoff.fact import Person
from handoff.profile.model import Profile
from handoff.rules.eligibility import DISABILITY
from handoff.store.intake import doors
from handoff.store.vault import Vault
from handoff.vocabulary.states import DoorAnswer


@dataclass(frozen=True)
class DoorDecision:
    """What a person has found out about notices at the door.

    Attributes:
        numbers: of the notices.
        who: the person who decides, for the timeline and the row.
        found: the door that is open: "severe-disability", or the code of an agreed group; "": none was named.
        eligible: whether a case is to be opened. False: every door is shut.
    """

    numbers: Sequence[int]
    who: str
    found: str
    eligible: bool


@dataclass(frozen=True)
class Doorkeeper:
    """Settles notices at the door, those of one decision in one transaction."""

    engine: AsyncEngine
    vault: Vault
    profile: Profile

    async def settle(self, decision: DoorDecision, now: datetime) -> list[Taken]:
        """Carry out a decision, and answer the senders.

        Returns:
            The result for each notice, in the order of their numbers: `opened`, `joined`, `not-eligible`; or `held`,
            with a task, if something else in the notice is unclear.

        Raises:
            NotSettledError: one of the notices cannot be settled so. Nothing was changed.
        """
        context = IntakeContext(self.vault, self.profile, now, resolved_by=decision.who)
        async with self.engine.begin() as conn:
            notices = await self._at_door(conn, decision)
            settled = [str(notice.row.body.get(doors.SETTLED, "")) for notice in notices]
            batch = IntakeBatch(context, await load(conn, self.vault, notices, settled))
            others = [notice for notice in batch.known.at_door if notice.row.fact_id not in decision.numbers]
            batch.known.at_door = others
            if len(await doors.read(conn, decision.numbers, lock=True)) < len(notices):
                raise NotSettledError("another person has settled one of them meanwhile: see `handoff doors list`")
            taken = [_settle(notice, decision, batch) for notice in notices]
            await store(conn, batch.writes, context)
        return taken

    async def _at_door(self, conn: AsyncConnection, decision: DoorDecision) -> list[Prepared]:
        rows = await doors.read(conn, decision.numbers)
        if missing := sorted(set(decision.numbers) - {row.fact_id for row in rows}):
            listed = ", ".join(map(str, missing))
            raise NotSettledError(f"no notice {listed} stands at the door: see `handoff doors list`")
        return [reopen(row, self.vault) for row in rows]


def _settle(notice: Prepared, decision: DoorDecision, batch: IntakeBatch) -> Taken:
    asked = questions_of(notice, None, batch.context.profile) or ()
    noted = {
        "verdict": DoorAnswer.LET_IN if decision.eligible else DoorAnswer.NOT_ELIGIBLE,
        "found": decision.found,
        "asked": [question.code for question in asked],
        "who": decision.who,
        "at": batch.context.now.isoformat(),
    }
    notice.row.body = {**notice.row.body, doors.NOTED: noted}
    if decision.found == DISABILITY:
        person = replace(notice.fact.person or Person(), severe_disability=True)
        notice = replace(notice, fact=replace(notice.fact, person=person))
    identified = _identified(notice, batch)
    judge = _let_in if decision.eligible else _turn_away
    return apply(judge(notice, identified, decision, batch), notice, batch)


def _identified(notice: Prepared, batch: IntakeBatch) -> Identified:
    """Whom a notice is about. If a person has said so before it came on the list, that counts."""
    identified, profile = identify(notice, batch.known, batch.context.profile), batch.context.profile
    case = batch.known.cases.get(str(notice.row.body.get(doors.SETTLED, "")))
    if case is None:
        return identified
    person = batch.known.people[case.person_id]
    return replace(identified, person=person, place=place_with(notice, person, profile))


def _let_in(notice: Prepared, identified: Identified, decision: DoorDecision, batch: IntakeBatch) -> Judgement:
    opening, held = open_or_join(identified.person, identified.place, batch.known), _held(notice, identified, batch)
    asked = questions_of(notice, identified.person, batch.context.profile, batch.context.now)
    if isinstance(opening, Open) and asked is not None and not (decision.found or held):
        raise NotSettledError(
            f"say which door is open to the person of notice {notice.row.fact_id}: --severe-disability, or --group CODE"
        )
    rest = held or opening
    return Restrict(opening.case, rest) if notice.restricted and isinstance(opening, Join) else rest


def _held(notice: Prepared, identified: Identified, batch: IntakeBatch) -> Hold | None:
    """What else is unclear, unless a person has settled it before the notice came on the list."""
    if doors.SETTLED in notice.row.body:
        return None
    open_points = unclear(notice, identified, batch.known)
    return Hold(open_points, candidates(identified, batch.known)) if open_points else None


def _turn_away(notice: Prepared, identified: Identified, _decision: DoorDecision, batch: IntakeBatch) -> Judgement:
    case = batch.known.case_of(identified.person.person_id) if identified.person else None
    if case and not case.closed_at:
        raise NotSettledError(
            f"the person of notice {notice.row.fact_id} has the open case {case.case_id}: settle the notice with --case"
        )
    return not_eligible(notice, notice.row.body[doors.NOTED])
