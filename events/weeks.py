"""Asks providers to confirm the visits of a week that is over: by letter, or by a task of the coordinator."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.contract.event_types import checked
from events.intake.weekly import to_confirm
from handoff.profile.model import Profile
from handoff.repeat import every
from handoff.rules.clocks import runs
from handoff.rules.weeks import Week, week_of
from handoff.store import outbox
from handoff.store.engine import say_away
from handoff.store.intake import tasks, weeks
from handoff.store.intake.tasks import Task
from handoff.store.intake.weeks import VisitsSought, VisitToConfirm
from handoff.store.outbox import Letter
from handoff.store.queries import monitoring
from handoff.store.vault import Vault
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import LetterKind
from handoff.worklist.task_kinds import COORDINATOR

_LOG = structlog.get_logger("weeks")
_WRITTEN_WITHIN = timedelta(hours=1)  # what a word about a week says is in the record by then


@dataclass(frozen=True)
class WeekToAsk:
    """The visits of one provider in one week that nobody has reported."""

    provider: str
    week: Week
    visits: Sequence[VisitToConfirm]


@dataclass(frozen=True)
class WeeksToConfirm:
    """Asks about the weeks that are over. Any number of processes may: each week of a provider is asked about once.

    Letters and tasks are named after provider and week, so that what was written before is written no second time.
    """

    engine: AsyncEngine
    vault: Vault
    profile: Callable[[], Profile]

    async def run(self, seconds: float, stop: asyncio.Event) -> None:
        """Ask every so many seconds by PostgreSQL's clock, until stopped."""

        async def ask() -> None:
            async with self.engine.connect() as conn:
                now = await monitoring.clock(conn)
            await self.ask(now)

        await every(seconds, ask, stop=stop, on_error=partial(say_away, _LOG, "weeks_wait"))

    async def ask(self, now: datetime) -> int:
        """Ask about the weeks that are over, and open the tasks of those whose answer is late. Returns how many.

        Tasks about weeks in which no visit waits for a report any more are closed, and late ones escalated. A closed
        one is opened again if visits wait all the same: an admission was corrected, or an event was refused.
        """
        profile = self.profile()
        async with self.engine.begin() as conn:
            asked = await over(conn, profile, now)
            await weeks.close_settled(conn, {weeks.subject(week.provider, week.week.name) for week in asked}, now)
            letters = [self._letter(week, profile) for week in asked if _reaches(week.provider, profile)]
            if letters:
                await outbox.put_all(conn, self.vault, [(letter, self.vault.own) for letter in letters])
            called = [self._task(week, profile, now) for week in asked if _is_called(week, profile, now)]
            await weeks.reopen(conn, {task.subject for task in called}, now - _WRITTEN_WITHIN * profile.scale)
            await tasks.add(conn, called)
            await weeks.escalate(conn, profile.limit(LimitName.CONFIRM_WEEK, now).escalate_to, now)
        return len(asked)

    def _letter(self, asked: WeekToAsk, profile: Profile) -> Letter:
        week = asked.week
        visits = [
            {"visit_id": visit.visit_id, "service": visit.service, "planned_at": visit.planned_at}
            for visit in asked.visits
        ]
        payload = {
            "week": week.name,
            "begins_at": week.begins,
            "ends_at": week.ends,
            "visits": visits,
            "due_at": _due(week, profile),
        }
        checked(LetterKind.WEEK_TO_CONFIRM, payload)
        return Letter(
            "", f"week:{week.name}", asked.provider, LetterKind.WEEK_TO_CONFIRM, week.ends, payload, subject=week.name
        )

    def _task(self, asked: WeekToAsk, profile: Profile, now: datetime) -> Task:
        week, kind = asked.week, TaskKind.CONFIRM_WEEK
        subject = weeks.subject(asked.provider, week.name)
        task_id = "T" + self.vault.short_id("task", kind, subject)
        owner = profile.limit(LimitName.CONFIRM_WEEK, week.ends).owner
        owner = owner if owner in profile.owners else COORDINATOR
        about = {"provider": asked.provider, "week": week.name, "visits": len(asked.visits)}
        begins = now if _reaches(asked.provider, profile) else week.ends  # the provider had the limit before
        due = runs(LimitName.CONFIRM_WEEK, begins, profile).due_at or begins
        return Task(task_id, kind, owner, week.ends, due, subject=subject, about=about)


async def over(conn: AsyncConnection, profile: Profile, now: datetime) -> list[WeekToAsk]:
    """The weeks that are over in which visits were not reported, by provider; oldest first.

    Visits at which the person was in hospital are not asked about.
    """
    current = week_of(now, profile)
    by_week: dict[tuple[str, Week], list[VisitToConfirm]] = {}
    at_home, _ = await to_confirm(conn, VisitsSought(profile.by_exception, current.begins))
    for visit in at_home:
        by_week.setdefault((visit.provider, week_of(visit.planned_at, profile)), []).append(visit)
    return [WeekToAsk(who, week, visits) for (who, week), visits in by_week.items()]


def _is_called(asked: WeekToAsk, profile: Profile, now: datetime) -> bool:
    """Whether a person asks: the provider has no topic, or its answer is late."""
    return not _reaches(asked.provider, profile) or now >= _due(asked.week, profile)


def _reaches(provider: str, profile: Profile) -> bool:
    listed = profile.institution(provider)
    return listed is not None and listed.channel == "topic"


def _due(week: Week, profile: Profile) -> datetime:
    return runs(LimitName.CONFIRM_WEEK, week.ends, profile).due_at or week.ends
