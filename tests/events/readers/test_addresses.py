"""Which of several addresses is read, and what happens if nothing tells."""

import pytest

from events.intake.dry_run import dry_run
from tests.events.desk import NOW, PROFILE
from tests.events.readers.told import doubts_of, fact_of, message, of_message

HOME = "철산로 12^^광명시^경기도^^KOR"
ELSEWHERE = "시흥대로 1^^금천구^서울특별시^^KOR"
GWANGMYEONG, GEUMCHEON = "경기도 광명시 철산로 12", "서울특별시 금천구 시흥대로 1"


@pytest.mark.parametrize(
    ("other", "home"),
    [
        ("본적", "현주소"),
        ("출생지", "주소"),
        ("출생지 주소", ""),
        ("등록기준지", "주민등록지"),
        ("호적", "거주지"),
        ("BIRTH", "HOME"),
        ("Birthplace", "Current"),
        ("직장", "자택"),
        ("직장주소", "자택 주소"),
        ("회사", "집"),
        ("근무처", "실거주지"),
        ("WORK", "HOME"),
        ("Office", "Home address"),
        ("BUSINESS", ""),
        ("청구지", "주소"),
        ("보호자주소", ""),
        ("이전주소", "현주소"),
        ("previous", "present"),
        ("현주소", "주민등록지"),
        ("자택", "법정주소"),
        ("HOME", "LEGAL"),
        ("HOME", "PERMANENT"),
        ("직장", "L"),
        ("O", "현주소"),
    ],
)
def test_a_type_in_words_ranks_as_the_one_that_it_means(other: str, home: str) -> None:
    for sent in (f"{ELSEWHERE}^{other}~{HOME}^{home}", f"{HOME}^{home}~{ELSEWHERE}^{other}"):
        assert (of_message(address=sent).address, doubts_of(message(address=sent))) == (GWANGMYEONG, {})


@pytest.mark.parametrize("kind", ["직장", "회사주소", "근무지", "WORK", "office", "보호자"])
def test_the_address_of_work_alone_is_in_doubt_in_words_too(kind: str) -> None:
    assert doubts_of(message(address=f"{HOME}^{kind}")) == {"PID-11": "address-not-home"}


@pytest.mark.parametrize("kind", ["본적", "등록기준지", "출생지", "birth place"])
def test_a_place_of_birth_alone_is_no_address_in_words_either(kind: str) -> None:
    assert of_message(address=f"{HOME}^{kind}").address == ""


@pytest.mark.parametrize("kind", ["집", "자택", "현주소", "HOME", "주민등록지", "M", "기타"])
def test_any_other_type_alone_is_an_address_without_a_doubt(kind: str) -> None:
    record = message(address=f"{HOME}^{kind}")
    assert doubts_of(record) == {}
    assert fact_of(record).person == of_message(address=HOME)


@pytest.mark.parametrize("kind", ["L", "H", "", "M", "현주소", "WORK"])
def test_of_two_addresses_that_nothing_ranks_both_are_shown(kind: str) -> None:
    assert of_message(address=f"{ELSEWHERE}^{kind}~{HOME}^{kind}").address == f"{GEUMCHEON} / {GWANGMYEONG}"
    assert of_message(address=f"{HOME}^{kind}~{ELSEWHERE}^{kind}").address == f"{GWANGMYEONG} / {GEUMCHEON}"


@pytest.mark.parametrize(
    "sent",
    [
        f"{HOME}^L~소하로 11^^광명시^경기도^^KOR^L",
        f"{HOME}^L~철산로 12^^광명시^경기^^KOR^L",
        f"{HOME}~광명시 철산로 12",
        f"{HOME}^L~12, Cheolsan-ro^^Gwangmyeong-si^Gyeonggi-do^^KOR^L",
        f"^^금천구^서울특별시^^KOR^L~{HOME}^L",
        f"{HOME}^L~^^금천구^서울특별시^^KOR^L",
        f"서울특별시 금천구^^^^^KOR^L~{HOME}^L",
        f"^^^서울특별시 금천구^^KOR^L~{HOME}^L",
        f"^^수원시 장안구^경기도^^KOR^L~{HOME}^L",
        f"{ELSEWHERE}^L^^^^^20200101&20201231~{HOME}^L",
        f"{HOME}^L~{ELSEWHERE}^H",
    ],
)
def test_an_address_that_others_do_not_contradict_is_read_alone(sent: str) -> None:
    assert of_message(address=sent).address == GWANGMYEONG


OUTCOMES = [
    *(
        (sent, "held", "address-code-differs")
        for sent in (
            "경기도 광명시 철산로 12^^금천구^서울특별시",
            "광명시 철산로 12^^금천구^서울특별시",
            "서울특별시 금천구 시흥대로 1^^광명시^경기도",
            "금천구 시흥대로 1^^광명시^경기도",
            "경기도 광명시 철산로 12^^수원시^경기도",
            "경기도 수원시 정조로 1^^광명시^경기도",
            f"{ELSEWHERE}^H~{HOME}^H",
            f"{HOME}^L~{ELSEWHERE}^L",
            f"{ELSEWHERE}~{HOME}",
            f"{ELSEWHERE}^L^^1154510100~{HOME}^L^^4121010200",
            "금천구 시흥대로 1~광명시 철산로 12",
        )
    ),
    ("시흥대로 1^^^^^KOR^L^^1154510100~철산로 12^^^^^KOR^L^^4121010200", "held", "municipality-not-found"),
    *(
        (sent, "rejected", "")
        for sent in (
            f"{ELSEWHERE}^L~{HOME}^H",
            f"{ELSEWHERE}^L~{HOME}^직장",
            f"{ELSEWHERE}^L~세종대로 1^^중구^서울특별시^^KOR^L",
            "서울특별시 금천구 시흥대로 1^^수원시^경기도",
            "서울특별시 금천구 시흥대로 1^^금천구^서울특별시",
            "상공로 1^^포항시 남구^경상북도",
            "시흥대로 1^^금천구^서울특별시^^KOR^L^^1154510100",
        )
    ),
    *(
        (sent, "opened", "")
        for sent in (
            f"{HOME}^L~{ELSEWHERE}^H",
            f"부산 중구 1^^^^^^본적~{HOME}^현주소",
            "경기도 광명시 철산로 12^^광명시^경기도",
            "광명시 철산로 12^^광명시^경기도",
            "세종대로 1^^광명시^경기도",
            "철산로 12 서울빌라^^광명시^경기도",
            f"^^금천구^서울특별시^^KOR^L~{HOME}^L",
        )
    ),
]


@pytest.mark.parametrize(("sent", "outcome", "code"), OUTCOMES)
async def test_a_person_looks_at_an_address_that_contradicts_itself_about_us(
    sent: str, outcome: str, code: str
) -> None:
    ran = await dry_run(message(address=sent), PROFILE, NOW)
    assert (ran.outcome, "".join(point["code"] for point in ran.settle)) == (outcome, code)
