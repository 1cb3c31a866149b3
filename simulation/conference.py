"""The deciding body: it grants what is asked, but not too much of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from handoff.vocabulary.outcomes import LetterKind
from handoff.vocabulary.states import LineKind
from handoff.vocabulary.words import EventKind
from simulation.player import Diary, Town
from simulation.records import ReceivedLetter, RecordEnvelope, WrittenRecord, event

MOST = 7  # visits a week that it grants
TAKES = 0.05  # days


@dataclass
class Deciding:
    """Decides each version of a plan by what stands in it."""

    institution: str
    town: Town

    def hear(self, letter: ReceivedLetter, now: datetime, diary: Diary) -> None:
        """Plan the decision; the end of a handoff makes it needless."""
        if letter.kind == LetterKind.PLAN_SUBMITTED:
            diary.plan(letter.subject, now + self.town.days(TAKES), partial(self._decide, letter))
        elif letter.kind == LetterKind.HANDOFF_CLOSED:
            diary.drop([letter.subject])

    def _decide(self, letter: ReceivedLetter, envelope: RecordEnvelope) -> WrittenRecord:
        data = {"subject": letter.subject, "version": letter.data["version"]}
        if too_much(letter):
            data["reason"] = "too-much"
        kind = EventKind.PLAN_REJECTED if too_much(letter) else EventKind.PLAN_APPROVED
        return event(envelope, kind, data)


def too_much(letter: ReceivedLetter) -> bool:
    """A line asks for more visits a week than the conference grants."""
    return any(
        line.get("kind") == LineKind.SERIES and int(line.get("quantity", 0)) > MOST for line in letter.data["lines"]
    )
