"""One incoming record as read, in the engine's own terms, whether it came as CloudEvents or HL7 v2."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from handoff.vocabulary.states import Consent

# Codes of doubts that the code uses by name.
CUT = "message-cut"  # the message ends before its end
CLASS_DIFFERS = "class-differs"  # a cancellation whose patient class is none of a stay
RESTRICTED = "disclosure-restricted"  # access to the person's data is restricted at the sender
UNIDENTIFIED = "person-unidentified"  # the name is that of nobody


@dataclass(frozen=True)
class Person:
    """The person as the sender describes them; any field may be missing. Personal data: never logged, stored sealed."""

    name: str = ""
    birth_date: date | None = None
    sex: str = ""
    registration_number: str = ""  # resident registration number: a strong identifier
    patient_number: str = ""  # the sender's own number for the person (HL7 PID-3): strong together with the sender
    phone: str = ""
    address: str = ""  # the registered address, as text
    address_code: str = ""  # administrative code of the registered address, if given
    severe_disability: bool | None = None  # registered severe disability; None: not stated
    born_in: str = ""  # "1943" or "1943-02": the birth date as far as it was told, if not to the day
    contact_name: str = ""  # whom to call about the person
    contact_relation: str = ""  # in the sender's own words or code, e.g. "daughter", "SPO"
    contact_phone: str = ""
    language: str = ""  # that the person speaks, as the sender writes it, e.g. "ko"
    carer_name: str = ""  # who cares for the person at home, and is no provider
    carer_relation: str = ""
    carer_phone: str = ""

    @property
    def birth_told(self) -> str:
        """The birth date as far as it was told: 1943-02-14, 1943-02 or 1943; "": it was not."""
        return self.birth_date.isoformat() if self.birth_date else self.born_in


@dataclass(frozen=True)
class Discharge:
    """The discharge as the sender describes it. All moments are aware; None: not stated."""

    expected_at: datetime | None = None
    discharged_at: datetime | None = None
    admitted_at: datetime | None = None
    died_at: datetime | None = None
    death: bool = False  # a death is claimed, by flag, moment or code; words alone are a doubt
    disposition: str = ""  # the sender's own code
    # Seconds within which a moment lies, by its name, if it was told less closely than to the second: {"expected_at":
    # 86400} was told to the day. It is no part of what was said: 10:00 and 10:00:00 are the same word.
    precision: Mapping[str, int] = field(default_factory=dict, compare=False)
    goes: str = ""  # what the code means in the sender's own table: home, died, elsewhere; "": it is not in it
    alive: bool | None = None  # True: it says explicitly that the person has not died
    pending: bool = False  # a cancellation is about an expected discharge only, not about an actual one


@dataclass(frozen=True)
class Doubt:
    """A contradiction or an implausible value in a record: a person has to settle it."""

    code: str  # e.g. "death-before-discharge", "event-differs"
    place: str  # where in the sender's record, e.g. "PID-29"
    says: str  # in words, without personal data


@dataclass(frozen=True)
class Fact:
    """One fact reported by one sender. `body`: the fields of its kind, codes and numbers only (events/contract/)."""

    kind: str  # our event type, a past participle: "discharge.notified"
    sender: str  # institution code, from the topic: never from the content
    message_id: str  # ce_id or MSH-10
    occurred_at: datetime
    form: str = "cloudevents"  # or "hl7v2", "desk"
    subject: str = ""  # our id that it is about: case, line, offer, visit, check
    reference: str = ""  # the sender's own name for the discharge (HL7 PV1-19)
    actor_role: str = ""  # role of the person who acted, e.g. "nurse"
    answers: str = ""  # id of the event it answers
    person: Person | None = None
    discharge: Discharge | None = None
    consent: bool | None = None  # None: not stated (every HL7 ADT)
    consent_until: datetime | None = None  # when the consent ends; None: it names no end
    body: Mapping[str, Any] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    written_at: datetime | None = None  # when its sender wrote it (HL7 EVN-2, else MSH-7; CloudEvents `time`)
    merged_numbers: tuple[str, ...] = ()  # further numbers of the patients whom a merge is about (HL7 MRG)
    written_within: int = 0  # precision of `written_at` in seconds; 0: it is exact
    # Keyed digests of name and birth date, if it came before its case: then `person` is not kept.
    likeness: Mapping[str, str] = field(default_factory=dict)

    @property
    def restricted(self) -> str:
        """Where the record says that access to the person's data is restricted, e.g. "PD1-12"; "" if it does not."""
        return next((doubt.place for doubt in self.doubts if doubt.code == RESTRICTED), "")

    @property
    def consent_told(self) -> str:
        """Consent as a word: given, refused, or "" if not stated, or if it had ended when it was told."""
        if self.consent and self.consent_until and self.consent_until <= self.occurred_at:
            return ""
        return {True: Consent.GIVEN, False: Consent.REFUSED, None: ""}[self.consent]


@dataclass(frozen=True)
class Unreadable:
    """A record that cannot be read or used: it is parked, and its sender is notified."""

    code: str  # a rejection code of events/contract/codes.py
    reason: str  # one sentence that tells the sender what to do; no personal data
    place: str = ""  # header, JSON pointer, HL7 segment-field, or byte
    message_id: str = ""  # as far as it could be read
    kept: bool = True  # False: nobody here may or can act on it, so its bytes are not kept


@dataclass(frozen=True)
class NoEffect:
    """A record that changes nothing for us, such as a transfer to another ward. It is not kept, and has no answer."""

    message_id: str = ""
    why: str = ""  # why it changes nothing, in words
