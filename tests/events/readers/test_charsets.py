"""The text of an HL7 v2 message, in whatever character set it is sent and declared."""

import codecs
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.contract.codes import Code
from events.readers import InboundRecord, read
from events.readers.hl7v2.message import parse
from handoff.fact import Fact
from tests.events.readers.told import NOW, adt, doubts_of, fact_of, message, refusal_of

HANGUL = ("한^소망", "철산로 30^^광명시^경기도")
LATIN = ("GARCÍA^JOSÉ", "12 Rue Émile^^Gwangmyeong-si^Gyeonggi-do")
ASCII = ("KIM^YOUNGHEE", "12 Cheolsan-ro^^Gwangmyeong-si^Gyeonggi-do")
READ_AS = {
    HANGUL: ("한소망", "경기도 광명시 철산로 30"),
    LATIN: ("GARCÍA JOSÉ", "Gyeonggi-do Gwangmyeong-si 12 Rue Émile"),
    ASCII: ("KIM YOUNGHEE", "Gyeonggi-do Gwangmyeong-si 12 Cheolsan-ro"),
}
KOREAN_NAMES = (
    *(
        "KS X 1001",
        "KSX1001",
        "KS C 5601",
        "KSC5601",
        "KS C 5601-1987",
        "KS_C_5601-1987",
        "ISO IR149",
        "EUC-KR",
        "euckr",
    ),
    *("CP949", "MS949", "x-windows-949", "UHC"),
)


def text(charset: str, name: str, address: str) -> str:
    """A message with this person."""
    return adt(charset=charset, name=f"{name}^^^^^L", address=f"{address}^14235^KOR^L").decode()


def person(value: bytes) -> tuple[str, str]:
    """Name and address of the person in a message."""
    read_as = fact_of(message(value)).person
    return read_as.name, read_as.address


def has(value: bytes, whom: tuple[str, str], doubts: dict[str, str] | None = None) -> None:
    """Assert what a message is read as."""
    assert (person(value), doubts_of(message(value))) == (READ_AS[whom], doubts or {})


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


def each_run(value: str, written: Callable[[str], bytes]) -> bytes:
    """The message with each run of letters beyond ASCII written so."""
    pieces = re.split(r"([^\x00-\x7f]+)", value)
    return b"".join(written(piece) if number % 2 else piece.encode() for number, piece in enumerate(pieces))


def seven_bits(run: str) -> bytes:
    return bytes(byte & 0x7F for byte in run.encode("euc_kr"))


KOREAN_SWITCHES: list[Callable[[str], bytes]] = [
    lambda text: text.encode("iso2022_kr"),
    lambda text: each_run(text, lambda run: b"\x1b$)C\x0e" + seven_bits(run) + b"\x0f"),
    lambda text: each_run(text, lambda run: b"\x0e" + seven_bits(run) + b"\x0f"),
    lambda text: each_run(text, lambda run: b"\x1b$)C" + run.encode("euc_kr")),
    lambda text: each_run(text, lambda run: b"\x1b$)C" + run.encode("cp949") + b"\x1b(B"),
    lambda text: b"\x1b$)C\r" + text.encode("euc_kr"),
    lambda text: text.replace("\rPID", "\r\x1b$)CPID").encode("euc_kr"),
    lambda text: each_run(text.replace("\r", "\r\x1b$)C"), lambda run: b"\x0e" + seven_bits(run) + b"\x0f"),
    lambda text: each_run(text, lambda run: b"\\M242943\\" + run.encode("euc_kr")),
    lambda text: each_run(text, lambda run: b"\x1b$(C" + seven_bits(run) + b"\x1b(B"),
    lambda text: each_run(text, lambda run: b"\\M242843\\" + seven_bits(run) + b"\\C2842\\"),
    lambda text: each_run(text, lambda run: b"\\X" + run.encode("euc_kr").hex().upper().encode() + b"\\"),
    lambda text: each_run(text, lambda run: b"".join(b"\\X%02X\\" % byte for byte in run.encode("euc_kr"))),
]


@pytest.mark.parametrize("sent", KOREAN_SWITCHES)
@pytest.mark.parametrize(
    "charset", ["KS X 1001", "ISO-2022-KR", "~KS X 1001", "ISO IR6~ISO IR149", "UNICODE UTF-8~KS X 1001", ""]
)
def test_korean_text_behind_iso_2022_escapes_is_read(charset: str, sent: Callable[[str], bytes]) -> None:
    has(sent(text(charset, *HANGUL)), HANGUL)


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, b"\x1b$)C", b"\x1b(B" + codecs.BOM_UTF8])
def test_a_mark_before_each_segment_is_no_part_of_its_name(mark: bytes) -> None:
    has(text("UNICODE UTF-8", *HANGUL).encode().replace(b"\r", b"\r" + mark), HANGUL)


def test_a_designation_holds_until_another_one_also_over_separators() -> None:
    value = text("ISO IR149", *HANGUL).replace("한^소망", "\x1b$)C한^\x1b$)C소망").replace("철산로", "\x1b$)C철산로")
    has(value.encode("euc_kr"), HANGUL)


OTHER_SWITCHES = [
    (b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "山田 太郎"),
    (b"\x1b$@;3ED\x1b(J^\x1b$@B@O:\x1b(J", "山田 太郎"),
    (b"\\M2442\\;3ED\\C2842\\^\\M2442\\B@O:\\C2842\\", "山田 太郎"),
    (b"\\M2442\\;3ED\\C284A\\^TARO", "山田 TARO"),
    (b"\x1b$B>>\x1b(B^\x1b$B^<\x1b(B", "松 渕"),  # the second has the separator's byte in it
    (b"\x1b$(D0!\x1b(B", "丂"),
    (b"\x1b$)B\xbb\xb3\xc5\xc4", "山田"),
    (b"\x1b)I\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ"),
    (b"\x1b(I4O\x1b(B", "ｴﾏ"),
    (b"\x1b$A0!\x1b(B", "啊"),
    (b"\x1b$)A\xcd\xf5", "王"),
    (b"GARC\x1b-A\xcdA", "GARCÍA"),
    (b"GARC\\C2D41\\\xcdA", "GARCÍA"),
    (b"\x1b-B\xa3UKASZ", "ŁUKASZ"),
    (b"\x1b-L\xb8\xd2\xd0\xdd", "Иван"),
    (b"KIM\x1b(B", "KIM"),
    (b"KI\x0eM", "KI M"),  # SO alone shifts nothing
    (b"KIM\x1b[0m", "KIM [0m"),  # no escape of ISO 2022
]


@pytest.mark.parametrize(("sent", "name"), OTHER_SWITCHES)
def test_text_behind_other_iso_2022_escapes_is_read(sent: bytes, name: str) -> None:
    value = adt(charset="~ISO IR87", name="NAME^^^^^^L", address="").replace(b"NAME", sent)
    assert (parse(value).repetitions("PID", 5)[0][-1], doubts_of(message(value))) == ("L", {})
    assert re.sub(r"\s+", " ", person(value)[0]) == name


def test_a_designated_set_that_is_unknown_is_no_name_of_escape_rubbish() -> None:
    value = adt(name="NAME", address="").replace(b"NAME", b"\x1b$+Z1f<x\x1b(B")
    assert doubts_of(message(value)) == {"PID-5": "text-unreadable"}
    assert "1f" not in person(value)[0]


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


UNREAD = [b"NTE|1||%b\r", b"OBX|1|TX|1||%b\r", b"NK1|1|%b\r", b"ZKR|%b"]
PLACES = [b"PID|1||", b"PV1|1|I|703"]
BROKEN = [
    b"\xff",
    b"caf\xe9",
    "남은 말".encode("euc_kr")[:-1],
    "남은 말".encode()[:-1],
    "남은 말".encode("euc_kr"),
    b"\x80\x80",
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(
    ("charset", "codec", "whom"),
    [
        ("UNICODE UTF-8", "utf-8", HANGUL),
        ("UNICODE UTF-8", "utf-8", ASCII),
        ("KS X 1001", "cp949", HANGUL),
        ("", "cp949", HANGUL),
        ("8859/1", "latin-1", LATIN),
        ("", "utf-8", ASCII),
    ],
)
def test_bytes_that_are_no_text_in_what_nobody_reads_are_no_doubt(
    charset: str, codec: str, whom: tuple[str, str], broken: bytes
) -> None:
    value = text(charset, *whom).encode(codec)
    for segment in UNREAD:
        has(value + segment.replace(b"%b", broken), whom)
    has(value.replace(b"|703^02", b"|703^" + broken), whom)
    has(value.replace(b"|HIS|", b"|" + broken + b"|"), whom)


@pytest.mark.parametrize(
    "fields",
    [
        {"phone": "010-0000-4711^PRN^CP^^^^^^BROKEN"},
        {"numbers": "0815^^^BROKEN^PI"},
        {"name": "한^소망^^^^^L~BROKEN^^^^^^N"},
        {"name": "한^소망^^BROKEN^^^L"},
        {"address": "철산로 30^^광명시^경기도^^KOR^L~BROKEN^^^^^^B"},
        {"address": "철산로 30^^광명시^경기도^^KOR^L^^^BROKEN"},
        {"address": "철산로 30^^광명시^경기도^^KOR^L^^^^^^^BROKEN"},
        {"disposition": "01^BROKEN"},
    ],
)
def test_lost_letters_in_a_component_that_nobody_reads_are_no_doubt(fields: dict[str, str]) -> None:
    assert doubts_of(message(adt(**fields).replace(b"BROKEN", b"\xff\xfe"))) == {}


def damaged(field: str, charset: str = "UNICODE UTF-8", codec: str = "utf-8", broken: bytes = b"\xff") -> InboundRecord:
    """A message with broken bytes in one field."""
    return message(adt(**{"charset": charset, field: "BROKEN"}).decode().encode(codec).replace(b"BROKEN", broken))


LOST_LETTERS = [
    ({"field": "name"}, "PID-5"),
    ({"field": "address"}, "PID-11"),
    ({"field": "phone"}, "PID-13"),
    ({"field": "numbers"}, "PID-3"),
    ({"field": "visit"}, "PV1-19"),
    ({"field": "disposition"}, "PV1-36"),
    ({"field": "dead"}, "PID-30"),
    ({"field": "national"}, "PID-19"),
    ({"field": "name", "charset": "KS X 1001", "codec": "cp949", "broken": b"\xc8\xab\xb1"}, "PID-5"),
    ({"field": "name", "charset": "", "codec": "cp949", "broken": b"\xb1\xe6\xff"}, "PID-5"),
    ({"field": "name", "broken": "홍길".encode()[:-1]}, "PID-5"),
    ({"field": "name", "broken": "홍\ufffd".encode()}, "PID-5"),
    ({"field": "name", "broken": "홍길?".encode()}, "PID-5"),
    ({"field": "name", "broken": b"???"}, "PID-5"),
    ({"field": "address", "broken": "?산로 30".encode()}, "PID-11"),
    ({"field": "name", "broken": b"\\XFF\\"}, "PID-5"),
    ({"field": "name", "charset": "", "broken": b"GARC\xcdA"}, "PID-5"),
]


@pytest.mark.parametrize(("sent", "place"), LOST_LETTERS)
def test_letters_that_are_lost_in_a_field_in_use_are_a_doubt_with_its_place(sent: dict[str, str], place: str) -> None:
    assert doubts_of(damaged(**sent))[place] == "text-unreadable"  # type: ignore[arg-type]


@pytest.mark.parametrize(("sent", "name"), [(b"\xff\xff", "소망"), ("한".encode()[:-1] + b"^", "소망")])
def test_the_letters_beside_lost_ones_are_kept(sent: bytes, name: str) -> None:
    assert person(adt().replace("한".encode(), sent, 1))[0].endswith(name)


def again(name: str, was: str, read_as: str) -> str:
    """A text that was sent in one character set and read as another."""
    return name.encode(was).decode(read_as)


def cp1252(name: str) -> str:
    """UTF-8 that was read as CP1252, bytes without a letter as they are."""
    return "".join(bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte)) for byte in name.encode())


DECODED_WRONGLY = [
    *(
        again(name, "utf-8", "latin-1")
        for name in ("홍길동", "홍^길동", "GARCÍA", "José", "Müller", "Дмитрий", "李小龍", "Παπάς")
    ),
    *(cp1252(name) for name in ("홍길동", "김^영희", "Zoë", "Łukasz", "ŒUVRE", "王")),
    cp1252("홍길동").translate(dict.fromkeys((0x8D, 0x8F))),  # the same without bytes that CP1252 has no letter for
    *(again(name, "euc_kr", "latin-1") for name in ("홍길동", "홍^길동", "김^석", "이 말순")),
    again("홍길동", "cp949", "cp1252"),
    again("길동", "utf-8", "cp949"),
    "홍길동".encode().decode("cp949", "ignore"),
    again("GARCÍA", "utf-8", "cp949"),
    again("José", "utf-8", "cp949"),
    again("JÄGER", "latin-1", "cp949"),
    "$)CH+1f<x",
    "$B;3ED(B",
]


@pytest.mark.parametrize("name", DECODED_WRONGLY)
@pytest.mark.parametrize(("field", "place"), [("name", "PID-5"), ("address", "PID-11")])
@pytest.mark.parametrize("charset", ["UNICODE UTF-8", ""])
def test_text_that_was_decoded_wrongly_before_is_a_doubt(charset: str, field: str, place: str, name: str) -> None:
    assert doubts_of(message(**{"charset": charset, field: name}))[place] == "charset-doubtful"


RIGHT = [
    *(
        "CONCEIÇÃO^João",
        "JÄGER^Übül",
        "Ñáñez^Íñigo",
        "NGUYỄN^Thị Ánh",
        "Ōe^Kenzaburō",
        "Œuvré^Çağla",
        "O\u2019Neill^Noël",
    ),
    *(
        "채^철",
        "A채^철",
        "José\u2019^Ana",
        "천^청",
        "홍^길동A",
        "KIM^영희",
        "홍길동(洪吉童)",
        "똠^방각",
        "Иванова^Анна",
        "Åse^Ærø",
        "한^소망 1°",
    ),
]


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("field", ["name", "address"])
def test_right_text_of_any_language_is_no_doubt(field: str, name: str) -> None:
    assert doubts_of(message(**{"charset": "UNICODE UTF-8", field: name})) == {}


@pytest.mark.parametrize(
    "address", ["철산로 30 롯데캐슬A동", "KT천동로 1", "LG전자로 2", "철산로 30 (철산동)", "12, 1동 3호 #4"]
)
def test_korean_addresses_with_latin_letters_are_no_doubt(address: str) -> None:
    assert doubts_of(message(adt(charset="KS X 1001", address=address).decode().encode("cp949"))) == {}


@pytest.mark.parametrize("charset", ["UNICODE UTF-8", "UNICODE", "8859/1", "8859/15"])
def test_korean_bytes_under_the_name_of_another_character_set_are_read_in_doubt(charset: str) -> None:
    has(text(charset, *HANGUL).encode("cp949"), HANGUL, {"MSH-18": "charset-differs"})
    has(text(charset, *ASCII).encode() + b"NTE|1||" + "남은 말".encode("cp949"), ASCII)


@pytest.mark.parametrize("charset", ["8859/1~KS X 1001", "UNICODE UTF-8~8859/1~EUC-KR", "8859/1~ISO IR149"])
def test_korean_bytes_are_no_doubt_if_any_repetition_names_their_character_set(charset: str) -> None:
    has(text(charset, *HANGUL).encode("cp949"), HANGUL)
    has(text("8859/1~KS X 1001", *LATIN).encode("latin-1"), LATIN)


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


@settings(max_examples=150)
@given(st.sampled_from([*WAYS, *KOREAN_WAYS]), syllables, syllables, syllables)
def test_any_korean_person_is_read_in_each_character_set(
    way: tuple[str, Callable[[str], bytes]], family: str, given_name: str, street: str
) -> None:
    reads(*way, family, given_name, street)


@settings(max_examples=150)
@given(st.sampled_from([*WAYS, ("8859/1", lambda text: text.encode("latin-1"))]), latin, latin, latin)
def test_any_person_in_latin_letters_is_read_in_each_character_set(
    way: tuple[str, Callable[[str], bytes]], family: str, given_name: str, street: str
) -> None:
    reads(*way, family, given_name, street)
