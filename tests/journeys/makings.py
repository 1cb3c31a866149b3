"""How a task of each kind comes about on the running stack, the smallest way; the task's id is what counts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from events.duties import due_at
from events.intake.inbox import Inbox
from events.intake.ledger import Ledger
from handoff.store.intake import tasks
from handoff.store.intake.offsets import DELETED, Gap, Move
from handoff.vocabulary.awaited import TaskKind
from tests.events.desk import notice, person
from tests.journeys import stages
from tests.journeys.city import City, somebody, stay, until
from tests.journeys.stages import CENTRE, HOSPITAL, line
from workflows.client import workflow_id

Task = dict[str, Any]


async def held_notice(city: City) -> Task:
    told = stay(somebody(phone=""))
    heard = await city.acknowledged(HOSPITAL, await city.notifies(HOSPITAL, told))
    assert heard.data["status"] == "held"
    return next(each for each in await city.tasks() if "contact-missing" in str(each["about"]))


async def contact(city: City) -> Task:
    return await city.task("contact", await city.opened())


async def consent(city: City) -> Task:
    return await city.task("consent", await stages.asked_consent(city))


async def consent_again(city: City) -> Task:
    case = await stages.assessed(city)
    await city.does(f"handoff consent {case} --withdraw --as coordinator")
    return await city.task("consent-again", case)


async def renew_consent(city: City) -> Task:
    case = await stages.assessed(city)
    soon = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
    await city.does(f"handoff consent {case} --give --until {soon} --as coordinator")
    return await city.task("renew-consent", case)


async def confirm_refusal(city: City) -> Task:
    case = await stages.assessed(city)
    await city.says("nhis-gwangmyeong", "consent.withdrawn", subject=case)
    return await city.task("confirm-refusal", case)


async def ask_for_papers(city: City) -> Task:
    case = await stages.assessed(city)
    await city.does(f"handoff consent {case} --refuse --scope lookup --as coordinator")
    return await city.task("ask-for-papers", case)


async def running_services(city: City) -> Task:
    case = await stages.approved(
        city, {**stages.meals(), "days": 900}
    )  # an hour of this city: it does not end by itself
    await stages.visited(city, case)
    await city.does(f"handoff consent {case} --withdraw --as coordinator")
    return await city.task("running-services", case)


async def eligibility(city: City) -> Task:
    """Nobody is refused for what is not known yet: only once surveyed is no door of the Act known to be open."""
    sent = await city.notifies("gm-hospital", stay(somebody(birth_date=date(1999, 5, 1))))
    assert (await city.acknowledged("gm-hospital", sent)).data["unclear"][0]["code"] == "door-not-checked"
    [line] = await city.does("handoff doors list --json")
    door = "--case --group family-care-gap"
    [settled] = await city.does(f"handoff doors settle {line['number']} {door} --as coordinator --json")
    case = str(settled["case"])
    await city.at_stage(case, "assessment")
    await city.does(f"handoff assess {case} --score 3 --as coordinator")
    return await city.task("eligibility", case)


async def assess(city: City) -> Task:
    return await city.task("assess", await stages.consented(city))


async def determine(city: City) -> Task:
    case = await stages.consented(city)
    await city.does(f"handoff assess {case} --score 5 --as coordinator")
    return await city.task("determine", case)


async def guide(city: City) -> Task:
    case = await stages.consented(city)
    await city.does(f"handoff assess {case} --score 1 --as coordinator")
    return await city.task("guide", case)


async def tell_result(city: City) -> Task:
    return await city.task("tell-result", await stages.assessed(city))


async def resurvey(city: City) -> Task:
    case = await stages.assessed(city)
    await city.does(f"handoff admit {case} --as coordinator")
    await city.does(f"handoff discharge {case} --at {datetime.now(UTC).isoformat()} --as coordinator")
    return await city.task("resurvey", case)


async def draft_plan(city: City) -> Task:
    return await city.task("draft-plan", await stages.assessed(city))


async def plan_escalated(city: City) -> Task:
    case = await stages.assessed(city)
    for _ in range(3):
        await stages.submits(city, case)
        await city.does(f"handoff decide {case} --reject other --as coordinator")
    return await city.task("plan-escalated", case)


async def decide(city: City) -> Task:
    return await city.task("decide", await stages.planned(city))


async def answer(city: City) -> Task:
    by_phone = line("home-visit-korean-medicine", prefers=stages.BY_PHONE)
    return await city.task("answer", await stages.approved(city, by_phone))


async def first_visit(city: City) -> Task:
    """A provider by phone accepts, and names no first visit."""
    case = await stages.approved(city, line("home-visit-korean-medicine", prefers=stages.BY_PHONE))
    await city.does(f"handoff answer {await stages.offered(city, case)} --accept --as coordinator")
    return await city.task("first-visit", case)


async def late_first_visit(city: City) -> Task:
    case = await stages.served(city, line(stages.SAFETY), line("home-visit-korean-medicine", prefers=stages.BY_PHONE))
    answer = f"handoff answer {await stages.offered(city, case, 2)} --accept"
    late = (datetime.now(UTC) + timedelta(seconds=60)).isoformat()  # in fifteen days of this calendar
    await city.does(f"{answer} --first-visit {late} --as coordinator")
    return await city.task("late-first-visit", case)


async def gap(city: City) -> Task:
    case = await stages.approved(city, line(stages.PROTECTION, prefers=stages.PROTECTION_PROVIDER))
    await city.does(f"handoff answer {await stages.offered(city, case)} --decline no-capacity --as coordinator")
    return await city.task("gap", case)


async def visit_report(city: City) -> Task:
    case = await stages.approved(city)
    await stages.visited(city, case)
    return await city.task("visit-report", case)


async def confirm_week(city: City) -> Task:
    """A meal that nobody reported; its provider does not answer the letter about the week in time."""
    case = await stages.approved(city, stages.meals())
    await stages.visited(city, case)
    return await city.task("confirm-week")


async def missed_visit(city: City) -> Task:
    case = await stages.approved(city)
    await city.does(f"handoff visit {await stages.visited(city, case)} --missed provider --as coordinator")
    return await city.task("missed-visit", case)


async def missed_visit_escalated(city: City) -> Task:
    case = await stages.approved(city)
    first = await stages.visited(city, case)
    await city.does(f"handoff visit {first} --missed provider --as coordinator")
    second = await stages.visited(city, case, but=first)
    await city.does(f"handoff visit {second} --missed provider --as coordinator")
    return await city.task("missed-visit-escalated", case)


async def safety_check(city: City) -> Task:
    case = await stages.approved(city, person=somebody(birth_date=stages.OLD))
    await city.does(f"handoff visit {await stages.visited(city, case)} --missed no-answer --as coordinator")
    return await city.task("safety-check", case)


async def check(city: City) -> Task:
    return await city.task("check", await stages.consented(city, told=stages.long_ago()))


async def confirm_discharge(city: City) -> Task:
    expected = stay(somebody(), expected_at=datetime.now(UTC) - timedelta(minutes=5))
    heard = await city.acknowledged(HOSPITAL, await city.notifies(HOSPITAL, expected, "discharge.expected"))
    return await city.task("confirm-discharge", heard.data["case_id"])


async def cancelled_discharge(city: City) -> Task:
    case = await city.opened()
    await city.does(f"handoff discharge {case} --cancel --as coordinator")
    return await city.task("cancelled-discharge", case)


async def dates_differ(city: City) -> Task:
    told = stay(somebody())
    case = await city.opened(told)
    other = replace(told, moments={"discharged_at": datetime.now(UTC) - timedelta(hours=30)})
    heard = await city.acknowledged("nhis-gwangmyeong", await city.notifies("nhis-gwangmyeong", other))
    assert heard.data["status"] == "joined", heard
    return await city.task("dates-differ", case)


async def moved_away(city: City) -> Task:
    told = stay(somebody())
    case = await city.opened(told)
    elsewhere = replace(told.person, address="서울특별시 구로구 구로동로 12")
    await city.notifies("gm-hospital", replace(told, person=elsewhere), kind="discharge.corrected")
    return await city.task("moved-away", case)


async def details_differ(city: City) -> Task:
    case = await city.opened()
    await city.does(f"handoff person {case} --phone 010-3333-4444 --told-by relative --as coordinator")
    return await city.task("details-differ", case)


async def tell_details(city: City) -> Task:
    case = await stages.approved(city, line("home-visit-korean-medicine", prefers=stages.BY_PHONE))
    await city.does(f"handoff answer {await stages.offered(city, case)} --accept --as coordinator")
    await city.does(f"handoff person {case} --phone 010-3333-4444 --told-by person --as coordinator")
    return await city.task("tell-details", case)


async def district_not_served(city: City) -> Task:
    case = await stages.approved(city, line("accompaniment", kind="on-demand", prefers="gm-daily-life-03"))
    await stages.offered(city, case)
    haan = "경기도 광명시 하안로 99 (하안동)"
    await city.does(f"handoff person {case} --address '{haan}' --told-by person --as coordinator")
    return await city.task("district-not-served", case)


async def readmission_review(city: City) -> Task:
    case = await city.opened()
    await city.does(f"handoff admit {case} --as coordinator")
    return await city.task("readmission-review", case)


async def confirm_death(city: City) -> Task:
    """A death dated before the discharge: it may be another person's, or a slip of the pen."""
    told = stay(somebody())
    case = await city.opened(told)
    dead = replace(told, moments={"died_at": datetime.now(UTC) - timedelta(hours=30)})
    await city.notifies(HOSPITAL, dead, "person.died")
    return await city.task("confirm-death", case)


async def confirm_restriction(city: City) -> Task:
    told = stay(somebody())
    case = await city.opened(told)
    await city.notifies(HOSPITAL, told, "disclosure.restricted")
    return await city.task("confirm-restriction", case)


async def review_end(city: City) -> Task:
    return await city.task("review-end", await stages.served(city))


async def first_service_late(city: City) -> Task:
    return await city.task("first-service-late", await stages.consented(city, told=stages.long_ago()))


async def chase(city: City) -> Task:
    """The provider accepted and does not come."""
    case = await stages.approved(city)
    await stages.visited(city, case)
    return await city.task("chase", case)


async def after_closing(city: City) -> Task:
    told = stay(somebody())
    case = await city.opened(told)
    await city.does(f"handoff close {case} --outcome opened-in-error --as coordinator")
    await city.at_stage(case, "closed")
    await city.notifies(HOSPITAL, told, "discharge.corrected")
    return await city.task("after-closing", case)


async def type_not_yet_handled(city: City) -> Task:
    known = {each["task"] for each in await city.tasks()}
    await city.says(CENTRE, "application.withdrawn")
    return await _new_task(city, known, "type-not-yet-handled")


def _inbox(city: City) -> Inbox:
    """Of the stack's own build: another would be tried again by it."""
    return Inbox(city.desk.engine, city.desk.vault, city.desk.profile, city.desk.settings.build_id)


async def parked_ours(city: City) -> Task:
    known = {each["task"] for each in await city.tasks()}
    who = person(name="이자체", registration_number=None, phone="01012349876")
    now = datetime.now(UTC)
    told = notice(HOSPITAL, who=who, discharge={"reference": "ours", "discharged_at": now.isoformat()})
    await _inbox(city).keep_to_mend(told, "ZeroDivisionError", now)
    return await _new_task(city, known, "parked-ours")


async def records_missing(city: City) -> Task:
    known, ledger, now = {each["task"] for each in await city.tasks()}, Ledger(_inbox(city)), datetime.now(UTC)
    topic = f"handoff.from.{HOSPITAL}"
    await ledger.due(topic, "made-up", 0, now)
    await ledger.missing(Gap(topic, "made-up", 0, 0, 2, DELETED), Move("made-up", 0, 0, 3), now)
    return await _new_task(city, known, "records-missing")


async def letter_undeliverable(city: City) -> Task:
    known, now = {each["task"] for each in await city.tasks()}, datetime.now(UTC)
    about = {"event": "E1", "receiver": HOSPITAL, "kind": "notice.acknowledged", "why": "too-large"}
    due = due_at(now, city.desk.profile)
    task = tasks.Task("TE1", tasks.LETTER_UNDELIVERABLE, "duty-officer", now, due, about=about)
    async with city.desk.engine.begin() as conn:
        await tasks.add(conn, [task])
    return await _new_task(city, known, "letter-undeliverable")


async def close_again(city: City) -> Task:
    """The grace of an end is over in a blink here: the task is there as if the end had not fitted then."""
    case, now = await stages.approved(city), datetime.now(UTC)
    due = due_at(now, city.desk.profile)
    task = tasks.Task(f"T-{case}", TaskKind.CLOSE_AGAIN, "coordinator", now, due, case)
    async with city.desk.engine.begin() as conn:
        await tasks.add(conn, [task])
    return await city.task("close-again", case)


async def _of_identity(city: City, kind: TaskKind) -> Task:
    """As a join, its undoing or a retraction opens it: `tests/console/test_joining.py` goes the whole way."""
    case, now = await city.opened(), datetime.now(UTC)
    due = due_at(now, city.desk.profile)
    task = tasks.Task(f"T-{kind}-{case}", kind, "coordinator", now, due, case, HOSPITAL, about={"settle": []})
    async with city.desk.engine.begin() as conn:
        await tasks.add(conn, [task])
    return await city.task(str(kind), case)


async def joined_case(city: City) -> Task:
    return await _of_identity(city, TaskKind.JOINED_CASE)


async def unjoined_case(city: City) -> Task:
    return await _of_identity(city, TaskKind.UNJOINED_CASE)


async def retract(city: City) -> Task:
    return await _of_identity(city, TaskKind.RETRACT)


async def lost_in_restore(city: City) -> Task:
    case, now = await city.opened(), datetime.now(UTC)
    known = {each["task"] for each in await city.tasks()}
    more = {"about": {"case": case, "settle": []}, "case_id": case, "subject": case}
    due = due_at(now, city.desk.profile)
    task = tasks.Task(f"T{case}", tasks.LOST_IN_RESTORE, "coordinator", now, due, **more)
    async with city.desk.engine.begin() as conn:
        await tasks.add(conn, [task])
    return await _new_task(city, known, "lost-in-restore")


async def rebuild_case(city: City) -> Task:
    case = await city.opened()
    client = await city.desk.temporal()
    await client.get_workflow_handle(workflow_id(case)).terminate()
    return await city.task("rebuild-case", case)


async def _new_task(city: City, known: set[str], kind: str) -> Task:
    async def there() -> Task | None:
        new = [each for each in await city.tasks() if each["task"] not in known]
        return next((each for each in new if each["kind"] == kind), None)

    return await until(there, f"a task {kind}")


MAKINGS: Mapping[str, Callable[[City], Awaitable[Task]]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        held_notice,
        contact,
        consent,
        consent_again,
        renew_consent,
        confirm_refusal,
        ask_for_papers,
        running_services,
        eligibility,
        assess,
        determine,
        guide,
        tell_result,
        resurvey,
        draft_plan,
        plan_escalated,
        decide,
        answer,
        first_visit,
        late_first_visit,
        gap,
        visit_report,
        confirm_week,
        missed_visit,
        missed_visit_escalated,
        safety_check,
        check,
        confirm_discharge,
        cancelled_discharge,
        dates_differ,
        moved_away,
        details_differ,
        tell_details,
        district_not_served,
        readmission_review,
        confirm_death,
        confirm_restriction,
        review_end,
        first_service_late,
        chase,
        close_again,
        after_closing,
        type_not_yet_handled,
        parked_ours,
        records_missing,
        letter_undeliverable,
        lost_in_restore,
        rebuild_case,
        joined_case,
        unjoined_case,
        retract,
    )
}
