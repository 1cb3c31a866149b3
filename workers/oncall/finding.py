"""A finding of `handoff doctor`, and its words for spans of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One line of `handoff doctor`.

    Attributes:
        part: what was checked, such as `PostgreSQL` or `facts untold`.
        state: `fail`: something does not work now; `warn`: somebody should look into it; `ok`.
        says: what was found.
        do: what to do; "" for nothing.
    """

    part: str
    state: State
    says: str
    do: str = ""


def age(since: datetime | None, now: datetime) -> timedelta:
    """How long something has waited; zero if `since` is None."""
    return max(now - since, timedelta()) if since else timedelta()


def in_words(span: timedelta) -> str:
    """A span for people: 40 s, 12 min, 3 h, 2 days."""
    seconds = int(span.total_seconds())
    for size, word in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {word}"
    return f"{seconds} s"
