"""Putting a backup back: checked whole and prepared beside what is there, then put in place in one step."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import citysquare
from citysquare.config import PREFIX, Config
from citysquare.site import running
from citysquare.site.backup import databases, placing
from citysquare.site.backup.archive import Manifest, unpack
from citysquare.site.backup.databases import SQLITE_NAME, sqlite_file
from citysquare.site.backup.errors import Altered, Newer, NotEmpty, OtherDatabase, Running, disk
from citysquare.site.backup.making import INDEX, KEYS, OTHERS, alone
from citysquare.site.backup.sealing import Header
from citysquare.site.children import supervisor_running

LOCK = ".restore-lock"
ANOTHER = "Another restore is at work; wait for it."

_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to put back, and whether what is there may be put aside."""

    backup: Path
    passphrase: bytes | None
    replace: bool = False
    settle: bool = True
    """Whether to bring the restored state up to this version and note the restore in the log; not on the way back from an upgrade."""


def restore(config: Config, wanted: Wanted, at: datetime, say: Callable[[str], None]) -> Manifest:
    """Put a backup back. Raises BackupError; before the last step nothing has changed, after it everything has."""
    refuse_running(config)
    with disk("The restore cannot be prepared"):
        config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with alone(config.data_dir / LOCK, ANOTHER):
            _finish_interrupted(config, say)
            if not wanted.replace:
                _refuse_full(config)
            try:
                manifest = _prepare(config, wanted)
                _put_in_place(config, manifest, at, say)
            finally:
                if placing.pending(config) is None:
                    placing.forget(config)
                    _beside(config).unlink(missing_ok=True)
    if wanted.settle:
        from citysquare.site.backup import afterwards  # noqa: PLC0415 -- models can be imported only once Django is set up

        afterwards.settle(config, manifest, at, say)
    return manifest


def refuse_running(config: Config) -> None:
    """Raise Running while the platform works on this data folder."""
    if supervisor_running(config.data_dir):
        raise Running(f"Citysquare is running on {config.data_dir}: stop it first (systemctl stop citysquare, or Ctrl-C).")


def refuse_newer(header: Header) -> None:
    """Raise Newer when the backup was made by a version above ours."""
    if _numbers(header.version) > _numbers(citysquare.__version__):
        raise Newer(f"The backup was made by version {header.version} and this is {citysquare.__version__}: restore it with that version.")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _NUMBERS.findall(version[:40])[:3])


def _refuse_full(config: Config) -> None:
    for name in ("secret_key", "node.json", "audit"):
        path = config.data_dir / name
        if path.is_file() or (path.is_dir() and any(path.iterdir())):
            raise NotEmpty(f"There is an installation in {config.data_dir} already: --replace puts it aside, and nothing is thrown away.")
    databases.refuse_full(config)


def _beside(config: Config) -> Path:
    """Return where the SQLite database waits: beside its place, so that moving it there is one step also on another volume."""
    path = sqlite_file(config)
    return (path or config.data_dir / "none").with_name((path.name if path else "none") + ".restoring")


def _prepare(config: Config, wanted: Wanted) -> Manifest:
    folder = placing.prepared(config)
    for each in (placing.staging(config), folder):
        each.mkdir(mode=0o700)
    manifest = unpack(wanted.backup, wanted.passphrase, folder, refuse_newer)
    engine = "sqlite" if sqlite_file(config) is not None else "postgresql"
    if manifest.database["engine"] != engine:
        raise OtherDatabase(f"The backup is of {manifest.database['engine']}, the settings name {engine}: see database_url.")
    key = folder / "secret_key"
    if key.is_file() and config.secret_key is None:
        os.environ[f"{PREFIX}SECRET_KEY"] = key.read_text(encoding="ascii").strip()  # or setting Django up would make another one
    running.set_up_django()
    _refuse_unknown_migrations(manifest)
    if engine == "sqlite":
        _check_database(folder / SQLITE_NAME)
        place = _beside(config)
        with disk("The database cannot be put beside its place"):
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.move(folder / SQLITE_NAME, place)
    return manifest


def _refuse_unknown_migrations(manifest: Manifest) -> None:
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415 -- only once Django is set up

    known = set(MigrationLoader(None).disk_migrations)
    unknown = [row for row in manifest.database["migrations"] if tuple(row) not in known]
    if unknown:
        named = ".".join(map(str, unknown[0]))
        raise Newer(
            f"The backup's database has changes this version does not know ({named[:100]}): restore it with the version that made it."
        )


def _check_database(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            databases.check_sqlite(connection)
    except sqlite3.Error as error:
        raise Altered(f"The backup's database cannot be opened: {error}.") from None


def _put_in_place(config: Config, manifest: Manifest, at: datetime, say: Callable[[str], None]) -> None:
    from citysquare.site.backup import afterwards, rows  # noqa: PLC0415 -- models can be imported only once Django is set up

    stamp = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    folder, aside = placing.prepared(config), config.data_dir / f"before-restore-{stamp}"
    moves = placing.Moves()
    path = sqlite_file(config)
    if path is not None:
        for suffix in ("-wal", "-shm"):
            moves.aside_then_in(path.with_name(path.name + suffix), None, path.with_name(f"{path.name}.before-restore-{stamp}{suffix}"))
        moves.aside_then_in(path, _beside(config), path.with_name(f"{path.name}.before-restore-{stamp}"))
    for name in (*KEYS, *OTHERS):
        if (folder / name).exists():
            moves.aside_then_in(config.data_dir / name, folder / name, aside / name)
    if afterwards.log_goes_on(config.audit_dir, folder / "audit"):
        say("The audit log here goes on from the backup's: its later entries stay, and the table is filled up from them.")
    else:
        moves.aside_then_in(config.audit_dir, folder / "audit", aside / "audit")
    if (folder / "footage" / INDEX).exists() and not (config.store_dir / INDEX).exists():
        moves.aside_then_in(config.store_dir / INDEX, folder / "footage" / INDEX, aside / INDEX)
    mark = "" if path is not None else stamp
    placing.write_journal(config, moves, mark)
    if mark:
        try:
            rows.put_back(manifest, folder / "database" / "rows", stamp)
        except BaseException:
            (placing.staging(config) / placing.JOURNAL).unlink(missing_ok=True)  # the transaction did not happen
            raise
    placing.perform(config, moves)


def finish_interrupted(config: Config, say: Callable[[str], None]) -> None:
    """Finish a restore that was cut short after its decision; forget one that was cut short before. Raises BackupError."""
    if placing.staging(config).exists():
        with disk("The unfinished restore cannot be looked at"), alone(config.data_dir / LOCK, ANOTHER):
            _finish_interrupted(config, say)


def _finish_interrupted(config: Config, say: Callable[[str], None]) -> None:
    unfinished = placing.pending(config)
    if unfinished is None:
        placing.forget(config)
        return
    moves, mark = unfinished
    if mark:
        running.set_up_django()
        from citysquare.site.backup import rows  # noqa: PLC0415 -- only once Django is set up

        if not rows.happened(mark):
            placing.forget(config)
            return
    say("A restore was cut short; it is finished now.")
    placing.perform(config, moves)
