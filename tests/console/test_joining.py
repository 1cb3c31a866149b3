"""Join, undo a join, and a case of the wrong person, as people type it."""

from tests.console.office import Office, shown
from tests.workflows.story import accepted
from tests.workflows.test_joining import beside
from tests.workflows.town import CENTRE, GRACE, MEALS, SAFETY, Town


async def two(office: Office) -> tuple[Town, Town]:
    town = office.town
    other = beside(town)
    await accepted(town, SAFETY)
    await accepted(other, MEALS)
    return other, town


async def test_both_ids_show_where_the_case_went_and_commands_of_the_old_one_name_the_new_one(office: Office) -> None:
    other, town = await two(office)
    case, into = other.case_id, town.case_id
    other.calm = False
    done = await office.answers(f"join {case} --into {into} --one-person --as kim --why same-person")
    assert (done["case"], done["into"]) == (case, into)
    await town.tell()
    await other.ended()
    for line, words in ((case, f"into {into}, which goes on"), (into, f"with {case}, which ended")):
        assert words in await shown(office, f"show {line}")
    refused = await office.runs(f"contact {case} --made --as kim")
    assert refused.code == 3
    assert f"joined into {into}" in refused.error
    listed = {row["case"]: row for row in await office.answers("cases --all --json")}
    assert (listed[case]["end"], listed[case]["joined_into"]) == ("outcome-joined", into)
    kept = await office.answers(f"show {case} --json")
    assert [line["line"] for line in kept["lines"]] == [f"{case}.1"]  # its bookings stay findable
    assert any(row["what"] == "case joined" for row in kept["timeline"])
    task = await office.task("joined-case")
    assert f"- visit-booked at {case}.1.V1" in await shown(office, f"tasks --case {into}")
    await office.answers(f"settle {task['task']} --done --as kim")


async def test_undoing_a_join_leaves_a_task_that_a_person_settles(office: Office) -> None:
    other, town = await two(office)
    other.calm = False
    await office.answers(f"join {other.case_id} --into {town.case_id} --one-person --as kim")
    await town.tell()
    await other.ended()
    undone = await office.answers(f"unjoin {other.case_id} --as lee")
    assert undone["undone_at"]
    task = await office.task("unjoined-case")
    assert [point["code"] for point in task["about"]["settle"]] == ["lines", "next-words", "closed-case"]
    assert "undone by lee" in await shown(office, f"show {town.case_id}")
    await office.answers(f"settle {task['task']} --done --as kim")
    assert (await office.runs(f"unjoin {other.case_id} --as lee")).code == 3


async def test_a_refused_join_says_the_command_for_the_other_way_round(office: Office) -> None:
    other, town = await two(office)
    lines = f"join {town.case_id} --into {other.case_id} --one-person --as kim"
    assert (await office.runs(f"join {town.case_id} --into {town.case_id} --as kim")).code == 3
    in_doubt = await office.runs(lines.replace("--one-person ", ""))
    assert "different birth dates" in in_doubt.error
    assert (await office.runs(lines)).code == 0
    again = await office.runs(lines)
    assert again.code == 3
    assert "was joined into" in again.error


async def test_the_list_for_a_breach_report_names_each_recipient_its_fields_and_what_was_retracted(
    office: Office,
) -> None:
    town = office.town
    provider = await accepted(town, MEALS)
    await office.answers(f"show {town.case_id} --identity --as kim --why call --json")
    await office.answers(f"wrong-person {town.case_id} --as kim")
    await town.passes(hours=GRACE)
    assert await town.ended() == "outcome-wrong-person"
    tasks = [task for task in await office.tasks() if task["kind"] == "retract"]
    assert {task["subject"] for task in tasks} == {provider, CENTRE}
    done = next(task for task in tasks if task["subject"] == provider)
    await office.answers(f"settle {done['task']} --done --as lee")
    listed = await office.answers(f"disclosed {town.case_id} --as kim --json")
    told = {(row["recipient"], row["how"]): row for row in listed}
    confirmed = told[provider, "referral.confirmed"]
    assert set(confirmed["fields"]) == {"name", "address", "phone"}
    assert (bool(confirmed["retracted_at"]), confirmed["confirmed_by"]) == (True, "lee")
    asked = told[CENTRE, "assessment.requested"]
    assert set(asked["fields"]) == {"name", "address", "phone", "birth_date"}
    assert (bool(asked["retracted_at"]), asked["confirmed_by"]) == (True, None)
    looks = [row for row in listed if row["how"] == "read"]
    assert [(row["recipient"], row["why"]) for row in looks] == [("kim", "call"), ("kim", "breach-report")]
    assert "김복순" not in str(listed)
    assert provider in await shown(office, f"disclosed {town.case_id} --as kim")
