"""What the record keeps of a consent, its end and refused parts: rows, clocks, tasks, letters."""

from datetime import timedelta
from pathlib import Path

from handoff.profile import load
from handoff.store import tables
from handoff.worklist.next_action import OpenTask
from handoff.worklist.task_kinds import Question, commands
from tests.activities.chart import HELP, MEALS, Chart

NHIS = "nhis-gwangmyeong"


async def test_the_end_of_a_consent_is_a_clock_that_no_stay_and_no_death_pauses(chart: Chart) -> None:
    ends_at = chart.now + timedelta(days=30)
    await chart.write("case_screened")
    await chart.write("consent_renewed", until=ends_at)
    clock = await chart.clock("consent-ends")
    assert (clock.due_at, clock.due_at - clock.warn_at) == (ends_at, timedelta(days=14))
    await chart.write("suspended", until=chart.now)
    await chart.write("death_told", until=chart.now)
    assert (await chart.clock("consent-ends")).pauses == []
    assert (await chart.case_row()).consent_until == ends_at


async def test_an_end_so_near_that_its_warning_has_passed_is_asked_about_at_once(chart: Chart) -> None:
    await chart.write("consent_renewed", until=chart.now + timedelta(days=3))
    assert (await chart.tasks())["renew-consent"].owner == "coordinator"
    await chart.write("consent_renewed")
    assert "renew-consent" not in await chart.tasks()
    assert "consent-ends" not in await chart.running()
    assert (await chart.case_row()).consent_until is None


async def test_the_date_of_a_discharge_is_no_end_of_the_consent_in_its_notice(chart: Chart) -> None:
    key = "consent_given:discharge.notified#1"
    await chart.write("consent_given", key=key, code="actual", until=chart.now + timedelta(days=1))
    assert (await chart.case_row()).consent_until is None


async def test_after_the_end_of_a_consent_its_renewal_has_time_and_an_owner(chart: Chart) -> None:
    await chart.write("consent_renewed", until=chart.now + timedelta(days=3))
    chart.passes(days=3)
    await chart.write("consent_expired")
    tasks = await chart.tasks()
    assert tasks["renew-consent"].due_at == (await chart.clock("consent-again")).due_at
    assert tasks["renew-consent"].about == {"ended": True}
    assert (await chart.case_row()).consent == "expired"


async def test_a_line_that_its_provider_gives_back_is_no_running_service_any_more(chart: Chart) -> None:
    [meals, help_] = await chart.planned({**MEALS, "prefers": "gm-meals-01"}, HELP)
    for line in (meals, help_):
        await chart.write("offer_accepted", (await chart.write("offer_made", line)).subject)
    await chart.write("consent_withdrawn")
    assert (await chart.tasks())["running-services"].about == {"lines": [meals, help_]}
    await chart.write("offer_changed_mind", meals, code="other")
    assert (await chart.tasks())["running-services"].about == {"lines": [help_]}
    await chart.write("service_kept", help_)
    assert "running-services" not in await chart.tasks()
    assert "running-services" not in await chart.running()


async def test_who_says_that_the_person_refuses_stands_in_the_task_that_asks_for_consent(chart: Chart) -> None:
    await chart.write("consent_withdrawn")
    await chart.write("refusal_told", who=NHIS, code="support")
    tasks = await chart.tasks()
    assert tasks["consent-again"].about == {"refused_by": NHIS, "refuses": "support"}
    assert "confirm-refusal" not in tasks


async def test_a_provider_that_does_not_exist_cannot_be_refused(chart: Chart) -> None:
    assert (await chart.write("provider_refused", code="nobody")).verdict == "gone"
    assert (await chart.case_row()).refused == []


async def parts_told(chart: Chart) -> tuple[str, str]:
    """Two services that run, each of which a relative says is refused, and one of their providers."""
    meals, help_ = await chart.planned({**MEALS, "prefers": "gm-meals-01"}, HELP)
    for line in (meals, help_):
        await chart.write("offer_accepted", (await chart.write("offer_made", line)).subject)
        await chart.write("refusal_told", line, who="a daughter", code="service")
    await chart.write("refusal_told", chart.case, who="a daughter", code="provider:gm-meals-01")
    return meals, help_


async def asked(chart: Chart) -> dict[str, list[str]]:
    """The commands that answer whether each part is refused."""
    rows = [row for row in await chart.rows(tables.tasks, kind="confirm-refusal") if row.closed_at is None]
    return {
        row.subject: commands(Question(row.task_id, row.kind, chart.case, chart.now, row.subject, row.about), row.owner)
        for row in rows
    }


async def test_each_part_that_others_say_is_refused_is_a_task_with_its_own_command(chart: Chart) -> None:
    meals, help_ = await parts_told(chart)
    refuses = f"handoff consent {chart.case} --refuse --scope"
    assert {part: said[1] for part, said in (await asked(chart)).items()} == {
        meals: f"{refuses} service --line {meals} --as coordinator",
        help_: f"{refuses} service --line {help_} --as coordinator",
        "gm-meals-01": f"{refuses} provider --provider gm-meals-01 --as coordinator",
    }


async def test_a_part_that_the_person_refuses_is_asked_about_no_longer_and_the_others_are(chart: Chart) -> None:
    meals, help_ = await parts_told(chart)
    await chart.write("service_refused", help_, who="coordinator")
    assert set(await asked(chart)) == {meals, "gm-meals-01"}
    await chart.write("provider_refused", code="gm-meals-01", who="coordinator")
    assert set(await asked(chart)) == {meals}
    assert f"refusal-confirmation:{meals}" in await chart.running()
    await chart.write("consent_withdrawn")
    await chart.write("consent_given", code="support")
    assert set(await asked(chart)) == {meals}


async def test_two_who_tell_of_one_refusal_stand_in_its_task(chart: Chart) -> None:
    await chart.write("refusal_told", who=NHIS, code="support")
    await chart.write("refusal_told", who="gm-meals-01", code="support")
    assert (await chart.tasks())["confirm-refusal"].about["refused_by"] == f"{NHIS}, gm-meals-01"


def called_by_phone(folder: Path) -> Path:
    path = folder / "called.toml"
    path.write_text(
        f'extends = "gwangmyeong"\ncode = "called"\n\n[[institutions]]\ncode = "{NHIS}"\nchannel = "phone"\n'
    )
    return path


async def test_a_lookup_that_is_refused_before_the_insurer_is_called_stands_in_the_task(
    chart: Chart, tmp_path: Path
) -> None:
    chart.ward.profile = load.load(called_by_phone(tmp_path))
    await chart.write("lookup_refused", code="lookup")
    await chart.surveyed(score=5)
    task = (await chart.tasks())["determine"]
    assert task.about["records"] == "lookup-refused"
    about = OpenTask(task.task_id, chart.case, task.kind, task.owner, chart.now, task.due_at, about=task.about)
    assert "refuses the lookup of records" in about.asks
    await chart.write("lookup_allowed", code="lookup")
    assert (await chart.tasks())["determine"].about["records"] == "lookup-allowed"


async def test_a_lookup_that_is_refused_while_consent_is_over_is_told_once_there_is_consent_again(chart: Chart) -> None:
    await chart.surveyed(score=5)
    await chart.write("consent_withdrawn")
    await chart.write("lookup_refused", code="lookup")
    assert await chart.letters(NHIS, "handoff.progressed") == []
    await chart.write("consent_given", code="support")
    [letter] = await chart.letters(NHIS, "handoff.progressed")
    assert letter["state"] == "lookup-refused"
    await chart.write("consent_withdrawn")
    await chart.write("consent_given", code="support")
    assert len(await chart.letters(NHIS, "handoff.progressed")) == 1


async def test_after_the_end_of_a_consent_nobody_is_told_whom_a_service_is_for(chart: Chart) -> None:
    """The record was away when it came, so that it is not written yet."""
    [line] = await chart.planned({**MEALS, "prefers": "gm-meals-01"})
    offer = (await chart.write("offer_made", line)).subject
    await chart.write("consent_renewed", until=chart.now + timedelta(hours=1))
    chart.passes(hours=2)
    await chart.write("offer_accepted", offer)
    assert "referral.confirmed" not in await chart.kinds("gm-meals-01")
    await chart.write("consent_expired")
    await chart.write("consent_given", code="support")
    assert "referral.confirmed" in await chart.kinds("gm-meals-01")
