"""What Temporal answers, as the teller is told it: it does not answer, or it refuses this one case."""

import asyncio
from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from handoff.milestones import Told
from workflows.client import Handoffs, NotDoneError

pytestmark = pytest.mark.timeout(60)
FACT = Told("plan.approved", datetime(2026, 5, 4, tzinfo=UTC), "gm-conference", 1)


@pytest.mark.parametrize("opened", [True, False])
async def test_a_temporal_that_is_not_there_does_not_answer(*, opened: bool) -> None:
    handoffs = Handoffs(await Client.connect("127.0.0.1:1", lazy=True))
    with pytest.raises(NotDoneError):
        await handoffs.tell("C1", [FACT], opened=opened)


async def test_a_temporal_that_says_nothing_does_not_answer(
    temporal_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.client.TELL_WITHIN", 0.5)
    held, (host, _, port) = asyncio.Event(), temporal_address.rpartition(":")
    talks = True

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while some := await source.read(65536):
            if not talks:
                await held.wait()
            target.write(some)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        await asyncio.wait([asyncio.ensure_future(carry(reader, back)), asyncio.ensure_future(carry(there, writer))])
        back.close()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    where = "{}:{}".format(*server.sockets[0].getsockname())
    handoffs = Handoffs(await Client.connect(where))
    assert await handoffs.tell("C-unknown", [FACT], opened=False) == "closed"
    talks = False
    with pytest.raises(NotDoneError):
        await handoffs.tell("C-unknown", [FACT], opened=False)
    server.close()
    held.set()


@pytest.mark.parametrize("size", [3_000_000, 5_000_000])  # above Temporal's limit; above gRPC's
async def test_a_signal_that_is_too_large_is_the_trouble_of_its_case(temporal_address: str, size: int) -> None:
    handoffs = Handoffs(await Client.connect(temporal_address))
    large = Told("plan.approved", FACT.at, "gm-conference", 2, code="x" * size)
    assert await handoffs.tell(f"C-large-{size}", [FACT], opened=True) == "told"
    with pytest.raises(Exception) as refused:  # noqa: PT011 - whatever it is, it is no outage
        await handoffs.tell(f"C-large-{size}", [large], opened=False)
    assert not isinstance(refused.value, NotDoneError), refused.value
    assert await handoffs.tell(f"C-large-{size}", [FACT], opened=False) == "told"
