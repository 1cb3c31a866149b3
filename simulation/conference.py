"""The deciding body: it approves plans, unless a line asks for too many visits."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from handoff.vocabulary.outcomes import LetterKind
from handoff.vocabulary.states import LineKind
from handoff.vocabulary.words import EventKind
from simulation.player import Diary, Town
from simulation.records import ReceivedLetter, RecordEnvelope, WrittenRecord, event

MOST = 7  # visits a week that it approves
TAKES = 0.05  # days


@dataclass
class Deciding:
    """Decides each version of a plan by its lines."""

    institution: str
    town: Town

    def hear(self, letter: ReceivedLetter, now: datetime, diary: Diary) -> None:
        """Plan the decision; the end of a handoff cancels it."""
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
    """Whether a line asks for more than `MOST` visits a week."""
    return any(
        line.get("kind") == LineKind.SERIES and int(line.get("quantity", 0)) > MOST for line in letter.data["lines"]
    )
