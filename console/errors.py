"""Why a service did nothing: each error says in a sentence or two what a person can do next."""


class ConsoleError(Exception):
    """Nothing was done; the text says what to do next."""


class UsageError(ConsoleError):
    """What was asked for cannot be."""


class NotFoundError(ConsoleError):
    """Not found, or refused."""


class TryAgainError(ConsoleError):
    """Not done; nothing is wrong but a part that is away."""


class NotConnectedError(Exception):
    """A part cannot even be looked for: nothing here says where it is, or the key to it is kept elsewhere."""
