"""Whether what a clock awaited occurred in time, and how late we were told."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from handoff.store.queries.stored import StoredClock, StoredMilestone
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.next_action import CLOCKS

# Milestones that are what a clock awaited. Others stop clocks because nothing is awaited any more.
AWAITED = (
    MilestoneName.CONTACT_MADE,
    MilestoneName.CONSENT_GIVEN,
    MilestoneName.PRESURVEY_RECORDED,
    MilestoneName.DETERMINATION_RECORDED,
    MilestoneName.RESURVEY_RECORDED,
    MilestoneName.PLAN_APPROVED,
    MilestoneName.PLAN_REJECTED,
    MilestoneName.OFFER_ACCEPTED,
    MilestoneName.OFFER_PARTLY_ACCEPTED,
    MilestoneName.OFFER_DECLINED,
    MilestoneName.VISIT_COMPLETED,
    MilestoneName.VISIT_MISSED,
    MilestoneName.CHECK_COMPLETED,
)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def in_time(row: StoredMilestone, stopped: Iterable[StoredClock], timeline: Sequence[StoredMilestone]) -> list[str]:
    """What to say of the clocks that a milestone stopped after they had run out, or that it broke.

    A clock is kept if what it awaited occurred in time, however late we were told. The moment is that of the last
    correction.
    """
    if row.what not in AWAITED:
        return []
    occurred_at = _as_corrected(row, timeline)
    own = [clock for clock in stopped if clock.ended_by == row.key]
    named = [(limit, clock) for clock in own if (limit := clock.name.partition(":")[0]) in CLOCKS]
    sentences = (
        _sentence(limit, clock.due_at, occurred_at, row.known_at)
        for limit, clock in named
        if limit != LimitName.MISSED_VISIT_CALL or row.what == MilestoneName.CONTACT_MADE
    )
    return [sentence for sentence in sentences if sentence]


def _sentence(limit: str, due_at: datetime, occurred_at: datetime, known_at: datetime) -> str:
    awaited = CLOCKS[limit][0]
    if limit == LimitName.VISIT_REPORT:  # it awaits that we know
        occurred_at = known_at
    if occurred_at > due_at:
        return f"{awaited} was {_length(occurred_at - due_at)} late"
    if known_at > due_at:
        return f"{awaited} was kept, told {_length(known_at - occurred_at)} late"
    return ""


def _as_corrected(row: StoredMilestone, timeline: Sequence[StoredMilestone]) -> datetime:
    key, moment = row.key, row.occurred_at
    for later in timeline:
        if later.corrects == key:
            key, moment = later.key, later.occurred_at
    return moment


def _length(span: timedelta) -> str:
    """A length in words, in whole days, hours or minutes."""
    for unit, word in ((DAY, "day"), (HOUR, "hour")):
        if span >= unit:
            count = span // unit
            return f"{count} {word}{'s' if count > 1 else ''}"
    return f"{max(span // timedelta(minutes=1), 1)} min"
