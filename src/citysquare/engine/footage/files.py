"""The store's volume: the real operations, what their errors mean for a person, and where a stream's files lie."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from citysquare.engine.errors import StoreDamaged, StoreError, StoreFailed, StoreFull, StoreReadOnly
from citysquare.engine.model import StreamKey, StreamKind, datetime_from_ticks, ticks_from_datetime
from citysquare.engine.ports import FileSystem, WritableFile

MARKER = ".citysquare-store"
INDEX = "index.sqlite3"
PART = ".part"
SUFFIX = ".mp4"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SEGMENT = re.compile(r"\d{8}T\d{6}\.\d{3}Z\.mp4(\.part)?")


class RealFile:
    """A file being written."""

    def __init__(self, path: Path) -> None:
        """Make it; it must not exist. Raises OSError."""
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o640)

    def write(self, data: bytes) -> None:
        """Write all of `data` at the end or raise OSError."""
        written = os.write(self._descriptor, data)
        view = memoryview(data)
        while written < len(data):  # a short write: the volume is filling up, the next one says why
            written += os.write(self._descriptor, view[written:])

    def sync(self) -> None:
        """Bring it onto the disk."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close it; twice does no harm."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class RealFileSystem:
    """The operating system's files, as engine.ports.FileSystem. Raises OSError."""

    def create(self, path: Path) -> WritableFile:
        """Open a new file for writing; missing folders are made and brought onto the disk."""
        if not path.parent.is_dir():
            self._make(path.parent)
        return RealFile(path)

    def _make(self, folder: Path) -> None:
        if not folder.parent.is_dir():
            self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        self.sync_folder(folder.parent)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its final name."""
        old.rename(new)

    def truncate(self, path: Path, length: int) -> None:
        """Cut a file to `length` bytes."""
        os.truncate(path, length)

    def unlink(self, path: Path) -> None:
        """Remove a file; one that is already gone is no error."""
        path.unlink(missing_ok=True)

    def sync_folder(self, path: Path) -> None:
        """Bring a folder's entries onto the disk."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def free_bytes(self, path: Path) -> int:
        """Return the bytes an unprivileged writer may still use on the volume."""
        found = os.statvfs(path)
        return found.f_bavail * found.f_frsize

    def size_bytes(self, path: Path) -> int:
        """Return the bytes the volume has in all."""
        found = os.statvfs(path)
        return found.f_blocks * found.f_frsize


def store_error(error: OSError, root: Path) -> StoreError:
    """Return what an OSError of the volume means, as one of our errors with a sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(f"The volume of the footage store {root} is full.")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StoreReadOnly(f"The footage store {root} cannot be written to.")
    reason = os.strerror(error.errno) if error.errno else "unknown error"
    return StoreFailed(f"The footage store {root} failed: {reason}.")


@contextmanager
def volume(root: Path) -> Iterator[None]:
    """Turn an OSError of the block into a StoreError."""
    try:
        yield
    except OSError as error:
        raise store_error(error, root) from error


def replace_file(files: FileSystem, root: Path, name: str, data: bytes, *, sync: bool = True) -> None:
    """Replace a small file beside the footage in one step; with `sync` it is on the disk afterwards. Blocks; raises StoreError."""
    new = root / f"{name}.new"
    with volume(root):
        files.unlink(new)
        file = files.create(new)
        try:
            file.write(data)
            if sync:
                file.sync()
        finally:
            file.close()
        files.rename(new, root / name)
        if sync:
            files.sync_folder(root)


def check_key(key: StreamKey) -> None:
    """Raise ValueError unless the camera's name can name a folder: letters, digits, `_` and `-`, at most 100."""
    if not _NAME.fullmatch(key.camera):
        raise ValueError("a camera's name in the store is made of letters, digits, _ and -")


def key_of_folder(name: str) -> StreamKey | None:
    """Return the stream a folder of this name belongs to, or None."""
    camera, dot, kind = name.partition(".")
    if not _NAME.fullmatch(camera) or (dot and kind != StreamKind.SUB):
        return None
    return StreamKey(camera, StreamKind.SUB if dot else StreamKind.MAIN)


def day_of(ticks: int) -> str:
    """Return the UTC day of a time, such as `2026-05-01`."""
    return datetime_from_ticks(ticks).strftime("%Y-%m-%d")


def segment_path(key: StreamKey, start: int) -> str:
    """Return where a segment that starts at `start` lies, from the store's root."""
    at = datetime_from_ticks(start)
    return f"{key.folder}/{at:%Y-%m-%d}/{at:%Y%m%dT%H%M%S}.{at.microsecond // 1000:03d}Z{SUFFIX}"


def start_of(name: str) -> int | None:
    """Return the time a segment's name gives, in ticks and to the millisecond; None for another name."""
    if not _SEGMENT.fullmatch(name):
        return None
    try:
        at = datetime.strptime(name[:19], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return ticks_from_datetime(at)


def volume_of(path: str) -> str:
    """Return the id of the volume that a path of the index names (`@<volume>/...`); empty for the store's own folder."""
    return path[1:].partition("/")[0] if path.startswith("@") else ""


def segment_names(folder: Path) -> list[str]:
    """Return the names of the segments in a day's folder, oldest first, open ones too; empty when there is no such folder."""
    return _names(folder, _SEGMENT)


def day_names(folder: Path) -> list[str]:
    """Return the names of a stream's day folders, oldest first; empty when there is no such stream."""
    return _names(folder, _DAY)


def _names(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if pattern.fullmatch(name))  # noqa: PTH208 - iterdir makes a Path of each of a day's 1440 names
    except OSError:
        return []


def read_at(descriptor: int, length: int, offset: int) -> bytes:
    """Return up to `length` bytes from `offset` on; fewer only at the file's end. Raises OSError."""
    data = os.pread(descriptor, length, offset)
    while len(data) < length:
        more = os.pread(descriptor, length - len(data), offset + len(data))
        if not more:
            break
        data += more
    return data


def damaged(path: Path | str) -> StoreDamaged:
    """Return the error for a file that is not what we wrote."""
    return StoreDamaged(f"The footage file {path} is damaged.")
