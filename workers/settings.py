"""Settings of all processes and commands. docs/settings.md is generated from this file.

Sources, by priority: the command line (`--data`); variables `HANDOFF_*`; files in the folder that `HANDOFF_SECRETS`
names, one for each setting (`handoff_postgres_url`); the TOML file that `HANDOFF_SETTINGS` names, else `settings.toml`
in the data folder; addresses and secrets that `handoff up` keeps in the data folder.
"""

import os
from base64 import b64decode
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from events.kafka.login import Login
from handoff.profile.model import Profile
from handoff.store.address import Address
from handoff.store.vault import KEY_BYTES, Vault
from workers.build import this_build
from workers.data_folder.endpoints import Endpoints
from workers.data_folder.institutions import CurrentProfile
from workers.data_folder.keys import Keys

PREFIX = "HANDOFF_"
FILE_VARIABLE, SECRETS_VARIABLE = "HANDOFF_SETTINGS", "HANDOFF_SECRETS"
FILE = "settings.toml"
FOLDER = Path(".handoff")
_ADDRESS = r"^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$"
_ADDRESSES = r"^([A-Za-z0-9._-]+:[0-9]{1,5}(,[A-Za-z0-9._-]+:[0-9]{1,5})*)?$"
_CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class SettingsError(Exception):
    """A setting is wrong; the text has each wrong setting with the reason, and no secrets."""


class Settings(BaseSettings):
    """Settings of processes and commands. Those that are not set come from the data folder."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True, ignored_types=(cached_property,)
    )

    data: Path = Field(
        default=FOLDER,
        description="The data folder: `handoff up` keeps its data there; it may have a `settings.toml`.",
    )
    profile: str = Field(default="", description="A bundled profile's name, or the path of a TOML file.")
    postgres_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL's address as libpq writes it: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, with "
        "several hosts, `sslmode`, `sslrootcert` and so on if needed.",
    )
    kafka_bootstrap: str = Field(
        default="", pattern=_ADDRESSES, description="Kafka's brokers, `HOST:PORT`, comma-separated."
    )
    kafka_public_bootstrap: str = Field(
        default="",
        pattern=_ADDRESSES,
        description="Kafka's brokers as institutions reach them, if under another address: "
        "`handoff institutions show` prints it.",
    )
    kafka_username: str = Field(default="engine", description="The engine's Kafka user (SCRAM-SHA-256).")
    kafka_password: SecretStr | None = Field(
        default=None,
        description="Its password. Without one a Kafka of your own is used unencrypted and without a user.",
    )
    kafka_replication: int = Field(
        default=1, ge=1, le=9, description="Replicas of each topic that `handoff provision` makes."
    )
    kafka_retention_days: int = Field(
        default=30, ge=14, le=3650, description="Days that records stay on institutions' topics; at least 14."
    )
    institutions_key_file: Path | None = Field(
        default=None,
        description="32 bytes, raw or as base64, from which the institutions' Kafka passwords are derived. "
        "Without it `handoff provision` makes no Kafka users on a broker of your own.",
    )
    temporal_address: str = Field(default="", pattern=f"^$|{_ADDRESS}", description="Temporal's frontend, `HOST:PORT`.")
    temporal_namespace: str = Field(default="default", pattern=_CODE, description="The namespace that holds the cases.")
    temporal_retention_days: int = Field(
        default=3650, ge=1, le=36500, description="Days that Temporal keeps finished runs."
    )
    master_key_file: Path | None = Field(
        default=None,
        description="32 bytes, raw or as base64, that seal every person's key: back the file up separately.",
    )
    parked_days: int = Field(
        default=90, ge=1, le=3650, description="Days after which the bytes of a parked record are deleted."
    )
    worker_versioning: Literal["off", "pinned"] = Field(
        default="off",
        description="`pinned`: a workflow run stays with the build that began it, so that two builds of the worker can "
        "run side by side (docs/operations.md). `off`: every worker takes every case.",
    )
    build: str = Field(
        default="", pattern=f"^$|{_CODE}", description="The build's id; by default made from version and code."
    )
    workers: int = Field(
        default=1, ge=1, le=1000, description="Number of workers that should run: `handoff doctor` warns if fewer do."
    )
    intakes: int = Field(default=1, ge=1, le=1000, description="The same for intakes.")
    relays: int = Field(default=1, ge=1, le=1000, description="The same for relays.")
    health_host: str = Field(default="127.0.0.1", description="The address on which the health port listens.")
    health_port: int = Field(
        default=0, ge=0, le=65535, description="HTTP port of `/live`, `/ready` and `/metrics`; 0: none."
    )

    @classmethod
    def read(cls, data: Path | None = None) -> Self:
        """The settings of this process; `data` is the folder given on the command line.

        Raises:
            SettingsError: a setting is wrong.
        """
        try:
            return cls() if data is None else cls(data=data)
        except ValidationError as error:
            raise SettingsError("\n".join(_in_words(mistake) for mistake in error.errors())) from None
        except OSError as error:
            raise SettingsError(f"{FILE_VARIABLE}: {error.filename} cannot be read ({error.strerror}).") from None
        except ValueError as error:
            raise SettingsError(f"{os.environ.get(FILE_VARIABLE) or FILE} is not TOML: {error}.") from None

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_: Any, **named: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Sources by priority: command line, environment, files of secrets, settings file."""
        given: InitSettingsSource = named["init_settings"]
        folder = Path(given.init_kwargs.get("data") or os.environ.get("HANDOFF_DATA") or FOLDER)
        file = _named_file() or folder / FILE
        sources: list[PydanticBaseSettingsSource] = [given, named["env_settings"]]
        if secrets := os.environ.get(SECRETS_VARIABLE):
            sources.append(SecretsSettingsSource(settings_cls, secrets_dir=secrets))
        return (*sources, TomlConfigSettingsSource(settings_cls, toml_file=file))

    @field_validator("postgres_url")
    @classmethod
    def _an_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            Address.of(url.get_secret_value())
        return url

    @field_validator("master_key_file", "institutions_key_file")
    @classmethod
    def _a_key(cls, file: Path | None) -> Path | None:
        if file is not None:
            _key(file)
        return file

    @property
    def postgres(self) -> str:
        """PostgreSQL's address. It includes the password: never print it."""
        return self.postgres_url.get_secret_value() if self.postgres_url else self._endpoints.postgres_url

    @property
    def temporal(self) -> str:
        """Temporal's host and port."""
        return self.temporal_address or self._endpoints.temporal_address

    @property
    def bootstrap(self) -> str:
        """Kafka's brokers."""
        return self.kafka_bootstrap or self._endpoints.kafka_bootstrap

    @property
    def kafka_login(self) -> Login | None:
        """The engine's Kafka user; None: Kafka is used without a user."""
        password = self.kafka_password.get_secret_value() if self.kafka_password else ""
        if not (password or self.kafka_bootstrap):
            password = Keys.read(self.data).engine_password
        return Login(self.kafka_username, password) if password else None

    @property
    def kafka(self) -> dict[str, str]:
        """Arguments for an aiokafka client."""
        login = self.kafka_login
        return login.aiokafka(self.bootstrap) if login else {"bootstrap_servers": self.bootstrap}

    @property
    def endpoints(self) -> Endpoints:
        """The addresses of the servers, embedded or your own.

        Raises:
            NoStackError: no settings name them, and `handoff up` was never run on the folder.
        """
        if not (self.postgres_url and self.kafka_bootstrap and self.temporal_address):
            kept = self._endpoints
            ui = None if self.temporal_address else kept.temporal_ui
            return Endpoints(self.data, self.postgres, self.temporal, ui, self.bootstrap)
        return Endpoints(self.data, self.postgres, self.temporal_address, None, self.kafka_bootstrap)

    @property
    def build_id(self) -> str:
        """The id of this process's build."""
        return self.build or this_build()

    def vault(self) -> Vault:
        """The vault with the master key.

        Raises:
            NoKeysError: no setting names the key, and the folder has none.
        """
        return Vault(_key(self.master_key_file) if self.master_key_file else Keys.read(self.data).master_key)

    def institution_keys(self) -> Keys | None:
        """The key for the institutions' passwords, in `Keys`; None: it is not known here."""
        if self.institutions_key_file:
            return Keys(b"", "", "", "", _key(self.institutions_key_file))
        return None if self.kafka_bootstrap else Keys.read(self.data)

    def municipality(self) -> Profile:
        """The municipality's profile.

        Raises:
            ProfileError: it has mistakes.
        """
        return self.municipality_now()()

    def municipality_now(self) -> CurrentProfile:
        """A function that returns the current profile: institutions may be registered at any time.

        Raises:
            ProfileError: it has mistakes.
        """
        return CurrentProfile(self.data, self.profile)

    @property
    def _endpoints(self) -> Endpoints:
        return Endpoints.read(self.data)


def unknown_variables() -> list[str]:
    """Variables `HANDOFF_*` that are no settings: probably typing errors."""
    settings = {PREFIX + name.upper() for name in Settings.model_fields} | {FILE_VARIABLE, SECRETS_VARIABLE}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in settings)


def _named_file() -> Path | None:
    """The settings file that the environment names.

    Raises:
        FileNotFoundError: it does not exist.
    """
    named = os.environ.get(FILE_VARIABLE)
    if named and not Path(named).is_file():
        raise FileNotFoundError(2, "no such file", named)
    return Path(named) if named else None


def _key(file: Path) -> bytes:
    """Read a key of 32 bytes, raw or as base64.

    Raises:
        ValueError: the file does not exist or has something else; the text never shows its content.
    """
    try:
        stored = file.read_bytes()
        key = stored if len(stored) == KEY_BYTES else b64decode(stored, validate=False)
    except OSError as error:
        raise ValueError(f"{file} cannot be read ({error.strerror})") from None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"{file} has no key of {KEY_BYTES} bytes, raw or as base64")
    return key


def _in_words(error: Any) -> str:
    name = str(error["loc"][0]) if error["loc"] else "settings"
    field = Settings.model_fields.get(name)
    if field is None:
        return f"{name}: unknown setting; see docs/settings.md."
    reason = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    if error["type"] == "string_pattern_mismatch":
        reason = f"it does not have the form of {field.description}"
    return f"{PREFIX}{name.upper()}: {reason.rstrip('.')}."
