import asyncio
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from handoff.case.plan_draft import draft
from handoff.profile.model import Profile
from simulation.coordinator import Coordinator
from simulation.first_visits import AskedOffer, Habit, habit
from simulation.player import Town
from simulation.scenario import Meant, scenario

ALIKE = {"owner": "coordinator", "due_at": "", "overdue": False}


class Desk:
    """Tasks in memory: the first is off the list once a command was run; `quiet` when `stay` are left."""

    stay = 0

    def __init__(self, *tasks: dict[str, Any], phone: str = "", lines: Sequence[dict[str, Any]] = ()) -> None:
        self.tasks = list(tasks)
        self.phone, self.lines = phone, lines
        self.ran: list[str] = []
        self.refuses: Callable[[str], bool] = lambda _: False
        self.quiet = asyncio.Event()

    async def __call__(self, argv: Sequence[str]) -> tuple[int, Any]:
        if argv[0] == "tasks":
            if len(self.tasks) <= self.stay:
                self.quiet.set()
            return 0, list(self.tasks)
        if argv[0] == "show":
            return 0, {"identity": {"phone": self.phone}, "lines": self.lines}
        self.ran.append(" ".join(argv))
        if self.refuses(self.ran[-1]):
            return 3, None
        self.tasks.pop(0)
        return 0, {}


def task(kind: str, *commands: str) -> dict[str, Any]:
    first, *others = [f"handoff {command} --as coordinator" for command in commands]
    return {"task": f"T-{kind}", "case": "C1", "kind": kind, "do": first, "or": others, **ALIKE}


@pytest.fixture
def town(demo: Profile) -> Town:
    return Town.of([scenario(1, 1, 20, demo)], 0.1)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulation.coordinator.LOOK_EVERY", 0.01)


def meant(town: Town, situation: str) -> Meant:
    return next(each for each in town.scenario.meant if each.course.situation == situation)


async def worked(desk: Desk, town: Town, demo: Profile, papers: Path) -> list[str]:
    coordinator = Coordinator(desk, town, demo, papers)
    working = asyncio.create_task(coordinator.work())
    async with asyncio.timeout(5):
        await desk.quiet.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    return desk.ran


async def test_a_cancelled_discharge_without_a_new_date_is_closed(town: Town, demo: Profile, tmp_path: Path) -> None:
    ends = "close C1 --outcome discharge-cancelled"
    desk = Desk(task("cancelled-discharge", "discharge C1 --at 2026-12-01T10:00+09:00", ends))
    assert await worked(desk, town, demo, tmp_path) == [f"{ends} --as coordinator"]


async def test_somebody_who_refuses_is_asked_and_heard(town: Town, demo: Profile, tmp_path: Path) -> None:
    who = meant(town, "consent-refused")
    desk = Desk(task("consent", "consent C1 --give", "consent C1 --refuse"), phone=who.person.phone)
    assert await worked(desk, town, demo, tmp_path) == ["consent C1 --refuse --as coordinator"]


async def test_somebody_the_town_does_not_know_consents(town: Town, demo: Profile, tmp_path: Path) -> None:
    desk = Desk(task("consent", "consent C1 --give", "consent C1 --refuse"), phone="010-0000-0000")
    assert await worked(desk, town, demo, tmp_path) == ["consent C1 --give --as coordinator"]


async def test_a_plan_is_written_that_the_municipality_takes(town: Town, demo: Profile, tmp_path: Path) -> None:
    who = meant(town, "urgent-line")
    desk = Desk(task("draft-plan", "plan C1 --file plan.toml"), phone=who.person.phone)
    (command,) = await worked(desk, town, demo, tmp_path)
    written = Path(command.split()[3])
    lines = draft(_read(written), demo)
    assert [line.urgent for line in lines] == [True, False]


async def test_a_clinic_without_a_topic_is_called(town: Town, demo: Profile, tmp_path: Path) -> None:
    lines = [{"line": "C1.1", "service": "home-visit-korean-medicine", "quantity": 1}]
    answers = ("answer C1.1.O1 --accept", "answer C1.1.O1 --partly 1", "answer C1.1.O1 --decline no-capacity")
    desk = Desk(task("answer", *answers), lines=lines)
    assert await worked(desk, town, demo, tmp_path) == ["answer C1.1.O1 --accept --as coordinator"]


@pytest.mark.parametrize("kind", ["late-first-visit", "first-service-late"])
async def test_no_provider_comes_earlier_because_the_coordinator_calls(
    town: Town, demo: Profile, tmp_path: Path, kind: str
) -> None:
    desk = Desk(task(kind, "visit C1.1.V1 --move now", "answer C1.1.O1 --withdraw", "settle T1 --done"))
    assert await worked(desk, town, demo, tmp_path) == ["settle T1 --done --as coordinator"]


async def test_a_clinic_that_is_called_names_its_first_visit(town: Town, demo: Profile, tmp_path: Path) -> None:
    service = next(code for code in map(str, range(99)) if habit("C1.1.O1", AskedOffer(None, code)) == Habit.SOON)
    lines = [{"line": "C1.1", "service": service, "kind": "one-off", "quantity": 1}]
    desk = Desk(task("answer", "answer C1.1.O1 --accept"), lines=lines)
    [command] = await worked(desk, town, demo, tmp_path)
    assert command.startswith("answer C1.1.O1 --accept --as coordinator --first-visit ")


async def test_a_gap_is_answered_by_a_provider_that_could_do_it(town: Town, demo: Profile, tmp_path: Path) -> None:
    lines = [{"line": "C1.2", "service": "temporary-protection", "quantity": 1}]
    desk = Desk(task("gap", "gap C1.2 --wait 3d", "gap C1.2 --give-up no-provider"), lines=lines)
    assert await worked(desk, town, demo, tmp_path) == ["gap C1.2 --provider gm-protection-01 --as coordinator"]


async def test_what_is_refused_is_answered_in_another_way(town: Town, demo: Profile, tmp_path: Path) -> None:
    desk = Desk(task("review-end", "close C1 --reason 3", "plan C1 --file plan.toml"))
    desk.refuses = lambda command: command.startswith("close")
    ran = await worked(desk, town, demo, tmp_path)
    assert [command.split()[0] for command in ran] == ["close", "close", "plan"]


async def test_a_hospital_that_will_tell_is_not_forestalled(town: Town, demo: Profile, tmp_path: Path) -> None:
    who = meant(town, "readmitted")
    waits = task("readmission-review", "close C1 --reason 2")
    desk = Desk(task("contact", "contact C1 --made"), waits, phone=who.person.phone)
    desk.stay = 1
    assert await worked(desk, town, demo, tmp_path) == ["contact C1 --made --as coordinator"]


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())
