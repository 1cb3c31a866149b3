"""Consent that is typed again, or by mistake, ends no case."""

from datetime import timedelta

import pytest

from handoff.store.tables import timeline
from handoff.timezone import KST
from tests.console.office import Office, shown
from tests.console.test_occurrences import refused, typed
from tests.workflows.story import served
from tests.workflows.town import HELP, Town


@pytest.mark.parametrize("by", ["a person", "an institution"])
async def test_a_withdrawal_is_repeated_without_effect_and_its_moment_is_corrected(
    town: Town, office: Office, by: str
) -> None:
    await served(town, HELP)
    again = f"consent {town.case_id} --withdraw --as kim"
    if by == "a person":
        await office.answers(again)
    else:
        await town.tells("consent.withdrawn", "gm-hospital", town.case_id)
    rows = len(await town.rows(timeline))
    assert "recorded already" in await shown(office, again)
    assert len(await town.rows(timeline)) == rows
    earlier = f"{again} --at {typed(town.now - timedelta(hours=1))}"
    assert "--why" in await refused(office, earlier)
    assert (await office.answers(f"{earlier} --why typing-error"))["verdicts"] == ["corrected"]
    assert "recorded already" in await shown(office, earlier)
    await office.answers(f"consent {town.case_id} --give --as kim")
    assert (await office.answers(again))["milestones"] == ["consent_withdrawn"]  # a new one
    assert (await office.answers(f"prove {town.case_id} --json"))["proved"]


@pytest.mark.parametrize(("began", "end"), [(False, "--outcome refused"), (True, "--reason 4")])
@pytest.mark.parametrize("why", ["", " --why typing-error"])
async def test_a_refusal_after_consent_is_refused_and_its_advice_can_be_taken_back(
    town: Town, office: Office, *, began: bool, end: str, why: str
) -> None:
    await (served(town, HELP) if began else town.hospital_tells())
    told = await refused(office, f"consent {town.case_id} --refuse --as kim{why}")
    assert f"`handoff consent {town.case_id} --withdraw`" in told
    assert f"`handoff close {town.case_id} {end}`" in told
    await office.answers(f"close {town.case_id} {end} --as kim")
    await office.answers(f"reopen {town.case_id} --as kim")
    await office.answers(f"consent {town.case_id} --withdraw --as kim")
    await office.answers(f"consent {town.case_id} --give --as kim")
    record = await town.record()
    assert (record.consent, record.closed_at) == ("given", None)


async def test_who_refuses_at_first_ends_the_case(town: Town, office: Office) -> None:
    await town.hospital_tells(consent=None)
    await office.answers(f"consent {town.case_id} --refuse --as kim")
    await town.ended()
    assert (await town.record()).outcome == "refused"


def days_ahead(town: Town, days: int) -> str:
    return (town.now + timedelta(days=days)).astimezone(KST).date().isoformat()


async def test_a_consent_is_given_until_a_day_and_show_says_so(town: Town, office: Office) -> None:
    await town.hospital_tells(consent=None)
    until = days_ahead(town, 30)
    await office.answers(f"consent {town.case_id} --give --until {until} --as kim")
    stored = (await town.record()).consent_until.astimezone(KST)
    assert stored.isoformat()[:10] == days_ahead(town, 31)  # after its last day
    assert f"given, until the end of {until}" in await shown(office, f"show {town.case_id}")
    assert "recorded already" in await shown(office, f"consent {town.case_id} --give --until {until} --as kim")
    assert "recorded already" in await shown(office, f"consent {town.case_id} --give --as kim")
    again = await shown(office, f"consent {town.case_id} --give --until {days_ahead(town, 60)} --as kim")
    assert "the end of the consent is moved." in again
    renewed = await office.answers(f"consent {town.case_id} --give --until {days_ahead(town, 90)} --as kim")
    assert renewed["milestones"] == ["consent_renewed"]
    await office.answers(f"consent {town.case_id} --give --no-end --as kim")
    assert (await town.record()).consent_until is None
    assert (await office.answers(f"prove {town.case_id} --json"))["proved"]


async def test_a_consent_until_a_day_that_has_passed_is_refused_in_words(town: Town, office: Office) -> None:
    await town.hospital_tells(consent=None)
    told = await refused(office, f"consent {town.case_id} --give --until {days_ahead(town, -1)} --as kim")
    assert "has passed" in told
    assert "name its last day" in told
    assert (await town.record()).consent == ""


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--refuse --scope service", "--line"),
        ("--refuse --scope provider", "--provider"),
        ("--refuse --line C1.1", "--scope service"),
        ("--withdraw --until 2030-01-01", "--give"),
        ("--give --until 2030-01-01 --no-end", "not both"),
    ],
)
async def test_options_that_do_not_fit_together_are_refused_in_words(
    town: Town, office: Office, options: str, says: str
) -> None:
    await town.hospital_tells()
    ran = await office.runs(f"consent {town.case_id} {options} --as kim")
    assert ran.code != 0
    assert says in ran.error


async def test_a_provider_or_a_line_that_is_not_there_is_refused_in_words(town: Town, office: Office) -> None:
    await town.hospital_tells()
    nobody = f"consent {town.case_id} --refuse --scope provider --provider nobody --as kim"
    assert "There is no provider nobody" in await refused(office, nobody)
    other = f"consent {town.case_id} --refuse --scope service --line C0000.1 --as kim"
    assert "There is no line C0000.1" in await refused(office, other)


async def test_what_the_person_refuses_is_said_by_show_and_taken_back_by_command(town: Town, office: Office) -> None:
    provider = await served(town, HELP)
    refusing = f"consent {town.case_id} --refuse --scope"
    await office.answers(f"{refusing} lookup --as kim")
    await office.answers(f"{refusing} provider --provider {provider} --as kim")
    page = await shown(office, f"show {town.case_id}")
    assert f"the lookup of records (papers are awaited), provider {provider}" in page
    await office.answers(f"papers {town.case_id} --as kim")
    assert "the papers came" in await shown(office, f"show {town.case_id}")
    giving = f"consent {town.case_id} --give --scope"
    await office.answers(f"{giving} lookup --as kim")
    await office.answers(f"{giving} provider --provider {provider} --as kim")
    assert (await office.answers(f"show {town.case_id} --json"))["refused"] == []
    assert "does not refuse this provider" in await refused(office, f"{giving} provider --provider {provider} --as kim")


async def test_each_service_that_runs_is_kept_or_ended_after_a_withdrawal(town: Town, office: Office) -> None:
    await served(town, HELP)
    line = f"{town.case_id}.1"
    assert "Consent has not ended" in await refused(office, f"line {line} --keep --as kim")
    await office.answers(f"consent {town.case_id} --withdraw --as kim")
    assert await office.task("running-services")
    await office.answers(f"line {line} --keep --as kim")
    assert "running-services" not in await town.open_tasks()


async def test_the_task_says_who_told_of_the_refusal(town: Town, office: Office) -> None:
    await town.hospital_tells(consent=False)
    assert "gm-hospital says that the person refuses it" in await shown(office, "tasks")
    assert "refusal told" in await shown(office, f"show {town.case_id}")
