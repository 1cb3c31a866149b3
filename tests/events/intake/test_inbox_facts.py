from typing import Any

import pytest
from sqlalchemy import text

from events.readers import InboundRecord
from handoff.store import tables
from handoff.store.intake.parked import SettledError
from tests.events.desk import PROFILE, Desk, notice, person, record

BOOKED = """
INSERT INTO plan_lines (line_id, case_id, version, service, kind, quantity, state) VALUES
    (:case || '.2', :case, 1, 'meals', 'series', 5, 'offered');
INSERT INTO referrals (offer_id, line_id, case_id, provider, state, quantity, reserved, offered_at) VALUES
    (:case || '.2.O1', :case || '.2', :case, 'gm-daily-life-01', 'requested', 5, 5,
        CAST(:now AS timestamptz) - interval '3 h');
INSERT INTO visits (visit_id, line_id, case_id, offer_id, number, provider, state, planned_at) VALUES
    (:case || '.2.V1', :case || '.2', :case, :case || '.2.O1', 1, 'gm-daily-life-01', 'scheduled',
        CAST(:now AS timestamptz));
INSERT INTO checks (check_id, case_id, name, state, planned_at) VALUES
    (:case || '.day-3', :case, 'day-3', 'planned', CAST(:now AS timestamptz));
"""


async def booked(desk: Desk) -> str:
    """Bok-sun's case with a line, an offer, a visit and a check."""
    case_id = await desk.opened()
    async with desk.engine.begin() as conn:
        for statement in BOOKED.strip().split(";\n"):
            values = {"case": case_id} | ({"now": desk.now} if ":now" in statement else {})
            await conn.execute(text(statement.rstrip(";")), values)
    return case_id


def told(kind: str, sender: str = "gm-hospital", reference: str = "V-1", **discharge: Any) -> InboundRecord:
    return record(kind, {"discharge": {"reference": reference, **discharge}}, sender)


# about a discharge we know


async def test_a_correction_is_found_by_the_senders_reference(desk: Desk) -> None:
    case_id = await desk.opened()
    [taken] = await desk.take(told("discharge.corrected", discharged_at="2026-05-04T09:00:00+09:00"))
    assert (taken.outcome, taken.case_id) == ("entered", case_id)
    assert [fact.number for fact in await desk.rows(tables.facts)] == [1, 2]


async def test_a_readmission_under_a_new_reference_is_found_by_the_registration_number(desk: Desk) -> None:
    case_id = await desk.opened()
    discharge = {"reference": "V-2", "admitted_at": "2026-05-04T10:30:00+09:00"}
    admitted = record("admission.occurred", {"person": person(), "discharge": discharge}, "seoul-hospital")
    [taken] = await desk.take(admitted)
    assert (taken.outcome, taken.case_id) == ("entered", case_id)
    [cancelled] = await desk.take(
        told("admission.cancelled", "seoul-hospital", "V-2")
    )  # by reference alone from now on
    assert (cancelled.outcome, cancelled.case_id) == ("entered", case_id)


async def test_another_senders_reference_of_the_same_name_is_another_discharge(desk: Desk) -> None:
    await desk.opened()
    assert await desk.outcomes(told("discharge.cancelled", "seoul-hospital", "V-1")) == ["early"]


# early facts


async def test_a_cancellation_before_its_notice_waits_without_task_rejection_or_identity(desk: Desk) -> None:
    assert await desk.outcomes(told("discharge.cancelled")) == ["early"]
    assert await desk.rows(tables.tasks) == []
    assert await desk.rows(tables.outbox) == []
    assert await desk.rows(tables.persons) == []
    [fact] = await desk.rows(tables.facts)
    assert (fact.state, fact.case_id, fact.person_id) == ("early", None, None)


@pytest.mark.parametrize("in_one_batch", [True, False])
async def test_early_facts_are_taken_up_in_order_right_after_the_notice(desk: Desk, *, in_one_batch: bool) -> None:
    arrivals = [
        told("discharge.corrected", discharged_at="2026-05-04T09:00:00+09:00"),
        told("discharge.cancelled"),
        notice(),
        notice("nhis-gwangmyeong"),
    ]
    if in_one_batch:
        assert await desk.outcomes(*arrivals) == ["early", "early", "opened", "joined"]
    else:
        for arrival in arrivals:
            await desk.take(arrival)
    facts = sorted(await desk.rows(tables.facts), key=lambda fact: fact.number)
    assert [(fact.kind, fact.number, fact.state) for fact in facts] == [
        ("discharge.notified", 1, "numbered"),
        ("discharge.corrected", 2, "numbered"),
        ("discharge.cancelled", 3, "numbered"),
        ("discharge.notified", 4, "numbered"),
    ]
    assert len({fact.person_id for fact in facts}) == 1
    assert await desk.rows(tables.fact_index) == []


async def test_an_early_fact_without_reference_is_found_by_the_patient_number(desk: Desk) -> None:
    patient = person(registration_number=None, patient_number="88-1")
    died = record("person.died", {"person": patient, "discharge": {"died_at": "2026-05-04T10:59:00+09:00"}})
    assert await desk.outcomes(died, notice(who=patient)) == ["early", "opened"]
    assert [fact.number for fact in await desk.rows(tables.facts)] == [2, 1]


async def test_an_early_fact_waits_for_the_sender_whose_discharge_it_names(desk: Desk) -> None:
    """The NHIS opens the case; the hospital's correction came before both and is taken up when the hospital tells."""
    arrivals = [told("discharge.cancelled"), notice("nhis-gwangmyeong", discharge={"reference": "N-1"}), notice()]
    assert await desk.outcomes(*arrivals) == ["early", "opened", "joined"]
    facts = sorted(await desk.rows(tables.facts), key=lambda fact: fact.number)
    assert [fact.kind for fact in facts] == ["discharge.notified", "discharge.notified", "discharge.cancelled"]


async def test_the_admission_that_the_discharge_ends_is_numbered_like_any_word(desk: Desk) -> None:
    stay = told("admission.occurred", admitted_at="2026-04-28T10:00:00+09:00")
    assert await desk.outcomes(stay, notice()) == ["early", "opened"]
    assert [fact.number for fact in await desk.rows(tables.facts)] == [2, 1]


async def test_an_early_fact_that_contradicts_itself_is_held_once_its_case_opens(desk: Desk) -> None:
    admitted = told("admission.occurred", admitted_at="2026-05-08T10:00:00+09:00")
    [_, opened] = await desk.take(admitted, notice())
    [task] = await desk.rows(tables.tasks)
    assert task.about["cases"] == [opened.case_id]
    assert [fact.state for fact in await desk.rows(tables.facts)] == ["held", "numbered"]


async def test_an_early_death_in_doubt_reaches_its_case_as_a_doubt(desk: Desk) -> None:
    died = told("person.died", discharged_at="2026-05-04T10:00:00+09:00", died_at="2026-05-01T10:00:00+09:00")
    [_, opened] = await desk.take(died, notice())
    assert await desk.told(opened.case_id) == [("discharge.notified", "actual"), ("person.died", "doubtful")]


async def test_an_early_fact_that_waited_in_vain_is_deleted_and_a_resend_changes_nothing(desk: Desk) -> None:
    early = told("discharge.cancelled")
    await desk.take(early)
    desk.passes(days=6)
    assert await desk.inbox.forget_early(desk.now) == 0
    desk.passes(days=2)
    assert await desk.inbox.forget_early(desk.now) == 1
    [fact] = await desk.rows(tables.facts)
    assert (fact.state, fact.content_sealed, fact.raw_sealed, fact.reference_digest) == ("dropped", None, None, None)
    assert await desk.rows(tables.tasks) == []
    assert await desk.outcomes(early) == ["resent"]
    assert await desk.outcomes(notice()) == ["opened"]
    assert len(await desk.rows(tables.facts)) == 2


# answers


@pytest.mark.parametrize(
    ("kind", "subject", "sender", "data"),
    [
        ("referral.accepted", ".2.O1", "gm-daily-life-01", {}),
        ("visit.completed", ".2.V1", "gm-daily-life-01", {}),
        ("service.ended", ".2.O1", "gm-daily-life-01", {}),
        ("check.completed", ".day-3", "gm-centre-cheolsan", {}),
        ("presurvey.completed", "", "gm-centre-cheolsan", {"score": 5}),
        ("determination.returned", "", "nhis-gwangmyeong", {"result": "eligible"}),
        ("plan.approved", "", "gm-conference", {}),
        ("consent.withdrawn", "", "gm-hospital", {}),
    ],
)
async def test_an_answer_is_numbered_in_the_case_that_it_names(
    desk: Desk, kind: str, subject: str, sender: str, data: dict[str, Any]
) -> None:
    case_id = await booked(desk)
    sender = PROFILE.assessor_of((await desk.rows(tables.cases))[0].district) if "centre" in sender else sender
    [taken] = await desk.take(record(kind, data, sender, subject=case_id + subject))
    assert (taken.outcome, taken.case_id) == ("entered", case_id), taken
    assert (await desk.rows(tables.facts))[1].subject == case_id + subject


@pytest.mark.parametrize(
    ("kind", "subject", "sender", "code"),
    [
        ("referral.accepted", ".2.O1", "gm-daily-life-02", "subject-not-yours"),
        ("visit.missed", ".2.V1", "gm-daily-life-02", "subject-not-yours"),
        ("referral.accepted", ".2.O9", "gm-daily-life-01", "subject-unknown"),
        ("consent.withdrawn", "", "seoul-hospital", "subject-not-yours"),
        ("plan.approved", "", "gm-hospital", "not-your-event"),
        ("referral.accepted", ".2.O1", "gm-hospital", "not-your-event"),
    ],
)
async def test_only_whom_it_was_put_to_may_answer(desk: Desk, kind: str, subject: str, sender: str, code: str) -> None:
    case_id = await booked(desk)
    [taken] = await desk.take(record(kind, {}, sender, subject=case_id + subject))
    assert (taken.outcome, taken.code) == ("rejected", code)
    assert len(await desk.rows(tables.facts)) == 1
    assert [row.code for row in await desk.rows(tables.parked)] == [code]


async def test_a_subject_that_is_no_id_of_ours_is_rejected(desk: Desk) -> None:
    [taken] = await desk.take(record("plan.approved", {}, "gm-conference", subject="2026-17"))
    assert taken.code == "subject-unknown"


async def test_an_answer_after_closing_is_a_timeline_row_and_a_task(desk: Desk) -> None:
    case_id = await booked(desk)
    await desk.close(case_id)
    answer = record("referral.accepted", {}, "gm-daily-life-01", subject=f"{case_id}.2.O1")
    assert await desk.outcomes(answer, answer) == ["late", "resent"]
    [task] = await desk.rows(tables.tasks)
    assert (task.kind, task.owner, task.case_id) == ("after-closing", "coordinator", case_id)
    assert [row.what for row in await desk.rows(tables.timeline)] == ["case_opened", "fact_after_closing"]
    [_, late] = await desk.rows(tables.facts)
    assert (late.state, late.number) == ("late", None)


# what is not taken


@pytest.mark.parametrize(
    ("arrival", "code"),
    [
        (notice(who=person(name=None)), "name-missing"),
        (record("application.withdrawn", {"person": person()}), "type-not-yet-handled"),
        (record("weather.changed", {}), "type-unknown"),
        (notice(source="seoul-hospital"), "source-not-yours"),
    ],
)
async def test_what_cannot_be_taken_is_parked_and_its_sender_told(
    desk: Desk, arrival: InboundRecord, code: str
) -> None:
    assert await desk.outcomes(arrival, notice()) == ["rejected", "opened"]
    [row] = await desk.rows(tables.parked)
    assert (row.code, row.sender, row.state) == (code, "gm-hospital", "parked")
    [(kind, said), _] = await desk.letters("gm-hospital")
    assert (kind, said["code"]) == ("notice.rejected", code)
    assert said["reason"]
    await desk.take(arrival)  # the broker brings it again
    assert len(await desk.rows(tables.parked)) == 1
    assert len(await desk.rows(tables.outbox)) == 2


async def test_of_people_of_another_municipality_nothing_is_kept_and_the_sender_learns_which_it_is(desk: Desk) -> None:
    arrival = notice(who=person(address="경기도 시흥시 은행로 1"))
    for _ in range(2):  # the broker brings it again
        [taken] = await desk.take(arrival)
        assert (taken.outcome, taken.code, "시흥시" in taken.reason) == ("rejected", "not-our-municipality", True)
    for table in (tables.parked, tables.facts, tables.persons):
        assert await desk.rows(table) == []
    [(kind, letter)] = await desk.letters("gm-hospital")
    assert (kind, letter["code"], letter["place"]) == ("notice.rejected", "not-our-municipality", "/person/address")


async def test_an_unregistered_topic_is_parked_and_nobody_is_told(desk: Desk) -> None:
    assert await desk.outcomes(notice("stranger")) == ["rejected"]
    assert [row.code for row in await desk.rows(tables.parked)] == ["sender-unknown"]
    assert await desk.rows(tables.outbox) == []


async def test_a_type_not_yet_handled_is_a_task_that_dropping_the_record_closes(desk: Desk) -> None:
    await desk.take(record("application.withdrawn", {"person": person()}))
    [task] = await desk.rows(tables.tasks)
    assert (task.kind, task.owner) == ("type-not-yet-handled", "coordinator")
    await desk.inbox.drop(int(task.subject), "coordinator-1", desk.now)
    [task] = await desk.rows(tables.tasks)
    assert task.closed_by == "coordinator-1"
    [row] = await desk.rows(tables.parked)
    assert (row.state, row.raw_sealed, row.headers_sealed) == ("dropped", None, None)


async def test_what_was_ours_and_turns_out_to_be_a_type_not_yet_handled_becomes_the_coordinators(desk: Desk) -> None:
    await desk.inbox.keep_to_mend(record("application.withdrawn", {"person": person()}), "ZeroDivisionError", desk.now)
    [row] = await desk.rows(tables.parked)
    assert (await desk.inbox.retry(row.parked_id, "build b2", desk.now)).code == "type-not-yet-handled"
    ours, theirs = sorted(await desk.rows(tables.tasks), key=lambda task: task.kind)
    assert (ours.kind, ours.closed_by) == ("parked-ours", "build b2")
    assert (theirs.kind, theirs.owner, theirs.closed_at) == ("type-not-yet-handled", "coordinator", None)
    assert theirs.subject == str(row.parked_id)


async def test_a_parked_record_is_tried_again_with_its_own_bytes(desk: Desk) -> None:
    arrival = notice()
    await desk.inbox.keep_to_mend(arrival, "ZeroDivisionError", desk.now)
    [row] = await desk.rows(tables.parked)
    taken = await desk.inbox.retry(row.parked_id, "operator-1", desk.now)
    assert taken.outcome == "opened"
    [row] = await desk.rows(tables.parked)
    assert (row.state, row.raw_sealed, row.headers_sealed) == ("retried", None, None)
    for again in (desk.inbox.retry, desk.inbox.drop):
        with pytest.raises(SettledError, match="was retried"):
            await again(row.parked_id, "operator-1", desk.now)
    assert await desk.outcomes(arrival) == ["resent"]
