"""A provider's word about a week becomes an event of each case: its visits took place, except those named."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from events.contract.codes import Code
from events.contract.event_types import may_say
from events.contract.words import WeekKind
from events.intake.context import IntakeContext
from events.intake.prepared import Prepared, ReadRecord, Refused, prepare_fact
from events.readers import InboundRecord
from handoff.fact import Fact, Unreadable
from handoff.rules.weeks import week_named
from handoff.store.intake import weeks
from handoff.store.intake.weeks import VisitsSought, VisitToConfirm
from handoff.vocabulary.outcomes import AnswerCode
from handoff.vocabulary.states import VisitState
from handoff.vocabulary.words import EventKind

TYPED_BY = "typed_by"  # field of an event's content: the person who typed a provider's word


@dataclass(frozen=True)
class WeekAnswered:
    """A provider's word about a week, as the events of its visits. It closes the task about the week."""

    provider: str
    week: str
    visits: Sequence[Prepared]
    who: str  # who closes the task: the person who typed it, else the provider


async def answered(conn: AsyncConnection, record: ReadRecord, context: IntakeContext) -> ReadRecord | WeekAnswered:
    """The events of a week's visits. Any other record stays as it is.

    A word that names visits that are not to be confirmed, and not missed already, is refused as a whole.
    """
    if not isinstance(record, Prepared) or record.fact.kind != WeekKind.VISITS_CONFIRMED:
        return record
    provider, missed = record.fact.sender, set(map(str, record.fact.body.get("missed") or ()))
    body = context.profile.institution(provider)
    if not may_say(record.fact.kind, body.role if body else ""):
        return record  # it is refused as any other
    try:
        week = week_named(record.fact.subject, context.profile)
    except ValueError as error:
        return _refused(record, Code.FIELD_INVALID, f"{error}.", "ce_subject")
    own = await weeks.of_provider(conn, provider, missed)
    if unknown := sorted(missed - own.keys()):
        return _refused(record, Code.SUBJECT_UNKNOWN, f"No visit of yours: {unknown[0]}.", "/missed")
    sought = VisitsSought(context.profile.by_exception, min(week.ends, context.now), week.begins, provider)
    visits = await weeks.to_confirm(conn, sought)
    to_confirm = {visit.visit_id for visit in visits}
    if gone := sorted(visit for visit in missed - to_confirm if own[visit] != VisitState.MISSED):
        reason = f"Not to be confirmed in {week.name}: {', '.join(gone)}. Nothing of this event was taken."
        return _refused(record, Code.VISIT_GONE, reason, "/missed")
    typed_by = str(record.fact.body.get(TYPED_BY) or "")
    return WeekAnswered(
        provider,
        week.name,
        [_event(visit, record.fact, missed, context) for visit in visits],
        typed_by or provider,
    )


def parts_of(record: ReadRecord | WeekAnswered) -> Sequence[ReadRecord]:
    """The events of a week's visits, or the record itself."""
    return record.visits if isinstance(record, WeekAnswered) else [record]


async def close_tasks(conn: AsyncConnection, answers: Sequence[WeekAnswered], context: IntakeContext) -> None:
    """Close the tasks about the weeks that were answered."""
    for answer in answers:
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


def _refused(record: Prepared, code: Code, reason: str, place: str) -> Refused:
    return Refused(record.record, Unreadable(code.value, f"{reason} {code.cure}", place, record.fact.message_id))
