"""What a disposition means, by its code or its words."""

import pytest

from handoff.fact import Discharge
from handoff.rules.deaths import by_code, goes, says_death
from handoff.vocabulary.states import Destination
from tests.events.readers.told import DISCHARGE, PERSON, doubts_of, event, message

DEAD = (
    "돌아가심",
    "숨짐",
    "운명",
    "타계",
    "서거",
    "영안실",
    "장례식장",
    "익사",
    "사체",
    "死亡",
    "Exitus letalis",
    "to morgue",
    "passed away",
    "Pass Away",
    "passing away",
    "死",
    "歿",
    "변사",
    "뇌사",
    "뇌사 판정",
    "자살",
    "부검 의뢰",
    "하늘나라로 돌아가심",
    "병원에서 돌아가심",
)


@pytest.mark.parametrize(
    "text", ["사망", "사망퇴원", "원내 사 망", "별세", "Expired (in hospital)", "DIED", "brain death", *DEAD]
)
def test_words_for_a_death_are_known_in_korean_and_english(text: str) -> None:
    assert says_death(text)


WENT_HOME = (
    "집으로 돌아가심",
    "댁으로 돌아가심",
    "자택으로 돌아감",
    "집에 돌아가심",
    "시설로 돌아가심",
    "passed",
    "자살시도",
    "시신경염 호전",
)


@pytest.mark.parametrize(
    "text", ["", "귀가", "home", "transfer", "전원", "deadline", "expedited", "studied", *WENT_HOME]
)
def test_other_words_tell_no_death(text: str) -> None:
    assert not says_death(text)


HOSPITAL = (
    *(
        "요양병원 전원",
        "타병원 이송",
        "상급종합병원 전원",
        "전원(요양병원)",
        "Transfer to other hospital",
        "타원",
        "후송",
    ),
    *("타의료기관", "병원 이송", "병원으로 후송", "transferred to another hospital", "Transfer to hospital", "002"),
    *(
        "Discharged/transferred to another short term general hospital for inpatient care",
        "전원퇴원",
        "063",
        "재활병원 전원",
    ),
)
STAYS = (
    *(
        "입원중",
        "Still patient",
        "still a patient",
        "Still inpatient",
        "still an in-patient",
        "계속 재원",
        "재원(계속)",
    ),
    *("입원 중", "재원 환자", "Still patient or expected to return for outpatient services", "030"),
)
HOME = ("01", "1", "001", "귀가", "자택", "06", "6")
UNSAID = (
    *(
        "",
        "0",
        "00",
        "전원 아님",
        "전원주택",
        "전원 주택으로",
        "전원 취소",
        "타병원 외래",
        "기타 원인",
        "타원형",
        "퇴원",
    ),
    *("요양원", "정상퇴원", "입원중 호전되어 귀가", "집으로 돌아가심", "not transferred", "추후 송부", "outpatient"),
    *("Discharged to home or self care (routine discharge)", "transfer to nursing home", "발전원", "099"),
)


@pytest.mark.parametrize(
    ("dispositions", "destination"),
    [
        (HOSPITAL, Destination.HOSPITAL),
        (STAYS, Destination.STAYS),
        (HOME, Destination.HOME),
        (("20", "020", "0041", "사망", "passed away"), Destination.DIED),
        (UNSAID, ""),
    ],
)
def test_a_disposition_says_where_the_person_goes_by_code_or_words(
    dispositions: tuple[str, ...], destination: str
) -> None:
    assert {text: goes(Discharge(disposition=text)) for text in dispositions} == dict.fromkeys(
        dispositions, destination
    )


def test_zeros_before_a_code_for_a_death_do_not_count() -> None:
    assert [by_code(code, "") for code in ("20", "020", "0020", " 42", "200", "002", "사망")] == [True] * 4 + [
        False
    ] * 3


@pytest.mark.parametrize("trigger", ["A03", "A08"])
@pytest.mark.parametrize("component", ["{}", "X^{}", "X^^^^{}"])
@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (HOSPITAL[:12], "goes-to-hospital"),
        (STAYS[:10], "still-a-patient"),
        (("전원 아님", "전원주택", "집으로 돌아가심"), None),
    ],
)
def test_a_discharge_to_another_place_than_home_is_in_doubt_by_words(
    trigger: str, component: str, texts: tuple[str, ...], code: str | None
) -> None:
    for text in texts:
        record = message(trigger=trigger, disposition=component.format(text))
        assert doubts_of(record).get("PV1-36") == code, text


@pytest.mark.parametrize("text", HOSPITAL[:5])
def test_an_event_of_a_discharge_to_another_hospital_is_in_doubt_too(text: str) -> None:
    record = event({"person": PERSON, "discharge": {**DISCHARGE, "disposition": text}})
    assert doubts_of(record) == {"/discharge/disposition": "goes-to-hospital"}
