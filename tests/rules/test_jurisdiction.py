import tomllib
from pathlib import Path

import pytest

from handoff.profile.register import Municipality
from handoff.rules import jurisdiction
from handoff.rules.jurisdiction import NotFound, Other, Ours, differ, municipality
from tests.rules.profiles import GWANGMYEONG

TABLE = tomllib.loads((Path(jurisdiction.__file__).parent / "municipalities.toml").read_text(encoding="utf-8"))[
    "provinces"
]
EVERY = [
    (f"{province} {name}".strip(), code)
    for province, content in TABLE.items()
    for name, code in content.get("municipalities", {"": content.get("itself")}).items()
]


@pytest.mark.parametrize(
    ("address", "district"),
    [
        ("경기도 광명시 철산로 10 (철산동)", "cheolsan"),
        ("경기도 광명시 철산3동 12-3", "cheolsan-3"),
        ("경기 광명시 하안로 60, 101동 202호 (하안동, 주공아파트)", "haan"),
        ("경기도 광명시 광명7동 325-81 (광명동)", "gwangmyeong-7"),
        ("광명시 오리로 1003", ""),
        ("(14234) 경기도 광명시 노온사동 100", "hagon"),
        ("대한민국 경기도 광명시 소하1동", "soha-1"),
        ("경기도광명시 일직로 72", ""),
        ("철산로 10^^광명시^경기도^14234^KOR", ""),
        ("41 광명시 철산로 12", ""),
        ("KR-41 광명시 철산로 12", ""),
        ("GG 광명시 철산로 12", ""),
        ("Gyeonggi-do 광명시 철산로 12", ""),
        ("Kyonggi 광명시 철산로 12", ""),
        ("경기 광명 철산로 12", ""),
        ("경기도광명시철산동 123", ""),
        ("경기도 광명시철산동 123", ""),
        ("경기광명시 철산동 1", "cheolsan"),
        ("경기도>광명시>철산동", "cheolsan"),
        ("경기도.광명시.철산로 12", ""),
        ("경기도|광명시|하안3동", "haan-3"),
        ("경기도광명시철산로 12", ""),
        ("경기도 광명시철산로 12", ""),
        ("경기 광명시오리로12번길 3", ""),
        ("광명시철산로12", ""),
        ("광명시철산로12번길3", ""),
        ("광명시철산동 12", ""),
        ("광명시하안동12-3", ""),
        ("경기광명 철산로 12", ""),
        ("경기광명시철산로12", ""),
        ("경기도 광명시 철산로 12 / 철산동 123", "cheolsan"),
        ("경기도 / 광명시 / 철산동 12", "cheolsan"),
        ("광명시 경기도 철산로 12", ""),
        ("경기도 광명시 철산로 12 서울빌라 101호", ""),
        ("경기도 광명시 오리로 100 중구빌딩", ""),
        ("경기도 광명시 광주로 3", ""),
        ("광명시 서울로 1 부산식당", ""),
        ("경기도 광명시 안양천로 1", ""),
        ("경기도 광명시 경기도 광명시 철산로 12", ""),
    ],
)
def test_a_person_of_gwangmyeong_is_ours(address: str, district: str) -> None:
    assert municipality(address, "", GWANGMYEONG) == Ours(district)


@pytest.mark.parametrize(
    ("address", "name", "code"),
    [
        ("서울특별시 구로구 광명시장길 12", "서울특별시 구로구", "11530"),
        ("서울 금천구 시흥대로 1", "서울특별시 금천구", "11545"),
        ("경기도 시흥시 광명로 1", "경기도 시흥시", "41390"),
        ("안양시 만안구 석수동", "경기도 안양시", "41170"),
        ("경기도 수원시 장안구 정자동", "경기도 수원시", "41110"),
        ("강원도 고성군 간성읍", "강원특별자치도 고성군", "51820"),
        ("경남 고성군 고성읍", "경상남도 고성군", "48820"),
        ("광주시 오포읍", "경기도 광주시", "41610"),
        ("광주시 북구 용봉동", "광주광역시 북구", "29170"),
        ("전남광주통합특별시 순천시 중앙로", "전라남도 순천시", "46150"),
        ("전남광주통합특별시 동구 금남로", "광주광역시 동구", "29110"),
        ("세종특별자치시 한누리대로 2130", "세종특별자치시", "36110"),
        ("제주시 연동", "제주특별자치도 제주시", "50110"),
        ("인천 제물포구 월미문화로 36", "인천광역시 제물포구", "28125"),
        ("전라북도 익산시 인북로", "전북특별자치도 익산시", "52140"),
        ("11 중구 을지로 1", "서울특별시 중구", "11140"),
        ("KR-26 중구 중앙대로 1", "부산광역시 중구", "26110"),
        ("Gangwon-do 고성군 간성읍", "강원특별자치도 고성군", "51820"),
        ("경남 고성 고성읍", "경상남도 고성군", "48820"),
        ("경기 광주 오포읍", "경기도 광주시", "41610"),
        ("서울중구 을지로 1", "서울특별시 중구", "11140"),
        ("서울특별시.구로구.구로동", "서울특별시 구로구", "11530"),
        ("경기도 시흥시정왕동 1", "경기도 시흥시", "41390"),
        ("시흥시정왕동 1", "경기도 시흥시", "41390"),
        ("안양시만안구 안양로 1", "경기도 안양시", "41170"),
        ("포항시남구 상공로 1", "경상북도 포항시", "47110"),
        ("포항시 남구 상공로 1", "경상북도 포항시", "47110"),
        ("청주시청원구 1", "충청북도 청주시", "43110"),
        ("경기수원 정조로 1", "경기도 수원시", "41110"),
        ("서울강남 테헤란로 1", "서울특별시 강남구", "11680"),
        ("서울금천구시흥대로 1", "서울특별시 금천구", "11545"),
        ("시흥시광명로 1", "경기도 시흥시", "41390"),
        ("안양시광명시장길 1", "경기도 안양시", "41170"),
        ("서울중구세종대로 1", "서울특별시 중구", "11140"),
        ("광주시 동구금남로 1", "광주광역시 동구", "29110"),
        ("광주시동구금남로1", "광주광역시 동구", "29110"),
        ("광주시북구 용봉동", "광주광역시 북구", "29170"),
        ("광주시오포읍 1", "경기도 광주시", "41610"),
        ("서울 구로구 광명시장로 1", "서울특별시 구로구", "11530"),
        ("서울 구로구 광명로 12 광명아파트", "서울특별시 구로구", "11530"),
        ("서울특별시 금천구 경기도 수원시 1", "서울특별시 금천구", "11545"),
        ("서울 금천구 1 / 서울 중구 2", "서울특별시 금천구", "11545"),
    ],
)
def test_found_but_not_ours_is_named(address: str, name: str, code: str) -> None:
    assert municipality(address, "", GWANGMYEONG) == Other(name, code)


@pytest.mark.parametrize(
    ("address", "code", "why"),
    [
        ("", "", "no-address"),
        ("   ", "", "no-address"),
        ("중구 을지로 1", "", "ambiguous"),
        ("고성군 1", "", "ambiguous"),
        ("광명시장길 12", "", "unknown"),
        ("광명시청로 12", "", "unknown"),
        ("광명시민로 12", "", "unknown"),
        ("광명시청앞길 3", "", "unknown"),
        ("광명시장로12길 3", "", "unknown"),
        ("광명시립도서관로 2", "", "unknown"),
        ("고성군간성읍 1", "", "ambiguous"),
        ("서울특별시 금천구 경기도 광명시 철산로 12", "", "address-code-differs"),
        ("서울특별시 금천구 광명시 철산로 12", "", "address-code-differs"),
        ("경기도 광명시 서울특별시 금천구 시흥대로 1", "", "address-code-differs"),
        ("경기도 광명시 금천구 시흥대로 1", "", "address-code-differs"),
        ("광명시 경기도 수원시 1", "", "address-code-differs"),
        ("수원시 경기도 광명시 철산로 12", "", "address-code-differs"),
        ("경기도 광명시 철산로 12 서울 금천구", "", "address-code-differs"),
        ("서울 금천구 시흥대로 1 / 광명시 철산로 12", "", "address-code-differs"),
        ("경기도광명시 철산로 12 / 금천구 시흥대로 1", "", "address-code-differs"),
        ("서울특별시 금천구 경기도 광명시 철산로 12", "4121010200", "address-code-differs"),
        ("광명로 10", "", "unknown"),
        ("경기도 광명시장길 12", "", "unknown"),
        ("경기도 광명로 12", "", "unknown"),
        ("12 중구 을지로 1", "", "ambiguous"),
        ("을지로 11 중구", "", "unknown"),
        ("Gyeonggi-do Gwangmyeong-si 12 Cheolsan-ro", "", "unknown"),
        ("서울 아파트 3층", "", "unknown"),
        ("1000 Hospital Lane, Ann Arbor", "", "unknown"),
        ("", "99999", "unknown"),
        ("경기도", "", "unknown"),
    ],
)
def test_what_nobody_can_tell_is_not_found_and_never_ours(address: str, code: str, why: str) -> None:
    assert municipality(address, code, GWANGMYEONG) == NotFound(why)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("41210", Ours("cheolsan")),
        ("4121010200", Ours("cheolsan")),
        ("1153010100", NotFound("address-code-differs")),
        ("41111", NotFound("address-code-differs")),
        ("42110", NotFound("address-code-differs")),
        ("14241", Ours("cheolsan")),
        ("41211", Ours("cheolsan")),
        ("4121000000", Ours("cheolsan")),
        ("", Ours("cheolsan")),
    ],
)
def test_a_code_of_another_municipality_than_the_words_is_in_doubt(code: str, expected: object) -> None:
    assert municipality("경기도 광명시 철산로 10 (철산동)", code, GWANGMYEONG) == expected


@pytest.mark.parametrize(
    ("address", "code", "expected"),
    [
        ("철산로 10", "41210", Ours()),
        ("서울특별시 중구 세종대로 1", "4121010200", NotFound("address-code-differs")),
        ("중구 세종대로 1", "4121010200", NotFound("address-code-differs")),
        ("중구 세종대로 1", "11140", Other("서울특별시 중구", "11140")),
        ("경기도 수원시 장안구 1", "41111", Other("경기도 수원시", "41110")),
        ("수원시 팔달구 1", "41110", Other("경기도 수원시", "41110")),
        ("강원도 춘천시 1", "42110", Other("강원특별자치도 춘천시", "51110")),
        ("전라북도 익산시 1", "45140", Other("전북특별자치도 익산시", "52140")),
        ("서울특별시 중구 1", "1153010100", Other("서울특별시 구로구", "11530")),
    ],
)
def test_a_code_contradicts_words_only_if_one_of_them_is_ours(address: str, code: str, expected: object) -> None:
    assert municipality(address, code, GWANGMYEONG) == expected


@pytest.mark.parametrize(
    "country", ["Republic of Korea", "South Korea", "KOR", "kr", "ROK", "대한민국", "The Republic of Korea"]
)
def test_the_country_in_an_address_is_no_part_of_it(country: str) -> None:
    assert municipality(f"{country} 광명시 철산동 1", "", GWANGMYEONG) == Ours("cheolsan")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("경기도 광명시 철산로 12", "서울 금천구 시흥대로 1", True),
        ("광명시 철산로 12", "경기 시흥시 은행로 1", True),
        ("중구 1", "광명시 철산로 12", True),
        ("경기도 광명시 철산로 12", "경기 광명 소하로 11", False),
        ("서울 중구 1", "중구 1", False),
        ("경기도 광명시 철산로 12", "12 Cheolsan-ro", False),
        ("경기도 광명시 철산로 12", "", False),
        ("철산로 12", "소하로 11", False),
    ],
)
def test_two_addresses_differ_if_they_name_two_municipalities(one: str, other: str, *, expected: bool) -> None:
    assert differ(one, other) is differ(other, one) is expected


def test_a_district_of_a_town_is_no_other_municipality_of_the_same_name() -> None:
    pohang = Municipality(
        code="47110", province="경상북도", names=("포항시",), districts=GWANGMYEONG.municipality.districts
    )
    nam = Municipality(
        code="31140", province="울산광역시", names=("남구",), districts=GWANGMYEONG.municipality.districts
    )
    address = "경상북도 포항시 남구 상공로 1"
    assert municipality(address, "", GWANGMYEONG.model_copy(update={"municipality": pohang})) == Ours()
    elsewhere = municipality(address, "", GWANGMYEONG.model_copy(update={"municipality": nam}))
    assert elsewhere == Other("경상북도 포항시", "47110")


def test_a_code_that_nobody_knows_leaves_the_word_to_the_address() -> None:
    assert municipality("경기도 광명시 철산로 10", "00000", GWANGMYEONG) == Ours("")
    assert municipality("경기도 광명시 철산로 10", "4121", GWANGMYEONG) == Ours("")


def test_two_dongs_in_one_address_tell_no_district() -> None:
    assert municipality("경기도 광명시 철산1동 철산2동", "", GWANGMYEONG) == Ours("")


@pytest.mark.parametrize(("name", "code"), EVERY, ids=[code for _, code in EVERY])
def test_every_municipality_is_found_by_its_full_name_and_by_its_code(name: str, code: str) -> None:
    expected = Ours() if code == "41210" else Other(name, code)
    assert municipality(f"{name} 1", "", GWANGMYEONG) == expected
    assert municipality("", f"{code}10100", GWANGMYEONG) == expected


def test_the_table_holds_229_municipalities_and_four_new_ones() -> None:
    assert len(EVERY) == len({code for _, code in EVERY}) == 229 + 4


def test_a_municipality_that_the_table_does_not_know_is_known_to_itself() -> None:
    ours = Municipality(
        code="41999", province="경기도", names=("새빛시",), districts=GWANGMYEONG.municipality.districts
    )
    profile = GWANGMYEONG.model_copy(update={"municipality": ours})
    assert municipality("경기도 새빛시 1로 1", "", profile) == Ours()
    assert municipality("", "4199900000", profile) == Ours()
    assert municipality("경기도 광명시", "", profile) == Other("경기도 광명시", "41210")
