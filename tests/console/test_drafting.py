"""Nobody has to write a plan from an empty page."""

import tomllib
from pathlib import Path

from console.drafting import CHOOSE
from handoff.case.plan_draft import draft
from tests.console.office import Office
from tests.workflows.story import accepted, assessed, drafted
from tests.workflows.town import CONFERENCE, MEALS, Town


def chosen(text: str, profile: str) -> str:
    """Everything that the catalogue offers, taken."""
    begun, offered = text.split(CHOOSE.format(profile=profile))
    return begun + "\n".join(line.removeprefix("# ") for line in offered.splitlines())


async def test_a_draft_says_what_was_found_and_offers_every_service(town: Town, office: Office, tmp_path: Path) -> None:
    await assessed(town)
    file = tmp_path / "plan.toml"
    await office.answers(f"plan {town.case_id} --draft {file}")
    text = file.read_text()
    assert "presurvey, score 3" in text
    assert f"handoff plan {town.case_id} --file {file} --as WHO" in text
    lines = draft(tomllib.loads(chosen(text, town.profile.code)), town.profile)
    assert [line.service for line in lines] == [service.code for service in town.profile.services]


async def test_a_draft_that_nobody_completed_is_no_plan(town: Town, office: Office, tmp_path: Path) -> None:
    await assessed(town)
    file = tmp_path / "plan.toml"
    await office.answers(f"plan {town.case_id} --draft {file}")
    ran = await office.runs(f"plan {town.case_id} --file {file} --as coordinator")
    assert (ran.code, "at least one line" in ran.error) == (3, True)


async def test_a_new_version_begins_with_the_lines_that_go_on(town: Town, office: Office, tmp_path: Path) -> None:
    await accepted(town)
    file = tmp_path / "plan.toml"
    await office.answers(f"plan {town.case_id} --draft {file}")
    [line] = draft(tomllib.loads(file.read_text()), town.profile)
    assert (line.service, line.keeps) == ("meal-delivery", f"{town.case_id}.1")
    await office.answers(f"plan {town.case_id} --file {file} --as coordinator")
    assert (await town.state()).kept == [f"{town.case_id}.1"]


async def test_a_rejected_version_is_there_to_be_thought_over(town: Town, office: Office, tmp_path: Path) -> None:
    await assessed(town)
    await drafted(town)
    await town.tells("plan.rejected", CONFERENCE, town.case_id, version=1, reason="too-costly")
    file = tmp_path / "plan.toml"
    await office.answers(f"plan {town.case_id} --draft {file}")
    assert "# Version 1 was rejected: too costly." in file.read_text()
    [line] = draft(tomllib.loads(file.read_text()), town.profile)
    assert (line.service, line.quantity, line.keeps) == (MEALS["service"], MEALS["quantity"], "")


async def test_what_somebody_wrote_is_not_written_over(town: Town, office: Office, tmp_path: Path) -> None:
    await assessed(town)
    file = tmp_path / "plan.toml"
    file.write_text("mine")
    assert (await office.runs(f"plan {town.case_id} --draft {file}")).code == 3
    assert file.read_text() == "mine"


async def test_a_plan_that_nobody_has_written_yet_is_told_how(town: Town, office: Office, tmp_path: Path) -> None:
    await assessed(town)
    task = await office.task("draft-plan")
    ran = await office.runs(task["do"].replace("plan.toml", str(tmp_path / "plan.toml")))
    assert ran.code == 2
    for word in ("--draft", "examples/plan.toml", "meal-delivery", "quantity", "keeps", "two-visitors"):
        assert word in ran.error
    assert (await office.runs(f"plan {town.case_id} --file plan.toml")).code == 2
