"""The parameter sets of one stream as they come, from its description and in band, and the VideoParameters they make."""

from __future__ import annotations

from citysquare.engine.errors import Garbled
from citysquare.engine.model import Codec, VideoParameters
from citysquare.engine.sources import h264, h265
from citysquare.engine.sources.bits import MAX_PARAMETER_SET

MAX_SETS = 64
"""Of one kind; cameras use one, rarely two."""

_Key = tuple[int, int]
"""NAL type and the set's own number: a later set with the same number replaces the earlier."""


class ParameterSets:
    """Remembers the latest set of each number and kind."""

    def __init__(self, codec: Codec) -> None:
        """Start empty."""
        self.codec = codec
        self._sets: dict[_Key, bytes] = {}
        self._known: frozenset[bytes] = frozenset()
        self._made: VideoParameters | None = None
        self.frames_per_second: float | None = None
        """From the stream's own timing information, where it has some."""
        self.reorder_stated = True
        """Whether the stream says how deep it reorders."""

    def offer(self, nal: bytes) -> None:
        """Take a parameter set; other NAL units are ignored. Raises Garbled when it makes no sense, and keeps the former one."""
        if nal in self._known:
            return
        if len(nal) > MAX_PARAMETER_SET and self._is_set(nal):  # looked at before it is read: reading takes time on the loop
            raise Garbled(f"A parameter set has {len(nal)} bytes; none needs so many.")
        key = self._key(nal)
        if key is None:
            return
        if key not in self._sets and len(self._sets) >= MAX_SETS:
            raise Garbled("The camera sends parameter sets without end.")
        # A fresh set goes to the front of its kind: the newest SPS is the one that counts.
        self._sets = {key: bytes(nal)} | {k: v for k, v in self._sets.items() if k != key}
        self._known = frozenset(self._sets.values())
        self._made = None

    def parameters(self) -> VideoParameters | None:
        """Return what a decoder must know, or None until all kinds of sets have come. The same object until something changes."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def _of(self, kind: int) -> list[bytes]:
        return [nal for (of, _), nal in self._sets.items() if of == kind]

    def _is_set(self, nal: bytes) -> bool:
        if self.codec is Codec.H264:
            return h264.unit_type(nal) in (h264.NAL_SPS, h264.NAL_PPS)
        return h265.unit_type(nal) in (h265.NAL_VPS, h265.NAL_SPS, h265.NAL_PPS)

    def _key(self, nal: bytes) -> _Key | None:
        if not nal:
            return None
        if self.codec is Codec.H264:
            kind = h264.unit_type(nal)
            if kind == h264.NAL_SPS:
                parsed = h264.parse_sps(nal)
                self.frames_per_second = parsed.frames_per_second
                self.reorder_stated = parsed.reorder_depth is not None
                return kind, parsed.set_id
            return (kind, h264.pps_id(nal)) if kind == h264.NAL_PPS else None
        kind = h265.unit_type(nal)
        if kind == h265.NAL_VPS:
            return kind, h265.vps_id(nal)
        if kind == h265.NAL_SPS:
            return kind, h265.parse_sps(nal).set_id
        return (kind, h265.pps_id(nal)) if kind == h265.NAL_PPS else None

    def _make(self) -> VideoParameters | None:
        if self.codec is Codec.H264:
            sps, pps = self._of(h264.NAL_SPS), self._of(h264.NAL_PPS)
            return h264.video_parameters(sps, pps) if sps and pps else None
        vps, sps, pps = (self._of(kind) for kind in (h265.NAL_VPS, h265.NAL_SPS, h265.NAL_PPS))
        return h265.video_parameters(vps, sps, pps) if vps and sps and pps else None


def sets_of_configuration(codec: Codec, record: bytes) -> tuple[ParameterSets, int]:
    """Return the sets of an avcC or hvcC record, and how many length bytes its pictures use. Raises Garbled."""
    sets = ParameterSets(codec)
    if codec is Codec.H264:
        sps, pps, length_bytes = h264.parse_configuration(record)
        units = sps + pps
    else:
        arrays, length_bytes = h265.parse_configuration(record)
        units = [unit for kind in (h265.NAL_VPS, h265.NAL_SPS, h265.NAL_PPS) for unit in arrays.get(kind, ())]
    for unit in reversed(units):  # the newest counts, and in a record the first does
        sets.offer(unit)
    return sets, length_bytes


def is_key(codec: Codec, nal: bytes) -> bool:
    """Tell whether a NAL unit belongs to a picture at which decoding can start."""
    if codec is Codec.H264:
        return h264.unit_type(nal) == h264.NAL_IDR
    return h265.FIRST_IRAP <= h265.unit_type(nal) <= h265.LAST_IRAP
