"""No circle: among the files and folders of each folder, imports run one way, those inside functions too.

A folder counts as one thing beside its siblings: what is in it may import a file next to it, or be imported by one, and
never both. Two files that import each other, however far around, are a circle of this kind somewhere.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from tests.packaging.packages import FILES, ROOT

Graph = Mapping[str, set[str]]
# Imports that do not count, each with its reason.
EXCEPTIONS = {
    ("handoff.profile.checks", "handoff.profile.model"): "a type only, for mypy",
}
_NOT_OF_A_SERVICE = (
    "console.cli",
    "pydantic_settings",
    "rich",
    "sqlalchemy.delete",
    "sqlalchemy.insert",
    "sqlalchemy.select",
    "sqlalchemy.text",
    "sqlalchemy.update",
    "typer",
)
MODULES = {
    path.relative_to(ROOT).with_suffix("").as_posix().removesuffix("/__init__").replace("/", "."): path
    for path in FILES
}


def test_no_file_and_no_folder_is_imported_by_what_it_imports() -> None:
    assert len(MODULES) > 200
    circles = {parent or "the packages": circle for parent, graph in _siblings().items() if (circle := _circle(graph))}
    assert circles == {}


def test_every_exception_is_still_one() -> None:
    assert {pair for pair in EXCEPTIONS if pair[1] not in _imported(pair[0])} == set()


def test_a_service_of_the_console_knows_no_terminal_no_settings_and_writes_no_sql() -> None:
    found = [(module, name) for module in _services() for name in _names(module) if name.startswith(_NOT_OF_A_SERVICE)]
    assert found == []
    printing = [
        module
        for module in _services()
        for node in ast.walk(ast.parse(MODULES[module].read_text()))
        if isinstance(node, ast.Name) and node.id in ("print", "sys")
    ]
    assert printing == []


def test_a_circle_would_be_found() -> None:
    assert _circle({"a": {"b"}, "b": {"c"}}) == []
    assert set(_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


def _services() -> list[str]:
    services = [module for module in MODULES if module.startswith("console.") and not module.startswith("console.cli")]
    assert len(services) > 10
    return services


def _siblings() -> Mapping[str, Graph]:
    """Of each folder: which of its files and folders imports which other."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for module in MODULES:
        for other in _imported(module):
            if (module, other) not in EXCEPTIONS:
                parent, ours, theirs = _apart(module, other)
                found[parent][ours].add(theirs)
    return found


def _apart(module: str, other: str) -> tuple[str, str, str]:
    """The folder that both are in, and where below it their ways part."""
    ours, theirs = module.split("."), other.split(".")
    shared = next(
        (place for place, (one, two) in enumerate(zip(ours, theirs, strict=False)) if one != two),
        min(len(ours), len(theirs)),
    )
    names = [".".join(each[: shared + 1]) + ("" if shared < len(each) else ".__init__") for each in (ours, theirs)]
    return ".".join(ours[:shared]), names[0], names[1]


def _imported(module: str) -> set[str]:
    return {ours for name in _names(module) if (ours := _ours(name)) and ours != module}


def _names(module: str) -> Iterator[str]:
    """All that it imports, by dotted names."""
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} imports by a relative name"
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _ours(name: str) -> str:
    """The module of ours that a dotted name is, or is defined in; "" if it is somebody else's."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def _circle(graph: Graph) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        return list(circle.args[1])
    return []
