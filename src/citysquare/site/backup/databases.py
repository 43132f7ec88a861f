"""Taking a database out in one consistent state while others go on writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citysquare.config import Config
from citysquare.site.backup.archive import Packing
from citysquare.site.backup.errors import DatabaseFailed, NotEmpty
from citysquare.site.database import database_settings, postgresql_words

if TYPE_CHECKING:
    import psycopg

SQLITE_NAME = "database/citysquare.sqlite3"
ROWS = "database/rows"
MARK = "citysquare_restored"
"""The table that says which restore was the last that happened; no backup holds it."""
_PAGES_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken: for the manifest."""

    about: dict[str, Any]
    head: tuple[int, str]
    """Number and hash of the last audit entry in the table; 0 and '' without one."""


def sqlite_file(config: Config) -> Path | None:
    """Return the database's file, None where PostgreSQL is used."""
    settings = database_settings(config)
    return Path(settings["NAME"]) if settings["ENGINE"].endswith("sqlite3") else None


def take(config: Config, packing: Packing, work: Path) -> Taken:
    """Put the database into a backup. Raises BackupError, OSError."""
    path = sqlite_file(config)
    if path is None:
        return _take_postgresql(config, packing, work)
    if not path.is_file():
        raise DatabaseFailed(f"There is no database {path} yet: nothing to back up.")
    copy = work / "copy.sqlite3"
    copy_sqlite(path, copy)
    taken = _about_sqlite(copy)
    packing.add(SQLITE_NAME, copy)
    copy.unlink()
    return taken


def copy_sqlite(path: Path, copy: Path) -> None:
    """Copy a database that is in use, as of one moment, into a file without a journal. Writers are not held up. Raises DatabaseFailed."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=20)) as source:
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the moment: later writes are not seen, so no step starts over
            with closing(sqlite3.connect(copy)) as target:
                source.backup(target, pages=_PAGES_AT_ONCE)
                target.execute("PRAGMA journal_mode=DELETE")
                check_sqlite(target)
    except sqlite3.Error as error:
        raise DatabaseFailed(f"The database {path.name} cannot be copied: {error}.") from None


def check_sqlite(connection: sqlite3.Connection) -> None:
    """Raise DatabaseFailed when the file is damaged."""
    found = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found is None or found[0] != "ok":
        raise DatabaseFailed("The database is damaged inside: PRAGMA integrity_check on it says where.")


def _about_sqlite(path: Path) -> Taken:
    try:
        with closing(sqlite3.connect(path)) as copy:
            migrations = [list(row) for row in copy.execute("SELECT app, name FROM django_migrations ORDER BY id")]
            head = copy.execute("SELECT sequence, hash FROM platform_auditentry ORDER BY sequence DESC LIMIT 1").fetchone()
    except sqlite3.Error as error:
        raise DatabaseFailed(f"The database is none of Citysquare's: {error}.") from None
    return Taken({"engine": "sqlite", "migrations": migrations}, tuple(head) if head else (0, ""))


def _take_postgresql(config: Config, packing: Packing, work: Path) -> Taken:
    """Copy every table in one REPEATABLE READ snapshot: no programs of PostgreSQL are needed, and any newer server takes the rows."""
    import psycopg  # noqa: PLC0415 -- only where PostgreSQL is used

    try:
        with psycopg.connect(**postgresql_words(config)) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with connection.cursor() as cursor:
                migrations = cursor.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
                head = cursor.execute("SELECT sequence, hash FROM platform_auditentry ORDER BY sequence DESC LIMIT 1").fetchone()
                listed = {name: _take_table(cursor, name, columns, packing, work) for name, columns in tables(cursor) if name != MARK}
    except psycopg.Error as error:
        raise DatabaseFailed(f"The database cannot be read: {first_line(error)}.") from None
    about = {"engine": "postgresql", "migrations": [list(row) for row in migrations], "tables": listed}
    return Taken(about, (int(head[0]), str(head[1])) if head else (0, ""))


def _take_table(cursor: psycopg.Cursor[Any], name: str, columns: list[str], packing: Packing, work: Path) -> dict[str, Any]:
    copy = work / "rows"
    with copy.open("wb") as file, cursor.copy(copy_words(name, columns, "TO STDOUT")) as rows:
        for data in rows:
            file.write(data)
    packing.add(f"{ROWS}/{name}", copy)
    copy.unlink()
    return {"columns": columns}


def copy_words(name: str, columns: list[str], how: str) -> Any:  # noqa: ANN401 -- psycopg's own type, which is there only with the driver
    """Return a COPY of a table's columns, in PostgreSQL's text form."""
    from psycopg import sql  # noqa: PLC0415 -- only where PostgreSQL is used

    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) " + how).format(sql.Identifier(name), listed)


def tables(cursor: psycopg.Cursor[Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield every table of the schema in use with the columns that hold values of their own."""
    found = cursor.execute(
        """
        SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
            AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        GROUP BY c.relname ORDER BY c.relname
        """
    ).fetchall()
    yield from ((str(name), list(columns)) for name, columns in found)


def refuse_full(config: Config) -> None:
    """Raise NotEmpty when the database holds anything already."""
    path = sqlite_file(config)
    if path is not None:
        if path.exists() and path.stat().st_size:
            raise NotEmpty(f"There is a database {path} already: --replace puts it aside, and nothing is thrown away.")
        return
    import psycopg  # noqa: PLC0415 -- only where PostgreSQL is used

    try:
        with psycopg.connect(**postgresql_words(config)) as connection, connection.cursor() as cursor:
            if any(tables(cursor)):
                raise NotEmpty("The database has tables already: --replace puts them into a schema aside, and nothing is thrown away.")
    except psycopg.Error as error:
        raise DatabaseFailed(f"The database cannot be read: {first_line(error)}.") from None


def first_line(error: Exception) -> str:
    """Return the first line of an error's words: the others may quote rows."""
    return (str(error).strip().splitlines() or ["it does not say why"])[0].rstrip(".")
