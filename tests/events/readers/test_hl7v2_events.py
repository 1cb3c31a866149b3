"""HL7 v2: what an A08 deletes."""

import pytest

from tests.events.readers.told import adt, doubts_of, message


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
