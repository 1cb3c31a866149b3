"""What is typed again after the first time: other findings of a survey, another version of a plan."""

import pytest

from handoff.store.tables import assessments
from tests.console.office import Office, shown
from tests.console.test_occurrences import refused
from tests.workflows.story import approved
from tests.workflows.town import Town


@pytest.mark.parametrize("first", ["--score 3", "--score 3 --no-severe-disability"])
@pytest.mark.parametrize(
    ("option", "name"), [("severe-disability", "severe_disability"), ("complex-need", "complex_need")]
)
async def test_findings_that_were_typed_after_the_score_count(
    town: Town, office: Office, first: str, option: str, name: str
) -> None:
    await town.hospital_tells()
    await office.answers(f"assess {town.case_id} {first} --as kim")
    later = f"assess {town.case_id} --score 3 --{option} --as kim"
    assert "--why" in await refused(office, later)
    await office.answers(f"{later} --why typing-error")
    [survey] = await town.rows(assessments)
    assert (survey.score, survey.found[name]) == (3, True)
    assert (name == "severe_disability") or survey.found.get("severe_disability", False) is False
    for again in (later, f"assess {town.case_id} --score 3 --as kim"):
        assert "recorded already" in await shown(office, again)
    await office.answers(f"assess {town.case_id} --score 5 --as kim --why typing-error")
    [survey] = await town.rows(assessments)
    assert (survey.score, survey.found[name]) == (5, True)  # what is not named stays
    assert (await office.answers(f"prove {town.case_id} --json"))["proved"]


async def test_a_finding_decides_who_is_eligible_also_if_it_is_typed_later(town: Town, office: Office) -> None:
    await town.hospital_tells()
    await office.answers(f"assess {town.case_id} --score 3 --as kim")
    for option, eligible in (("--no-complex-need", False), ("--complex-need", True)):
        await office.answers(f"assess {town.case_id} --score 3 {option} --why typing-error --as kim")
        assert ((await town.record()).eligibility == "eligible") is eligible
        asked = await town.open_tasks()
        assert ("draft-plan" in asked, "eligibility" in asked) == (eligible, not eligible)
    assert (await office.answers(f"prove {town.case_id} --json"))["proved"]


async def test_findings_of_the_determination_are_corrected_too(town: Town, office: Office) -> None:
    await town.hospital_tells()
    await office.answers(f"assess {town.case_id} --score 5 --as kim")
    await office.answers(f"assess {town.case_id} --result eligible --as kim")
    later = f"assess {town.case_id} --result eligible --complex-need --as kim"
    assert "--why" in await refused(office, later)
    await office.answers(f"{later} --why typing-error")
    found = {row.key: row.found for row in await town.rows(assessments)}
    assert found["determination"] == {"complex_need": True}
    assert "recorded already" in await shown(office, later)


async def test_a_decision_on_another_version_than_the_decided_one_is_refused(town: Town, office: Office) -> None:
    await approved(town)
    for why in ("", " --why typing-error"):
        told = await refused(office, f"decide {town.case_id} --approve --version 7 --as kim{why}")
        assert "version 7 is not submitted" in told
    assert "recorded already" in await shown(office, f"decide {town.case_id} --approve --version 1 --as kim")
