"""Providers: they accept, partly accept, decline or ignore an offer, and report the visits."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from events.contract.words import WeekKind
from handoff.subjects import line_of
from handoff.vocabulary.outcomes import LetterKind, Progress
from handoff.vocabulary.words import EventKind
from simulation.assessors import whose
from simulation.first_visits import AskedOffer, Habit, at_home, first_visit, habit
from simulation.player import Diary, Town
from simulation.records import ReceivedLetter, RecordEnvelope, WrittenRecord, event
from simulation.situations import ProviderAnswer

TAKES = 0.05  # days until an offer is answered
LATE = 0.02  # days from the planned moment of a visit to its report


@dataclass
class Providing:
    """One provider with a topic."""

    institution: str
    town: Town
    offers: dict[str, AskedOffer] = field(default_factory=dict)

    def hear(self, letter: ReceivedLetter, now: datetime, diary: Diary) -> None:
        """Answer an offer, learn who it is, report a planned visit, and drop what was cancelled."""
        offer = str(letter.data.get("offer_id", ""))
        match letter.kind:
            case LetterKind.REFERRAL_OFFERED:
                meant = self.town.cases.get(offer.partition(".")[0])
                self.offers[offer] = AskedOffer(meant, str(letter.data["service"]))
                self._answer(offer, letter, now, diary)
            case LetterKind.REFERRAL_CONFIRMED if offer in self.offers:
                self.offers[offer] = replace(self.offers[offer], meant=whose(letter, self.town))
            case LetterKind.APPOINTMENT_REQUESTED:
                diary.drop(_visits_of(line_of(offer), diary))
                moment = first_visit(offer, self._asked(offer, letter), at_home(dict(letter.data), now), self.town)
                diary.plan(offer, now + self.town.days(TAKES), partial(_propose, offer, moment))
            case LetterKind.VISIT_SCHEDULED:
                at = datetime.fromisoformat(str(letter.data["planned_at"])) + self.town.days(LATE)
                diary.plan(letter.subject, max(at, now), partial(self._visit, offer, letter))
            case LetterKind.WEEK_TO_CONFIRM:
                diary.plan(letter.subject, now, partial(self._confirm, letter))
            case LetterKind.REFERRAL_WITHDRAWN:
                diary.drop([offer, *_visits_of(line_of(offer), diary)])
            case LetterKind.HANDOFF_PROGRESSED if letter.data.get("state") in (
                Progress.SUSPENDED,
                Progress.VISITS_CANCELLED,
            ):
                diary.drop([*map(str, letter.data.get("visits") or ()), *_visits_of(_whom(letter), diary)])
            case LetterKind.HANDOFF_CLOSED:
                diary.drop(_visits_of(letter.subject, diary))

    def _answer(self, offer: str, letter: ReceivedLetter, now: datetime, diary: Diary) -> None:
        answer = answer_to(offer, self.offers[offer])
        if answer != ProviderAnswer.SILENT:
            home = at_home(dict(letter.data), now + self.town.days(TAKES))
            moment = first_visit(offer, self.offers[offer], home, self.town)
            diary.plan(offer, now + self.town.days(TAKES), partial(self._say, answer, letter, moment))

    def _asked(self, offer: str, letter: ReceivedLetter) -> AskedOffer:
        return self.offers.get(offer) or AskedOffer(None, str(letter.data["service"]))

    def _say(
        self, answer: ProviderAnswer, letter: ReceivedLetter, moment: datetime, envelope: RecordEnvelope
    ) -> WrittenRecord:
        data: dict[str, object] = {"subject": letter.subject}
        named = habit(letter.subject, self.offers[letter.subject]) != Habit.ONLY_WHEN_ASKED
        if named and answer in (ProviderAnswer.ACCEPTED, ProviderAnswer.PARTLY_ACCEPTED):
            data["first_visit_at"] = moment.isoformat()
        if answer == ProviderAnswer.DECLINED:
            data["reason"] = "no-capacity"
        if answer == ProviderAnswer.PARTLY_ACCEPTED:
            data["quantity"] = part_of(int(letter.data["quantity"]))
        return event(envelope, f"referral.{answer}", data)

    def _confirm(self, letter: ReceivedLetter, envelope: RecordEnvelope) -> WrittenRecord:
        return event(envelope, WeekKind.VISITS_CONFIRMED, {"subject": letter.subject})

    def _visit(self, offer: str, letter: ReceivedLetter, envelope: RecordEnvelope) -> WrittenRecord:
        data: dict[str, object] = {"subject": letter.subject}
        if missed(self.offers.get(offer), letter):
            return event(envelope, EventKind.VISIT_MISSED, {**data, "reason": "no-answer"})
        return event(envelope, EventKind.VISIT_COMPLETED, {**data, "units": 1})


def _propose(offer: str, moment: datetime, envelope: RecordEnvelope) -> WrittenRecord:
    return event(envelope, EventKind.VISIT_PROPOSED, {"subject": offer, "starts_at": moment.isoformat()})


def answer_to(offer: str, asked: AskedOffer) -> ProviderAnswer:
    """A provider's answer: the first offer of a line follows the person's course, all others are accepted.

    The id `CASE.2.O1` shows that an offer is the first of its line; `r` in `CASE.2r1.O1` shows that the line is a rest.
    """
    first = offer.endswith(".O1") and "r" not in offer.split(".")[1]
    answers = asked.meant.course.answers if asked.meant and first else {}
    return answers.get(asked.service, ProviderAnswer.ACCEPTED)


def part_of(quantity: int) -> int:
    """The quantity that a provider accepts of a line in part."""
    return max(1, quantity // 2)


def missed(asked: AskedOffer | None, letter: ReceivedLetter) -> bool:
    """Whether nobody opens the door: only at the first visit, if the course says so."""
    meant = asked.meant if asked else None
    return bool(meant and asked and meant.course.misses == asked.service and int(letter.data["number"]) == 1)


def _whom(letter: ReceivedLetter) -> str:
    return str(letter.data.get("line_id") or letter.data.get("case_id") or letter.subject)


def _visits_of(subject: str, diary: Diary) -> list[str]:
    """Names of planned records for a case or a line."""
    return [name for name in diary.planned if subject and name.startswith(f"{subject}.")]
