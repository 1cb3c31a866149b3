"""The data folder's secrets: one file, mode 0600, generated once."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from console.errors import NotConnectedError
from handoff.profile.model import Profile
from workers.data_folder import files

FILE = "secrets.json"
_SEALED = ("postgres", "kafka", "endpoints.json")  # of a data folder: what its secrets open


class NoKeysError(NotConnectedError):
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

    def institution_password(self, code: str, version: int = 1) -> str:
        """The Kafka password of an institution; each version is another one."""
        named = code if version == 1 else f"{code}#{version}"  # no code has a '#'
        digest = hmac.digest(self.institutions_key, named.encode(), hashlib.sha256)
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
        return cls.in_file(data / FILE)

    @classmethod
    def in_file(cls, file: Path) -> "Keys":
        """The secrets that a file holds: a data folder's, or a copy of them.

        Raises:
            NoKeysError: it is missing, or not whole.
        """
        found = files.read_json(file)
        try:
            return cls(
                master_key=base64.b64decode(found["master_key"]),
                postgres_password=found["postgres_password"],
                engine_password=found["engine_password"],
                broker_password=found["broker_password"],
                institutions_key=base64.b64decode(found["institutions_key"]),
            )
        except (KeyError, ValueError, TypeError) as broken:
            raise NoKeysError(f"{file} is missing or not whole; `handoff up` makes it on a new folder.") from broken

    @classmethod
    def of(cls, data: Path) -> "Keys":
        """The secrets of a data folder, generated if it is new.

        Raises:
            NoKeysError: a file is there and cannot be read, or it is gone and what it opens is still there; nothing
                is ever made anew then.
        """
        if not (data / FILE).exists():
            if there := [each for each in _SEALED if (data / each).exists()]:
                raise NoKeysError(
                    f"{data} holds data ({', '.join(there)}) and no {FILE}, without which nobody can read it: put the "
                    f"copy of {FILE} back there. If there is none, name another folder with --data to begin anew."
                )
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


def password_of(profile: Profile, keys: Keys, institution: str) -> str:
    """An institution's Kafka password, of the version that its profile names."""
    body = profile.institution(institution)
    return keys.institution_password(institution, body.password_version if body else 1)
