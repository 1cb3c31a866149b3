"""A week of meals that a person confirms for a provider."""

from typing import Any

import pytest

from events.weeks import WeeksToConfirm
from handoff.rules.weeks import week_of
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


async def test_the_same_word_again_is_taken_and_changes_nothing(town: Town, office: Office) -> None:
    provider, week, visit = await _a_week_that_is_over(town)
    command = f"confirm {provider} --week {week} --missed {visit} --as kim"
    await office.answers(command)
    await town.tell()
    told = {one.visit_id: one.state for one in await town.visits()}
    assert told[visit] == "missed"
    again = await office.runs(command)
    assert (again.code, again.content["visits"]) == (0, [])
    await town.tell()
    assert {one.visit_id: one.state for one in await town.visits()} == told


@pytest.mark.parametrize(
    ("week", "missed", "code", "says"),
    [
        ("9999-W52", "", 2, "9999-W52 is not a week: write it like 2026-W48."),
        ("2026-W54", "", 2, "2026-W54 is not a week: write it like 2026-W48."),
        ("2199-W10", "", 3, "2199-W10 begins on 2199-03-04 00:00: none of its visits can have taken place yet."),
        ("", "C9.1.V1", 3, "has no visit C9.1.V1. Nothing was changed. See `handoff confirm"),
    ],
)
async def test_a_week_that_cannot_be_confirmed_is_refused(
    town: Town, office: Office, week: str, missed: str, code: int, says: str
) -> None:
    provider, over, _ = await _a_week_that_is_over(town)
    for who in ("", " --as kim"):
        named = f" --missed {missed}" if missed else ""
        refused = await office.runs(f"confirm {provider} --week {week or over}{named}{who}")
        assert refused.code == code
        assert says in refused.error


async def _a_week_that_is_over(town: Town) -> tuple[str, str, str]:
    """Provider, week, and the first of its meals, which nobody has reported."""
    await approved(town)
    provider = await accepts(town)
    await town.passes(days=9)
    visit = (await town.visits())[0]
    return provider, week_of(visit.planned_at, town.profile).name, visit.visit_id
