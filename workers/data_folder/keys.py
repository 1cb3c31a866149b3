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
_SEALED = ("postgres", "kafka", "endpoints.json")  # files of a data folder that its secrets open


class NoKeysError(NotConnectedError):
    """Secrets are missing or incomplete."""


@dataclass(frozen=True)
class Keys:
    """The secrets of one data folder.

    Attributes:
        master_key: 32 bytes that seal the persons' own keys. Without it every identity is lost.
        postgres_password: of the role `handoff`.
        engine_password: of Kafka's super user `engine`, for intake and relay.
        broker_password: of the broker's own user.
        institutions_key: the institutions' Kafka passwords are derived from it.
    """

    master_key: bytes = field(repr=False)
    postgres_password: str = field(repr=False)
    engine_password: str = field(repr=False)
    broker_password: str = field(repr=False)
    institutions_key: bytes = field(repr=False)

    def institution_password(self, code: str, version: int = 1) -> str:
        """The Kafka password of an institution; each version gives another one."""
        named = code if version == 1 else f"{code}#{version}"  # a code never has a '#'
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
            NoKeysError: the file is missing or incomplete.
        """
        return cls.in_file(data / FILE)

    @classmethod
    def in_file(cls, file: Path) -> "Keys":
        """The secrets that a file holds: a data folder's, or a copy of them.

        Raises:
            NoKeysError: the file is missing or incomplete.
        """
        kept = files.read_json(file)
        try:
            return cls(
                master_key=base64.b64decode(kept["master_key"]),
                postgres_password=kept["postgres_password"],
                engine_password=kept["engine_password"],
                broker_password=kept["broker_password"],
                institutions_key=base64.b64decode(kept["institutions_key"]),
            )
        except (KeyError, ValueError, TypeError) as broken:
            raise NoKeysError(f"{file} is missing or incomplete; `handoff up` makes it on a new folder.") from broken

    @classmethod
    def of(cls, data: Path) -> "Keys":
        """The secrets of a data folder, generated if the folder is new.

        Raises:
            NoKeysError: the file is incomplete, or it is missing while the folder has data that it opens. It is never
                replaced then.
        """
        if not (data / FILE).exists():
            if there := [name for name in _SEALED if (data / name).exists()]:
                raise NoKeysError(
                    f"{data} has data ({', '.join(there)}) but no {FILE}, without which it cannot be read: put the "
                    f"copy of {FILE} back there. If there is none, start on another folder with --data."
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
    """An institution's Kafka password, in the version that the profile names."""
    body = profile.institution(institution)
    return keys.institution_password(institution, body.password_version if body else 1)
