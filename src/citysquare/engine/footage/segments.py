"""One file of footage, from its first fragment to its row: writing, closing, and finishing what a crash left open.

Used from the recorder's threads; everything here may block, and raises StoreError when the volume fails.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from pathlib import Path

from citysquare.engine.errors import StoreDamaged, StoreFailed
from citysquare.engine.footage.boxes import parse_init, write_init
from citysquare.engine.footage.files import MARKER, PART, segment_path, volume
from citysquare.engine.footage.fragments import Fragment
from citysquare.engine.footage.index import Segment
from citysquare.engine.footage.packing import Span
from citysquare.engine.footage.scan import Scanned, scan_file
from citysquare.engine.model import StreamKey, VideoParameters
from citysquare.engine.ports import FileSystem, WritableFile

_HASH_CHUNK = 1024 * 1024


class OpenSegment:
    """A segment that grows. Its name ends in `.part` until it is closed."""

    def __init__(self, files: FileSystem, root: Path, key: StreamKey, first: Fragment) -> None:
        """Make the file; `first` gives its name and parameters and is still to be appended. Raises StoreError."""
        self._files = files
        self._root = root
        self.key = key
        self.path = segment_path(key, first.start)
        self.parameters: VideoParameters = first.parameters
        self.start = first.start
        self._init = write_init(first.parameters)
        self._part = root / (self.path + PART)
        self._hash = hashlib.sha256()
        self._spans: list[Span] = []
        self._pictures = 0
        self.size = 0
        self._torn = False
        self._named = False
        with volume(root):
            self._file: WritableFile = files.create(self._part)

    @property
    def empty(self) -> bool:
        """Nothing was written yet."""
        return not self._spans

    @property
    def end(self) -> int:
        """Where its last fragment ends."""
        return self._spans[-1].end if self._spans else self.start

    def append(self, fragment: Fragment) -> None:
        """Write one fragment in one call; all of it counts, or nothing. Raises StoreError, ValueError."""
        data = fragment.encode(len(self._spans) + 1)
        lead = b"" if self._spans else self._init
        with volume(self._root):
            if self._torn:
                self._files.truncate(self._part, self.size)
            self._torn = True
            self._file.write(lead + data)
            self._torn = False
        if lead:
            self._hash.update(lead)
        self._hash.update(data)
        self._spans.append(Span(self.size + len(lead), len(data), fragment.start, fragment.end, fragment.key))
        self._pictures += len(fragment.pictures)
        self.size += len(lead) + len(data)

    def close(self) -> Segment | None:
        """Bring the file onto the disk and give it its final name; None when it is empty. Raises StoreError; may be called again."""
        with volume(self._root):
            if not self._spans:
                self._file.close()
                self._files.unlink(self._part)
                return None
            if not self._named:
                if self._torn:
                    self._files.truncate(self._part, self.size)
                    self._torn = False
                self._file.sync()
                self._files.rename(self._part, self._part.with_name(self._part.name.removesuffix(PART)))
                self._named = True
            self._files.sync_folder(self._part.parent)
            self._file.close()
        facts = (self.path, self.start, self.end, self.size, self._pictures)
        return Segment(self.key, *facts, self._hash.digest(), self._init, parse_init(self._init), tuple(self._spans))

    def abandon(self) -> Path | None:
        """Let go of the file as it is; return its path when there is something in it that finish_part is to look after later."""
        with contextlib.suppress(OSError):  # the volume has failed: what it holds is found out when it is back
            self._file.close()
            if not self._spans:
                self._files.unlink(self._part)
        return self._part if self._spans else None


def finish_part(files: FileSystem, root: Path, key: StreamKey, part: Path) -> tuple[Segment, Scanned] | None:
    """Close a segment that was left open: cut it to its last whole fragment, name and hash it.

    Without a whole fragment it is removed: None. Raises StoreError when the volume fails; StoreDamaged when the file is not ours.
    """
    with volume(root):
        scanned = scan_file(part)
        if scanned is None:
            files.unlink(part)
            return None
        if part.stat().st_size > scanned.length:
            files.truncate(part, scanned.length)
        _sync_existing(part)
        final = part.with_name(part.name.removesuffix(PART))
        files.rename(part, final)
        files.sync_folder(part.parent)
    return described(root, key, final, scanned), scanned


def _sync_existing(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def described(root: Path, key: StreamKey, path: Path, scanned: Scanned) -> Segment:
    """Return the row of a closed file; reads it once for its hash. Raises StoreError."""
    digest = hashlib.sha256()
    size = 0
    with volume(root), path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    if size != scanned.length:
        raise StoreDamaged(f"The footage file {path} is damaged.")
    spans = scanned.spans
    facts = (str(path.relative_to(root)), spans[0].start, spans[-1].end, size, len(scanned.pictures))
    return Segment(key, *facts, digest.digest(), scanned.init, scanned.parsed, spans)


class SegmentWriter:
    """Writes one stream's fragments into segments, one after the other."""

    def __init__(self, files: FileSystem, root: Path, key: StreamKey, segment_ticks: int) -> None:
        """Rotate at the first key fragment after each `segment_ticks`, at a moment of its own for each stream."""
        self._files = files
        self._root = root
        self._key = key
        self._wanted = segment_ticks
        self._offset = zlib.crc32(key.folder.encode()) % max(1, segment_ticks)
        self._open: OpenSegment | None = None
        self._due = 0
        self.closed: list[Segment] = []
        """Closed segments whose rows are still to be written; the caller takes them out."""

    @property
    def size(self) -> int:
        """Bytes of the open segment."""
        return self._open.size if self._open else 0

    def put(self, fragment: Fragment) -> None:
        """Write a fragment, into a new segment where that is due. Raises StoreError (nothing of it counts, try again), ValueError."""
        if self._open is not None and self._is_over(self._open, fragment):
            self.close()
        if self._open is None:
            if not (self._root / MARKER).is_file():
                raise StoreFailed(f"The footage store {self._root} is gone. Check that its disk is mounted.")
            self._open = OpenSegment(self._files, self._root, self._key, fragment)
            self._due = fragment.start + self._wanted - (fragment.start - self._offset) % self._wanted
        self._open.append(fragment)

    def _is_over(self, segment: OpenSegment, fragment: Fragment) -> bool:
        if segment.empty:  # its first write failed; when another fragment comes first now, name and parameters are wrong
            return segment.start != fragment.start
        if fragment.parameters is not segment.parameters and fragment.parameters != segment.parameters:
            return True
        return fragment.key and fragment.start >= self._due

    def close(self) -> None:
        """Close the open segment, if there is one. Raises StoreError; may be called again."""
        if self._open is not None:
            segment = self._open.close()
            self._open = None
            if segment is not None:
                self.closed.append(segment)

    def abandon(self) -> Path | None:
        """Let go of the open segment of a failing volume; return the path that Store.finish is to look after."""
        segment, self._open = self._open, None
        return segment.abandon() if segment else None
