"""A video file as a source of coded pictures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from citysquare.engine.errors import Garbled, NotMedia, NoVideo
from citysquare.engine.model import TICKS_PER_SECOND, Codec, CodedPicture, SourceEvent, VideoParameters
from citysquare.engine.ports import Clock
from citysquare.engine.sources.bits import join_lengths, split_annexb, split_lengths
from citysquare.engine.sources.sets import ParameterSets, is_key, sets_of_configuration

if TYPE_CHECKING:
    from citysquare.engine.decode import Demuxed, DemuxedPacket

_CODECS = {"h264": Codec.H264, "hevc": Codec.H265}
_BREATHE = 16
"""After so many pictures others on the loop get their turn."""

_Split = Callable[[bytes], list[bytes]]


class FileSource:
    """Implements `ports.Source` for a file: as fast as it is read, in ticks from the first picture of the file (0)."""

    def __init__(self, path: Path | str, *, clock: Clock) -> None:
        """Keep the path; it is opened by `events`."""
        self._path = Path(path)
        self._clock = clock

    async def events(self) -> AsyncGenerator[SourceEvent, None]:
        """Yield all pictures from the first key picture on. Raises NotMedia, NoVideo or Garbled."""
        from citysquare.engine.decode import demux  # noqa: PLC0415 -- who records cameras only does without the codecs this loads

        with demux(self._path) as opened:
            reader = _Reader(opened, self._path.name)
            for number, packet in enumerate(opened.packets):
                picture = reader.picture(packet)
                if picture is not None:
                    yield picture
                if number % _BREATHE == 0:
                    await asyncio.sleep(0)
            if not reader.started:
                raise NotMedia(f"{self._path.name} holds no picture at which decoding could start.")


class _Reader:
    """Turns the packets of one file into pictures."""

    def __init__(self, opened: Demuxed, name: str) -> None:
        codec = _CODECS.get(opened.codec_name)
        if codec is None:
            raise NoVideo(f"{name} is coded as {opened.codec_name}; only H.264 and H.265 can be read.")
        self._codec = codec
        self._name = name
        self._scale = Fraction(opened.time_base) * TICKS_PER_SECOND
        self._sets, self._split = _framing(codec, opened.extradata)
        self._step = round(TICKS_PER_SECOND / opened.average_rate) if opened.average_rate else TICKS_PER_SECOND // 25
        self._origin: int | None = None
        self._parameters: VideoParameters | None = None
        self._dts = -1
        self.started = False

    def picture(self, packet: DemuxedPacket) -> CodedPicture | None:
        """Return the packet as a picture, or None while no decoding could start."""
        units = self._split(packet.data)
        for unit in units:
            self._sets.offer(unit)
        key = any(is_key(self._codec, unit) for unit in units)
        if key:
            self._parameters = self._sets.parameters()
        if self._parameters is None or not units:
            return None
        self.started = True
        pts, dts = self._times(packet)
        return CodedPicture(join_lengths(units), pts, dts, key, self._parameters)

    def _times(self, packet: DemuxedPacket) -> tuple[int, int]:
        """Return (pts, dts) in ticks: as the file has them, from 0, and rising whatever the file says."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        at = self._dts + self._step if stamp is None else round(stamp * self._scale)
        if self._origin is None:
            self._origin = at
        dts = self._dts + 1  # where the file says nothing (Matroska): as early as may be, so that pts need not move
        if packet.dts is not None:
            dts = max(dts, round(packet.dts * self._scale) - self._origin)
        self._dts = dts
        return max(at - self._origin, dts), dts


def _framing(codec: Codec, extradata: bytes) -> tuple[ParameterSets, _Split]:
    """Return the parameter sets in `extradata`, and how pictures are taken apart: by start codes or by lengths."""
    if extradata[:1] == b"\1":
        sets, length_bytes = sets_of_configuration(codec, extradata)
        return sets, lambda data: split_lengths(data, length_bytes)
    sets = ParameterSets(codec)
    for unit in split_annexb(extradata):
        try:
            sets.offer(unit)
        except Garbled:
            continue  # those in band decide
    return sets, split_annexb
