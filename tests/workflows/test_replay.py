"""Every kept history runs again as it ran; and a story that has lost or swapped a step does not."""

from collections.abc import Sequence
from typing import Any

import pytest
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from handoff.case import clocks as ringing
from handoff.case.messages import Milestone
from handoff.case.state import CaseState
from tests.workflows.record_histories import FOLDER, names, read
from workflows import turns
from workflows.assessment import Assessment
from workflows.closing import Closing
from workflows.consent import Consent
from workflows.discharge_handoff import DischargeHandoff
from workflows.milestone_writer import MilestoneWriter
from workflows.plans import Plans
from workflows.provider_offers import ProviderOffers

SITUATIONS = {
    "two-tellers",
    "resend",
    "id-reused",
    "refused-consent",
    "decline",
    "silence",
    "partial-acceptance",
    "gap-answered",
    "missed-visit",
    "urgent-line",
    "expected-discharge",
    "correction",
    "readmission",
    "cancelled-discharge",
}


async def replayed(name: str) -> Exception | None:
    replayer = Replayer(workflows=[DischargeHandoff], workflow_runner=UnsandboxedWorkflowRunner(), debug_mode=True)
    return (await replayer.replay_workflow(read(name), raise_on_replay_failure=False)).replay_failure


@pytest.mark.parametrize("name", names())
async def test_a_case_runs_again_as_it_ran(name: str) -> None:
    replayer = Replayer(workflows=[DischargeHandoff], debug_mode=True)  # a busy machine is no deadlock
    assert (await replayer.replay_workflow(read(name), raise_on_replay_failure=False)).replay_failure is None


def test_every_situation_has_a_history() -> None:
    assert set(names()) >= SITUATIONS


def test_no_history_tells_of_the_machine_that_ran_it() -> None:
    for path in FOLDER.glob("*.json"):
        said = path.read_text()
        assert "@" not in said, path.name
        assert "/home" not in said
        assert "/tmp" not in said  # noqa: S108 - looked for, not written


# A step taken out of each stage, or two of them swapped: the story that ran is no longer the story that is written.


async def _nothing(*_: object) -> None:
    """A step that is gone."""


async def _unasked(self: Assessment) -> None:
    """Nobody asks the community centre."""
    self.record.begin("assessment")


async def _in_force_unseen(self: Plans) -> None:
    """The plan is never waited for."""
    self.record.begin("services")


async def _visited_first(self: ProviderOffers, line: Any) -> None:
    """A visit is planned before anybody is asked."""
    while not line.over:
        await self.record.milestone("visit_planned", line.visit_cause, line.line)
        await self.record.milestone("offer_made", line.cause, line.line)


async def _closed_unwritten(self: Closing) -> None:
    """A case that ends without a word."""
    self.record.begin("closed")


async def _as_it_comes(self: MilestoneWriter) -> None:
    """Everything is written alone, instead of one moment together."""
    del self


def _unwarned(case: CaseState, now: Any, until: Any = None, **how: Any) -> list[Milestone]:
    """Clocks run out without a warning before."""
    return [entry for entry in ringing.ring(case, now, until, **how) if entry.what != "late"]


def _swapped(self: MilestoneWriter, entries: Sequence[Milestone]) -> None:
    self._pending += reversed(entries)


LOST_STEPS = {
    "assessment: nobody is asked": (Assessment, "requested", _unasked, "first-service"),
    "assessment: consent is not waited for": (Consent, "given", _nothing, "withdrawn-consent"),
    "plan: its approval is not waited for": (Plans, "approved", _in_force_unseen, "first-service"),
    "plan: the deciding body's own version": (Plans, "changes", _nothing, "plan-changed-by-the-conference"),
    "providers: no line is offered": (ProviderOffers, "every_line", _nothing, "decline"),
    "providers: visits before offers": (ProviderOffers, "_life", _visited_first, "decline"),
    "follow-up: nobody reviews": (Closing, "reviewed", _nothing, "reviewed-and-closed"),
    "follow-up: the end is not written": (Closing, "closed", _closed_unwritten, "reviewed-and-closed"),
    "clocks: no warning": (turns, "ring", _unwarned, "silence"),
    "record: one moment torn apart": (MilestoneWriter, "settled", _as_it_comes, "partial-acceptance"),
    "record: two entries swapped": (MilestoneWriter, "note", _swapped, "first-service"),
}


@pytest.mark.parametrize("step", LOST_STEPS)
async def test_a_story_that_lost_or_swapped_a_step_is_not_the_one_that_ran(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, method, changed, history = LOST_STEPS[step]
    assert await replayed(history) is None
    monkeypatch.setattr(stage, method, changed)
    assert await replayed(history) is not None
