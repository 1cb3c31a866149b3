"""Fields of a person as feeds fill them: names, addresses, phones and numbers."""

import unicodedata

import pytest

from events.readers.hl7v2 import names
from events.readers.hl7v2.message import parse
from tests.events.readers.told import (
    DISCHARGE,
    PERSON,
    adt,
    doubts_of,
    event,
    fact_of,
    message,
    of_event,
    of_message,
    wide,
)

NAMES = [
    ("HONG^GILSOON^^^^^L^A~홍^길순^^^^^L^P", "홍길순"),
    ("洪^吉順^^^^^L^I~홍^길순^^^^^L^P", "홍길순"),
    ("洪^吉順^^^^^L^I~HONG^GILSOON^^^^^L^A~홍^길순^^^^^L", "홍길순"),
    ("Hong^Gilsoon^^^^^L~홍길순", "홍길순"),
    ("HONG^GILSOON^^^^^L~홍^길순^^^^^D", "홍길순"),
    ("洪^吉順^^^^^L^I~HONG^GILSOON^^^^^L^A", "HONG GILSOON"),
    ("꽃분이^^^^^^N~HONG^GILSOON^^^^^L", "HONG GILSOON"),
    ("꽃분이^^^^^^N~홍^길순^^^^^L", "홍길순"),
    ("꽃분이^^^^^^n~홍^길순^^^^^l", "홍길순"),
    ("이^길순^^^^^M~홍^길순^^^^^L", "홍길순"),
    ("김^길순^^^^^B~홍^길순", "홍길순"),
    ("김^길순^^^^^A~洪^吉順^^^^^L", "洪 吉順"),
    ("홍^영자^^^^^A~홍^길순^^^^^C", "홍길순"),
    ("홍^영자^^^^^T~홍^길순^^^^^D", "홍길순"),
    ("꽃분이^^^^^^N", "꽃분이"),
    ("홍길순^^^^^^U~꽃분이^^^^^^N", "꽃분이"),
    ("홍^영자^^^^^L^^^^^^20201231~홍^길순^^^^^L", "홍길순"),
    ("홍^영자^^^^^L^^^^^20100101^20201231~홍^길순^^^^^A", "홍영자"),
    ("홍^길순^^^^^L^^^^^^99991231~홍^영자^^^^^A", "홍길순"),
    ("^^^^^^L~홍길순", "홍길순"),
    ('""^""^^^^^L~홍길순^^^^^^L', "홍길순"),
    ("홍^길순^^씨^박사^^L", "홍길순"),
    ("Everyman^Adam^A^III^Dr.^MD^L", "Everyman Adam A"),
    ("홍 길순", "홍길순"),
    ('"홍 길순"', "홍길순"),
    ("남궁 민수^^^^^^L", "남궁민수"),
    ("홍\u3000길순", "홍길순"),
    ("응우옌 티 흐엉", "응우옌 티 흐엉"),
    (wide("HONG") + "^" + wide("GILSOON"), "HONG GILSOON"),
    ("  HONG   GILSOON  ", "HONG GILSOON"),
    ("홍\u200b^길순\ufeff", "홍길순"),
    (unicodedata.normalize("NFD", "홍^길순^^^^^L"), "홍길순"),
    (unicodedata.normalize("NFD", "GARCÍA^JOSÉ"), unicodedata.normalize("NFC", "GARCÍA JOSÉ")),
]


@pytest.mark.parametrize(("sent", "name"), NAMES)
def test_the_name_is_the_one_that_the_resident_register_has(sent: str, name: str) -> None:
    assert of_message(name=sent).name == name


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("홍 길순", "홍길순"),
        ('"홍길순"', "홍길순"),
        (wide("HONG GILSOON"), "HONG GILSOON"),
        ("응우옌 티 흐엉", "응우옌 티 흐엉"),
        ("홍\u200b길순", "홍길순"),
        (unicodedata.normalize("NFD", "홍길순"), "홍길순"),
    ],
)
def test_the_name_in_an_event_is_normalised_alike(sent: str, name: str) -> None:
    assert of_event(name=sent).name == of_message(name=sent).name == name


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ("UNKNOWN^^^^^^U", "U"),
        ("가명^^^^^^s", "S"),
        ("UNKNOWN^^^^^^U~홍^길순^^^^^L", "L"),
        ("HONG^^^^^^A~UNKNOWN^^^^^^U", "A"),
        ("홍길순", ""),
        ("", ""),
    ],
)
def test_the_type_is_that_of_the_name_which_is_read(sent: str, kind: str) -> None:
    assert names.name_type(parse(adt(name=sent))) == kind


HOME = "철산로 12^^광명시^경기도^14241^KOR"
WORK = "세종대로 1^^중구^서울특별시^04520^KOR"
GWANGMYEONG, SEOUL = "경기도 광명시 철산로 12", "서울특별시 중구 세종대로 1"


@pytest.mark.parametrize("home", ["L", "RH", "P", "H", "C", "", "l", "rh"])
@pytest.mark.parametrize("other", ["BA", "N", "BDL", "BR", "F", "B", "O", "n", "ba"])
def test_an_address_of_a_home_is_read_wherever_it_stands(home: str, other: str) -> None:
    record = message(address=f"{WORK}^{other}~{HOME}^{home}")
    assert fact_of(record).person == fact_of(message(address=f"{HOME}^{home}~{WORK}^{other}")).person
    assert (of_message(address=f"{WORK}^{other}~{HOME}^{home}").address, doubts_of(record)) == (GWANGMYEONG, {})


@pytest.mark.parametrize(
    ("first", "second"), [("L", "RH"), ("RH", "P"), ("P", "H"), ("H", "C"), ("C", ""), ("", "B"), ("M", "B"), ("", "M")]
)
def test_the_registered_address_comes_before_the_others(first: str, second: str) -> None:
    assert of_message(address=f"{WORK}^{second}~{HOME}^{first}").address == GWANGMYEONG
    assert of_message(address=f"{HOME}^{first}~{WORK}^{second}").address == GWANGMYEONG


@pytest.mark.parametrize("kind", ["BA", "N", "BDL", "BR", "F", "n"])
def test_a_place_of_birth_or_a_bad_address_alone_is_no_address(kind: str) -> None:
    person = of_message(address=f"{HOME}^{kind}^^4121010200")
    assert (person.address, person.address_code) == ("", "")


@pytest.mark.parametrize("kind", ["B", "O", "b", "BI", "S", "SH", "V"])
def test_the_address_of_work_alone_is_in_doubt(kind: str) -> None:
    record = message(address=f"{HOME}^{kind}")
    assert doubts_of(record) == {"PID-11": "address-not-home"}
    assert fact_of(record).person == of_message(address=HOME)


@pytest.mark.parametrize(
    ("sent", "address", "code"),
    [
        ("철산로 12^^^경기도^^KOR^L^광명시", GWANGMYEONG, ""),
        ("철산로 12^^철산동^경기도^^KOR^L^광명시", "경기도 광명시 철산동 철산로 12", ""),
        ("12^^광명시^경기도^^KOR^L^철산동", "경기도 광명시 철산동 12", ""),
        ("정조로 1^^수원시^경기도^^KOR^L^장안구", "경기도 수원시 장안구 정조로 1", ""),
        ("경기도 광명시 철산로 12^^^^^KOR^L^광명시", GWANGMYEONG, ""),
        ("광명로 12^^광명^경기도", "경기도 광명 광명로 12", ""),
        ("^^^^^KOR^L~철산로 12^^광명시^경기도^^KOR^H", GWANGMYEONG, ""),
        ("^^^^14241^KOR^L^^4121010200", "", "4121010200"),
        ("철산로 " + wide("12") + "^^광명시^경기도^^KOR^L^^" + wide("4121010200"), GWANGMYEONG, "4121010200"),
        ("철산로 12^^광명시^경기도^^KOR^L^^Gwangmyeong", GWANGMYEONG, ""),
        ("철산로 12^^^경기도^14241^KOR^L^^광명시", GWANGMYEONG, ""),
        ("철산로 12^^광명시^경기도^^KOR^L^^41210102", GWANGMYEONG, "41210102"),
        ("철산로 12^^광명시^경기도^^KOR^L^^4121010200001", GWANGMYEONG, "4121010200"),
        ("철산로 12^^광명시^경기도^^KOR^L^^41210-10200", GWANGMYEONG, "4121010200"),
        ("철산로 12^^광명시^경기도^^KOR^L^^412101", GWANGMYEONG, ""),
        (
            "오리로 613 (하안동, 광명시립노인요양센터)^^광명시^경기도",
            "경기도 광명시 오리로 613 (하안동, 광명시립노인요양센터)",
            "",
        ),
        ("오리로 613 광명시민회관^^광명시^경기도", "경기도 광명시 오리로 613 광명시민회관", ""),
        ("오리로 613 (광명시장 앞)^^광명시^경기도", "경기도 광명시 오리로 613 (광명시장 앞)", ""),
        ("중구청로 1^^중구^서울특별시", "서울특별시 중구 중구청로 1", ""),
        ("경기도 광명시(철산로 12)^^광명시^경기도", "경기도 광명시(철산로 12)", ""),
    ],
)
def test_every_part_of_an_address_that_says_where_it_is_is_read(sent: str, address: str, code: str) -> None:
    person = of_message(address=sent)
    assert (person.address, person.address_code) == (address, code)


@pytest.mark.parametrize(
    "name",
    [
        "홍*순",
        "홍^*순",
        "홍○순",
        "홍O순",
        "홍길□",
        "홍^길■",
        "홍OO",
        "홍XX",
        "홍^ㅇㅇ",
        "남궁**",
        "KIM Y*** H**",
        "홍〇순",
    ],
)
def test_a_masked_name_is_a_doubt(name: str) -> None:
    assert doubts_of(message(name=name)) == {"PID-5": "text-unreadable"}
    assert doubts_of(event({"person": PERSON | {"name": name.replace("^", "")}, "discharge": DISCHARGE})) == {
        "/person/name": "text-unreadable"
    }


@pytest.mark.parametrize(
    "name",
    ["홍길순", "홍^길순A", "OH^SOO", "KIM^XX", "오^O", "홍길순(A)", "O'Neil^Noël", "홍.길순"],
)
def test_a_name_with_other_letters_is_no_doubt(name: str) -> None:
    assert doubts_of(message(name=name)) == {}
    assert doubts_of(event({"person": PERSON | {"name": name}, "discharge": DISCHARGE})) == {}


LATIN_HOME = "12, Cheolsan-ro^^Gwangmyeong-si^Gyeonggi-do^14241^KOR"


@pytest.mark.parametrize(
    "sent",
    [
        f"{LATIN_HOME}^L~{HOME}^L",
        f"{LATIN_HOME}^H~{HOME}^H",
        f"{LATIN_HOME}~{HOME}",
        f"{LATIN_HOME}^L^^^^A~{HOME}^L^^^^P",
        f"{WORK}^L^^^^^20200101&20201231~{HOME}^L",
        f"{WORK}^L^^^^^20200101&20201231~{HOME}^H",
        f"{WORK}^L^^^^^^20200101^20201231~{HOME}^L",
        f"{WORK}^H~{HOME}^L^^^^^20200101&99991231",
        f"{WORK}^H~{HOME}^L^^^^^20200101&20270101",
        f"-^^^^^KOR^L~{HOME}^H",
        f"미상^^^^^KOR^L~{HOME}^H",
        f"상기동일^^^^^KOR^L~{HOME}^H",
        f"^^^^14241^KOR^L~{HOME}^H",
    ],
)
def test_an_address_in_hangul_that_is_still_valid_comes_before_others(sent: str) -> None:
    assert of_message(address=sent).address == GWANGMYEONG


@pytest.mark.parametrize(
    "country",
    [
        *("KOR", "KR", "kr", "410", "Korea", "KOREA", "Republic of Korea", "REPUBLIC OF KOREA", "South Korea"),
        *("Korea (Republic of)", "Korea, Republic of", "The Republic of Korea", "ROK", "R.O.K.", "S. Korea"),
        *("Korea (South)", "대한민국", "한국", wide("KOR"), wide("410"), "", '""'),
        *("KO", "KS", "내국인", "대한 민국", "Republic of Korea (ROK)", "82", "+82", "00410", "국내", "大韓民國", "0"),
    ],
)
def test_korea_is_no_foreign_country_however_it_is_written(country: str) -> None:
    assert doubts_of(message(address=f"철산로 12^^광명시^경기도^14241^{country}^L")) == {}


@pytest.mark.parametrize("country", ["USA", "JPN", "840", "China", "PRK", "408", "North Korea", "미국", "북한"])
def test_another_country_is_a_doubt(country: str) -> None:
    record = message(address=f"철산로 12^^광명시^경기도^14241^{country}^L")
    assert doubts_of(record) == {"PID-11": "address-abroad"}
