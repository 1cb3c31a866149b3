"""HL7 v2: messages that change nothing, and what an A08 deletes."""

import pytest

from events.readers import read
from handoff.fact import Fact, NoEffect
from tests.events.readers.told import NOW, adt, doubts_of, message, refusal_of


@pytest.mark.parametrize(
    ("fields", "doubts"),
    [
        ({"discharged": '""'}, {"PV1-45": "discharge-moment-deleted"}),
        ({"discharged": '""^S'}, {"PV1-45": "discharge-moment-deleted"}),
        ({"discharged": ""}, {}),
    ],
)
def test_a_correction_that_deletes_the_discharge_is_in_doubt(fields: dict[str, str], doubts: dict[str, str]) -> None:
    assert doubts_of(message(trigger="A08", **fields)) == doubts


@pytest.mark.parametrize(("discharged", "codes"), [("", ["expected-moment-deleted"]), ("202604011000", [])])
def test_a_deleted_expected_discharge_matters_until_the_discharge_is_told(discharged: str, codes: list[str]) -> None:
    corrected = adt(trigger="A08", discharged=discharged) + b'PV2|||||||||""\r'
    assert list(doubts_of(message(corrected)).values()) == codes


@pytest.mark.parametrize("trigger", ["A02", "A04", "A05", "A09", "A10", "A12", "A14", "A27", "A38"])
def test_what_changes_nothing_is_passed_over(trigger: str) -> None:
    assert read(message(trigger=trigger), NOW) == NoEffect("C-1")


@pytest.mark.parametrize("trigger", ["A01", "A11"])
@pytest.mark.parametrize(("patient_class", "read_as"), [("P", NoEffect), ("O", NoEffect), ("I", Fact), ("E", Fact)])
def test_the_admission_of_somebody_who_does_not_stay_is_passed_over(
    trigger: str, patient_class: str, read_as: type
) -> None:
    value = adt(trigger=trigger).replace(b"PV1|1|I|", f"PV1|1|{patient_class}|".encode())
    assert isinstance(read(message(value), NOW), read_as)


@pytest.mark.parametrize("more", [{"dead": "Y"}, {"died": "20260401"}, {"says": "A03"}])
def test_what_says_more_than_its_trigger_is_for_a_person(more: dict[str, str]) -> None:
    assert refusal_of(message(trigger="A02", **more)).code == "type-not-yet-handled"


def test_a_pre_admission_that_names_another_event_is_in_doubt() -> None:
    value = adt(trigger="A01", says="A03").replace(b"PV1|1|I|", b"PV1|1|P|")
    assert doubts_of(message(value)) == {"EVN-1": "event-differs"}
