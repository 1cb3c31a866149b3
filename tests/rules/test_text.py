import unicodedata

import pytest

from handoff.text import digits, folded, is_hangul, kept, letters, person_name, visible


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def wide(text: str) -> str:
    return text.translate({0x20: 0x3000, **{letter: letter + 0xFEE0 for letter in range(0x21, 0x7F)}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("철산로 12", "철산로 12"),
        ("  철산로\u300012\u3000", "철산로 12"),
        ("\u00a0철산로\u00a012\u00a0", "철산로 12"),
        ("철산로\t12\r\n", "철산로 12"),
        ("\ufeff철산\u200b로\u00ad 12\x00", "철산로 12"),
        (decomposed("철산로 12"), "철산로 12"),
        (wide("A-12 b"), "A-12 b"),
        (decomposed("GARCÍA"), unicodedata.normalize("NFC", "GARCÍA")),
        ("洪吉順", "洪吉順"),
        ("A  12", "A  12"),
        ("가\ufffd", "가\ufffd"),
        ("", ""),
        (" \u3000\x00 ", ""),
    ],
)
def test_a_text_is_kept_visible_composed_and_in_usual_width(text: str, expected: str) -> None:
    assert kept(text) == expected
    assert kept(expected) == expected


def test_what_is_visible_keeps_its_composition_and_width() -> None:
    assert visible(f" {decomposed('홍')}\u200b{wide('A')}\n") == decomposed("홍") + wide("A")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("홍 길순", "홍길순"),
        ("홍 길 순", "홍길순"),
        ("'홍길순'", "홍길순"),
        ("“홍 길순”", "홍길순"),
        ("남궁  민수", "남궁민수"),
        ("응우옌 티 흐엉", "응우옌 티 흐엉"),
        ("Kim  Young-Hee", "Kim Young-Hee"),
        ("김 A", "김 A"),
        ("O'Brien", "O'Brien"),
        ("", ""),
    ],
)
def test_a_short_hangul_name_has_no_blanks(text: str, expected: str) -> None:
    assert person_name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("홍길순", True), ("홍A", False), ("洪", False), ("", False), ("ㅎ", False)]
)
def test_hangul_is_told_from_other_scripts(text: str, *, expected: bool) -> None:
    assert is_hangul(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [(wide("430214-2"), "4302142"), ("٣", ""), ("tel. 031) 1", "0311"), ("¹", "1"), ("없음", ""), ("12", "12")],
)
def test_digits_are_those_of_any_width(text: str, expected: str) -> None:
    assert digits(text) == expected


def test_texts_are_compared_without_what_feeds_vary() -> None:
    assert folded(wide("Kim")) == folded("KIM") == "kim"
    assert letters("Korea (Republic of)") == letters(wide("KOREA, republic OF")) == "korearepublicof"
