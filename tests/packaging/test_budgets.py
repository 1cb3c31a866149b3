"""Files that somebody can read in one sitting."""

import ast

from tests.packaging.packages import FILES, ROOT

LINES, OF_A_FUNCTION, OF_WORKERS = 300, 50, 6500


def test_no_file_of_the_product_is_longer_than_a_sitting() -> None:
    assert len(FILES) > 200
    assert {str(path): lines for path in FILES if (lines := len(path.read_text().splitlines())) > LINES} == {}


def test_what_starts_and_operates_the_product_stays_the_smaller_part_of_it() -> None:
    assert (
        sum(len(path.read_text().splitlines()) for path in FILES if path.is_relative_to(ROOT / "workers")) < OF_WORKERS
    )


def test_no_function_of_the_product_is_longer_than_a_page() -> None:
    functions = [
        (path, node)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [f"{path}:{each.name}" for path, each in functions if _length(each) > OF_A_FUNCTION] == []


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1
