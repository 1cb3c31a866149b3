"""Makes the connections of commands and processes, from the settings of a data folder."""

import asyncio
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine

from events.kafka.login import Login
from handoff.profile.load import load
from handoff.profile.model import Profile, asked
from handoff.store.engine import connect
from handoff.store.vault import Vault
from workers.build import this_build
from workers.data_folder.endpoints import Endpoints
from workers.data_folder.institutions import InstitutionsFile
from workers.data_folder.keys import Keys, NoKeysError, password_of
from workers.settings import Settings

if TYPE_CHECKING:
    from temporalio.client import Client

    from workflows.client import Handoffs

CONNECT_WITHIN = 5.0  # seconds


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def profiles_around(profile: Profile | Callable[[], Profile]) -> Callable[[str, int], Profile]:
    """A function that gives profiles by code and version. Only the newest version of each is kept so far."""
    now, others = asked(profile), lru_cache(maxsize=16)(load)

    def by_code(code: str, _version: int) -> Profile:
        own = now()
        return own if own.code == code else others(code)

    return by_code


@dataclass
class LazyConnections:
    """The connections of one data folder. Each is opened when it is first needed, and shared by all commands.

    Attributes:
        folder: the data folder.
        now: the wall clock.
        client: the connection to Temporal, if it is open.
        say: prints a line for people who wait.
        named: the folder as given with --data; None: it is the default.
    """

    folder: Path
    now: Callable[[], datetime] = wall_clock
    client: "Client | None" = None
    say: Callable[[str], None] = lambda _: None
    named: Path | None = None

    def to_type(self, command: str) -> str:
        """A command for people to type, with --data if this one had it."""
        return f"{command} --data {shlex.quote(str(self.named))}" if self.named else command

    @cached_property
    def settings(self) -> Settings:
        """The settings for this folder.

        Raises:
            SettingsError: a setting is wrong.
        """
        return Settings.read(self.folder)

    @cached_property
    def endpoints(self) -> Endpoints:
        """The addresses of the servers.

        Raises:
            NoStackError: no settings name them, and `handoff up` was never run on the folder.
        """
        return self.settings.endpoints

    @cached_property
    def engine(self) -> AsyncEngine:
        """Connections to PostgreSQL."""
        return connect(self.endpoints.postgres_url, pool=4)

    @cached_property
    def vault(self) -> Vault:
        """The vault, which encrypts and decrypts personal data."""
        return self.settings.vault()

    @cached_property
    def profile(self) -> Profile:
        """The municipality's profile."""
        return self.settings.municipality()

    def forget_profile(self) -> None:
        """Read the profile again at its next use, after a change."""
        self.__dict__.pop("profile", None)

    @property
    def build(self) -> str:
        """The id of this build."""
        return this_build()

    @property
    def bootstrap(self) -> str:
        """Kafka's brokers, `HOST:PORT`, comma-separated.

        Raises:
            NoStackError: no setting names them, and `handoff up` was never run on the folder.
        """
        return self.endpoints.kafka_bootstrap

    @property
    def public_bootstrap(self) -> str:
        """Kafka's brokers under the addresses that institutions use."""
        return self.settings.kafka_public_bootstrap or self.bootstrap

    @property
    def register(self) -> InstitutionsFile:
        """The institutions that were registered on this folder."""
        return InstitutionsFile(self.folder, self.settings.profile)

    @property
    def keys(self) -> Keys:
        """What the institutions' passwords are derived from.

        Raises:
            NoKeysError: the key is not known here.
        """
        keys = self.settings.institution_keys()
        if keys is None:
            raise NoKeysError("The institutions' passwords are not known here: set HANDOFF_INSTITUTIONS_KEY_FILE.")
        return keys

    def login(self, institution: str) -> Login:
        """An institution's own Kafka user."""
        return Login(institution, password_of(self.profile, self.keys, institution))

    @property
    def engine_login(self) -> Login:
        """The engine's Kafka user.

        Raises:
            NoKeysError: Kafka is used without a user.
        """
        login = self.settings.kafka_login
        if login is None:
            raise NoKeysError("Kafka has no user for the engine: set HANDOFF_KAFKA_PASSWORD.")
        return login

    async def temporal(self) -> "Client":
        """The connection to Temporal.

        Raises:
            NotDoneError: Temporal cannot be reached.
        """
        from temporalio.client import Client

        from workflows.client import NotDoneError

        if self.client is None:
            try:
                async with asyncio.timeout(CONNECT_WITHIN):
                    self.client = await Client.connect(
                        self.endpoints.temporal_address, namespace=self.settings.temporal_namespace
                    )
            except (RuntimeError, OSError, TimeoutError) as error:
                raise NotDoneError(
                    "Temporal cannot be reached, nothing was done: start it with `handoff up`, then try again."
                ) from error
        return self.client

    async def handoffs(self) -> "Handoffs":
        """The client for the workflows of cases.

        Raises:
            NotDoneError: Temporal cannot be reached.
        """
        from workflows.client import Handoffs

        return Handoffs(await self.temporal())

    async def provision(self, institution: str) -> None:
        """Set up an institution's topics, Kafka user and rights as registered.

        Raises:
            KafkaRefusesError: our user lacks the right.
            KafkaException, KafkaAwayError, TimeoutError: Kafka failed, perhaps half-way.
        """
        from events.kafka import topics
        from workers.oncall.provision import wanted

        await topics.provision(self.bootstrap, self.engine_login, wanted(self.settings, institution))

    def explain(self, error: Exception) -> tuple[int, str]:
        """The exit code of an error, and its sentences for people."""
        from workers.failures import explained

        return explained(error)

    async def close(self) -> None:
        """Close the connections to PostgreSQL."""
        if "engine" in self.__dict__:
            await self.engine.dispose()
