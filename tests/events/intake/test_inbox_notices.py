import asyncio

from handoff.store import tables
from tests.events.desk import Desk, notice, person


async def test_a_notice_opens_a_case_and_is_acknowledged(desk: Desk) -> None:
    case_id = await desk.opened()
    [case] = await desk.rows(tables.cases)
    assert (case.case_id, case.facility, case.stage, case.consent, case.facts) == (
        case_id,
        "gm-hospital",
        "screening",
        "given",
        1,
    )
    [fact] = await desk.rows(tables.facts)
    assert (fact.state, fact.case_id, fact.number) == ("numbered", case_id, 1)
    [(kind, said)] = await desk.letters("gm-hospital")
    assert kind == "notice.acknowledged"
    assert (said["case_id"], said["status"], said["reference"]) == (case_id, "opened", "V-1")
    assert [row.what for row in await desk.rows(tables.timeline)] == ["case_opened"]


async def test_a_second_notice_opens_no_second_case(desk: Desk) -> None:
    case_id = await desk.opened()
    [joined] = await desk.take(notice("nhis-gwangmyeong", discharge={"reference": "N-77"}))
    assert (joined.outcome, joined.case_id) == ("joined", case_id)
    [(_, said)] = await desk.letters("nhis-gwangmyeong")
    assert (said["case_id"], said["status"]) == (case_id, "joined")
    assert [row.number for row in await desk.rows(tables.facts)] == [1, 2]


async def test_a_notice_without_registration_number_joins_by_name_birth_date_and_phone(desk: Desk) -> None:
    await desk.opened(who=person(registration_number=None))
    told = person(registration_number=None, name="김 복 순", phone="+82 10 2345 6789")
    assert await desk.outcomes(notice("nhis-gwangmyeong", who=told)) == ["joined"]


async def test_the_discharging_facilitys_word_counts_even_if_the_nhis_told_first(desk: Desk) -> None:
    await desk.opened(sender="nhis-gwangmyeong")
    assert [case.facility for case in await desk.rows(tables.cases)] == [""]
    await desk.take(notice("gm-hospital"))
    await desk.take(notice("seoul-hospital"))
    assert [case.facility for case in await desk.rows(tables.cases)] == ["gm-hospital"]


async def test_a_resend_changes_nothing(desk: Desk) -> None:
    first = notice(id="m-1")
    await desk.take(first)
    assert await desk.outcomes(first, first) == ["resent", "resent"]
    assert len(await desk.rows(tables.facts)) == 1
    assert len(await desk.letters("gm-hospital")) == 1


async def test_the_same_words_written_at_another_moment_are_a_word_of_their_own(desk: Desk) -> None:
    first, again = notice(id="m-1"), notice(id="m-1", time="2026-05-04T12:00:00+09:00")
    assert await desk.outcomes(first, again, again) == ["opened", "resent", "resent"]
    assert [fact.number for fact in await desk.rows(tables.facts)] == [1, 2]
    assert len(await desk.letters("gm-hospital")) == 1
    assert not any(letter.get("id_reused") for _, letter in await desk.letters("gm-hospital"))


async def test_an_id_reused_for_another_patient_is_a_notice_of_its_own(desk: Desk) -> None:
    await desk.opened(id="m-2")
    other = person(name="박영수", birth_date="1951-01-01", registration_number="510101-1234567", phone="010-9999-0000")
    [taken] = await desk.take(notice(id="m-2", who=other, discharge={"reference": "V-2"}))
    assert taken.outcome == "opened"
    assert [said["id_reused"] for _, said in await desk.letters("gm-hospital")] == [False, True]
    assert len({row.event_id for row in await desk.rows(tables.outbox)}) == 2


async def test_within_one_batch_a_notice_is_joined_and_resent_too(desk: Desk) -> None:
    one = notice(id="m-3")
    arrivals = [one, notice("nhis-gwangmyeong"), one, notice(who=person(name="이말순", registration_number=None))]
    assert await desk.outcomes(*arrivals) == ["opened", "joined", "resent", "held"]


async def test_two_notices_at_one_instant_make_one_case(desk: Desk) -> None:
    senders = ("gm-hospital", "nhis-gwangmyeong", "seoul-hospital", "desk")
    taken = await asyncio.gather(*(desk.take(notice(sender)) for sender in senders))
    assert sorted(each.outcome for [each] in taken) == ["joined", "joined", "joined", "opened"]
    assert len(await desk.rows(tables.persons)) == 1
    assert sorted(row.number for row in await desk.rows(tables.facts)) == [1, 2, 3, 4]


async def test_the_same_record_read_by_two_intakes_is_taken_once(desk: Desk) -> None:
    one = notice(id="m-4")
    taken = await asyncio.gather(*(desk.take(one) for _ in range(4)))
    assert sorted(each.outcome for [each] in taken) == ["opened", "resent", "resent", "resent"]


async def test_twins_at_one_address_are_two_people(desk: Desk) -> None:
    await desk.opened(who=person(registration_number=None))
    twin = person(registration_number=None, name="김복희")
    assert await desk.outcomes(notice(who=twin, discharge={"reference": "V-9"})) == ["opened"]
    assert len(await desk.rows(tables.persons)) == 2


async def test_a_return_after_closing_is_a_new_case_linked_to_the_old(desk: Desk) -> None:
    old = await desk.opened()
    await desk.close(old)
    desk.passes(days=60)
    back = notice(discharge={"reference": "V-2", "discharged_at": "2026-07-03T10:00:00+09:00"})
    [taken] = await desk.take(back)
    assert taken.outcome == "opened"
    cases = {case.case_id: case for case in await desk.rows(tables.cases)}
    assert cases[taken.case_id].previous_case_id == old
    assert cases[taken.case_id].person_id == cases[old].person_id


async def test_many_writers_number_facts_without_gap_or_double(desk: Desk) -> None:
    await desk.opened()
    batches = [
        [notice(sender, discharge={"reference": f"{sender}-{number}"}, id=f"{batch}-{number}") for number in range(5)]
        for batch, sender in enumerate(["gm-hospital", "seoul-hospital", "nhis-gwangmyeong", "desk"] * 3)
    ]
    taken = await asyncio.gather(*(desk.take(*batch) for batch in batches))
    assert {each.outcome for batch in taken for each in batch} == {"joined"}
    assert sorted(row.number for row in await desk.rows(tables.facts)) == list(range(1, 62))


async def test_a_refused_consent_opens_a_case_that_asks_about_it(desk: Desk) -> None:
    await desk.opened(consent=False)
    assert [case.consent for case in await desk.rows(tables.cases)] == [""]  # its timeline says who told the refusal
