"""Details of a person at the desk: who told which, who learns of it, and what a person has to settle."""

import json
from typing import Any

from handoff.store import outbox, tables
from tests.console.office import Office, shown
from tests.workflows.story import accepts, approved
from tests.workflows.town import HOSPITAL, SAFETY, Town

SEOUL = "서울특별시 중구 세종대로 1"
FIRST, BY_THE_HOSPITAL, BY_THE_DAUGHTER = "010-7777-0000", "010-1111-2222", "010-3333-4444"


async def letters(town: Town, receiver: str, kind: str) -> list[dict[str, Any]]:
    async with town.desk.engine.connect() as conn:
        due = await outbox.due(conn, town.desk.vault, receiver, 10_000)
    return [json.loads(each.data or b"{}") for each in due if (each.lane, each.kind) == (town.case_id, kind)]


async def told(office: Office, detail: str, *, values: bool = False) -> list[tuple[Any, ...]]:
    """Who told which, as `show` has it: source, who told it to the source, whether it counts, and what."""
    look = " --identity --as kim --why a-test" if values else ""
    case = await office.answers(f"handoff show {office.town.case_id} --versions{look} --json")
    return [
        (view["source"], view["told_by"], view["in_force"], *(view["values"].values() if values else ()))
        for view in case["details"]
        if view["detail"] == detail
    ]


async def test_a_phone_corrected_by_the_hospital_another_by_the_daughter_and_an_address_across_the_city_border(
    town: Town, office: Office
) -> None:
    await approved(town, SAFETY)
    provider = await accepts(town)
    case = town.case_id
    await town.hospital_tells("discharge.corrected", who=town.somebody(phone=BY_THE_HOSPITAL))
    [update] = await letters(town, provider, "referral.updated")
    assert update["person"]["phone"] == BY_THE_HOSPITAL
    town.speak()
    done = await office.answers(f"handoff person {case} --phone {BY_THE_DAUGHTER} --told-by relative --as kim --json")
    assert done["outcome"] == "entered"
    await town.tell()
    assert await told(office, "phone") == [
        (HOSPITAL, None, True),
        ("desk", "relative", False),
        (HOSPITAL, None, False),
    ]
    assert [view[3] for view in await told(office, "phone", values=True)][:2] == [BY_THE_HOSPITAL, BY_THE_DAUGHTER]
    task = await office.task("details-differ")
    assert (task["subject"], [one["code"] for one in task["about"]["settle"]]) == ("phone", [HOSPITAL, "desk"])
    assert len(await letters(town, provider, "referral.updated")) == 1  # nothing counts otherwise

    town.speak()
    await office.answers(f"handoff person {case} --address '{SEOUL}' --told-by person --as kim")
    await town.tell()
    assert (await told(office, "address"))[0] == ("desk", "person", True)
    *_, update = await letters(town, provider, "referral.updated")
    assert (update["person"]["address"], update["person"]["phone"]) == (SEOUL, BY_THE_HOSPITAL)
    assert {"moved-away", "details-differ"} <= {task["kind"] for task in await office.tasks()}

    town.speak()
    await office.answers(f"handoff person {case} --phone {BY_THE_DAUGHTER} --told-by person --settle --as kim")
    await town.tell()
    assert [
        task for task in await office.tasks() if task["kind"] == "details-differ" and task["subject"] == "phone"
    ] == []
    *_, update = await letters(town, provider, "referral.updated")
    assert update["person"]["phone"] == BY_THE_DAUGHTER
    await town.hospital_tells(
        "discharge.corrected", who=town.somebody(phone=BY_THE_HOSPITAL), at=1
    )  # it repeats itself
    assert (await told(office, "phone"))[0] == ("desk", "person", True)
    assert [task for task in await office.tasks() if task["subject"] == "phone"] == []
    assert "moved-away" in {task["kind"] for task in await office.tasks()}

    seen = await shown(office, f"show {case} --versions")
    assert "person corrected: phone, told by: relative" in seen
    assert "phone: desk, told by: person, typed by kim" in seen
    listed = [*await town.rows(tables.tasks), *await town.rows(tables.timeline), *await town.rows(tables.facts)]
    unsealed = str([{name: value for name, value in row._asdict().items() if "sealed" not in name} for row in listed])
    for personal in (BY_THE_HOSPITAL, BY_THE_DAUGHTER, SEOUL, "세종대로"):
        assert personal not in seen + unsealed
