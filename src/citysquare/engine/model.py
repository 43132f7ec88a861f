"""The values that travel through the engine. No behaviour beyond what follows from the fields.

Times are *ticks*: whole 1/90 000 seconds since 1970-01-01 00:00 UTC (see docs/design/time.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

TICKS_PER_SECOND = 90_000
"""The clock rate of RTP video (RFC 3551) and of our files."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ticks_from_seconds(seconds: float) -> int:
    """Return `seconds` since the epoch (or a span in seconds) as ticks."""
    return round(seconds * TICKS_PER_SECOND)


def ticks_from_datetime(at: datetime) -> int:
    """Return an aware datetime as ticks, exact to the microsecond.

    Raises ValueError for a naive datetime.
    """
    if at.tzinfo is None:
        msg = "a point in time needs a time zone"
        raise ValueError(msg)
    return ((at - _EPOCH) // timedelta(microseconds=1) * TICKS_PER_SECOND + 500_000) // 1_000_000


def datetime_from_ticks(ticks: int) -> datetime:
    """Return ticks as an aware UTC datetime, to the microsecond."""
    return _EPOCH + timedelta(microseconds=(ticks * 1_000_000 + TICKS_PER_SECOND // 2) // TICKS_PER_SECOND)


def iso_from_ticks(ticks: int) -> str:
    """Return ticks as ISO 8601 UTC to the millisecond, such as `2026-05-01T12:00:00.040Z`."""
    return datetime_from_ticks(ticks).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Codec(StrEnum):
    """How pictures are coded."""

    H264 = "h264"
    H265 = "h265"


class StreamKind(StrEnum):
    """Which of a camera's streams: `main` is kept as evidence, `sub` is small and feeds analysis and small tiles."""

    MAIN = "main"
    SUB = "sub"


@dataclass(frozen=True, slots=True, order=True)
class StreamKey:
    """One stream of one camera; names its folder in the store."""

    camera: str
    kind: StreamKind = StreamKind.MAIN

    @property
    def folder(self) -> str:
        """The stream's folder: the camera's name, with `.sub` behind it for the small stream."""
        return self.camera if self.kind is StreamKind.MAIN else f"{self.camera}.sub"


@dataclass(frozen=True, slots=True)
class VideoParameters:
    """What a decoder must know before the first picture."""

    codec: Codec
    width: int
    """Pixels, after cropping."""
    height: int
    configuration: bytes
    """AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord (ISO/IEC 14496-15)."""
    codec_string: str
    """RFC 6381, such as `avc1.64001f`."""
    reorder_depth: int = 0
    """How many pictures may come before one in coding order and after it in time (B-frames)."""


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """One coded picture (access unit), untouched."""

    data: bytes
    """NAL units, each behind its length in four bytes, big-endian."""
    pts: int
    """When it was taken, in ticks."""
    dts: int
    """When it is to be decoded, in ticks; rises from picture to picture, never after `pts`."""
    key: bool
    """Decoding can start here (IDR or IRAP)."""
    parameters: VideoParameters


class GapCause(StrEnum):
    """Why there is no footage."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    STALLED = "stalled"
    GARBLED = "garbled"
    NO_KEYFRAME = "no_keyframe"
    RESTART = "restart"
    STORAGE_FULL = "storage_full"
    STORAGE_ERROR = "storage_error"
    SWITCHED_OFF = "switched_off"
    DROPPED_BY_US = "dropped_by_us"


@dataclass(frozen=True, slots=True)
class Break:
    """A source lost the picture: from `at` on nothing whole arrives until the next CodedPicture."""

    cause: GapCause
    at: int
    detail: str = ""
    """One sentence for a person, without passwords."""
    code: str = ""
    """The stable code of the error behind it (see engine.errors), where there is one."""


SourceEvent = CodedPicture | Break


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of a stream's captured axis: stored (`cause` is None) or a gap with its cause. `start <= t < end`, in ticks."""

    start: int
    end: int
    cause: GapCause | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in parts of the picture, 0..1, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle."""
        return ((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    @property
    def area(self) -> float:
        """The part of the picture it covers."""
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)


class ObjectClass(StrEnum):
    """What a track is of. `unknown` where no detector is installed: never a guess."""

    UNKNOWN = "unknown"
    PERSON = "person"
    BICYCLE = "bicycle"
    MOTORCYCLE = "motorcycle"
    CAR = "car"
    VAN = "van"
    BUS = "bus"
    TRUCK = "truck"


@dataclass(frozen=True, slots=True)
class Detection:
    """Something seen in one picture."""

    box: Box
    object_class: ObjectClass = ObjectClass.UNKNOWN
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Track:
    """One thing followed through a camera's view, finished."""

    id: str
    """Unique and opaque (a UUID in text form); also the key under which it is stored once only."""
    camera: str
    object_class: ObjectClass
    first: int
    """Ticks of the first picture it was seen in."""
    last: int
    path: tuple[tuple[float, float], ...]
    """Up to 16 points (x, y) in 0..1 from first to last."""


@dataclass(frozen=True, slots=True)
class TrackBatch:
    """Finished tracks of one camera, handed over at once."""

    camera: str
    tracks: tuple[Track, ...]
    through: int
    """Ticks up to which the camera has been analysed."""
