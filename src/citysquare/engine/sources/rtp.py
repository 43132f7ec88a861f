"""RTP packets to access units: RFC 3550 (RTP), RFC 6184 (H.264), RFC 7798 (H.265).

`Depacketiser.packet` and `Depacketiser.run` are the hottest functions of the recorder (some 400 packets a second and camera): they work in
place on the connection's buffer, copy a payload once, and call nothing per packet that they can do themselves.

Over TCP nothing is reordered by the network, so a step in the sequence numbers is loss, whichever way it goes. What is damaged is
dropped up to the next proven boundary between access units (or a key picture that begins as this camera's do, `beginnings`) and reported
as `Damage`; it is never patched.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from citysquare.engine.errors import Garbled
from citysquare.engine.model import Codec, VideoParameters
from citysquare.engine.sources.beginnings import Beginnings
from citysquare.engine.sources.bits import LENGTH_BYTES
from citysquare.engine.sources.sets import ParameterSets

MAX_NAL = 8 << 20
MAX_UNIT = 16 << 20
_HEADER = struct.Struct(">BBHII")
_FRAME = struct.Struct(">BBHBBHII")
"""A `$` frame's mark, channel and length (RFC 2326, section 10.12), and the RTP header in it."""
_FRAME_MARK = 0x24
_LENGTH = struct.Struct(">I")
_PLAIN = 0x80
"""First byte of an RTP header of version 2 without padding, extension and contributing sources."""


class AccessUnit(NamedTuple):
    """One whole coded picture."""

    data: bytes
    """NAL units behind lengths of four bytes."""
    rtp_time: int
    key: bool
    parameters: VideoParameters | None = None
    """Of a key picture: the parameters in force when it came; None while they are incomplete."""


class Damage(NamedTuple):
    """Something was lost here; pictures up to the next key one depend on it."""

    detail: str


class Restart(NamedTuple):
    """The sender began a new RTP stream (its SSRC changed)."""


Unit = AccessUnit | Damage | Restart


@dataclass(frozen=True, slots=True)
class _Kinds:
    """How a codec numbers what the depacketiser must know; `header` is the length of a NAL header."""

    header: int
    key: frozenset[int]
    picture: frozenset[int]
    sets: frozenset[int]
    aggregate: int
    fragment: int
    last: int
    mask: int
    """Which bits of a payload's first byte hold the type."""


_H264 = _Kinds(1, frozenset({5}), frozenset(range(1, 6)), frozenset({7, 8}), 24, 28, 23, 0x1F)
_H265 = _Kinds(2, frozenset(range(16, 24)), frozenset(range(32)), frozenset({32, 33, 34}), 48, 49, 47, 0x7E)


class Counters:
    """What the receiver reports need (RFC 3550, section 6.4.1)."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.received = 0
        self.lost = 0
        self.cycles = 0
        self.highest = 0
        self.ssrc = 0


class Depacketiser:
    """Takes the RTP packets of one video stream and leaves access units in `units`."""

    def __init__(self, sets: ParameterSets, payload_type: int, *, marker_trusted: bool = True) -> None:
        """Start between two access units. `sets` is told every parameter set that comes in band."""
        self.units: list[Unit] = []
        self.counters = Counters()
        self.marker_trusted = marker_trusted
        """Whether this camera sets the marker bit on the last packet of a picture only."""
        self._sets = sets
        self._payload_type = payload_type
        self._h265 = sets.codec is Codec.H265
        self._kinds = _H265 if self._h265 else _H264
        self._payload = self._payload_h265 if self._h265 else self._payload_h264
        self._expected = -1
        self._time = -1
        self._ended = -1
        self._unit = bytearray()
        self._nal = -1  # where the open fragmented NAL unit's length stands in _unit; -1: none is open
        self._limit = MAX_UNIT
        self._has_picture = False
        self._key = False
        self._lost = False  # nothing counts until a boundary between access units is proven
        self._beginnings = Beginnings(h265=self._h265, pictures=self._kinds.picture, keys=self._kinds.key)
        self._on_trial = False  # the open picture came right behind lost packets; how it begins is yet to be looked at

    def packet(self, buffer: bytearray, view: memoryview, start: int, end: int) -> None:
        """Take the RTP packet that lies in `buffer[start:end]`; `view` is a memoryview of `buffer`."""
        if end - start < 12:
            self._damage("an RTP packet is too short")
            return
        first, second, sequence, rtp_time, ssrc = _HEADER.unpack_from(buffer, start)
        if second & 0x7F != self._payload_type:
            return
        body = start + 12
        if first != _PLAIN:
            body, end = _unusual(buffer, first, start, end)
        if body >= end:
            self._damage("an RTP packet is empty or malformed")
            return
        counters = self.counters
        counters.received += 1
        if sequence != self._expected:
            self._step((sequence, rtp_time, ssrc), buffer, body, end)
        elif rtp_time != self._time:
            self._boundary(rtp_time)
        self._expected = counters.highest = (sequence + 1) & 0xFFFF
        if not self._expected:
            counters.cycles += 1
        if not self._lost:
            self._payload(buffer, view, body, end)
        if second & 0x80 and self.marker_trusted:
            self._marked()

    def run(self, channel: int, buffer: bytearray, view: memoryview, position: int, filled: int) -> int:
        """Take the `$` frames of `channel` from `position` on, as long as each is what most are: the next middle piece of a NAL unit.

        Return where the first frame lies that is anything else, or is not whole; it is for `packet`. What this does is what `packet`
        would have done with each of them, without a call for each.
        """
        if self._nal < 0 or self._lost:
            return position
        kinds, unit, expected, time = self._kinds, self._unit, self._expected, self._time
        header, wanted, mask = kinds.header + 1, kinds.fragment << 1 if self._h265 else kinds.fragment, kinds.mask
        least = 12 + header
        room = self._limit - len(unit)
        began = expected
        while position + 4 + least < filled:
            mark, number, length, first, second, sequence, rtp_time, _ = _FRAME.unpack_from(buffer, position)
            body = position + 4 + least
            end = position + 4 + length
            room -= length - least
            if (
                second != self._payload_type  # of another kind, or with the marker that ends a picture
                or sequence != expected
                or expected == 0xFFFF
                or buffer[body - 1] & 0xC0  # the first or last piece
                or buffer[position + 16] & mask != wanted
                or rtp_time != time
                or (mark, number, first) != (_FRAME_MARK, channel, _PLAIN)
                or end > filled
                or length <= least
                or room < 0
            ):
                break
            unit += view[body:end]
            expected += 1
            position = end
        if expected != began:
            self._expected = expected
            self.counters.received += expected - began
            self.counters.highest = expected  # as in `packet`
        return position

    def _step(self, numbers: tuple[int, int, int], buffer: bytearray, body: int, end: int) -> None:
        """Take note of a packet that does not follow the one before: its number, time and sender, and where its payload lies."""
        sequence, rtp_time, ssrc = numbers
        counters = self.counters
        if self._expected < 0 or ssrc != counters.ssrc:
            if self._expected >= 0:
                self._damage("the camera began a new RTP stream")
                self.units.append(Restart())
                self._lost = False
            counters.ssrc = ssrc
        else:
            missing = (sequence - self._expected) & 0xFFFF
            if missing < 0x8000:
                counters.lost += missing
                self._damage(f"{missing} RTP packets are missing")
            else:
                self._damage("RTP packets are out of order")
        if self._lost and rtp_time != self._time and self._beginnings.may_begin(buffer, body, end):
            self._lost, self._on_trial = False, True
        self._time = rtp_time

    def _damage(self, detail: str) -> None:
        """Drop what is unfinished, and everything up to the next boundary."""
        if not self._lost:
            self.units.append(Damage(f"What arrives is damaged: {detail}."))
        self._lost, self._on_trial = True, False
        self._clear()

    def _clear(self) -> None:
        self._unit.clear()
        self._nal = -1
        self._has_picture = self._key = False

    def _boundary(self, rtp_time: int) -> None:
        self._finish()
        self._time = rtp_time

    def _marked(self) -> None:
        """Take a marker bit: the picture ends here, unless a NAL unit is still open, which proves this camera's markers wrong."""
        if self._nal >= 0:
            self.marker_trusted = False
        else:
            self._finish()

    def _finish(self) -> None:
        """End the access unit.

        What holds no picture (parameter sets with a marker or a time of their own) waits for the picture it belongs to.
        """
        if self._lost:
            self._lost = False
            return
        if self._nal >= 0:
            self._damage("a fragmented NAL unit has no end")
            self._lost = False
            return
        if self._has_picture:
            if not self._is_whole():
                self._clear()
                return
            try:
                parameters = self._sets.parameters() if self._key else None
            except Garbled as trouble:
                self._damage(trouble.message.rstrip("."))
                self._lost = False
                return
            self.units.append(AccessUnit(bytes(self._unit), self._time, self._key, parameters))
            self._ended = self._time
            self._clear()

    def _is_whole(self) -> bool:
        """Say whether the picture has its beginning; how key pictures begin is learned from those of which that is certain."""
        on_trial, self._on_trial = self._on_trial, False
        if on_trial:
            return self._key and self._beginnings.proves(self._unit)
        if self._key:
            self._beginnings.learn(self._unit)
        return True

    def _begin(self, kind: int, *, first_slice: bool) -> bool:
        """Prepare for a NAL unit of type `kind`; False when it must not be taken."""
        kinds = self._kinds
        if kind in kinds.picture:
            if not first_slice and not self._has_picture:
                if self._time == self._ended:
                    # Its beginning has already left as a whole picture: this camera's markers mean nothing.
                    self.marker_trusted = False
                    self._damage("the camera marks the end of pictures wrongly")
                else:
                    self._damage("a picture without its beginning came")
                return False
            self._has_picture = True
            if kind in kinds.key:
                self._key = True
        return True

    def _whole(self, view: memoryview, body: int, end: int) -> None:
        """Take a NAL unit that lies whole in `view[body:end]`."""
        kinds = self._kinds
        if self._nal >= 0 or end - body < kinds.header:
            self._damage("a NAL unit is cut off")
            return
        kind = view[body] >> 1 & 0x3F if self._h265 else view[body] & 0x1F
        first = end - body > kinds.header and view[body + kinds.header] >= 0x80
        if kind > kinds.last or not self._begin(kind, first_slice=first):
            return
        if len(self._unit) + end - body > MAX_UNIT:
            self._damage("a picture is too large")
            return
        self._unit += _LENGTH.pack(end - body)
        self._unit += view[body:end]
        if kind in kinds.sets:
            self._offer(bytes(view[body:end]))

    def _offer(self, nal: bytes) -> None:
        try:
            self._sets.offer(nal)
        except Garbled as trouble:
            self._damage(trouble.message.rstrip("."))

    def _aggregate(self, buffer: bytearray, view: memoryview, body: int, end: int) -> None:
        """Take several NAL units behind lengths of two bytes (STAP-A, AP)."""
        while body < end:
            following = body + 2 + int.from_bytes(buffer[body : body + 2], "big")
            if following > end or following == body + 2:
                self._damage("an aggregation packet is cut off")
                return
            self._whole(view, body + 2, following)
            if self._lost:
                return
            body = following

    def _payload_h264(self, buffer: bytearray, view: memoryview, body: int, end: int) -> None:
        kind = buffer[body] & 0x1F
        if kind == 28:  # FU-A: indicator, then start bit, end bit, type
            if end - body < 3:
                self._damage("a fragment is too short")
                return
            fragment = buffer[body + 1]
            if fragment & 0x80:
                first = buffer[body + 2] >= 0x80
                self._open(fragment & 0x1F, bytes((buffer[body] & 0xE0 | fragment & 0x1F,)), first_slice=first)
            if self._nal < 0:
                self._orphan()
                return
            self._unit += view[body + 2 : end]
            if fragment & 0x40 or len(self._unit) > self._limit:
                self._close()
        elif kind < 24:
            self._whole(view, body, end)
        elif kind == 24:
            self._aggregate(buffer, view, body + 1, end)
        else:
            self._damage("the camera packs NAL units in a mode it was not asked for")

    def _payload_h265(self, buffer: bytearray, view: memoryview, body: int, end: int) -> None:
        kind = buffer[body] >> 1 & 0x3F
        if kind == 49:  # FU: payload header of two bytes, then start bit, end bit, type
            if end - body < 4:
                self._damage("a fragment is too short")
                return
            fragment = buffer[body + 2]
            if fragment & 0x80:
                head = bytes((buffer[body] & 0x81 | (fragment & 0x3F) << 1, buffer[body + 1]))
                self._open(fragment & 0x3F, head, first_slice=buffer[body + 3] >= 0x80)
            if self._nal < 0:
                self._orphan()
                return
            self._unit += view[body + 3 : end]
            if fragment & 0x40 or len(self._unit) > self._limit:
                self._close()
        elif kind < 48:
            self._whole(view, body, end)
        elif kind == 48:
            self._aggregate(buffer, view, body + 2, end)
        else:
            self._damage("the camera packs NAL units in a mode it was not asked for")

    def _open(self, kind: int, head: bytes, *, first_slice: bool) -> None:
        """Begin a fragmented NAL unit with its rebuilt header."""
        if self._nal >= 0:
            self._damage("a fragmented NAL unit has no end")
        elif self._begin(kind, first_slice=first_slice):
            self._nal = len(self._unit)
            self._limit = min(MAX_UNIT, self._nal + LENGTH_BYTES + MAX_NAL)
            self._unit += b"\0\0\0\0"
            self._unit += head

    def _orphan(self) -> None:
        if not self._lost:
            self._damage("a fragment without its beginning came")

    def _close(self) -> None:
        """End the fragmented NAL unit: write its length in front of it."""
        length = len(self._unit) - self._nal - LENGTH_BYTES
        if len(self._unit) > self._limit:
            self._damage("a NAL unit is too large")
            return
        _LENGTH.pack_into(self._unit, self._nal, length)
        start = self._nal + LENGTH_BYTES
        self._nal = -1
        kind = self._unit[start] >> 1 & 0x3F if self._h265 else self._unit[start] & 0x1F
        if kind in self._kinds.sets:
            self._offer(bytes(self._unit[start:]))


def _unusual(buffer: bytearray, first: int, start: int, end: int) -> tuple[int, int]:
    """Return where the payload of a packet with padding, extension or contributing sources begins and ends; (0, 0) when malformed."""
    if first >> 6 != 2:
        return 0, 0
    body = start + 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if body + 4 > end:
            return 0, 0
        body += 4 + 4 * int.from_bytes(buffer[body + 2 : body + 4], "big")
    if first & 0x20:
        end -= buffer[end - 1]
    return body, end
