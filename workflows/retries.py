"""Time-outs and retries: the only place that knows them."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy


class Attempts(TypedDict):
    """How long an activity may take, and how it is tried again."""

    schedule_to_close_timeout: timedelta | None
    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


# A local activity holds the workflow task: past this it goes on as an ordinary one.
AT_ONCE = Attempts(
    schedule_to_close_timeout=timedelta(seconds=3),
    start_to_close_timeout=timedelta(seconds=2),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=3),
)

# What must be written, however long PostgreSQL is away.
UNTIL_DONE = Attempts(
    schedule_to_close_timeout=None,
    start_to_close_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=15)),
)
