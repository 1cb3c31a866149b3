"""How far a case has come: each brings a case of its own there, the smallest way."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from simulation.people import InventedPerson
from simulation.records import Stay
from tests.journeys.city import City, somebody, stay, until

HOSPITAL, CENTRE, CONFERENCE = "gm-hospital", "gm-centre-cheolsan", "gm-conference"
SAFETY, SAFETY_PROVIDER = "home-safety", "gm-home-safety-01"
PROTECTION, PROTECTION_PROVIDER = "temporary-protection", "gm-protection-01"
BY_PHONE = "gm-korean-medicine-05"  # a clinic without a topic
OLD = date(1936, 5, 1)  # high priority


def line(service: str = SAFETY, *, prefers: str = SAFETY_PROVIDER, **more: Any) -> Mapping[str, Any]:
    """A plan line; of home safety, which is a one-off, unless something else is named."""
    return {"service": service, "kind": "one-off", "prefers": prefers, **more}


def meals() -> Mapping[str, Any]:
    """A series: a meal each day for four weeks."""
    return line("meal-delivery", prefers="gm-meals-01", kind="series", quantity=1, per="day", days=28)


async def asked_consent(city: City) -> str:
    """A case whose consent nobody knows yet."""
    return await city.opened(stay(somebody(), consent=None))


async def consented(city: City, person: InventedPerson | None = None, told: Stay | None = None) -> str:
    """A case with consent, whose assessment is asked for."""
    case = await city.opened(told or stay(person or somebody()))
    await city.at_stage(case, "assessment")
    return case


async def assessed(city: City, person: InventedPerson | None = None) -> str:
    """A case that needs a plan."""
    case = await consented(city, person)
    await city.does(f"handoff assess {case} --score 3 --as coordinator")
    return case


async def planned(city: City, *lines: Mapping[str, Any], person: InventedPerson | None = None) -> str:
    """A case with a plan that awaits its decision."""
    case = await assessed(city, person)
    await submits(city, case, *lines)
    return case


async def submits(city: City, case: str, *lines: Mapping[str, Any]) -> None:
    """Submit a plan, or its next version."""
    file = city.folder / f"{case}.json"
    file.write_text(json.dumps({"lines": lines or [line()]}))
    await city.does(f"handoff plan {case} --file {file} --as coordinator")


async def approved(city: City, *lines: Mapping[str, Any], person: InventedPerson | None = None) -> str:
    """A case whose plan is in force, its lines offered."""
    case = await planned(city, *lines, person=person)
    await city.does(f"handoff decide {case} --approve --as coordinator")
    return case


async def offered(city: City, case: str, number: int = 1) -> str:
    """Wait until a line is offered; the offer's id."""

    async def there() -> str | None:
        shown = (await city.show(case))["lines"][number - 1]
        return shown["offer"] if shown["offer_state"] == "requested" else None

    return await until(there, f"line {number} of {case} is offered")


def soon() -> dict[str, str]:
    """The first visit that an acceptance names: now."""
    return {"first_visit_at": datetime.now(UTC).isoformat()}


async def visited(city: City, case: str, number: int = 1, but: str = "") -> str:
    """Accept the offer if it is open, with a first visit now, and wait until a visit is planned; its id."""
    if not but:
        answer = f"handoff answer {await offered(city, case, number)} --accept --first-visit now"
        await city.does(f"{answer} --as coordinator")

    async def there() -> str | None:
        found = (await city.show(case))["lines"][number - 1]["next_visit"]
        return found if found != but else None

    return await until(there, f"a visit of line {number} of {case}")


async def served(city: City, *lines: Mapping[str, Any], person: InventedPerson | None = None) -> str:
    """A case whose support has begun."""
    case = await approved(city, *lines, person=person)
    await city.does(f"handoff visit {await visited(city, case)} --completed --as coordinator")
    return case


def long_ago(days: float = 2) -> Stay:
    """A stay that ended some days ago by people's calendar: everything that hangs on the discharge is due."""
    return stay(somebody(), discharged_at=(datetime.now(UTC) - timedelta(days=days)).replace(microsecond=0))
