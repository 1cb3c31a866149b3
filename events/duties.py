"""Tasks that intake and relay open: records that cannot be taken or are missing, letters that cannot be sent."""

from datetime import datetime

from handoff.profile.model import Profile
from handoff.rules.clocks import runs
from handoff.store.intake import tasks


def due_at(now: datetime, profile: Profile) -> datetime:
    """When such a task is due: within the profile's limit for a held notice."""
    return runs(tasks.HELD_NOTICE, now, profile).due_at or now
