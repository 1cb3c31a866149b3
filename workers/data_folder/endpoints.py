"""Where the parts of a running stack answer, as other processes and commands learn it from the data folder."""

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
    """The data folder knows no stack: `handoff up` was never run on it."""


@dataclass(frozen=True)
class Endpoints:
    """Addresses of one stack.

    Attributes:
        data: its data folder.
        postgres_url: for SQLAlchemy with asyncpg, password included, so not in its `repr`.
        temporal_address: host and port of Temporal's gRPC.
        temporal_ui: where people look at Temporal, if it has a UI.
        kafka_bootstrap: host and port of the broker; users and passwords are in `Keys`.
    """

    data: Path
    postgres_url: str = field(repr=False)
    temporal_address: str
    temporal_ui: str | None
    kafka_bootstrap: str

    @classmethod
    def read(cls, data: Path) -> "Endpoints":
        """What the last `handoff up` on this folder wrote; nothing need run now.

        Raises:
            NoStackError: nothing was ever started on this folder.
        """
        found = files.read_json(data / FILE)
        try:
            return cls(
                data=data,
                postgres_url=url(found["postgres_port"], Keys.read(data).postgres_password),
                temporal_address=found["temporal_address"],
                temporal_ui=found["temporal_ui"],
                kafka_bootstrap=found["kafka_bootstrap"],
            )
        except KeyError:
            start = f"handoff up --data {shlex.quote(str(data))}"
            raise NoStackError(f"Nothing was started on {data} yet. Start it: {start}") from None

    def write(self, postgres_port: int) -> None:
        """Tell other processes; the password stays in the secrets' file."""
        content = asdict(self)
        del content["data"], content["postgres_url"]
        files.write_json(self.data / FILE, {**content, "postgres_port": postgres_port})


def url(port: int, password: str) -> str:
    """The address of the database `handoff` for SQLAlchemy."""
    return f"postgresql+asyncpg://{ROLE}:{password}@{LOOPBACK}:{port}/{DATABASE}"
