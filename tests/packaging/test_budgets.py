"""Files that somebody can read in one sitting."""

import ast
from statistics import median

from tests.packaging.packages import FILES, ROOT

LINES, OF_A_FUNCTION, OF_WORKERS = 300, 50, 6700
MEDIAN, OF_MOST = 10, 30  # lines of a function


def test_no_file_of_the_product_is_longer_than_a_sitting() -> None:
    assert len(FILES) > 200
    assert {str(path): lines for path in FILES if (lines := len(path.read_text().splitlines())) > LINES} == {}


def test_what_starts_and_operates_the_product_stays_the_smaller_part_of_it() -> None:
    assert (
        sum(len(path.read_text().splitlines()) for path in FILES if path.is_relative_to(ROOT / "workers")) < OF_WORKERS
    )


def test_no_function_of_the_product_is_longer_than_a_page_and_most_are_short() -> None:
    functions = [
        (_length(node), f"{path}:{node.name}")
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [name for length, name in functions if length > OF_A_FUNCTION] == []
    lengths = sorted(length for length, _ in functions)
    assert median(lengths) <= MEDIAN
    assert lengths[len(lengths) * 9 // 10] <= OF_MOST


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1
