"""Names of the institutions' topics, and a user's login."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Login:
    """A Kafka user."""

    user: str
    password: str = field(repr=False)

    def librdkafka(self, bootstrap: str) -> dict[str, str | int | float | bool]:
        """Settings for a confluent-kafka client."""
        return {
            "bootstrap.servers": bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-256",
            "sasl.username": self.user,
            "sasl.password": self.password,
        }

    def aiokafka(self, bootstrap: str) -> dict[str, str]:
        """Arguments for an aiokafka client."""
        return {
            "bootstrap_servers": bootstrap,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-256",
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }


def topic_from(institution: str) -> str:
    """The topic that an institution writes."""
    return f"handoff.from.{institution}"


def topic_to(institution: str) -> str:
    """The topic that an institution reads."""
    return f"handoff.to.{institution}"
