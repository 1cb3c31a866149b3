"""When a demonstration ends. Its servers are replaced by what they would answer."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from console.cli.order import Answer, Exit
from console.count.situations import NotShown
from handoff.profile.load import load
from handoff.store.queries.notice_cases import NoticeProgress
from simulation.coordinator import Coordinator
from simulation.journal import Journal
from simulation.player import Town
from simulation.scenario import scenario
from workers.demo import play
from workers.demo.play import DemoOptions, DemoRun

ADMISSION = NotShown("1-019", "admitted", frozenset({"C1"}))
OTHERWISE = NotShown("1-019", "admitted", frozenset())  # the case ended otherwise
FOLLOWED_UP = NoticeProgress(ripe=frozenset({"C1"}))


class Rehearsal(DemoRun):
    """A run whose cases are all in follow-up; the looks say one after the other what did not come about so far."""

    looks: Sequence[list[NotShown]] = ([],)
    looked: int = 0

    async def _progress(self, journal: Journal) -> NoticeProgress:
        del journal
        return FOLLOWED_UP

    async def _missing(self, journal: Journal) -> list[NotShown]:
        del journal
        self.looked += 1
        return self.looks[min(self.looked, len(self.looks)) - 1]

    async def until_the_end(self, *looks: list[NotShown]) -> int:
        """Play; returns how often it looked."""
        self.looks = looks
        meant = scenario(1, 1, 1, self.profile)
        coordinator = Coordinator(self._command, Town.of([meant], 8), self.profile, Path())
        await self._played(meant, Journal(Path(), 1), (), coordinator)
        return self.looked

    def told(self, *missing: str) -> Answer:
        """The answer to a sound run in which this did not come about."""
        cases = {"lost": 0, "doubled": 0, "unowned": 0}
        groups: dict[str, Mapping[str, Any]] = {"notices": {}, "services": {}, "situations": {}, "restarts": {}}
        days = {"first_service_days": {"p50": 1, "p90": 1}, "share_within_two_days": 1}
        days |= {"promises_broken": {"first_service": 0, "named_late": 0}}
        return self._told({"run": 1, "seed": 1, "cases": cases, **groups, **days, "missing": list(missing)})


@pytest.fixture
def rehearsal(monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    async def no_tasks(*_: object) -> object:
        return SimpleNamespace(code=0, content=[])

    monkeypatch.setattr(play, "run_command", no_tasks)
    monkeypatch.setattr(play, "LOOK_EVERY", 0.0)
    options = DemoOptions(1, 1, leave=True, summary=None)
    return Rehearsal(cast("Any", None), load("demo"), options, cast("Any", None), Console(file=io.StringIO()))


async def test_a_slow_machine_has_time_until_the_last_promised_situation_came_about(rehearsal: Rehearsal) -> None:
    assert await rehearsal.until_the_end([ADMISSION], [ADMISSION], []) == 3
    assert not rehearsal.out_of_time


async def test_nobody_waits_for_a_situation_that_can_no_longer_come_about(rehearsal: Rehearsal) -> None:
    assert await rehearsal.until_the_end([ADMISSION], [OTHERWISE]) == 2
    assert not rehearsal.out_of_time


async def test_the_wait_has_a_limit(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "AT_MOST", 0.05)
    assert await rehearsal.until_the_end([ADMISSION]) >= 1
    assert rehearsal.out_of_time


def test_what_did_not_come_about_is_named_and_the_run_fails(rehearsal: Rehearsal) -> None:
    assert rehearsal.told().code == Exit.DONE
    answer = rehearsal.told("admitted (1-019)", "died (1-017)")
    assert answer.code == Exit.FAILED
    assert answer.shown == ["Did not come about: admitted (1-019), died (1-017)."]
