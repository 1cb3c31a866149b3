"""What a rebuild did, a line for each case."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from console.cli.order import Answer, Exit
from console.cli.output import table
from console.rebuild import RebuiltCase


def rebuilt(done: Sequence[RebuiltCase]) -> Answer:
    """The cases that go on, and those that could not be rebuilt."""
    content = [asdict(case) for case in done]
    if not done:
        return Answer(content, ["Every open case has its workflow: there is nothing to rebuild."])
    rows = [(case.case, case.stage or "-", str(case.earlier_rows), _in_words(case)) for case in done]
    failed = [case.case for case in done if case.error]
    go_on = len(done) - len(failed)
    says: list[Any] = [table(("Case", "Stage", "Earlier rows", "Done"), rows)]
    says += [f"{go_on} {'case was' if go_on == 1 else 'cases were'} rebuilt and {'goes' if go_on == 1 else 'go'} on."]
    if failed:
        says += [f"{len(failed)} not rebuilt, and as before. `handoff rebuild {failed[0]} --as WHO` says why."]
    return Answer(content, says, Exit.FAILED if failed else Exit.DONE)


def _in_words(case: RebuiltCase) -> str:
    if case.error:
        return f"not rebuilt: {case.error}"
    parts = [
        f"{case.told_again} facts are told again" if case.told_again else "",
        f"sent again: {', '.join(case.sent_again)}" if case.sent_again else "",
        f"to be repeated, see `handoff tasks`: {', '.join(case.to_repeat)}" if case.to_repeat else "",
    ]
    return "; ".join(filter(None, parts)) or "goes on"
