"""A proxy between a process and a server, which a test makes slow, silent or dead at any moment."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy.engine import URL, make_url

_CHUNK = 65_536


@dataclass
class FaultProxy:
    """Passes bytes on, unless told otherwise.

    Attributes:
        target: host and port of the server.
        port: where it listens itself; 0: any, until it has started.
        delay: seconds that every chunk waits.
        pace: bytes a second; 0: without limit.
        refusing: every connection is broken at once.
        silent: connections stay open, new ones too, and nothing is passed on: half-open.
    """

    target: tuple[str, int]
    port: int = 0
    delay: float = 0.0
    pace: int = 0
    refusing: bool = False
    silent: bool = False
    _url: URL | None = None
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _stranded: set[asyncio.StreamWriter] = field(default_factory=set)

    @classmethod
    @contextlib.asynccontextmanager
    async def before(cls, url: str) -> AsyncIterator[Self]:
        """A proxy before the server of a database's address."""
        named = make_url(url)
        proxy = cls((named.host or "", named.port or 0), _url=named)
        await proxy.mend()
        yield proxy
        proxy.close()

    @property
    def url(self) -> str:
        """The database's address, through the proxy."""
        assert self._url
        return self._url.set(host="127.0.0.1", port=self.port).render_as_string(hide_password=False)

    async def mend(self) -> None:
        """Pass everything on as it comes."""
        self.delay, self.pace, self.silent, self.refusing = 0.0, 0, False, False
        if self._server is None:
            self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Break every connection that is open; new ones are passed on."""
        for writer in self._open | self._stranded:
            writer.transport.abort()
        self._open.clear()
        self._stranded.clear()

    def strand(self) -> None:
        """Have every connection that is open lead nowhere, and nobody is told; new ones are passed on."""
        self._stranded |= self._open

    def refuse(self) -> None:
        """Break every connection, and every new one at once; the port stays ours, so that nobody else takes it."""
        self.refusing = True
        self.cut()

    def close(self) -> None:
        """Give the port back."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        mine = {writer, back}
        self._open |= mine
        await asyncio.gather(self._flow(reader, back), self._flow(there, writer))
        self._open -= mine

    async def _flow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while some := await reader.read(min(_CHUNK, self.pace // 10) if self.pace else _CHUNK):
                while self.silent:
                    await asyncio.sleep(0.05)
                    if writer.transport.is_closing():
                        return
                await asyncio.sleep(self.delay + (len(some) / self.pace if self.pace else 0.0))
                if writer not in self._stranded:
                    writer.write(some)
                    await writer.drain()
        if writer not in self._stranded:
            writer.close()
