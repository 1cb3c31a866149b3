"""What a join needs to know of its two cases, and the tasks that it answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store import persons
from handoff.store.intake.facts import COLUMNS, FactRow
from handoff.store.joins import CaseJoin
from handoff.store.record.referrals import AGREED
from handoff.store.tables import cases, facts, plan_lines, references, referrals, tasks, timeline, visits
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.states import LINE_OVER, FactState, VisitState
from handoff.vocabulary.words import EventKind, MilestoneName, PersonKind

# Words about where the person is. The case that goes on is told them too.
_WORDS = (
    *(kind for kind in EventKind if kind.opens),
    EventKind.DISCHARGE_CORRECTED,
    EventKind.DISCHARGE_CANCELLED,
    EventKind.ADMISSION_OCCURRED,
    EventKind.ADMISSION_CANCELLED,
    EventKind.PERSON_DIED,
    EventKind.DISCLOSURE_RESTRICTED,
)


# A person, or the sender itself, has answered such a word: it is not asked about again in the case that goes on.
_ANSWERS = {
    EventKind.PERSON_DIED: MilestoneName.DEATH_TAKEN_BACK,
    EventKind.DISCLOSURE_RESTRICTED: MilestoneName.DISCLOSURE_ALLOWED,
}


@dataclass(frozen=True)
class ToldWords:
    """What institutions told a case about where the person is, in order. Erased words are left out.

    Attributes:
        standing: what the case that goes on is told too.
        answered: deaths and restrictions that turned out to be wrong, after the case was told of them.
    """

    standing: Sequence[FactRow]
    answered: Sequence[FactRow]


async def words(conn: AsyncConnection, case_id: str) -> ToldWords:
    """The words about where the person is that a case was told."""
    of = facts.c.case_id == case_id, facts.c.state == FactState.NUMBERED, facts.c.kind.in_(_WORDS)
    columns = [facts.c[name] for name in COLUMNS]
    answered = or_(*(_answered(kind, answer) for kind, answer in _ANSWERS.items())).label("answered")
    statement = select(answered, *columns).where(*of, facts.c.content_sealed.is_not(None)).order_by("number")
    rows = [
        (row.answered, FactRow(**dict(zip(COLUMNS, row[1:], strict=True)))) for row in await conn.execute(statement)
    ]
    return ToldWords([row for over, row in rows if not over], [row for over, row in rows if over])


def _answered(kind: EventKind, answer: MilestoneName) -> ColumnElement[bool]:
    later = timeline.c.case_id == facts.c.case_id, timeline.c.what == answer, timeline.c.known_at >= facts.c.told_at
    return and_(facts.c.kind == kind, exists().where(*later))


async def is_served(conn: AsyncConnection, case_id: str) -> bool:
    """Whether a provider has accepted a line of the case, and serves or will serve."""
    accepted = exists().where(referrals.c.case_id == case_id, referrals.c.state.in_(sorted(AGREED)))
    return bool(await conn.scalar(select(accepted)))


async def has_visits(conn: AsyncConnection, case_id: str) -> bool:
    """Whether a visit of the case is booked, or took place."""
    counted = [VisitState.SCHEDULED, VisitState.COMPLETED]
    return bool(await conn.scalar(select(exists().where(visits.c.case_id == case_id, visits.c.state.in_(counted)))))


async def other_open_cases(conn: AsyncConnection, people: Collection[str], but: Collection[str]) -> list[str]:
    """The open cases of these people, and of those merged into them, without these two."""
    merged = await persons.with_merged(conn, people)
    still_open = cases.c.person_id.in_(merged), cases.c.closed_at.is_(None), cases.c.case_id.not_in(but)
    return sorted((await conn.execute(select(cases.c.case_id).where(*still_open))).scalars())


async def waits_to_absorb(conn: AsyncConnection, join: CaseJoin) -> bool:
    """Whether the case that goes on was told of the join, and has not acted on it. The same two may be joined again."""
    absorbs = facts.c.kind == EventKind.CASE_ABSORBED, facts.c.body["code"].astext == join.case_id
    acted = timeline.c.what == MilestoneName.CASE_ABSORBED, timeline.c.code == join.case_id
    into = join.into_case_id
    asked = await conn.scalar(select(func.count()).select_from(facts).where(facts.c.case_id == into, *absorbs))
    done = await conn.scalar(select(func.count()).select_from(timeline).where(timeline.c.case_id == into, *acted))
    return (done or 0) < (asked or 0)


async def close_merges(conn: AsyncConnection, case_ids: Collection[str], who: str, now: datetime) -> None:
    """Close the tasks about a merge of two records that named both cases. What it told is kept in its row."""
    about = tasks.c.about
    merge = about["kind"].astext == PersonKind.PERSON_MERGED.value
    both = [about["cases"].contains([case_id]) for case_id in sorted(case_ids)]
    still_open = tasks.c.kind == TaskKind.HELD_NOTICE, tasks.c.closed_at.is_(None)
    closed = update(tasks).where(*still_open, merge, *both).values(closed_at=now, closed_by=who)
    fact_ids = list((await conn.execute(closed.returning(tasks.c.fact_id))).scalars())
    await conn.execute(
        update(facts)
        .where(facts.c.fact_id.in_([fact_id for fact_id in fact_ids if fact_id]))
        .values(state=FactState.DROPPED, content_sealed=None, raw_sealed=None, reference_digest=None)
    )


async def part_references(conn: AsyncConnection, join: CaseJoin) -> None:
    """Let the references of the case that was joined name that case alone again."""
    own = select(references.c.digest).where(references.c.case_id == join.case_id)
    await conn.execute(
        delete(references).where(references.c.case_id == join.into_case_id, references.c.digest.in_(own))
    )


async def lines_taken_over(conn: AsyncConnection, join: CaseJoin) -> list[str]:
    """The open lines that the case that went on has since the join, or was offered again by it."""
    of_join = (
        timeline.c.case_id == join.into_case_id,
        timeline.c.what == MilestoneName.CASE_ABSORBED,
        timeline.c.code == join.case_id,
    )
    results = (await conn.execute(select(timeline.c.outcome).where(*of_join))).scalars()
    named = [line["line"] for result in results for line in (result or {}).get("lines", [])]
    living = plan_lines.c.line_id.in_(named), plan_lines.c.state.not_in(sorted(LINE_OVER))
    return sorted((await conn.execute(select(plan_lines.c.line_id).where(*living))).scalars())


async def senders_since(conn: AsyncConnection, join: CaseJoin) -> list[str]:
    """The institutions that had told of the case that was joined, and have told the other one something since."""
    before = select(facts.c.sender).where(facts.c.case_id == join.case_id, facts.c.number.is_not(None))
    into = facts.c.case_id == join.into_case_id
    told_of_it = facts.c.kind == EventKind.CASE_ABSORBED, facts.c.body["code"].astext == join.case_id
    first = select(func.max(facts.c.number)).where(into, *told_of_it).scalar_subquery()
    rows = await conn.execute(
        select(facts.c.sender).distinct().where(into, facts.c.number > first, facts.c.sender.in_(before))
    )
    return sorted(rows.scalars())
