"""Checks before a plan or the answer to a gap is sent: lines, providers, services and lengths of time."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from console.connections import Connections
from console.errors import NotFoundError, UsageError
from console.moments import local
from console.recorded import recorded
from handoff.case.plan_draft import draft
from handoff.profile.limits import Length
from handoff.profile.model import Profile
from handoff.rules.clocks import span
from handoff.store.queries import reads
from handoff.vocabulary.states import GapAnswer
from handoff.vocabulary.words import EventKind


def plan_lines(raw: Mapping[str, object], profile: Profile) -> list[dict[str, object]]:
    """The lines of a plan, checked against the catalogue.

    Raises:
        PlanError: a line does not match the catalogue. The text names every mistake.
    """
    lines = draft(raw, profile)
    return [{**asdict(line), "weekdays": list(line.weekdays)} for line in lines]


async def make_sure_undecided(connections: Connections, case: str, kind: EventKind) -> None:
    """Make sure that the last version was not decided otherwise, which another version only can change.

    Raises:
        NotFoundError: it was. The text says how and when, and what to do.
    """
    other = EventKind.PLAN_REJECTED if kind == EventKind.PLAN_APPROVED else EventKind.PLAN_APPROVED
    async with connections.engine.connect() as conn:
        before = recorded(await reads.timeline(conn, case), other, case)
    if before:
        command = connections.to_type(f"handoff plan {case}")
        raise NotFoundError(
            f"No plan awaits a decision: {before.kind.says} on {local(before.occurred_at)}. "
            f"Another version changes that: `{command}`."
        )


def waits_until(words: str, now: datetime, profile: Profile) -> datetime:
    """The end of a wait such as `3d`. The profile says how days are counted.

    Raises:
        UsageError: it is not a length of time.
    """
    try:
        return now + span(Length.of(words), profile)
    except ValueError as error:
        raise UsageError(f"{words!r} is {error}") from error


def gap_code(word: str, value: str, profile: Profile) -> str:
    """The code of a gap's answer: `provider:P`, `service:S`, `wait` or `give-up:REASON`.

    Raises:
        NotFoundError: the profile has no such provider or service.
    """
    if word == GapAnswer.PROVIDER and profile.provider(value) is None:
        raise NotFoundError(f"{profile.code} has no provider {value!r}. `handoff institutions list` lists them.")
    if word == GapAnswer.SERVICE and profile.service(value) is None:
        services = ", ".join(service.code for service in profile.services)
        raise NotFoundError(f"{profile.code} has no service {value!r}. It has: {services}.")
    return GapAnswer.WAIT if word == GapAnswer.WAIT else f"{word}:{value}"
