"""What happens to patients on the day: stories in messages, each with what it makes at the municipality."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulation.feed.patients import Patient, Ward


class Makes(StrEnum):
    """What a story makes at the municipality."""

    CASE = "case"
    TASK = "task"
    LISTED = 'row of the list "door not checked"'
    REJECTED = "rejection"  # the record is not kept
    NOTHING = "nothing"


@dataclass(frozen=True)
class FeedMessage:
    """One message of a story.

    Attributes:
        after: minutes after the story begins.
        trigger: trigger event.
        fields: what is not usual in it, by the names of `messages`.
    """

    after: int
    trigger: str
    fields: tuple[tuple[str, Any], ...] = ()


def sent(after: int, trigger: str, *usual: dict[str, Any], **fields: Any) -> FeedMessage:
    """A message so many minutes after the story begins. `usual`: fields that several messages share."""
    merged = {name: value for shared in usual for name, value in shared.items()} | fields
    return FeedMessage(after, trigger, tuple(merged.items()))


@dataclass(frozen=True)
class Story:
    """A kind of story, and how often it happens on the day.

    Attributes:
        says: what happens, in words.
        patient: draws its patient.
        sent: its messages.
        makes: what it makes, in all.
        open_for: hours of the day in which it may begin.
    """

    says: str
    times: int
    patient: Callable[[Ward], Patient]
    sent: tuple[FeedMessage, ...]
    makes: tuple[Makes, ...] = (Makes.NOTHING,)
    open_for: tuple[int, int] = (0, 22)


def _resident(ward: Ward) -> Patient:
    return ward.resident()


def _younger(ward: Ward) -> Patient:
    return ward.resident(youngest=19, oldest=60)


def _newborn(ward: Ward) -> Patient:
    return ward.resident(youngest=0, oldest=1)


def _stranger(ward: Ward) -> Patient:
    return ward.stranger()


def _elsewhere(ward: Ward) -> Patient:
    return ward.stranger(elsewhere=True)


OUT, EMERGENCY, RECURRING, BIRTH, BEFORE = ({"patient_class": code} for code in "OERBP")
LEFT = {"discharged": 0, "disposition": "01"}  # minutes before the message
TOMORROW = {"expected": 1}  # days after the day of the feed

CASES = (
    Story("is discharged home", 30, _resident, (sent(0, "A03", LEFT),), (Makes.CASE,)),
    Story(
        "is moved to another ward, then discharged",
        6,
        _resident,
        (sent(0, "A02"), sent(40, "A03", LEFT)),
        (Makes.CASE,),
    ),
    Story(
        "is discharged, and the moment is corrected",
        6,
        _resident,
        (sent(0, "A03", LEFT), sent(30, "A08", discharged=60, disposition="01")),
        (Makes.CASE,),
    ),
    Story("goes to nursing care at home", 3, _resident, (sent(0, "A03", LEFT, disposition="06"),), (Makes.CASE,)),
    Story("leaves against advice", 2, _resident, (sent(0, "A03", LEFT, disposition="07"),), (Makes.CASE,)),
    Story("will leave tomorrow", 10, _resident, (sent(0, "A16", TOMORROW),), (Makes.CASE,)),
    Story(
        "was to leave tomorrow, and stays after all",
        3,
        _resident,
        (sent(0, "A16", TOMORROW), sent(60, "A25")),
        (Makes.CASE,),
    ),
    Story("is discharged, and it is cancelled", 3, _resident, (sent(0, "A03", LEFT), sent(20, "A13")), (Makes.CASE,)),
    Story(
        "is discharged, and is back as an inpatient through the emergency room",
        2,
        _resident,
        (sent(0, "A03", LEFT), sent(50, "A04", EMERGENCY, visit=2), sent(80, "A06", visit=2)),
        (Makes.CASE,),
    ),
    Story(
        "is discharged, and dies at home: an update tells it",
        2,
        _resident,
        (sent(0, "A03", LEFT), sent(70, "A31", dead="Y")),
        (Makes.CASE,),
    ),
    Story(
        "is discharged, and has a new telephone number",
        4,
        _resident,
        (sent(0, "A03", LEFT), sent(15, "A31", phone="010-0000-9999^PRN^CP")),
        (Makes.CASE,),
    ),
    Story("was announced before the discharge", 4, _resident, (sent(0, "A08"), sent(30, "A03", LEFT)), (Makes.CASE,)),
    Story(
        "is discharged, and had two records",
        2,
        _resident,
        (sent(0, "A03", LEFT), sent(90, "A40", merged=True)),
        (Makes.CASE,),
    ),
)

TASKS = (
    Story("dies in hospital", 3, _resident, (sent(0, "A03", LEFT, disposition="20", dead="Y"),), (Makes.TASK,)),
    Story("goes to another hospital", 4, _resident, (sent(0, "A03", LEFT, disposition="02"),), (Makes.TASK,)),
    Story(
        "is still a patient by the disposition", 1, _resident, (sent(0, "A03", LEFT, disposition="30"),), (Makes.TASK,)
    ),
    Story("is protected", 2, _resident, (sent(0, "A03", LEFT, protected="Y"),), (Makes.TASK,)),
    Story("is not identified", 1, _resident, (sent(0, "A03", LEFT, name="UNKNOWN^^^^^^U"),), (Makes.TASK,)),
    Story("has no telephone", 3, lambda ward: ward.resident(phone=False), (sent(0, "A03", LEFT),), (Makes.TASK,)),
    Story("has no address", 2, lambda ward: ward.resident(address=False), (sent(0, "A03", LEFT),), (Makes.TASK,)),
    Story("is an outpatient from now on", 2, _resident, (sent(0, "A07", OUT),), (Makes.TASK,)),
    Story("is referred to the municipality", 2, _resident, (sent(0, "I12"),), (Makes.TASK,)),
    Story("has a changed referral", 1, _resident, (sent(0, "I13"),), (Makes.TASK,)),
    Story("has a cancelled referral", 1, _resident, (sent(0, "I14"),), (Makes.TASK,)),
)

LISTED = (
    Story("is discharged home, younger than 65", 28, _younger, (sent(0, "A03", LEFT),), (Makes.LISTED,)),
    Story("is born, and leaves with the mother", 9, _newborn, (sent(0, "A03", LEFT),), (Makes.LISTED,)),
)

ELSEWHERE = (
    Story("is discharged home to another municipality", 60, _elsewhere, (sent(0, "A03", LEFT),), (Makes.REJECTED,)),
)

NOTHING = (
    Story("is admitted", 90, _stranger, (sent(0, "A01"), sent(25, "A08"))),
    Story("is admitted by mistake", 4, _stranger, (sent(0, "A01"), sent(9, "A11"))),
    Story(
        "is admitted out of the emergency room",
        20,
        _stranger,
        (sent(0, "A04", EMERGENCY), sent(45, "A06"), sent(50, "A02")),
    ),
    Story("visits the emergency room", 60, _stranger, (sent(0, "A04", EMERGENCY), sent(90, "A03", EMERGENCY, LEFT))),
    Story("comes for dialysis", 25, _stranger, (sent(0, "A01", RECURRING), sent(100, "A03", RECURRING, LEFT))),
    Story("gives birth as an outpatient", 3, _stranger, (sent(0, "A01", BIRTH), sent(100, "A03", BIRTH, LEFT))),
    Story("is registered before the admission", 30, _stranger, (sent(0, "A05", BEFORE), sent(5, "A14"))),
    Story("is not admitted after all", 6, _stranger, (sent(0, "A38", BEFORE), sent(1, "A27"))),
    Story("is moved to another ward", 80, _stranger, (sent(0, "A02"),)),
    Story("is moved by mistake", 5, _stranger, (sent(0, "A02"), sent(3, "A12"))),
    Story("is to be moved", 5, _stranger, (sent(0, "A15"), sent(30, "A26"))),
    Story("goes for an X-ray and comes back", 60, _stranger, (sent(0, "A09"), sent(25, "A10"))),
    Story("was tracked by mistake", 3, _stranger, (sent(0, "A32"), sent(1, "A33"))),
    Story("swaps beds with a neighbour", 4, _stranger, (sent(0, "A17"),)),
    Story("leaves for the weekend and comes back", 6, _stranger, (sent(0, "A21"), sent(120, "A22"))),
    Story("had no leave after all", 1, _stranger, (sent(0, "A52"), sent(2, "A53"))),
    Story("has another doctor", 20, _stranger, (sent(0, "A54"), sent(30, "A61"))),
    Story("had another doctor by mistake", 1, _stranger, (sent(0, "A55"), sent(1, "A62"))),
    Story("has an allergy", 10, _stranger, (sent(0, "A60"),)),
    Story("is new to the hospital", 40, _stranger, (sent(0, "A28", OUT),)),
    Story("has new data", 60, _stranger, (sent(0, "A31", OUT),)),
    Story("has a deleted record", 2, _stranger, (sent(0, "A23"), sent(1, "A29"))),
    Story("had two records", 8, _stranger, (sent(0, "A40", merged=True),)),
    Story(
        "had two numbers, as older systems tell it",
        1,
        _stranger,
        tuple(
            sent(place, trigger, merged=True)
            for place, trigger in enumerate(
                (
                    "A18",
                    "A30",
                    "A34",
                    "A35",
                    "A36",
                    "A39",
                    "A41",
                    "A42",
                    "A43",
                    "A44",
                    "A45",
                    "A46",
                    "A47",
                    "A48",
                    "A49",
                    "A50",
                    "A51",
                )
            )
        ),
    ),
    Story("has linked records", 2, _stranger, (sent(0, "A24"), sent(1, "A37"))),
    Story("is in a bed that is cleaned", 10, _stranger, (sent(0, "A20"),)),
    Story("is asked about", 1, _stranger, (sent(0, "I15"),)),
    Story("is a test of the interface", 12, _stranger, (sent(0, "A03", LEFT, processing="T"),)),
    Story("is a test of the interface, by its makers", 3, _stranger, (sent(0, "A01", processing="D"),)),
)

VISIT = Story("visits a clinic", 1, _stranger, (sent(0, "A04", OUT),))  # as often as the day has room
CORRECTED_VISIT = Story(
    "visits a clinic, and the visit is corrected", 1, _stranger, (sent(0, "A04", OUT), sent(15, "A08", OUT))
)
STORIES = (*CASES, *TASKS, *LISTED, *ELSEWHERE, *NOTHING)
