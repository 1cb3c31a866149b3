"""The class of patients (PV1-2) in words, and in codes of HL7 v3."""

import pytest

from events.readers import read
from events.readers.hl7v2.triggers import Trigger
from handoff.fact import Fact, NoEffect
from handoff.profile.register import Habits
from handoff.vocabulary.states import StayClass
from tests.events.readers.told import NOW, message


def read_as(**fields: str) -> str:
    """The kind of the fact that a message is read as, or why it is passed over."""
    result = read(message(**fields), NOW)
    return result.kind if isinstance(result, Fact) else result.why if isinstance(result, NoEffect) else result.code


NO_INPATIENTS = (
    *(
        "외래",
        "응급",
        "응급실",
        "OPD",
        "ER",
        "EMER",
        "emer",
        "AMB",
        "Outpatient",
        "낮병동",
        "2^외래",
        "^외래",
        "E1^응급",
    ),
    *(
        "X^^^^외래",
        "1^Emergency Room",
        "PRENC",
        "PRE",
        "OBSENC",
        "VR",
        "HH",
        "SS",
        "10^Outpatient",
        "U^외래",
        "건진",
        "정신과 낮 병동",
    ),
)
INPATIENTS = (
    *("입원", "IP", "IPD", "IMP", "Inpatient", "ACUTE", "NONAC", "1^입원", "IMP^inpatient encounter", "^입원"),
    *(
        "I^외래",
        "X",
        "ICU",
        "3",
        "응급입원",
        "응급중환자실",
        "1^응급병동",
        "7^병동",
        "외래경유 입원",
        "VIP",
        "2^ward",
        "N",
        '""',
        "OPERATION",
    ),
)


@pytest.mark.parametrize("trigger", ["A01", "A03", "A16"])
def test_a_class_in_words_or_codes_of_v3_says_who_stays(trigger: str) -> None:
    for patient_class in NO_INPATIENTS:
        read_class = read_as(trigger=trigger, patient_class=patient_class)
        assert read_class == "no inpatient's stay (PV1-2)", patient_class
    for patient_class in INPATIENTS:
        assert read_as(trigger=trigger, patient_class=patient_class) == Trigger(trigger).kind, patient_class


@pytest.mark.parametrize("sent", ["2^외래", "AMB", "^외래", "외래"])
def test_a_senders_own_class_counts_before_words(sent: str) -> None:
    code = sent.split("^", maxsplit=1)[0]
    habits = Habits(classes={code: StayClass.INPATIENT} if code else {})
    fact = read(message(patient_class=sent), NOW, habits)
    assert isinstance(fact, Fact if code else NoEffect)
