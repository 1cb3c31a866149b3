"""The log of a case's story: bound to the case, and silent while its history is replayed."""

from typing import Any

import structlog
from temporalio import workflow

_LOG = structlog.get_logger("story")


class StoryLog:
    """Writes lines about one case: ids and codes only."""

    def __init__(self, case: str) -> None:
        self._log = _LOG.bind(case=case)

    def info(self, event: str, **said: Any) -> None:
        """Log what the story does."""
        if not workflow.unsafe.is_replaying():
            self._log.info(event, **said)

    def error(self, event: str, **said: Any) -> None:
        """Log what a person has to mend."""
        if not workflow.unsafe.is_replaying():
            self._log.error(event, **said)
