"""Making a backup while the platform runs."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import citysquare
from citysquare import config as _config
from citysquare.config import Config
from citysquare.proof.private_files import sync_folder
from citysquare.site.backup import databases
from citysquare.site.backup.archive import Packing
from citysquare.site.backup.errors import Exists, Running, disk
from citysquare.site.backup.sealing import Writer

SUFFIX = ".backup"
PARTIAL = ".partial"
CAMERA_KEYS = "keys/cameras.json"
"""What opens the cameras' passwords: only in a sealed backup, where it is no easier to have than they are."""
AUDIT_HEADS = "heads.jsonl"
"""The signed heads, in the folder of the log's files."""
AUDIT_KEYS = ("keys/centre.key", "keys/audit-names.key")
"""What signs as this centre, and what opens the names in its log: only in a sealed backup."""
PEOPLE_KEYS = "keys/people/cameras.json"
"""What opens the secrets of people's apps for codes: only in a sealed backup."""
KEYS = ("secret_key", "tls/own.pem", "tls/own.crt", "keys/centre-keys.json", CAMERA_KEYS, PEOPLE_KEYS, *AUDIT_KEYS)
SEALED_ONLY = frozenset({CAMERA_KEYS, PEOPLE_KEYS, *AUDIT_KEYS})
OTHERS = ("node.json", "map/plan.geojson", "citysquare-demo.json")
"""Of the data folder, beside database, keys and audit files. What the next start makes anew is left out: logs, collected files."""
SETTINGS_NAME = "settings/citysquare.toml"
INDEX = "index.sqlite3"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to make, and where."""

    to: Path
    """A folder that gets a file with a name of its own, or the file."""
    passphrase: bytes | None
    with_footage_index: bool = False


def make(config: Config, asked: Asked, at: datetime, say: Callable[[str], None]) -> Path:
    """Write a backup and return its path. Raises BackupError; then nothing is left of it."""
    final = _final(asked.to, at)
    with disk("The backup cannot be written"):
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with alone(config.data_dir / ".backup-lock", "Another backup is being made; wait for it."):
            work, partial = config.data_dir / ".backup-work", final.with_name(final.name + PARTIAL)
            shutil.rmtree(work, ignore_errors=True)  # of one that was killed
            work.mkdir(mode=0o700)
            try:
                _write(config, asked, at, partial, work)
                partial.replace(final)
                sync_folder(final.parent)
            finally:
                partial.unlink(missing_ok=True)
                shutil.rmtree(work, ignore_errors=True)
    if not asked.passphrase and (config.data_dir / CAMERA_KEYS).is_file():
        say(f"The cameras' passwords are in it sealed, without their key: keep a copy of {config.data_dir / CAMERA_KEYS} in another place.")
    say(f"The backup is {final} ({final.stat().st_size / 1e6:.1f} MB, {'sealed' if asked.passphrase else 'PLAIN: guard it'}).")
    return final


def _final(to: Path, at: datetime) -> Path:
    if to.is_dir() or not to.suffix:
        return to / f"citysquare-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"
    if to.exists():
        raise Exists(f"{to} is there already: name another file, or a folder.")
    return to


def _write(config: Config, asked: Asked, at: datetime, partial: Path, work: Path) -> None:
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        made_at = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        writer = Writer(cast("BinaryIO", file), version=citysquare.__version__, made_at=made_at, passphrase=asked.passphrase)
        packing = Packing.into(writer)
        taken = databases.take(config, packing, work)
        # After the database: the files of the log then hold at least what its table holds, and the table is filled up from them.
        # The heads come first: what they cover is then in the files behind them.
        for path in sorted(config.audit_dir.glob("*.jsonl"), key=lambda path: (path.name != AUDIT_HEADS, path.name)):
            packing.add(f"audit/{path.name}", path, _whole_lines(path))
        for name in (*KEYS, *OTHERS):
            if (config.data_dir / name).is_file() and (asked.passphrase or name not in SEALED_ONLY):
                packing.add(name, config.data_dir / name)
        if _config.config_file().is_file():
            packing.add(SETTINGS_NAME, _config.config_file())
        if asked.with_footage_index:
            _add_index(config, packing, work)
        packing.finish(_about(taken, made_at))
        writer.close()
        file.flush()
        os.fsync(descriptor)


def _about(taken: databases.Taken, made_at: str) -> dict[str, Any]:
    audit = {"entries": taken.head[0], "head": taken.head[1]}
    return {"format": 1, "version": citysquare.__version__, "made_at": made_at, "database": taken.about, "audit": audit}


def _whole_lines(path: Path) -> int:
    """Return how many bytes of a log's file are whole lines: one may be in the writing."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        back = min(size, 65_536)
        file.seek(size - back)
        tail = file.read(back)
    return size - back + tail.rfind(b"\n") + 1


def index_file(config: Config) -> Path | None:
    """Return the index of the footage, None where nothing was recorded yet."""
    found = config.store_dir / INDEX
    return found if found.is_file() else None


def _add_index(config: Config, packing: Packing, work: Path) -> None:
    path = index_file(config)
    if path is not None:
        copy = work / INDEX
        databases.copy_sqlite(path, copy)
        packing.add(f"footage/{INDEX}", copy)
        copy.unlink()


@contextmanager
def alone(path: Path, otherwise: str) -> Iterator[None]:
    """Hold a lock, or raise Running with a sentence."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Running(otherwise) from None
        yield
    finally:
        os.close(descriptor)
