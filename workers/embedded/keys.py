"""The data folder's secrets: one file, mode 0600, generated once."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from workers.embedded import files

FILE = "secrets.json"


class NoKeysError(Exception):
    """The data folder has no secrets yet: `handoff up` makes them."""


@dataclass(frozen=True)
class Keys:
    """The secrets of one data folder.

    Attributes:
        master_key: 32 bytes under which the persons' own keys are wrapped; lost, every identity is lost.
        postgres_password: of the role `handoff`.
        engine_password: of Kafka's super user `engine`, which intake and relay are.
        broker_password: with which the broker speaks to itself.
        institutions_key: from which each institution's Kafka password is derived.
    """

    master_key: bytes = field(repr=False)
    postgres_password: str = field(repr=False)
    engine_password: str = field(repr=False)
    broker_password: str = field(repr=False)
    institutions_key: bytes = field(repr=False)

    def institution_password(self, code: str) -> str:
        """The Kafka password of an institution: the same for the folder's whole life."""
        digest = hmac.digest(self.institutions_key, code.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:24]).decode()

    @classmethod
    def generate(cls) -> "Keys":
        """New secrets from the system's randomness."""
        token = secrets.token_urlsafe
        return cls(secrets.token_bytes(32), token(24), token(24), token(24), secrets.token_bytes(32))

    @classmethod
    def read(cls, data: Path) -> "Keys":
        """The secrets of a data folder.

        Raises:
            NoKeysError: there are none, or the file is not whole.
        """
        found = files.read_json(data / FILE)
        try:
            return cls(
                master_key=base64.b64decode(found["master_key"]),
                postgres_password=found["postgres_password"],
                engine_password=found["engine_password"],
                broker_password=found["broker_password"],
                institutions_key=base64.b64decode(found["institutions_key"]),
            )
        except (KeyError, ValueError, TypeError) as broken:
            raise NoKeysError(
                f"{data / FILE} is missing or not whole; `handoff up` makes it on a new folder."
            ) from broken

    @classmethod
    def of(cls, data: Path) -> "Keys":
        """The secrets of a data folder, generated if it has none.

        Raises:
            NoKeysError: a file is there and cannot be read; it is never overwritten.
        """
        if not (data / FILE).exists():
            _write(data, cls.generate())
        return cls.read(data)


def _write(data: Path, keys: Keys) -> None:
    content = {
        "master_key": base64.b64encode(keys.master_key).decode(),
        "postgres_password": keys.postgres_password,
        "engine_password": keys.engine_password,
        "broker_password": keys.broker_password,
        "institutions_key": base64.b64encode(keys.institutions_key).decode(),
    }
    files.write_json(data / FILE, content, mode=0o600)
