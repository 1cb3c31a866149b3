"""An inbox that fails of one record, as a mistake of ours would make it."""

from collections.abc import Sequence
from datetime import datetime

from events.intake.inbox import Inbox
from events.intake.prepared import ReadRecord
from events.intake.writes import Taken
from events.readers import InboundRecord
from tests.events.hospitals import Town


class Stumbling(Inbox):
    """An inbox that fails of one person's record, as often as it is told to."""

    trouble: Exception = ZeroDivisionError()
    times = 1_000_000

    async def take(
        self, arrivals: Sequence[InboundRecord], known_at: datetime, read: Sequence[ReadRecord] | None = None
    ) -> list[Taken]:
        if any("사람3".encode() in (each.value or b"") for each in arrivals) and self.times > 0:
            self.times -= 1
            raise self.trouble
        return await super().take(arrivals, known_at, read)


def stumbling(town: Town, build: str = "b1") -> Stumbling:
    return Stumbling(town.desk.engine, town.desk.vault, town.profile, build)
