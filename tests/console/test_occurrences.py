"""What people tell has the moment at which it occurred; it may be corrected, and the proof stays true."""

from datetime import datetime, timedelta

import pytest

from handoff.store.tables import checks, facts, timeline, visits
from handoff.timezone import KST
from tests.console.office import Office, shown
from tests.workflows.story import accepted, approved, planned, served, visited
from tests.workflows.town import MEALS, SAFETY, Town


def typed(moment: datetime) -> str:
    return f"{moment.astimezone(KST):%Y-%m-%dT%H:%M}"


def same_minute(one: datetime, other: datetime) -> bool:
    return abs(one - other) < timedelta(minutes=1)


async def refused(office: Office, line: str) -> str:
    ran = await office.runs(line)
    assert ran.code == 3, (line, ran)
    return str(ran.error)


async def test_visits_typed_two_days_late_have_their_own_days_and_can_be_corrected_twice(
    town: Town, office: Office
) -> None:
    await accepted(town, SAFETY)
    visit = await town.visit()
    took_place = visit.planned_at + timedelta(hours=1)
    await town.until(took_place + timedelta(days=2))
    await office.answers(f"visit {visit.visit_id} --completed --at {typed(took_place)} --as kim")
    assert same_minute((await town.record()).support_began_at, took_place)
    [row] = await town.rows(visits)
    assert (row.state, same_minute(row.ended_at, took_place)) == ("completed", True)

    read = " ".join((await shown(office, f"show {town.case_id}")).replace("│", "").split())
    assert "the first delivered service was kept, told 2 days late" in read
    assert "a call to the person was" not in read

    for hours in (2, 3):
        moment = visit.planned_at + timedelta(hours=hours)
        line = f"visit {visit.visit_id} --completed --at {typed(moment)} --as kim"
        assert "--why" in await refused(office, line)
        done = await office.answers(f"{line} --why typing-error")
        assert (done["milestones"], done["verdicts"]) == (["corrected"], ["corrected"])
        assert same_minute((await town.record()).support_began_at, moment)

    rows = [row for row in await town.rows(timeline) if row.what in ("visit_completed", "corrected")]
    assert [row.corrects for row in rows] == ["", rows[0].key, rows[1].key]
    assert [same_minute(row.occurred_at, visit.planned_at + timedelta(hours=h)) for h, row in enumerate(rows, 1)] == [
        True
    ] * 3
    proof = await office.answers(f"prove {town.case_id} --json")
    assert proof["proved"]


async def test_a_plain_repeat_writes_nothing(town: Town, office: Office) -> None:
    await planned(town, MEALS)
    case = town.case_id
    await office.answers(f"decide {case} --approve --as kim")
    offer, _ = await town.offer()
    await office.answers(f"answer {offer} --accept --as kim")
    visit = await town.visit()
    await town.until(visit.planned_at)
    await office.answers(f"visit {visit.visit_id} --completed --as kim")
    rows, acted = await town.rows(timeline), await town.rows(facts)
    for line in (
        f"consent {case} --give",
        f"assess {case} --score 3",
        f"decide {case} --approve",
        f"answer {offer} --accept",
        f"visit {visit.visit_id} --completed",
    ):
        ran = await office.runs(f"{line} --as kim")
        assert (ran.code, ran.content["milestones"], ran.content["recorded"] != "") == (0, [], True), line
    assert (await town.rows(timeline), await town.rows(facts)) == (rows, acted)


async def test_what_cannot_have_occurred_is_refused_with_the_moment_that_it_contradicts(
    town: Town, office: Office
) -> None:
    await served(town, MEALS)
    case, visit = town.case_id, await town.visit()
    [check] = [row for row in await town.rows(checks) if row.name == "day-30"]
    opened = next(row for row in await town.rows(facts) if row.number == 1).occurred_at
    began = (await town.record()).support_began_at
    before, rows = typed(opened - timedelta(hours=2)), await town.rows(timeline)
    for line, says in (
        (f"visit {visit.visit_id} --completed", typed(visit.planned_at)),
        (f"visit {visit.visit_id} --missed refused", typed(visit.planned_at)),
        (f"check {check.check_id} --ok", typed(check.planned_at)),
        (f"contact {case} --made --at {before}", typed(opened)),
        (f"contact {case} --made --at {typed(town.now + timedelta(hours=1))}", "future"),
        (f"admit {case} --at {typed(town.now + timedelta(days=1))}", "future"),
        (f"close {case} --reason 3 --at {before}", typed(began)),
    ):
        assert says.replace("T", " ") in await refused(office, f"{line} --as kim --why told-late"), line
    assert await town.rows(timeline) == rows


async def test_what_is_told_more_than_a_week_late_needs_a_reason(town: Town, office: Office) -> None:
    await served(town, MEALS)
    called = town.now
    await town.passes(days=8)
    line = f"contact {town.case_id} --made --at {typed(called)} --as kim"
    assert "--why" in await refused(office, line)
    await office.answers(f"{line} --why on-leave")
    row = next(row for row in await town.rows(timeline) if row.what == "contact_made")
    assert (row.why, same_minute(row.occurred_at, called), row.known_at - called > timedelta(days=7)) == (
        "on-leave",
        True,
        True,
    )


async def test_a_visit_that_did_not_take_place_takes_the_beginning_of_support_back(town: Town, office: Office) -> None:
    await served(town, MEALS)
    [visit] = [row for row in await town.visits() if row.state == "completed"]
    await office.answers(f"visit {visit.visit_id} --missed no-answer --as kim --why wrong-visit")
    case = await town.record()
    assert (case.support_began_at, (await town.state()).support_began) == (None, False)
    assert await town.clock("first-service")
    assert "handoff.progressed:first-service-taken-back" in await town.letters("gm-hospital")
    assert "has not begun" in await refused(office, f"close {town.case_id} --reason 3 --as kim")
    await office.answers(f"visit {visit.visit_id} --completed --as kim --why it-was-right")
    assert (await town.state()).support_began
    assert (await office.answers(f"prove {town.case_id} --json"))["proved"]


async def test_an_answer_that_was_typed_wrong_goes_back_to_who_gave_it(town: Town, office: Office) -> None:
    await approved(town, SAFETY)
    first, provider = await town.offer()
    await office.answers(f"answer {first} --decline no-capacity --as kim")
    second, _ = await town.offer()
    await office.answers(f"answer {first} --accept --as kim --why wrong-line")
    states = {row.offer_id: row.state for row in await town.referrals()}
    assert (states[second], (await town.visit()).provider) == ("cancelled", provider)
    await office.answers(f"answer {first} --decline other --as kim --why still-wrong")
    assert [row.state for row in await town.visits()] == ["cancelled"]
    assert (await town.offer())[0] not in (first, second)


async def test_an_acceptance_stands_once_another_has_taken_the_line(town: Town, office: Office) -> None:
    await approved(town, SAFETY)
    first, _ = await town.offer()
    await office.answers(f"answer {first} --decline no-capacity --as kim")
    second, _ = await town.offer()
    await office.answers(f"answer {second} --accept --as kim")
    assert "another provider has accepted it" in await refused(
        office, f"answer {first} --accept --as kim --why wrong-line"
    )
    await visited(town)
    assert "a visit of this provider has taken place" in await refused(
        office, f"answer {second} --decline other --as kim --why wrong-line"
    )


@pytest.mark.parametrize(("score", "route", "task"), [(5, "determination", None), (1, "guide", "guide")])
async def test_another_score_leads_another_way_until_a_plan_is_submitted(
    town: Town, office: Office, score: int, route: str, task: str | None
) -> None:
    await town.hospital_tells()
    await office.answers(f"assess {town.case_id} --score 3 --as kim")
    assert "draft-plan" in await town.open_tasks()
    line = f"assess {town.case_id} --score {score} --as kim"
    assert "--why" in await refused(office, line)
    await office.answers(f"{line} --why typing-error")
    state = await town.state()
    assert (state.route, state.assessed) == (route, "")
    assert "draft-plan" not in await town.open_tasks()
    assert task is None or task in await town.open_tasks()
    assert (await office.answers(f"prove {town.case_id} --json"))["proved"]


async def test_a_check_that_was_not_made_is_due_again(town: Town, office: Office) -> None:
    await served(town, SAFETY)
    [check] = [row for row in await town.rows(checks) if row.name == "day-3"]
    await town.until(check.planned_at)
    await office.answers(f"check {check.check_id} --ok --as kim")
    assert "check" not in await town.open_tasks()
    await office.answers(f"check {check.check_id} --failed --as kim --why other-person")
    assert "check" in await town.open_tasks()
    await office.answers(f"check {check.check_id} --ok --as kim")
    assert "check" not in await town.open_tasks()


async def test_a_plan_and_a_notice_have_the_moment_at_which_they_came(town: Town, office: Office) -> None:
    came = town.now - timedelta(hours=5)
    words = f"notice --name 한소망 --phone 010-1234-5678 --discharged-at {came.isoformat()} --as kim"
    taken = await office.answers(
        f"{words} --address '경기도 광명시 철산로 12' --birth 1944-03-01 --at {came.isoformat()}"
    )
    assert taken["case"]
    future = (town.now + timedelta(hours=1)).isoformat()
    refused = await office.runs(f"{words} --at {future}")
    assert (refused.code, "lies in the future" in refused.error) == (3, True), refused


async def test_a_score_of_zero_is_a_score(town: Town, office: Office) -> None:
    await town.hospital_tells()
    await office.answers(f"assess {town.case_id} --score 0 --as kim")
    assert "recorded already" in (await shown(office, f"assess {town.case_id} --score 0 --as kim"))
    assert "--why" in await refused(office, f"assess {town.case_id} --score 3 --as kim")
    assert "score 0" in await shown(office, f"show {town.case_id}")


async def test_a_promise_that_was_broken_before_is_broken_when_it_is_made_again(town: Town, office: Office) -> None:
    await town.hospital_tells()
    await office.answers(f"assess {town.case_id} --score 3 --as kim")
    await town.until((await town.clock("first-service")).due_at)
    [before] = [task for task in await office.tasks() if task["kind"] == "first-service-late"]
    await office.answers(f"assess {town.case_id} --score 1 --why typing-error --as kim")
    assert not [task for task in await office.tasks() if task["kind"] == "first-service-late"]
    await office.answers(f"assess {town.case_id} --score 3 --why typing-error --as kim")
    [again] = [task for task in await office.tasks() if task["kind"] == "first-service-late"]
    assert (again["owner"], again["due_at"], again["overdue"]) == (before["owner"], before["due_at"], True)


@pytest.mark.parametrize("since", [False, True])
async def test_a_visit_that_was_missed_after_all_is_called_about_unless_a_later_one_was_delivered(
    town: Town, office: Office, *, since: bool
) -> None:
    await served(town, {**MEALS, "per": "day", "quantity": 1})
    first = (await town.rows(visits))[0]
    if since:
        await town.passes(days=1)
        [second] = [row for row in await town.rows(visits) if row.visit_id != first.visit_id]
        if second.planned_at > town.now:
            await town.until(second.planned_at)
        await office.answers(f"visit {second.visit_id} --completed --as kim")
    await office.answers(f"visit {first.visit_id} --missed no-answer --why typing-error --as kim")
    asked = {task["kind"] for task in await office.tasks() if task["subject"] == first.visit_id}
    assert ("missed-visit" in asked) is not since
    assert await office.answers(f"prove {town.case_id}")


async def test_an_admission_is_repeated_or_corrected_with_a_reason(town: Town, office: Office) -> None:
    await approved(town, SAFETY)
    await town.passes(hours=5)
    first, other = town.now - timedelta(hours=2), town.now - timedelta(hours=3)
    await office.answers(f"admit {town.case_id} --at {typed(first)} --as kim")
    rows = len(await town.rows(timeline))
    for again in (f"--at {typed(first)} ", ""):
        assert "recorded already" in await shown(office, f"admit {town.case_id} {again}--as kim")
    assert "--why" in await refused(office, f"admit {town.case_id} --at {typed(other)} --as kim")
    assert len(await town.rows(timeline)) == rows
    await office.answers(f"admit {town.case_id} --at {typed(other)} --why typing-error --as kim")
    assert same_minute((await town.record()).admitted_at, other)


async def test_a_determination_is_corrected_in_both_directions(town: Town, office: Office) -> None:
    await town.hospital_tells()
    await office.answers(f"assess {town.case_id} --score 5 --as kim")
    for result, why in (
        ("not-eligible", ""),
        ("eligible", "--why typing-error"),
        ("not-eligible", "--why typing-error"),
    ):
        await office.answers(f"assess {town.case_id} --result {result} {why} --as kim")
        assert (await town.record()).eligibility == result
    whats = [row.what for row in await town.rows(timeline)]
    assert (whats.count("determination_recorded"), whats.count("corrected")) == (1, 2)
