"""Fields of a person as feeds fill them: names, addresses, phones and numbers."""

import unicodedata

import pytest

from events.readers.hl7v2 import names
from events.readers.hl7v2.message import parse
from tests.events.readers.told import adt, doubts_of, fact_of, message, of_event, of_message, wide

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
    ],
)
def test_every_part_of_an_address_that_says_where_it_is_is_read(sent: str, address: str, code: str) -> None:
    person = of_message(address=sent)
    assert (person.address, person.address_code) == (address, code)


@pytest.mark.parametrize(
    "country",
    [
        *("KOR", "KR", "kr", "410", "Korea", "KOREA", "Republic of Korea", "REPUBLIC OF KOREA", "South Korea"),
        *("Korea (Republic of)", "Korea, Republic of", "The Republic of Korea", "ROK", "R.O.K.", "S. Korea"),
        *("Korea (South)", "대한민국", "한국", wide("KOR"), wide("410"), "", '""'),
    ],
)
def test_korea_is_no_foreign_country_however_it_is_written(country: str) -> None:
    assert doubts_of(message(address=f"철산로 12^^광명시^경기도^14241^{country}^L")) == {}


@pytest.mark.parametrize("country", ["USA", "JPN", "840", "China", "PRK", "408", "North Korea", "미국", "북한"])
def test_another_country_is_a_doubt(country: str) -> None:
    record = message(address=f"철산로 12^^광명시^경기도^14241^{country}^L")
    assert doubts_of(record) == {"PID-11": "address-abroad"}
