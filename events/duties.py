"""Tasks that intake and relay give to somebody: what nobody could take, what is missing, what cannot be told."""

from datetime import datetime

from handoff.profile.model import Profile
from handoff.rules.clocks import runs
from handoff.store.intake import tasks


def due_at(now: datetime, profile: Profile) -> datetime:
    """When such a task is due: the profile gives it the time of a held notice."""
    return runs(tasks.HELD_NOTICE, now, profile).due_at or now
