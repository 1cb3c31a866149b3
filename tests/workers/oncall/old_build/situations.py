"""Cases in many situations, as the old build brought them there; see README.md."""
# ruff: noqa: I001 - modules of that build, some of which this tree has not

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from events.inbox import Inbox
from simulation.records import Stay
from tests.events.desk import notice
from tests.journeys import stages
from tests.journeys.city import City, somebody, stay, until
from tests.journeys.stages import CENTRE, CONFERENCE, HOSPITAL, PROTECTION, PROTECTION_PROVIDER, line
from workflows.chapters import Chapters
from workflows.client import TASK_QUEUE, workflow_id
from workflows.discharge_handoff import DischargeHandoff
from workflows.messages import Begin

INSURER = "nhis-gwangmyeong"
SHORT_CHAPTER = 40  # events
HIGH_PRIORITY = date(1938, 5, 1)


# With limits of a minute, which run out.


async def consent_overdue(city: City) -> str:
    return await city.opened(replace(stages.long_ago(), consent=None))


async def provider_silent(city: City) -> str:
    return await with_plan(city, stages.long_ago())


async def check_due(city: City) -> str:
    case = await stages.consented(city, told=stages.long_ago())
    await city.task("check", case)
    return case


# With limits of ten years: the case stays where it is.


async def consent_awaited(city: City) -> str:
    return await stages.asked_consent(city)


async def assessment_asked(city: City) -> str:
    return await stages.consented(city)


async def determination_asked(city: City) -> str:
    case = await stages.consented(city)
    await city.says(CENTRE, "presurvey.completed", case, score=5)
    return await written(city, case, "presurvey recorded")


async def plan_submitted(city: City) -> str:
    return await stages.planned(city)


async def plan_rejected(city: City) -> str:
    case = await stages.planned(city)
    await city.says(CONFERENCE, "plan.rejected", case, version=1, reason="other")
    return await written(city, case, "plan rejected")


async def offer_open(city: City) -> str:
    case = await stages.approved(city, line(), stages.meals())
    await stages.offered(city, case, 2)
    return case


async def urgent_line_offered(city: City) -> str:
    case = await stages.planned(city, line(urgent=True), stages.meals())
    await stages.offered(city, case, 1)
    return case


async def declined_then_next(city: City) -> str:
    case = await stages.approved(city)
    first = await stages.offered(city, case)
    await city.says(stages.SAFETY_PROVIDER, "referral.declined", first, reason="no-capacity")
    await until(lambda: asked_next(city, case), f"{case} is offered to the next")
    return case


async def gap(city: City) -> str:
    case = await stages.approved(city, line(PROTECTION, prefers=PROTECTION_PROVIDER))
    await does(city, "answer", await stages.offered(city, case), "--decline no-capacity")
    await city.task("gap", case)
    return case


async def accepted_before_discharge(city: City) -> str:
    case = await with_plan(city, stay(somebody(), expected_at=now() + timedelta(days=20)), "discharge.expected")
    await does(city, "answer", await stages.offered(city, case), "--accept")
    return case


async def served_with_visits(city: City) -> str:
    case = await stages.served(city, stages.meals(), line())
    await stages.offered(city, case, 2)
    return case


async def partly_accepted(city: City) -> str:
    case = await stages.approved(city, {**stages.meals(), "quantity": 5, "per": "week"})
    await does(city, "answer", await stages.offered(city, case), "--partly 3")
    return await written(city, case, "offer partly accepted")


async def missed_visit_climbed(city: City) -> str:
    case = await stages.approved(city, person=somebody(birth_date=HIGH_PRIORITY))
    first = await stages.visited(city, case)
    await does(city, "visit", first, "--missed provider")
    await does(city, "visit", await stages.visited(city, case, but=first), "--missed provider")
    await city.task("missed-visit-escalated", case)
    return case


async def readmitted(city: City) -> str:
    case = await stages.served(city, stages.meals())
    await does(city, "admit", case, "")
    return await written(city, case, "suspended")


async def returned_to_resurvey(city: City) -> str:
    case = await stages.assessed(city)
    await does(city, "admit", case, "")
    await does(city, "discharge", case, f"--at {now().isoformat()}")
    return await written(city, case, "resumed")


async def date_corrected(city: City) -> str:
    told = stay(somebody())
    case = await city.opened(told)
    other = replace(told, moments={"discharged_at": now() - timedelta(hours=5)})
    await city.notifies(HOSPITAL, other, "discharge.corrected")
    return await written(city, case, "discharge corrected")


async def dates_differ(city: City) -> str:
    told = stay(somebody())
    case = await city.opened(told)
    await city.notifies(INSURER, replace(told, moments={"discharged_at": now() - timedelta(hours=30)}))
    await city.task("dates-differ", case)
    return case


async def discharge_cancelled(city: City) -> str:
    told = stay(somebody())
    case = await city.opened(told)
    await city.notifies(HOSPITAL, told, "discharge.cancelled")
    return await written(city, case, "discharge cancelled")


async def consent_withdrawn(city: City) -> str:
    case = await stages.assessed(city)
    await does(city, "consent", case, "--withdraw")
    await city.task("consent-again", case)
    return case


async def second_chapter(city: City) -> str:
    """The running chapter carries the case as the first one, which was full, left it."""
    case = await _with_short_chapters(city)
    await with_plan(city, case=case)
    await does(city, "visit", await stages.visited(city, case), "--completed")

    async def there() -> bool:
        return len(await Chapters(await city.desk.temporal()).back_to(case, ())) > 1

    await until(there, f"{case} begins another chapter")
    return case


async def closed_before_support(city: City) -> str:
    return await _closed(city, await stages.consented(city), "--outcome guided-elsewhere")


async def closed_after_support(city: City) -> str:
    return await _closed(city, await stages.served(city, stages.meals()), "--reason 3")


async def consent_refused(city: City) -> str:
    case = await stages.asked_consent(city)
    await does(city, "consent", case, "--refuse")
    return await written(city, case, "closed")


async def died(city: City) -> str:
    told = stay(somebody())
    case = await city.opened(told)
    await city.notifies(HOSPITAL, replace(told, moments={"died_at": now()}), "person.died")
    return await written(city, case, "closed")


Making = Callable[[City], Awaitable[str]]
HURRIED: tuple[Making, ...] = (consent_overdue, provider_silent, check_due)
ENDED: tuple[Making, ...] = (closed_before_support, closed_after_support, consent_refused, died)
PATIENT: tuple[Making, ...] = (
    *(consent_awaited, assessment_asked, determination_asked, plan_submitted, plan_rejected, offer_open),
    *(urgent_line_offered, declined_then_next, gap, accepted_before_discharge, served_with_visits, partly_accepted),
    *(missed_visit_climbed, readmitted, returned_to_resurvey, date_corrected, dates_differ, discharge_cancelled),
    consent_withdrawn,
)


async def does(city: City, command: str, subject: str, rest: str) -> Any:
    """A command of the coordinator's."""
    return await city.does(f"handoff {command} {subject} {rest} --as coordinator")


async def with_plan(city: City, told: Stay | None = None, kind: str = "discharge.notified", *, case: str = "") -> str:
    """A case whose plan is in force."""
    if told:
        heard = await city.acknowledged(HOSPITAL, await city.notifies(HOSPITAL, told, kind))
        case = str(heard.data["case_id"])
    await city.at_stage(case, "assessment")
    await does(city, "assess", case, "--score 3")
    await stages.submits(city, case)
    await does(city, "decide", case, "--approve")
    await stages.offered(city, case)
    return case


async def written(city: City, case: str, what: str) -> str:
    """Wait until this stands in the timeline; the case."""

    async def there() -> bool:
        return any(what in each["what"] for each in (await city.show(case))["timeline"])

    await until(there, f"{what} of {case}")
    return case


async def asked_next(city: City, case: str) -> bool:
    """Whether the first line is offered to a second provider."""
    first: Mapping[str, Any] = (await city.show(case))["lines"][0]
    return bool(first["offer_state"] == "requested" and first["offer"] != f"{case}.1.O1")


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


async def _closed(city: City, case: str, how: str) -> str:
    await does(city, "close", case, how)
    return await written(city, case, "closed")


async def _with_short_chapters(city: City) -> str:
    """A case that is begun by hand: intake, which would begin it with chapters of the usual length, holds still."""
    city.signal("intake", signal.SIGSTOP)
    try:
        who = somebody()
        person = {"name": who.name, "birth_date": f"{who.birth_date}", "phone": who.phone, "address": who.address}
        told = {"reference": "V-chapters", "discharged_at": now().isoformat()}
        inbox = Inbox(city.desk.engine, city.desk.vault, city.desk.profile, city.desk.settings.build_id)
        record = notice(HOSPITAL, who=person, discharge=told, id="chapters", time=now().isoformat())
        [taken] = await inbox.take([record], now())
        case = taken.case_id
        begin = Begin(case, chapter_events=SHORT_CHAPTER)
        temporal = await city.desk.temporal()
        await temporal.start_workflow(DischargeHandoff.run, begin, id=workflow_id(case), task_queue=TASK_QUEUE)
    finally:
        city.signal("intake", signal.SIGCONT)
    return case
