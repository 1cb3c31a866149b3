"""What every process and command is told from outside, each setting with its meaning: docs/settings.md is made from it.

The first that says something counts: a variable `HANDOFF_*`; a file of its own in the folder that `HANDOFF_SECRETS`
names (`handoff_postgres_url`); a line of the TOML file that `HANDOFF_SETTINGS` names, else of `settings.toml` in the
data folder; what `handoff up` keeps in the data folder.
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
    """A setting is wrong; the text names each with the reason, and never shows a secret."""


class Settings(BaseSettings):
    """Settings of processes and commands. Whatever is not set is read from the data folder."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True, ignored_types=(cached_property,)
    )

    data: Path = Field(
        default=FOLDER, description="The data folder: what `handoff up` keeps, and `settings.toml` if there is one."
    )
    profile: str = Field(default="", description="A bundled profile's name, or the path of a TOML file.")
    postgres_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL's address as libpq writes it: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, with "
        "several hosts, `sslmode`, `sslrootcert` and so on if need be.",
    )
    kafka_bootstrap: str = Field(
        default="", pattern=_ADDRESSES, description="Kafka's brokers, `HOST:PORT`, several with commas between."
    )
    kafka_public_bootstrap: str = Field(
        default="",
        pattern=_ADDRESSES,
        description="Kafka's brokers as institutions reach them, where that is another address: "
        "`handoff institutions show` prints it.",
    )
    kafka_username: str = Field(default="engine", description="The engine's Kafka user (SCRAM-SHA-256).")
    kafka_password: SecretStr | None = Field(
        default=None, description="Its password. Without one a Kafka of your own is spoken to in the clear and unnamed."
    )
    kafka_replication: int = Field(
        default=1, ge=1, le=9, description="Replicas of each topic that `handoff provision` makes."
    )
    kafka_retention_days: int = Field(
        default=30, ge=14, le=3650, description="Days that records of institutions' topics are kept; 14 at least."
    )
    institutions_key_file: Path | None = Field(
        default=None,
        description="32 bytes, raw or as base64, from which the institutions' Kafka passwords are derived. "
        "Without it `handoff provision` makes no Kafka users on a broker of your own.",
    )
    temporal_address: str = Field(default="", pattern=f"^$|{_ADDRESS}", description="Temporal's frontend, `HOST:PORT`.")
    temporal_namespace: str = Field(default="default", pattern=_CODE, description="The namespace that holds the cases.")
    temporal_retention_days: int = Field(
        default=3650, ge=1, le=36500, description="Days that Temporal knows a finished run."
    )
    master_key_file: Path | None = Field(
        default=None,
        description="32 bytes, raw or as base64, under which every person's key is sealed: back it up apart.",
    )
    parked_days: int = Field(
        default=90, ge=1, le=3650, description="Days after which the bytes of a parked record are deleted."
    )
    worker_versioning: Literal["off", "pinned"] = Field(
        default="off",
        description="`pinned`: a case stays with the build that began its chapter, so two builds of the worker run "
        "side by side (docs/operations.md). `off`: every worker takes every case.",
    )
    build: str = Field(
        default="", pattern=f"^$|{_CODE}", description="The build's id; else made from version and code."
    )
    workers: int = Field(
        default=1, ge=1, le=1000, description="How many workers are meant to run: `handoff doctor` says when fewer do."
    )
    intakes: int = Field(default=1, ge=1, le=1000, description="The same of intakes.")
    relays: int = Field(default=1, ge=1, le=1000, description="The same of relays.")
    health_host: str = Field(default="127.0.0.1", description="Where the health port listens.")
    health_port: int = Field(
        default=0, ge=0, le=65535, description="Where `/live`, `/ready` and `/metrics` answer over HTTP; 0: nowhere."
    )

    @classmethod
    def read(cls, data: Path | None = None) -> Self:
        """The settings of this process; `data` is the folder that a command line names.

        Raises:
            SettingsError: one is wrong.
        """
        try:
            return cls() if data is None else cls(data=data)
        except ValidationError as error:
            raise SettingsError("\n".join(_in_words(each) for each in error.errors())) from None
        except OSError as error:
            raise SettingsError(f"{FILE_VARIABLE}: {error.filename} cannot be read ({error.strerror}).") from None
        except ValueError as error:
            raise SettingsError(f"{os.environ.get(FILE_VARIABLE) or FILE} is not TOML: {error}.") from None

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_: Any, **named: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, environment, files of secrets, settings file: the first that says something counts."""
        given: InitSettingsSource = named["init_settings"]
        folder = Path(given.init_kwargs.get("data") or os.environ.get("HANDOFF_DATA") or FOLDER)
        file = _named_file() or folder / FILE
        found: list[PydanticBaseSettingsSource] = [given, named["env_settings"]]
        if secrets := os.environ.get(SECRETS_VARIABLE):
            found.append(SecretsSettingsSource(settings_cls, secrets_dir=secrets))
        return (*found, TomlConfigSettingsSource(settings_cls, toml_file=file))

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
        """PostgreSQL's address, password included: not to be printed."""
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
        """The engine's Kafka user; None: Kafka is spoken to unnamed."""
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
        """Where the servers answer, whoever runs them.

        Raises:
            NoStackError: nothing is set, and nothing was ever started on the folder.
        """
        if not (self.postgres_url and self.kafka_bootstrap and self.temporal_address):
            kept = self._endpoints
            ui = None if self.temporal_address else kept.temporal_ui
            return Endpoints(self.data, self.postgres, self.temporal, ui, self.bootstrap)
        return Endpoints(self.data, self.postgres, self.temporal_address, None, self.kafka_bootstrap)

    @property
    def build_id(self) -> str:
        """The id of the build that this process is."""
        return self.build or this_build()

    def vault(self) -> Vault:
        """The vault, under the master key.

        Raises:
            NoKeysError: no key is named, and the folder has none.
        """
        return Vault(_key(self.master_key_file) if self.master_key_file else Keys.read(self.data).master_key)

    def institution_keys(self) -> Keys | None:
        """What institutions' passwords are derived from; None: it is not known here."""
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
        """The municipality's profile as something to be asked again: institutions are registered while we run.

        Raises:
            ProfileError: it has mistakes.
        """
        return CurrentProfile(self.data, self.profile)

    @property
    def _endpoints(self) -> Endpoints:
        return Endpoints.read(self.data)


def unknown_variables() -> list[str]:
    """Variables that look like settings and are none: a typing mistake, most likely."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {FILE_VARIABLE, SECRETS_VARIABLE}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def _named_file() -> Path | None:
    """The settings file that the environment names.

    Raises:
        FileNotFoundError: it is not there.
    """
    named = os.environ.get(FILE_VARIABLE)
    if named and not Path(named).is_file():
        raise FileNotFoundError(2, "no such file", named)
    return Path(named) if named else None


def _key(file: Path) -> bytes:
    """A key of 32 bytes from its file.

    Raises:
        ValueError: there is no such file, or it holds something else; the text never shows what.
    """
    try:
        stored = file.read_bytes()
        key = stored if len(stored) == KEY_BYTES else b64decode(stored, validate=False)
    except OSError as error:
        raise ValueError(f"{file} cannot be read ({error.strerror})") from None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"{file} holds no key of {KEY_BYTES} bytes, raw or as base64")
    return key


def _in_words(error: Any) -> str:
    name = str(error["loc"][0]) if error["loc"] else "settings"
    field = Settings.model_fields.get(name)
    if field is None:
        return f"{name}: no setting has this name; docs/settings.md has them all."
    reason = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    if error["type"] == "string_pattern_mismatch":
        reason = f"it has not the form of {field.description}"
    return f"{PREFIX}{name.upper()}: {reason.rstrip('.')}."
