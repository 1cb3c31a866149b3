"""What every step of intake may look at: one for each transaction."""

from dataclasses import dataclass
from datetime import datetime

from handoff.profile.model import Profile
from handoff.store.vault import Vault


@dataclass(frozen=True)
class IntakeContext:
    """The same for all records of a transaction.

    Attributes:
        profile: the municipality's, as it is now.
        now: when we got the records, aware.
        build: this build's id, noted on records that it fails to take.
        resolved_by: the person who decided what becomes of a held notice; "": nobody did.
    """

    vault: Vault
    profile: Profile
    now: datetime
    build: str = ""
    resolved_by: str = ""
