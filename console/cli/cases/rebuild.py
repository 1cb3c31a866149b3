"""What a rebuild did, a line for each case."""

from collections.abc import Sequence
from dataclasses import asdict

from console.cli.order import Answer
from console.cli.output import table
from console.rebuild import RebuiltCase


def rebuilt(done: Sequence[RebuiltCase]) -> Answer:
    """The cases that go on."""
    content = [asdict(case) for case in done]
    if not done:
        return Answer(content, ["Every open case has its workflow: there is nothing to rebuild."])
    rows = [(case.case, case.stage or "-", str(case.earlier_rows), _in_words(case)) for case in done]
    says = "It goes on." if len(done) == 1 else f"{len(done)} cases were rebuilt and go on."
    return Answer(content, [table(("Case", "Stage", "Earlier rows", "Done"), rows), says])


def _in_words(case: RebuiltCase) -> str:
    parts = [
        f"{case.told_again} facts are told again" if case.told_again else "",
        f"sent again: {', '.join(case.sent_again)}" if case.sent_again else "",
        f"to be repeated, see `handoff tasks`: {', '.join(case.to_repeat)}" if case.to_repeat else "",
    ]
    return "; ".join(filter(None, parts)) or "goes on"
