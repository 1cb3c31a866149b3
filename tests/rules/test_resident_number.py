from datetime import date

import pytest

from handoff.rules.resident_number import birth_date, differ, is_part, is_written_as_one, whole

NUMBER = "430214-2123456"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (NUMBER, "4302142123456"),
        ("4302142123456", "4302142123456"),
        ("430214 2123456", "4302142123456"),
        ("430214-2******", ""),
        ("430214-212345", ""),
        ("430214-21234567", ""),
        ("000000-0000000", ""),
        ("999999-9999999", ""),
        ("430214-2000000", ""),
        ("430214-2111111", ""),
        ("430214-2999999", ""),
        ("4302140000000", ""),
        ("", ""),
    ],
)
def test_a_whole_number_has_thirteen_digits(text: str, expected: str) -> None:
    assert whole(text) == expected


@pytest.mark.parametrize(
    ("number", "born"),
    [
        (NUMBER, date(1943, 2, 14)),
        ("430214-1123456", date(1943, 2, 14)),
        ("030214-3123456", date(2003, 2, 14)),
        ("030214-4123456", date(2003, 2, 14)),
        ("430214-5123456", date(1943, 2, 14)),
        ("430214-6123456", date(1943, 2, 14)),
        ("030214-7123456", date(2003, 2, 14)),
        ("030214-8123456", date(2003, 2, 14)),
        ("990214-9123456", date(1899, 2, 14)),
        ("990214-0123456", date(1899, 2, 14)),
        ("000229-3123456", date(2000, 2, 29)),
        ("000229-1123456", None),
        ("431314-2123456", None),
        ("430230-2123456", None),
        ("430214-2******", None),
        ("", None),
    ],
)
def test_the_number_tells_the_birth_date_with_its_century(number: str, born: date | None) -> None:
    assert birth_date(number) == born


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (NUMBER, True),
        ("4302142123456", True),
        ("430214 2123456", True),
        ("430214-2******", True),
        ("430214-*******", True),
        ("430214-2xxxxxx", True),
        ("430214\u20132123456", True),
        ("430214/2123456", True),
        ("430214.2123456", True),
        ("430214-0000000", True),
        ("430214-9123456", False),
        ("4302140123456", False),
        ("431314-2******", False),
        ("430230-2123456", False),
        ("4302142", False),
        ("00012345", False),
        ("43021421234567", False),
        ("A30214-2123456", False),
    ],
)
def test_a_number_without_a_type_is_known_by_its_form(text: str, *, expected: bool) -> None:
    assert is_written_as_one(text) == expected


@pytest.mark.parametrize(
    "masked",
    [
        "",
        "-",
        "430214-2******",
        "******-2123456",
        "430214-2XXXXXX",
        "430214",
        "4302142",
        "430214-2●●●●●●",
        "430214-_______",
        "000000-0000000",
        "9999999999999",
        "430214-2000000",
        "0",
        "없음",
        "미상",
        "외국인",
        "A1234567",
        "11234567890",
        "1234567890123",
    ],
)
def test_what_is_no_whole_number_differs_from_no_other(masked: str) -> None:
    assert not differ(masked, NUMBER)
    assert not differ("500505-1123456", masked)


def test_whole_numbers_differ_by_their_digits() -> None:
    assert differ(NUMBER, "430214-2123457")
    assert not differ(NUMBER, "4302142123456")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (NUMBER, "430214-6123456", False),
        ("430214-5123456", "430214-1123456", False),
        ("030214-7123456", "030214-3123456", False),
        (NUMBER, "500505-6123456", True),
        (NUMBER, "430214-7123456", True),
        ("430214-6123456", "430214-6123457", True),
    ],
)
def test_somebody_naturalised_has_the_number_of_a_foreigner_too(one: str, other: str, *, expected: bool) -> None:
    assert differ(one, other) is differ(other, one) is expected


@pytest.mark.parametrize(
    ("text", "born", "expected"),
    [
        ("430214", "430214", True),
        ("4302142", "430214", True),
        ("430214-2", "430214", True),
        ("430214-2*", "430214", True),
        ("430214-2XXX", "", True),
        ("430214-2", "", True),
        ("43****-2******", "", True),
        ("******-*******", "", True),
        ("0001●●●●", "", True),
        ("430214", "", False),
        ("120315-7", "430214", False),
        ("1203157", "430214", False),
        ("00012345", "000123", False),
        ("A_12", "", False),
        ("123-45-6", "", False),
    ],
)
def test_a_beginning_or_a_masked_number_is_no_number_of_its_own(text: str, born: str, *, expected: bool) -> None:
    assert is_part(text, born) == expected
