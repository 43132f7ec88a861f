"""A node's footage on disk: opening it, whatever state it was left in, and deleting from it.

Only one recorder at a time opens a store; readers and tails need no Store.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from citysquare.engine.errors import StoreDamaged, StoreError, StoreFailed, StoreFull
from citysquare.engine.footage.files import (
    INDEX,
    MARKER,
    PART,
    RealFileSystem,
    day_names,
    key_of_folder,
    segment_names,
    store_error,
    volume,
)
from citysquare.engine.footage.index import Index, Old, Segment
from citysquare.engine.footage.ledger import Deletion, Ledger, cut_short
from citysquare.engine.footage.scan import Scanned, scan_file
from citysquare.engine.footage.segments import described, finish_part
from citysquare.engine.model import GapCause, StreamKey
from citysquare.engine.ports import FileSystem

_LEAST_ROOM = 16 * 1024 * 1024
_RESERVE = ".reserve"
_RESERVE_BYTES = 4 * 1024 * 1024
"""Held so that the index of a full volume can still be told what is deleted."""
_MARKER_TEXT = b"Citysquare footage store, version 1\n"


class Store:
    """An open store. Made by Store.open; to be closed."""

    def __init__(self, root: Path, files: FileSystem, index: Index, lock: int) -> None:
        """Hold what Store.open has opened."""
        self.root = root
        self.files = files
        self.index = index
        self.findings: list[str] = []
        """Sentences on rows without files and files without rows: reported, never silently removed."""
        self._lock = lock

    @classmethod
    def open(cls, root: Path, *, files: FileSystem | None = None) -> Store:
        """Open the store at `root`, or make one in an empty or missing folder; then finish what a crash left open.

        Raises StoreDamaged (a folder with other things in it, an index that is not ours), StoreReadOnly, StoreFull, StoreFailed (used by
        another recorder, and any other error of the volume).
        """
        files = files or RealFileSystem()
        with volume(root):
            _check_or_make(root, files)
            lock = _locked(root)
        try:
            with volume(root):
                if files.free_bytes(root) < _LEAST_ROOM:
                    files.unlink(root / _RESERVE)
            index = Index(root / INDEX)
            try:
                store = cls(root, files, index, lock)
                store._check_room()
                store._recover()
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
        if self.files.free_bytes(self.root) < _LEAST_ROOM:
            raise StoreFull(f"The volume of the footage store {self.root} is full.")

    def _recover(self) -> None:
        try:
            self.remove_garbage()
        except StoreError as error:  # a file that cannot be deleted is no reason not to record
            self.findings.append(f"Deleted footage could not be removed. {error.message}")
        known = self.index.paths()
        deleted = set(self.index.garbage())
        seen: set[str] = set()
        for entry in sorted(self.root.iterdir()):
            key = key_of_folder(entry.name) if entry.is_dir() else None
            if key is None:
                continue
            for day in day_names(entry):
                for name in segment_names(entry / day):
                    path = entry / day / name
                    relative = str(path.relative_to(self.root))
                    seen.add(relative)
                    if relative not in known and relative not in deleted:
                        self._adopt(key, path)
        self.findings += [f"The file {path} is missing." for path in sorted(known - seen)]
        for key in self.index.streams():
            self._correct_ledger(key)

    def _correct_ledger(self, key: StreamKey) -> None:
        """Let the ledger claim nothing beyond the last file's end: a loss of power takes what the disk had not been told to keep yet."""
        end = self.index.last_end(key)
        rows = self.index.captured_from(key, end)
        if any(row.cause is None and row.end > end for row in rows):
            self.index.write_captured([(key, cut_short(rows, end))])

    def _adopt(self, key: StreamKey, path: Path) -> None:
        """Enter a file the index does not know: an open segment of a recorder that ended, or one closed just before it ended."""
        try:
            finished = self._whole(key, path)
        except StoreDamaged:
            self.findings.append(f"The file {path.relative_to(self.root)} is damaged.")
            return
        if finished is not None:
            self._enter(*finished, was_open=path.name.endswith(PART))

    def _whole(self, key: StreamKey, path: Path) -> tuple[Segment, Scanned] | None:
        if path.name.endswith(PART):
            return finish_part(self.files, self.root, key, path)
        with volume(self.root):
            scanned = scan_file(path)
        return (described(self.root, key, path, scanned), scanned) if scanned else None

    def _enter(self, segment: Segment, scanned: Scanned, *, was_open: bool) -> None:
        if segment.start < self.index.last_end(segment.key):
            if was_open and self.index.lacks(segment):  # given up for a failing volume, and never finished
                self.index.add_segment(segment)
                return
            self.findings.append(f"The file {segment.path} is not in the index and lies before its end.")
            return
        self.index.add_segment(segment)
        last = self.index.last_captured(segment.key)
        ledger = Ledger.resumed(last) if last else Ledger(segment.start, GapCause.RESTART)
        known = segment.start if last is None else last.end if last.cause is None else last.start  # an open gap gives way
        new = [time for time in scanned.pictures if time >= known]
        if new:
            ledger.pictures(new)
            self.index.write_captured([(segment.key, ledger.changes())])

    def finish(self, key: StreamKey, part: Path) -> None:
        """Finish a segment that had to be abandoned and enter it; its time is in the ledger already.

        Raises StoreError while the volume still fails; StoreDamaged when what is left there cannot be entered.
        """
        self._check_present()
        path = part if part.exists() else part.with_name(part.name.removesuffix(PART))
        if path.exists() and str(path.relative_to(self.root)) not in self.index.paths():
            finished = self._whole(key, path)
            if finished is not None:
                self.index.add_segment(finished[0])

    def _check_present(self) -> None:
        if not (self.root / MARKER).is_file():
            raise StoreFailed(f"The footage store {self.root} is gone. Check that its disk is mounted.")

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
            if path.exists() or self.files.free_bytes(self.root) < _LEAST_ROOM:
                return
            file = self.files.create(path)
            try:
                file.write(bytes(_RESERVE_BYTES))
            finally:
                file.close()

    def remove_garbage(self) -> None:
        """Remove the files of deleted segments; what fails is tried again next time. Raises StoreError."""
        gone: list[str] = []
        failure: StoreError | None = None
        for path in self.index.garbage():
            try:
                self.files.unlink(self.root / path)
                gone.append(path)
            except OSError as error:
                failure = store_error(error, self.root)
        if gone:
            self.index.forget(gone)
            self._remove_empty_days(gone)
        if failure is not None:
            raise failure

    def _remove_empty_days(self, paths: list[str]) -> None:
        for folder in {(self.root / path).parent for path in paths}:
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
