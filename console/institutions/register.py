"""Registers institutions: creates topics and user, and says what to send to the institution."""

from dataclasses import dataclass

from confluent_kafka import KafkaException

from console.connections import Connections
from console.errors import NotFoundError, TryAgainError, UsageError
from console.registration import AlreadyRegisteredError, Entry
from events.kafka.broker import KafkaAwayError, KafkaRefusesError, let_in
from events.kafka.login import topic_from, topic_to
from handoff.profile.register import Institution, Provider

ROLES = ("hospital", "long-term-care", "residential-care", "community-centre", "nhis", "deciding-body")
LATER = "Kafka does not run: topics, user and rights are made by the next `handoff up`, or by `handoff provision`."
AT_ONCE = "Nothing has to be restarted: the intake takes its records within 5 seconds."


@dataclass(frozen=True)
class HandOver:
    """What an institution needs to send and to read. Each institution has a password of its own."""

    institution: str
    bootstrap: str
    user: str
    password: str
    writes: str
    reads: str
    group_prefix: str
    security_protocol: str = "SASL_PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-256"

    @property
    def kcat(self) -> str:
        """The options of `kcat` to log in."""
        return (
            f"-b {self.bootstrap} -X security.protocol={self.security_protocol} -X sasl.mechanism={self.sasl_mechanism}"
            f" -X sasl.username={self.user} -X sasl.password={self.password}"
        )

    @property
    def kcat_send(self) -> str:
        """The command that sends one HL7 v2 message unchanged."""
        return f"kcat {self.kcat} -P -t {self.writes} -H content-type=application/hl7-v2 notice-a03.hl7"

    @property
    def kcat_listen(self) -> str:
        """The command that shows all answers on the topic, with their headers."""
        return f"kcat {self.kcat} -C -t {self.reads} -o beginning -e -f '%h %s\\n'"

    @property
    def python(self) -> str:
        """A script that sends one file and shows the answers."""
        return PYTHON.format(**vars(self))


@dataclass(frozen=True)
class Registered:
    """An institution or a provider as it is registered.

    Attributes:
        body: its entry in the profile.
        where: `this folder` if it was registered here, else `profile`.
    """

    body: Institution | Provider
    where: str


@dataclass(frozen=True)
class HandedOver:
    """An institution as it is registered, and what to send to it.

    Attributes:
        over: what it needs for Kafka; None: people call it by phone.
        note: what else to know.
    """

    registered: Registered
    over: HandOver | None
    note: str = ""


PYTHON = """\
import asyncio, sys
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

LOGIN = dict(bootstrap_servers="{bootstrap}", security_protocol="{security_protocol}",
             sasl_mechanism="{sasl_mechanism}", sasl_plain_username="{user}", sasl_plain_password="{password}")

async def main(file):
    consumer = AIOKafkaConsumer("{reads}", group_id="{group_prefix}answers", auto_offset_reset="earliest", **LOGIN)
    producer = AIOKafkaProducer(acks="all", enable_idempotence=True, **LOGIN)
    form = b"application/hl7-v2" if file.endswith(".hl7") else b"application/cloudevents+json"
    async with consumer, producer:
        with open(file, "rb") as message:
            await producer.send_and_wait("{writes}", message.read(), headers=[("content-type", form)])
        async for answer in consumer:
            print({{name: text.decode() for name, text in answer.headers}}, answer.value.decode(), flush=True)

asyncio.run(main(sys.argv[1]))
"""


async def add_institution(connections: Connections, entry: Entry) -> HandedOver:
    """Register an institution, and create topics, user and rights if Kafka runs.

    Raises:
        UsageError: institutions of this role cannot be registered here.
        NotFoundError: its code is taken, or a setting names the profile.
        NoStackError: no stack was ever started on the folder.
        KafkaRefusesError: our user has no right to create users. The register is unchanged.
        TryAgainError: Kafka failed half-way. The register is unchanged.
    """
    _registrable(entry)
    kept_in_the_folder(connections)
    bootstrap = connections.bootstrap  # raises without a stack, before the register changes
    runs = entry.channel == "topic" and await kafka_runs(connections, bootstrap)
    before = connections.register.text()
    try:
        connections.register.add(entry)
    except AlreadyRegisteredError as taken:
        raise NotFoundError(str(taken)) from taken
    if runs:  # after the register, so that the intake knows every sender
        await provision(connections, entry.code, before)
    connections.forget_profile()
    return handed_over(connections, entry.code, secret=True, note=AT_ONCE if runs else LATER)


def list_institutions(connections: Connections) -> list[Registered]:
    """All institutions, then all providers."""
    own, profile = connections.register.own_codes(), connections.profile
    everybody: list[Institution | Provider] = [*profile.institutions, *profile.providers]
    return [_registered(body, own) for body in everybody]


def show_institution(connections: Connections, code: str, *, secret: bool) -> HandedOver:
    """What to send to an institution; its password only with `secret`.

    Raises:
        NotFoundError: the code is not registered.
    """
    registered(connections, code)
    return handed_over(connections, code, secret=secret)


def registered(connections: Connections, code: str) -> Institution | Provider:
    """The institution or provider with this code.

    Raises:
        NotFoundError: the code is not registered.
    """
    body = connections.profile.institution(code)
    if body is None:
        codes = ", ".join(connections.profile.topics())
        raise NotFoundError(
            f"{code!r} is not registered. Institutions with topics: {codes}. To add it: {_how_to(code)}"
        )
    return body


def _registrable(entry: Entry) -> None:
    if entry.role == "provider":
        raise UsageError(
            "A provider has categories, capacity and an agreement. Write it under [[providers]] in the profile."
        )
    if entry.role not in ROLES:
        raise UsageError(f"Unknown role {entry.role!r}. An institution has one of {', '.join(ROLES)}.")


def kept_in_the_folder(connections: Connections) -> None:
    """If a setting names the profile, the folder's register is not read: institutions belong in that file."""
    if named := connections.register.named_by_a_setting():
        file = named if named.endswith(".toml") else f"a TOML file that extends {named}, and name it there"
        raise NotFoundError(
            f"Nothing was changed, because a setting (HANDOFF_PROFILE) names the profile. Change the institution "
            f"under [[institutions]] in {file}, then run `handoff provision`."
        )


async def kafka_runs(connections: Connections, bootstrap: str) -> bool:
    """Whether Kafka answers now."""
    try:
        await let_in(bootstrap, connections.engine_login)
    except KafkaAwayError:
        return False
    return True


async def provision(connections: Connections, code: str, before: str | None) -> None:
    """Make Kafka match the register for this institution. If that fails, restore the register.

    Raises:
        KafkaRefusesError: our user has no right to do it.
        TryAgainError: Kafka failed half-way.
    """
    try:
        await connections.provision(code)
    except KafkaRefusesError:
        connections.register.put_back(before)
        raise
    except (KafkaException, KafkaAwayError, TimeoutError) as trouble:
        connections.register.put_back(before)
        raise TryAgainError(
            f"Kafka failed ({type(trouble).__name__}). The register is unchanged. Look at `handoff status`, then "
            "try again."
        ) from trouble


def handed_over(connections: Connections, code: str, *, secret: bool, note: str = "") -> HandedOver:
    """A registered institution, and what to send to it."""
    body = connections.profile.institution(code)
    assert body is not None  # noqa: S101 - looked up by the callers
    over = None if body.channel == "phone" else hand_over(connections, code, secret=secret)
    return HandedOver(_registered(body, connections.register.own_codes()), over, note)


def _registered(body: Institution | Provider, own: set[str]) -> Registered:
    return Registered(body, "this folder" if body.code in own else "profile")


def hand_over(connections: Connections, code: str, *, secret: bool) -> HandOver:
    """What to send; without `secret` the password is left out."""
    password = connections.login(code).password if secret else "PASSWORD"
    return HandOver(code, connections.public_bootstrap, code, password, topic_from(code), topic_to(code), f"{code}.")


def _how_to(code: str) -> str:
    return f"handoff institutions add {code} --name NAME --role ROLE"
