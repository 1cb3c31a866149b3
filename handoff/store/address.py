"""PostgreSQL's address as libpq writes it, parsed in one place for all that connect."""

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
_OURS = ("connect_timeout", "application_name")  # not passed on: we set both ourselves
_HOST = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(:(?P<port>[0-9]+))?")
_CHOICES = {"sslmode": _SSL_MODES, "target_session_attrs": _SESSIONS}
_CONNECTS_WITHIN = 10.0  # seconds; asyncpg's default is a minute


class AddressError(ValueError):
    """The address is invalid; the text says which part, without secrets."""


@dataclass(frozen=True)
class Address:
    """A parsed address of PostgreSQL.

    Attributes:
        dsn: for asyncpg and libpq. It includes the password: never print it.
        shown: hosts and database only, for people.
        database: name of the database.
        hosts: each host with its port.
        connect_within: time limit for connecting, in seconds.
    """

    dsn: str = field(repr=False)
    shown: str
    database: str
    hosts: tuple[tuple[str, int], ...]
    connect_within: float

    @classmethod
    def of(cls, url: str) -> "Address":
        """Parse an address: `postgresql://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?sslmode=verify-full`.

        Raises:
            AddressError: it is not an address, or has an unknown or invalid parameter.
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
            tuple(_host(word, asked) for word in netloc.split(",")),
            float(asked.get("connect_timeout") or _CONNECTS_WITHIN) or _CONNECTS_WITHIN,
        )

    def with_database(self, name: str) -> "Address":
        """The address of another database on the same server."""
        parts = urlsplit(self.dsn)
        asked = [(key, value) for key, value in parse_qsl(parts.query) if key != "dbname"]
        return Address.of(parts._replace(path=f"/{quote(name)}", query=urlencode(asked, quote_via=quote)).geturl())

    def without_password(self) -> tuple[str, str]:
        """The address without its password, and the password ("" if none): other users can see a command line."""
        parts = urlsplit(self.dsn)
        user, _, password = parts.netloc.rpartition("@")[0].partition(":")
        hosts = parts.netloc.rpartition("@")[2]
        asked = parse_qsl(parts.query)
        query = urlencode([pair for pair in asked if pair[0] != "password"], quote_via=quote)
        shown = parts._replace(netloc=f"{user}@{hosts}" if user else hosts, query=query)
        return shown.geturl(), unquote(password) or dict(asked).get("password", "")

    async def connect(self, **settings: Any) -> "asyncpg.Connection[asyncpg.Record]":
        """Open a connection; `settings` are passed to `asyncpg.connect`.

        Raises:
            OSError, asyncpg.PostgresError, asyncpg.InterfaceError: it cannot connect.
        """
        return await asyncpg.connect(self.dsn, timeout=self.connect_within, **settings)


def _host(word: str, asked: dict[str, str]) -> tuple[str, int]:
    match = _HOST.fullmatch(word)
    if match is None:
        raise AddressError("its port is not a number")
    return match["host"].strip("[]"), int(match["port"] or asked.get("port", "").partition(",")[0] or 5432)


def _understood(asked: dict[str, str]) -> None:
    for name, value in asked.items():
        if name not in (*_ASYNCPG_READS, *_OURS):
            raise AddressError(f"its parameter {name} is unknown: leave it out")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise AddressError(f"its parameter {name} must be one of {', '.join(_CHOICES[name])}")
        if name in _FILES and not Path(value).is_file():
            raise AddressError(f"its parameter {name} names a file that does not exist")
        if name == "connect_timeout" and not value.isdigit():
            raise AddressError("its parameter connect_timeout is not a number of seconds")
    root = asked.get("sslrootcert")
    if root:
        _certificates(root)
    if asked.get("sslmode", "").startswith("verify-") and not root and not _default_root().is_file():
        raise AddressError(
            f"sslmode={asked['sslmode']} needs sslrootcert=FILE, the certificate that signed the server's certificate"
        )


def _certificates(file: str) -> None:
    try:
        ssl.create_default_context(cafile=file)
    except (ssl.SSLError, OSError):
        raise AddressError("its parameter sslrootcert names a file without a certificate") from None


def _default_root() -> Path:
    return Path("~/.postgresql/root.crt").expanduser()
