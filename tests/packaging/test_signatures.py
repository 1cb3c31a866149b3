"""From the store to the screen everything has a type: mypy follows a column to the place where it is shown."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = ("handoff/store/queries", "console")
ALLOWED = {
    "console/cli/actions/doing.py:acted": "hands its options on to `Action`",
    "console/count/meant.py:meant_run": "lines of the simulation's journal: JSON",
    "console/count/meant.py:_publication": "the same",
    "console/history.py:_first": "payloads of Temporal: JSON",
    "console/history.py:_json": "the same",
}


def untyped(place: str) -> Iterator[str]:
    """Functions with a row of SQLAlchemy or with `Any` in their signature, as `file:name`."""
    for path in sorted((ROOT / place).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and names(node) & {"Any", "Row"}:
                yield f"{path.relative_to(ROOT)}:{node.name}"


def names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Every name in its annotations, also in those that are written as text."""
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    annotations = [each.annotation for each in arguments if each and each.annotation]
    return {name for each in [*annotations, *([function.returns] if function.returns else [])] for name in named(each)}


def named(annotation: ast.expr) -> Iterator[str]:
    """Every name in an annotation; what Typer is told besides is none."""
    if isinstance(annotation, ast.Subscript) and getattr(annotation.value, "id", "") == "Annotated":
        assert isinstance(annotation.slice, ast.Tuple)
        annotation = annotation.slice.elts[0]
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from named(ast.parse(node.value, mode="eval").body)
        elif isinstance(node, ast.Name | ast.Attribute):
            yield node.id if isinstance(node, ast.Name) else node.attr


def test_no_signature_from_the_store_to_the_screen_has_an_untyped_row() -> None:
    assert {each for place in PLACES for each in untyped(place)} == set(ALLOWED)


@pytest.mark.parametrize(
    "signature",
    [
        "def f(row: Row[Any]) -> str: ...",
        "def f() -> Sequence[Row[int]]: ...",
        "def f(row: Any) -> str: ...",
        "def f(row: sqlalchemy.Row[int]) -> str: ...",
        "def f(row: Annotated['Row[int]', Argument(help='Which one.')]) -> str: ...",
        "async def f(conn: int, *rows: 'list[Any]') -> str: ...",
    ],
)
def test_an_untyped_row_is_seen_wherever_it_stands(signature: str) -> None:
    function = ast.parse(signature).body[0]
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    assert names(function) & {"Any", "Row"}
