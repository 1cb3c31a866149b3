"""HL7 v2: text in each character set, named or not, is read as what it says."""

import codecs
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from events.contract.codes import Code
from events.readers import InboundRecord, read
from events.readers.hl7v2.message import parse
from handoff.fact import Fact
from tests.events.readers.texts import ASCII, HANGUL, KOREAN_NAMES, KOREAN_SWITCHES, LATIN, has, person, text
from tests.events.readers.told import NOW, adt, doubts_of, fact_of, message, refusal_of


@pytest.mark.parametrize("whom", [HANGUL, LATIN, ASCII])
@pytest.mark.parametrize(
    "charset",
    [
        "UNICODE UTF-8",
        "UNICODE",
        "UTF-8",
        "utf8",
        "unicode utf8",
        "ISO 10646",
        "ISO/IEC 10646-1",
        "UNICODE UTF-8~KS X 1001",
    ],
)
def test_valid_utf_8_that_is_declared_is_read_whatever_its_letters(charset: str, whom: tuple[str, str]) -> None:
    has(text(charset, *whom).encode(), whom)


@pytest.mark.parametrize(
    "whom",
    [
        HANGUL,
        LATIN,
        ("李^小龍", "철산로 30^^광명시^경기도"),
        ("Müller^Zoë", "Cheolsan-ro 30^^Gwangmyeong-si^Gyeonggi-do"),
    ],
)
@pytest.mark.parametrize(
    "charset", ["", "ASCII", "KS X 1001", "EUC-KR", "8859/1", "UNICODE UTF-16", "GB 18030-2000", "nonsense"]
)
def test_utf_8_that_the_text_proves_is_no_doubt_whatever_is_declared(charset: str, whom: tuple[str, str]) -> None:
    utf_8 = text(charset, *whom).encode()
    assert person(utf_8) == person(text("UNICODE UTF-8", *whom).encode())
    assert doubts_of(message(utf_8)) == {}


@pytest.mark.parametrize("charset", ["", "ASCII", *KOREAN_NAMES, "KS X 1001~UNICODE UTF-8", "~KS X 1001"])
def test_korean_text_in_ks_x_1001_or_cp949_is_read(charset: str) -> None:
    has(text(charset, *HANGUL).encode("euc_kr"), HANGUL)
    assert person(text(charset, "똠^방각", "펲길 1^^광명시^경기도").encode("cp949")) == (
        "똠방각",
        "경기도 광명시 펲길 1",
    )


def test_a_short_name_whose_korean_bytes_are_valid_utf_8_too_is_korean_unless_utf_8_is_declared() -> None:
    korean = adt(charset="", name="채^철^^^^^L", address="").decode().encode("cp949")
    assert korean.decode()  # as "Ã¤^Ã¶" would be sent
    assert person(korean) == ("채철", "")
    assert person(adt(charset="KS X 1001", name="José^Lú", address="")) == ("José Lú", "")


def test_hanja_alone_in_ks_x_1001_are_read() -> None:
    value = text("", "洪^吉童", ASCII[1]).encode("euc_kr")
    assert (person(value)[0], doubts_of(message(value))) == ("洪 吉童", {})


def test_utf_8_with_a_lost_letter_is_not_taken_for_the_korean_text_that_its_bytes_are_too() -> None:
    value = text("", "길동", ASCII[1]).encode().replace(b"010-0000-4711", "길".encode()[:-1])
    assert value.decode("cp949")
    assert (person(value)[0], doubts_of(message(value))) == ("길동", {"PID-13": "text-unreadable"})


def test_bytes_in_escapes_are_in_the_character_set_of_the_message() -> None:
    has(text("8859/1", *LATIN).replace("Í", "\\XCD\\").encode("latin-1"), LATIN)


LANGUAGES = [
    ("8859/1", "latin-1", "JÄGER^Noël"),
    ("8859-1", "cp1252", "O\u2019NEIL^Žofie"),
    ("ISO 8859/1", "latin-1", "CONCEIÇÃO^João"),
    ("8859/2", "iso8859-2", "ŁUKASZ^Dvořák"),
    ("8859/5", "iso8859-5", "ИВАНОВ^Иван"),
    ("8859/7", "iso8859-7", "Παπάς^Γιώργος"),
    ("8859/9", "iso8859-9", "ŞAHİN^Gülşah"),
    ("8859/15", "iso8859-15", "ŒUVRE^Anaïs"),
    ("ISO IR87", "iso2022_jp", "山田^太郎"),
    ("ISO IR87", "euc_jp", "山田^太郎"),
    ("Shift_JIS", "cp932", "表^能"),
    ("GB 18030-2000", "gb18030", "王^小明"),
    ("BIG-5", "big5", "許^功蓋"),
    ("KOI8-R", "koi8-r", "ИВАНОВ^Иван"),
    ("windows-1251", "cp1251", "ИВАНОВ^Иван"),
    ("JOHAB", "johab", "홍길동"),
]


@pytest.mark.parametrize(
    "charset", ["base64", "rot13", "punycode", "cp037", "US-ASCII", "8859/12", "undefined", "\x00", "é"]
)
def test_a_name_that_is_no_character_set_of_a_message_counts_as_none(charset: str) -> None:
    has(text("", *HANGUL).encode("cp949").replace(b"||||||", b"||||||" + charset.encode(), 1), HANGUL)


@pytest.mark.parametrize(("charset", "codec", "name"), LANGUAGES)
def test_text_in_other_declared_character_sets_is_read(charset: str, codec: str, name: str) -> None:
    sent = message(text(charset, name, ASCII[1]).encode(codec))
    assert (fact_of(sent).person.name, doubts_of(sent)) == (name.replace("^", " "), {})


@pytest.mark.parametrize("charset", ["ISO IR87", "ISO IR14", "GB 18030-2000", "CP936", "8859/5", "KOI8-R", "BIG-5"])
def test_hangul_is_read_as_hangul_whatever_other_script_is_declared(charset: str) -> None:
    sent = message(text(charset, *HANGUL).encode("cp949"))
    fact = fact_of(sent)
    assert fact.person
    assert fact.person.name == HANGUL[0].replace("^", "")
    assert "charset-differs" in doubts_of(sent).values()


@pytest.mark.parametrize("whom", [HANGUL, LATIN, ASCII])
@pytest.mark.parametrize("charset", ["UNICODE UTF-16", "UNICODE UTF-8", "KS X 1001", ""])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize(("before", "after"), [(b"", b""), (b"\x0b", b"\x1c\r")])
def test_utf_16_is_read_in_both_byte_orders_with_and_without_mark(
    mark: str, codec: str, charset: str, whom: tuple[str, str], before: bytes, after: bytes
) -> None:
    has(before + (mark + text(charset, *whom)).encode(codec) + after, whom)


BEFORE = [
    *(
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\xef\xbb\xbf",
        b"\x0b\xef\xbb\xbf",
        b"\xef\xbb\xbf\x0b",
        b" \r\n\xef\xbb\xbf",
        b"\0\0",
    ),
    *(b"\xc3\xaf\xc2\xbb\xc2\xbf", b"\r\n\x0b", b"\xef\xbb\xbf \t"),
]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("charset", ["", "ASCII", "UNICODE UTF-8", "8859/1", "KS X 1001"])
def test_a_mark_a_frame_or_blanks_before_a_message_change_nothing(before: bytes, charset: str) -> None:
    has(before + text(charset, *ASCII).encode(), ASCII)
    has(before + text(charset, *HANGUL).encode(), HANGUL)


HOSTILE = [
    b"\x1b$B\x1b(B",
    b"\x0e\x0f",
    b"\\X41\\",
    b"\\M2442\\",
    b"\xff",
    b"$(",
    b"\r",
    "길A^".encode(),
    "홍".encode().decode("latin-1").encode(),
]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("size", [30_000, 1_000_000])
def test_text_that_nobody_wrote_is_answered_in_time(unit: bytes, size: int) -> None:
    many = unit * (size // len(unit))
    begun = process_time()
    for value in (adt(name="NAME").replace(b"NAME", many), adt() + many, many + adt()):
        read(message(value), NOW)
    assert process_time() - begun < 0.2


def test_a_segment_that_no_system_writes_is_refused_at_its_longest_field() -> None:
    refusal = refusal_of(message(name="한" * 20_000))
    assert (refusal.code, refusal.place) == (Code.FIELD_INVALID, "PID-5")
    assert doubts_of(message(adt() + b"OBX|1|ED|" + b"A" * 900_000)) == {}


def test_a_character_set_of_the_register_replaces_the_declared_one() -> None:
    latin = parse(text("KS X 1001", *LATIN).encode("latin-1"), "8859/1")
    assert (latin.first("PID", 5), latin.charset_differs) == ("GARCÍA", False)
    korean = parse(adt(charset="UNICODE UTF-8").decode().encode("cp949"), "KS X 1001")
    assert (korean.first("PID", 5), korean.charset_differs) == ("한", False)
    assert parse(adt(charset="8859/1"), "KS X 1001").first("PID", 5) == "한"


@pytest.mark.parametrize(
    "value", [b"", b"\xff\xfe", b"\xef\xbb\xbf", b"M\0S\0H\0", b"\xff" * 99, b"PID|1\rMSH|^~\\&|A", b"MSH||", b"EVN|"]
)
def test_only_a_message_without_a_header_is_unreadable(value: bytes) -> None:
    refusal = refusal_of(message(value))
    assert (refusal.code, refusal.place) == (Code.UNREADABLE, "MSH")


SAMPLES = Path(__file__).parent.parent / "records" / "charsets"
SAMPLE_PERSONS = [
    ("c03-accent-unicode-a03", ("GARCÍA JOSÉ", "Gyeonggi-do Gwangmyeong-si 12 Cheolsan-ro")),
    ("c06-iso-2022-kr", ("홍길순", "경기도 광명시 철산로 12")),
    ("c11-charset-repetition", ("홍길순", "경기도 광명시 철산로 12")),
    ("c16-cut-syllable-euckr-unread-segment", ("홍길순", "경기도 광명시 철산로 12")),
    ("r02-bom-ascii", ("KIM YOUNGHEE", "")),
    ("r04-charset-misdeclared", ("홍길순", "경기도 광명시 철산로 12")),
]


@pytest.mark.parametrize(("name", "whom"), SAMPLE_PERSONS)
def test_a_sample_of_a_hospital_is_read_without_a_doubt_of_its_text(name: str, whom: tuple[str, str]) -> None:
    sent = InboundRecord("gm-hospital", (SAMPLES / f"{name}.hl7").read_bytes(), [])
    read_as = read(sent, datetime(2026, 11, 25, tzinfo=UTC))
    assert isinstance(read_as, Fact)
    assert (read_as.person.name, read_as.person.address, read_as.doubts) == (*whom, ())


WAYS = [
    ("UNICODE UTF-8", lambda text: text.encode()),
    ("UNICODE UTF-8", lambda text: codecs.BOM_UTF8 + text.encode()),
    ("UNICODE UTF-16", lambda text: text.encode("utf-16")),
    ("UNICODE UTF-16", lambda text: text.encode("utf-16-be")),
    ("UNICODE UTF-32", lambda text: text.encode("utf-32-le")),
]
KOREAN_WAYS = [
    ("KS X 1001", lambda text: text.encode("cp949")),
    *(("ISO-2022-KR~KS X 1001", way) for way in KOREAN_SWITCHES),
]
syllables = st.text(
    [chr(letter) for letter in range(0xAC00, 0xD7A4) if len(chr(letter).encode("euc_kr")) == 2], min_size=1, max_size=4
)
latin = st.text(
    "ABCDEFGHIJabcdefghijÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿ", min_size=2, max_size=8
).filter(lambda word: re.search("[A-Ja-j]{2}", word) is not None and not re.search("[^A-Ja-j]{2}", word))


def reads(charset: str, way: Callable[[str], bytes], family: str, given_name: str, street: str) -> None:
    """Assert that name and address come through without a doubt."""
    value = adt(charset=charset, name=f"{family}^{given_name}^^^^^L", address=f"{street} 30^^^^14235^KOR^L")
    sent = InboundRecord("gm-hospital", way(value.decode()), [("content-type", b"application/hl7-v2")])
    read_as = read(sent, NOW)
    assert isinstance(read_as, Fact)
    joined = ("" if max(family + given_name) >= "가" else " ").join((family, given_name))
    assert (read_as.person.name, read_as.person.address, read_as.doubts) == (joined, f"{street} 30", ())


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("family", [*map(chr, range(0xAC7C, 0xD7A3, 0x100)), *map(chr, range(0xAC5E, 0xD7A3, 0x100))])
def test_a_syllable_with_the_byte_of_a_separator_is_a_syllable(codec: str, family: str) -> None:
    reads("UNICODE UTF-16", lambda text: text.encode(codec), family, "가", "굼")


@settings(max_examples=150)
@given(st.sampled_from([*WAYS, *KOREAN_WAYS]), syllables, syllables, syllables)
def test_any_korean_person_is_read_in_each_character_set(
    way: tuple[str, Callable[[str], bytes]], family: str, given_name: str, street: str
) -> None:
    assume(not family.endswith(given_name))  # then the family name is the whole name
    reads(*way, family, given_name, street)


@settings(max_examples=150)
@given(st.sampled_from([*WAYS, ("8859/1", lambda text: text.encode("latin-1"))]), latin, latin, latin)
def test_any_person_in_latin_letters_is_read_in_each_character_set(
    way: tuple[str, Callable[[str], bytes]], family: str, given_name: str, street: str
) -> None:
    reads(*way, family, given_name, street)
