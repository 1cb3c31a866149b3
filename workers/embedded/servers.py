"""The three servers of one data folder: which ports, which folders, which logs."""

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
    """What a data folder's servers are; none of them runs by this alone.

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
        """The servers of a data folder, which exists.

        Args:
            data: the data folder.
            keys: its secrets.
            ports: its ports.
            say: told what takes long.
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
        """Where they answer."""
        return Endpoints(
            data=self.data,
            postgres_url=self.postgres.url,
            temporal_address=self.temporal.address,
            temporal_ui=self.temporal.ui,
            kafka_bootstrap=self.kafka.bootstrap,
        )


async def versions(endpoints: Endpoints, names: Container[str] = NAMES) -> dict[str, str]:
    """What the running servers say of themselves: keys `Apache Kafka`, `Temporal`, `PostgreSQL`.

    Kafka tells clients no version: its is that of the jars, which were verified when it started.

    Args:
        endpoints: where they answer.
        names: the parts to ask, if not all of them run.
    """
    found: dict[str, str] = {}
    if kafka.NAME in names:
        found["Apache Kafka"] = kafka.version()
    if temporal.NAME in names:
        found["Temporal"] = await temporal.version(endpoints.temporal_address)
    if postgres.NAME in names:
        found["PostgreSQL"] = await postgres.version(endpoints.postgres_url)
    return found
