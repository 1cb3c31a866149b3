"""Keeps the histories of the tests marked `history`: `python -m tests.workflows.record_histories` renews them all."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory

FOLDER = Path(__file__).parent / "histories"
SWITCH = "HANDOFF_RECORD_HISTORIES"


def recording() -> bool:
    return bool(os.environ.get(SWITCH))


def keep(name: str, history: WorkflowHistory) -> None:
    """Write a history down, without what tells of the machine that ran it."""
    kept = {"id": history.workflow_id, "events": _plain(json.loads(history.to_json())["events"])}
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def read(name: str) -> WorkflowHistory:
    kept = json.loads((FOLDER / f"{name}.json").read_text())
    return WorkflowHistory.from_json(kept["id"], {"events": kept["events"]})


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def _plain(part: Any) -> Any:
    """Worker and client are named by process and host: both become `worker`."""
    if isinstance(part, list):
        return [_plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    if part.get("kind") == "TASK_QUEUE_KIND_STICKY":
        return {**part, "name": "sticky"}
    return {name: "worker" if name == "identity" else _plain(value) for name, value in part.items()}


if __name__ == "__main__":
    os.environ[SWITCH] = "yes"
    sys.exit(pytest.main(["tests/workflows", "-m", "history"]))
