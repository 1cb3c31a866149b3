"""What is decided about one fact, from values alone: no database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.intake.batch import IntakeBatch
from events.intake.chain import take
from events.intake.context import IntakeContext
from events.intake.judgement import Enter, Hold, Join, Judgement, KeepAnswer, Late, Open, Refuse, Wait
from events.intake.known import Knowledge
from events.intake.prepared import Prepared, prepare
from events.intake.triage import judge, not_allowed
from events.readers import InboundRecord
from handoff.store.intake.cases import CasePart
from handoff.store.vault import Vault
from tests.events.desk import NOW, PROFILE, notice, person, record

CONTEXT = IntakeContext(Vault(bytes(range(32))), PROFILE, NOW)
HOSPITAL = "gm-hospital"


@pytest.fixture
def batch() -> IntakeBatch:
    return IntakeBatch(CONTEXT, Knowledge())


@pytest.fixture
def case_id(batch: IntakeBatch) -> str:
    """Bok-sun's open case."""
    return take(prepared(notice()), batch).case_id


def prepared(arrived: InboundRecord) -> Prepared:
    read = prepare(arrived, CONTEXT)
    assert isinstance(read, Prepared), read
    return read


def judged(batch: IntakeBatch, arrived: InboundRecord) -> Judgement:
    return judge(prepared(arrived), batch.known, CONTEXT)


def codes(judgement: Judgement) -> list[str]:
    assert isinstance(judgement, Hold), judgement
    return [point["code"] for point in judgement.unsettled]


def test_a_notice_about_somebody_new_opens_a_case(batch: IntakeBatch) -> None:
    judgement = judged(batch, notice(who=person(address="경기도 광명시 하안동 12")))
    assert isinstance(judgement, Open)
    assert (judgement.person, judgement.district) == (None, "haan")


def test_a_notice_about_a_person_with_an_open_case_joins_it(batch: IntakeBatch, case_id: str) -> None:
    judgement = judged(batch, notice("nhis-gwangmyeong", id="again"))
    assert isinstance(judgement, Join)
    assert judgement.case.case_id == case_id


@pytest.mark.parametrize(
    ("who", "code"), [({"address": None}, "address-missing"), ({"phone": None}, "contact-missing")]
)
def test_what_the_act_asks_of_a_notice_and_nobody_said_is_settled_by_a_person(
    batch: IntakeBatch, who: dict[str, Any], code: str
) -> None:
    assert code in codes(judged(batch, notice(who=person(**who))))


def test_an_address_elsewhere_is_refused(batch: IntakeBatch) -> None:
    judgement = judged(batch, notice(who=person(address="서울특별시 종로구 세종대로 209")))
    assert isinstance(judgement, Refuse)
    assert judgement.why.code == "not-our-municipality"


def test_news_of_a_discharge_that_nobody_told_of_waits(batch: IntakeBatch) -> None:
    news = record("discharge.cancelled", {"discharge": {"reference": "V-9"}})
    assert isinstance(judged(batch, news), Wait)


@pytest.mark.parametrize(("ago", "verdict"), [(None, Enter), (timedelta(hours=1), Late)])
def test_news_of_a_discharge_enters_its_case_or_comes_late(
    batch: IntakeBatch, case_id: str, ago: timedelta | None, verdict: type[Judgement]
) -> None:
    batch.known.cases[case_id].closed_at = NOW - ago if ago else None
    judgement = judged(batch, record("discharge.cancelled", {"discharge": {"reference": "V-1"}}))
    assert isinstance(judgement, verdict)


def test_an_answer_counts_only_from_those_whom_it_was_put_to(batch: IntakeBatch, case_id: str) -> None:
    asked = f"{case_id}.1.O1"
    batch.known.parts[asked] = CasePart(asked, frozenset({"gm-meals-01"}))
    answer = record("referral.accepted", {}, "gm-meals-01", subject=asked)
    assert isinstance(judged(batch, answer), Enter)
    batch.known.parts[asked] = CasePart(asked, frozenset({"gm-care-01"}))
    refused = judged(batch, answer)
    assert isinstance(refused, Refuse)
    assert refused.why.code == "subject-not-yours"


def test_an_answer_to_what_a_restore_lost_is_kept(batch: IntakeBatch) -> None:
    answer = record("referral.accepted", {}, "gm-meals-01", subject="C0123456789.1.O1")
    assert isinstance(judged(batch, answer), Refuse)
    batch.known.making_again = True
    assert isinstance(judged(batch, answer), KeepAnswer)


def test_what_its_sender_may_not_say_is_refused_before_anything_is_looked_up(batch: IntakeBatch) -> None:
    fact = prepared(notice())
    meals = replace(fact, row=replace(fact.row, sender="gm-meals-01"))
    assert (why := not_allowed(meals, PROFILE)) is not None
    assert why.code == "not-your-event"
    assert take(meals, batch).outcome == "rejected"
    assert not batch.known.cases
