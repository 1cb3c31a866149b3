"""HL7 v2: people who are not identified, and people whose data is protected."""

import pytest

from tests.events.readers.told import PERSON, adt, doubts_of, event, message

UNIDENTIFIED = [
    {"name": "UNKNOWN^^^^^^U"},
    {"name": "^^^^^^U~무명남^^^^^^U"},
    {"name": "무명남"},
    {"name": "무명녀2^^^^^^L"},
    {"name": "신원 미상"},
    {"name": "성명^불상"},
    {"name": "Unidentified^Patient"},
    {"name": "unknown"},
    *(
        {"name": name}
        for name in ("신원미상자", "신원미상남", "성명불상자", "남자미상", "행려", "행려환자", "불명환자", "익명")
    ),
    {"name": "무연고자^^^^^^L"},
    {"name": "Doe^John"},
    {"name": "John^Doe"},
]


@pytest.mark.parametrize("fields", UNIDENTIFIED)
def test_somebody_who_is_not_identified_is_in_doubt(fields: dict[str, str]) -> None:
    assert doubts_of(message(**fields)) == {"PID-5": "person-unidentified"}


@pytest.mark.parametrize(
    "name", ["한^미상^^^^^L", "김^무명^^^^^L", "UNKNOWNSON^ERIK^^^^^L", "한소망^^^^^^U~한^소망^^^^^L"]
)
def test_a_name_that_only_looks_like_nobody_s_is_a_name(name: str) -> None:
    assert doubts_of(message(name=name)) == {}


@pytest.mark.parametrize(
    ("sent", "codes"), [*((sent, ["person-unidentified"]) for sent in ("UD", "UA", "AL")), ("US", []), ("", [])]
)
def test_an_identity_that_its_sender_doubts_is_in_doubt(sent: str, codes: list[str]) -> None:
    value = adt().replace(b"\rPV1", f"||{sent}\rPV1".encode())
    assert list(doubts_of(message(value)).values()) == codes


RESTRICTED = [
    (b"ARV|1|A|LOC|PHY|no disclosure\r", "ARV-3"),
    (b"ARV|1||ALL\r", "ARV-3"),
    (b"ARV|1|D|LOC\rARV|2|A|HIV^HIV status\r", "ARV-3"),
    (b"PD1||||||||||||Y\r", "PD1-12"),
    (b"PD1||||||||||||y\r", "PD1-12"),
    (b"PV2||||||||||||||||||||||Y\r", "PV2-22"),
]


@pytest.mark.parametrize(("segment", "place"), RESTRICTED)
def test_restricted_data_is_a_doubt(segment: bytes, place: str) -> None:
    assert doubts_of(message(adt() + segment)) == {place: "disclosure-restricted"}


@pytest.mark.parametrize(
    "segment",
    [b"ARV|1|D|LOC\r", b"ARV|1|A|NO\r", b'ARV|1|A|""\r', b"PD1||||||||||||N\r", b"PD1||||N\r", b"PV2|||||||||\r"],
)
def test_a_restriction_that_is_lifted_is_none(segment: bytes) -> None:
    assert doubts_of(message(adt() + segment)) == {}


def test_a_pseudonym_is_restricted() -> None:
    assert doubts_of(message(name="가명^^^^^^S")) == {"PID-5": "disclosure-restricted"}


@pytest.mark.parametrize("name", ["UNKNOWN", "unknown7", "John Doe", "미상", "신원 미상", "무명남2", "행려"])
def test_an_event_about_somebody_who_is_not_identified_is_in_doubt_too(name: str) -> None:
    assert doubts_of(event({"person": {**PERSON, "name": name}})) == {"/person/name": "person-unidentified"}
    assert doubts_of(event({"person": {**PERSON, "name": f"김{name[:1]}솔"}})) == {}


def with_pid(numbers_from_31: str) -> bytes:
    """A notice with further fields of PID, from PID-31 on."""
    return adt().replace(b"\rPV1", f"|{numbers_from_31}\rPV1".encode())


@pytest.mark.parametrize(
    ("sent", "doubts"),
    [
        *((yes, {"PID-31": "person-unidentified"}) for yes in ("Y", "y", "1", "T", "true", "예")),
        *((no, {}) for no in ("N", "0", "F", "아니오", "", '""')),
        *((f"|{several}", {"PID-32": "person-unidentified"}) for several in ("US~UD", "US~ua^text", "US~US~AL")),
        *((f"|{several}", {}) for several in ("US", "US~US", "")),
    ],
)
def test_an_identity_that_is_unknown_is_in_doubt_by_each_of_its_flags(sent: str, doubts: dict[str, str]) -> None:
    assert doubts_of(message(with_pid(sent))) == doubts


@pytest.mark.parametrize(("segment", "place"), [("PD1", 12), ("PV2", 22)])
@pytest.mark.parametrize(
    ("sent", "restricted"),
    [
        *((yes, True) for yes in ("1", "T", "true", "예", "YES", "네")),
        *((no, False) for no in ("0", "F", "false", "아니오", "NO", "U", "")),
    ],
)
def test_a_restriction_is_read_in_any_spelling_of_yes(segment: str, place: int, sent: str, *, restricted: bool) -> None:
    record = message(adt() + f"{segment}{'|' * place}{sent}\r".encode())
    assert doubts_of(record) == ({f"{segment}-{place}": "disclosure-restricted"} if restricted else {})


NOBODY = [
    *("신원미상(남)", "성명불상(여)", "무명녀(60대)", "무명(남)", "미상1(남)", "신원미확인", "신원확인중", "미확인"),
    *("無名", "不詳", "姓名不詳", "Anonymous", "UNK", "NONAME1", "행려자(남)", "신원미상 60대 남", "신원불상의 남성"),
    *(
        "(신원미상)",
        "무명[여]",
        "환자미상",
        "이름없음",
        "이름모름",
        "UNK MALE",
        "무명남1",
        "미상 70대",
        "미상/남/60",
        "무명-남-01",
        "변사자",
    ),
]
NAMES = [
    *("홍미상", "김무명", "이무명", "무명길", "명불상", "익명희", "최모른", "이없음", "신원미", "박미상자", "남자"),
    *("홍길순(미상)", "홍길순(남)", "표행려", "김불명", "정무명(여)", "UNKIE HONG", "홍無名子", "미확인희"),
]


@pytest.mark.parametrize("name", NOBODY)
def test_more_words_for_nobody_are_in_doubt_in_a_message_and_an_event(name: str) -> None:
    assert doubts_of(message(name=name)) == {"PID-5": "person-unidentified"}
    assert doubts_of(event({"person": {**PERSON, "name": name}})) == {"/person/name": "person-unidentified"}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_holds_such_a_word_is_a_name(name: str) -> None:
    assert doubts_of(event({"person": {**PERSON, "name": name}})) == doubts_of(message(name=name)) == {}
