"""Addresses of a stack's servers, kept in the data folder for other processes and commands."""

import shlex
from dataclasses import asdict, dataclass, field
from pathlib import Path

from console.errors import NotConnectedError
from workers.data_folder import files
from workers.data_folder.keys import Keys

FILE = "endpoints.json"
LOOPBACK = "127.0.0.1"
ROLE = DATABASE = "handoff"  # PostgreSQL's


class NoStackError(NotConnectedError):
    """`handoff up` was never run on the data folder."""


@dataclass(frozen=True)
class Endpoints:
    """Addresses of one stack.

    Attributes:
        data: its data folder.
        postgres_url: for SQLAlchemy with asyncpg. It includes the password, so it is not in the `repr`.
        temporal_address: host and port of Temporal's gRPC.
        temporal_ui: URL of Temporal's web pages, if it has any.
        kafka_bootstrap: host and port of the broker; users and passwords are in `Keys`.
    """

    data: Path
    postgres_url: str = field(repr=False)
    temporal_address: str
    temporal_ui: str | None
    kafka_bootstrap: str

    @classmethod
    def read(cls, data: Path) -> "Endpoints":
        """The addresses that the last `handoff up` on this folder wrote, even if it has ended.

        Raises:
            NoStackError: `handoff up` was never run on this folder.
        """
        kept = files.read_json(data / FILE)
        try:
            return cls(
                data=data,
                postgres_url=url(kept["postgres_port"], Keys.read(data).postgres_password),
                temporal_address=kept["temporal_address"],
                temporal_ui=kept["temporal_ui"],
                kafka_bootstrap=kept["kafka_bootstrap"],
            )
        except KeyError:
            start = f"handoff up --data {shlex.quote(str(data))}"
            raise NoStackError(f"Nothing was started on {data} yet. Start it: {start}") from None

    def write(self, postgres_port: int) -> None:
        """Write the addresses for other processes, without the password."""
        content = asdict(self)
        del content["data"], content["postgres_url"]
        files.write_json(self.data / FILE, {**content, "postgres_port": postgres_port})


def url(port: int, password: str) -> str:
    """The address of the database `handoff` for SQLAlchemy."""
    return f"postgresql+asyncpg://{ROLE}:{password}@{LOOPBACK}:{port}/{DATABASE}"
