"""The log of a case's workflow. Every line has the id of the case. Nothing is logged during a replay."""

from typing import Any

import structlog
from temporalio import workflow

_LOG = structlog.get_logger("story")


class StoryLog:
    """Logs what happens in one case: ids and codes only."""

    def __init__(self, case: str) -> None:
        self._log = _LOG.bind(case=case)

    def info(self, event: str, **fields: Any) -> None:
        """Log what the workflow does."""
        if not workflow.unsafe.is_replaying():
            self._log.info(event, **fields)

    def error(self, event: str, **fields: Any) -> None:
        """Log a fault that a person has to mend."""
        if not workflow.unsafe.is_replaying():
            self._log.error(event, **fields)
