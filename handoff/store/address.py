"""PostgreSQL's address as libpq and managed databases write it: one reading of it for everybody who connects."""

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import asyncpg

_SCHEMES = ("postgresql", "postgres")
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SESSIONS = ("any", "primary", "standby", "read-write", "read-only", "prefer-standby")
_FILES = ("sslcert", "sslkey", "sslrootcert", "sslcrl", "passfile")
_ASYNCPG_READS = (
    *("host", "port", "dbname", "user", "password", "options", "sslmode", "sslpassword"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs", *_FILES),
)
_OURS = ("connect_timeout", "application_name")  # the one is a number of ours; a process shows itself by the other
_HOST = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(:(?P<port>[0-9]+))?")
_CHOICES = {"sslmode": _SSL_MODES, "target_session_attrs": _SESSIONS}
_CONNECTS_WITHIN = 10.0  # seconds; asyncpg's own is a minute


class AddressError(ValueError):
    """The address is not understood; the text says what of it, and shows no secret."""


@dataclass(frozen=True)
class Address:
    """Where PostgreSQL answers, and how it is spoken to.

    Attributes:
        dsn: for asyncpg and for libpq, password included: not to be printed.
        shown: hosts and database alone.
        database: its name.
        hosts: each host with its port.
        connect_within: seconds.
    """

    dsn: str = field(repr=False)
    shown: str
    database: str
    hosts: tuple[tuple[str, int], ...]
    connect_within: float

    @classmethod
    def of(cls, url: str) -> "Address":
        """Read an address: `postgresql://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?sslmode=verify-full`.

        Raises:
            AddressError: it is none, or a parameter of it is not understood.
        """
        scheme, _, rest = url.partition("://")
        if scheme.partition("+")[0] not in _SCHEMES or not rest:
            raise AddressError("it is not postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
        try:
            parts = urlsplit(f"postgresql://{rest}")
            asked = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        except ValueError:
            raise AddressError("it is not postgresql://USER:PASSWORD@HOST:PORT/DATABASE") from None
        _understood(asked)
        kept = {name: value for name, value in asked.items() if name not in _OURS}
        netloc = parts.netloc.rpartition("@")[2] or asked.get("host", "")
        database = unquote(parts.path.removeprefix("/")) or asked.get("dbname", "")
        return cls(
            parts._replace(query=urlencode(kept, quote_via=quote)).geturl(),
            f"{netloc}/{database}",
            database,
            tuple(_host(each, asked) for each in netloc.split(",")),
            float(asked.get("connect_timeout") or _CONNECTS_WITHIN) or _CONNECTS_WITHIN,
        )

    def with_database(self, name: str) -> "Address":
        """The same server, another database."""
        parts = urlsplit(self.dsn)
        asked = [(key, value) for key, value in parse_qsl(parts.query) if key != "dbname"]
        return Address.of(parts._replace(path=f"/{quote(name)}", query=urlencode(asked, quote_via=quote)).geturl())

    def without_password(self) -> tuple[str, str]:
        """The address without its password, and the password, "" if it has none: for what others see of a command."""
        parts = urlsplit(self.dsn)
        user, _, password = parts.netloc.rpartition("@")[0].partition(":")
        hosts = parts.netloc.rpartition("@")[2]
        asked = parse_qsl(parts.query)
        query = urlencode([each for each in asked if each[0] != "password"], quote_via=quote)
        shown = parts._replace(netloc=f"{user}@{hosts}" if user else hosts, query=query)
        return shown.geturl(), unquote(password) or dict(asked).get("password", "")

    async def connect(self, **settings: Any) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection of its own; `settings` are asyncpg's.

        Raises:
            OSError, asyncpg.PostgresError, asyncpg.InterfaceError: there is none to be had.
        """
        return await asyncpg.connect(self.dsn, timeout=self.connect_within, **settings)


def _host(word: str, asked: dict[str, str]) -> tuple[str, int]:
    found = _HOST.fullmatch(word)
    if found is None:
        raise AddressError("its port is no number")
    return found["host"].strip("[]"), int(found["port"] or asked.get("port", "").partition(",")[0] or 5432)


def _understood(asked: dict[str, str]) -> None:
    for name, value in asked.items():
        if name not in (*_ASYNCPG_READS, *_OURS):
            raise AddressError(f"its parameter {name} is not understood: leave it out")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise AddressError(f"its parameter {name} is none of {', '.join(_CHOICES[name])}")
        if name in _FILES and not Path(value).is_file():
            raise AddressError(f"its parameter {name} names no file that is there")
        if name == "connect_timeout" and not value.isdigit():
            raise AddressError("its parameter connect_timeout is no number of seconds")
    root = asked.get("sslrootcert")
    if root:
        _certificates(root)
    if asked.get("sslmode", "").startswith("verify-") and not root and not _default_root().is_file():
        raise AddressError(
            f"sslmode={asked['sslmode']} needs sslrootcert=FILE, the certificate that signed the server's"
        )


def _certificates(file: str) -> None:
    try:
        ssl.create_default_context(cafile=file)
    except (ssl.SSLError, OSError):
        raise AddressError("its parameter sslrootcert names a file without a certificate") from None


def _default_root() -> Path:
    return Path("~/.postgresql/root.crt").expanduser()
