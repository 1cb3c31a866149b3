"""The three servers of one data folder, with their ports, folders and logs."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path

from workers.data_folder.endpoints import Endpoints
from workers.data_folder.keys import Keys
from workers.embedded import kafka, postgres, temporal
from workers.embedded.ports import Ports

NAMES = (postgres.NAME, kafka.NAME, temporal.NAME)


@dataclass(frozen=True)
class Servers:
    """The servers of a data folder; this alone starts none.

    Attributes:
        data: the data folder.
        postgres: PostgreSQL.
        temporal: Temporal's dev server.
        kafka: Apache Kafka.
    """

    data: Path
    postgres: postgres.Postgres
    temporal: temporal.Temporal
    kafka: kafka.Kafka

    @classmethod
    def of(cls, data: Path, keys: Keys, ports: Ports, say: Callable[[str], None]) -> "Servers":
        """The servers of an existing data folder.

        Args:
            data: the data folder.
            keys: its secrets.
            ports: its ports.
            say: prints a line for people when something takes long.
        """
        logs = data / "logs"
        logs.mkdir(exist_ok=True)
        temporal_ports = (ports.of("temporal"), ports.of("temporal-ui"), ports.of("temporal-http"))
        return cls(
            data,
            postgres.Postgres(
                data / postgres.FOLDER, ports.of("postgres"), keys.postgres_password, logs / "postgres.log"
            ),
            temporal.Temporal(
                data / temporal.FOLDER, (*temporal_ports, ports.of("temporal-metrics")), logs / "temporal.log"
            ),
            kafka.Kafka(
                data / "kafka",
                ports.of("kafka"),
                ports.of("kafka-controller"),
                keys.engine_password,
                keys.broker_password,
                logs / "kafka.log",
                say,
            ),
        )

    @property
    def endpoints(self) -> Endpoints:
        """Their addresses."""
        return Endpoints(
            data=self.data,
            postgres_url=self.postgres.url,
            temporal_address=self.temporal.address,
            temporal_ui=self.temporal.ui,
            kafka_bootstrap=self.kafka.bootstrap,
        )


async def versions(endpoints: Endpoints, names: Container[str] = NAMES) -> dict[str, str]:
    """Versions of the running servers, by `Apache Kafka`, `Temporal`, `PostgreSQL`.

    Kafka does not tell clients its version: that of the jars is given.

    Args:
        endpoints: their addresses.
        names: the servers to ask, if not all run.
    """
    by_name: dict[str, str] = {}
    if kafka.NAME in names:
        by_name["Apache Kafka"] = kafka.version()
    if temporal.NAME in names:
        by_name["Temporal"] = await temporal.version(endpoints.temporal_address)
    if postgres.NAME in names:
        by_name["PostgreSQL"] = await postgres.version(endpoints.postgres_url)
    return by_name
