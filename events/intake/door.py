"""A notice of a person below the age of eligibility: it opens no case until somebody has asked about the other doors.

The Act's doors are age, a registered severe disability, and the groups that the municipality has agreed on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from events.contract.codes import Code
from events.contract.words import IntakeOutcome
from events.intake.judgement import AtDoor, Drop, Unsettled
from events.intake.prepared import Prepared
from events.readers import place
from handoff.fact import Discharge, Person, Unreadable
from handoff.profile.model import Profile
from handoff.rules.eligibility import LookUp, look_ups
from handoff.store.intake.doors import NOTED
from handoff.store.persons import OpenedPerson
from handoff.timezone import KST
from handoff.vocabulary.states import DoorAnswer
from handoff.vocabulary.words import EventKind

_NOTICES = (EventKind.DISCHARGE_NOTIFIED, EventKind.DISCHARGE_EXPECTED)  # an application always gets a case
# What is unclear about these leaves open who the person is, or how old. All else can wait at the door.
_WHO = ("person.name", "person.birth_date", "person.registration_number", "person.patient_number")
_ALSO_WHO = ("PID-2", "PID-32", "")  # in HL7; identity without a place
_DEATH = "death-told"  # it has no place, like doubts about who the person is


def judge_at_door(
    prepared: Prepared, person: OpenedPerson | None, open_points: Sequence[Unsettled], profile: Profile
) -> AtDoor | Drop | None:
    """Judge a notice of a person who is plainly below the age.

    Args:
        prepared: the notice.
        person: whom it is about, without an open case; None: a new person.
        open_points: what else is unclear. Who the person is, and the birth date, have to be certain first. The rest
            waits, and a person settles it if the notice becomes a case.
        profile: the municipality's.

    Returns:
        None: a door may be open, so the notice goes on as any other. `Drop`: every door is shut.
    """
    asked = ask_first(prepared, person, profile)
    return None if asked and any(_leaves_open_who(point, prepared.fact.form) for point in open_points) else asked


def _leaves_open_who(point: Unsettled, form: str) -> bool:
    return point["code"] != _DEATH and point["place"] in (*(place(form, field) for field in _WHO), *_ALSO_WHO)


def ask_first(
    prepared: Prepared, person: OpenedPerson | None, profile: Profile, now: datetime | None = None
) -> AtDoor | Drop | None:
    """Whether the doors are to be asked about before a notice opens a case. See `judge_at_door`.

    If a person has named an open door before, there is nothing to ask. An application always gets a case.
    """
    open_door = prepared.row.body.get(NOTED, {}).get("found")
    if open_door or prepared.row.kind not in _NOTICES:
        return None
    questions = questions_of(prepared, person, profile, now)
    if questions is None:
        return None
    noted = {"verdict": DoorAnswer.NOT_ELIGIBLE, "at": prepared.row.known_at.isoformat(), "asked": []}
    return AtDoor(_place_of_age(prepared)) if questions else not_eligible(prepared, noted)


def questions_of(
    prepared: Prepared, person: OpenedPerson | None, profile: Profile, now: datetime | None = None
) -> tuple[LookUp, ...] | None:
    """What is to be asked about the person of a notice; None: a door may be open.

    The age is that of the day of the discharge, if that is still to come. A severe disability that is known of the
    person counts; an earlier "no" does not.
    """
    sent, stay = prepared.fact.person or Person(), prepared.fact.discharge or Discharge()
    if person and person.told.severe_disability and sent.severe_disability is None:
        sent = replace(sent, severe_disability=True)
    moments = (now, prepared.row.known_at, stay.discharged_at, stay.expected_at)
    return look_ups(sent, profile, max(moment.astimezone(KST).date() for moment in moments if moment))


def not_eligible(prepared: Prepared, noted: Mapping[str, Any]) -> Drop:
    """Every door is shut: the sender is told, the content is deleted, and the row keeps what is noted of the reason."""
    code = Code.NOT_ELIGIBLE
    why = Unreadable(code.value, f"{code.cause} {code.cure}", _place_of_age(prepared), prepared.row.message_id)
    return Drop(why, IntakeOutcome.NOT_ELIGIBLE, {NOTED: dict(noted)})


def _place_of_age(prepared: Prepared) -> str:
    dated = (prepared.fact.person or Person()).birth_told
    return place(prepared.fact.form, "person.birth_date" if dated else "person.registration_number")
