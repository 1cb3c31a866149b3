"""Loopback ports, chosen once and kept in the data folder, so that addresses stay the same after a restart."""

import random
import socket
from pathlib import Path

from workers.data_folder import files
from workers.data_folder.endpoints import LOOPBACK

# Below the range that Linux uses for outgoing connections, so they stay free between two starts. The ports of a data
# folder are in one block, so that two folders that choose at once rarely collide.
_RANGE, _BLOCK = range(16_000, 32_000), 16


class Ports:
    """Ports by the name of their server."""

    def __init__(self, path: Path) -> None:
        """Args: path: the file that keeps them; made with the first port."""
        self._path = path
        self._ports: dict[str, int] = files.read_json(path)

    def of(self, name: str) -> int:
        """The port of a server: the kept one, or a free one, which is then kept."""
        if name not in self._ports:
            self._ports[name] = _a_free_port(taken=set(self._ports.values()))
            files.write_json(self._path, self._ports)
        return self._ports[name]

    def move_from_taken(self) -> list[tuple[str, int, int]]:
        """Replace ports that others use now; call it before our servers start. Returns name, old port, new port."""
        lost = [(name, port) for name, port in self._ports.items() if not is_free(port)]
        for name, _ in lost:
            del self._ports[name]
        return [(name, port, self.of(name)) for name, port in lost]


def is_free(port: int) -> bool:
    """Whether a server could listen on a port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _a_free_port(taken: set[int]) -> int:
    draw, blocks = random.SystemRandom(), range(_RANGE.start // _BLOCK, _RANGE.stop // _BLOCK)
    for block in (*{port // _BLOCK for port in taken}, *(draw.choice(blocks) for _ in range(1000))):
        for port in range(block * _BLOCK, (block + 1) * _BLOCK):
            if port not in taken and is_free(port):
                return port
    raise OSError(f"No free port on {LOOPBACK} between {_RANGE.start} and {_RANGE.stop}.")
