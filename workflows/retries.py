"""The time-outs and retries of all activities."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy


class Attempts(TypedDict):
    """The options of an activity: how long it may take, and how it is tried again."""

    schedule_to_close_timeout: timedelta | None
    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


# For a local activity, which blocks the workflow task. If it fails, an ordinary activity writes the same.
AT_ONCE = Attempts(
    schedule_to_close_timeout=timedelta(seconds=3),
    start_to_close_timeout=timedelta(seconds=2),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=3),
)

# For an ordinary activity, which is tried again for as long as PostgreSQL is away.
UNTIL_DONE = Attempts(
    schedule_to_close_timeout=None,
    start_to_close_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=15)),
)
