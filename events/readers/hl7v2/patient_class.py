"""What a class of patients means (PV1-2): HL7 table 0004, codes of HL7 v3 and FHIR, and words in Korean and English."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from events.readers.hl7v2.message import Message
from handoff.vocabulary.states import StayClass

TABLE_0004 = {
    "I": StayClass.INPATIENT,
    "P": StayClass.PREADMISSION,
    "O": StayClass.OUTPATIENT,
    "R": StayClass.RECURRING,
    "E": StayClass.EMERGENCY,
    "B": StayClass.OBSTETRICS,
}
# ActEncounterCode of HL7 v3, which FHIR uses (Encounter.class), and what feeds abbreviate.
CODES = {
    **dict.fromkeys(("IMP", "ACUTE", "NONAC", "INP", "INPT"), StayClass.INPATIENT),
    **dict.fromkeys(("AMB", "OBSENC", "SS", "VR", "HH", "FLD", "OUT", "OUTP", "OUTPT"), StayClass.OUTPATIENT),
    **dict.fromkeys(("EMER", "EMG", "EMR"), StayClass.EMERGENCY),
    **dict.fromkeys(("PRENC", "PRE", "PREADM"), StayClass.PREADMISSION),
}
TEXTS = (1, 2, 5)  # components of PV1-2 that say the class: code, text, and text of another code system

_WORDS = {
    StayClass.EMERGENCY: re.compile(r"응급|\b(emergency|er|ed)\b"),
    StayClass.OUTPATIENT: re.compile(
        r"외래|당일|낮 ?병동|통원|건진|검진|가정간호|\b(outpatient|out patient|ambulatory|op|opd|day surgery)\b"
        r"|\b(day care|home health|virtual|short stay)\b"
    ),
    StayClass.RECURRING: re.compile(r"반복|투석|\b(recurring|dialysis)\b"),
    StayClass.OBSTETRICS: re.compile(r"분만|산과|\b(obstetrics|obstetric|delivery)\b"),
    StayClass.INPATIENT: re.compile(r"입원|중환자|(?<!낮)(?<!낮 )병동|\b(inpatient|in patient|ip|ipd)\b"),
}
_PREADMISSION = re.compile(r"입원 ?예[약정]|예약 ?입원|\b(preadmit|preadmission|pre admit|pre admission)\b")


def is_inpatient(message: Message, classes: Mapping[str, str]) -> bool:
    """Whether the patient class is that of an inpatient. What says nothing is taken for an inpatient's.

    Args:
        message: the message.
        classes: the sender's own codes, which count first, and the `StayClass` that each means.
    """
    code = message.first("PV1", 2).upper()
    named = classes.get(code) or TABLE_0004.get(code)
    if named is None and message.field("PV1", 2):
        texts = (message.first("PV1", 2, component) for component in TEXTS)
        named = next(filter(None, map(class_of, texts)), None)
    return named in (None, StayClass.INPATIENT)


@lru_cache(maxsize=256)
def class_of(text: str) -> StayClass | None:
    """The class of patients that a text names; None: it names none, or several."""
    if code := CODES.get(text.upper()):
        return code
    plain = _plain(text)
    if _PREADMISSION.search(plain):
        return StayClass.PREADMISSION
    named = [stay_class for stay_class, words in _WORDS.items() if words.search(plain)]
    return named[0] if len(named) == 1 else None


def _plain(text: str) -> str:
    return re.sub(r"[_\W]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
