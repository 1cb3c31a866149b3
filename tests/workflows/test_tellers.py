"""Who tells, how often and in which order: one discharge is one case, and ends up the same."""

from typing import Any

import pytest

from handoff.case.messages import CaseEvent
from handoff.store import tables
from tests.workflows.story import accepted, approved
from tests.workflows.town import CENTRE, HOSPITAL, INSURER, Town
from workflows.messages import Facts

LONG_TERM_CARE = "gm-long-term-care"


@pytest.mark.history("two-tellers")
async def test_a_discharge_told_by_hospital_and_insurer_is_one_case_and_both_are_acknowledged(town: Town) -> None:
    await town.hospital_tells()
    case, same = town.case_id, {"discharged_at": town.now.isoformat()}
    town.case_id = ""
    assert await town.hospital_tells(sender=INSURER, discharge=same) == "joined"
    assert town.case_id == case
    assert (await town.said())[-1] == "notice_joined"
    for teller in (HOSPITAL, INSURER):
        assert "notice.acknowledged" in [kind.partition(":")[0] for kind in await town.letters(teller)]


@pytest.mark.history("resend")
async def test_a_resent_notice_changes_nothing(town: Town) -> None:
    word = town.hospital_word()
    assert await town.arrive(word) == ["opened"]
    await town.fresh()
    assert await town.arrive(word) == ["resent"]
    assert await town.said() == []


@pytest.mark.history("id-reused")
async def test_a_message_id_reused_for_another_patient_opens_a_case_of_its_own(town: Town) -> None:
    first = town.hospital_word(id="ctl-77")
    other = town.hospital_word(
        id="ctl-77",
        discharge={"reference": f"W-{town.number}"},
        who=town.somebody(name="박영수", birth_date="1950-01-01", phone="010-8888-0001", patient_number="other"),
    )
    assert await town.arrive(first) == ["opened"]
    one = town.case_id
    assert await town.arrive(other) == ["opened"]
    assert (await town.state()).case == one
    row = await town.record()
    async with town.desk.engine.connect() as conn:
        same = await conn.execute(tables.cases.select().where(tables.cases.c.person_id == row.person_id))
        assert len(list(same)) == 1


async def test_facts_told_twice_are_taken_up_once(town: Town) -> None:
    await approved(town)
    await town.fresh()
    known = [CaseEvent("plan.approved", town.now, "gm-conference", number=number) for number in (1, 2, 3, 4)]
    assert await town.handoffs.tell(town.case_id, Facts(known), opened=True) == "told"
    assert await town.handoffs.tell(town.case_id, Facts(known), opened=False) == "told"
    await town.in_order()
    assert await town.said() == []


async def test_a_fact_told_together_with_known_ones_is_taken_up_alone(town: Town) -> None:
    await town.hospital_tells()
    await town.fresh()
    known = CaseEvent("consent.refused", town.now, "desk", number=1)
    fresh = CaseEvent("contact.made", town.now, "desk", number=2)
    await town.handoffs.tell(town.case_id, Facts([known, fresh]), opened=False)
    await town.in_order()
    assert await town.said() == ["contact_made"]


async def test_two_opposite_words_in_one_batch_are_both_heard_in_their_order(town: Town) -> None:
    await accepted(town)
    await town.fresh()
    admitted = town.hospital_word("admission.occurred")
    mistaken = town.hospital_word("admission.cancelled")
    await town.arrive(admitted, mistaken)
    assert (await town.said())[:2] == ["suspended", "resumed"]
    case = await town.state()
    assert not case.stands
    assert (await town.visit()).state == "scheduled"


@pytest.mark.history("cancelled-before-notice")
async def test_a_cancellation_that_comes_before_its_notice_has_the_same_end(town: Town) -> None:
    notice, cancelled = town.hospital_word(), town.hospital_word("discharge.cancelled")
    assert await town.arrive(cancelled) == ["early"]
    assert not town.case_id
    assert await town.arrive(notice) == ["opened"]
    assert (await town.state()).stands == "discharge-cancelled"
    assert "discharge_cancelled" in await town.said()
    assert await town.clock("discharge-cancelled")


async def test_a_notice_and_its_cancellation_in_one_batch_leave_a_case_that_waits_for_a_date(town: Town) -> None:
    assert await town.arrive(town.hospital_word(), town.hospital_word("discharge.cancelled")) == ["opened", "entered"]
    assert (await town.state()).stands == "discharge-cancelled"
    assert "assessment.requested" not in str(await town.letters(CENTRE))


@pytest.mark.history("answer-after-closing")
async def test_an_answer_after_closing_is_a_task_and_changes_nothing(town: Town) -> None:
    await approved(town)
    offer, provider = await town.offer()
    await town.closes("outcome-opened-in-error")
    assert await town.ended() == "outcome-opened-in-error"
    assert await town.arrive(town.word("referral.accepted", provider, offer, {})) == ["late"]
    assert (await town.open_tasks()).keys() == {"after-closing"}
    assert (await town.referrals())[0].state == "cancelled"


async def test_a_word_that_comes_with_the_closing_one_is_read_by_a_person(town: Town) -> None:
    await town.hospital_tells(consent=None)
    refused: dict[str, Any] = {"scope": "support"}
    await town.tell_together(
        ("consent.refused", "desk", town.case_id, refused), ("contact.made", "desk", town.case_id, {})
    )
    assert await town.ended() == "outcome-refused"
    assert "told_after_closing" in await town.said()
    assert "after-closing" in await town.open_tasks()


async def test_a_new_discharge_after_closing_is_a_new_case_linked_to_the_old(town: Town) -> None:
    await town.hospital_tells()
    old = town.case_id
    await town.closes("outcome-opened-in-error")
    await town.ended()
    town.case_id = ""
    assert await town.hospital_tells(discharge={"reference": f"again-{town.number}"}) == "opened"
    assert town.case_id != old
    assert (await town.record()).previous_case_id == old
