"""What would happen to a record is what happens to it, and nothing is written."""

from pathlib import Path

import pytest

from events.contract.words import IntakeOutcome
from events.intake.dry_run import DryRun, Store, dry_run
from events.readers import InboundRecord
from handoff.store.tables import metadata
from tests.events.desk import NOW, PROFILE, Desk, notice, person, record

SAMPLE = Path(__file__).parent.parent / "records" / "adt-a03.hl7"


async def alone(arrival: InboundRecord) -> DryRun:
    return await dry_run(arrival, PROFILE, NOW)


async def asked(desk: Desk, arrival: InboundRecord) -> DryRun:
    return await dry_run(arrival, PROFILE, desk.now, Store(desk.engine, desk.vault))


async def test_a_notice_of_somebody_unknown_opens_a_case_that_has_no_id_yet() -> None:
    ran = await alone(notice(id="n-1"))
    assert (ran.outcome, ran.case_id, ran.message_id, ran.asked) == ("opened", "", "n-1", False)
    [(kind, data)] = ran.told
    assert kind == "notice.acknowledged"
    assert (data["message_id"], data["status"], data["case_id"]) == ("n-1", "opened", "")


async def test_a_notice_without_address_and_contact_is_held_with_each_thing_to_settle() -> None:
    ran = await alone(notice(who=person(address=None, phone=None)))
    assert ran.outcome == "held"
    assert {(each["code"], each["place"]) for each in ran.settle} == {
        ("address-missing", "/person/address"),
        ("contact-missing", "/person/phone"),
    }


async def test_the_sample_of_a_real_feed_is_held_with_its_contradictions_in_hl7_places() -> None:
    ran = await dry_run(InboundRecord("gm-hospital", SAMPLE.read_bytes().replace(b"|1988", b"|1938")), PROFILE, NOW)
    assert ran.outcome == "held"
    places = {each["code"]: each["place"] for each in ran.settle}
    assert places["event-differs"] == "EVN-1"
    assert places["death-before-discharge"] == "PID-29"
    assert places["municipality-not-found"] == "PID-11"


@pytest.mark.parametrize(
    ("arrival", "code", "place"),
    [
        (notice(who=person(name=None)), "name-missing", "/person/name"),
        (notice(source="another"), "source-not-yours", "ce_source"),
        (notice(who=person(address="전북특별자치도 익산시 인북로 32")), "not-our-municipality", "/person/address"),
    ],
)
async def test_what_would_be_rejected_is_told_with_code_and_place(
    arrival: InboundRecord, code: str, place: str
) -> None:
    ran = await alone(arrival)
    assert (ran.outcome, ran.code, ran.place) == ("rejected", code, place)
    assert [kind for kind, _ in ran.told] == ["notice.rejected"]


async def test_an_answer_promises_nothing_while_nobody_can_be_asked() -> None:
    ran = await alone(record("referral.accepted", {}, "gm-meals-01", subject="C7F3K2M9QX4.1.O1"))
    assert (ran.outcome, ran.code, ran.told) == (IntakeOutcome.ANSWER, "", ())


async def test_an_answer_that_is_not_the_senders_to_give_is_rejected_without_asking() -> None:
    ran = await alone(record("referral.accepted", {}, "gm-hospital", subject="C7F3K2M9QX4.1.O1"))
    assert (ran.outcome, ran.code) == ("rejected", "not-your-event")


async def test_what_comes_before_its_notice_waits_and_nobody_is_told() -> None:
    ran = await alone(notice(kind="discharge.cancelled"))
    assert (ran.outcome, ran.told) == ("early", ())


async def test_the_record_knows_resends_and_open_cases(desk: Desk) -> None:
    first = notice(id="n-1")
    [opened] = await desk.take(first)
    again, joined = await asked(desk, first), await asked(desk, notice(id="n-2", sender="seoul-hospital"))
    assert (again.outcome, again.told, again.asked) == ("resent", (), True)
    assert (joined.outcome, joined.case_id) == ("joined", opened.case_id)


async def test_an_answer_to_nothing_of_ours_is_rejected_by_the_record(desk: Desk) -> None:
    ran = await asked(desk, record("referral.accepted", {}, "gm-meals-01", subject="C7F3K2M9QX4.1.O1"))
    assert (ran.code, ran.place) == ("subject-unknown", "ce_subject")


async def test_nothing_is_written_and_nothing_stays_locked(desk: Desk) -> None:
    await desk.opened(id="n-1")
    before = {table.name: len(await desk.rows(table)) for table in metadata.sorted_tables}
    await asked(desk, notice(id="n-2", consent=False))
    await asked(desk, notice(id="n-3", who=person(address=None)))
    assert {table.name: len(await desk.rows(table)) for table in metadata.sorted_tables} == before
    assert await desk.outcomes(notice(id="n-2", consent=False)) == ["joined"]
