"""What every step of a transaction of intake may use."""

from dataclasses import dataclass
from datetime import datetime

from handoff.profile.model import Profile
from handoff.store.vault import Vault


@dataclass(frozen=True)
class IntakeContext:
    """The same for all records of a transaction.

    Attributes:
        profile: the municipality's current profile.
        now: when we received the records, aware.
        build: this build's id, noted on records that it fails to take.
        resolved_by: the person who decided about a held notice; "": no person decided.
    """

    vault: Vault
    profile: Profile
    now: datetime
    build: str = ""
    resolved_by: str = ""
