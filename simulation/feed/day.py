"""One day of a whole hospital's feed: two thousand messages, and what they make at the municipality."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from handoff.timezone import KST
from simulation.feed.messages import written
from simulation.feed.patients import Patient, Ward
from simulation.feed.stories import CORRECTED_VISIT, STORIES, VISIT, FeedMessage, Makes, Story

DAY = date(2026, 11, 24)
MESSAGES = 2000
_SEED = "a day of a whole hospital"


@dataclass(frozen=True)
class Day:
    """A day of the feed.

    Attributes:
        hours: the messages of each hour, in order, as bytes.
        stories: how often each story happens.
        strangers: the patients of whom nothing may be kept.
    """

    hours: tuple[tuple[bytes, ...], ...]
    stories: tuple[tuple[Story, int], ...]
    strangers: tuple[Patient, ...]

    @property
    def messages(self) -> tuple[bytes, ...]:
        """All messages, in order."""
        return tuple(message for hour in self.hours for message in hour)

    @property
    def makes(self) -> Mapping[Makes, int]:
        """How much of each the municipality gets."""
        made = Counter[Makes]()
        for story, times in self.stories:
            made.update(dict.fromkeys(story.makes, times))
        return made


@dataclass
class _Writing:
    """A day while it is written."""

    lot: random.Random
    ward: Ward
    begins: datetime
    sent: list[tuple[datetime, FeedMessage, Patient]] = field(default_factory=list)

    def tell(self, story: Story) -> None:
        """Draw a patient, and let the story happen at a moment of the day."""
        patient = story.patient(self.ward)
        first, last = story.open_for
        begins = self.begins + timedelta(
            minutes=self.lot.randint(first * 60, last * 60 - max(message.after for message in story.sent))
        )
        self.sent += [(begins + timedelta(minutes=message.after), message, patient) for message in story.sent]


def day(on: date = DAY) -> Day:
    """The feed of a day. Equal days have equal feeds."""
    lot = random.Random(_SEED)
    writing = _Writing(lot, Ward(lot, on), datetime(on.year, on.month, on.day, tzinfo=KST))
    for story in STORIES:
        for _ in range(story.times):
            writing.tell(story)
    room = MESSAGES - len(writing.sent)
    visits = ((VISIT, room - 2 * (room // 8)), (CORRECTED_VISIT, room // 8))
    for story, times in visits:
        for _ in range(times):
            writing.tell(story)
    stories = (*((story, story.times) for story in STORIES), *visits)
    return Day(tuple(_by_hour(writing)), stories, tuple(writing.ward.strangers))


def _by_hour(writing: _Writing) -> Iterable[tuple[bytes, ...]]:
    ordered = sorted(writing.sent, key=lambda message: message[0])
    numbered = [
        (at, written(message, at, number, patient).encode()) for number, (at, message, patient) in enumerate(ordered, 1)
    ]
    for hour in range(24):
        yield tuple(message for at, message in numbered if at.hour == hour)


def table(made: Day) -> Sequence[str]:
    """The rows of a table for the README: each story, how often it happens, its messages, and what it makes."""
    rows = ["| what happens to a patient | times | messages | makes |", "| --- | --- | --- | --- |"]
    for story, times in made.stories:
        triggers = ", ".join(message.trigger for message in story.sent)
        rows.append(f"| {story.says} | {times} | {triggers} | {' and '.join(story.makes)} |")
    return rows
