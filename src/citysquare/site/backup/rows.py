"""The rows of a PostgreSQL backup, put back in one transaction: tables made by our migrations, filled by COPY, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from citysquare.site.backup.archive import Manifest
from citysquare.site.backup.databases import MARK, copy_words, first_line, tables
from citysquare.site.backup.errors import Altered, DatabaseFailed

_COPIED_AT_ONCE = 1_048_576


def put_back(manifest: Manifest, folder: Path, stamp: str) -> None:
    """Move the tables there are into a schema aside, make new ones, fill them. Raises BackupError and has then changed nothing."""
    import psycopg  # noqa: PLC0415 -- only where PostgreSQL is used

    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            _aside(cursor.cursor, stamp)
            executor = MigrationExecutor(connection)
            executor.migrate([(str(app), str(name)) for app, name in manifest.database["migrations"]])
            _fill(cursor.cursor, manifest, folder)
            cursor.execute(f"CREATE TABLE {MARK} (stamp text NOT NULL)")
            cursor.execute(f"INSERT INTO {MARK} VALUES (%s)", [stamp])  # noqa: S608 -- a name of our own
    except (DatabaseError, psycopg.Error) as error:
        raise DatabaseFailed(f"The database did not take the backup, and is as it was: {first_line(error)}.") from None


def _aside(cursor: Any, stamp: str) -> None:  # noqa: ANN401 -- psycopg's cursor, whose driver is not always there
    from psycopg import sql  # noqa: PLC0415 -- only where PostgreSQL is used

    listed = [name for name, _ in tables(cursor)]
    if not listed:
        return
    schema = sql.Identifier(f"before_restore_{stamp.lower()}")
    cursor.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
    for name in listed:
        cursor.execute(sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(sql.Identifier(name), schema))


def _fill(cursor: Any, manifest: Manifest, folder: Path) -> None:  # noqa: ANN401 -- as above
    from psycopg import sql  # noqa: PLC0415 -- only where PostgreSQL is used

    there = dict(tables(cursor))
    cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, there))))
    listed = manifest.database.get("tables")
    if not isinstance(listed, dict):
        raise Altered("The backup is not as it was written: its manifest names no tables.")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # rows come table by table, in the order of the tables' names
    for name, about in listed.items():
        columns = about["columns"]
        if not set(columns) <= set(there.get(name, ())):
            raise Altered(f"The backup's table {name[:63]} is not one its own migrations make.")
        with (folder / name).open("rb") as file, cursor.copy(copy_words(name, columns, "FROM STDIN")) as copy:
            while data := file.read(_COPIED_AT_ONCE):
                copy.write(data)
    _sequences(cursor, there)
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _sequences(cursor: Any, there: dict[str, list[str]]) -> None:  # noqa: ANN401 -- as above
    """Let numbers that the database gives go on behind the last one."""
    from psycopg import sql  # noqa: PLC0415 -- only where PostgreSQL is used

    for name, columns in there.items():
        for column in columns:
            found = cursor.execute("SELECT pg_get_serial_sequence(quote_ident(%s), %s)", [name, column]).fetchone()
            if found and found[0]:
                words = sql.SQL("SELECT setval(%s, coalesce(max({0}), 0) + 1, false) FROM {1}")
                cursor.execute(words.format(sql.Identifier(column), sql.Identifier(name)), [found[0]])


def happened(stamp: str) -> bool:
    """Say whether the transaction of this restore was kept. Raises DatabaseFailed."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s)", [MARK])
            if cursor.fetchone()[0] is None:
                return False
            cursor.execute(f"SELECT stamp = %s FROM {MARK}", [stamp])  # noqa: S608 -- a name of our own
            found = cursor.fetchone()
            return bool(found and found[0])
    except DatabaseError as error:
        raise DatabaseFailed(f"The database cannot be asked whether the last restore happened: {first_line(error)}.") from None
