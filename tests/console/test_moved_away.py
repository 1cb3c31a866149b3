"""A new address elsewhere: a person finds out whether the case goes on here."""

from tests.console.office import Office, shown
from tests.workflows.town import Town

SEOUL = "서울특별시 중구 세종대로 1"


async def test_somebody_who_has_not_moved_keeps_the_case(town: Town, office: Office) -> None:
    await town.hospital_tells()
    before = {task["kind"] for task in await office.tasks()}
    await town.hospital_tells("discharge.corrected", who={"address": SEOUL})
    task = await office.task("moved-away")
    assert task["case"] == town.case_id
    assert "(discharge.corrected from gm-hospital)" in await shown(office, "tasks")
    await office.answers(f"handoff settle {task['task']} --done --as coordinator")
    assert {task["kind"] for task in await office.tasks()} == before
