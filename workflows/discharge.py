"""What follows the discharge: the deadlines of services are set, and the checks are planned."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.vocabulary.outcomes import Verdict
    from handoff.vocabulary.rows import Word
    from handoff.vocabulary.words import MilestoneName

from workflows.step import Step, Steps


def at_home(*after: Word) -> tuple[Step, ...]:
    """The steps after a discharge, under one of these verdicts. The record leaves them out until the person is home."""
    return Step(MilestoneName.SERVICE_DATES_SET, after), Step(MilestoneName.CHECKS_PLANNED, after)


STEPS: Steps = {
    MilestoneName.DISCHARGE_CONFIRMED: at_home(Verdict.CONFIRMED),
    MilestoneName.DISCHARGE_CORRECTED: at_home(Verdict.CORRECTED),
    MilestoneName.DISCHARGE_RENEWED: at_home(Verdict.RENEWED),
}
