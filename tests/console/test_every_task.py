"""A task of every kind is made, its own command run, and the list seen without it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from events.duties import due_at
from events.intake.inbox import Inbox
from events.intake.joining import Joiner
from events.intake.ledger import Ledger
from events.weeks import WeeksToConfirm
from handoff.store.intake import tasks
from handoff.store.intake.offsets import DELETED, Gap, Move
from handoff.worklist.task_kinds import BLANK, KINDS
from tests.console.office import Office
from tests.events.desk import person, record
from tests.workflows.lost import terminated, watch
from tests.workflows.story import accepts, approved, assessed, planned
from tests.workflows.test_joining import beside, joins
from tests.workflows.town import CENTRE, COMPANY, CONFERENCE, GRACE, HOSPITAL, INSURER, MEALS, PROTECTION, SAFETY, Town

EXAMPLES = Path(__file__).parents[2] / "examples"
KOREAN_MEDICINE = {"service": "home-visit-korean-medicine", "kind": "series", "quantity": 1, "per": "week", "days": 28}

Making = Callable[[Town], Awaitable[Any]]
SITUATIONS: dict[str, Making] = {}


def situation(*kinds: str) -> Callable[[Making], Making]:
    def known(making: Making) -> Making:
        SITUATIONS.update(dict.fromkeys(kinds, making))
        return making

    return known


def filled_in(command: str, now: datetime) -> str:
    """The command with what the sender, or the provider, said on the phone."""
    told = {"--address": "경기도 광명시 철산로 12 (철산동)", "--phone": "010-1234-5678", "--move": now.isoformat()}
    told["--until"] = (now + timedelta(days=200)).date().isoformat()
    for option, said in told.items():
        command = command.replace(f"{option} '{BLANK}'", f"{option} '{said}'")
    return command


async def arrives(town: Town, arrival: Any) -> None:
    await Inbox(town.desk.engine, town.desk.vault, town.profile).take([arrival], town.now)


@situation("contact")
async def a_notice(town: Town) -> None:
    await town.hospital_tells()


@situation("consent")
async def a_notice_without_consent(town: Town) -> None:
    await town.hospital_tells(consent=None)


@situation("consent-again")
async def consent_withdrawn(town: Town) -> None:
    await assessed(town)
    await town.acts("consent.withdrawn")


@situation("renew-consent")
async def consent_that_ends(town: Town) -> None:
    await assessed(town)
    await town.acts("consent.given", until=town.now + timedelta(days=10))
    await town.passes(hours=1)


@situation("confirm-refusal")
async def a_refusal_that_the_insurer_told(town: Town) -> None:
    await assessed(town)
    await town.tells("consent.withdrawn", INSURER, town.case_id)


@situation("ask-for-papers")
async def the_lookup_is_refused(town: Town) -> None:
    await assessed(town)
    await town.acts("consent.refused", code="lookup")


@situation("running-services")
async def services_run_without_consent(town: Town) -> None:
    await approved(town)
    await accepts(town)
    await town.acts("consent.withdrawn")


@situation("assess")
async def a_silent_community_centre(town: Town) -> None:
    await town.hospital_tells()
    await town.passes(days=4)


@situation("determine")
async def a_silent_insurer(town: Town) -> None:
    await town.hospital_tells()
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=6)
    await town.passes(days=8)


@situation("eligibility")
async def not_eligible(town: Town) -> None:
    await town.hospital_tells()
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=6)
    await town.tells("determination.returned", INSURER, town.case_id, result="not-eligible")


@situation("guide")
async def a_low_score(town: Town) -> None:
    await town.hospital_tells()
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=1)


@situation("tell-result", "draft-plan")
async def needs_are_known(town: Town) -> None:
    await assessed(town)


@situation("decide")
async def a_silent_conference(town: Town) -> None:
    await planned(town)
    await town.passes(days=8)


@situation("plan-escalated")
async def rejected_thrice(town: Town) -> None:
    await planned(town)
    for version in (1, 2, 3):
        await town.tells("plan.rejected", CONFERENCE, town.case_id, version=version, reason="other")
        if version < 3:
            await town.tells("plan.drafted", CENTRE, town.case_id, lines=[MEALS])


@situation("answer")
async def a_clinic_that_is_called(town: Town) -> None:
    await approved(town, {**KOREAN_MEDICINE, "prefers": "gm-korean-medicine-09"})


@situation("gap")
async def the_only_provider_declines(town: Town) -> None:
    await approved(town, PROTECTION)
    offer, provider = await town.offer()
    await town.tells("referral.declined", provider, offer, reason="no-capacity")


@situation("first-visit")
async def a_first_visit_that_has_passed_and_a_silent_provider(town: Town) -> None:
    await approved(town)
    await accepts(town, first_visit_at=(town.now - timedelta(hours=5)).isoformat())
    await town.until((await town.clock("first-visit")).due_at)


@situation("late-first-visit")
async def a_first_visit_beyond_the_promise(town: Town) -> None:
    await approved(town)
    await accepts(town, first_visit_at=(town.now + timedelta(days=5)).isoformat())


@situation("visit-report")
async def a_visit_nobody_told_of(town: Town) -> None:
    await approved(town, KOREAN_MEDICINE)
    await accepts(town)
    await town.passes(days=3)


@situation("confirm-week")
async def a_week_that_its_provider_was_called_about(town: Town) -> None:
    await approved(town)
    await accepts(town)
    await town.passes(days=21)  # later than another case of this town had its weeks confirmed
    await WeeksToConfirm(town.desk.engine, town.desk.vault, lambda: town.profile).ask(town.now)


@situation("missed-visit", "safety-check")
async def a_visit_without_answer(town: Town) -> None:
    await approved(town)
    provider = await accepts(town)
    await town.tells("visit.missed", provider, (await town.visit()).visit_id, reason="no-answer")


@situation("missed-visit-escalated")
async def two_visits_missed(town: Town) -> None:
    await a_visit_without_answer(town)
    visit = await town.visit()
    await town.tells("visit.missed", visit.provider, visit.visit_id, reason="no-answer")


@situation("check")
async def the_third_day(town: Town) -> None:
    await town.hospital_tells()
    await town.passes(days=3.1)


@situation("confirm-discharge")
async def a_discharge_that_nobody_confirms(town: Town) -> None:
    await town.hospital_tells("discharge.expected", at=24)
    await town.passes(days=3)


@situation("cancelled-discharge")
async def a_cancelled_discharge(town: Town) -> None:
    await town.hospital_tells()
    await town.hospital_tells("discharge.cancelled")
    await town.passes(days=15)


@situation("dates-differ")
async def two_dates(town: Town) -> None:
    await town.hospital_tells()
    await town.hospital_tells(sender=INSURER, at=-20)


@situation("readmission-review")
async def in_hospital_for_weeks(town: Town) -> None:
    await town.hospital_tells()
    await town.passes(hours=5)
    await town.hospital_tells("admission.occurred")
    await town.passes(days=15)


@situation("resurvey")
async def back_from_hospital(town: Town) -> None:
    await assessed(town)
    await town.passes(hours=5)
    await town.hospital_tells("admission.occurred")
    await town.passes(days=2)
    await town.hospital_tells()
    await town.passes(days=3)


@situation("confirm-death")
async def a_death_in_doubt(town: Town) -> None:
    await town.hospital_tells()
    await town.acts("person.died", code="doubtful")


@situation("confirm-restriction")
async def access_is_restricted(town: Town) -> None:
    await town.hospital_tells()
    await town.hospital_tells("discharge.corrected", who=town.somebody(protected=True))


@situation("review-end")
async def everything_delivered(town: Town) -> None:
    await approved(town, SAFETY)
    provider = await accepts(town)
    await town.tells("visit.completed", provider, (await town.visit()).visit_id)


@situation("close-again")
async def an_end_that_does_not_fit_any_more(town: Town) -> None:
    await approved(town, SAFETY)
    provider = await accepts(town)
    await town.until((await town.visit()).planned_at)
    await town.acts("case.closed", code="outcome-unmet-need")
    await town.tells("visit.completed", provider, (await town.visit()).visit_id)
    await town.passes(hours=GRACE)


@situation("first-service-late")
async def two_days_without_service(town: Town) -> None:
    await town.hospital_tells()
    await town.passes(days=2.1)


@situation("chase")
async def a_line_that_does_not_start(town: Town) -> None:
    await approved(town)
    await accepts(town)
    await town.passes(days=4)


@situation("after-closing")
async def a_word_after_the_end(town: Town) -> None:
    await town.hospital_tells()
    await town.acts("case.closed", code="outcome-opened-in-error")
    await town.ended()
    await arrives(town, record("contact.made", {}, CENTRE, subject=town.case_id))


@situation("moved-away")
async def a_new_address_elsewhere(town: Town) -> None:
    await town.hospital_tells()
    await town.hospital_tells("discharge.corrected", who={"address": "서울특별시 중구 세종대로 1"})


@situation("details-differ")
async def a_daughter_who_says_otherwise(town: Town) -> None:
    await town.hospital_tells()
    who = {"registration_number": None, "phone": "010-3333-4444"}
    await town.tells("person.corrected", HOSPITAL, town.case_id, person={"phone": "010-1111-2222"})
    await town.tells("person.corrected", CENTRE, town.case_id, person=who, told_by="relative")


@situation("tell-details")
async def a_clinic_that_has_to_learn_a_new_phone(town: Town) -> None:
    await a_clinic_that_is_called(town)
    offer, _ = await town.offer()
    await town.acts("referral.accepted", offer)
    await town.tells("person.corrected", HOSPITAL, town.case_id, person={"phone": "010-1111-2222"})


@situation("district-not-served")
async def a_move_to_another_dong(town: Town) -> None:
    await approved(town, {**COMPANY, "prefers": "gm-daily-life-03"})
    await accepts(town)
    haan = {"address": "경기도 광명시 하안로 99 (하안동)"}
    await town.tells("person.moved", HOSPITAL, town.case_id, person=haan)


@situation("held-notice")
async def a_notice_without_address(town: Town) -> None:
    await town.hospital_tells(who=person(name=f"이보류{town.number}", registration_number=None, address=None))


@situation("type-not-yet-handled")
async def an_application_withdrawn(town: Town) -> None:
    await town.hospital_tells()
    await arrives(town, record("application.withdrawn", {"subject": town.case_id}, HOSPITAL))


def inbox(town: Town) -> Inbox:
    return Inbox(town.desk.engine, town.desk.vault, town.profile, "this build")


@situation("parked-ours")
async def a_record_that_failed(town: Town) -> None:
    await inbox(town).keep_to_mend(town.hospital_word(), "ZeroDivisionError", town.now)


@situation("records-missing")
async def deleted_records(town: Town) -> None:
    ledger, topic = Ledger(inbox(town)), f"handoff.from.{HOSPITAL}"
    name = f"topic-{town.number}"
    await ledger.due(topic, name, 0, town.speak())
    await ledger.missing(Gap(topic, name, 0, 0, 2, DELETED), Move(name, 0, 0, 3), town.now)


@situation("letter-undeliverable")
async def a_letter_too_large(town: Town) -> None:
    desk, letter = town.desk, f"E-{town.number}"
    about = {"event": letter, "receiver": HOSPITAL, "kind": "notice.acknowledged", "why": "too-large"}
    now = town.speak()
    due = due_at(now, town.profile)
    task = tasks.Task(f"T-{letter}", tasks.LETTER_UNDELIVERABLE, "duty-officer", now, due, about=about)
    async with desk.engine.begin() as conn:
        await tasks.add(conn, [task])


@situation("lost-in-restore")
async def an_action_that_a_restore_lost(town: Town) -> None:
    await town.hospital_tells()
    about = {"case": town.case_id, "settle": [{"code": "consent.given", "says": "by kim"}]}
    now, case = town.speak(), town.case_id
    due = due_at(now, town.profile)
    task = tasks.Task(f"T-{case}", tasks.LOST_IN_RESTORE, "coordinator", now, due, case, case, about=about)
    async with town.desk.engine.begin() as conn:
        await tasks.add(conn, [task])


@situation("rebuild-case")
async def a_terminated_workflow(town: Town) -> None:
    await town.hospital_tells()
    await terminated(town)
    await watch(town).look()


@situation("joined-case")
async def a_join_with_a_booked_visit(town: Town) -> None:
    other = beside(town)
    await approved(town, SAFETY)
    await accepts(town)
    await approved(other, MEALS)
    await accepts(other)
    await joins(other, town)


@situation("unjoined-case")
async def an_undone_join(town: Town) -> None:
    other = beside(town)
    await assessed(town)
    await assessed(other)
    await joins(other, town)
    await other.ended()
    await Joiner(town.desk.engine, town.desk.vault, town.profile).unjoin(other.case_id, "kim", town.speak())


@situation("retract")
async def the_wrong_person(town: Town) -> None:
    await assessed(town)
    await town.closes("outcome-wrong-person")


@pytest.mark.parametrize("kind", KINDS)
async def test_the_command_of_a_task_answers_it(
    kind: str, town: Town, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(EXAMPLES)
    await SITUATIONS[kind](town)
    before = {task["task"] for task in await office.tasks()}
    task = await office.task(kind)
    assert task["owner"] in town.profile.owners
    await office.answers(filled_in(task["do"], town.now))
    if kind == "details-differ":  # its answer is a fact
        await town.tell()
    assert task["task"] in before
    assert task["task"] not in {each["task"] for each in await office.tasks()}


async def test_a_blank_in_a_command_is_for_what_the_sender_says(town: Town, office: Office) -> None:
    await a_notice_without_address(town)
    task = await office.task("held-notice")
    assert "--address" in task["do"]
    as_listed = await office.runs(task["do"])
    assert (as_listed.code, "Ask the sender" in as_listed.error) == (2, True)
    assert task in await office.tasks()


def test_every_kind_of_task_has_its_situation() -> None:
    assert set(SITUATIONS) == set(KINDS)
