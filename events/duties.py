"""Tasks that intake and relay open: records that cannot be taken or are missing, letters that cannot be sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handoff.profile.model import Profile
from handoff.rules.clocks import runs
from handoff.store.intake import tasks
from handoff.store.intake.tasks import Task


def duty(kind: str, owner: str, task_id: str, profile: Profile, now: datetime, **more: Any) -> Task:
    """A task that is due within the profile's limit for a held notice.

    `task_id` is derived from what happened, so that repeats open no second task. `more`: further fields of `Task`.
    """
    about: Mapping[str, Any] = more.pop("about", {})
    due_at = runs(tasks.HELD_NOTICE, now, profile).due_at or now
    return Task(task_id, kind, owner, now, due_at, about=about, **more)
