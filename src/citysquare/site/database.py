"""The database that `database_url` names, as Django wants to know it. Knows no Django itself: the settings are made with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from citysquare.config import Config, ConfigurationError

_LONGEST_DATABASE_NAME = 63
"""Bytes of a name in PostgreSQL."""


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
