"""One seed: hospitals publish while faults come and go; at the end each notice is counted from Kafka and PostgreSQL."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.faults import FAULTS, Chaos
from tests.chaos.hospitals import Hospitals, Sent
from tests.chaos.town import HOSPITALS, Servers, Town, town

WAVES = 10
WITHIN = 150.0  # seconds after the last fault in which all has to be quiet
_LOOK_EVERY = 0.5  # seconds
_FACTS = "SELECT message_id, count(DISTINCT case_id), bool_and(told_at IS NOT NULL) FROM facts GROUP BY message_id"
_MISSING = """
SELECT about->>'sender', (about->>'first')::int, (about->>'last')::int FROM tasks WHERE kind = 'records-missing'
"""
_TAKEN_AND_MISSED = """
SELECT DISTINCT about->>'sender', (about->>'first')::int, (about->>'last')::int FROM tasks JOIN facts
ON about->>'topic_id' = facts.topic_id AND facts.partition = (about->>'partition')::int
AND facts."offset" BETWEEN (about->>'first')::int AND (about->>'last')::int WHERE tasks.kind = 'records-missing'
"""
_UNWRITTEN = """
SELECT count(*) FROM cases
WHERE NOT EXISTS (SELECT FROM timeline WHERE timeline.case_id = cases.case_id AND what = 'case_screened')
"""


@dataclass
class Report:
    """What one seed showed.

    Attributes:
        schedule: what was done, and when.
        lost: notices that were neither taken nor named as missing; what was refused and not parked, or not told.
        doubled: with two cases, or two different answers.
        named: that were deleted unread, and are named in a task.
        falsely: gaps that were named though nobody deleted anything there, or though something of them was taken.
        died: processes that ended by themselves.
        unquiet: what still waited at the end.
    """

    seed: int
    schedule: list[str] = field(default_factory=list)
    published: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    named: int = 0
    falsely: list[str] = field(default_factory=list)
    died: list[str] = field(default_factory=list)
    unquiet: str = ""
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.falsely or self.died or self.unquiet)

    def line(self) -> str:
        """The seed in one line."""
        counts = f"published {self.published}, lost {len(self.lost)}, doubled {len(self.doubled)}, gone {self.named}"
        wrong = f"; named falsely {self.falsely}" if self.falsely else ""
        wrong += f"; died {self.died}" if self.died else ""
        wrong += f"; {self.unquiet}" if self.unquiet else ""
        return f"seed {self.seed}: {counts}{wrong} ({self.seconds:.0f} s)"


async def lived(servers: Servers, seed: int, notices: int, without: Sequence[str] = ()) -> Report:
    """Live through one seed."""
    report, began = Report(seed), time.monotonic()
    dice = random.Random(seed)
    async with town(servers, seed) as there:
        hospitals = Hospitals(there, random.Random(seed + 1), f"chaos-{seed}")
        chaos = Chaos(there, hospitals, dice)
        await asyncio.gather(_publishing(hospitals, dice, notices), _faults(chaos, report, without))
        await there.mend()
        await looked_at(there, hospitals, report)
    report.seconds = time.monotonic() - began
    return report


async def _publishing(hospitals: Hospitals, dice: random.Random, notices: int) -> None:
    for wave in range(WAVES):
        share = notices // WAVES + (wave < notices % WAVES)
        await hospitals.publish(dice.choice(HOSPITALS), share)
        await asyncio.sleep(dice.uniform(0.2, 0.8))


async def _faults(chaos: Chaos, report: Report, without: Sequence[str]) -> None:
    """Each fault once, in an order drawn by lot, some of them at the same time."""
    names = [name for name in FAULTS if name not in without]
    chaos.dice.shuffle(names)
    began, running = time.monotonic(), []
    for name in names:
        report.schedule.append(f"{time.monotonic() - began:.1f} s {name}")
        running.append(asyncio.create_task(FAULTS[name](chaos)))
        await asyncio.sleep(chaos.dice.uniform(0.1, 1.2))
    await asyncio.gather(*running)


async def quiet(there: Town, hospitals: Hospitals) -> str:
    """Wait until nothing is on its way; returns what still is after a while."""
    waits, until = "", time.monotonic() + WITHIN
    while time.monotonic() < until:
        waits = await _waiting(there, hospitals)
        if not waits:
            return ""
        await asyncio.sleep(_LOOK_EVERY)
    return waits


async def _waiting(there: Town, hospitals: Hospitals) -> str:
    behind = [hospital for hospital in HOSPITALS if not await hospitals.all_read(hospital)]
    if behind:
        return f"not read: {behind}"
    told = "SELECT count(*) FROM facts WHERE state = 'numbered' AND told_at IS NULL"
    unsent = "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND receiver = ANY(:hospitals)"
    counts = {
        "untold": (await there.says(told))[0][0],
        "unsent": (await there.says(unsent, hospitals=list(HOSPITALS)))[0][0],
        "cases without a first milestone": (await there.says(_UNWRITTEN))[0][0],
    }
    return ", ".join(f"{what}: {count}" for what, count in counts.items() if count)


async def looked_at(there: Town, hospitals: Hospitals, report: Report) -> None:
    """Wait until all is quiet, and count."""
    report.unquiet = await quiet(there, hospitals)
    await hospitals.listen()
    await _count(there, hospitals, report)
    report.died = [f"{each.name} {each.died}" for each in there.processes.values() if each.died]


async def _count(there: Town, hospitals: Hospitals, report: Report) -> None:
    """What became of each notice."""
    facts = {str(row[0]): (row[1], row[2]) for row in await there.says(_FACTS)}
    gaps = [(str(row[0]), int(str(row[1])), int(str(row[2]))) for row in await there.says(_MISSING)]
    report.published = len(hospitals.sent) + len(hospitals.refused)
    for each in hospitals.sent:
        cases, _ = facts.get(each.message, (0, False))
        answers = hospitals.answers.get(each.message, set())
        if cases == 0 and hospitals.was_deleted(each) and _covered(each, gaps):
            report.named += 1
        elif cases == 0 or not answers:
            report.lost.append(f"{each.message} at {each.hospital} {each.offset}")
        elif cases != 1 or len(answers) != 1:
            report.doubled.append(each.message)
    report.lost += [f"refused at {each.hospital} {each.offset}" for each in await hospitals.unparked()]
    report.lost += [f"{lacking} refusals to {each}" for each in HOSPITALS if (lacking := hospitals.untold(each))]
    false = [(sender, first, last) for sender, first, last in gaps if not _deleted(hospitals, sender, last)]
    false += [(str(row[0]), row[1], row[2]) for row in await there.says(_TAKEN_AND_MISSED)]
    report.falsely = [f"{sender} {first}-{last}" for sender, first, last in false]


def _covered(each: Sent, gaps: Sequence[tuple[str, int, int]]) -> bool:
    return any(sender == each.hospital and first <= each.offset <= last for sender, first, last in gaps)


def _deleted(hospitals: Hospitals, sender: str, last: int) -> bool:
    return any(place[0] == sender and last < before for place, before in hospitals.gone.items())
