"""The cable between a process and PostgreSQL, which a test can cut and mend."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sqlalchemy.engine import make_url


class Cable:
    """Passes bytes on; while it is cut, connections break and new ones are refused."""

    def __init__(self, target: str) -> None:
        found = make_url(target)
        self._target, self._address = found, (found.host or "", found.port or 0)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open: set[asyncio.StreamWriter] = set()

    @classmethod
    @contextlib.asynccontextmanager
    async def to(cls, target: str) -> "AsyncIterator[Cable]":
        cable = cls(target)
        await cable.mend()
        yield cable
        await cable.cut()

    @property
    def url(self) -> str:
        ours = self._target.set(host="127.0.0.1", port=self._port)
        return ours.render_as_string(hide_password=False)

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._address)
        self._open |= {writer, back}
        await asyncio.gather(_flow(reader, back), _flow(there, writer))
        self._open -= {writer, back}


async def _flow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while some := await reader.read(65_536):
            writer.write(some)
            await writer.drain()
    writer.close()
