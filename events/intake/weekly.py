"""A provider's word about a week becomes an event of each case: its visits took place, except those named."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from events.contract.codes import Code
from events.contract.event_types import may_say
from events.contract.words import WeekKind
from events.intake.context import IntakeContext
from events.intake.prepared import Prepared, ReadRecord, Refused, prepare_fact
from events.readers import InboundRecord, place
from handoff.fact import Fact, Unreadable
from handoff.profile.model import Profile
from handoff.rules.occurrence import CLOCKS_DIFFER, Seen, impossible, in_hospital
from handoff.rules.weeks import Week, week_named
from handoff.store.intake import earlier, weeks
from handoff.store.intake.weeks import VisitsSought, VisitToConfirm
from handoff.timezone import to_the_minute
from handoff.vocabulary.outcomes import AnswerCode
from handoff.vocabulary.states import VisitState
from handoff.vocabulary.words import EventKind

TYPED_BY = "typed_by"  # field of an event's content: the person who typed a provider's word


@dataclass(frozen=True)
class WeekWord:
    """A provider's word about a week.

    Attributes:
        week: the name of the week.
        missed: ids of the visits that did not take place.
        said_at: when it was said. It is not about visits of later moments.
    """

    provider: str
    week: str
    missed: frozenset[str]
    said_at: datetime


@dataclass(frozen=True)
class WeekMeant:
    """The visits that a word is about: those of the week that nobody has reported.

    Attributes:
        away: others that are not confirmed: the person was in hospital then. Those that are named were missed.
    """

    week: Week
    visits: Sequence[VisitToConfirm]
    away: Sequence[VisitToConfirm]


class WordRefusedError(Exception):
    """A word about a week that cannot be. Its text is a sentence. `place`: in the event."""

    def __init__(self, code: Code, says: str, place: str) -> None:
        super().__init__(says)
        self.code, self.place = code, place


@dataclass(frozen=True)
class WeekAnswered:
    """A provider's word about a week, as the events of its visits. If the week is over, its task is closed."""

    provider: str
    week: str
    visits: Sequence[Prepared]
    who: str  # who closes the task: the person who typed it, else the provider
    over: bool


async def meant(conn: AsyncConnection, word: WeekWord, profile: Profile) -> WeekMeant:
    """The visits that a word is about.

    Raises:
        WordRefusedError: there is no such week, it has not begun, or `missed` names another visit than those to
            confirm and those that are missed already.
    """
    try:
        week = week_named(word.week, profile)
    except ValueError as error:
        raise WordRefusedError(Code.FIELD_INVALID, f"{error}.", "ce_subject") from error
    if word.said_at <= week.begins:
        says = f"{week.name} begins on {to_the_minute(week.begins)}: none of its visits can have taken place yet."
        raise WordRefusedError(Code.DATE_SENSELESS, says, "ce_subject")
    own = await weeks.of_provider(conn, word.provider, word.missed)
    if unknown := sorted(word.missed - own.keys()):
        raise WordRefusedError(Code.SUBJECT_UNKNOWN, f"{word.provider} has no visit {unknown[0]}.", "/missed")
    until = min(week.ends, word.said_at)
    sought = VisitsSought(profile.by_exception, until, week.begins, word.provider)
    at_home, away = await to_confirm(conn, sought)
    unreported = {visit.visit_id for visit in (*at_home, *away)}
    if gone := sorted(visit for visit in word.missed - unreported if own[visit] != VisitState.MISSED):
        raise WordRefusedError(Code.VISIT_GONE, f"Not to be confirmed in {week.name}: {', '.join(gone)}.", "/missed")
    named = [visit for visit in away if visit.visit_id in word.missed]
    return WeekMeant(week, [*at_home, *named], [visit for visit in away if visit not in named])


async def to_confirm(conn: AsyncConnection, sought: VisitsSought) -> tuple[list[VisitToConfirm], list[VisitToConfirm]]:
    """The visits that nobody has reported, and apart from them those at which the person was in hospital."""
    visits = await weeks.to_confirm(conn, sought)
    moments = await earlier.moments(conn, {visit.visit_id for visit in visits})
    away = [visit for visit in visits if in_hospital(visit.planned_at, moments[visit.visit_id])]
    return [visit for visit in visits if visit not in away], away


async def answered(conn: AsyncConnection, record: ReadRecord, context: IntakeContext) -> ReadRecord | WeekAnswered:
    """The events of a week's visits. Any other record stays as it is. A word that cannot be is refused as a whole."""
    if not isinstance(record, Prepared) or record.fact.kind != WeekKind.VISITS_CONFIRMED:
        return record
    fact, body = record.fact, context.profile.institution(record.fact.sender)
    if not may_say(fact.kind, body.role if body else ""):
        return record  # it is refused as any other
    seen = Seen(context.now, CLOCKS_DIFFER, context.profile.scale)
    if doubt := impossible(EventKind.VISIT_COMPLETED, fact.occurred_at, {}, seen):
        return _refused(
            record, WordRefusedError(Code.DATE_SENSELESS, f"{doubt.says}.", place(fact.form, "occurred_at"))
        )
    missed = frozenset(map(str, fact.body.get("missed") or ()))
    word = WeekWord(fact.sender, fact.subject, missed, min(fact.occurred_at, context.now))
    try:
        about = await meant(conn, word, context.profile)
    except WordRefusedError as refused:
        return _refused(record, refused)
    events = [_event(visit, fact, missed, context) for visit in about.visits]
    who = str(fact.body.get(TYPED_BY) or "") or word.provider
    return WeekAnswered(word.provider, about.week.name, events, who, about.week.ends <= word.said_at)


def parts_of(record: ReadRecord | WeekAnswered) -> Sequence[ReadRecord]:
    """The events of a week's visits, or the record itself."""
    return record.visits if isinstance(record, WeekAnswered) else [record]


async def close_tasks(conn: AsyncConnection, answers: Sequence[WeekAnswered], context: IntakeContext) -> None:
    """Close the tasks about the weeks that were answered when they were over."""
    for answer in (answer for answer in answers if answer.over):
        await weeks.close_task(conn, weeks.subject(answer.provider, answer.week), answer.who, context.now)


def _event(visit: VisitToConfirm, word: Fact, named: Collection[str], context: IntakeContext) -> Prepared:
    """The event of one visit: named after provider and visit, so that it counts once however often it is told."""
    missed, body = visit.visit_id in named, dict[str, Any](week=word.subject)
    body |= {"reason": AnswerCode.OTHER} if missed else {"units": 1}
    if typed_by := word.body.get(TYPED_BY):
        body[TYPED_BY] = typed_by
    fact = Fact(
        kind=EventKind.VISIT_MISSED if missed else EventKind.VISIT_COMPLETED,
        sender=word.sender,
        message_id=f"confirmed:{visit.visit_id}",
        occurred_at=visit.planned_at,
        form=word.form,
        subject=visit.visit_id,
        body=body,
    )
    return prepare_fact(fact, InboundRecord(word.sender, b""), context)


def _refused(record: Prepared, why: WordRefusedError) -> Refused:
    says = f"{why} Nothing of this event was taken. {why.code.cure}"
    return Refused(record.record, Unreadable(why.code.value, says, why.place, record.fact.message_id))
