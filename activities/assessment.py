"""Needs: the community centre's pre-survey, the insurer's determination, the short survey after a return."""

from collections.abc import Mapping
from typing import Any

from activities.letters import assessment_requested as ask_assessor
from activities.page import Page
from activities.screening import ask_eligibility, screened
from handoff.milestones import Due, Entry, Outcome
from handoff.rules.eligibility import Found
from handoff.rules.routes import route
from handoff.store.assessments import AssessmentRow
from handoff.task_clocks import TASKS_OF


async def assessment_requested(page: Page, _entry: Entry) -> Outcome:
    """Ask the community centre of the district for the pre-survey."""
    page.update(stage="assessment")
    await request(page, "presurvey", "presurvey", page.profile.assessor_of(page.case.district))
    return page.outcome()


async def presurvey_recorded(page: Page, entry: Entry) -> Outcome:
    """Write the survey down and screen with it.

    Verdict: the route of the municipality's table (guide, own-survey, determination), or `not-eligible` and
    `undetermined` where we surveyed ourselves and no door of the Act is known to be open.
    """
    told = page.body().get("found") or {}
    way = route(entry.quantity, page.profile)
    await _answered(page, "presurvey")
    await _no_longer_doubted(page)
    await _write(page, "presurvey", way, told)
    # Whoever is not merely guided elsewhere was found to need several things at once.
    need = told.get("complex_need")
    found = Found(told.get("severe_disability"), told.get("group") or "", way != "guide" if need is None else need)
    screening = await screened(page, found)
    if way == "guide":
        await page.ask("guide", await page.start("contact-attempt", "guide"))
    elif way == "determination":
        await request(page, "determination", "determination", page.profile.insurer)
    elif screening.eligibility != "eligible":
        await ask_eligibility(page, screening)
        return page.outcome(screening.eligibility)
    else:
        await _eligible(page)
    return page.outcome(way)


async def determination_recorded(page: Page, entry: Entry) -> Outcome:
    """Take the determination, or a person's own decision, as the last word. Verdict: eligible or not-eligible."""
    told = page.body().get("found") or {}
    await _answered(page, "presurvey", "determination")
    await _no_longer_doubted(page)
    await _write(page, "determination", entry.code, told)
    page.update(eligibility=entry.code)
    if entry.code == "eligible":
        await _eligible(page)
        return page.outcome(entry.code)
    due = await page.start("contact-attempt", "eligibility")
    await page.ask("eligibility", due, about={"eligibility": entry.code, "reasons": ["determined"]})
    await _tell_result(page)
    return page.outcome(entry.code)


async def resurvey_recorded(page: Page, _entry: Entry) -> Outcome:
    """The short survey after a return is in; a changed need is a new plan, which a person drafts."""
    told = page.body().get("found") or {}
    await _answered(page, "resurvey")
    await _write(page, await next_resurvey(page), "resurveyed", told)
    return page.outcome()


async def request(page: Page, limit: str, assessment: str, assessor: str) -> Due:
    """Ask an assessor by letter; one without a topic is called by somebody who has it as a task."""
    due = await page.start(limit, owner=assessor if page.reaches(assessor) else "")
    if not await ask_assessor(page, assessor, assessment, due.due_at):
        about = {"assessment": assessment, "assessor": assessor}
        await page.ask(TASKS_OF[limit][0], due, about=about)
    return due


async def next_resurvey(page: Page) -> str:
    """The key of the re-survey that comes next: resurvey-1, resurvey-2, ..."""
    return f"resurvey-{sum(key.startswith('resurvey') for key in page.assessments.all()) + 1}"


async def _answered(page: Page, *limits: str) -> None:
    await page.stop(*limits)
    await page.answered(*(TASKS_OF[limit][0] for limit in limits))


async def _no_longer_doubted(page: Page) -> None:
    await page.stop("contact-attempt:eligibility", "contact-attempt:guide")
    await page.answered("eligibility", "guide")


async def _write(page: Page, key: str, result: str, found: Mapping[str, Any]) -> None:
    entry, known = page.entry, page.assessments.all().get(key)
    values = {"assessor": entry.who, "score": entry.quantity, "result": result, "found": dict(found)}
    if known:
        page.assessments.change(known, **values, assessed_at=page.entry.at)
    else:
        page.assessments.add(AssessmentRow(page.case.case_id, key, assessed_at=page.entry.at, **values))  # type: ignore[arg-type]


async def _eligible(page: Page) -> None:
    page.update(stage="plan")
    due = await page.start("plan")
    await page.ask("draft-plan", due)
    await _tell_result(page)


async def _tell_result(page: Page) -> None:
    """The result must be told to the person."""
    due = await page.start("contact-attempt", "tell-result")
    await page.ask("tell-result", due)
