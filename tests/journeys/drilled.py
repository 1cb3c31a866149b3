"""A city for the drill of docs/drill.md: cases at every stage, and what has to hold when their workflows are lost."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from console.count.meant import IntendedRecord, MeantRun
from console.count.summary import compare, look
from handoff.store import tables
from simulation.records import Stay, told_as_json
from tests.journeys import stages
from tests.journeys.city import City, sent, somebody, stay, until
from tests.journeys.stages import line

AT_ONCE = 8  # cases that are brought to their stages side by side
_MESSAGES = itertools.count(1)
# Clocks ring seldom here: what is compared before and after stands still.
UNHURRIED = """
extends = "demo"
code = "unhurried"
name = "Gwangmyeong (unhurried)"
seconds_per_day = 3600
"""


@dataclass
class Drilled(City):
    """A city that remembers what its hospitals published, as the journal of a demonstration does."""

    published: list[IntendedRecord] = field(default_factory=list)

    async def notifies(self, sender: str, told: Stay, kind: str = "discharge.notified") -> str:
        """Tell of a discharge, and remember it."""
        message_id = f"{sender}-drill-{next(_MESSAGES)}"
        written = told_as_json(sent(sender, message_id), kind, told)
        notice = message_id if kind in ("discharge.notified", "discharge.expected") else ""
        of, digest = str(told.person.patient_number), sha256(written.value).hexdigest()
        self.published.append(IntendedRecord(sender, message_id, digest, notice, of, "", known=True))
        await self.publish(sender, written)
        return message_id

    async def counted(self) -> dict[str, Any]:
        """The count of `handoff demo`, of everything that was published here: lost, doubled, unowned."""
        meant = MeantRun(1, publications=list(self.published))
        return compare(await look(self.desk, meant))

    async def pictures(self, cases: Sequence[str]) -> dict[str, Any]:
        """How the services and the stage of each case stand in the record."""
        found = {case: {"cases": await self._rows(tables.cases, case)} for case in cases}
        for case, table in itertools.product(cases, (tables.plan_lines, tables.referrals, tables.visits)):
            found[case][table.name] = await self._rows(table, case)
        return found

    async def _rows(self, table: Table, case: str) -> list[tuple[Any, ...]]:
        names = (
            ("stage", "consent", "closing") if table is tables.cases else (*table.primary_key.columns.keys(), "state")
        )
        chosen = select(*(table.c[name] for name in names)).where(table.c.case_id == case)
        async with self.desk.engine.connect() as conn:
            return sorted(tuple(row) for row in await conn.execute(chosen))


async def expected(city: City) -> str:
    """The discharge is expected tomorrow."""
    told = stay(somebody(), expected_at=datetime.now(UTC) + timedelta(days=1))
    heard = await city.acknowledged(stages.HOSPITAL, await city.notifies(stages.HOSPITAL, told, "discharge.expected"))
    return str(heard.data["case_id"])


async def determined(city: City) -> str:
    """The insurer's determination is awaited."""
    case = await stages.consented(city)
    await city.does(f"handoff assess {case} --score 5 --as coordinator")
    return case


async def by_phone(city: City) -> str:
    """An offer to a clinic without a topic."""
    case = await stages.approved(city, line("home-visit-korean-medicine", prefers=stages.BY_PHONE))
    await stages.offered(city, case)
    return case


async def visiting(city: City) -> str:
    """A visit is planned."""
    case = await stages.approved(city)
    await stages.visited(city, case)
    return case


async def missed(city: City) -> str:
    """A visit was missed, and another one is planned."""
    case = await stages.approved(city)
    first = await stages.visited(city, case)
    await city.does(f"handoff visit {first} --missed provider --as coordinator")
    return case


async def gap(city: City) -> str:
    """Nobody is left for the line."""
    case = await stages.approved(city, line(stages.PROTECTION, prefers=stages.PROTECTION_PROVIDER))
    await city.does(f"handoff answer {await stages.offered(city, case)} --decline no-capacity --as coordinator")
    await city.task("gap", case)
    return case


def after(begin: Callable[[City], Awaitable[str]], command: str) -> Callable[[City], Awaitable[str]]:
    """A case after one more command."""

    async def there(city: City) -> str:
        case = await begin(city)
        await city.does(f"handoff {command.format(case=case)} --as coordinator")
        return case

    return there


async def restricted(city: City) -> str:
    """A feed says that access to the person's data is restricted."""
    told = stay(somebody())
    case = await city.opened(told)
    await city.notifies(stages.HOSPITAL, told, "disclosure.restricted")
    await city.task("confirm-restriction", case)
    return case


async def death_told(city: City) -> str:
    """A hospital says that the person has died: all waits, and the case will close."""
    told = stay(somebody())
    case = await city.opened(told)
    await city.notifies(stages.HOSPITAL, replace(told, moments={"died_at": datetime.now(UTC)}), "person.died")
    await city.task("confirm-death", case)
    return case


async def death_in_doubt(city: City) -> str:
    """The death is dated before the discharge."""
    told = stay(somebody())
    case = await city.opened(told)
    died = {"died_at": datetime.now(UTC) - timedelta(hours=30)}
    await city.notifies(stages.HOSPITAL, replace(told, moments=died), "person.died")
    await city.task("confirm-death", case)
    return case


async def consent_over(city: City) -> str:
    """The consent named an end, which has passed."""
    case = await stages.assessed(city)
    ends_at = datetime.now(UTC) + timedelta(seconds=45)
    await city.says(stages.HOSPITAL, "consent.given", subject=case, until=ends_at.isoformat())

    async def over() -> bool:
        return str((await city.show(case))["consent"]) != "given"

    await until(over, f"the consent of {case} is over")
    return case


async def partly(city: City) -> str:
    """A provider took three of seven meals a week; the rest is offered to another."""
    case = await stages.approved(city, stages.meals() | {"quantity": 7, "per": "week"})
    await city.does(f"handoff answer {await stages.offered(city, case)} --partly 3 --as coordinator")
    await stages.offered(city, case, 2)
    return case


# Every stage, and everything that makes a case wait.
STAGES: tuple[Callable[[City], Awaitable[str]], ...] = (
    stages.asked_consent,
    stages.consented,
    determined,
    stages.assessed,
    stages.planned,
    by_phone,
    visiting,
    stages.served,
    expected,
    missed,
    gap,
    restricted,
    after(stages.consented, "admit {case}"),
    after(visiting, "admit {case}"),
    after(stages.consented, "discharge {case} --cancel"),
    after(stages.assessed, "consent {case} --withdraw"),
    after(stages.planned, "decide {case} --reject other"),
    after(stages.consented, "close {case} --outcome guided-elsewhere"),
    after(stages.assessed, "consent {case} --refuse --scope lookup"),  # papers are awaited
    after(stages.planned, "consent {case} --refuse --scope provider --provider gm-meals-01"),
    death_told,
    death_in_doubt,
    consent_over,
    partly,
)


async def populated(city: City, number: int, first: int = 0) -> list[tuple[int, str]]:
    """So many cases, from a place in `STAGES` on: the place of each one's stage, and its id."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(place: int) -> tuple[int, str]:
        async with gate:
            return place, await STAGES[place](city)

    return list(await asyncio.gather(*(one(place % len(STAGES)) for place in range(first, first + number))))


def unhurried(folder: Path) -> Path:
    """The profile of the drill, as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "unhurried.toml"
    file.write_text(UNHURRIED)
    return file
