"""A case's timeline beside the Temporal events of all its runs, in words."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from console import reasons
from console.connections import Connections
from console.details import details
from console.errors import NotFoundError
from console.no_effect import taken, verdict_of
from console.runs import chapters_of
from handoff.store.queries import reads
from handoff.store.queries.stored import StoredMilestone
from workflows.discharge_handoff import NEXT_TASK


@dataclass(frozen=True)
class Happening:
    """One event of the record or of Temporal.

    Attributes:
        whose: `record` or `temporal`.
        at: when it was known.
        coded: the event and its detail, in codes.
        said: the same in words.
        verdict: of a row of the record: what came of it, as a code; "" if it has none.
        taken: whether it happened so. False: nothing was changed.
    """

    whose: str
    at: datetime
    coded: tuple[str, str]
    said: tuple[str, str]
    verdict: str = ""
    taken: bool = True


async def show_history(connections: Connections, case: str) -> tuple[list[Happening], list[str]]:
    """The rows of the record and the events of Temporal, by time, and notes on what may be missing.

    Runs that Temporal has deleted come from the store. If Temporal is away, the notes say so.

    Raises:
        NotFoundError: there is no such case.
    """
    async with connections.engine.connect() as conn:
        whole = await reads.whole(conn, case, connections.now())
    if whole is None:
        raise NotFoundError(f"There is no case {case}. `handoff cases --all` lists them.")
    lived = await chapters_of(connections, case)
    rows = reasons.in_order(whole.timeline, details(whole, connections.profile.scale))
    happened = [_of_record(row, why) for row, why in rows]
    happened += [happening for chapter in lived.chapters for happening in _of_temporal(chapter.events)]
    return sorted(happened, key=lambda happening: happening.at), lived.notes()


def _of_record(row: StoredMilestone, why: str) -> Happening:
    """A row of the timeline: in codes with its key, and in words with its reason."""
    who = row.who or "engine"
    codes, words = (f"{who}: {row.what}", row.key), (f"{who}: {reasons.what_in_words(row)}", why)
    return Happening("record", row.known_at, codes, words, verdict_of(row), taken(row))


def _of_temporal(events: Sequence[HistoryEvent]) -> Iterable[Happening]:
    between = {event.event_id for event in events if _length(event) == NEXT_TASK}
    for event in events:
        if event.event_type in WORDS and between.isdisjoint(_started(event)):
            words = WORDS[event.event_type](event)
            yield Happening("temporal", event.event_time.ToDatetime(UTC), words, words)


def _marker(event: HistoryEvent) -> tuple[str, str]:
    """A local activity. Its id names the milestones that it wrote."""
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
    action = _first(request.input.args)
    return "action accepted", f"{action.get('kind')} by {action.get('who')}"


def _timer(event: HistoryEvent) -> tuple[str, str]:
    return "waits for the next deadline", f"{_length(event):.0f} s"


def _started(event: HistoryEvent) -> set[int]:
    """The ids of the event itself, and of the start of the timer that it ends."""
    ends = event.timer_fired_event_attributes.started_event_id or event.timer_canceled_event_attributes.started_event_id
    return {event.event_id, ends}


def _length(event: HistoryEvent) -> float:
    """Seconds of a timer that starts; 0: the event is no start of a timer."""
    return event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta().total_seconds()


def _failed_task(event: HistoryEvent) -> tuple[str, str]:
    return "a step failed and is tried again", event.workflow_task_failed_event_attributes.failure.message


def _activity(event: HistoryEvent) -> tuple[str, str]:
    """An ordinary activity. Its input names the milestones; their steps may be left out."""
    entries = _first(event.activity_task_scheduled_event_attributes.input).get("entries", [])
    return "milestones to write", ", ".join(entry["what"] for entry in entries if not entry.get("after"))


def _plain(words: str) -> Callable[[HistoryEvent], tuple[str, str]]:
    return lambda _event: (words, "")


# Other events are left out: they are Temporal's bookkeeping.
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
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED: _plain("somebody asked to cancel the case; it goes on"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: _plain("the case has ended"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: _plain("the case failed"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: _plain("the case was cancelled"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: _plain("the case ran out of time"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: _plain("the case was terminated by an operator"),
}


def _first(payloads: Payloads) -> dict[str, Any]:
    """The only argument of a signal or an update; empty if it cannot be read."""
    read = _json(payloads)
    return read[0] if read and isinstance(read[0], dict) else {}


def _json(payloads: Payloads) -> list[Any]:
    """The payloads that are JSON. They contain ids and codes only, by the house rules."""
    contents = []
    for payload in payloads.payloads:
        try:
            contents.append(json.loads(payload.data))
        except ValueError:
            continue
    return contents
