"""Following a stream while it is being recorded: the way live view and analysis get their pictures.

A tail only reads files, holds no lock and needs nothing of the recorder: it survives its restarts, the renaming of a finished file, the
next segment, deletion and damage. Only whole fragments come out, in order, each once. After damage the next one is a key fragment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from citysquare.engine.errors import StoreDamaged
from citysquare.engine.footage.boxes import Init, parse_head, parse_init
from citysquare.engine.footage.files import PART, SUFFIX, day_names, read_at, segment_names, segment_path
from citysquare.engine.footage.scan import read_init, whole_heads
from citysquare.engine.footage.volumes import roots
from citysquare.engine.model import StreamKey

_LOOK_SECONDS = 1.0
_QUIET_SECONDS = 2.0
"""A growing file that gives nothing for so long may have been left behind: then a newer one is looked for."""
_SOON_SECONDS = 3.0
"""So long after a file's end each poll looks for the next one: the recorder is about to make it."""
_PATIENCE_SECONDS = 1.0
_CHUNK = 4 * 1024 * 1024
_MOST_PER_POLL = 8 * 1024 * 1024
_MOOF_MARK = b"moof\x00\x00\x00\x10mfhd"

Start = Literal["live", "oldest"] | int


@dataclass(frozen=True, slots=True)
class TailFragment:
    """One fragment, ready to be sent or taken apart (`footage.samples`)."""

    init: bytes
    """`ftyp` and `moov` it needs before it; the same object while nothing changes."""
    codec_string: str
    start: int
    end: int
    key: bool
    """Decoding can start with it."""
    data: bytes
    """`moof` and `mdat`."""
    width: int
    height: int


class _File:
    """One file being followed. Its methods raise OSError and StoreDamaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.init = b""
        self.parsed: Init | None = None
        self.position = 0
        self.over = False  # nothing more will be written to it
        self.damaged_at: tuple[int, float] | None = None

    def close(self) -> None:
        """Close it."""
        os.close(self.descriptor)

    def begin(self, start: Start | None) -> bool:
        """Read the file's beginning and go to the fragment to start with; False while the beginning is not all there."""
        if self.parsed is not None:
            return True
        init = read_init(self.descriptor)
        if init is None:
            return False
        self.init, self.position = init, len(init)
        if start is not None and start != "oldest":
            for offset, head in whole_heads(self.descriptor, len(init), self.size()):
                if head.key and (start == "live" or head.start <= start):
                    self.position = offset
        self.parsed = parse_init(init)
        return True

    def was_moved(self) -> bool:
        """Say whether the file is where it was no more, and yet not deleted."""
        names = (self.path, self.path.with_name(self.path.name.removesuffix(PART)))
        return os.fstat(self.descriptor).st_nlink > 0 and not any(path.exists() for path in names)

    def size(self) -> int:
        """Return its length now."""
        return os.fstat(self.descriptor).st_size

    def chunk(self) -> bytes:
        """Return what is new, at most some megabytes, but at least one fragment where it is whole."""
        size = self.size()
        if size <= self.position:
            return b""
        data = read_at(self.descriptor, min(size - self.position, _CHUNK), self.position)
        try:
            head = parse_head(data) if len(data) == _CHUNK else None
        except StoreDamaged:
            return data  # whoever takes it apart finds the next whole one
        if head is not None and len(data) < head.length <= size - self.position:
            data = read_at(self.descriptor, head.length, self.position)
        return data


class Tail:
    """Follows one stream. Not to be used from two threads at once."""

    def __init__(self, root: Path, key: StreamKey, *, start: Start = "live", monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin at the newest key fragment, at the oldest, or at the last key fragment at or before a time in ticks.

        Neither the store nor the stream needs to exist yet. `monotonic` returns seconds.
        """
        self._root = root
        self._key = key
        self._start: Start | None = start
        self._monotonic = monotonic
        self._file: _File | None = None
        self._name = ""  # day/name of the current file, without .part
        self._looked = self._fed = self._ended = float("-inf")
        self._needs_key = True
        self._last_start = -1
        self._init = b""

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def jump(self) -> None:
        """Go on with the newest key fragment at the next poll: for a follower that has fallen behind."""
        self.close()
        self._start = "live"
        self._looked = float("-inf")
        self._needs_key = True

    def poll(self) -> list[TailFragment]:
        """Return the whole fragments that are new since the last call, at most some 8 MB of them. Cheap; never raises."""
        out: list[TailFragment] = []
        room = _MOST_PER_POLL
        while room > 0 and (self._file is not None or self._open_first()):
            file = self._file
            if file is None:
                break
            before = file.position
            for fragment in self._read(file):
                out.append(fragment)
                room -= len(fragment.data)
            if file.position == before and not self._leave(file):
                break
        return out

    def _read(self, file: _File) -> list[TailFragment]:
        """Return what is new in the file, and go behind it."""
        try:
            if not file.begin(self._start):
                return []
            self._start = None
            data = file.chunk()
        except (OSError, StoreDamaged):
            return []
        if data:
            self._fed = self._monotonic()
        return self._fragments(file, data) if data else []

    def _fragments(self, file: _File, data: bytes) -> list[TailFragment]:
        out: list[TailFragment] = []
        at = 0
        while at < len(data):
            try:
                head = parse_head(data, at)
            except StoreDamaged:
                if not self._is_lasting(file, file.position + at):
                    break
                at = _next_mark(data, at)
                self._needs_key = True
                continue
            if head is None or at + head.length > len(data):
                break
            if head.start > self._last_start and (head.key or not self._needs_key):
                self._needs_key = False
                self._last_start = head.start
                out.append(self._fragment(file, head.start, head.end, head.key, data[at : at + head.length]))
            at += head.length
        file.position += at
        return out

    def _fragment(self, file: _File, start: int, end: int, key: bool, data: bytes) -> TailFragment:  # noqa: FBT001 - private
        if file.init != self._init:
            self._init = file.init
        parameters = file.parsed.parameters if file.parsed else parse_init(file.init).parameters
        return TailFragment(self._init, parameters.codec_string, start, end, key, data, parameters.width, parameters.height)

    def _is_lasting(self, file: _File, position: int) -> bool:
        """Say whether damage stays: what looks like it may be a write this machine does not see all of yet."""
        now = self._monotonic()
        if file.damaged_at is None or file.damaged_at[0] != position:
            file.damaged_at = (position, now)
        return file.over or now - file.damaged_at[1] >= _PATIENCE_SECONDS

    def _leave(self, file: _File) -> bool:
        """Go on to the next file where this one has no more to give; say whether another look is worth while."""
        if not file.over:
            closed = file.path.suffix == SUFFIX or not file.path.exists()
            if not closed and not (self._monotonic() - self._fed > _QUIET_SECONDS and self._may_look() and self._next_name() is not None):
                return False
            file.over = True  # now read once more: it may have grown between our last look and its end
            self._ended = self._monotonic()
            return True
        soon = self._monotonic() - self._ended < _SOON_SECONDS
        name = self._next_name() if soon or self._may_look() else None
        if name is None:
            if file.was_moved():
                self._begin_anew()
            return False
        opened = self._opened(name)
        if opened is None:
            return False
        file.close()
        self._file = opened
        return True

    def _begin_anew(self) -> None:
        """Go on with what is recorded now, whatever its time: the clock was ahead, and what it dated has been put aside (ahead.py)."""
        self.jump()
        self._name, self._last_start = "", -1

    def _may_look(self) -> bool:
        """Say whether it is time to look for a newer file: at most once a second."""
        now = self._monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return False
        self._looked = now
        return True

    def _next_name(self) -> str | None:
        """Return `day/name` of the oldest file behind the current one, on whichever volume, if there is one."""
        day, _, name = self._name.partition("/")
        firsts = []
        for root in roots(self._root):
            folder = root / self._key.folder
            later = (
                f"{each}/{candidate}"
                for each in day_names(folder)
                if each >= day
                for candidate in segment_names(folder / each)
                if each > day or candidate.removesuffix(PART) > name
            )
            firsts += [found for found in (next(later, None),) if found is not None]
        return min(firsts, default=None)

    def _open_first(self) -> bool:
        if not self._may_look():
            return False
        names = sorted(name for root in roots(self._root) for name in self._names(root / self._key.folder))
        if not names:
            return False
        name = names[0] if self._start == "oldest" else names[-1]
        if isinstance(self._start, int):
            wanted = segment_path(self._key, max(0, self._start)).removeprefix(self._key.folder + "/")
            name = next((each for each in reversed(names) if each.removesuffix(PART) <= wanted), names[0])
        self._file = self._opened(name)
        return self._file is not None

    def _names(self, folder: Path) -> list[str]:
        days = day_names(folder)
        return [f"{day}/{name}" for day in (days[-2:] if self._start == "live" else days) for name in segment_names(folder / day)]

    def _opened(self, name: str) -> _File | None:
        names = (name, name.removesuffix(PART))  # it may just have got its final name
        for path in [root / self._key.folder / each for root in roots(self._root) for each in names]:
            try:
                file = _File(path)
            except OSError:
                continue
            self._name = name.removesuffix(PART)
            self._looked = self._monotonic()
            return file
        return None


def _next_mark(data: bytes, at: int) -> int:
    """Return where behind `at` the next fragment may begin; near the end of `data` when there is none."""
    found = data.find(_MOOF_MARK, at + 8)
    return found - 4 if found >= 0 else min(len(data), max(at + 8, len(data) - len(_MOOF_MARK) - 3))
