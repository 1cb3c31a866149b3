"""A municipality as these tests use it: the whole stack as `handoff up` runs it, its institutions, and the command."""

import asyncio
import contextlib
import itertools
import os
import shlex
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from console.cli.order import Exit
from console.cli.run import Ran
from events.kafka.login import topic_from
from simulation.people import InventedPerson
from simulation.records import RecordEnvelope, Stay, WrittenRecord, event, told_as_json
from tests.cluster.elsewhere import cluster, settle
from tests.journeys.hearing import Heard, Hearing
from tests.patience import PATIENCE
from workers.command import run_command
from workers.connections import LazyConnections
from workers.embedded.status import PartStatus, status

HANDOFF = Path(sys.executable).with_name("handoff")
PROFILE = Path(__file__).with_name("journeys.toml")
PARTS = ("postgres", "kafka", "temporal", "worker", "intake", "relay")
T = TypeVar("T")

_NUMBERS = itertools.count(1)


def somebody(**changes: Any) -> InventedPerson:
    """A person nobody else in this session is."""
    number = next(_NUMBERS)
    told: dict[str, Any] = {
        "name": f"{'김이박최정'[number % 5]}{chr(0xAC00 + 28 * number)}{chr(0xB098 + 28 * number)}",
        "birth_date": date(1944, 5, 1),
        "sex": "F",
        "phone": f"010-4400-{number:04}",
        "address": f"경기도 광명시 철산로 {number}, 101동 {number}호 (철산동)",
        "district": "cheolsan",
        "patient_number": f"J{number:07}",
    }
    return InventedPerson(**{**told, **changes})


def stay(person: InventedPerson, *, consent: bool | None = True, **moments: datetime) -> Stay:
    """A stay of this person's in hospital; without moments it ended now."""
    now = datetime.now(UTC).replace(microsecond=0)
    return Stay(person, f"V-{person.patient_number}", moments or {"discharged_at": now}, consent)


def sent(institution: str, message_id: str) -> RecordEnvelope:
    """Who writes, under which id; now."""
    return RecordEnvelope(institution, message_id, datetime.now(UTC))


@dataclass(frozen=True)
class Came:
    """What came of a `handoff` process."""

    code: int
    out: str
    error: str


@dataclass
class City:
    """One `handoff up` on a folder of its own.

    Attributes:
        folder: the data folder.
        desk: for commands that are run without a process of their own.
    """

    folder: Path
    profile: Path = PROFILE
    desk: LazyConnections = field(init=False)
    _up: Process | None = None
    _producers: dict[str, AIOKafkaProducer] = field(default_factory=dict)
    _hearing: dict[str, Hearing] = field(default_factory=dict)

    # the stack

    async def start(self) -> None:
        """Start everything and wait until it runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if on := cluster():
            await settle(self.folder, on)
        with (self.folder / "up.out").open("ab") as said:
            argv = [str(HANDOFF), "up", "--profile", str(self.profile), "--data", str(self.folder)]
            self._up = await asyncio.create_subprocess_exec(*argv, stdout=said, stderr=said)
        await until(self._all_ready, "everything is ready")
        self.desk = LazyConnections(self.folder)

    async def stop(self) -> None:
        """Let go of everything; `up` is asked to stop, and has to do so in order."""
        for client in (*self._producers.values(), *self._hearing.values()):
            await client.stop()
        await self.desk.close()
        assert self._up
        self._up.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(self._up.wait(), PATIENCE) == 0, self.said()

    def said(self) -> str:
        """Everything that `up` said so far."""
        return (self.folder / "up.out").read_text()

    def part(self, name: str) -> PartStatus:
        """A part as it is now."""
        found = next(each for each in status(self.folder) if each.name == name)
        on = cluster()
        theirs = [each for each in status(on) if each.name == name] if on else []
        return theirs[0] if theirs else found

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a part a signal."""
        pid = self.part(name).pid
        assert pid
        os.kill(pid, number)

    async def kill(self, name: str) -> None:
        """kill -9 of a part; returns when it is back and ready."""
        before = self.part(name).restarts
        self.signal(name, signal.SIGKILL)
        await self.back(name, before + 1)

    async def back(self, name: str, restarts: int) -> None:
        """Wait until a part has been started again so often, and is ready."""
        await until(lambda: self.part(name).restarts >= restarts, f"{name} is started again")
        await until(lambda: self.part(name).ready, f"{name} is ready again")
        if name == "postgres":
            await self.desk.engine.dispose()  # its connections are dead

    def _all_ready(self) -> bool:
        assert self._up
        assert self._up.returncode is None, self.said()
        parts = {each.name: each.ready for each in status(self.folder)}
        return set(parts) == set(PARTS) and all(parts.values())

    # the command

    async def ran(self, line: str) -> Ran:
        """Run a command line as it is listed, without a process of its own."""
        return await run_command(self.desk, shlex.split(line))

    async def does(self, line: str) -> Any:
        """Run a command line that has to succeed, again while it says to try again; its answer."""

        async def tried() -> Ran | None:
            ran = await self.ran(line)
            return ran if ran.code != Exit.NOT_DONE else None

        ran = await until(tried, line)
        assert ran.code == 0, (line, ran)
        return ran.content

    async def command(self, *words: str, folder: Path | None = None) -> Came:
        """Run `handoff` as a process, as people do; always on this city's folder."""
        env = {**os.environ, "HANDOFF_DATA": str(folder or self.folder), "COLUMNS": "200"}
        process = await asyncio.create_subprocess_exec(str(HANDOFF), *words, stdout=PIPE, stderr=PIPE, env=env)
        out, error = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode is not None
        return Came(process.returncode, out.decode(), error.decode())

    async def show(self, case: str) -> dict[str, Any]:
        """The case as `show --json` has it."""
        shown: dict[str, Any] = await self.does(f"handoff show {case} --json")
        return shown

    async def at_stage(self, case: str, *stages: str) -> dict[str, Any]:
        """Wait until a case has come to one of these stages."""

        async def there() -> dict[str, Any] | None:
            shown = await self.show(case)
            return shown if shown["stage"] in stages else None

        return await until(there, f"{case} at {stages}")

    async def tasks(self, case: str | None = None) -> list[dict[str, Any]]:
        """What waits for a person: of one case, or all there is."""
        listed: list[dict[str, Any]] = await self.does("handoff tasks --json" + (f" --case {case}" if case else ""))
        return listed

    async def task(self, kind: str, case: str | None = None) -> dict[str, Any]:
        """Wait for a task of this kind."""

        async def there() -> dict[str, Any] | None:
            return next((each for each in await self.tasks(case) if each["kind"] == kind), None)

        return await until(there, f"a task {kind} of {case}")

    # the institutions

    async def publish(self, sender: str, *records: WrittenRecord) -> None:
        """Send records as an institution, with its own login."""
        producer = await self._producer(sender)
        for each in records:
            await producer.send_and_wait(topic_from(sender), each.value, headers=list(each.headers))

    async def says(self, institution: str, kind: str, subject: str = "", **data: Any) -> str:
        """Let an institution say something of ours, or answer it; the event's id."""
        message_id = f"{institution}-{next(_NUMBERS)}"
        said = event(sent(institution, message_id), kind, {"subject": subject, **data})
        await self.publish(institution, said)
        return message_id

    async def notifies(self, sender: str, told: Stay, kind: str = "discharge.notified") -> str:
        """Let somebody tell of a discharge, in JSON; the event's id."""
        message_id = f"{sender}-{next(_NUMBERS)}"
        await self.publish(sender, told_as_json(sent(sender, message_id), kind, told))
        return message_id

    async def hears(
        self, institution: str, kind: str, about: str = "", *, where: Mapping[str, Any] | None = None
    ) -> Heard:
        """Wait until an institution is told something; `about`: the case, or the id in `subject`."""

        def fits(heard: Heard) -> bool:
            said = (where or {}).items()
            return heard.kind == kind and heard.about(about) and all(heard.data.get(name) == is_ for name, is_ in said)

        async def there() -> Heard | None:
            return next((each for each in await self.heard(institution) if fits(each)), None)

        return await until(there, f"{institution} hears {kind} {about} {where or ''}")

    async def heard(self, institution: str) -> Sequence[Heard]:
        """Everything an institution was told so far, with its own login."""
        if institution not in self._hearing:
            self._hearing[institution] = Hearing(self.desk, institution)
        return await self._hearing[institution].so_far()

    async def acknowledged(self, sender: str, message_id: str) -> Heard:
        """Wait until a notice is acknowledged."""
        return await self.hears(sender, "notice.acknowledged", where={"message_id": message_id})

    async def opened(self, told: Stay | None = None, sender: str = "gm-hospital") -> str:
        """A case that a hospital's notice has opened and its workflow has taken up."""
        heard = await self.acknowledged(sender, await self.notifies(sender, told or stay(somebody())))
        assert heard.data["status"] == "opened", heard
        case = str(heard.data["case_id"])
        await until(lambda: self._begun(case), f"{case} begins")
        return case

    async def _begun(self, case: str) -> bool:
        return any(each["what"] == "case screened" for each in (await self.show(case))["timeline"])

    async def _producer(self, sender: str) -> AIOKafkaProducer:
        if sender not in self._producers:
            login = self.desk.login(sender).aiokafka(self.desk.endpoints.kafka_bootstrap)
            self._producers[sender] = AIOKafkaProducer(**login, acks="all", max_request_size=2_000_000)
            await self._producers[sender].start()
        return self._producers[sender]


@contextlib.asynccontextmanager
async def running(folder: Path, profile: Path = PROFILE) -> AsyncIterator[City]:
    """A city that is started, and stopped whatever comes."""
    city = City(folder, profile)
    await city.start()
    try:
        yield city
    finally:
        await city.stop()


async def until(ask: Callable[[], T | Awaitable[T | None] | None], what: str, every: float = 0.5) -> T:
    """Ask again and again until the answer is true, and give it; what is away meanwhile is asked again."""
    end = monotonic() + PATIENCE
    while True:
        with contextlib.suppress(KafkaError, OSError):
            answer: Any = ask()
            answer = await answer if isinstance(answer, Awaitable) else answer
            if answer:
                return answer  # type: ignore[no-any-return]
        assert monotonic() < end, f"not within {PATIENCE:.0f} s: {what}"
        await asyncio.sleep(every)
