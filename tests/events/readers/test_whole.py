"""A message that was cut short on its way: held with a doubt that says so, or refused with a reason that says so."""

from pathlib import Path

import pytest

from events.readers import InboundRecord, messages
from tests.events.readers.told import USUAL, adt, doubts_of, fact_of, message, refusal_of

RECORDS = Path(__file__).parent.parent / "records"
OF_STAYS = ["A01", "A03", "A06", "A08", "A11", "A13"]


def up_to(segment: bytes, **fields: str) -> bytes:
    """A message without this segment and those behind it."""
    return adt(**fields).partition(b"\r" + segment)[0] + b"\r"


@pytest.mark.parametrize("trigger", OF_STAYS)
@pytest.mark.parametrize("end", [b"\r", b"", b"\r\n\x1c\r"])
def test_a_message_about_a_stay_without_its_visit_is_in_doubt(trigger: str, end: bytes) -> None:
    fact = fact_of(message(up_to(b"PV1", trigger=trigger).rstrip() + end))
    assert ("message-cut", "PV1") in {(doubt.code, doubt.place) for doubt in fact.doubts}
    assert "cut short" in next(doubt.says for doubt in fact.doubts if doubt.code == "message-cut")


def test_the_sample_that_ends_behind_pid_is_in_doubt() -> None:
    assert doubts_of(message((RECORDS / "s03-cut-after-pid.hl7").read_bytes()))["PV1"] == "message-cut"


@pytest.mark.parametrize("says", ["A31", "A08"])
def test_news_about_a_person_need_no_visit(says: str) -> None:
    sent = {"trigger": "A31", "says": "A31"} if says == "A31" else {"trigger": "A08", "says": "A31"}
    assert "PV1" not in doubts_of(message(up_to(b"PV1", **sent)))


@pytest.mark.parametrize("fields", [1, 2, 3, 8, 19, 20, 36, 40])
@pytest.mark.parametrize("trigger", ["A01", "A03", "A11", "A13"])
def test_a_visit_that_ends_early_is_in_doubt(fields: int, trigger: str) -> None:
    *above, visit = adt(trigger=trigger).rstrip().split(b"\r")
    cut = b"\r".join([*above, b"|".join(visit.split(b"|")[:fields])])
    names_the_visit = fields > 19 and trigger in ("A11", "A13")  # which is all that a cancellation needs
    assert doubts_of(message(cut)) == ({} if names_the_visit else {"PV1": "message-cut"})


@pytest.mark.parametrize("trigger", ["A28", "A31"])
def test_data_of_a_person_that_may_be_cut_is_in_doubt(trigger: str) -> None:
    whole = adt(trigger=trigger).split(b"\rPV1")[0]
    assert doubts_of(message(whole[: whole.index(b"010-0000") + 6])) == {"PID": "message-cut"}
    assert doubts_of(message(whole + b"\r")) == {}


@pytest.mark.parametrize("ends", [b"\r", b"\n", b"\r\n", b"\x1c\r", b"\xc2\x85", b"\rZBE|1\r", b"\rPV2||"])
def test_a_short_visit_with_its_end_is_whole(ends: bytes) -> None:
    *above, visit = adt().rstrip().split(b"\r")
    value = b"\r".join([*above, b"|".join(visit.split(b"|")[:20])]) + ends
    assert doubts_of(message(value)) == {}


@pytest.mark.parametrize("dates", [{"admitted": ""}, {"discharged": ""}, {}])
def test_a_message_without_a_last_line_end_is_whole_if_its_visit_is(dates: dict[str, str]) -> None:
    assert doubts_of(message(adt(**dates).rstrip(b"\r"))) == {}


def test_a_message_of_a_batch_is_no_shorter_for_its_trailer() -> None:
    short = adt(admitted="", discharged="")
    record = InboundRecord("gm-hospital", b"BHS|^~\\&\r" + short + short + b"BTS|2")
    assert [fact_of(only).doubts for only in messages(record)] == [(), ()]
    last = InboundRecord("gm-hospital", b"BHS|^~\\&\r" + short + short.rstrip())
    assert [len(fact_of(only).doubts) for only in messages(last)] == [0, 1]


@pytest.mark.parametrize(
    "value",
    [
        up_to(b"PID", trigger="A13"),
        up_to(b"PID", trigger="A31"),
        b"MSH|^~\\&|HIS|GMH|HANDOFF|GM|20260401",
        b"MSH|^~\\&",
    ],
)
def test_news_without_a_person_and_a_cut_header_are_refused_as_cut_short(value: bytes) -> None:
    refusal = refusal_of(message(value))
    assert (refusal.code, refusal.place) == ("unreadable", "PID")
    assert refusal.reason.startswith("The message is cut short")


@pytest.mark.parametrize(
    "value",
    [
        up_to(b"PID"),
        up_to(b"PID", trigger="A16", says="A16"),
        up_to(b"EVN"),
        up_to(b"PID").rstrip(),
        up_to(b"PID") + b"PI",
        adt().partition("한".encode())[0],
    ],
)
def test_a_notice_without_a_person_is_in_doubt(value: bytes) -> None:
    [doubt] = [doubt for doubt in fact_of(message(value)).doubts if doubt.code == "message-cut"]
    assert (doubt.place, doubt.says.startswith("The message is cut short")) == ("PID", True)


def test_a_whole_notice_without_a_name_is_refused() -> None:
    assert refusal_of(message(name="")).code == "name-missing"


def test_wherever_a_notice_is_cut_before_its_dates_it_opens_nothing_by_itself() -> None:
    whole = adt().decode()
    for at in range(9, len(whole) - len(USUAL["discharged"]) - len(USUAL["admitted"]) - 2):
        value = message(whole[:at].encode())
        refused = at <= whole.index("\r")
        assert refusal_of(value).place == "PID" if refused else "message-cut" in doubts_of(value).values(), whole[:at]
