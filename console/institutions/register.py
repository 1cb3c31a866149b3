"""Who takes part: an institution registered, its topics and user made, and what to hand over to it."""

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
    """What an institution needs to send and to read; the password is its own for the folder's whole life."""

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
        """The options of `kcat` that let it in."""
        return (
            f"-b {self.bootstrap} -X security.protocol={self.security_protocol} -X sasl.mechanism={self.sasl_mechanism}"
            f" -X sasl.username={self.user} -X sasl.password={self.password}"
        )

    @property
    def kcat_send(self) -> str:
        """Sends one HL7 v2 message as it is."""
        return f"kcat {self.kcat} -P -t {self.writes} -H content-type=application/hl7-v2 notice-a03.hl7"

    @property
    def kcat_listen(self) -> str:
        """Shows every answer with its headers, from the first that the topic still holds."""
        return f"kcat {self.kcat} -C -t {self.reads} -o beginning -e -f '%h %s\\n'"

    @property
    def python(self) -> str:
        """A script that sends one file and shows the answers."""
        return PYTHON.format(**vars(self))


@dataclass(frozen=True)
class Registered:
    """An institution or a provider as it is registered.

    Attributes:
        body: as the profile has it.
        where: `this folder`, or `profile` for one that is not the folder's own.
    """

    body: Institution | Provider
    where: str


@dataclass(frozen=True)
class HandedOver:
    """An institution as it is registered, and what to hand over to it.

    Attributes:
        over: what it needs; None: it is called by phone.
        note: what to know besides.
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
    """Register an institution, and give it topics, user and rights if Kafka runs.

    Raises:
        UsageError: its role is none that is registered here.
        NotFoundError: its code is taken; or the profile is not the folder's to add to.
        NoStackError: nothing was ever started on the folder.
        KafkaRefusesError: our user may not make users; the register is as it was.
        TryAgainError: Kafka gave up half-way; the register is as it was.
    """
    _registrable(entry)
    kept_in_the_folder(connections)
    bootstrap = connections.bootstrap  # without a stack nothing is registered
    runs = entry.channel == "topic" and await kafka_runs(connections, bootstrap)
    before = connections.register.text()
    try:
        connections.register.add(entry)
    except AlreadyRegisteredError as taken:
        raise NotFoundError(str(taken)) from taken
    if runs:  # the intake knows it before its topic is there: no record comes from a stranger
        await provision(connections, entry.code, before)
    connections.forget_profile()
    return handed_over(connections, entry.code, secret=True, note=AT_ONCE if runs else LATER)


def list_institutions(connections: Connections) -> list[Registered]:
    """Everybody who takes part: institutions, then providers."""
    own, profile = connections.register.own_codes(), connections.profile
    everybody: list[Institution | Provider] = [*profile.institutions, *profile.providers]
    return [_registered(body, own) for body in everybody]


def show_institution(connections: Connections, code: str, *, secret: bool) -> HandedOver:
    """What to hand over to an institution; its password only if that is asked for.

    Raises:
        NotFoundError: nobody is registered under this code.
    """
    registered(connections, code)
    return handed_over(connections, code, secret=secret)


def registered(connections: Connections, code: str) -> Institution | Provider:
    """Whoever is registered under a code.

    Raises:
        NotFoundError: nobody is.
    """
    body = connections.profile.institution(code)
    if body is None:
        known = ", ".join(connections.profile.topics())
        raise NotFoundError(f"{code!r} is not registered. With topics there are: {known}. To add it: {_how_to(code)}")
    return body


def _registrable(entry: Entry) -> None:
    if entry.role == "provider":
        raise UsageError(
            "A provider has categories, capacity and an agreement: write it under [[providers]] of the profile."
        )
    if entry.role not in ROLES:
        raise UsageError(f"{entry.role!r} is no role of an institution; one of {', '.join(ROLES)}.")


def kept_in_the_folder(connections: Connections) -> None:
    """Where a setting names the profile, nobody reads the folder's register: institutions belong in that file."""
    if named := connections.register.named_by_a_setting():
        file = named if named.endswith(".toml") else f"a TOML file that extends {named}, and name it there"
        raise NotFoundError(
            f"A setting (HANDOFF_PROFILE) names the profile, so nothing was registered: write the institution under "
            f"[[institutions]] of {file}; then run `handoff provision`."
        )


async def kafka_runs(connections: Connections, bootstrap: str) -> bool:
    """Whether Kafka can be asked now."""
    try:
        await let_in(bootstrap, connections.engine_login)
    except KafkaAwayError:
        return False
    return True


async def provision(connections: Connections, code: str, before: str | None) -> None:
    """Make Kafka as the register has this institution; where that fails, the register is as it was.

    Raises:
        KafkaRefusesError: our user may not do it.
        TryAgainError: Kafka gave up half-way.
    """
    try:
        await connections.provision(code)
    except KafkaRefusesError:
        connections.register.put_back(before)
        raise
    except (KafkaException, KafkaAwayError, TimeoutError) as trouble:
        connections.register.put_back(before)
        raise TryAgainError(
            f"Kafka did not do it ({type(trouble).__name__}), so the register is as it was: look at "
            "`handoff status`, then try again."
        ) from trouble


def handed_over(connections: Connections, code: str, *, secret: bool, note: str = "") -> HandedOver:
    """Who a registered institution is, and what to hand over to it."""
    body = connections.profile.institution(code)
    assert body is not None  # noqa: S101 - looked up by the callers
    over = None if body.channel == "phone" else hand_over(connections, code, secret=secret)
    return HandedOver(_registered(body, connections.register.own_codes()), over, note)


def _registered(body: Institution | Provider, own: set[str]) -> Registered:
    return Registered(body, "this folder" if body.code in own else "profile")


def hand_over(connections: Connections, code: str, *, secret: bool) -> HandOver:
    """What to hand over; without `secret` the password is left out."""
    password = connections.login(code).password if secret else "PASSWORD"
    return HandOver(code, connections.public_bootstrap, code, password, topic_from(code), topic_to(code), f"{code}.")


def _how_to(code: str) -> str:
    return f"handoff institutions add {code} --name NAME --role ROLE"
