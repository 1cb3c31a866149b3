"""The beginning of a workflow whose state is made of the record, since Temporal has lost the one before."""

from handoff.case.answers_again import answers_again
from handoff.case.rebuilt import rebuilt
from handoff.case.record_rows import RowsOfCase
from workflows.discharge_handoff import ANSWERS
from workflows.messages import Begin, Done


def begin_from(rows: RowsOfCase, cause: str) -> Begin:
    """What the workflow of a case begins with. `cause`: key of the rebuild."""
    answered = {
        name: Done(
            [what for what, _ in own], [result.verdict for _, result in own], [result.subject for _, result in own]
        )
        for name, own in list(answers_again(rows).items())[-ANSWERS:]
    }
    return Begin(
        rows.case.case,
        rebuilt(rows, cause),
        one_by_one=True,
        actions_first=True,
        answered=answered,
        rebuilt_after=len(rows.timeline),
    )
