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
