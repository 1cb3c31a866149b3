"""How a reader gives up on a record."""

from events.contract.codes import Code
from handoff.fact import Unreadable


class RecordRefusedError(Exception):
    """Nobody can read or use the record. Never leaves the readers: `read` turns it into `Unreadable`.

    Attributes:
        message_id: the sender's own, where the value had to be read for it; "": the headers have it, or nothing has.
    """

    def __init__(self, code: Code, reason: str = "", place: str = "", message_id: str = "") -> None:
        super().__init__(code)
        self.code, self.reason, self.place, self.message_id = code, reason or code.cause, place, message_id

    def told(self, message_id: str = "") -> Unreadable:
        """The refusal as its sender is told it: what is wrong, and what to do."""
        return Unreadable(self.code.value, f"{self.reason} {self.code.cure}", self.place, self.message_id or message_id)
