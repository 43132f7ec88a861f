"""Files that only their owner may read, replaced in one step: a reader sees the old one or the new one, also after a loss of power."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from citysquare.proof.errors import BadKey


def replace_private(path: Path, data: bytes, *, check: Callable[[Path], object] | None = None) -> None:
    """Put `data` in place of the file, mode 0600. `check` may look at the new file first and stop it with an error. Raises OSError."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(new)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    sync_folder(path.parent)


def put_first(path: Path, data: bytes) -> None:
    """Write a whole file that only its owner may read; or leave the one that another process has just made. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(name)
        sync_folder(path.parent)
    finally:
        Path(name).unlink(missing_ok=True)


def read_private(path: Path, *, most_bytes: int) -> bytes:
    """Return a key file's bytes, at most so many. Raises OSError, BadKey where others than its owner may read it."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise BadKey(f"The key file {path} may be read by others; its mode must be 0600.")
        return file.read(most_bytes)


def sync_folder(folder: Path) -> None:
    """Bring the folder's names onto the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
