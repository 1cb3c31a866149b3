"""Sentences that are understood at once, and names that say what they stand for."""

from pathlib import Path

import pytest

from tests.packaging import prose
from tests.packaging.packages import FILES, ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def faults(path: Path) -> list[str]:
    """What is wrong with a file, a line each."""
    name = path.relative_to(ROOT)
    if path.suffix == ".md":
        return [f"{name}: {fault}" for text in prose.of_page(path) for fault in prose.habits(text)]
    return [
        *(f"{name}: {fault}" for text in prose.of_code(path) for fault in prose.habits(text)),
        *(f"{name}:{fault}" for fault in prose.names(path)),
    ]


def test_no_sentence_has_a_habit_that_makes_it_hard_to_read_and_no_name_hides_its_thing() -> None:
    assert [fault for path in (*FILES, *PAGES) for fault in faults(path)] == []


@pytest.mark.parametrize("habit", prose.HABITS, ids=lambda habit: habit.bad)
def test_each_habit_is_seen_in_its_example_and_not_in_plain_english(habit: prose.Habit) -> None:
    assert habit.found_in(habit.bad)
    assert prose.habits(habit.good) == []


def test_prose_is_read_from_docstrings_comments_texts_and_pages_but_not_from_code_on_pages(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text(
        '"""Whoever\nasks."""\n\n# started\n# anew\nlimit = 3  # a turn\n'
        'raise ValueError(f"{limit} is nothing to end")\n'
    )
    assert list(prose.of_code(code)) == ["started anew", "a turn", "Whoever asks.", "{} is nothing to end"]
    page = tmp_path / "page.md"
    page.write_text("# A page\n\nOne\nparagraph.\n\n```\nanew\n```\n\n| a | row |\n| anew | too |\n")
    assert [text for text in prose.of_page(page) if text] == [
        "# A page",
        "One paragraph.",
        "| a | row |",
        "| anew | too |",
    ]


def test_local_names_are_read_wherever_they_are_bound_but_fields_are_not(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text(
        "class Answer:\n    known: bool\n    said = ''\n\n\ndef f(told):\n    for each in told:\n        pass\n"
        "    return [wanted for wanted in told]\n"
    )
    assert sorted(prose.names(code)) == ["6: told", "7: each", "9: wanted"]
