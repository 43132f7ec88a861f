"""Coded pictures -> fragments.

A fragment is cut as soon as its pictures last `fragment_seconds` (on the last picture's arrival: nothing waits for the next one),
before a key picture, at a break, where time makes a step, and at new parameters. A key picture that follows another one within half of
that time stays in the fragment, so that a camera sending only key pictures does not cost a write for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from citysquare.engine.footage.boxes import MAX_PICTURE, MAX_PICTURES, MAX_TICKS, write_fragment
from citysquare.engine.footage.seconds import Cadence
from citysquare.engine.model import TICKS_PER_SECOND, Break, CodedPicture, GapCause, VideoParameters

_CUT_BYTES = 16 * 1024 * 1024
_LEAST_CHANGE = TICKS_PER_SECOND
"""Between two changes of a stream's parameters, each of which costs a file."""
_LOST_PICTURES = frozenset({GapCause.GARBLED, GapCause.DROPPED_BY_US, GapCause.STORAGE_FULL, GapCause.STORAGE_ERROR, GapCause.NO_KEYFRAME})


@dataclass(frozen=True, slots=True)
class Fragment:
    """Pictures that are written together. Times in ticks, along the decoding order."""

    pictures: tuple[CodedPicture, ...]
    last_duration: int
    size: int = field(init=False)
    """Bytes of the pictures alone."""

    def __post_init__(self) -> None:
        """Add up the bytes once."""
        object.__setattr__(self, "size", sum(len(picture.data) for picture in self.pictures))

    @property
    def parameters(self) -> VideoParameters:
        """What a decoder must know; the same for all its pictures."""
        return self.pictures[0].parameters

    @property
    def start(self) -> int:
        """The first picture's decoding time."""
        return self.pictures[0].dts

    @property
    def end(self) -> int:
        """The last picture's decoding time and duration."""
        return self.pictures[-1].dts + self.last_duration

    @property
    def key(self) -> bool:
        """Its first picture is a key picture."""
        return self.pictures[0].key

    def encode(self, sequence: int) -> bytes:
        """Return its `moof` and `mdat`."""
        return write_fragment(sequence, self.pictures, self.last_duration)


Piece = Fragment | Break


class FragmentBuilder:
    """Turns one stream's events into fragments and breaks, in order.

    Whatever the source says, what leaves here rises in time and lies at or behind `floor` (the end of what is stored), and decoding can
    start after each break: pictures that come before a key picture are given up, and the gap before it lasts until then.
    """

    def __init__(self, fragment_ticks: int, floor: int = 0) -> None:
        """Cut after `fragment_ticks`; no picture is dated before `floor`."""
        self._wanted = fragment_ticks
        self._floor = floor
        self._shift = 0
        self._cadence = Cadence()
        self._pending: list[CodedPicture] = []
        self._bytes = 0
        self._last: CodedPicture | None = None  # the picture before, unless a break lies between
        self._changed = -_LEAST_CHANGE
        self.latest: int | None = None
        """The decoding time of the last picture taken."""
        self._needs_key = True
        self._blames_key = True  # a wait for a key picture is its own cause, unless pictures were lost before it

    @property
    def cadence(self) -> Cadence:
        """The distance of the stream's pictures."""
        return self._cadence

    @property
    def oldest(self) -> int | None:
        """The decoding time of the oldest picture that waits for its fragment, if any."""
        return self._pending[0].dts if self._pending else None

    @property
    def end(self) -> int:
        """Where the last picture ends; the floor before the first one."""
        return self._floor - 1 + self._cadence.interval if self._last is not None else self._floor

    def push(self, picture: CodedPicture) -> list[Piece]:
        """Take a picture; return what is complete now."""
        picture = self._restamped(picture)
        if (
            not 0 < len(picture.data) <= MAX_PICTURE
            or not 0 <= picture.dts < MAX_TICKS
            or not -(2**31) <= picture.pts - picture.dts < 2**31
        ):
            return self.lost(Break(GapCause.GARBLED, self._floor, "A picture had an impossible size or time."))
        out: list[Piece] = []
        last = self._last
        if last is not None and picture.parameters is not last.parameters and picture.parameters != last.parameters:
            if picture.dts - self._changed < _LEAST_CHANGE:
                return self.lost(Break(GapCause.GARBLED, self.end, "The camera changes its parameters all the time."))
            self._changed = picture.dts
            out += self.flush()
            self._needs_key = self._needs_key or not picture.key
        if self._needs_key and not picture.key:
            return out + self._refused(picture)
        self._needs_key = False
        if last is not None:
            out += self._before(picture, picture.dts - last.dts)
        self._last = picture
        self.latest = picture.dts
        self._floor = picture.dts + 1
        self._pending.append(picture)
        self._bytes += len(picture.data)
        if self._elapsed() >= self._wanted or self._bytes >= _CUT_BYTES or len(self._pending) >= MAX_PICTURES:
            out += self.flush()
        return out

    def lost(self, event: Break) -> list[Piece]:
        """Take a break; return what is complete now, the break behind it."""
        out: list[Piece] = [*self.flush(), event]
        self._last = None
        self._shift = 0
        self._needs_key = True
        self._blames_key = event.cause not in _LOST_PICTURES
        return out

    def flush(self) -> list[Piece]:
        """Complete the fragment at hand, if there is one."""
        if not self._pending:
            return []
        fragment = Fragment(tuple(self._pending), self._cadence.interval)
        self._pending.clear()
        self._bytes = 0
        return [fragment]

    def _elapsed(self) -> int:
        return self._pending[-1].dts + self._cadence.interval - self._pending[0].dts if self._pending else 0

    def _before(self, picture: CodedPicture, step: int) -> list[Piece]:
        """Cut in front of `picture` where that is due."""
        tears = self._cadence.tears(step)
        self._cadence.add(step)
        if not self._pending:
            return []
        crowded = self._pending[0].key and 2 * (picture.dts - self._pending[0].dts) < self._wanted
        too_long = self._bytes + len(picture.data) > _CUT_BYTES
        return self.flush() if tears or too_long or (picture.key and not crowded) else []

    def _refused(self, picture: CodedPicture) -> list[Piece]:
        self._last = None
        if not self._blames_key:
            return []
        self._blames_key = False
        return [Break(GapCause.NO_KEYFRAME, picture.dts, "Pictures arrive, but none that decoding can start with.")]

    def _restamped(self, picture: CodedPicture) -> CodedPicture:
        """Return the picture dated so that time rises: moved behind the floor where the source's time is before it."""
        dts, pts = picture.dts + self._shift, max(picture.pts, picture.dts) + self._shift
        if dts < self._floor:
            missing = self._floor - dts + (self._cadence.interval - 1 if self._last is not None else 0)
            self._shift += missing
            dts, pts = dts + missing, pts + missing
        if dts == picture.dts and pts == picture.pts:
            return picture
        return CodedPicture(picture.data, pts, dts, picture.key, picture.parameters)
