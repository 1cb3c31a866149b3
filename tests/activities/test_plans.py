from handoff.case.messages import MilestoneResult
from handoff.store.tables import plans
from tests.activities.chart import HELP, MEALS, SAFETY, Chart, named


async def submitted(chart: Chart, *lines: object, who: str = "gm-centre-cheolsan") -> MilestoneResult:
    fact = await chart.told("plan.drafted", {"lines": list(lines)}, who)
    return await chart.write("plan_submitted", who=who, fact=fact)


async def test_a_plan_is_put_to_the_conference_without_the_persons_name(chart: Chart) -> None:
    assert await chart.planned(MEALS, SAFETY, approved=False) == [f"{chart.case}.1", f"{chart.case}.2"]
    [letter] = await chart.letters("gm-conference", "plan.submitted")
    assert [line["service"] for line in letter["lines"]] == ["meal-delivery", "home-safety"]
    assert letter["score"] == 2
    assert "김복순" not in str(letter)
    assert "decision" in await chart.running()
    assert "draft-plan" not in await chart.tasks()


async def test_a_plan_with_a_line_nobody_can_read_is_refused_and_its_author_told_where(chart: Chart) -> None:
    await chart.surveyed()
    refused = await submitted(chart, {"service": "hair-dresser", "kind": "one-off"})
    assert refused.verdict == "refused"
    [letter] = await chart.letters("gm-centre-cheolsan", "notice.rejected")
    assert letter["place"] == "/lines/0/service"
    assert "draft-plan" in await chart.tasks()
    assert await chart.rows(plans) == []


async def test_an_approved_plan_is_in_force_and_the_statutory_check_is_planned(chart: Chart) -> None:
    await chart.planned(MEALS)
    assert "month-3" in await chart.checks()
    assert not {"plan", "decision"} & await chart.running()
    assert (await chart.case_row()).stage == "services"
    assert "plan-approved" in [letter.get("state") for letter in await chart.letters("gm-hospital")]


async def test_the_next_version_ends_what_it_leaves_out_and_keeps_what_it_names(chart: Chart) -> None:
    [meals, _safety] = await chart.planned(MEALS, SAFETY)
    for line in (meals, _safety):
        await chart.write("offer_accepted", (await chart.write("offer_made", line)).subject)
    second = await submitted(chart, {**MEALS, "keeps": meals}, HELP)
    assert [(line.line, line.keeps) for line in second.lines] == [(meals, meals), (f"{chart.case}.3", "")]
    approved = await chart.write("plan_approved", chart.case, quantity=2)
    assert {line.line for line in approved.lines} == {meals, f"{chart.case}.3"}
    assert await chart.lines() == {meals: "accepted", _safety: "removed", f"{chart.case}.3": "planned"}
    assert (await chart.referrals())[f"{_safety}.O1"] == "cancelled"
    assert [row.state for row in await chart.rows(plans)] == ["replaced", "approved"]


async def test_a_line_that_is_not_ours_cannot_be_kept(chart: Chart) -> None:
    await chart.planned(MEALS)
    refused = await submitted(chart, {**MEALS, "keeps": "C9999.1"})
    assert refused.verdict == "refused"


async def test_an_urgent_line_is_offered_before_the_decision_and_ratified_by_it(chart: Chart) -> None:
    [line] = await chart.planned({**MEALS, "urgent": True, "prefers": "gm-meals-01"}, approved=False)
    offer = await chart.write("offer_made", line)
    assert f"urgent-answer:{offer.subject}" in await chart.running()
    [letter] = await chart.letters("gm-meals-01", "referral.offered")
    assert letter["provisional"]
    await chart.write("plan_approved", chart.case, quantity=1)
    assert [news["state"] for news in await chart.letters("gm-meals-01", "handoff.progressed")] == ["ratified"]


async def test_a_rejected_plan_undoes_what_was_provisional_and_asks_for_another(chart: Chart) -> None:
    [line] = await chart.planned({**MEALS, "urgent": True, "prefers": "gm-meals-01"}, approved=False)
    await chart.write("offer_made", line)
    rejected = await chart.write("plan_rejected", chart.case, quantity=1, code="too-much")
    assert rejected.verdict == "revise"
    assert await chart.lines() == {line: "removed"}
    assert await chart.kinds("gm-meals-01") == ["referral.offered", "referral.withdrawn"]
    assert "draft-plan" in await chart.tasks()
    assert named(rejected)["plan-revision"].due_at


async def test_a_plan_rejected_too_often_is_escalated_to_the_team_lead(chart: Chart) -> None:
    verdicts = []
    for _ in range(3):
        await chart.planned(MEALS, approved=False)
        verdicts.append((await chart.write("plan_rejected", chart.case)).verdict)
    assert verdicts == ["revise", "revise", "escalated"]
    assert (await chart.tasks())["plan-escalated"].owner == "team-lead"
    await chart.planned(MEALS)
    assert "plan-escalated" not in await chart.tasks()


async def test_a_decision_about_a_version_that_does_not_wait_changes_nothing(chart: Chart) -> None:
    await chart.planned(MEALS)
    assert (await chart.write("plan_approved", chart.case, quantity=1)).verdict == "gone"
    assert (await chart.write("plan_rejected", chart.case, quantity=7)).verdict == "gone"
    assert await chart.lines() == {f"{chart.case}.1": "planned"}


async def test_a_plan_rejected_in_follow_up_leaves_the_one_in_force_alone(chart: Chart) -> None:
    [offer] = await chart.served(MEALS)
    line = offer.rpartition(".")[0]
    await submitted(chart, {**MEALS, "keeps": line}, {**SAFETY, "urgent": True})
    await chart.write("offer_accepted", (await chart.write("offer_made", f"{chart.case}.2")).subject)
    rejected = await chart.write("plan_rejected", chart.case, quantity=2)
    assert [told.line for told in rejected.lines] == [f"{chart.case}.2"]
    assert await chart.lines() == {line: "accepted", f"{chart.case}.2": "removed"}
