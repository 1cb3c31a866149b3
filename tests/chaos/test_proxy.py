"""The proxy itself does what chaos says that it does."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from tests.proxy import FaultProxy

pytestmark = pytest.mark.timeout(20)


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    """A proxy before a server that says everything twice."""

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(1000):
            writer.write(said + said)
        writer.close()

    async with await asyncio.start_server(twice, "127.0.0.1", 0) as server:
        found = FaultProxy(("127.0.0.1", server.sockets[0].getsockname()[1]))
        await found.mend()
        yield found
        found.close()


async def said(proxy: FaultProxy, within: float = 5.0) -> bytes:
    """What comes back for a word; "" for a connection that broke."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(b"ab")
        return await asyncio.wait_for(reader.read(4), within)
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


async def test_what_is_said_is_passed_on(proxy: FaultProxy) -> None:
    assert await said(proxy) == b"abab"


async def test_what_is_late_or_slow_comes_later(proxy: FaultProxy) -> None:
    for change in ({"delay": 0.1}, {"pace": 20}):
        vars(proxy).update(change)
        began = monotonic()
        assert await said(proxy)
        assert monotonic() - began >= 0.1
        await proxy.mend()


async def test_a_half_open_connection_stays_and_says_nothing(proxy: FaultProxy) -> None:
    proxy.silent = True
    with pytest.raises(TimeoutError):
        await said(proxy, 0.3)
    await proxy.mend()
    assert await said(proxy) == b"abab"


async def test_a_connection_that_is_stranded_says_nothing_for_ever_and_another_is_passed_on(proxy: FaultProxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"a")
    assert await reader.read(2) == b"aa"
    proxy.strand()
    await proxy.mend()
    writer.write(b"a")
    assert await said(proxy) == b"abab"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(2), 0.3)
    writer.transport.abort()


async def test_a_connection_that_is_cut_breaks_and_another_is_passed_on(proxy: FaultProxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"a")
    assert await reader.read(2) == b"aa"
    proxy.cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.transport.abort()
    assert await said(proxy) == b"abab"


async def test_who_is_refused_hears_nothing_until_it_is_mended(proxy: FaultProxy) -> None:
    proxy.refuse()
    assert await said(proxy) == b""
    await proxy.mend()
    assert await said(proxy) == b"abab"
