"""Fragmented MP4: writing it, and reading back what we wrote.

Written after ISO/IEC 14496-12 (boxes, fragments) and 14496-15 (AVC and HEVC in them). A file is `ftyp moov (moof mdat)+`: one video
track, timescale 90 000, `tfdt` the decoding time in ticks since 1970, one `trun` with duration, size, flags and signed composition
offset of each picture. Players need nothing else.

The reader is strict: it knows the one layout this module writes and refuses everything else with StoreDamaged, so that a damaged or
forged file costs a bounded amount of memory and time. A private `uuid` box in `moov`, skipped by players, carries what the codec's own
record does not say: the RFC 6381 string and the reorder depth.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from citysquare.engine.errors import StoreDamaged
from citysquare.engine.model import Codec, CodedPicture, VideoParameters

MAX_INIT = 64 * 1024
"""Bytes. Parameter sets of real cameras take some hundred."""
MAX_FRAGMENT = 64 * 1024 * 1024
"""Bytes of one `moof` and `mdat`: 0.5 s at a gigabit per second."""
MAX_PICTURE = 32 * 1024 * 1024
"""Bytes of one coded picture."""
MAX_PICTURES = 4096
"""Pictures in one fragment."""
MAX_TICKS = 2**54
"""The year 8312: beyond it a time is damage, not a date."""
HEAD_BYTES = 88
"""The length of a `moof` of ours without its pictures; each picture adds 16."""

_PRIVATE = UUID("6b0e6b0a-5c0f-4f5e-9d4c-0c17a5e1d2b7").bytes
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_MOOF = struct.Struct(">I4s I4sII I4s I4sII I4sIQ I4sIII")
_TIME_AT = 60
"""Where a fragment of ours has the decoding time of its first picture."""
_TFHD_FLAGS = 0x020000  # default-base-is-moof
_TFDT_VERSION = 0x01000000
_TRUN_FLAGS = 0x01000F01  # version 1; data offset; duration, size, flags and composition offset for each picture
_KEY_FLAGS = 0x02000000  # sample_depends_on = 2: on no other
_OTHER_FLAGS = 0x01010000  # sample_depends_on = 1, and sample_is_non_sync_sample
_SAMPLE_ENTRIES = {
    b"avc1": (Codec.H264, b"avcC"),
    b"avc3": (Codec.H264, b"avcC"),
    b"hvc1": (Codec.H265, b"hvcC"),
    b"hev1": (Codec.H265, b"hvcC"),
}


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, flags: int, *parts: bytes) -> bytes:
    return _box(kind, struct.pack(">I", flags), *parts)


def _sample_entry(parameters: VideoParameters) -> bytes:
    fourcc = parameters.codec_string[:4].encode()
    if fourcc not in _SAMPLE_ENTRIES:
        fourcc = b"avc1" if parameters.codec is Codec.H264 else b"hvc1"
    visual = struct.pack(">6xH16xHHIIIH32xHh", 1, parameters.width, parameters.height, 0x480000, 0x480000, 0, 1, 24, -1)
    return _box(fourcc, visual, _box(_SAMPLE_ENTRIES[fourcc][1], parameters.configuration))


def write_init(parameters: VideoParameters) -> bytes:
    """Return `ftyp` and `moov` for a stream with these parameters.

    Raises ValueError when the parameters do not fit into the format (a size of zero or beyond 65 535, a record or codec string too long).
    """
    text = parameters.codec_string.encode("ascii")
    if not (0 < parameters.width < 65536 and 0 < parameters.height < 65536):
        raise ValueError("a picture is 1 to 65 535 pixels wide and high")
    if len(text) > 255 or not 0 <= parameters.reorder_depth < 256 or not 0 < len(parameters.configuration) <= MAX_INIT - 4096:
        raise ValueError("the video's parameters are too long")
    empty = struct.pack(">I", 0)
    table = _box(
        b"stbl",
        _full(b"stsd", 0, struct.pack(">I", 1), _sample_entry(parameters)),
        _full(b"stts", 0, empty),
        _full(b"stsc", 0, empty),
        _full(b"stsz", 0, empty, empty),
        _full(b"stco", 0, empty),
    )
    data_here = _box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1)))
    media = _box(
        b"mdia",
        _full(b"mdhd", 0, struct.pack(">IIIIHH", 0, 0, 90_000, 0, 0x55C4, 0)),
        _full(b"hdlr", 0, struct.pack(">I4s12x", 0, b"vide"), b"Citysquare\0"),
        _box(b"minf", _full(b"vmhd", 1, struct.pack(">HHHH", 0, 0, 0, 0)), data_here, table),
    )
    size = struct.pack(">II", parameters.width << 16, parameters.height << 16)
    track = _full(b"tkhd", 7, struct.pack(">IIIII8xHHHH", 0, 0, 1, 0, 0, 0, 0, 0, 0), _MATRIX, size)
    movie = _full(b"mvhd", 0, struct.pack(">IIIIIH10x", 0, 0, 90_000, 0, 0x10000, 0x100), _MATRIX, struct.pack(">24xI", 2))
    extends = _box(b"mvex", _full(b"trex", 0, struct.pack(">IIIII", 1, 1, 0, 0, 0)))
    private = _box(b"uuid", _PRIVATE, struct.pack(">BBB", 1, parameters.reorder_depth, len(text)), text)
    file_type = _box(b"ftyp", b"iso6", struct.pack(">I", 0), b"iso6", b"mp41")
    return file_type + _box(b"moov", movie, _box(b"trak", track, media), extends, private)


def write_fragment(sequence: int, pictures: Sequence[CodedPicture], last_duration: int) -> bytes:
    """Return `moof` and `mdat` holding `pictures` (decoding times must rise); the last one lasts `last_duration` ticks.

    Raises ValueError when a count, size, time or offset does not fit.
    """
    count = len(pictures)
    if not 0 < count <= MAX_PICTURES:
        raise ValueError("a fragment holds 1 to 4096 pictures")
    rows: list[int] = []
    following = [picture.dts for picture in pictures[1:]] + [pictures[-1].dts + last_duration]
    total = 0
    for picture, after in zip(pictures, following, strict=True):
        offset = picture.pts - picture.dts
        size = len(picture.data)
        if not (0 < after - picture.dts < 2**32 and -(2**31) <= offset < 2**31 and 0 < size <= MAX_PICTURE):
            raise ValueError("a picture's duration, size or composition offset does not fit")
        total += size
        rows += (after - picture.dts, size, _KEY_FLAGS if picture.key else _OTHER_FLAGS, offset & 0xFFFFFFFF)
    moof = HEAD_BYTES + 16 * count
    if moof + 8 + total > MAX_FRAGMENT or not 0 <= pictures[0].dts < MAX_TICKS:
        raise ValueError("a fragment's length or time does not fit")
    head = _MOOF.pack(*_head_fields(sequence & 0xFFFFFFFF, pictures[0].dts, count))
    return b"".join(
        (head, struct.pack(f">{4 * count}I", *rows), struct.pack(">I4s", 8 + total, b"mdat"), *(picture.data for picture in pictures))
    )


def _head_fields(sequence: int, start: int, count: int) -> tuple[int | bytes, ...]:
    moof = HEAD_BYTES + 16 * count
    trun = 20 + 16 * count
    return (
        *(moof, b"moof"),
        *(16, b"mfhd", 0, sequence),
        *(moof - 24, b"traf"),
        *(16, b"tfhd", _TFHD_FLAGS, 1),
        *(20, b"tfdt", _TFDT_VERSION, start),
        *(trun, b"trun", _TRUN_FLAGS, count, moof + 8),
    )


def redated(data: bytes, start: int) -> bytes:
    """Return a fragment of ours with another decoding time of its first picture; nothing else in it changes.

    Raises ValueError for a time that does not fit.
    """
    if not 0 <= start < MAX_TICKS or len(data) < HEAD_BYTES:
        raise ValueError("a fragment's time does not fit")
    return data[:_TIME_AT] + struct.pack(">Q", start) + data[_TIME_AT + 8 :]


def write_segment_index(spans: Sequence[tuple[int, int, bool]]) -> bytes:
    """Return a `sidx` (ISO/IEC 14496-12, 8.16.3) that stands before fragments, so that a player knows their length and can seek.

    Each is given by its bytes, its duration in ticks up to the next one, and whether it begins with a key picture. Raises ValueError for
    more than 65 535, and for what does not fit.
    """
    if len(spans) > 0xFFFF or any(not 0 < size < 2**31 or not 0 < duration < 2**32 for size, duration, _ in spans):
        raise ValueError("the fragments do not fit into an index")
    rows = [value for size, duration, key in spans for value in (size, duration, 0x9000_0000 if key else 0)]
    head = struct.pack(">IIQQHH", 1, 90_000, 0, 0, 0, len(spans))
    return _full(b"sidx", 0x0100_0000, head, struct.pack(f">{len(rows)}I", *rows))


@dataclass(frozen=True, slots=True)
class Init:
    """What the beginning of a file says."""

    parameters: VideoParameters
    length: int
    """Bytes of `ftyp` and `moov`: the first fragment starts there."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture of a fragment, without its bytes."""

    offset: int
    """From the start of the fragment."""
    size: int
    pts: int
    dts: int
    key: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A fragment's `moof`, read and checked."""

    length: int
    """Bytes of `moof` and `mdat` together."""
    start: int
    end: int
    key: bool
    """Its first picture is a key picture."""
    samples: tuple[Sample, ...]


def _children(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (kind, start of body, end of body) of each box between `start` and `end`."""
    while start < end:
        if end - start < 8:
            raise StoreDamaged("A footage file has a box cut short.")
        size, kind = struct.unpack_from(">I4s", data, start)
        if not 8 <= size <= end - start:
            raise StoreDamaged("A footage file has a box of an impossible size.")
        yield kind, start + 8, start + size
        start += size


def _descend(data: bytes, start: int, end: int, *path: bytes) -> tuple[int, int]:
    for wanted in path:
        start, end = next(((a, b) for kind, a, b in _children(data, start, end) if kind == wanted), (-1, -1))
        if start < 0:
            raise StoreDamaged("A footage file lacks a part of its header.")
    return start, end


def init_length(data: bytes) -> int | None:
    """Return how many bytes `ftyp` and `moov` take, or None when `data` does not hold all of them yet.

    Raises StoreDamaged when the file does not begin like ours.
    """
    position = 0
    for wanted in (b"ftyp", b"moov"):
        if len(data) < position + 8:
            return None
        size, kind = struct.unpack_from(">I4s", data, position)
        if kind != wanted or not 8 <= size <= MAX_INIT - position:
            raise StoreDamaged("A footage file does not begin like one of ours.")
        position += size
    return position if len(data) >= position else None


def parse_init(data: bytes) -> Init:
    """Read the beginning of a file.

    Raises StoreDamaged when it is cut short or not of our making.
    """
    length = init_length(data)
    if length is None:
        raise StoreDamaged("A footage file ends within its header.")
    try:
        return Init(_parameters(data, length), length)
    except (struct.error, UnicodeDecodeError, IndexError) as error:
        raise StoreDamaged("A footage file has a damaged header.") from error


def _parameters(data: bytes, length: int) -> VideoParameters:
    moov = _descend(data, 0, length, b"moov")
    entries, end = _descend(data, *moov, b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    fourcc, entry, entry_end = next(_children(data, entries + 8, end), (b"", 0, 0))
    if fourcc not in _SAMPLE_ENTRIES or entry_end - entry < 78:
        raise StoreDamaged("A footage file holds no video we know.")
    codec, record = _SAMPLE_ENTRIES[fourcc]
    width, height = struct.unpack_from(">HH", data, entry + 24)
    start, stop = _descend(data, entry + 78, entry_end, record)
    private, private_end = _descend(data, *moov, b"uuid")
    body = data[private:private_end]
    if len(body) < 19 or body[:16] != _PRIVATE or body[16] != 1 or len(body) != 19 + body[18]:
        raise StoreDamaged("A footage file lacks a part of its header.")
    if width == 0 or height == 0 or start == stop:
        raise StoreDamaged("A footage file has a damaged header.")
    return VideoParameters(codec, width, height, data[start:stop], body[19:].decode("ascii"), body[17])


def moof_length(data: bytes, at: int = 0) -> int | None:
    """Return the length of the `moof` that starts at `at`, or None when fewer than eight bytes are there.

    Raises StoreDamaged when no fragment of ours can start so.
    """
    if len(data) - at < 8:
        return None
    size, kind = struct.unpack_from(">I4s", data, at)
    if kind != b"moof" or not HEAD_BYTES < size <= HEAD_BYTES + 16 * MAX_PICTURES or (size - HEAD_BYTES) % 16:
        raise StoreDamaged("A footage file has a damaged fragment.")
    return int(size)


def parse_head(data: bytes, at: int = 0) -> Head | None:
    """Read the `moof` at `at` and the header of its `mdat`; None when `data` ends before both are there (the picture bytes may be missing).

    Raises StoreDamaged for anything but our own layout.
    """
    moof = moof_length(data, at)
    if moof is None or len(data) - at < moof + 8:
        return None
    count = (moof - HEAD_BYTES) // 16
    fields = _MOOF.unpack_from(data, at)
    sequence, start = fields[5], fields[15]
    if fields != _head_fields(sequence, start, count) or start >= MAX_TICKS:
        raise StoreDamaged("A footage file has a damaged fragment.")
    rows = struct.unpack_from(">" + "IIIi" * count, data, at + HEAD_BYTES)
    samples: list[Sample] = []
    offset, dts = moof + 8, start
    for row in range(0, 4 * count, 4):
        duration, size, flags, shift = rows[row : row + 4]
        if not duration or not size or flags not in (_KEY_FLAGS, _OTHER_FLAGS):
            raise StoreDamaged("A footage file has a damaged fragment.")
        samples.append(Sample(offset, size, dts + shift, dts, flags == _KEY_FLAGS))
        offset += size
        dts += duration
    if offset > MAX_FRAGMENT or struct.unpack_from(">I4s", data, at + moof) != (offset - moof, b"mdat"):
        raise StoreDamaged("A footage file has a damaged fragment.")
    return Head(offset, start, dts, samples[0].key, tuple(samples))


def samples(init: bytes, data: bytes) -> list[CodedPicture]:
    """Return the coded pictures of one fragment exactly as they were given to the recorder.

    Raises StoreDamaged when `init` or `data` is not of our making or cut short.
    """
    parameters = parse_init(init).parameters
    head = parse_head(data)
    if head is None or len(data) < head.length:
        raise StoreDamaged("A footage file ends within a fragment.")
    return [CodedPicture(data[s.offset : s.offset + s.size], s.pts, s.dts, s.key, parameters) for s in head.samples]
