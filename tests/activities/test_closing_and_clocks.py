from datetime import timedelta

import pytest

from handoff.store.tables import tasks as tasks_table
from tests.activities.chart import MEALS, MONDAY, SAFETY, Chart, Ward, named

MEALS_BY_TOPIC = {**MEALS, "prefers": "gm-meals-01"}


async def test_a_death_with_an_open_offer_undoes_everything_and_asks_nobody_to_call_the_household(chart: Chart) -> None:
    [line] = await chart.planned(MEALS_BY_TOPIC)
    await chart.write("offer_made", line)
    told = len(await chart.kinds("gm-meals-01"))
    closed = await chart.write("closed", code="outcome-died")
    assert all(due.due_at is None for due in closed.dues)
    assert set((await chart.referrals()).values()) == {"cancelled"}
    after = (await chart.letters("gm-meals-01"))[told:]
    assert [(letter["offer_id"], letter["reason"]) for letter in after] == [(f"{line}.O1", "other")]
    assert not any("phone" in str(letter) for letter in after)
    row = await chart.case_row()
    assert (row.end_reason, row.outcome) == (None, "died")
    assert await chart.tasks() == {}


async def test_at_the_end_everybody_who_was_told_something_is_told_of_it_once(chart: Chart) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    await chart.visited(offer.rpartition(".")[0])
    await chart.write("closed", code="reason-3")
    for receiver in ("gm-hospital", "gm-meals-01", "gm-centre-cheolsan", "gm-conference"):
        assert (await chart.kinds(receiver)).count("handoff.closed") == 1
    assert (await chart.letters("gm-hospital", "handoff.closed"))[0]["end_reason"] == 3
    assert (await chart.letters("gm-hospital", "handoff.closed"))[0]["ended_at"] == chart.now.isoformat()
    assert (await chart.write("closed", code="reason-5")).verdict == "closed"
    assert (await chart.case_row()).end_reason == 3


async def test_what_comes_after_the_end_is_read_by_a_person(chart: Chart) -> None:
    await chart.write("closed", code="outcome-opened-in-error")
    fact = await chart.told("contact.made", {}, "gm-centre-cheolsan")
    await chart.write("told_after_closing", why="contact.made", fact=fact)
    assert (await chart.tasks())["after-closing"].fact_id == fact


async def test_withdrawn_consent_recalls_open_offers_and_stops_what_would_tell_somebody_new(chart: Chart) -> None:
    [meals, safety] = await chart.planned(MEALS_BY_TOPIC, SAFETY)
    await chart.write("offer_accepted", (await chart.write("offer_made", safety)).subject)
    offer = await chart.write("offer_made", meals)
    withdrawn = await chart.write("consent_withdrawn")
    assert [told.line for told in withdrawn.lines] == [meals]
    assert (await chart.referrals())[offer.subject] == "cancelled"
    assert (await chart.referrals())[f"{safety}.O1"] == "accepted"
    assert "consent-again" in await chart.tasks()
    assert "referral.withdrawn" in await chart.kinds("gm-meals-01")
    await chart.write("consent_given")
    assert "consent-again" not in await chart.tasks()
    assert "consent-again" not in await chart.running()


async def test_a_determination_waits_while_consent_is_withdrawn_and_says_why(chart: Chart) -> None:
    await chart.surveyed(score=5)
    before = (await chart.clock("determination")).due_at
    await chart.write("consent_withdrawn")
    clock = await chart.clock("determination")
    assert clock.pauses[-1]["why"] == "consent-withdrawn"
    chart.passes(days=2)
    given = named(await chart.write("consent_given"))
    assert given["determination"].due_at is not None
    assert given["determination"].due_at > before


async def test_a_refusal_closes_the_gate(ward: Ward) -> None:
    chart = await ward.admitted(consent="")
    await chart.write("case_screened")
    await chart.write("consent_refused")
    assert (await chart.case_row()).consent == "refused"
    assert "consent" not in await chart.tasks()


@pytest.mark.parametrize(
    ("clock", "kind", "owner"),
    [
        ("first-contact", "contact", "duty-officer"),
        ("first-service", "first-service-late", "team-lead"),
        ("presurvey", "assess", "duty-officer"),
    ],
)
async def test_a_clock_that_runs_out_always_has_somebody_who_owns_what_it_stands_for(
    chart: Chart, clock: str, kind: str, owner: str
) -> None:
    await chart.write("case_screened")
    await chart.write("assessment_requested")
    await chart.write("late", clock)
    overdue = await chart.write("overdue", clock)
    task = (await chart.tasks())[kind]
    assert (task.owner, overdue.verdict) == (owner, owner)
    assert task.escalated_at == chart.now
    assert task.about["overdue"] == clock
    assert clock in await chart.running()


async def test_a_warning_marks_the_task_it_is_about(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("late", "first-contact")
    assert (await chart.tasks())["contact"].about["warned"] == "first-contact"


async def test_a_late_service_is_chased_until_it_begins(chart: Chart) -> None:
    [offer] = await chart.served(MEALS)
    line = offer.rpartition(".")[0]
    await chart.write("overdue", f"service-start:{line}")
    assert (await chart.tasks())["chase"].about["limit"] == "service-start"
    await chart.visited(line)
    assert "chase" not in await chart.tasks()


async def test_a_plan_that_waits_for_its_decision_too_long_is_decided_by_a_person(chart: Chart) -> None:
    await chart.planned(MEALS, approved=False)
    await chart.write("overdue", "plan")
    assert (await chart.tasks())["decide"].owner == "team-lead"
    await chart.write("plan_approved", chart.case)
    assert "decide" not in await chart.tasks()


async def test_a_task_that_nothing_else_answers_is_settled_by_hand(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("death_doubted", who="nhis-gwangmyeong", until=MONDAY - timedelta(days=900))
    task = (await chart.tasks())["confirm-death"]
    assert (await chart.write("task_settled", task.task_id, who="kim")).verdict == "settled"
    assert "death-confirmation" not in await chart.running()
    assert (await chart.write("task_settled", task.task_id, who="kim")).verdict == "gone"
    [row] = await chart.rows(tasks_table, kind="confirm-death")
    assert row.closed_by == "kim"


async def test_what_is_set_aside_is_answered_to_its_sender_by_the_id_of_its_message(chart: Chart) -> None:
    fact = await chart.told("plan.approved", {}, "gm-conference", "conf-9")
    await chart.write("set_aside", chart.case, code="not-awaited", why="plan.approved", fact=fact, who="gm-conference")
    [letter] = await chart.letters("gm-conference", "notice.rejected")
    assert (letter["message_id"], letter["code"]) == ("conf-9", "not-awaited")


async def test_services_that_are_over_leave_a_decision_to_a_person(chart: Chart) -> None:
    await chart.planned(MEALS)
    await chart.write("services_over")
    assert "review-end" in await chart.tasks()
    await chart.planned(SAFETY)
    assert "review-end" not in await chart.tasks()
