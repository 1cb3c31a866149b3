"""What follows the discharge: the deadlines of services, and the checks after it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.vocabulary.outcomes import Verdict
    from handoff.vocabulary.rows import Word
    from handoff.vocabulary.words import MilestoneName

from workflows.step import Step, Steps


def at_home(*after: Word) -> tuple[Step, ...]:
    """The steps once the person is at home, which the record knows: services and checks count from the discharge."""
    return Step(MilestoneName.SERVICE_DATES_SET, after), Step(MilestoneName.CHECKS_PLANNED, after)


STEPS: Steps = {
    MilestoneName.DISCHARGE_CONFIRMED: at_home(Verdict.CONFIRMED),
    MilestoneName.DISCHARGE_CORRECTED: at_home(Verdict.CORRECTED),
    MilestoneName.DISCHARGE_RENEWED: at_home(Verdict.RENEWED),
}
