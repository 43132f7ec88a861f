"""One file of footage, from its first fragment to its row: writing, closing, and finishing what a crash left open.

Used from the recorder's threads; everything here may block, and raises StoreError when the volume fails.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import zlib
from pathlib import Path

from citysquare.engine.errors import StoreDamaged, StoreError, StoreFull
from citysquare.engine.footage.boxes import parse_init, write_init
from citysquare.engine.footage.files import PART, segment_path, volume
from citysquare.engine.footage.fragments import Fragment
from citysquare.engine.footage.index import Segment
from citysquare.engine.footage.packing import Span
from citysquare.engine.footage.scan import Scanned, scan_file
from citysquare.engine.footage.volumes import Volume, Volumes
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey, VideoParameters
from citysquare.engine.ports import FileSystem, WritableFile

_HASH_CHUNK = 1024 * 1024
_SYNC = 10 * TICKS_PER_SECOND


class OpenSegment:
    """A segment that grows. Its name ends in `.part` until it is closed."""

    def __init__(self, files: FileSystem, place: Volume, key: StreamKey, first: Fragment) -> None:
        """Make the file on a volume; `first` gives its name and parameters and is still to be appended. Raises StoreError."""
        place.check_there()
        self._files = files
        self.place = place
        self._root = place.root
        self.key = key
        relative = segment_path(key, first.start)
        self.path = place.path_of(relative)
        self.parameters: VideoParameters = first.parameters
        self.start = first.start
        self._init = write_init(first.parameters)
        self._part = place.root / (relative + PART)
        self._hash = hashlib.sha256()
        self._spans: list[Span] = []
        self._pictures = 0
        self.size = 0
        self._torn = False
        self.unsure = False
        """A sync has failed: what had been written before may be lost, and another sync would not tell (fsync(2))."""
        self._named = False
        self._listed = False
        with volume(self._root):
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

    def sync(self) -> None:
        """Bring what was written onto the disk, and the file's name the first time. Raises StoreError."""
        with volume(self._root):
            self._sync_file()
            if not self._listed:
                self._files.sync_folder(self._part.parent)
                self._listed = True

    def _sync_file(self) -> None:
        if self.unsure:
            raise OSError(errno.EIO, "a sync has failed before")
        self.unsure = True
        self._file.sync()
        self.unsure = False

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
                self._sync_file()
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


def finish_part(files: FileSystem, place: Volume, key: StreamKey, part: Path) -> tuple[Segment, Scanned] | None:
    """Close a segment that was left open: cut it to its last whole fragment, name and hash it.

    Without a whole fragment it is removed: None. Raises StoreError when the volume fails; StoreDamaged when the file is not ours.
    """
    with volume(place.root):
        scanned = scan_file(part, whole=True)
        if scanned is None:
            files.unlink(part)
            return None
        if part.stat().st_size > scanned.length:
            files.truncate(part, scanned.length)
        _sync_existing(part)
        final = part.with_name(part.name.removesuffix(PART))
        files.rename(part, final)
        files.sync_folder(part.parent)
    return described(place, key, final, scanned), scanned


def _sync_existing(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def described(place: Volume, key: StreamKey, path: Path, scanned: Scanned) -> Segment:
    """Return the row of a closed file; reads it once for its hash. Raises StoreError."""
    digest = hashlib.sha256()
    size = 0
    with volume(place.root), path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    if size != scanned.length:
        raise StoreDamaged(f"The footage file {path} is damaged.")
    spans = scanned.spans
    facts = (place.path_of(str(path.relative_to(place.root))), spans[0].start, spans[-1].end, size, len(scanned.pictures))
    return Segment(key, *facts, digest.digest(), scanned.init, scanned.parsed, spans)


class SegmentWriter:
    """Writes one stream's fragments into segments, one after the other, on the volume that is the stream's or on another that works."""

    def __init__(self, files: FileSystem, volumes: Volumes, key: StreamKey, segment_ticks: int, sync_ticks: int = _SYNC) -> None:
        """Rotate at the first key fragment after each `segment_ticks`, sync each `sync_ticks`; both at moments of each stream's own."""
        self._files = files
        self._volumes = volumes
        self._key = key
        self._segment_ticks = segment_ticks
        self._sync_ticks = sync_ticks
        self._own = zlib.crc32(key.folder.encode())
        self._open: OpenSegment | None = None
        self._due = self._sync_due = 0
        self._latest = self._synced = 0
        self.closed: list[Segment] = []
        """Closed segments whose rows are still to be written; the caller takes them out."""
        self.left: list[Path] = []
        """Files on volumes that failed, which Store.finish is to look after; the caller takes them out."""

    @property
    def size(self) -> int:
        """Bytes of the open segment."""
        return self._open.size if self._open else 0

    @property
    def place(self) -> str:
        """The id of the volume the next write goes to first."""
        return self._open.place.id if self._open else self._volumes.ranked(self._key, self._latest)[0].id

    def put(self, fragment: Fragment) -> None:
        """Write a fragment, into a new segment where that is due. Raises StoreError (nothing of it counts, try again), ValueError."""
        self._latest = fragment.start
        if self._volumes.closed:
            raise StoreFull("Only held footage is left, and the room for footage is used up. Lift holds or add a volume.")
        segment = self._open
        if segment is None:
            self._begin(fragment)
            return
        try:
            if self._is_over(segment, fragment):
                self.close()
            else:
                self._sync_where_due(segment, fragment.start)
                segment.append(fragment)
                self._volumes.worked(segment.place)
                return
        except StoreError as error:
            self._volumes.failed(segment.place, error, fragment.start)
            if not (fragment.key and self._volumes.others(segment.place, fragment.start)):
                raise
            self._leave()
        self._begin(fragment)

    def is_lost(self, now: int) -> bool:
        """Say, after a failed put, that trying again in the same file is no use: another volume works, or a sync has failed."""
        segment = self._open
        return segment is not None and not segment.empty and (segment.unsure or self._volumes.others(segment.place, now))

    def _begin(self, fragment: Fragment) -> None:
        """Write the first fragment of a new segment on the first volume that takes it. Raises StoreError."""
        places = self._volumes.ranked(self._key, fragment.start)
        for number, place in enumerate(places, 1):
            try:
                self._open = OpenSegment(self._files, place, self._key, fragment)
                self._due = _next(fragment.start, self._segment_ticks, self._own)
                self._sync_due = _next(fragment.start, self._sync_ticks, self._own)
                self._open.append(fragment)
            except StoreError as error:
                self._volumes.failed(place, error, fragment.start)
                if number == len(places):
                    raise
                self._leave()
            else:
                self._volumes.worked(place)
                return

    def _sync_where_due(self, segment: OpenSegment, now: int) -> None:
        if now < self._sync_due:
            return
        segment.sync()
        self._synced = self._latest
        self._sync_due = _next(now, self._sync_ticks, self._own)

    def sync(self) -> None:
        """Bring what was written onto the disk before its time, if that is more than a second's. Raises StoreError.

        A camera whose picture breaks all the time must not have its disk sync all the time.
        """
        if self._open is not None and not self._open.empty and self._latest - self._synced >= TICKS_PER_SECOND:
            self._sync_where_due(self._open, self._sync_due)

    def _leave(self) -> None:
        part = self.abandon()
        if part is not None:
            self.left.append(part)

    def _is_over(self, segment: OpenSegment, fragment: Fragment) -> bool:
        if segment.empty:  # its first write failed; when another fragment comes first now, name and parameters are wrong
            return segment.start != fragment.start
        if fragment.parameters is not segment.parameters and fragment.parameters != segment.parameters:
            return True
        return fragment.key and (fragment.start >= self._due or self._volumes.roomier(segment.place, fragment.start))

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


def _next(now: int, step: int, own: int) -> int:
    """Return the next of the moments that come each `step` ticks and are a stream's own."""
    step = max(1, step)
    return now + step - (now - own) % step
