"""The architecture's example of a new kind of fact is followed, on a copy of the tree."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.behaviours import PAGE
from tests.packaging.packages import ROOT

FILES = 6
SAYS = (
    "write-minutes coordinator 7 ('the minutes', 'the conference met')"
    " write-minutes coordinator write the minutes of the conference"
)
LIVES = """
from datetime import UTC, datetime
from activities.case_session import CaseSession, MilestoneContext
from activities.dispatch import WRITERS
from events.contract.event_types import EVENT_TYPES
from handoff.case.dispatch import EVENTS, take
from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState
from handoff.profile.load import load
from handoff.store.record.cases import CaseRow
from handoff.store.record.unit_of_work import CaseRows, RowsWanted
from handoff.store.vault import Vault
from handoff.vocabulary.words import EventKind, MilestoneName
from handoff.worklist.next_action import CLOCKS
from handoff.worklist.task_kinds import asks

now = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
assert set(EVENTS) == set(EventKind)
assert set(WRITERS) == set(MilestoneName)
assert EVENT_TYPES["conference.held"].roles == EVENT_TYPES["plan.approved"].roles
[milestone] = take(CaseState("C1"), CaseEvent("conference.held", now, "gm-conference", 3))
empty = {name: None for name in CaseRow.__dataclass_fields__}
case = CaseRow(**{**empty, "case_id": "C1", "profile": "gwangmyeong", "acted": 0, "entries": 0})
context = MilestoneContext(Vault(bytes(32)), load("gwangmyeong"), now)
session = CaseSession(context, case, CaseRows(None, "C1", RowsWanted([], [], [])))
session.turn_to(milestone)
[due] = WRITERS[MilestoneName(milestone.what)](session, milestone).dues
[task] = session.tasks.open().values()
print(due.name, due.owner, (due.due_at - now).days, CLOCKS["write-minutes"], task.kind, task.owner, asks(task.kind))
"""


def test_the_example_touches_six_files_and_the_fact_starts_its_clock_and_opens_its_task(tmp_path: Path) -> None:
    [example] = re.findall(r"```diff\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(re.findall(r"^\+\+\+ ", example, re.MULTILINE)) == FILES
    for package in ("activities", "events", "handoff", "workflows"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=example, text=True, check=True)
    said = subprocess.run([sys.executable, "-c", LIVES], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.stdout.strip() == SAYS, said.stderr


def test_an_example_that_no_longer_fits_the_code_is_found(tmp_path: Path) -> None:
    [example] = re.findall(r"```diff\n(.*?)```", PAGE.read_text(), re.DOTALL)
    shutil.copytree(ROOT / "activities", tmp_path / "activities")
    plans = tmp_path / "activities" / "plans.py"
    plans.write_text(plans.read_text().replace("WRITERS: Mapping", "WRITES: Mapping"))
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=example, text=True, check=True, capture_output=True)
