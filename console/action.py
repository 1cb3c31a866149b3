"""What a person decided, before it is stored and sent to the case."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.vocabulary.words import EventKind


@dataclass(frozen=True)
class Action:
    """What a person decided.

    Attributes:
        kind: event type, such as `contact.made`.
        subject: id of the case, line, offer, visit or check that it is about.
        who: the code given with `--as`.
        code: reason, result or route.
        quantity: score, visits or version.
        until: the moment that the action names.
        body: further fields of this kind; codes and numbers only.
        at: when it occurred; None: now.
        why: reason for telling it late, or for correcting what was recorded, as a code.
        corrects: key of the milestone that it corrects.
        counted: the moment was counted from now. The same command a little later is the same action.
        case_id: needed if the subject is a task, whose id does not begin with the case's id.
    """

    kind: str
    subject: str
    who: str
    code: str = ""
    quantity: int = 0
    until: datetime | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    counted: bool = False
    case_id: str = ""
    at: datetime | None = None
    why: str = ""
    corrects: str = ""

    @property
    def case(self) -> str:
        """The id of the case: the ids of its parts begin with it."""
        return self.case_id or self.subject.partition(".")[0]

    @property
    def kept(self) -> dict[str, object]:
        """What is stored. When the action is repeated, a counted moment stays the first one."""
        until = self.until.isoformat() if self.until else ""
        named = {"until": until, "quantity": self.quantity, "why": self.why, "corrects": self.corrects}
        return {**self.body, **{name: word for name, word in named.items() if word}}

    def occurred_at(self, now: datetime) -> datetime:
        """When it occurred. A discharge or an admission occurred at the moment that it names, unless expected."""
        stay = self.kind == EventKind.ADMISSION_OCCURRED or (
            self.kind == EventKind.DISCHARGE_NOTIFIED and self.code != "expected"
        )
        return (self.until if stay else self.at) or now

    def content(self) -> bytes:
        """What two equal actions have in common: everything but a counted moment."""
        until = self.until.isoformat() if self.until and not self.counted else ""
        at = self.at.isoformat() if self.at else ""
        words = [self.kind, self.subject, self.who, self.code, self.quantity, until, at, self.why, dict(self.body)]
        return json.dumps(words, sort_keys=True).encode()
