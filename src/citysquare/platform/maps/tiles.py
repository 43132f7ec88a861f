"""A PMTiles file as the city gives it: its header checked, its bytes handed out in the pieces a browser asks for.

Format: PMTiles 3 (127 bytes of header, little-endian, then directories and tiles). The file is an operator's, but a half-copied or a wrong
one is common: nothing in it is believed beyond what the header's own figures and the file's size allow.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from citysquare.platform.errors import DomainError

LONGEST_PIECE = 8_000_000
"""Bytes of one answer. Tiles and directories are a hundred times smaller."""

_HEADER = struct.Struct("<7sB11Q6B4iB2i")
_MAGIC = b"PMTiles"
_VERSION = 3
_VECTOR = 1
_DEGREE = 10_000_000
_RANGE = re.compile(r"bytes=(\d{1,19})-(\d{0,19})")


class TilesUnusable(DomainError):
    """The file named by the setting cannot be used as a map."""

    code = "map.tiles_unusable"
    status = 503


class PieceOutside(DomainError):
    """The asked-for piece does not lie in the file, or no piece was asked for of a large file."""

    code = "map.piece_outside"
    status = 416


@dataclass(frozen=True, slots=True)
class TilesHeader:
    """What the file says about itself. Degrees are WGS 84."""

    size: int
    mark: str
    """Changes when the file does."""
    least_zoom: int
    most_zoom: int
    west: float
    south: float
    east: float
    north: float

    @property
    def bounds(self) -> list[float]:
        """West, south, east, north."""
        return [self.west, self.south, self.east, self.north]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the file: its first byte, and the bytes."""

    start: int
    data: bytes


def read_header(path: Path) -> TilesHeader:
    """Read and check a file's header.

    Raises TilesUnusable with a sentence for the operator.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_HEADER.size)
        status = path.stat()
    except OSError:
        raise TilesUnusable(_("The file of map tiles named by map_tiles cannot be read.")) from None
    if len(raw) < _HEADER.size or raw[:7] != _MAGIC:
        raise TilesUnusable(_("The file named by map_tiles is not a PMTiles file."))
    magic, version, *rest = _HEADER.unpack(raw)
    del magic
    if version != _VERSION:
        raise TilesUnusable(_("The file named by map_tiles is an old kind of PMTiles: convert it to version 3 with 'pmtiles convert'."))
    sections = zip(rest[0:8:2], rest[1:8:2], strict=True)
    if any(offset + length > status.st_size for offset, length in sections):
        raise TilesUnusable(_("The file named by map_tiles is shorter than it says: copy it again."))
    if rest[14] != _VECTOR:
        raise TilesUnusable(_("The file named by map_tiles holds pictures: a file of vector tiles in the Protomaps schema is needed."))
    west, south, east, north = (value / _DEGREE for value in rest[17:21])
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90 and rest[15] <= rest[16] <= 30):
        raise TilesUnusable(_("The file named by map_tiles says that it covers no part of the globe."))
    mark = f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
    return TilesHeader(status.st_size, mark, rest[15], rest[16], west, south, east, north)


def read_piece(path: Path, wanted: str, *, size: int) -> Piece:
    """Read the bytes a `Range` header asks for, at most LONGEST_PIECE of them; one range only, with a first byte.

    Raises PieceOutside for anything else, TilesUnusable when the file cannot be read.
    """
    match = _RANGE.fullmatch(wanted.strip())
    if match is None:
        raise PieceOutside(_("Map tiles are handed out in pieces: ask with 'Range: bytes=first-last'."))
    start = int(match[1])
    end = int(match[2]) if match[2] else size - 1
    if start >= size or end < start:
        raise PieceOutside(_("The file of map tiles has no such piece."))
    length = min(end, size - 1, start + LONGEST_PIECE - 1) - start + 1
    try:
        with path.open("rb") as file:
            file.seek(start)
            return Piece(start, file.read(length))
    except OSError:
        raise TilesUnusable(_("The file of map tiles named by map_tiles cannot be read.")) from None
