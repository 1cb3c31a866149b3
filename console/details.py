"""What rows of a timeline tell beside their codes: a score, units, the moment that was named, and why it cannot be."""

import re
from collections.abc import Mapping
from datetime import datetime

from activities.first_visits import VISITED
from console.moments import local
from console.no_effect import taken, verdict_of
from console.recorded import SAME_MOMENT
from events.contract.event_types import EVENT_TYPES
from handoff.case.corrections import instead
from handoff.rules.appointment import Bounds, impossible_visit
from handoff.store.queries.reads import CaseWhole
from handoff.store.queries.stored import StoredMilestone
from handoff.subjects import line_of
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import EventKind, MilestoneName

NUMBERS: Mapping[EventKind, str] = {
    EventKind.PRESURVEY_COMPLETED: "score {}",
    EventKind.VISIT_COMPLETED: "units: {}",
}
COUNTED = (MilestoneName.PRESURVEY_RECORDED, MilestoneName.VISIT_COMPLETED, MilestoneName.CORRECTED)
NAMING = (MilestoneName.VISIT_MOVED, MilestoneName.OFFER_ACCEPTED, MilestoneName.OFFER_PARTLY_ACCEPTED)
_EVENT = re.compile(r"([a-z]+\.[a-z-]+)#a?\d+$")


def details(whole: CaseWhole, scale: float) -> dict[str, str]:
    """The details of the rows of a case, in words, by the key of the row. Rows without details are left out.

    `scale`: real seconds per second of a limit, 1 in production.
    """
    by_key = {row.key: row for row in whole.timeline}
    words = {row.key: _named(row, whole, scale) or _counted(row, whole, by_key) for row in whole.timeline}
    return {key: detail for key, detail in words.items() if detail}


def quantity(row: StoredMilestone, whole: CaseWhole) -> int | None:
    """The score or the units that a row tells; None: it tells none."""
    kind = _counts(row)
    body = whole.told.get(_event(row.key), {})
    numbers = [body.get(name) for name in ("quantity", EVENT_TYPES[kind].quantity)] if kind else []
    return next((int(str(number)) for number in numbers if number is not None), None)


def _counts(row: StoredMilestone) -> EventKind | None:
    """The kind of event with a number that a row is about; None: it has no number."""
    name = instead(row.code)[0] if row.what == MilestoneName.CORRECTED else _event(row.key).partition("#")[0]
    kind = EventKind.known(name or "")
    return kind if row.what in COUNTED and kind in NUMBERS else None


def _counted(row: StoredMilestone, whole: CaseWhole, by_key: Mapping[str, StoredMilestone]) -> str:
    """The number of a row, and of a correction the moment if it is another than before."""
    kind, number = _counts(row), quantity(row, whole)
    parts = [NUMBERS[kind].format(number)] if kind and number is not None else []
    before = by_key.get(row.corrects)
    if before and abs(row.occurred_at - before.occurred_at) >= SAME_MOMENT:
        parts.append(f"on {local(row.occurred_at)}")
    return ", ".join(parts)


def _named(row: StoredMilestone, whole: CaseWhole, scale: float) -> str:
    """The moment that was named for a visit. If it cannot be: why not."""
    moment = _moment(_event(row.key), whole) if row.what in NAMING and verdict_of(row) != Verdict.GONE else None
    if moment is None:
        return ""
    if _event(row.key).partition("#")[0] == EventKind.REFERRAL_CHANGED:
        return f"from {local(moment)}"
    reason = _impossible(row, moment, whole, scale)
    if row.what == MilestoneName.VISIT_MOVED:
        return reason if reason and not taken(row) else local(moment)
    return f"the first visit that it named cannot be: {reason}" if reason else f"first visit {local(moment)}"


def _impossible(row: StoredMilestone, moment: datetime, whole: CaseWhole, scale: float) -> str:
    """Why no visit can take place at a moment, as judged when it was named; "": it can."""
    line = next((line for line in whole.lines if line.line_id == line_of(row.subject)), None)
    if line is None or line.kind not in VISITED:
        return ""
    case = whole.case
    named_at, home = min(row.known_at, row.occurred_at), (case.discharged_at, case.expected_at)
    bounds = Bounds(named_at, *home, line.starts_on, line.ends_at, scale=scale)
    reason = impossible_visit(moment, bounds)
    return reason.says if reason else ""


def _event(key: str) -> str:
    """The name of the event that a key ends with, such as `visit.completed#7`; "" if it ends otherwise."""
    match = _EVENT.search(key)
    return match[0] if match else ""


def _moment(event: str, whole: CaseWhole) -> datetime | None:
    """The moment that an event named."""
    kind, body = event.partition("#")[0], whole.told.get(event, {})
    fields = ("until", *EVENT_TYPES[kind].until) if kind in EVENT_TYPES else ()
    moment = next((str(body[field]) for field in fields if body.get(field)), "")
    return datetime.fromisoformat(moment) if moment else None
