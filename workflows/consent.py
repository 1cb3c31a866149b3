"""Consent: no further institution learns of the person before the person has consented."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.state import CaseState


class Consent:
    """Waits for the person's consent."""

    def __init__(self, case: CaseState) -> None:
        self.case = case

    async def given(self) -> None:
        """Wait until the person is screened and has given consent."""
        await workflow.wait_condition(lambda: self.case.eligibility != "" and self.case.may_disclose)
