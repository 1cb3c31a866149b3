"""Parts that somebody else runs: waited for, looked at, never started and never stopped."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.patience import PATIENCE
from workers.data_folder.endpoints import LOOPBACK, Endpoints
from workers.embedded.external import Elsewhere, ExternalSupervisor, outside
from workers.embedded.managed_process import answers
from workers.embedded.ports import Ports
from workers.embedded.status import note, status

ENDPOINTS = Endpoints(
    Path(), "postgresql+asyncpg://ours@127.0.0.1:1/handoff", "127.0.0.1:2", "http://ours", "127.0.0.1:3"
)


async def listening(port: int) -> asyncio.Server:
    return await asyncio.start_server(lambda _, writer: writer.close(), LOOPBACK, port)


async def test_a_part_that_somebody_else_starts_is_waited_for(tmp_path: Path) -> None:
    port, said = Ports(tmp_path / "ports.json").of("worker"), list[str]()
    worker = ExternalSupervisor(outside("worker", Path(), lambda: answers(port), port), said.append, patience=0)

    starting = asyncio.create_task(worker.start())
    await _until(lambda: said != [])
    assert said == ["waiting for worker, which is not started here"]
    assert not starting.done()

    async with await listening(port):
        await asyncio.wait_for(starting, PATIENCE)
        assert worker.ready
        note(tmp_path, [worker])
        assert [(part.name, part.pid, part.ready) for part in status(tmp_path)] == [("worker", None, True)]

        await worker.stop()
        assert await answers(port)


async def test_that_it_went_and_came_back_is_said_and_ends_nothing(tmp_path: Path) -> None:
    port, said = Ports(tmp_path / "ports.json").of("relay"), list[str]()
    relay = ExternalSupervisor(outside("relay", Path(), lambda: answers(port), port), said.append)
    async with await listening(port):
        await relay.start()
    kept = asyncio.create_task(relay.died_for_good())

    await relay.look()
    assert not relay.ready
    async with await listening(port):
        await relay.look()
        assert relay.ready

    assert said == ["relay is ready", "relay does not answer; it is not started here", "relay is back"]
    assert not kept.done()
    kept.cancel()


def test_servers_of_somebody_elses_stand_instead_of_the_embedded_ones() -> None:
    there = Elsewhere("postgresql+asyncpg://handoff:secret@store:6432/handoff", "frontend:7233")

    endpoints = there.instead_of(ENDPOINTS)
    assert (endpoints.temporal_address, endpoints.temporal_ui) == ("frontend:7233", None)
    assert endpoints.postgres_url == there.postgres_url
    assert endpoints.kafka_bootstrap == ENDPOINTS.kafka_bootstrap
    assert {name: part.port for name, part in there.servers().items()} == {"postgres": 6432, "temporal": 7233}
    assert "secret" not in repr(there)


def test_with_nothing_elsewhere_everything_is_embedded() -> None:
    assert Elsewhere().instead_of(ENDPOINTS) == ENDPOINTS
    assert Elsewhere().servers() == {}


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
