"""A node's footage on disk: opening it, whatever state it was left in (`recovery`), and deleting from it.

Only one recorder at a time opens a store; readers and tails need no Store.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from citysquare.engine.errors import StoreDamaged, StoreError, StoreFailed, StoreFull
from citysquare.engine.footage.files import INDEX, MARKER, RealFileSystem, day_names, store_error, volume
from citysquare.engine.footage.index import Index, Old
from citysquare.engine.footage.ledger import Deletion
from citysquare.engine.footage.recovery import finish, recover
from citysquare.engine.footage.volumes import Volume, Volumes, open_volumes
from citysquare.engine.model import StreamKey
from citysquare.engine.ports import FileSystem

LEAST_ROOM = 16 * 1024 * 1024
"""Bytes the index must find on its volume, whatever the limits say."""
_RESERVE = ".reserve"
_RESERVE_BYTES = 4 * 1024 * 1024
"""Held so that the index of a full volume can still be told what is deleted."""
_MARKER_TEXT = b"Citysquare footage store, version 1\n"


class Store:
    """An open store. Made by Store.open; to be closed."""

    def __init__(self, volumes: Volumes, files: FileSystem, index: Index, lock: int) -> None:
        """Hold what Store.open has opened."""
        self.volumes = volumes
        self.root = volumes.home.root
        self.files = files
        self.index = index
        self.findings: list[str] = []
        """Sentences on volumes that are missing, rows without files and files without rows: reported, never silently removed."""
        self.left_lying: list[tuple[StreamKey, Path, Volume]] = []
        """Files without rows for which `.found` had no room: they go when their time is over."""
        self.known_until = 0
        """Up to when something was recorded or known to be missing, when the store was opened: ticks."""
        self._lock = lock

    @classmethod
    def open(cls, root: Path, *, files: FileSystem | None = None, volumes: Sequence[Path] = ()) -> Store:
        """Open the store at `root`, or make one in an empty or missing folder; then finish what a crash left open.

        `volumes` are folders on other disks that take footage too. One that is missing or wrong is a finding and is recorded around.

        Raises StoreDamaged (a folder with other things in it, an index that is not ours), StoreReadOnly, StoreFull, StoreFailed (used by
        another recorder, and any other error of the volume).
        """
        files = files or RealFileSystem()
        with volume(root):
            _check_or_make(root, files)
            lock = _locked(root)
        try:
            with volume(root):
                if files.free_bytes(root) < LEAST_ROOM:
                    files.unlink(root / _RESERVE)
            index = Index(root / INDEX)
            try:
                findings: list[str] = []
                store = cls(open_volumes(root, volumes, files, findings), files, index, lock)
                store.findings = findings
                store._check_room()
                recover(store)
                store.known_until = index.known_until()
            except BaseException:
                index.close()
                raise
        except BaseException:
            os.close(lock)
            raise
        return store

    def close(self) -> None:
        """Close the index and let another recorder in."""
        try:
            self.index.close()
        finally:
            if self._lock >= 0:
                os.close(self._lock)
                self._lock = -1

    def _check_room(self) -> None:
        """Refuse a volume that takes no writes. A full one is accepted when there is footage that can make room."""
        try:
            with volume(self.root):
                self._probe()
        except StoreFull:
            if not self.index.oldest(1):
                raise

    def _probe(self) -> None:
        probe = self.root / ".write-test"
        self.files.unlink(probe)
        file = self.files.create(probe)
        try:
            file.write(b"\0")
            file.sync()
        finally:
            file.close()
            self.files.unlink(probe)
        if self.files.free_bytes(self.root) < LEAST_ROOM:
            raise StoreFull(f"The volume of the footage store {self.root} is full.")

    def finish(self, key: StreamKey, part: Path) -> None:
        """Finish a segment that had to be abandoned and enter it; its time is in the ledger already.

        Raises StoreError while the volume still fails; StoreDamaged when what is left there cannot be entered.
        """
        finish(self, key, part)

    def _check_present(self) -> None:
        self.volumes.home.check_there()

    def delete(self, segments: list[Old], reason: Deletion, at: int) -> None:
        """Delete segments for `reason` at time `at`: first from the index, then from the volume. Raises StoreError."""
        self._check_present()  # what an empty mount point shows is no reason to strike footage off the index
        try:
            self.index.delete(segments, reason, at)
        except StoreFull:
            with volume(self.root):
                self.files.unlink(self.root / _RESERVE)
            self.index.delete(segments, reason, at)
        self.remove_garbage()

    def hold_reserve(self) -> None:
        """Set room aside for the index, where there is enough and none is set aside. Blocks; raises StoreError."""
        self._check_present()
        path = self.root / _RESERVE
        with volume(self.root):
            if path.exists() or self.files.free_bytes(self.root) < LEAST_ROOM:
                return
            file = self.files.create(path)
            try:
                file.write(bytes(_RESERVE_BYTES))
            finally:
                file.close()

    def remove_garbage(self) -> None:
        """Remove the files of deleted segments; what fails, or lies on a volume that is missing, is tried again next time.

        Raises StoreError.
        """
        gone: dict[str, Path] = {}
        failure: StoreError | None = None
        there = {place.id for place in self.volumes.present()}
        for path in self.index.garbage():
            found = self.volumes.find(path)
            if found is None or found[0].id not in there:
                continue
            try:
                self.files.unlink(found[1])
                gone[path] = found[1].parent
            except OSError as error:
                failure = store_error(error, found[0].root)
        if gone:
            for folder in set(gone.values()):  # or a loss of power brings back files that nobody remembers
                with volume(self.root):
                    if folder.is_dir():
                        self.files.sync_folder(folder)
            self.index.forget(list(gone))
            self._remove_empty_days(set(gone.values()))
        if failure is not None:
            raise failure

    def _remove_empty_days(self, folders: set[Path]) -> None:
        for folder in folders:
            days = day_names(folder.parent)
            if days and folder.name != days[-1]:  # the newest day's folder may be about to be written to
                try:
                    folder.rmdir()
                except OSError:
                    continue  # not empty


def _check_or_make(root: Path, files: FileSystem) -> None:
    """Make sure `root` is a store. Raises OSError, StoreDamaged."""
    marker = root / MARKER
    if root.exists() and not root.is_dir():
        raise StoreDamaged(f"{root} is a file; the footage store needs a folder.")
    if marker.is_file():
        return
    if root.is_dir() and any(entry.name != "lost+found" for entry in root.iterdir()):
        raise StoreDamaged(
            f"The folder {root} holds other things and is no footage store. Choose an empty folder, or check that its disk is mounted."
        )
    file = files.create(marker)
    try:
        file.write(_MARKER_TEXT)
        file.sync()
    finally:
        file.close()
    files.sync_folder(root)


def _locked(root: Path) -> int:
    """Return a descriptor that keeps other recorders out until it is closed. Raises StoreFailed, OSError."""
    descriptor = os.open(root / MARKER, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise StoreFailed(f"Another recorder is using the footage store {root}.") from error
        raise
    return descriptor
