"""Words that are stored or sent stand in one table each, and the code speaks of them by name."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import handoff.vocabulary
from activities.dispatch import WRITERS
from events.contract.event_types import EVENT_TYPES
from events.contract.words import LaterKind, WeekKind
from handoff.case import dispatch
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import LetterKind
from handoff.vocabulary.rows import Word
from handoff.vocabulary.words import EventKind, MilestoneName, PersonKind
from handoff.worklist import task_kinds

ROOT = Path(__file__).parents[2]
PACKAGES = ("activities", "console", "events", "handoff", "simulation", "workers", "workflows")
TABLES = (
    "events/contract/codes.py",
    "events/contract/words.py",
    "handoff/store/migrations",  # words as they were stored then
    "handoff/vocabulary",
    "simulation/situations.py",
)

# Words that also name fields, columns or keys of codes. As such they may stand; as words of a vocabulary they may not:
# where they are compared, assigned to an attribute, given by keyword, or passed for a parameter of a vocabulary.
FIELD_NAMES = {
    "acted": "column of `cases`",
    "closing": "column of `cases`",
    "closed": "key of the demonstration's count",
    "assessment": "field of a letter and of a task",
    "check": "field of a task",
    "consent": "column of `cases`",
    "delivered": "key of the demonstration's count, and of `show`",
    "dropped": "key of a profile's TOML",
    "eligibility": "column of `cases`, field of a letter and of a task",
    "eligible": "line of `show`, and its word for people",
    "given": "field of a notice's consent",
    "held": "label of a metric, and line of the demonstration",
    "ignored": "key of a profile's TOML",
    "kept": "key of `prove` and of a parked record",
    "lost": "key of the demonstration's count",
    "opened": "key of the demonstration's count",
    "overdue": "field of a task",
    "parked": "table, and what a sealed column is sealed for",
    "planned": "key of `show`",
    "provider": "column, field of a task, role of an institution",
    "refused": "key of `parked retry`",
    "service": "column, field of a letter and of a plan's line",
    "services": "key of a profile's TOML",
    "settled": "field of a letter, and part of its key",
    "silent": "label of a metric",
    "waiting": "key of the demonstration's count",
}
EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("console/cli/tasks/commands.py", "parked"): "name of a group of commands",
    ("console/institutions/register.py", "provider"): "role of an institution: a Literal, which mypy checks",
    ("console/cli/weeks/listed.py", "confirmed"): "key of `confirm`",
    ("console/weeks.py", "missed"): "field of `visits.confirmed`",
    ("events/intake/weekly.py", "missed"): "field of `visits.confirmed`",
    ("events/contract/event_types.py", "check"): "what a subject names: a Literal, which mypy checks",
    ("events/contract/incoming.py", "one-off"): "value of a field that is a Literal, which mypy checks",
    ("events/contract/incoming.py", "other"): "value of fields that are Literals, which mypy checks",
    ("events/readers/fields.py", "consent.given"): "place in a notice: the field `given` of its consent",
    ("handoff/case/readmission.py", "cancelled"): "code of an admission, as the sender's event says it",
    ("handoff/store/intake/cases.py", "changed"): "field of an episode",
    ("handoff/rules/matching.py", "suspended"): "why a provider cannot be asked",
    ("handoff/case/consent.py", "type-not-yet-handled"): "code of a refusal, one of the contract's",
    ("workers/data_folder/institutions.py", "provider"): "role of an institution: a Literal, which mypy checks",
    ("workers/embedded/temporal.py", "normal"): "setting of SQLite",
}


def vocabularies() -> list[type[Word]]:
    import_module("events.contract.words")
    for module in iter_modules(handoff.vocabulary.__path__):
        import_module(f"handoff.vocabulary.{module.name}")
    return Word.__subclasses__()


WORDS = {str(word) for vocabulary in vocabularies() for word in vocabulary}
LIMITS = {str(limit) for limit in LimitName}
NAMES = {vocabulary.__name__ for vocabulary in vocabularies()}


@dataclass(frozen=True)
class Module:
    """One file as the rule sees it."""

    tree: ast.Module
    typed: Mapping[str, frozenset[int]]  # functions and records with parameters of a vocabulary, and which ones

    def offences(self) -> Iterator[tuple[int, str]]:
        free = {id(each) for node in ast.walk(self.tree) for each in _free(node)}
        strict = {id(each) for node in ast.walk(self.tree) for each in _spoken(node, self.typed)}
        for node in ast.walk(self.tree):
            word = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
            if not isinstance(word, str) or id(node) in free:
                continue
            limit, colon, _ = word.partition(":")
            if (word in WORDS or (colon and limit in LIMITS)) and (word not in FIELD_NAMES or id(node) in strict):
                yield node.lineno, word


def _free(node: ast.AST) -> list[ast.AST]:
    """What stands in `Literal[...]`, which mypy checks, docstrings, and what a line of the log is called."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal":
        return list(ast.walk(node.slice))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _name(node.func.value) == "_LOG":
        return list(node.args)
    return [node.value] if isinstance(node, ast.Expr) else []


def _spoken(node: ast.AST, typed: Mapping[str, frozenset[int]]) -> list[ast.AST]:
    """What is compared, assigned to an attribute, given by keyword, or passed for a parameter of a vocabulary."""
    values: list[ast.AST] = []
    if isinstance(node, ast.Compare):
        values = [node.left, *node.comparators]
    elif isinstance(node, ast.Assign) and any(isinstance(each, ast.Attribute) for each in node.targets):
        values = [node.value]
    elif isinstance(node, ast.Call):
        wanted = typed.get(_name(node.func), frozenset())
        values = [each.value for each in node.keywords]
        values += [each for place, each in enumerate(node.args) if {place, -1} & wanted]
    return [leaf for value in values for leaf in _leaves(value)]


def _leaves(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return [leaf for each in node.elts for leaf in _leaves(each)]
    return _leaves(node.body) + _leaves(node.orelse) if isinstance(node, ast.IfExp) else [node]


def _name(function: ast.AST) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _typed(trees: list[ast.Module]) -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for node in (each for tree in trees for each in ast.walk(tree)):
        if isinstance(node, ast.ClassDef):
            fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
            found[node.name] = frozenset(place for place, each in enumerate(fields) if _names_one(each.annotation))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            named = [each for each in node.args.args if each.arg != "self"]
            places = {place for place, each in enumerate(named) if _of_vocabulary(each)}
            places |= {-1} if node.args.vararg and _of_vocabulary(node.args.vararg) else set()
            found[node.name] = found.get(node.name, frozenset()) | places
    return found


def _of_vocabulary(argument: ast.arg) -> bool:
    return argument.annotation is not None and _names_one(argument.annotation)


def _names_one(annotation: ast.expr) -> bool:
    return bool(NAMES & {getattr(each, "id", "") for each in ast.walk(annotation)})


def read() -> dict[str, Module]:
    files = {str(path.relative_to(ROOT)): path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))}
    trees = {name: ast.parse(path.read_text()) for name, path in files.items() if not name.startswith(TABLES)}
    typed = _typed(list(trees.values()))
    return {name: Module(tree, typed) for name, tree in trees.items()}


FILES = read()


def test_no_word_of_a_vocabulary_stands_outside_its_table() -> None:
    found = [(name, line, word) for name, module in FILES.items() for line, word in module.offences()]
    assert [f"{name}:{line}: {word}" for name, line, word in found if (name, word) not in EXCEPTIONS] == []
    assert len(EXCEPTIONS) <= 20
    assert {(name, word) for name, _, word in found} == set(EXCEPTIONS), "an exception that nothing needs"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ('line.state == "offered"', ["offered"]),
        ('visit.state in ("scheduled", "missed")', ["scheduled", "missed"]),
        ('line.state = "gap"', ["gap"]),
        ('TURNS = {"answer": turn}', ["answer"]),
        ('EVENTS = {"referral.accepted": accepted}', ["referral.accepted"]),
        ('milestone_for(event, "offer_made")', ["offer_made"]),
        ('session.result("gone")', ["gone"]),
        ('session.start("plan")', ["plan"]),
        ('session.stop(f"answer:{offer}", "contact-attempt:guide")', ["answer:", "contact-attempt:guide"]),
        ('session.ask("check", due)', ["check"]),
        ('session.answered("safety-check", "check")', ["safety-check", "check"]),
        ('task.kind == "check"', ["check"]),
        ('Taken("held", case_id)', ["held"]),
        ('CaseState(stage="consent")', ["consent"]),
        ('session.ask(kind, due, about={"check": name})', []),
        ('task.about["check"], task.about.get("provider")', []),
        ('_LOG.error("refused", reason="gone")', ["gone"]),
        ('State = Literal["planned", "offered"]', []),
        ('"""planned"""', []),
    ],
)
def test_a_literal_that_is_put_in_is_found(code: str, words: list[str]) -> None:
    module = Module(ast.parse(code), next(iter(FILES.values())).typed)
    assert sorted(word for _, word in module.offences()) == sorted(words)


def test_every_event_has_a_transition_and_every_milestone_a_function() -> None:
    assert set(dispatch.EVENTS) == set(EventKind)
    assert set(WRITERS) == set(MilestoneName)
    assert {type(word) for word in dispatch.EVENTS} == {EventKind}
    assert {type(word) for word in (*WRITERS, *dispatch.RESULTS)} == {MilestoneName}
    assert {type(word) for word in dispatch.EXPIRIES} == {LimitName}


def test_events_and_letters_are_those_of_the_contract() -> None:
    said = [each for each in EVENT_TYPES.values() if each.direction == "from"]
    assert {each.kind for each in said if each.starts} == {kind for kind in EventKind if kind.opens}
    assert {each.kind for each in said if each.handled} <= {*EventKind, *WeekKind, *PersonKind}
    assert {each.kind for each in said if not each.handled} == set(LaterKind)
    assert {kind for kind, each in EVENT_TYPES.items() if each.direction == "to"} == set(LetterKind)
    assert {type(kind) for kind in EVENT_TYPES} == {EventKind, PersonKind, LaterKind, WeekKind, LetterKind}


def test_every_task_has_its_commands_and_every_limit_of_a_case_its_words() -> None:
    assert {kind for kind in TaskKind if not kind.row.answers} == set(task_kinds.DEPENDING)
    silent = {limit for limit in LimitName if not (limit.row.what and limit.row.why)}
    assert silent == {LimitName.ACKNOWLEDGE, LimitName.EARLY_FACT, LimitName.HELD_NOTICE, LimitName.CONFIRM_WEEK}


def test_no_two_words_of_a_vocabulary_are_stored_alike() -> None:
    assert {each.__name__: len(each) for each in vocabularies()} == {
        each.__name__: len({str(word) for word in each}) for each in vocabularies()
    }
    assert {each.__name__ for each in vocabularies() if len(each.__members__) != len(each)} == set()
