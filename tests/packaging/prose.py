"""Habits that make a sentence hard to read, and the prose in which they are looked for."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

END = r"(?=[.,;:)]|$)"
BEGIN = r"(?:^|[.;] )"


@dataclass(frozen=True, slots=True)
class Habit:
    """One habit to avoid.

    Attributes:
        pattern: finds it, whatever the case of the letters.
        reason: why a reader stumbles, and what to write instead.
        bad: a sentence that has the habit.
        good: the same thought without it, in words that look alike where possible.
    """

    pattern: str
    reason: str
    bad: str
    good: str

    def found_in(self, text: str) -> bool:
        """Whether a text has the habit."""
        return re.search(self.pattern, text, re.IGNORECASE) is not None


HABITS = (
    Habit(
        r"\bwhoever\b",
        "does not say who: name the person, the institution or the part",
        "Tell whoever told it.",
        "Notify the sender.",
    ),
    Habit(
        r"\b(nobody|somebody|anybody|everybody)'s( own)?((?= (again|already|now|yet|in|by)\b)|" + END + ")"
        r"|\banother's (already|now|by now)\b",
        "an owner without the thing owned: say what belongs to whom, or which state it is in",
        "A line is nobody's again.",
        "Return the line to `planned`. It is somebody's task. One case's trouble is not another's.",
    ),
    Habit(
        r"(?<!-)\banew\b",
        "bookish: write `again`, `new`, or what starts over",
        "A clock that was started anew.",
        "A clock that was started again.",
    ),
    Habit(
        r"\bso long (after|before|until)\b|\b(up to|of|for|after|within|until|and) so (many|much|long)\b"
        r"(?! (that|as|so)\b)",
        "`so` points at a number that is not there: name the number or the limit",
        "Due so long after the plan. Records up to so many.",
        "Due within the limit after the plan. It took so long that Kafka gave up.",
    ),
    Habit(
        r"(?<!\bthere )\b(is|are|was|were) (nothing|nobody) to\b|\bnothing is to (?!be\b)",
        "a riddle of negations: say what the code does then",
        "A clock that does not run is nothing to end.",
        "Unknown names are ignored. There is nothing to do.",
    ),
    Habit(
        r"\bha(s|ve|d) a turn\b",
        "not the usual term: the event loop runs, a task yields",
        "Whoever else works here has a turn in between.",
        "Yields to the event loop every 50 records.",
    ),
    Habit(
        r"\b(what|who|whom|which) \w+ told (it|them|him|her|us)\b|\bwho told it\b",
        "a riddle of pronouns: name the sender and the message",
        "Give back what somebody told it.",
        "Returns the event as the sender wrote it.",
    ),
    Habit(
        r"\b(has|have|had) told" + END,
        "`tell` without saying what: name what was reported, or use `reported`",
        "The end of the log, as far as the broker has told.",
        "The end of the log that the broker last reported. As it has told us.",
    ),
    Habit(
        r"\bis told of (elsewhere|here|there|by)\b|\btells? of (it|them)\b",
        "not the usual term: something is reported, logged or listed",
        "One that is held is told of elsewhere.",
        "Held partitions are reported by `doctor`. The family was told of the discharge.",
    ),
    Habit(
        r"\bnothing is known (that|which|of)\b",
        "an inversion: begin with what is unknown",
        "Nothing is known that is called 'x'.",
        "Unknown event type 'x'. Nothing is known about the sender.",
    ),
    Habit(
        r", be (it|they)\b",
        "an inversion: write `even if`, or `whether … or`",
        "The group has given out its partitions, be it none of them.",
        "The group has given out its partitions, even if it gave us none. Let them be.",
    ),
    Habit(
        r"(?:^|[.,;:] )nor (is|are|was|were|can|could|does|do|did|will|would|may|has|have)\b",
        "an inversion: begin a sentence with the subject",
        "Nor could it be noted while the rows are locked.",
        "It could not be noted either. The case neither stands still nor has ended.",
    ),
    Habit(
        r"(?<!and )\bso (does|is|are|ends|begins|comes|goes|stands|has) "
        r"(it|he|they|this|that|what|a|an|the|(?-i:[A-Z]\w+))\b",
        "an inversion: begin with the subject",
        "So does what comes behind it.",
        "What follows waits too, and so does its task. If it does so, the offset moves.",
    ),
    Habit(
        BEGIN + r"not before\b",
        "an inversion: write `only after`",
        "Not before it is known whether the record was restored.",
        "Only after the record was compared. This is not before noon.",
    ),
    Habit(
        r"^(?-i:Of) (a|an|what)\b|[.;] of (a|an|what)\b",
        "the object stands before the subject: begin with the subject",
        "Of a record that is too large a digest is kept.",
        "Keeps only a digest of a record that is too large. Of these, two are open.",
    ),
    Habit(
        r"\bas (the )?\w+ (has|have) it\b",
        "an idiom for hearsay: write `as in`, or `in JSON`",
        "The value as JSON has it.",
        "The value in JSON. As soon as the store has its row.",
    ),
    Habit(
        r"\b(it|them|him|her) no more\b",
        "bookish: write `stop` or `no longer`",
        "Mend it no more.",
        "Stop mending it. There are no more.",
    ),
    Habit(
        r"\bwhatever (it|they|that) (is|are|was|were|may be|says?)" + END,
        "does not say what: name the errors or the values",
        "Whatever it is, it is tried again.",
        "Any error is tried again. A date that lies ahead is expected, whatever it is called.",
    ),
    Habit(
        r"[;:] one (that|which|who|whose|without)\b",
        "`one` in place of the noun: begin a sentence with the noun",
        "Stop clocks by name; one that does not run is ignored.",
        "Stop clocks by name. Clocks that do not run are ignored. This is the one that counts.",
    ),
    Habit(
        r"\b(thereof|therein|thereto|whereof|wherein|thence|lest|ere|in the midst of)\b",
        "bookish: use the plain word",
        "The record and the fields thereof.",
        "The record and its fields.",
    ),
)

# Names that say nothing of the thing that they stand for.
NAMES = frozenset({"each", "found", "known", "said", "told", "wanted"})


def habits(text: str) -> list[str]:
    """The reasons of all habits that a text has."""
    return [f"{habit.reason}: {text}" for habit in HABITS if habit.found_in(text)]


def of_code(path: Path) -> Iterator[str]:
    """The prose of a Python file: docstrings, comments, and every text in it, such as `--help`, errors and tasks."""
    source = path.read_text()
    yield from _comments(source)
    inner: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            inner |= {id(value) for value in node.values}
            yield "".join(str(value.value) if isinstance(value, ast.Constant) else "{}" for value in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield from (" ".join(paragraph.split()) for paragraph in node.value.split("\n\n"))


def of_page(path: Path) -> Iterator[str]:
    """The prose of a Markdown file, a paragraph or a table row at a time, without blocks of code."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    for paragraph in re.split(r"\n\n|\n(?=[|#*-]|\d+\. )", text):
        yield " ".join(paragraph.split())


def names(path: Path) -> list[str]:
    """Parameters and local names of a Python file that stand in `NAMES`, with their lines."""
    tree = ast.parse(path.read_text())
    fields = {id(target) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for target in _fields(node)}
    return [
        f"{line}: {name}"
        for node in ast.walk(tree)
        if id(node) not in fields
        for name, line in _bound(node)
        if name in NAMES
    ]


def _comments(source: str) -> Iterator[str]:
    lines: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if lines and (token.start[0] > last + 1 or token.line.strip() != token.string):
            yield " ".join(lines)
            lines = []
        lines.append(token.string.lstrip("# "))
        last = token.start[0]
    yield " ".join(lines)


def _fields(node: ast.ClassDef) -> Iterator[ast.expr]:
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign):
            yield statement.target
        elif isinstance(statement, ast.Assign):
            yield from statement.targets


def _bound(node: ast.AST) -> Iterator[tuple[str, int]]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name, node.lineno
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, node.lineno
        case _:
            pass
