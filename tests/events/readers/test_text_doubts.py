"""HL7 v2: letters that were lost or decoded wrongly before are a doubt if somebody reads them."""

import pytest

from events.readers import InboundRecord
from tests.events.readers.texts import ASCII, HANGUL, LATIN, has, person, text
from tests.events.readers.told import adt, doubts_of, message

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
    "ȫ길순",  # 홍 in KS X 1001 within UTF-8
    "길순ȫ",
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
