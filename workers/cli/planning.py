"""What is checked before a plan or a gap's answer is sent: lines, providers, services and lengths of the profile."""

import json
import tomllib
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from handoff.case.plan_draft import PlanError, draft
from handoff.profile.limits import Length
from handoff.profile.model import Profile
from handoff.rules.clocks import span
from workers.cli.order import NotFoundError, UsageError

_NO_FILE = """\
There is no file {file}: somebody writes it first. `handoff plan {case} --draft {file}` writes a draft to complete; \
examples/plan.toml is a whole plan. Each line is a table [[lines]]:
  service    one of {services}
  kind       series, one-off, on-demand or stand-by, as the service is given
  quantity   visits per period; of a one-off: in all
  per, days  of a series: "day", "week" or "month", and its length in days
  urgent, prefers, keeps   where wanted: offered before the decision; a provider; the line before that goes on"""


def lines_of(file: Path, case: str, profile: Profile) -> list[dict[str, Any]]:
    """Read the lines of a case's plan from TOML or JSON.

    Raises:
        UsageError: the file cannot be read.
        NotFoundError: a line is not one of the catalogue; every mistake is named.
    """
    if not file.is_file():
        services = ", ".join(service.code for service in profile.services)
        raise UsageError(_NO_FILE.format(file=file, case=case, services=services))
    try:
        text = file.read_text(encoding="utf-8")
        raw = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read as TOML or JSON: {error}") from error
    try:
        return [asdict(line) for line in draft(raw if isinstance(raw, dict) else {}, profile)]
    except PlanError as error:
        raise NotFoundError(f"{file} is not a plan of {profile.code}; nothing was sent.\n{error}") from error


def waits_until(words: str, now: datetime, profile: Profile) -> datetime:
    """The end of a wait such as `3d`, as the profile counts days.

    Raises:
        UsageError: it is not a length.
    """
    try:
        return now + span(Length.of(words), profile)
    except ValueError as error:
        raise UsageError(f"{words!r} is {error}") from error


def gap_code(word: str, value: str, profile: Profile) -> str:
    """The code of a gap's answer: `provider:P`, `service:S`, `wait` or `give-up:REASON`.

    Raises:
        NotFoundError: the profile knows no such provider or service.
    """
    if word == "provider" and profile.provider(value) is None:
        raise NotFoundError(f"{profile.code} has no provider {value!r}; its profile lists them.")
    if word == "service" and profile.service(value) is None:
        known = ", ".join(service.code for service in profile.services)
        raise NotFoundError(f"{profile.code} has no service {value!r}. It has: {known}.")
    return "wait" if word == "wait" else f"{word}:{value}"
