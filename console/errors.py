"""Errors of services. The text of each says in a sentence or two what a person can do next."""


class ConsoleError(Exception):
    """Nothing was done; the text says what to do next."""


class UsageError(ConsoleError):
    """The request makes no sense or is incomplete."""


class NotFoundError(ConsoleError):
    """Not found, or refused."""


class TryAgainError(ConsoleError):
    """Not done, because a part of the stack is away."""


class NotConnectedError(Exception):
    """The address or the key of a part is not known here."""
