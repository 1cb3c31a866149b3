"""Which coverage marks the life of one case meets."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.lives.simulate.marks import Mark, of_milestone
from tests.lives.simulate.resident import Resident
from tests.lives.twin import Twin

CANCELS: Mapping[str, str] = {
    "discharge.notified": "discharge.cancelled",
    "discharge.expected": "discharge.cancelled",
    "admission.occurred": "admission.cancelled",
}


class Met:
    """The marks that one case met so far."""

    def __init__(self, twin: Twin, resident: Resident) -> None:
        self._twin, self._resident = twin, resident
        self.marks: set[Mark] = set()
        self._written = 0
        self._asked = False

    def said(self) -> None:
        """Somebody said something just now."""
        if self._resident.driver.unanswered:
            self.marks.add(Mark.WORDS_MEANWHILE)

    def word(self) -> None:
        """The last fact is a word about where the person is."""
        self.said()
        word, before = self._resident.told[-1], self._resident.told[:-1]
        later = [each["kind"] for each in before if each.get("written", "") > word["written"]]
        if later:
            self.marks.add(Mark.NOT_IN_ORDER)
        if CANCELS.get(word["kind"]) in later:
            self.marks.add(Mark.CANCELLED_FIRST)

    def deadline(self, clock: Mapping[str, Any], seconds: int) -> None:
        """What a clock waits for came just now, so many seconds after it was to run out."""
        [row] = [row for row in self._resident.twin.rows("clocks") if row["name"] == clock["name"]]
        if row["due_at"] != clock["due_at"]:
            return
        if seconds <= 0 and row["ended_at"] is None:
            self.marks.add(Mark.SECOND_BEFORE if seconds else Mark.SAME_MOMENT)
        if seconds > 0 and row["name"] not in self._resident.driver.run.story.case.dues:
            self.marks.add(Mark.SECOND_AFTER)

    def after_step(self) -> list[str]:
        """Note what a step met; returns a line for each milestone that it wrote."""
        rows, told = self._resident.twin.rows("timeline")[self._written :], []
        self._written += len(rows)
        for row in rows:
            if mark := of_milestone(row["what"], row["code"]):
                self.marks.add(mark)
            told.append(f"{row['known_at']:%d %H:%M:%S} {self._resident.case} {row['key']} {row['why']} {row['code']}")
        self.marks |= set(self._of_driver()) | set(self._of_offers())
        return told

    def _of_driver(self) -> Iterator[Mark]:
        driver = self._resident.driver
        if driver.unanswered:
            yield Mark.ANSWER_LOST
        if driver.writing and not driver.unanswered:
            yield Mark.AWAY
        if driver.runs > 1:
            yield Mark.NEXT_RUN
        if driver.forgotten:
            yield Mark.FORGOTTEN
        if driver.again:
            yield Mark.TASK_AGAIN
        if self._resident.late:
            yield Mark.LATE

    def _of_offers(self) -> Iterator[Mark]:
        referrals = self._twin.rows("referrals")
        reserved = {(row["provider"], row["case_id"]) for row in referrals if row["reserved"]}
        if len({provider for provider, _ in reserved}) < len(reserved):
            yield Mark.SHARED
        twin = self._resident.twin
        if any(row["kind"] == "gap" and '"no-capacity"' in row["about"] for row in twin.rows("tasks")):
            yield Mark.PROVIDERS_FULL
        [case] = twin.rows("cases")
        if case["closed_at"] and self._asked:
            yield Mark.CLOSED_WITH_OFFERS
        self._asked = any(row["state"] == "requested" for row in twin.rows("referrals"))
