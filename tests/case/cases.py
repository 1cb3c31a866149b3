"""A case for tests of the rules of taking: told in order, outcomes as the record would give them."""

from datetime import UTC, datetime, timedelta

from handoff.case import closing
from handoff.case.dispatch import learn, take
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult, RecordedLine
from handoff.case.state import CaseState

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
HOSPITAL = "gm-hospital"


def hours(count: float) -> datetime:
    return NOON + timedelta(hours=count)


class Telling:
    """Tells a case facts with rising numbers, and actions; keeps what the record would be asked to write."""

    def __init__(self) -> None:
        self.case = CaseState("C1")
        self.number = 0
        self.written: list[Milestone] = []

    def fact(self, kind: str, who: str = HOSPITAL, **fields: object) -> list[str]:
        """Told by an institution, at the moment it names if that lies ahead."""
        self.number += 1
        until = fields.get("until")
        at = max(NOON, until) if isinstance(until, datetime) and fields.get("code") != "expected" else NOON
        fields.setdefault("role", "hospital" if who == HOSPITAL else "nhis")
        return self.tell(CaseEvent(kind, at, who, self.number, self.number, **fields))  # type: ignore[arg-type]

    def action(self, kind: str, **fields: object) -> list[str]:
        self.number += 1
        return self.tell(CaseEvent(kind, hours(100), "kim", 0, self.number, **fields))  # type: ignore[arg-type]

    def closes(self, code: str) -> list[str]:
        """A person ends the case, and nobody takes that back in time."""
        written = self.action("case.closed", code=code)
        closing.grace_expired(self.case, "", "")
        return written

    def tell(self, told: CaseEvent) -> list[str]:
        entries = take(self.case, told)
        self.written += entries
        return [entry.what for entry in entries]

    def learn(self, what: str, verdict: str = "", subject: str = "", about: str = "", **fields: object) -> None:
        entry = Milestone(f"{what}:{about}:{len(self.written)}", what, NOON, subject=about)
        learn(self.case, entry, MilestoneResult(entry.key, verdict, subject, **fields))  # type: ignore[arg-type]


def opened() -> Telling:
    telling = Telling()
    telling.fact("discharge.notified", code="actual", until=NOON, consent="given")
    telling.learn("case_screened", "eligible")
    return telling


def planned(*lines: RecordedLine) -> Telling:
    telling = opened()
    telling.fact("presurvey.completed", "dong", quantity=3)
    telling.learn("presurvey_recorded", "own-survey")
    telling.action("plan.drafted")
    told = lines or (RecordedLine("C1.1", "series"), RecordedLine("C1.2", "series"))
    telling.learn("plan_submitted", "submitted", "1", lines=list(told))
    return telling


def serving() -> Telling:
    """Line 1 is accepted with a visit planned, line 2 stands offered."""
    telling = planned()
    telling.fact("plan.approved", "gm-conference", quantity=1)
    for line in ("C1.1", "C1.2"):
        telling.learn("offer_made", "offered", f"{line}.O1", line)
    telling.fact("referral.accepted", "meals", subject="C1.1.O1")
    telling.learn("visit_planned", "planned", "C1.1.V1", "C1.1")
    return telling
