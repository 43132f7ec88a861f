"""`citysquare upgrade`: bring an installation to this version, with a backup before and the way back when it fails."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.exceptions import MigrationSchemaMissing
from django.db.migrations.loader import MigrationLoader

import citysquare
from citysquare.config import Config
from citysquare.platform.audit import verify
from citysquare.site.backup.databases import first_line
from citysquare.site.backup.errors import BackupError, DatabaseFailed, Newer
from citysquare.site.backup.making import Asked, make
from citysquare.site.backup.restoring import Wanted, restore


class UpgradeFailed(BackupError):
    """The upgrade failed; the backup taken before was put back."""

    code = "upgrade.failed"


@dataclass(frozen=True, slots=True)
class State:
    """What the database has and lacks, seen from this version."""

    unknown: tuple[str, ...]
    missing: tuple[str, ...]


def state() -> State:
    """Compare the migrations the database has with those of this version. Raises DatabaseFailed."""
    try:
        loader = MigrationLoader(connection)
        applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
        unknown = sorted(f"{app}.{name}" for app, name in applied - known if app in loader.migrated_apps)
        return State(tuple(unknown), tuple(sorted(f"{app}.{name}" for app, name in known - applied)))
    except (DatabaseError, MigrationSchemaMissing) as error:
        raise DatabaseFailed(f"The database cannot be read: {first_line(error)}.") from None


def refuse_newer_database() -> None:
    """Raise Newer when a newer version has worked with this database: ours could damage what it does not know."""
    unknown = state().unknown
    if unknown:
        raise Newer(f"The database was changed by a newer version ({unknown[0]}): start that version, or restore a backup of before.")


def upgrade(config: Config, asked: Asked, at: datetime, say: Callable[[str], None]) -> None:
    """Back up, migrate, check. Raises UpgradeFailed after it has put the backup back, other BackupErrors when nothing was changed."""
    refuse_newer_database()
    missing = state().missing
    if not missing:
        say(f"The database is that of version {citysquare.__version__} already; nothing is to be done.")
        return
    say(f"Upgrading to {citysquare.__version__}: {len(missing)} changes of the database.")
    path = make(config, asked, at, say)
    try:
        _change(config)
    except BaseException:
        _go_back(config, asked, path, at, say)
        raise
    say("The upgrade is done; start Citysquare. The backup stays until you remove it.")


def _change(config: Config) -> None:
    """Migrate, in a process of its own, and see that models and tables fit and the log is whole. Raises UpgradeFailed."""
    connection.close()
    for words in (("migrate", "--no-input", "--verbosity=0"), ("check",), ("makemigrations", "--check", "--dry-run", "--verbosity=0")):
        done = subprocess.run(  # noqa: S603 -- our own command
            [sys.executable, "-m", "citysquare.site.console", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise _failed(f"'{words[0]}' said: {''.join(last)[:200] or 'nothing'}")
    changed = [finding for finding in verify(config.audit_dir).findings if finding.kind in {"changed", "different"}]
    if changed:
        raise _failed(f"entry {changed[0].sequence} of the audit log is not as it was written")


def _failed(why: str) -> UpgradeFailed:
    return UpgradeFailed(f"The upgrade failed ({why.rstrip('.')}), and everything is as it was before. Start the version you had.")


def _go_back(config: Config, asked: Asked, path: Path, at: datetime, say: Callable[[str], None]) -> None:
    say("The upgrade failed; the backup is put back.")
    connection.close()
    restore(config, Wanted(path, asked.passphrase, replace=True, settle=False), at, say)
