"""A row of the timeline says what was told: the score, the units, the moment that was named, and why it cannot be."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from console.moments import local
from handoff.timezone import KST
from tests.console.office import Office, shown
from tests.workflows.conftest import naming_town
from tests.workflows.story import accepted, approved, assessed
from tests.workflows.town import HELP, SAFETY, Town

__all__ = ["naming_town"]


def typed(moment: datetime) -> str:
    return f"{moment.astimezone(KST):%Y-%m-%dT%H:%M}"


async def _read(office: Office, town: Town, command: str = "show") -> str:
    return await shown(office, f"{command} {town.case_id}", 400)


async def _corrected(office: Office, town: Town) -> dict[str, Any]:
    timeline = (await office.answers(f"show {town.case_id} --json"))["timeline"]
    return next(row for row in reversed(timeline) if row["what"].startswith("corrected"))


async def test_a_corrected_score_is_said(town: Town, office: Office) -> None:
    await assessed(town)
    await office.answers(f"assess {town.case_id} --score 7 --why typing-error --as coordinator")
    assert (await _corrected(office, town))["quantity"] == 7
    for command in ("show", "history"):
        read = await _read(office, town, command)
        assert "the survey came in: typing error; score 7" in read
        assert "score 3" in read


@pytest.mark.parametrize(
    ("units", "hours", "says"),
    [("--units 2", 0, "; units: 2"), ("", 2, "; on {moment}"), ("--units 3", 2, "; units: 3, on {moment}")],
)
async def test_a_corrected_visit_says_its_units_and_its_moment_if_that_is_another(
    town: Town, office: Office, units: str, hours: int, says: str
) -> None:
    await accepted(town, SAFETY)
    visit = await town.visit()
    took_place = visit.planned_at + timedelta(hours=1)
    await town.until(took_place + timedelta(hours=9))
    await office.answers(f"visit {visit.visit_id} --completed --at {typed(took_place)} --as kim")
    moment = took_place + timedelta(hours=hours)
    command = f"visit {visit.visit_id} --completed {units} --at {typed(moment)} --why typing-error --as kim"
    await office.answers(command)
    read = await _read(office, town)
    expected = f"the visit took place: typing error{says.format(moment=local(moment))}"
    assert any(expected in row and "on 20" not in row.replace(expected, "") for row in read.splitlines()), read


async def test_the_first_visit_that_was_named_is_not_called_moved(naming_town: Town) -> None:
    town, office = naming_town, Office(naming_town)
    provider = await accepted(town, HELP)
    moment = town.now + timedelta(days=1)
    await town.tells("visit.proposed", provider, f"{town.case_id}.1.O1", starts_at=moment.isoformat())
    read = await _read(office, town)
    assert f"the first visit was named ({town.case_id}.1.O1): {local(moment)}" in read
    assert "visit moved" not in read
    later = moment + timedelta(days=1)
    await office.answers(f"visit {town.case_id}.1.V1 --move {typed(later)} --as coordinator")
    assert f"visit moved ({town.case_id}.1.V1): {local(later)}" in await _read(office, town)


async def test_an_acceptance_says_the_first_visit_that_it_named(town: Town, office: Office) -> None:
    await approved(town, HELP)
    offer, provider = await town.offer()
    moment = town.now + timedelta(days=1)
    await town.tells("referral.accepted", provider, offer, first_visit_at=moment.isoformat())
    assert f"offer accepted ({offer}): first visit {local(moment)}" in await _read(office, town)


@pytest.mark.parametrize(
    ("days", "why"), [(-1, "{moment} has passed"), (1, "the discharge is expected on {home}, after {moment}")]
)
async def test_a_first_visit_that_cannot_be_was_named_and_it_says_why(naming_town: Town, days: int, why: str) -> None:
    town, office = naming_town, Office(naming_town)
    home = town.now + timedelta(days=3)
    await approved(town, HELP, kind="discharge.expected", discharge={"expected_at": home.isoformat()})
    offer, provider = await town.offer()
    moment = town.now + timedelta(days=days)
    await town.tells("referral.accepted", provider, offer, first_visit_at=moment.isoformat())
    says = why.format(moment=local(moment), home=local(home)[:10])
    read = await _read(office, town)
    assert f"offer accepted ({offer}): the first visit that it named cannot be: {says}" in read
    assert "without naming" not in read
    await town.tells("visit.proposed", provider, offer, starts_at=moment.isoformat())
    assert f"without effect: visit moved ({offer}): {says}; no visit can take place then" in await _read(office, town)
