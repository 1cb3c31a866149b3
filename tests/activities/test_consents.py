"""What the record keeps of a consent, its end and refused parts: rows, clocks, tasks, letters."""

from datetime import timedelta

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
