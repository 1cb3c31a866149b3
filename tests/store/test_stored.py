"""Rows as they are read have the types of their columns: mypy believes the shape, and PostgreSQL fills it."""

from dataclasses import fields
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy.dialects.postgresql import JSONB

from handoff.store.queries.stored import Stored

SHAPES = Stored.__subclasses__()


def columns(shape: type[Stored]) -> list[tuple[str, Any, Any]]:
    """Name, annotation and column of each field."""
    hints = get_type_hints(shape)
    return [(field.name, hints[field.name], shape.table.c[field.name]) for field in fields(shape)]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_field_may_be_none_just_where_its_column_may_be_null(shape: type[Stored]) -> None:
    nullable = {name for name, _, column in columns(shape) if column.nullable}
    assert {name for name, hint, _ in columns(shape) if NoneType in get_args(hint)} == nullable


@pytest.mark.parametrize("shape", SHAPES)
def test_a_field_has_the_type_of_its_column(shape: type[Stored]) -> None:
    for name, hint, column in columns(shape):
        if isinstance(column.type, JSONB):
            continue
        kinds = {each for each in get_args(hint) or (hint,) if each is not NoneType}
        assert kinds == {column.type.python_type}, name


def test_nothing_sealed_is_read_by_people() -> None:
    assert not [name for shape in SHAPES for name, _, _ in columns(shape) if name.endswith("_sealed")]
    assert {datetime} <= {hint for shape in SHAPES for _, hint, _ in columns(shape) if get_origin(hint) is None}
