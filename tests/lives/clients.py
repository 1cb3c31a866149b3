"""Those who ask a workflow for updates: they ask again if nobody answers, and answers are lost on their way."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivationJob

from tests.lives.jobs import updated

AGAIN = timedelta(seconds=1)  # after which an update is sent again


class OtherAnswerError(Exception):
    """An update that was sent again got another answer."""


@dataclass
class Clients:
    """Attributes:
    answers: what updates were answered, by id: a result, or the type of a refusal.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    _asked: dict[str, WorkflowActivationJob] = field(default_factory=dict)
    _answered: str = ""  # the last one that this run did
    _lost: set[str] = field(default_factory=set)

    def ask(self, name: str, argument: Any, once: str) -> WorkflowActivationJob:
        """Send an update, under its id."""
        self._asked[once] = updated(name, argument, once)
        return self._asked[once]

    def hear(self, once: str, answer: Any) -> None:
        """Take an answer.

        Raises:
            OtherAnswerError: the same update had another answer before.
        """
        if self.answers.setdefault(once, answer) != answer:
            raise OtherAnswerError(f"{once}: {answer} and not {self.answers[once]}")
        if isinstance(answer, dict):
            self._answered = once

    def unanswered(self) -> list[WorkflowActivationJob]:
        """The updates that nobody has answered yet."""
        return [job for once, job in self._asked.items() if once not in self.answers]

    def lose(self) -> list[WorkflowActivationJob]:
        """Lose the last result of a run that goes on: its update is sent again, to the next run. Each is lost once."""
        once, self._answered = self._answered, ""
        if not once or once in self._lost:
            return []
        self._lost.add(once)
        return [self._asked[once]]
