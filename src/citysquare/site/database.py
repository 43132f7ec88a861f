"""The database that `database_url` names: as Django wants to know it, and whether it can be used. Knows no Django itself."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from citysquare.config import Config, ConfigurationError
from citysquare.site.errors import OperationError

if TYPE_CHECKING:
    import psycopg

OLDEST_POSTGRESQL = 140_000
"""As `server_version` has it: Django 5.2 asks for 14."""

_LONGEST_DATABASE_NAME = 63
"""Bytes of a name in PostgreSQL."""
_TRY_AGAIN_SECONDS = 2.0
_CONNECT_SECONDS = 5


class DatabaseUnfit(OperationError):
    """A database that cannot be used."""

    code = "database.error"


class Unreachable(DatabaseUnfit):
    """No PostgreSQL answers at the address."""

    code = "database.unreachable"


class WrongPassword(DatabaseUnfit):
    """The server does not let the role in: the password, or its pg_hba.conf."""

    code = "database.wrong_password"


class NoDatabase(DatabaseUnfit):
    """The server has no database of this name, or the role none of its own."""

    code = "database.missing"


class TooOld(DatabaseUnfit):
    """The server is older than what we can use."""

    code = "database.too_old"


class NoRights(DatabaseUnfit):
    """The role may not make tables in the database."""

    code = "database.no_rights"


class WrongEncoding(DatabaseUnfit):
    """The database cannot keep every letter of the world."""

    code = "database.not_utf8"


def database_settings(config: Config) -> dict[str, Any]:
    """Return Django's settings of the database named by `database_url`.

    Raises ConfigurationError for an address that is neither SQLite nor PostgreSQL, and without PostgreSQL's driver.
    """
    if not config.database_url:
        return _sqlite(config.data_dir / "citysquare.sqlite3")
    try:
        parts = urlsplit(config.database_url)
    except ValueError:
        raise ConfigurationError("database_url: this is no address.") from None
    if parts.scheme == "sqlite":
        path = unquote(parts.path)[1:]
        if not path:
            raise ConfigurationError("database_url: SQLite needs a path, such as sqlite:////var/lib/citysquare/citysquare.sqlite3.")
        return _sqlite(Path(path))
    if parts.scheme in {"postgresql", "postgres"}:
        return _postgresql(parts)
    raise ConfigurationError("database_url: only sqlite:///path and postgresql://… are known.")


def _postgresql(parts: SplitResult) -> dict[str, Any]:
    """Take an address apart as libpq does: the host may be the folder of a Unix socket, percent-encoded or as the option `host`."""
    try:
        port = parts.port
    except ValueError:
        raise ConfigurationError("database_url: the port is no number; a '/', '?', '#' or '@' in a password is percent-encoded.") from None
    name = unquote(parts.path)[1:]
    if not 1 <= len(name.encode()) <= _LONGEST_DATABASE_NAME:
        raise ConfigurationError("database_url: PostgreSQL needs the name of the database, such as postgresql:///citysquare.")
    options = dict(parse_qsl(parts.query))
    if not options.keys() <= _connection_options():  # not named in the sentence: it may be a piece of a password
        raise ConfigurationError("database_url: PostgreSQL's driver has no such option as one of those after the '?'.")
    place = parts.netloc.rpartition("@")[2]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "" if place.startswith("[") else unquote(place.partition(":")[0]),  # hostname has small letters only
        "PORT": str(port or ""),
        "OPTIONS": options,
    }


def _connection_options() -> set[str]:
    """Return what may stand after the '?': libpq's own options, without those that the address itself holds."""
    try:
        from psycopg import pq  # noqa: PLC0415 -- only where PostgreSQL is used
    except ImportError:
        raise ConfigurationError(
            "database_url: the driver of PostgreSQL is missing: docs/how-to/use-postgresql.md says how to add it."
        ) from None
    return {option.keyword.decode() for option in pq.Conninfo.get_defaults()} - {"dbname", "user", "port"}


def _sqlite(path: Path) -> dict[str, Any]:
    """WAL lets readers work while one writes; IMMEDIATE takes the write lock at BEGIN, so that waiting works instead of failing."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }


def postgresql_words(config: Config) -> dict[str, Any]:
    """Return how psycopg connects to the database that `database_url` names. Raises ConfigurationError."""
    settings = database_settings(config)
    named = {"dbname": settings["NAME"], "user": settings["USER"], "password": settings["PASSWORD"]}
    named |= {"host": settings["HOST"], "port": settings["PORT"]}
    words: dict[str, Any] = {name: value for name, value in named.items() if value} | settings["OPTIONS"]
    return words


def wait_for_database(config: Config, say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep) -> None:
    """Return when the database can be used: at once for SQLite, else after at most `database_wait_seconds`.

    Only a server that does not answer is waited for; what waiting cannot mend is said at once. Raises DatabaseUnfit, ConfigurationError.
    """
    if not database_settings(config)["ENGINE"].endswith("postgresql"):
        return
    tries = 1 + int(config.database_wait_seconds / _TRY_AGAIN_SECONDS)
    for left in reversed(range(tries)):
        try:
            _look_at(config)
        except Unreachable as error:
            if not left:
                raise
            if left == tries - 1:
                say(f"{error.message} Trying again for up to {config.database_wait_seconds} s.")
            sleep(_TRY_AGAIN_SECONDS)
        else:
            return


def _look_at(config: Config) -> None:
    """Connect once and see whether the server will do. Raises DatabaseUnfit."""
    import psycopg  # noqa: PLC0415 -- only where PostgreSQL is used

    words = postgresql_words(config)
    try:
        with psycopg.connect(**({"connect_timeout": _CONNECT_SECONDS} | words)) as connection:
            _refuse_unfit(connection)
    except psycopg.Error as error:
        raise _refused(error, str(words.get("dbname", ""))) from None


def _refuse_unfit(connection: psycopg.Connection[Any]) -> None:
    version = connection.info.server_version
    if version < OLDEST_POSTGRESQL:
        raise TooOld(f"The server is PostgreSQL {version // 10_000}; Citysquare needs {OLDEST_POSTGRESQL // 10_000} or newer.")
    found = connection.execute(
        "SELECT current_setting('server_encoding'), has_schema_privilege(current_schema(), 'CREATE'), current_database(), current_user"
    ).fetchone()
    encoding, may_create, database, role = found or ("", False, "", "")
    if encoding != "UTF8":
        raise WrongEncoding(f"The database {database} has the encoding {encoding}: make it with ENCODING 'UTF8' TEMPLATE template0.")
    if not may_create:
        raise NoRights(f"The role {role} may not make tables in {database}: it must own it (ALTER DATABASE {database} OWNER TO {role}).")


_ANSWERS: tuple[tuple[str, type[DatabaseUnfit], str], ...] = (
    ("password authentication failed|no password supplied", WrongPassword, "The server does not take the password: see database_url."),
    ("no pg_hba.conf entry|authentication failed", WrongPassword, "The server does not let this role in from here: see its pg_hba.conf."),
    ('role ".*" does not exist|role ".*" is not permitted', WrongPassword, "The server knows no such role that may sign in."),
    ('database ".*" does not exist', NoDatabase, "The server has no database {name}: CREATE DATABASE {name} OWNER … makes it."),
    ("permission denied for database", NoRights, "The role may not connect to the database {name}."),
    ("certificate|SSL|sslmode", DatabaseUnfit, "No safe connection to the server: {words}."),
)
"""What a server or the driver says, in English, and what it means; libpq gives no codes for a connection that was refused."""

_QUESTION = " Is the server running on that host and accepting TCP/IP connections?"
"""What libpq appends; the refusal says itself what to do."""


def _refused(error: psycopg.Error, name: str) -> DatabaseUnfit:
    """Return what a failed connection means. The driver's words never hold the password."""
    words = " ".join(str(error).split()).replace(_QUESTION, "")[:300].rstrip(".")
    for pattern, kind, sentence in _ANSWERS:
        if re.search(pattern, words):
            return kind(sentence.format(name=name, words=words))
    return Unreachable(f"The database does not answer: {words}.")
