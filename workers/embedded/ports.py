"""Loopback ports: found once, kept in the data folder, so that a part that is started again keeps its address."""

import random
import socket
from pathlib import Path

from workers.data_folder import files
from workers.data_folder.endpoints import LOOPBACK

# Below the range from which Linux takes ports for outgoing connections: nobody takes ours between two starts. A data
# folder has its ports in one block: two that look at once rarely draw the same one.
_RANGE, _BLOCK = range(16_000, 32_000), 16


class Ports:
    """Ports by the name of what listens there."""

    def __init__(self, path: Path) -> None:
        """Args: path: the file that remembers them; made when the first port is found."""
        self._path = path
        self._ports: dict[str, int] = files.read_json(path)

    def of(self, name: str) -> int:
        """Its port: the remembered one, or a free one that is remembered from now on."""
        if name not in self._ports:
            self._ports[name] = _a_free_port(taken=set(self._ports.values()))
            files.write_json(self._path, self._ports)
        return self._ports[name]

    def move_from_taken(self) -> list[tuple[str, int, int]]:
        """Find other ports where somebody else listens now, while nothing of ours runs: name, port before, port now."""
        lost = [(name, port) for name, port in self._ports.items() if not is_free(port)]
        for name, _ in lost:
            del self._ports[name]
        return [(name, port, self.of(name)) for name, port in lost]


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _a_free_port(taken: set[int]) -> int:
    draw, blocks = random.SystemRandom(), range(_RANGE.start // _BLOCK, _RANGE.stop // _BLOCK)
    for block in (*{each // _BLOCK for each in taken}, *(draw.choice(blocks) for _ in range(1000))):
        for port in range(block * _BLOCK, (block + 1) * _BLOCK):
            if port not in taken and is_free(port):
                return port
    raise OSError(f"No free port on {LOOPBACK} between {_RANGE.start} and {_RANGE.stop}.")
