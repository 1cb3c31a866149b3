"""An institution to be registered."""

from dataclasses import dataclass


class AlreadyRegisteredError(Exception):
    """The code is taken: a code names one institution for ever, since topics, user and facts carry it."""


@dataclass(frozen=True)
class Entry:
    """Code, name, role and channel, as a profile has them."""

    code: str
    name: str
    role: str
    channel: str = "topic"
