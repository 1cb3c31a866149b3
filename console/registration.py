"""An institution to be registered."""

from dataclasses import dataclass


class AlreadyRegisteredError(Exception):
    """The code is taken. A code is never used again, because topics, user and facts contain it."""


@dataclass(frozen=True)
class Entry:
    """Code, name, role and channel, as in a profile."""

    code: str
    name: str
    role: str
    channel: str = "topic"
