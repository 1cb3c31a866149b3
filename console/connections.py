"""What services work with. The process that starts them opens it. No code here reads a setting."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # `--help` imports this module, and needs no driver
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine
    from temporalio.client import Client

    from console.registration import Entry
    from events.kafka.login import Login
    from handoff.profile.model import Profile
    from handoff.store.vault import Vault
    from workflows.client import Handoffs


class Connections(Protocol):
    """The store, the running cases and the municipality's profile, each opened when it is first needed."""

    @property
    def engine(self) -> "AsyncEngine":
        """Connections to PostgreSQL."""
        ...

    @property
    def vault(self) -> "Vault":
        """Opens and seals personal data."""
        ...

    @property
    def profile(self) -> "Profile":
        """The municipality's profile."""
        ...

    def forget_profile(self) -> None:
        """The profile was changed: read it again when it is next needed."""
        ...

    @property
    def now(self) -> Callable[[], "datetime"]:
        """The clock."""
        ...

    @property
    def say(self) -> Callable[[str], None]:
        """Tells a waiting person what the command waits for."""
        ...

    @property
    def build(self) -> str:
        """The build of this code."""
        ...

    async def temporal(self) -> "Client":
        """The connection to Temporal.

        Raises:
            NotDoneError: Temporal cannot be reached.
        """
        ...

    async def handoffs(self) -> "Handoffs":
        """The running cases.

        Raises:
            NotDoneError: Temporal cannot be reached.
        """
        ...

    def to_type(self, command: str) -> str:
        """A command with the options that it needs to work on the same connections."""
        ...

    def explain(self, error: Exception) -> tuple[int, str]:
        """The exit code of an error, and one or two sentences that say what to do next."""
        ...

    @property
    def bootstrap(self) -> str:
        """Kafka's brokers.

        Raises:
            NoStackError: no setting names them, and no stack was ever started here.
        """
        ...

    @property
    def public_bootstrap(self) -> str:
        """Kafka's brokers as institutions reach them."""
        ...

    @property
    def engine_login(self) -> "Login":
        """The engine's Kafka user.

        Raises:
            NoKeysError: this process has no login for Kafka.
        """
        ...

    def login(self, institution: str) -> "Login":
        """An institution's own Kafka user.

        Raises:
            NoKeysError: its password is not known here.
        """
        ...

    @property
    def register(self) -> "InstitutionRegister":
        """The institutions that were registered here, in addition to the chosen profile."""
        ...

    async def provision(self, institution: str) -> None:
        """Create or change an institution's topics, user and rights, so that they match the register.

        Raises:
            KafkaRefusesError: our user has no right to do it.
            KafkaException, KafkaAwayError, TimeoutError: Kafka gave up half-way.
        """
        ...


class InstitutionRegister(Protocol):
    """Institutions registered here, in addition to the chosen profile. Each change is atomic."""

    def named_by_a_setting(self) -> str:
        """The profile that a setting names. It is then the only register. "" if no setting names one."""
        ...

    def own_codes(self) -> set[str]:
        """Codes of the institutions that were registered here."""
        ...

    def text(self) -> str | None:
        """The whole register as text, for `put_back`; None: it is empty."""
        ...

    def put_back(self, text: str | None) -> None:
        """Restore the register from such a text."""
        ...

    def add(self, entry: "Entry") -> "Profile":
        """Register an institution.

        Returns:
            The profile with it.

        Raises:
            AlreadyRegisteredError: its code is taken.
            ProfileError: the profile would have a mistake; nothing was changed.
        """
        ...

    def change(self, code: str, fields: Mapping[str, object]) -> "Profile":
        """Change what is registered about an institution or a provider.

        Returns:
            The profile with the change.

        Raises:
            ProfileError: the profile would have a mistake; nothing was changed.
        """
        ...
