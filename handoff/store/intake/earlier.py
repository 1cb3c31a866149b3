"""The moments of a case that its later events follow, by what an event names."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import among
from handoff.store.intake import stays
from handoff.store.tables import cases, checks, facts, referrals, timeline, visits
from handoff.subjects import is_visit
from handoff.vocabulary.states import CheckState, Earlier, VisitState
from handoff.vocabulary.words import MilestoneName

_ROWS = {
    MilestoneName.CONSENT_GIVEN: Earlier.CONSENT,
    MilestoneName.CONSENT_WITHDRAWN: Earlier.WITHDRAWAL,
    MilestoneName.PLAN_SUBMITTED: Earlier.PLAN,
}


async def moments(conn: AsyncConnection, subjects: Collection[str]) -> dict[str, dict[Earlier, datetime]]:
    """The moments of these cases, lines, offers, visits and checks; of several moments the last.

    A case also has the moment of the check that is due next, and of the first visit since its discharge. A visit also
    has those of the stay in hospital before it.
    """
    if not subjects:
        return {}
    by_subject: dict[str, dict[Earlier, datetime]] = {}
    for subject, word, moment in await conn.execute(union_all(*_selects(subjects), *_delivered(subjects))):
        if name := Earlier.known(word):
            by_subject.setdefault(subject, {})[name] = moment
    for visit, stay in (await stays.before_visits(conn, {*filter(is_visit, subjects)})).items():
        by_subject.setdefault(visit, {}).update(stay)
    return by_subject


def _selects(subjects: Collection[str]) -> list[Select[Any]]:
    visit, check, offer = literal(str(Earlier.VISIT)), literal(str(Earlier.CHECK)), literal(str(Earlier.OFFER))
    notice, of_case = literal(str(Earlier.NOTICE)), among(timeline.c.case_id, subjects)
    left, back = literal(str(Earlier.DISCHARGE)), literal(str(Earlier.ADMISSION))
    waiting = checks.c.state == CheckState.PLANNED
    return [
        select(visits.c.visit_id, visit, visits.c.planned_at).where(among(visits.c.visit_id, subjects)),
        select(checks.c.check_id, check, checks.c.planned_at).where(among(checks.c.check_id, subjects)),
        select(checks.c.case_id, check, func.min(checks.c.planned_at))
        .where(among(checks.c.case_id, subjects), waiting)
        .group_by(checks.c.case_id),
        select(referrals.c.offer_id, offer, referrals.c.offered_at).where(among(referrals.c.offer_id, subjects)),
        select(referrals.c.line_id, offer, func.max(referrals.c.offered_at))
        .where(among(referrals.c.line_id, subjects))
        .group_by(referrals.c.line_id),
        select(facts.c.case_id, notice, facts.c.occurred_at).where(
            among(facts.c.case_id, subjects), facts.c.number == 1
        ),
        select(cases.c.case_id, left, cases.c.discharged_at).where(
            among(cases.c.case_id, subjects), cases.c.discharged_at.is_not(None), cases.c.admitted_at.is_(None)
        ),
        select(cases.c.case_id, back, cases.c.admitted_at).where(
            among(cases.c.case_id, subjects), cases.c.admitted_at.is_not(None)
        ),
        *(
            select(timeline.c.case_id, literal(str(name)), func.max(timeline.c.occurred_at))
            .where(of_case, timeline.c.what == milestone)
            .group_by(timeline.c.case_id)
            for milestone, name in _ROWS.items()
        ),
    ]


def _delivered(subjects: Collection[str]) -> list[Select[Any]]:
    """When the visits and checks of these cases took place."""
    first, last, check = literal(str(Earlier.FIRST_VISIT)), literal(str(Earlier.LAST_VISIT)), str(Earlier.LAST_CHECK)
    took_place = among(visits.c.case_id, subjects), visits.c.state == VisitState.COMPLETED
    made = among(checks.c.case_id, subjects), checks.c.state == CheckState.COMPLETED
    at_home = cases.c.admitted_at.is_(None), visits.c.ended_at >= cases.c.discharged_at
    return [
        select(visits.c.case_id, first, func.min(visits.c.ended_at))
        .join(cases, cases.c.case_id == visits.c.case_id)
        .where(*took_place, *at_home)
        .group_by(visits.c.case_id),
        select(visits.c.case_id, last, func.max(visits.c.ended_at)).where(*took_place).group_by(visits.c.case_id),
        select(checks.c.case_id, literal(check), func.max(checks.c.ended_at)).where(*made).group_by(checks.c.case_id),
    ]
