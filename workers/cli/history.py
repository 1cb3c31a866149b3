"""A case's timeline beside what Temporal itself recorded of all its runs, kept or not, in words."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from handoff.store.queries import reads
from workers.cli import reasons
from workers.cli.chapters import chapters_of
from workers.cli.order import Answer, NotFoundError
from workers.cli.words import table, to_the_second
from workers.compose import Desk

Told = tuple[str, datetime, str, str]  # whose record, when, what, detail


async def show_history(desk: Desk, case: str) -> Answer:
    """What the record knows and what Temporal recorded, in the order in which each knew it.

    Runs that Temporal has forgotten are shown as they were kept. Without Temporal it says what may be missing.

    Raises:
        NotFoundError: there is no such case.
    """
    async with desk.engine.connect() as conn:
        whole = await reads.whole(conn, case, desk.now())
    if whole is None:
        raise NotFoundError(f"There is no case {case}; `handoff cases --all` lists them.")
    lived = await chapters_of(desk, case)
    told = [_told(row, why) for row, why in reasons.in_order(whole.timeline)]
    told += [(event, event) for chapter in lived.chapters for event in _in_words(chapter.events)]
    told.sort(key=lambda each: each[0][1])
    content = [
        {"from": whose, "at": at.isoformat(), "what": what, "detail": detail} for (whose, at, what, detail), _ in told
    ]
    rows = [(to_the_second(at), whose, what, detail) for _, (whose, at, what, detail) in told]
    return Answer(content, [table(("When", "From", "What", "Detail"), rows), *lived.notes()])


def _told(row: Any, why: str) -> tuple[Told, Told]:
    """A row of the timeline: in codes, with its key; and in words, with its reason."""
    who = row.who or "engine"
    coded = ("record", row.known_at, f"{who}: {row.what}", row.key)
    return coded, ("record", row.known_at, f"{who}: {reasons.what(row)}", why)


def _in_words(events: Iterable[HistoryEvent]) -> list[Told]:
    told: list[Told] = []
    for event in events:
        if event.event_type in WORDS:
            what, detail = WORDS[event.event_type](event)
            told.append(("temporal", event.event_time.ToDatetime(UTC), what, detail))
    return told


def _marker(event: HistoryEvent) -> tuple[str, str]:
    """A local activity: its id is the names of the milestones that it wrote."""
    details = event.marker_recorded_event_attributes.details
    for payloads in details.values():
        for content in _json(payloads):
            if isinstance(content, dict) and content.get("activity_id"):
                return "milestones written", str(content["activity_id"]).replace("+", ", ")
    return "marker", event.marker_recorded_event_attributes.marker_name


def _signal(event: HistoryEvent) -> tuple[str, str]:
    facts = _first(event.workflow_execution_signaled_event_attributes.input)
    kinds = [f"{fact['kind']}#{fact['number']}" for fact in facts.get("facts", [])]
    return "facts told", ", ".join(kinds)


def _update(event: HistoryEvent) -> tuple[str, str]:
    request = event.workflow_execution_update_accepted_event_attributes.accepted_request
    told = _first(request.input.args)
    return "action accepted", f"{told.get('kind')} by {told.get('who')}"


def _timer(event: HistoryEvent) -> tuple[str, str]:
    length = event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
    return "waits for the next deadline", f"{length.total_seconds():.0f} s"


def _failed_task(event: HistoryEvent) -> tuple[str, str]:
    return "a step failed and is tried again", event.workflow_task_failed_event_attributes.failure.message


def _activity(event: HistoryEvent) -> tuple[str, str]:
    return "milestones to write", event.activity_task_scheduled_event_attributes.activity_type.name


def _plain(words: str) -> Callable[[HistoryEvent], tuple[str, str]]:
    return lambda _event: (words, "")


# What is left out is Temporal's bookkeeping.
WORDS: Mapping[int, Callable[[HistoryEvent], tuple[str, str]]] = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: _plain("the case, or its next chapter, begins"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: _signal,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: _update,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED: _plain("action done"),
    EventType.EVENT_TYPE_MARKER_RECORDED: _marker,
    EventType.EVENT_TYPE_TIMER_STARTED: _timer,
    EventType.EVENT_TYPE_TIMER_FIRED: _plain("a deadline has come"),
    EventType.EVENT_TYPE_TIMER_CANCELED: _plain("the deadline moved"),
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: _activity,
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: _plain("milestones written"),
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: _plain("stage or overdue mark changed"),
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED: _failed_task,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: _plain("the chapter is full"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: _plain("the case has ended"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: _plain("the case failed"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: _plain("the case was terminated by an operator"),
}


def _first(payloads: Payloads) -> dict[str, Any]:
    """The one argument of a signal or an update; empty if it cannot be read."""
    read = _json(payloads)
    return read[0] if read and isinstance(read[0], dict) else {}


def _json(payloads: Payloads) -> list[Any]:
    """What can be read of payloads; ids and codes only, by the house rules."""
    found = []
    for payload in payloads.payloads:
        try:
            found.append(json.loads(payload.data))
        except ValueError:
            continue
    return found
