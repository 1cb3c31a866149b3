"""The coordinator: works from `handoff tasks`, acts through commands, and calls people by phone."""

import asyncio
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from handoff.profile.model import Profile
from handoff.repeat import every
from handoff.subjects import line_of
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.states import LineKind, Role
from simulation.first_visits import AskedOffer, Habit, at_home, first_visit, habit
from simulation.people import plain_phone
from simulation.player import Town
from simulation.providers import answer_to, part_of
from simulation.scenario import HELP_ONCE, Line, Meant
from simulation.situations import ProviderAnswer, Situation

LOOK_EVERY = 0.5  # seconds
AT_ONCE = 4  # calls at a time
PATIENCE = 6  # tries before a task is given up
DONE, REFUSED = 0, (2, 3)  # exit codes of commands; the others mean: try again
# Situations in which the hospital sends a notice of another discharge.
RETURNS = (Situation.READMITTED, Situation.EXPECTED_DISCHARGE)
Task = Mapping[str, Any]


class Commands(Protocol):
    """The `handoff` command, in this process."""

    async def __call__(self, argv: Sequence[str]) -> tuple[int, Any]:
        """Run a command line (without the word `handoff`); returns its exit code and its parsed `--json` output."""
        ...


@dataclass
class Coordinator:
    """All staff of the municipality who answer tasks; each command runs `--as` the owner of its task.

    Attributes:
        run: runs a command.
        papers: folder for plan files.
        stuck: kinds of the tasks that were given up, by task id.
    """

    run: Commands
    town: Town
    profile: Profile
    papers: Path
    stuck: dict[str, str] = field(default_factory=dict)
    _tries: dict[str, int] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _people: dict[str, Meant | None] = field(default_factory=dict)
    _plans: dict[str, int] = field(default_factory=dict)

    async def work(self) -> None:
        """Answer open tasks until cancelled."""
        calls = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as desk:

            async def begin_answers() -> None:
                for task in await self._waiting():
                    self._busy.add(task["task"])
                    desk.create_task(self._answer(task, calls), name=f"answer {task['task']}")

            await every(LOOK_EVERY, begin_answers)

    async def _waiting(self) -> list[Task]:
        code, listed = await self.run(["tasks", "--json"])
        tasks = listed if code == DONE and isinstance(listed, list) else []
        return [
            task
            for task in tasks
            if not task.get("rests") and task["task"] not in self._busy and task["task"] not in self.stuck
        ]

    async def _answer(self, task: Task, calls: asyncio.Semaphore) -> None:
        async with calls:
            meant = await self._whom(task["case"])
            argv = await self._choice(task, meant)
            code = await self._do(task, argv) if argv else DONE
        # Look again later at a task that waits for an answer; a task just answered may still be listed.
        await asyncio.sleep(LOOK_EVERY * (2 if code == DONE else 1 + self._tries.get(task["task"], 0)))
        self._busy.discard(task["task"])

    async def _do(self, task: Task, argv: list[str]) -> int:
        code, _ = await self.run(argv)
        if code == DONE and "--file" in argv:  # a plan
            self._plans[task["case"]] = self._plans.get(task["case"], 0) + 1
        if code in REFUSED:
            tries = self._tries[task["task"]] = self._tries.get(task["task"], 0) + 1
            if tries >= PATIENCE:
                self.stuck[task["task"]] = task["kind"]
        return code

    async def _whom(self, case: str | None) -> Meant | None:
        """The simulated discharge of a case, by the phone number in the identity; None: not simulated."""
        if not case:
            return None
        if case not in self._people:
            look = ["show", case, "--identity", "--as", Role.COORDINATOR, "--why", "phone-call", "--json"]
            code, shown = await self.run(look)
            if code != DONE:
                return None
            identity = shown.get("identity") or {}
            self._people[case] = self.town.phones.get(plain_phone(str(identity.get("phone", ""))))
        return self._people[case]

    async def _choice(self, task: Task, meant: Meant | None) -> list[str] | None:
        """The command that answers a task as the people involved decide; None: their answer is still awaited."""
        kind, course = task["kind"], meant.course if meant else None
        if kind in (TaskKind.READMISSION_REVIEW, TaskKind.CONFIRM_DISCHARGE) and meant and self._will_be_told(meant):
            return None
        if kind == TaskKind.CONSENT and course and not course.consents:
            return _with(task, "--refuse")
        if kind in (TaskKind.DRAFT_PLAN, TaskKind.PLAN_ESCALATED):
            return self._plan(task, meant)
        if kind == TaskKind.ANSWER:
            return await self._called(task, meant)
        if kind == TaskKind.GAP:
            return await self._gap(task)
        return self._usual(task)

    def _will_be_told(self, meant: Meant) -> bool:
        """Whether the hospital will send a notice itself; only in the current run."""
        return meant in self.town.scenario.meant and meant.course.situation in RETURNS

    def _usual(self, task: Task) -> list[str]:
        """The usual command; after refusals the other ones in turn."""
        options = _options(task)
        if task["kind"] in (TaskKind.LATE_FIRST_VISIT, TaskKind.FIRST_SERVICE_LATE):  # no provider comes earlier
            return _with(task, "settle")
        if task["kind"] == TaskKind.CANCELLED_DISCHARGE:  # no simulated hospital sends a new date
            options = options[::-1]
        return _argv(options[self._tries.get(task["task"], 0) // 2 % len(options)])

    def _plan(self, task: Task, meant: Meant | None) -> list[str]:
        version = self._plans.get(task["case"], 0) + 1
        path = self.papers / f"plan-{task['case']}-{version}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_toml(meant.plan(version) if meant else (HELP_ONCE,)), encoding="utf-8")
        argv = _with(task, "plan ")
        argv[argv.index("--file") + 1] = str(path)
        return argv

    async def _called(self, task: Task, meant: Meant | None) -> list[str] | None:
        """The answer of a provider without a topic, by phone."""
        offer = _argv(task["do"])[1]
        line = await self._line(task["case"], offer)
        asked = AskedOffer(meant, str(line.get("service", "")))
        match answer_to(offer, asked):
            case ProviderAnswer.SILENT:
                return None
            case ProviderAnswer.DECLINED:
                return _with(task, "--decline")
            case ProviderAnswer.PARTLY_ACCEPTED:
                argv = _with(task, "--partly")
                argv[argv.index("--partly") + 1] = str(part_of(int(line.get("quantity") or 1)))
                return argv
        accepts = _with(task, "--accept")
        if habit(offer, asked) == Habit.ONLY_WHEN_ASKED or line.get("kind") not in (LineKind.SERIES, LineKind.ONE_OFF):
            return accepts
        moment = first_visit(offer, asked, await self._at_home(task["case"]), self.town)
        return [*accepts, "--first-visit", moment.isoformat()]

    async def _at_home(self, case: str) -> datetime:
        """When the person is at home, as `show` has it."""
        _, shown = await self.run(["show", case, "--json"])
        return at_home(shown if isinstance(shown, dict) else {}, datetime.now(UTC))

    async def _gap(self, task: Task) -> list[str]:
        """Offer the line once more to the first suitable provider, which accepts; if refused, give the line up."""
        if any("--provider" in option for option in _options(task)):
            return _with(task, "--provider")
        argv = _argv(task["do"])
        line = await self._line(task["case"], argv[1])
        provider = self._provider_of(str(line.get("service", "")))
        if not provider or self._tries.get(task["task"]):
            return _with(task, "--give-up")
        return [*argv[:2], "--provider", provider, "--as", _who(argv)]

    def _provider_of(self, code: str) -> str:
        service = self.profile.service(code)
        able = [
            provider.code
            for provider in self.profile.providers
            if service and service.category in provider.categories and service.licence in ("", *provider.licences)
        ]
        return able[0] if able else ""

    async def _line(self, case: str, subject: str) -> Mapping[str, Any]:
        """The plan line of an offer id or line id, as `show` has it."""
        _, shown = await self.run(["show", case, "--json"])
        lines = shown.get("lines", []) if isinstance(shown, Mapping) else []
        name = line_of(subject)
        return next((line for line in lines if line.get("line") == name), {})


def _options(task: Task) -> list[str]:
    return [task["do"], *(task.get("or") or [])]


def _with(task: Task, words: str) -> list[str]:
    """The first command that contains these words, else the usual command."""
    return _argv(next((option for option in _options(task) if words in option), task["do"]))


def _argv(command: str) -> list[str]:
    return shlex.split(command.removeprefix("handoff "))


def _who(argv: Sequence[str]) -> str:
    return argv[argv.index("--as") + 1] if "--as" in argv else Role.COORDINATOR


def _toml(lines: Sequence[Line]) -> str:
    """A plan as TOML. JSON strings, numbers and booleans are valid TOML."""
    tables = ("\n".join(f"{key} = {json.dumps(value)}" for key, value in line.items()) for line in lines)
    return "\n\n".join(f"[[lines]]\n{table}" for table in tables) + "\n"
