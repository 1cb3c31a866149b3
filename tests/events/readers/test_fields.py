"""Each field of ours is shown with the place that it was read from."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from events.publishing import publication
from events.readers import InboundRecord, place, read
from events.readers.fields import HL7, FieldRead, FieldsRead, fields_read

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[3] / "examples"
# A value that each place can say, so that our field comes from nowhere else.
ALONE = {
    "MSH-9": "ADT^A03",
    "EVN-1": "A03",
    "EVN-6": "202611200910",
    "EVN-2": "202611200910",
    "PID-3": "N-1^^^H^MR",
    "PID-5": "한^가람",
    "PID-7": "19440907",
    "PID-11": "하안로 60^^광명시^경기도^^KOR^L^^4121055000",
    "PID-19": "440907-2123456",
    "PID-29": "202611201000",
    "PID-30": "Y",
    "PID-13": "02-2680-1234",
    "PID-14": "02-2680-1234",
    "PID-40": "02-2680-1234",
    "PV1-44": "202611140900",
    "PV1-45": "202611201000",
    "PV2-9": "202611241000",
    "NK1-2": "한^가온",
    "NK1-3": "DAU^딸",
    "NK1-5": "010-2680-1234",
    "NK1-6": "010-2680-1234",
}
SEGMENTS = ("EVN", "PID", "PV1", "PV2", "NK1", "MRG")


def message(**fields: str) -> InboundRecord:
    """A message of which only these fields say anything: `PID_5="…"`."""
    said = {"MSH_9": "ADT^A03", "PV1_19": "V-1", "PID_5": "한^가람"} | fields
    header = ["MSH", "^~\\&", *[""] * 10]
    rows = {name: [name, *[""] * 52] for name in SEGMENTS}
    for name, value in said.items():
        segment, _, number = name.partition("_")
        row, at = (header, int(number) - 1) if segment == "MSH" else (rows[segment], int(number))
        row[at] = value
    return InboundRecord("gm-hospital", "\r".join("|".join(row) for row in (header, *rows.values())).encode())


def understood(record: InboundRecord) -> FieldsRead:
    return fields_read(record, read(record, NOW), NOW)


def the(field: str, found: FieldsRead) -> FieldRead:
    return next(each for each in found.fields if each.ours == field)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(ours, each) for ours, places in HL7.items() for each in places if ours != "kind"]
)
def test_every_place_that_is_named_is_read(ours: str, theirs: str) -> None:
    national = {**dict.fromkeys(("PID-2", "PID-4"), "440907-2123456"), "PID-3": "440907-2123456^^^KR^NNKOR"}
    value = national.get(theirs) if ours == "person.registration_number" else None
    value = value or ALONE.get(theirs, "7")
    others = {each.replace("-", "_"): "" for each in HL7[ours]}
    beside = {"MSH_9": "ADT^A40"} if ours == "merged_numbers" else {}
    if theirs.startswith("NK1"):
        beside = {"NK1_2": ALONE["NK1-2"], "NK1_7": "CGV" if ours.startswith("person.carer") else "C"}
    found = the(ours, understood(message(**others | beside | {theirs.replace("-", "_"): value})))
    assert found.place == theirs
    assert found.read


def test_the_place_of_a_doubt_is_one_that_its_field_is_read_from() -> None:
    for ours, places in HL7.items():
        assert place("hl7v2", ours) in (*places, ours)


def test_of_several_places_the_first_that_can_be_used_is_shown() -> None:
    found = the("discharge.discharged_at", understood(message(PV1_45="soon", EVN_6="202611201000")))
    assert (found.place, found.raw, found.read) == ("EVN-6", "202611201000", "2026-11-20T10:00:00+09:00")


def test_a_masked_number_is_shown_as_sent_and_as_not_understood() -> None:
    found = the("person.registration_number", understood(message(PID_3="440907-2******^^^KR^NNKOR~N-1^^^H^MR")))
    assert (found.raw, found.read) == ("440907-2******^^^KR^NNKOR", "")
    assert the("person.patient_number", understood(message(PID_3="N-1^^^H^MR"))).read == "N-1"


def test_what_nobody_reads_is_named_by_its_place() -> None:
    record = message(PID_10="widowed", PV1_7="Dr. Kim")
    whole = InboundRecord("gm-hospital", (record.value or b"") + b"\rDG1|1||I63.9\rAL1|1")
    assert understood(whole).unread == ("PID-10", "PV1-7", "DG1", "AL1")


def test_a_json_event_is_shown_by_pointers_and_headers() -> None:
    sent = publication(EXAMPLES / "notice.json")
    value = sent.value.replace(b'"sex": "F"', b'"sex": "F", "religion": "none"')
    found = understood(InboundRecord("gm-hospital", value, sent.headers))
    assert the("message_id", found).place == "ce_id"
    assert the("reference", found).place == "/discharge/reference"
    assert (
        the("consent", found) == FieldRead("consent", "/consent/given", "true", "true")
        or the("consent", found).read == "true"
    )
    assert found.unread == ("/person/religion",)


def test_a_structured_event_is_shown_by_its_members() -> None:
    found = understood(InboundRecord("gm-hospital", (EXAMPLES / "events" / "plan.drafted.json").read_bytes()))
    assert the("kind", found).place == "/type"


@pytest.mark.parametrize("value", [b"", b"\xff", b"[1]", b"MSH", b"MSH|^~\\&|\rMSH|^~\\&|", b'{"specversion": 1}'])
def test_bytes_that_nobody_can_read_show_nothing_and_raise_nothing(value: bytes) -> None:
    assert [each.read for each in understood(InboundRecord("gm-hospital", value)).fields if each.read] == []
