"""Who takes part: an institution registered, its topics and user made, and what to hand over to it."""

from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException

from handoff.profile.model import Profile
from handoff.profile.register import Institution, Provider
from workers import register
from workers.cli.order import Answer, NotFoundError, TryAgainError, UsageError
from workers.cli.words import table
from workers.compose import Desk
from workers.embedded.kafka_access import topic_from, topic_to
from workers.oncall import topics
from workers.oncall.broker import KafkaAwayError, KafkaRefusesError, let_in
from workers.oncall.provision import wanted
from workers.register import AlreadyRegisteredError, Entry

__all__ = ["Entry", "add_institution", "hand_over", "list_institutions", "show_institution"]

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


async def add_institution(desk: Desk, entry: Entry) -> Answer:
    """Register an institution, and give it topics, user and rights if Kafka runs.

    Raises:
        UsageError: its role is none that is registered here.
        NotFoundError: its code is taken; or the profile is not the folder's to add to.
        NoStackError: nothing was ever started on the folder.
        KafkaRefusesError: our user may not make users; the register is as it was.
        TryAgainError: Kafka gave up half-way; the register is as it was.
    """
    _registrable(entry)
    kept_in_the_folder(desk)
    bootstrap = desk.endpoints.kafka_bootstrap
    runs = entry.channel == "topic" and await kafka_runs(desk, bootstrap)
    before = register.text_of(desk.folder)
    try:
        profile = register.add(desk.folder, entry)
    except AlreadyRegisteredError as taken:
        raise NotFoundError(str(taken)) from taken
    if runs:  # the intake knows it before its topic is there: no record comes from a stranger
        await provisioned(desk, entry.code, before)
    return handed_over(desk, profile, entry.code, secret=True, note=AT_ONCE if runs else LATER)


async def list_institutions(desk: Desk) -> Answer:
    """Everybody who takes part; those of this folder are marked."""
    own, profile = register.own_codes(desk.folder), desk.profile
    listed = [
        *(_listed(body, own) for body in profile.institutions),
        *(_listed(body, own) for body in profile.providers),
    ]
    heads = ("Code", "Name", "Role", "Channel", "Standing", "Registered in")
    rows = [
        (each["institution"], each["name"], each["role"], each["channel"], each["standing"], each["in"])
        for each in listed
    ]
    return Answer(listed, [table(heads, rows)])


async def show_institution(desk: Desk, code: str, *, secret: bool) -> Answer:
    """What to hand over to an institution; its password only if that is asked for.

    Raises:
        NotFoundError: nobody is registered under this code.
    """
    registered(desk, code)
    return handed_over(desk, desk.profile, code, secret=secret)


def registered(desk: Desk, code: str) -> Institution | Provider:
    """Whoever is registered under a code.

    Raises:
        NotFoundError: nobody is.
    """
    body = desk.profile.institution(code)
    if body is None:
        known = ", ".join(desk.profile.topics())
        raise NotFoundError(f"{code!r} is not registered. With topics there are: {known}. To add it: {_how_to(code)}")
    return body


def _registrable(entry: Entry) -> None:
    if entry.role == "provider":
        raise UsageError(
            "A provider has categories, capacity and an agreement: write it under [[providers]] of the profile."
        )
    if entry.role not in ROLES:
        raise UsageError(f"{entry.role!r} is no role of an institution; one of {', '.join(ROLES)}.")


def kept_in_the_folder(desk: Desk) -> None:
    """Where a setting names the profile, nobody reads the folder's register: institutions belong in that file."""
    named = desk.settings.profile
    if named and named != str(desk.folder / register.FILE):
        file = named if named.endswith(".toml") else f"a TOML file that extends {named}, and name it there"
        raise NotFoundError(
            f"A setting (HANDOFF_PROFILE) names the profile, so nothing was registered: write the institution under "
            f"[[institutions]] of {file}; then run `handoff provision`."
        )


async def kafka_runs(desk: Desk, bootstrap: str) -> bool:
    """Whether Kafka can be asked now."""
    try:
        await let_in(bootstrap, desk.engine_login)
    except KafkaAwayError:
        return False
    return True


async def provisioned(desk: Desk, code: str, before: str | None) -> None:
    """Make Kafka as the register has this institution; where that fails, the register is as it was.

    Raises:
        KafkaRefusesError: our user may not do it.
        TryAgainError: Kafka gave up half-way.
    """
    try:
        await topics.provision(desk.endpoints.kafka_bootstrap, desk.engine_login, wanted(desk.settings, code))
    except KafkaRefusesError:
        register.take_back(desk.folder, before)
        raise
    except (KafkaException, KafkaAwayError, TimeoutError) as trouble:
        register.take_back(desk.folder, before)
        raise TryAgainError(
            f"Kafka did not do it ({type(trouble).__name__}), so the register is as it was: look at "
            "`handoff status`, then try again."
        ) from trouble


def _listed(body: Institution | Provider, own: set[str]) -> dict[str, Any]:
    where = "this folder" if body.code in own else "profile"
    return {
        "institution": body.code,
        "name": body.name,
        "role": body.role,
        "channel": body.channel,
        "standing": body.standing,
        "in": where,
    }


def handed_over(desk: Desk, profile: Profile, code: str, *, secret: bool, note: str = "") -> Answer:
    """Who it is, and what to hand over to it."""
    body = profile.institution(code)
    assert body is not None  # noqa: S101 - looked up by the callers
    content = _listed(body, register.own_codes(desk.folder))
    title = f"{body.name} ({code}, {body.role}{'' if body.active else ', ' + body.standing})"
    if body.channel == "phone":
        said = "It has no topics: what it says is typed in (`handoff notice`), and it is called."
        return Answer(content, [f"{title}. {said}"])
    over = hand_over(desk, code, secret=secret)
    content |= {**vars(over), "kcat_send": over.kcat_send, "kcat_listen": over.kcat_listen, "python": over.python}
    return Answer(content | ({"note": note} if note else {}), [*_lines(title, over), *([note] if note else [])])


def hand_over(desk: Desk, code: str, *, secret: bool) -> HandOver:
    """What to hand over; without `secret` the password is left out."""
    password = desk.login(code).password if secret else "PASSWORD"
    bootstrap = desk.settings.kafka_public_bootstrap or desk.endpoints.kafka_bootstrap
    return HandOver(code, bootstrap, code, password, topic_from(code), topic_to(code), f"{code}.")


def _lines(title: str, over: HandOver) -> list[str]:
    named = {
        "broker": over.bootstrap,
        "security": f"{over.security_protocol}, {over.sasl_mechanism}",
        "user": over.user,
        "password": over.password,
        "writes": over.writes,
        "reads": over.reads,
        "groups": f"{over.group_prefix}* (every consumer group has to begin so)",
    }
    return [
        f"{title}. Hand over:",
        *(f"  {name:9} {value}" for name, value in named.items()),
        "",
        "Send an HL7 v2 message, and read the answers, with kcat (on librdkafka 2.6.1 or newer: `kcat -V`):",
        f"  {over.kcat_send}",
        f"  {over.kcat_listen}",
        "",
        "The same in Python (pip install aiokafka; python send.py notice-a03.hl7):",
        "",
        over.python,
    ]


def _how_to(code: str) -> str:
    return f"handoff institutions add {code} --name NAME --role ROLE"
