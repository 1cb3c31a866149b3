"""What was refused or came too late does not stand in the timeline as if it had happened."""

from datetime import timedelta
from typing import Any

import pytest

from console.act import NOT_TAKEN
from console.no_effect import NO_EFFECT, UNCORRECTED, taken
from console.reasons import because, what_and_why
from handoff.case.corrections import MAY_BE
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import EventKind
from tests.console.office import Office, shown
from tests.console.test_reasons import Row
from tests.workflows.story import accepted, drafted, served
from tests.workflows.town import INSURER, MEALS, Town

# With these verdicts it happened as the row says, or the row has its own words for what happened instead.
HAPPENED = {
    *(Verdict.NOTED, Verdict.SUBMITTED, Verdict.APPROVED, Verdict.REVISE, Verdict.ESCALATED, Verdict.OFFERED),
    *(Verdict.GAP, Verdict.ACCEPTED, Verdict.DECLINED, Verdict.SILENT, Verdict.CHANGED, Verdict.PLANNED),
    *(Verdict.TO_BE_NAMED, Verdict.NAMED, Verdict.MOVED, Verdict.OVER, Verdict.COMPLETED, Verdict.FAILED),
    *(Verdict.MISSED, Verdict.UNREPORTED, Verdict.DUE, Verdict.CONFIRMED, Verdict.CORRECTED, Verdict.CANCELLED),
    *(Verdict.RENEWED, Verdict.SUSPENDED, Verdict.EXPIRED, Verdict.RESUMED, Verdict.NEVER_ADMITTED),
    *(Verdict.DOUBTED, Verdict.SETTLED, Verdict.CLOSED),
}


def test_every_verdict_either_changes_nothing_or_happened() -> None:
    assert set(NO_EFFECT) | HAPPENED == set(Verdict)
    assert set(NO_EFFECT) & HAPPENED == set()
    assert set(NOT_TAKEN) <= set(NO_EFFECT)


MOMENT_ONLY = {EventKind.CONSENT_GIVEN, EventKind.CONSENT_WITHDRAWN}


def test_every_correction_that_can_come_too_late_says_why() -> None:
    """Consent has only another moment, which nothing prevents."""
    assert set(UNCORRECTED) == {kind for kinds in MAY_BE.values() for kind in kinds} - MOMENT_ONLY


@pytest.mark.parametrize("verdict", sorted(set(NO_EFFECT) - {Verdict.SET_ASIDE}))
def test_a_row_that_changed_nothing_says_so_and_why(verdict: str) -> None:
    for name in ("visit_completed", "overdue", "plan_approved", "offer_made"):
        row: Any = Row(name, "visit.completed#9", subject="C1.1.V1", outcome={"verdict": verdict})
        words = what_and_why(row, because(row))
        assert words.startswith("without effect: "), words
        assert words.endswith(f"; {NO_EFFECT[verdict]}"), words
        assert not taken(row)


@pytest.mark.parametrize(
    ("name", "verdict", "words"),
    [
        ("offer_made", "offered", "offer made (C1.1)"),
        ("offer_made", "gap", "no provider is left for an offer (C1.1)"),
        ("visit_planned", "planned", "visit planned (C1.1)"),
        ("visit_planned", "over", "no further visit is planned (C1.1)"),
        ("visit_planned", "to-be-named", "the first visit is asked for (C1.1)"),
        ("visit_moved", "moved", "visit moved (C1.1)"),
        ("visit_moved", "named", "the first visit was named (C1.1)"),
        ("visit_moved", "noted", "the visit is planned for this moment already (C1.1)"),
        ("offer_partly_accepted", "declined", "offer declined (C1.1)"),
    ],
)
def test_a_verdict_says_what_became_of_it(name: str, verdict: str, words: str) -> None:
    row: Any = Row(name, subject="C1.1", outcome={"verdict": verdict})
    assert what_and_why(row, because(row)) == words
    assert taken(row)


async def _last(office: Office, town: Town, milestone: str) -> dict[str, Any]:
    """The last row of the timeline of this milestone."""
    timeline = (await office.answers(f"show {town.case_id} --json"))["timeline"]
    return next(row for row in reversed(timeline) if row["what"].startswith(milestone))


async def test_a_visit_that_is_reported_again_is_not_completed_again(town: Town, office: Office) -> None:
    provider = await served(town)
    first = await _last(office, town, "visit completed")
    assert (first["verdict"], first["taken"]) == ("completed", True)
    await town.tells("visit.completed", provider, f"{town.case_id}.1.V1")
    again = await _last(office, town, "visit completed")
    assert (again["verdict"], again["taken"]) == ("gone", False)
    words = f"without effect: visit completed ({town.case_id}.1.V1)"
    for command in ("show", "history"):
        assert (await shown(office, f"{command} {town.case_id}")).count(words) == 1
    rows = [row for row in await office.answers(f"history {town.case_id} --json") if "visit_completed" in row["what"]]
    assert [(row["verdict"], row["taken"]) for row in rows] == [("completed", True), ("gone", False)]


async def test_a_visit_that_is_named_for_a_moment_that_cannot_be_is_not_moved(town: Town, office: Office) -> None:
    provider = await accepted(town, MEALS)
    await town.tells(
        "visit.proposed", provider, f"{town.case_id}.1.O1", starts_at=(town.now - timedelta(days=1)).isoformat()
    )
    moved = await _last(office, town, "visit moved")
    assert (moved["verdict"], moved["taken"]) == ("impossible", False)
    assert "without effect: visit moved" in await shown(office, f"show {town.case_id}")


async def test_a_correction_that_comes_after_the_plan_says_so_and_stands_as_without_effect(
    town: Town, office: Office
) -> None:
    await town.hospital_tells()
    await town.tells("determination.returned", INSURER, town.case_id, result="eligible")
    await drafted(town)
    ran = await office.runs(f"assess {town.case_id} --result not-eligible --why typing-error --as coordinator")
    assert ran.code == 3
    assert "a plan was submitted since" in ran.error.lower()
    row = await _last(office, town, "corrected")
    assert (row["verdict"], row["taken"]) == ("gone", False)
    words = await shown(office, f"show {town.case_id}", 400)
    assert "without effect: corrected" in words
    assert "; a plan was submitted since" in words
