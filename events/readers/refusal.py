"""The exception with which readers refuse a record."""

from events.contract.codes import Code
from handoff.fact import Unreadable


class RecordRefusedError(Exception):
    """The record cannot be read or used. `read` turns it into `Unreadable`, so that it never leaves the readers.

    Attributes:
        message_id: the sender's id, if it was in the value; "": it is in the headers, or missing.
        kept: whether the record is parked.
    """

    kept = True

    def __init__(self, code: Code, reason: str = "", place: str = "", message_id: str = "") -> None:
        super().__init__(code)
        self.code, self.reason, self.place, self.message_id = code, reason or code.cause, place, message_id

    def told(self, message_id: str = "") -> Unreadable:
        """The refusal in words for the sender: what is wrong, and what to do."""
        text = f"{self.reason} {self.code.cure}"
        return Unreadable(self.code.value, text, self.place, self.message_id or message_id, self.kept)
