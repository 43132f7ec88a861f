"""Bundles as ZIP files that have one byte form, written and read by us alone; an unpacked one is read by `files`.

Any ZIP program opens them, but of all that ZIP allows only this is used: files stored without compression, one behind the other, no
dates, no comments, no links, no encryption, ZIP64 (APPNOTE 6.3.10, sections 4.3 and 4.5.3) exactly where a number needs it. The reader
takes names, sizes and check sums from the directory, makes the whole frame anew, and compares it byte for byte: there is no room in it
for a second meaning, and a bomb has nothing to unfold. File contents are read in pieces.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from citysquare.proof.bundles.files import LONGEST_PATH, MOST_FILES, PIECE, FileRecord, FolderSource, Names, Source
from citysquare.proof.errors import BadBundle
from citysquare.proof.words import gettext_noop

_LARGE = 0xFFFFFFFF
"""From here on a size or place needs ZIP64."""
_ELSEWHERE = 0xFFFFFFFF
"""Stands where a number is in the ZIP64 field."""
_MANY = 0xFFFF
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_DATE = 0x21  # 1980-01-01, the first a ZIP knows
_MODE = 0o100644 << 16
_UNIX = 3 << 8
_VERSION, _ZIP64_VERSION = 20, 45
"""Of ZIP, that a reader must know (APPNOTE 4.4.3.2)."""
_LONGEST_EXTRA = 28
"""Bytes of a ZIP64 field in the directory: kind, length, the size twice and the place."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A file of a ZIP: what its frame is made of."""

    path: str
    size: int
    crc: int
    offset: int

    def local(self) -> bytes:
        """Return the header that stands before the content."""
        large = self.size >= _LARGE
        size = _ELSEWHERE if large else self.size
        extra = struct.pack("<2H2Q", 1, 16, self.size, self.size) if large else b""
        name = self.path.encode()
        version = _ZIP64_VERSION if large else _VERSION
        return _LOCAL.pack(b"PK\3\4", version, 0, 0, 0, _DATE, self.crc, size, size, len(name), len(extra)) + name + extra

    def central(self) -> bytes:
        """Return the entry of the directory."""
        large, far = self.size >= _LARGE, self.offset >= _LARGE
        values = struct.pack("<2Q", self.size, self.size) if large else b""
        values += struct.pack("<Q", self.offset) if far else b""
        extra = struct.pack("<2H", 1, len(values)) + values if values else b""
        version, size, name = _ZIP64_VERSION if values else _VERSION, _ELSEWHERE if large else self.size, self.path.encode()
        offset = _ELSEWHERE if far else self.offset
        made = _UNIX | version
        head = _CENTRAL.pack(b"PK\1\2", made, version, 0, 0, 0, _DATE, self.crc, size, size, len(name), len(extra), 0, 0, 0, _MODE, offset)
        return head + name + extra

    @property
    def begin(self) -> int:
        """Where the content begins."""
        return self.offset + len(self.local())


def _directory(members: list[_Member], offset: int) -> bytes:
    """Return the directory and the end of a ZIP."""
    entries = b"".join(member.central() for member in members)
    count, size = len(members), len(entries)
    end = b""
    if count >= _MANY or size >= _LARGE or offset >= _LARGE:
        end = _END64.pack(b"PK\6\6", 44, _UNIX | _ZIP64_VERSION, _ZIP64_VERSION, 0, 0, count, count, size, offset)
        end += _LOCATOR.pack(b"PK\6\7", 0, offset + size, 1)
    short = min(count, _MANY)
    return entries + end + _END.pack(b"PK\5\6", 0, 0, short, short, _short(size), _short(offset), 0)


def _short(number: int) -> int:
    return number if number < _LARGE else _ELSEWHERE


class ArchiveWriter:
    """Writes a bundle into a file that can be sought in. Each method returns the record of what it wrote."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin at the file's beginning."""
        self._file = file
        self._members: list[_Member] = []
        self._names = Names()
        self._offset = 0

    def add(self, path: str, data: bytes) -> FileRecord:
        """Add a small file."""
        return self.add_pieces(path, [data], len(data))

    def add_pieces(self, path: str, pieces: Iterable[bytes], size: int) -> FileRecord:
        """Add a file of a known size. Raises BadBundle for a bad or second name, or where the size turns out another; OSError."""
        self._names.add(path)
        begin = _Member(path, size, 0, self._offset)
        self._file.seek(begin.begin)
        digest, crc, found = hashlib.sha256(), 0, 0
        for piece in pieces:
            digest.update(piece)
            crc, found = zlib.crc32(piece, crc), found + len(piece)
            self._file.write(piece)
        if found != size:
            raise BadBundle(gettext_noop("A file changed its size while it was added."))
        member = _Member(path, size, crc, self._offset)
        self._file.seek(self._offset)
        self._file.write(member.local())
        self._offset = member.begin + size
        self._members.append(member)
        return FileRecord(path, size, digest.digest())

    def add_unsized(self, path: str, pieces: Iterable[bytes]) -> FileRecord:
        """Add a file whose size is not known before; it is written to a temporary file first."""
        with tempfile.TemporaryFile() as file:
            for piece in pieces:
                file.write(piece)
            size = file.tell()
            file.seek(0)
            return self.add_pieces(path, iter(lambda: file.read(PIECE), b""), size)

    def close(self) -> None:
        """Write the directory; the file itself stays open."""
        self._file.seek(self._offset)
        self._file.write(_directory(self._members, self._offset))
        self._file.truncate()
        self._file.flush()


class ArchiveSource(Source):
    """A bundle that is one file."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the directory and check the whole frame."""
        self._file = file
        members, offset = _read_directory(file)
        Names(member.path for member in members)
        self._members = {member.path: member for member in members}
        place = 0
        for member in members:
            if member.offset != place or _at(file, place, len(member.local())) != member.local():
                raise _broken()
            place = member.begin + member.size
        directory = _directory(members, offset)
        if place != offset or _at(file, offset, len(directory) + 1) != directory:
            raise _broken()

    def paths(self) -> tuple[str, ...]:
        """Return the paths of all files."""
        return tuple(self._members)

    def size(self, path: str) -> int:
        """Return a file's size in bytes."""
        return self._members[path].size

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield a file's content and check its check sum at the end."""
        member = self._members.get(path)
        if member is None:
            raise BadBundle(gettext_noop("The bundle has no file {path}."), path=path)
        done = crc = 0
        while done < member.size:
            piece = _at(self._file, member.begin + done, min(PIECE, member.size - done))
            if not piece:
                raise _broken()
            crc, done = zlib.crc32(piece, crc), done + len(piece)
            yield piece
        if crc != member.crc:
            raise BadBundle(gettext_noop("The file {path} of the bundle is damaged."), path=path)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _read_directory(file: BinaryIO) -> tuple[list[_Member], int]:
    """Return the files and where the directory begins, as they say themselves."""
    size = file.seek(0, os.SEEK_END)
    if size < _END.size:
        raise _broken()
    _, _, _, _, count, length, offset, _ = _END.unpack(_at(file, size - _END.size, _END.size))
    behind = size - _END.size - _LOCATOR.size - _END64.size
    if behind >= 0 and _at(file, behind, 4) == b"PK\6\6":
        _, _, _, _, _, _, _, count, length, offset = _END64.unpack(_at(file, behind, _END64.size))
    if count > MOST_FILES or length > MOST_FILES * (_CENTRAL.size + LONGEST_PATH + _LONGEST_EXTRA) or offset + length > size:
        raise _broken()
    return _members(_at(file, offset, length), count), offset


def _members(text: bytes, count: int) -> list[_Member]:
    found, place = [], 0
    for _ in range(count):
        if len(text) < place + _CENTRAL.size:
            raise _broken()
        *_, crc, _, size, name, extra, _, _, _, _, offset = _CENTRAL.unpack_from(text, place)
        place += _CENTRAL.size
        path = text[place : place + name].decode("ascii", errors="replace")
        size, offset = _large(text[place + name : place + name + extra], size, offset)
        place += name + extra
        found.append(_Member(path, size, crc, offset))
    return found


def _large(extra: bytes, size: int, offset: int) -> tuple[int, int]:
    """Take the numbers that stand in the ZIP64 field."""
    values = struct.unpack(f"<{(len(extra) - 4) // 8}Q", extra[4:]) if len(extra) in {12, 20, 28} else ()
    if len(values) > 1:
        size = values[0]
    if len(values) in {1, 3}:
        offset = values[-1]
    return size, offset


def _at(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


def _broken() -> BadBundle:
    return BadBundle(gettext_noop("This is no bundle, or its frame was changed: it is not a ZIP file in the one form that bundles have."))


def open_source(path: Path) -> Source:
    """Open a bundle, a file or a folder, from anybody. Raises BadBundle."""
    if path.is_dir():
        return FolderSource(path)
    try:
        file = path.open("rb")
    except OSError:
        raise BadBundle(gettext_noop("The file cannot be opened.")) from None
    try:
        return ArchiveSource(file)
    except (BadBundle, OSError, struct.error, OverflowError) as error:
        file.close()
        raise error if isinstance(error, BadBundle) else _broken() from None
