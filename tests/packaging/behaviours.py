"""The table of behaviours in docs/architecture.md; `python -m tests.packaging.behaviours` renews it."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from itertools import groupby
from typing import Any

from activities.dispatch import WRITERS
from handoff.case import readmission
from handoff.case.dispatch import EVENTS, EXPIRIES, RESULTS
from tests.packaging.packages import ROOT

PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- behaviours: made by tests/packaging/behaviours.py -->", "<!-- end of behaviours -->"
# Steps of a behaviour that wait stand in its own module of `workflows/`, but for these.
WAITS_IN = {"appointments": "provider_offers", "gaps": "provider_offers", "visits": "provider_offers"}

# Decided where another event is read: a notice while the person is in hospital is the return.
ALSO = {"readmission": [("discharge.notified while readmitted", readmission.resumed)]}


def behaviour(function: Callable[..., Any]) -> str:
    """The behaviour that a function belongs to: the name of its module."""
    return function.__module__.rpartition(".")[2]


def table() -> str:
    """One row for each behaviour, in the order of its name."""
    expired = {f"{limit} runs out": function for limit, function in EXPIRIES.items()}
    learned = {f"result of {milestone}": function for milestone, function in RESULTS.items()}
    decided, recorded = (
        _by_behaviour([EVENTS, *(dict(rows) for rows in ALSO.values()), expired, learned]),
        _by_behaviour([WRITERS]),
    )
    rows = ["| behaviour | decided | recorded | ordered |", "| --- | --- | --- | --- |"]
    for name in sorted({*decided, *recorded} - {"dispatch"}):
        ours = ROOT / "handoff" / "case" / f"{name}.py"
        cells = (
            ": ".join(filter(None, (f"`handoff/case/{name}.py`", _words(decided[name])))) if ours.exists() else "",
            ": ".join(filter(None, (f"`activities/{name}.py`", _words(recorded[name])))),
            _ordered(name),
        )
        rows.append(f"| {name.replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join(rows)


def renewed(page: str) -> str:
    """The page with the table as it is now."""
    return re.sub(f"(?<={re.escape(BEGIN)}\n).*?(?=\n{re.escape(END)})", lambda _: table(), page, flags=re.DOTALL)


def _ordered(name: str) -> str:
    """Where it waits for something, and what follows its milestones in the same moment, each under which verdict."""
    files = [stem for stem in (name, WAITS_IN.get(name, "")) if stem and (ROOT / "workflows" / f"{stem}.py").exists()]
    rows = getattr(import_module(f"workflows.{name}"), "STEPS", {}) if name in files else {}
    follows = [
        f"`{first}` → {'/'.join(verdicts)}: {', then '.join(f'`{step.name}`' for step in steps)}"
        for first, row in rows.items()
        for verdicts, steps in groupby(row, key=lambda step: step.verdicts)
    ]
    places = [f"`workflows/{stem}.py`" for stem in files]
    if follows:
        places[0] += f": {'; '.join(follows)}"
    return ". Later: ".join(places) or "as it comes"


def _by_behaviour(tables: Iterable[Mapping[Any, Callable[..., Any]]]) -> Mapping[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for word, function in (row for each in tables for row in each.items()):
        found[behaviour(function)].append((str(word), function.__name__))
    return found


def _words(rows: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{word} → `{function}`" if word != function else f"`{function}`" for word, function in rows)


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text()))
