"""Plans as files: read for submission, and written as a first draft."""

import json
import tomllib
from pathlib import Path

from console.cli.order import Answer
from console.connections import Connections
from console.drafting import draft_plan
from console.errors import NotFoundError, UsageError
from console.planning import plan_lines
from handoff.case.plan_draft import PlanError
from handoff.profile.model import Profile
from handoff.vocabulary.services import SafetyNeed

_NO_FILE = """\
There is no file {file}. `handoff plan {case} --draft {file}` writes a draft to complete. \
examples/plan.toml is a complete plan. Each line is a table [[lines]]:
  service    one of {services}
  kind       series, one-off, on-demand or stand-by, as the service is given
  quantity   visits per period; for a one-off: visits in all
  per, days  for a series: "day", "week" or "month", and the length of the series in days
  starts_on, weekdays      optional: the first day; for a series per "week" a weekday for each visit: ["mon", "thu"]
  urgent, prefers, keeps   optional: offer before the decision; a preferred provider; the earlier line that goes on
  safety     optional list of what a visitor has to know: {safety}"""


def lines_of(file: Path, case: str, profile: Profile) -> list[dict[str, object]]:
    """Read the lines of a case's plan from TOML or JSON.

    Raises:
        UsageError: the file cannot be read.
        NotFoundError: a line does not match the catalogue. The text names every mistake.
    """
    if not file.is_file():
        services = ", ".join(service.code for service in profile.services)
        raise UsageError(_NO_FILE.format(file=file, case=case, services=services, safety=", ".join(SafetyNeed)))
    try:
        text = file.read_text(encoding="utf-8")
        raw = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read as TOML or JSON: {error}") from error
    try:
        return plan_lines(raw if isinstance(raw, dict) else {}, profile)
    except PlanError as error:
        raise NotFoundError(f"{file} is not a plan of {profile.code}. Nothing was sent.\n{error}") from error


async def write_draft(connections: Connections, case: str, file: Path) -> Answer:
    """Write a draft that a person completes and sends. An existing file is not overwritten.

    Raises:
        NotFoundError: there is no such case, or the file exists.
    """
    send = connections.to_type(f"handoff plan {case} --file {file} --as WHO")
    text = await draft_plan(connections, case, send)
    try:
        with file.open("x", encoding="utf-8") as written:
            written.write(text)
    except FileExistsError:
        raise NotFoundError(f"{file} exists already and was not changed. To send it: {send}") from None
    return Answer({"file": str(file)}, [f"{file} is a draft: complete it, then {send}"])
