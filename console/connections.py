"""What services work with. Whoever starts the process opens it; nothing here knows a setting."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # light: the command declares itself with this, and `--help` needs no driver
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
        """What opens and seals personal data."""
        ...

    @property
    def profile(self) -> "Profile":
        """The municipality's profile."""
        ...

    def forget_profile(self) -> None:
        """Read the profile again when it is needed next: it was changed."""
        ...

    @property
    def now(self) -> Callable[[], "datetime"]:
        """The clock."""
        ...

    @property
    def say(self) -> Callable[[str], None]:
        """Tells a person who waits what is waited for."""
        ...

    @property
    def build(self) -> str:
        """The build of the code at hand."""
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
        """A command as a person types it to work on the same connections."""
        ...

    def explain(self, error: Exception) -> tuple[int, str]:
        """The exit code of an error, and one or two sentences that say what to do next."""
        ...

    @property
    def bootstrap(self) -> str:
        """Kafka's brokers.

        Raises:
            NoStackError: nothing is set, and nothing was ever started here.
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
            NoKeysError: Kafka is spoken to unnamed.
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
        """The institutions that were registered here, over the profile chosen."""
        ...

    async def provision(self, institution: str) -> None:
        """Make an institution's topics, user and rights what the register says.

        Raises:
            KafkaRefusesError: our user may not do it.
            KafkaException, KafkaAwayError, TimeoutError: Kafka gave up half-way.
        """
        ...


class InstitutionRegister(Protocol):
    """Institutions registered here, over the profile chosen; a change is whole or not made."""

    def named_by_a_setting(self) -> str:
        """The profile that a setting names, which is then the only register; "" if none does."""
        ...

    def own_codes(self) -> set[str]:
        """Codes of what was registered here and is not the chosen profile's."""
        ...

    def text(self) -> str | None:
        """All that is registered, to be put back; None: nothing is."""
        ...

    def put_back(self, text: str | None) -> None:
        """Make the register what it was."""
        ...

    def add(self, entry: "Entry") -> "Profile":
        """Register an institution.

        Returns:
            The profile with it.

        Raises:
            AlreadyRegisteredError: its code is taken.
            ProfileError: it would be a mistake in the profile; nothing was changed.
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
