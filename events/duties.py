"""Tasks that intake and relay give to somebody: what nobody could take, what is missing, what cannot be told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handoff.profile.model import Profile
from handoff.rules.clocks import runs
from handoff.store.intake import tasks
from handoff.store.intake.tasks import Task


def duty(kind: str, owner: str, task_id: str, profile: Profile, now: datetime, **more: Any) -> Task:
    """A task that has the profile's time of a held notice; `task_id` is made of what happened: it is opened once."""
    about: Mapping[str, Any] = more.pop("about", {})
    due_at = runs(tasks.HELD_NOTICE, now, profile).due_at or now
    return Task(task_id, kind, owner, now, due_at, about=about, **more)
