"""Senders of notices, such as hospitals: each stay follows its script, and letters on the topic trigger the steps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from handoff.vocabulary.outcomes import LetterKind, Progress
from handoff.vocabulary.words import EventKind
from simulation.people import InventedPerson
from simulation.player import Diary, Town
from simulation.records import (
    TRIGGERS,
    ReceivedLetter,
    RecordEnvelope,
    Stay,
    WrittenRecord,
    broken,
    told_as_hl7,
    told_as_json,
)
from simulation.scenario import Meant, ScenarioStep
from simulation.situations import Cue

MOMENT_OF: Mapping[str, str] = {
    EventKind.DISCHARGE_EXPECTED: "expected_at",
    EventKind.DISCHARGE_NOTIFIED: "discharged_at",
    EventKind.DISCHARGE_CORRECTED: "discharged_at",
    EventKind.ADMISSION_OCCURRED: "admitted_at",
    EventKind.PERSON_DIED: "died_at",
}
ELSEWHERE = "서울특별시 강남구 테헤란로 1"


@dataclass
class StayTold:
    """Progress of the script of one stay."""

    meant: Meant
    steps: list[ScenarioStep]
    case: str = ""
    cues: set[Cue] = field(default_factory=set)
    discharged_at: datetime | None = None
    first: WrittenRecord | None = None  # its notice as sent


@dataclass
class Stays:
    """The stays of one institution; `begin` starts them."""

    institution: str
    town: Town
    nhis: str  # institution code of the NHIS
    tellings: dict[str, StayTold] = field(default_factory=dict)
    last_id: str = ""  # id of the notice before, to be reused
    unanswered: set[str] = field(default_factory=set)  # message ids of notices

    def begin(self, now: datetime, diary: Diary) -> None:
        """Plan the first steps of all stays."""
        for meant in self.town.scenario.meant:
            steps = [step for step in meant.course.steps if self._tells(step, meant)]
            if steps:
                telling = StayTold(meant, steps, discharged_at=self._at(now, meant.starts))
                self.tellings[meant.reference] = telling
                self._cue(telling, Cue.START, self._at(now, meant.starts), diary)

    def strays(self, now: datetime, diary: Diary) -> None:
        """Plan unreadable records, and notices about people of another municipality."""
        for number in range(self.town.scenario.strays):
            at = self._at(now, 0.6 + number)
            diary.plan(f"broken-{number}", at, self._broken)
            person = self.town.scenario.meant[number].person
            diary.plan(f"elsewhere-{number}", at, partial(self._elsewhere, person, number))

    def hear(self, letter: ReceivedLetter, now: datetime, diary: Diary) -> None:
        """Take the case id from an acknowledgement; start the steps that wait for it or for the first service."""
        if letter.kind in (LetterKind.NOTICE_ACKNOWLEDGED, LetterKind.NOTICE_REJECTED):
            self.unanswered.discard(str(letter.data.get("message_id", "")))
        if letter.kind == LetterKind.NOTICE_ACKNOWLEDGED:
            telling = self.tellings.get(str(letter.data.get("reference", "")))
            if telling is not None:
                telling.case = str(letter.data.get("case_id") or telling.case)
                self.town.cases[telling.case] = telling.meant
                self._cue(telling, Cue.ACKNOWLEDGED, now, diary)
        elif letter.kind == LetterKind.HANDOFF_PROGRESSED and letter.data.get("state") == Progress.FIRST_SERVICE:
            for telling in self._of_case(str(letter.data.get("case_id"))):
                self._cue(telling, Cue.FIRST_SERVICE, now, diary)

    def _tells(self, step: ScenarioStep, meant: Meant) -> bool:
        return self.institution == ({"": meant.facility, "nhis": self.nhis}[step.teller])

    def _of_case(self, case: str) -> Iterator[StayTold]:
        return (telling for telling in self.tellings.values() if case and telling.case == case)

    def _at(self, now: datetime, days: float) -> datetime:
        return now + self.town.days(days)

    def _cue(self, telling: StayTold, cue: Cue, now: datetime, diary: Diary) -> None:
        if cue in telling.cues:
            return
        telling.cues.add(cue)
        for number, step in enumerate(telling.steps):
            if step.cue == cue:
                name = f"{telling.meant.reference}-{number}"
                diary.plan(name, self._at(now, step.days), partial(self._tell, telling, step))

    def _tell(self, telling: StayTold, step: ScenarioStep, envelope: RecordEnvelope) -> WrittenRecord:
        if step.kind == "resend" and telling.first is not None:
            return self._resent(telling, telling.first, envelope)
        written = self._written(telling, step, replace(envelope, message_id=self._id(telling, step, envelope)))
        if step.kind not in (EventKind.DISCHARGE_NOTIFIED, EventKind.DISCHARGE_EXPECTED):
            return written
        self.last_id = written.message_id
        self.unanswered.add(written.message_id)
        telling.first = telling.first or replace(written, notice=envelope.message_id)
        return replace(written, notice=envelope.message_id)

    def _id(self, telling: StayTold, step: ScenarioStep, envelope: RecordEnvelope) -> str:
        reused = telling.meant.course.same_id and step.kind == EventKind.DISCHARGE_NOTIFIED and self.last_id
        return self.last_id if reused else envelope.message_id

    def _resent(self, telling: StayTold, first: WrittenRecord, envelope: RecordEnvelope) -> WrittenRecord:
        """A resend of the notice: in HL7 with a new time of sending, in JSON with the same bytes."""
        if telling.meant.course.form == "json":
            return first
        again = replace(envelope, message_id=first.message_id)
        written = told_as_hl7(again, first.kind, self._stay(telling, {}))
        return replace(written, notice=first.notice, meant=first.meant, situation=first.situation)

    def _written(self, telling: StayTold, step: ScenarioStep, envelope: RecordEnvelope) -> WrittenRecord:
        stay = self._stay(telling, self._moments(telling, step, envelope.at))
        hl7 = telling.meant.course.form == "hl7" and step.kind in TRIGGERS and not step.teller
        written = (told_as_hl7 if hl7 else told_as_json)(envelope, step.kind, stay)
        left = stay.moments.get("discharged_at")
        names_end = step.kind in (EventKind.DISCHARGE_NOTIFIED, EventKind.DISCHARGE_CORRECTED)
        at = left.isoformat() if left and names_end else ""
        return replace(written, meant=telling.meant.key, situation=telling.meant.course.situation, discharged_at=at)

    def _stay(self, telling: StayTold, moments: dict[str, datetime]) -> Stay:
        meant = telling.meant
        discharge = {"discharged_at": telling.discharged_at} if telling.discharged_at else {}
        consent = (True if meant.course.consents else None) if self.institution == meant.facility else None
        return Stay(meant.person, meant.reference, moments or discharge, consent, doubtful=meant.course.doubtful)

    def _moments(self, telling: StayTold, step: ScenarioStep, now: datetime) -> dict[str, datetime]:
        """The moment that a step reports, in whole seconds, as in real feeds."""
        name = MOMENT_OF.get(step.kind)
        if name is None:
            return {}
        at = now + self.town.days(step.moved)
        if step.kind == EventKind.DISCHARGE_CORRECTED and telling.discharged_at:
            at = telling.discharged_at + self.town.days(step.moved)
        if step.kind == EventKind.DISCHARGE_NOTIFIED and telling.first is None and telling.discharged_at:
            at = telling.discharged_at  # two senders report the same moment
        at = at.replace(microsecond=0)
        if name == "discharged_at":
            telling.discharged_at = at
        return {name: at}

    def _elsewhere(self, person: InventedPerson, number: int, envelope: RecordEnvelope) -> WrittenRecord:
        stranger = replace(person, name="남궁외지", address=ELSEWHERE, phone=f"02-000-{number:04}", patient_number="")
        moments = {"discharged_at": envelope.at.replace(microsecond=0)}
        stay = Stay(stranger, f"X{envelope.message_id}", moments, consent=True)
        self.unanswered.add(envelope.message_id)
        written = told_as_json(envelope, EventKind.DISCHARGE_NOTIFIED, stay)
        return replace(written, notice=envelope.message_id, situation="not-ours")

    def _broken(self, envelope: RecordEnvelope) -> WrittenRecord:
        self.unanswered.add(envelope.message_id)
        return replace(broken(envelope), notice=envelope.message_id)
