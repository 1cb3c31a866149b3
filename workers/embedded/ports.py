"""Loopback ports: found once, kept in the data folder, so that a part that is started again keeps its address."""

import random
import socket
from pathlib import Path

from workers.data_folder import files
from workers.data_folder.endpoints import LOOPBACK

# Below the range from which Linux takes ports for outgoing connections: nobody takes ours between two starts.
_RANGE = range(20_000, 32_000)


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
        """Find other ports for those on which somebody else listens now; call it while nothing of ours runs.

        Returns:
            Each name, the port that it had, and the one that it has from now on.
        """
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
    draw = random.SystemRandom()
    for _ in range(1000):
        port = draw.choice(_RANGE)
        if port not in taken and is_free(port):
            return port
    raise OSError(f"No free port on {LOOPBACK} between {_RANGE.start} and {_RANGE.stop}.")
