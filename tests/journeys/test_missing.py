"""Whether each discharge of a run has shown its situation: what a demonstration waits for before it ends."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from console.count.meant import IntendedRecord, MeantRun
from console.count.situations import TO_COME, NotShown, missing
from handoff.store.queries.notice_cases import Counted, NoticeRow
from handoff.vocabulary.words import MilestoneName
from simulation.situations import Situation

LEFT = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Run:
    """A run whose discharges are told one by one."""

    def __init__(self) -> None:
        self.meant, self.record = MeantRun(1), Counted()

    def tell(self, key: str, situation: str, case: str, message: str = "") -> "Run":
        """A discharge is told by one notice, which leads to an open case, or to none yet."""
        name = message or f"m{key}"
        self.meant.discharges[key] = {"situation": situation}
        self.publish(key, name)
        self.record.notices.append(NoticeRow(("hospital", name), case, "numbered" if case else "held"))
        if case:
            self.record.cases[case] = row(closed_at=None, end_reason=None)
        return self

    def publish(self, key: str, message: str) -> None:
        self.meant.publications.append(IntendedRecord("hospital", message, "hash", "n", key, "", known=True))

    def end(self, case: str, reason: int) -> None:
        self.record.cases[case] = row(closed_at=LEFT, end_reason=reason)

    def missing(self) -> list[NotShown]:
        return missing(self.record, self.meant)


def row(**columns: Any) -> Any:
    return SimpleNamespace(**columns)


def test_a_case_past_its_check_and_without_a_service_still_has_its_admission_to_come() -> None:
    run = Run().tell("1-019", Situation.ADMITTED, "C1")
    run.record.checks = (row(case_id="C1", ended_at=LEFT, state="completed"),)
    (left,) = run.missing()
    assert (str(left), left.waits_for) == ("admitted (1-019)", frozenset({"C1"}))
    run.record.milestones[MilestoneName.SUSPENDED] = {"C1"}
    assert run.missing() == [left]  # the admission is told, and the review is not over
    run.end("C1", 2)
    assert run.missing() == []


def test_a_case_that_ended_otherwise_is_named_and_no_longer_waited_for() -> None:
    run = Run().tell("1-019", Situation.ADMITTED, "C1")
    run.end("C1", 3)
    (left,) = run.missing()
    assert (str(left), left.waits_for) == ("admitted (1-019)", frozenset())


def test_a_situation_that_another_case_shows_does_not_stand_for_its_own() -> None:
    run = Run().tell("1-006", Situation.DECLINED, "C1").tell("1-009", Situation.GAP_ANSWERED, "C2")
    run.record.milestones[MilestoneName.OFFER_DECLINED] = {"C2"}
    assert [str(left) for left in run.missing()] == ["declined (1-006)", "gap-answered (1-009)"]
    run.record.milestones[MilestoneName.OFFER_DECLINED] = {"C1", "C2"}
    assert [str(left) for left in run.missing()] == ["gap-answered (1-009)"]


def test_a_discharge_without_a_case_is_waited_for() -> None:
    run = Run().tell("1-016", Situation.HELD_SETTLED, "")
    (left,) = run.missing()
    assert left.waits_for == {TO_COME}
    run.record.notices[0] = NoticeRow(("hospital", "m1-016"), "C1", "numbered")
    assert run.missing() == []


def test_a_resend_and_a_reused_id_came_about_when_the_second_notice_is_there() -> None:
    run = Run().tell("1-002", Situation.RESENT, "C1").tell("1-003", "", "C2", message="same")
    run.tell("1-004", Situation.ID_REUSED, "", message="same")
    assert [left.situation for left in run.missing()] == [Situation.RESENT, Situation.ID_REUSED]
    run.publish("1-002", "m1-002")
    run.record.notices[2] = NoticeRow(("hospital", "same"), "C3", "numbered")
    assert run.missing() == []
