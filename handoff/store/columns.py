"""Shared by all tables: naming of keys and checks, and the usual kinds of column."""

from sqlalchemy import Column, DateTime, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def at(name: str, *, required: bool = False) -> "Column[object]":
    """A column for a moment, with time zone."""
    return Column(name, DateTime(timezone=True), nullable=not required)


def code(name: str, *, required: bool = True) -> "Column[str]":
    """A column for an id or code: never personal data."""
    return Column(name, String, nullable=False, server_default=None if required else "")
