"""Each trigger event of a hospital's feed acts, is read by a person, or is passed over by name; none is unknown."""

import pytest

from events.contract.event_types import EVENT_TYPES, told
from events.readers import read
from events.readers.hl7v2.reading import NO_STAY
from events.readers.hl7v2.triggers import ACTING, Trigger
from handoff.fact import Discharge, Fact, NoEffect
from handoff.vocabulary.words import PersonKind
from tests.events.readers.told import NOW, adt, doubts_of, fact_of, message, refusal_of

# ADT (2.8, table 0003) without A19, a query, and without numbers that the standard leaves free; REF.
_ADT = [number for number in range(1, 63) if number not in (19, 56, 57, 58, 59)]
STANDARD = {*(f"A{number:02}" for number in _ADT), "I12", "I13", "I14", "I15"}
MERGES = [trigger for trigger in Trigger if trigger.kind == PersonKind.PERSON_MERGED and not trigger.asks]
PASSED_OVER = [trigger for trigger in Trigger if trigger.kind is None]


def read_as(**fields: str) -> str:
    """The kind of the fact that a message is read as, or why it is passed over."""
    result = read(message(**fields), NOW)
    return result.kind if isinstance(result, Fact) else result.why if isinstance(result, NoEffect) else result.code


def kind_of_message(trigger: Trigger) -> str:
    return "REF" if trigger.startswith("I") else "ADT"


def discharge_of(**fields: str) -> Discharge:
    discharge = fact_of(message(**fields)).discharge
    assert discharge is not None
    return discharge


def test_every_trigger_of_the_standard_has_its_row() -> None:
    assert set(Trigger) == STANDARD
    assert len({*ACTING, *MERGES, *PASSED_OVER, *(trigger for trigger in Trigger if trigger.asks)}) == len(Trigger)


@pytest.mark.parametrize("trigger", Trigger)
def test_no_trigger_is_unknown(trigger: Trigger) -> None:
    kind = read_as(type=kind_of_message(trigger), trigger=trigger, patient_class="" if trigger == "A07" else "I")
    assert kind == (trigger.kind or trigger.called)
    assert trigger.kind is None or trigger.kind in EVENT_TYPES


def test_what_is_passed_over_names_its_message() -> None:
    assert read(message(trigger="A02"), NOW) == NoEffect("C-1", "transfer within the hospital")


@pytest.mark.parametrize("sent", ["a03", "A03 ", "A03^ADT_A03", "^ADT_A03"])
def test_a_trigger_is_known_however_it_is_written(sent: str) -> None:
    assert read_as(trigger=sent, says="") == "discharge.notified"


@pytest.mark.parametrize(
    ("header", "says", "kind"),
    [
        ("", "A13", "discharge.cancelled"),
        ("^ADT_A01", "A08", "discharge.corrected"),  # this structure is that of A01, A04, A08 and A13
        ("", "", "type-unknown"),
        ("A99", "A99", "type-unknown"),
        ("Z01", "", "type-unknown"),
    ],
)
def test_without_a_trigger_in_msh_9_evn_1_names_it(header: str, says: str, kind: str) -> None:
    assert read_as(trigger=header, says=says) == kind


@pytest.mark.parametrize("kind", ["ORU", "SIU", "DFT", ""])
def test_another_message_is_refused_at_msh_9(kind: str) -> None:
    refusal = refusal_of(message(type=kind, trigger="R01"))
    assert (refusal.code, refusal.place) == ("type-unknown", "MSH-9")


@pytest.mark.parametrize("trigger", ["A01", "A03", "A16"])
@pytest.mark.parametrize("patient_class", [*NO_STAY, "o", "E^emergency^L"])
def test_who_does_not_stay_neither_comes_nor_leaves(trigger: str, patient_class: str) -> None:
    assert read_as(trigger=trigger, patient_class=patient_class) == "no inpatient's stay (PV1-2)"


@pytest.mark.parametrize("trigger", ["A11", "A13", "A25"])
@pytest.mark.parametrize("patient_class", [*NO_STAY, "o", "E^emergency^L"])
def test_a_cancellation_with_the_class_of_no_stay_is_in_doubt_by_its_visit(trigger: str, patient_class: str) -> None:
    fields = {"trigger": trigger, "patient_class": patient_class, "discharged": ""}
    assert read_as(**fields) == Trigger(trigger).kind
    assert doubts_of(message(**fields)) == {"PV1-2": "class-differs"}
    assert read_as(**fields, visit="") == "no inpatient's stay (PV1-2)"


FLAGS = ["PD1||||||||||||Y\r", "ARV|1|A|DEM\r", "PV2" + "|" * 22 + "Y\r"]


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize(
    "fields",
    [
        *({"trigger": trigger} for trigger in PASSED_OVER),
        *({"trigger": trigger, "patient_class": "E"} for trigger in ("A01", "A03", "A16")),
        {"trigger": "A07"},
    ],
    ids=str,
)
def test_a_restriction_is_never_passed_over_and_moves_no_date(fields: dict[str, str], flag: str) -> None:
    kind = kind_of_message(Trigger(fields["trigger"]))
    record = message(adt(type=kind, **fields) + flag.encode())
    fact = fact_of(record)
    assert (fact.kind, told(fact).until) == ("discharge.corrected", None)
    assert list(doubts_of(record).values()) == ["disclosure-restricted"]


@pytest.mark.parametrize(
    ("trigger", "says", "kind"),
    [
        ("A08", "A03", "discharge.notified"),
        ("A31", "A03", "discharge.notified"),
        ("A28", "A16", "discharge.expected"),
        ("A08", "A01", "discharge.corrected"),
        ("A03", "A08", "discharge.notified"),
        ("A13", "A03", "discharge.cancelled"),
    ],
)
def test_data_of_an_inpatient_whom_evn_1_discharges_is_a_notice_in_doubt(trigger: str, says: str, kind: str) -> None:
    record = message(adt(trigger=trigger, says=says) + b"PV2|||||||||20260410\r")
    assert (fact_of(record).kind, doubts_of(record)) == (kind, {"EVN-1": "event-differs"})


@pytest.mark.parametrize("stamp", ["ADT", "ADT^A03", "ADT_A03", "DISCHARGE", "퇴원", "03", "A3", "Z99", "A99", "R01"])
@pytest.mark.parametrize("trigger", ["A03", "A08", "A13"])
def test_an_evn_1_that_names_no_event_of_ours_contradicts_nothing(trigger: str, stamp: str) -> None:
    record = message(trigger=trigger, says=stamp)
    assert (fact_of(record).kind, doubts_of(record)) == (Trigger(trigger).kind, {})
    assert read_as(trigger="A03", says=stamp, patient_class="O") == "no inpatient's stay (PV1-2)"


@pytest.mark.parametrize("patient_class", ["I", "i", "", "N", "IP"])
def test_another_class_is_that_of_an_inpatient(patient_class: str) -> None:
    assert read_as(patient_class=patient_class) == "discharge.notified"


def test_an_outpatient_who_becomes_an_inpatient_is_admitted_whatever_the_class() -> None:
    for patient_class in ("I", "O", "E", ""):
        assert read_as(trigger="A06", patient_class=patient_class) == "admission.occurred"


@pytest.mark.parametrize(
    ("patient_class", "kind"),
    [
        ("O", "discharge.notified"),
        ("R", "discharge.notified"),
        ("", "discharge.notified"),
        ("I", "still an inpatient (PV1-2)"),
    ],
)
def test_an_inpatient_who_becomes_an_outpatient_has_left_by_the_class(patient_class: str, kind: str) -> None:
    assert read_as(trigger="A07", patient_class=patient_class) == kind
    if kind == "discharge.notified":
        assert doubts_of(message(trigger="A07", patient_class=patient_class)) == {"MSH-9": "became-outpatient"}


@pytest.mark.parametrize("fields", [{"trigger": "A28"}, {"trigger": "A31"}, {"trigger": "A08", "patient_class": "O"}])
def test_data_of_a_person_moves_no_date_of_a_stay(fields: dict[str, str]) -> None:
    fact = fact_of(message(adt(**fields) + b"PV2|||||||||20260410\r"))
    assert (fact.kind, told(fact).until) == ("discharge.corrected", None)
    assert fact.person is not None
    assert fact.person.phone == "010-0000-4711"


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ({"discharged": ""}, "PV2|||||||||202604031000\r"),
        ({"discharged": "202604031000"}, ""),
        ({"discharged": "202604021000"}, "PV2|||||||||202604031000\r"),
    ],
)
def test_a_pending_discharge_is_an_expected_one(fields: dict[str, str], more: str) -> None:
    record = message(adt(trigger="A16", **fields) + more.encode())
    fact = fact_of(record)
    assert (fact.kind, told(fact).code, doubts_of(record)) == ("discharge.expected", "expected", {})
    assert str(told(fact).until) == "2026-04-03 10:00:00+09:00"


def test_a_pending_discharge_may_have_its_date_in_the_planned_event() -> None:
    planned = adt(trigger="A16", discharged="").replace(b"202604011005|||", b"202604011005|202604031000||")
    assert str(told(fact_of(message(planned))).until) == "2026-04-03 10:00:00+09:00"


def test_a_pending_discharge_without_a_date_is_in_doubt() -> None:
    assert doubts_of(message(trigger="A16", discharged="")) == {"PV2-9": "expected-moment-missing"}


def test_a_cancelled_pending_discharge_is_about_an_expected_one_only() -> None:
    assert [told(fact_of(message(trigger=trigger, discharged=""))).code for trigger in ("A13", "A25")] == [
        "",
        "expected",
    ]
    assert [discharge_of(trigger=trigger).pending for trigger in ("A13", "A25")] == [False, True]


@pytest.mark.parametrize("processing", ["T", "D", "t", "D^T"])
@pytest.mark.parametrize("fields", [{}, {"trigger": "A01"}, {"dead": "Y"}, {"trigger": "A40"}])
def test_training_and_debugging_never_touch_work(processing: str, fields: dict[str, str]) -> None:
    assert read_as(processing=processing, **fields) == "a test message (MSH-11)"


@pytest.mark.parametrize("trigger", [*PASSED_OVER, *MERGES])
@pytest.mark.parametrize("death", [{"dead": "Y"}, {"died": "20260401"}])
def test_a_death_is_never_passed_over(trigger: Trigger, death: dict[str, str]) -> None:
    assert read_as(type=kind_of_message(trigger), trigger=trigger, **death) == "person.died"


def test_a_death_of_an_outpatient_counts() -> None:
    assert read_as(trigger="A08", patient_class="O", dead="Y") == "person.died"
    assert read_as(trigger="A13", patient_class="E", dead="Y") == "person.died"


def test_evn_1_counts_if_msh_9_is_passed_over_and_the_difference_is_in_doubt() -> None:
    assert read_as(trigger="A02", says="A03") == "discharge.notified"
    assert doubts_of(message(trigger="A02", says="A03")) == {"EVN-1": "event-differs"}
    assert doubts_of(message(trigger="A01", says="A03", patient_class="P")) == {"EVN-1": "event-differs"}
    assert read_as(trigger="A02", says="A04") == "transfer within the hospital"


def test_a_merge_names_the_number_that_it_replaces() -> None:
    groups = b"MRG|0777^^^GMH^PI~440907-2123456^^^^NI|0778|||\rPID|2||0900^^^GMH^PI\rMRG|0666||A-1|0667\r"
    fact = fact_of(message(adt(trigger="A40") + groups))
    assert fact.merged_numbers == ("0777", "440907-2123456", "0778", "0666", "0667", "0900")
    assert (fact.person and fact.person.patient_number) == "0815"
    assert fact_of(message(adt(trigger="A08") + groups)).merged_numbers == ()


@pytest.mark.parametrize(
    ("trigger", "kind"),
    [("I12", "application.received"), ("I13", "application.received"), ("I14", "application.withdrawn")],
)
def test_a_referral_is_read_by_a_person(trigger: str, kind: str) -> None:
    record = message(type="REF", trigger=trigger)
    assert (fact_of(record).kind, doubts_of(record)) == (kind, {"MSH-9": "type-not-yet-handled"})


@pytest.mark.parametrize(
    ("disposition", "code"),
    [
        ("02", "goes-to-hospital"),
        ("2", "goes-to-hospital"),
        ("66", "goes-to-hospital"),
        ("전원", "goes-to-hospital"),
        ("T2^타병원으로 전원^L", "goes-to-hospital"),
        ("T3^상급종합병원 전원조치", "goes-to-hospital"),
        ("T4^요양병원 전원", "goes-to-hospital"),
        ("T5^Transfer to other hospital", "goes-to-hospital"),
        ("T1^타병원 전원^L", "goes-to-hospital"),
        ("30", "still-a-patient"),
        ("37", "still-a-patient"),
        ("재원 중", "still-a-patient"),
        ("01", ""),
        ("03", ""),
        ("07", ""),
        ("X", ""),
    ],
)
def test_who_does_not_go_home_is_in_doubt(disposition: str, code: str) -> None:
    expected = {"PV1-36": code} if code else {}
    for trigger in ("A03", "A08"):
        assert doubts_of(message(trigger=trigger, disposition=disposition)) == expected
    for trigger in ("A01", "A13", "A31"):
        assert doubts_of(message(trigger=trigger, disposition=disposition, discharged="")) == {}
