"""Community centres and the NHIS branch: they answer the assessment requests on their topics."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from handoff.vocabulary.outcomes import LetterKind
from handoff.vocabulary.states import Eligibility, Survey
from handoff.vocabulary.words import EventKind
from simulation.people import plain_phone
from simulation.player import Diary, Town
from simulation.records import ReceivedLetter, event
from simulation.scenario import Meant

USUAL_SCORE = 3  # for a person who is not simulated: an own survey is enough
TAKES = 0.05  # days


@dataclass
class Assessing:
    """Surveys by the community centre, determinations by the insurer."""

    institution: str
    town: Town

    def hear(self, letter: ReceivedLetter, now: datetime, diary: Diary) -> None:
        """Plan the answer to a request; the end of a handoff cancels it."""
        if letter.kind == LetterKind.ASSESSMENT_REQUESTED:
            kind, data = self._answer(letter)
            say = partial(event, kind=kind, data=data)
            diary.plan(f"{letter.subject}-{letter.data.get('assessment')}", now + self.town.days(TAKES), say)
        elif letter.kind == LetterKind.HANDOFF_CLOSED:
            diary.drop([name for name in diary.planned if name.startswith(f"{letter.subject}-")])

    def _answer(self, letter: ReceivedLetter) -> tuple[str, dict[str, Any]]:
        meant = whose(letter, self.town)
        score = meant.course.score if meant else USUAL_SCORE
        findings = {"complex_need": True}
        if letter.data.get("assessment") == Survey.DETERMINATION:
            answer = {"result": Eligibility.ELIGIBLE, "score": score, "found": findings}
            return EventKind.DETERMINATION_RETURNED, {"subject": letter.subject, **answer}
        return EventKind.PRESURVEY_COMPLETED, {"subject": letter.subject, "score": score, "found": findings}


def whose(letter: ReceivedLetter, town: Town) -> Meant | None:
    """The simulated discharge that a letter is about, by the phone number in it; None: not simulated."""
    person = letter.data.get("person") or {}
    return town.phones.get(plain_phone(str(person.get("phone", ""))))
