"""A behaviour has one name: what decides it, what records it and what orders it stand in modules of that name."""

import ast
from collections import defaultdict
from importlib import import_module

import pytest

from activities.dispatch import WRITERS
from handoff.case.dispatch import EVENTS, EXPIRIES, RESULTS
from tests.packaging.behaviours import PAGE, WAITS_IN, behaviour, renewed, table
from tests.packaging.packages import FILES, ROOT
from workflows.steps import STEPS

TWICE = {
    "Consent": "the stage of the story, and the vocabulary of its states",
}
SHARED = {"release"}  # what several behaviours do to lines and offers


def modules(folder: str) -> set[str]:
    return {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}


def test_the_table_of_behaviours_in_the_architecture_is_the_one_of_the_code() -> None:
    page = PAGE.read_text()
    assert table() in page, "run `python -m tests.packaging.behaviours`"
    assert renewed(page) == page


@pytest.mark.parametrize("name", sorted({behaviour(each) for each in (*EVENTS.values(), *EXPIRIES.values())}))
def test_what_is_decided_under_a_name_is_recorded_under_it(name: str) -> None:
    assert name in modules("handoff/case")
    assert name in modules("activities")


def test_a_row_stands_in_the_module_of_its_behaviour() -> None:
    """The result of a milestone is applied by the behaviour that records it, or by what several share."""
    recorded = {word: behaviour(function) for word, function in WRITERS.items()}
    elsewhere = {
        str(word): behaviour(function)
        for word, function in RESULTS.items()
        if behaviour(function) not in (recorded[word], *SHARED)
    }
    assert elsewhere == {}


def test_steps_that_wait_stand_in_a_module_that_is_there() -> None:
    assert set(WAITS_IN.values()) <= modules("workflows")
    assert set(WAITS_IN) <= modules("activities")


def test_steps_stand_in_the_module_of_the_behaviour_whose_milestone_they_follow() -> None:
    elsewhere = {
        str(first): module
        for module in sorted(modules("workflows") - {"steps", "discharge_handoff"})
        for first in getattr(import_module(f"workflows.{module}"), "STEPS", {})
        if module != behaviour(WRITERS[first])
    }
    assert elsewhere == {}


def test_a_step_follows_no_step_and_is_written_for_nothing_else() -> None:
    """So a moment's order is read in one row; whatever follows further waits for the result."""
    steps = {step.name for rows in STEPS.values() for step in rows}
    assert steps.isdisjoint(STEPS)
    assert steps.isdisjoint(
        node.attr
        for path in FILES
        if path.parent.name in ("case", "workflows")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in ("milestone", "milestone_for")
        for node in ast.walk(call)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "MilestoneName"
    )


def test_no_class_of_the_product_bears_the_name_of_another() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in FILES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name: where for name, where in found.items() if len(where) > 1 and name not in TWICE} == {}
    assert {name for name in TWICE if len(found[name]) < 2} == set()


# Where one behaviour calls another's function: everything else is handed over by the story, in order.
WRITES_FOR = {
    ("corrections", "assessment"): "after another score the same follows as after the right one",
    ("corrections", "checks"): "after another result the same follows as after the right one",
    ("corrections", "service_dates"): "an answer that was an acceptance after all starts its clock",
    ("corrections", "visits"): "support begins with a visit that took place after all",
    (
        "assessment",
        "screening",
    ): "the survey is screened at once: its verdict is the route, or the eligibility",
}
SERVES_ALL = {
    "case_clocks",
    "case_session",
    "first_visits",
    "giving_back",
    "informing",
    "logs",
    "lookup_news",
    "outgoing",
    "promise",
    "ranking",
    "rejections",
    "release",
    "retraction",
    "rhythm_changes",
    "running_services",
    "service_ends",
    "splitting",
    "standstill",
}


def test_no_behaviour_writes_for_another() -> None:
    calls = {
        (path.stem, node.module.split(".")[1])
        for path in (ROOT / "activities").glob("*.py")
        if path.stem not in {"case_record", "dispatch", *SERVES_ALL}
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("activities.")
    }
    assert {(who, whose) for who, whose in calls if whose not in SERVES_ALL} == set(WRITES_FOR)
