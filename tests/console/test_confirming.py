"""A week of meals that a person confirms for a provider."""

from typing import Any

from events.weeks import WeeksToConfirm
from tests.console.office import Office
from tests.workflows.story import accepts, approved
from tests.workflows.town import Town


async def test_a_week_whose_visits_were_reported_one_by_one_is_confirmed_too(town: Town, office: Office) -> None:
    await approved(town)
    await accepts(town)
    await town.passes(days=14)
    await WeeksToConfirm(town.desk.engine, town.desk.vault, lambda: town.profile).ask(town.now)

    async def open_ones() -> list[dict[str, Any]]:
        return [task for task in await office.tasks() if task["kind"] == "confirm-week"]

    task, *_ = await open_ones()
    confirm = task["do"].partition(" --as")[0]
    for visit in (await office.answers(f"{confirm} --json"))["visits"]:
        await office.answers(f"visit {visit['visit']} --completed --at {visit['planned_at']} --why told-late --as kim")
    assert task in await open_ones()
    done = await office.runs(f"{confirm} --as kim")
    assert (done.code, done.content["visits"]) == (0, [])
    assert task["task"] not in {one["task"] for one in await open_ones()}
