"""The only place that decodes a picture or opens a media file (see docs/decisions: PyAV's place and licence).

Coded pictures go in as the recorder stores them (NAL units behind their lengths); decoded ones come out with their times in ticks.
Everything that comes from a camera or a file is taken as hostile: sizes are bounded, only plain container formats are opened, and a
media file can make us open no other file and no address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, cast

import av
import av.container
import av.error
import av.video
import cv2
import numpy as np
from numpy.typing import NDArray

from citysquare.engine.errors import DecodeError, NotMedia, NoVideo
from citysquare.engine.model import TICKS_PER_SECOND, Codec, CodedPicture, VideoParameters

MAX_SIDE = 8192
"""Pixels. Larger pictures are refused; no municipal camera makes them, and a forged size must not take our memory."""

MAX_CODED_BYTES = 32 * 1024 * 1024
"""Bytes of one coded picture. A keyframe of 8192x8192 pixels stays far below."""

_TIME_BASE = Fraction(1, TICKS_PER_SECOND)
_DECODER_NAMES = {Codec.H264: "h264", Codec.H265: "hevc"}

# Formats in which the eight-bit brightness is the first plane, so that it can be shown without a copy.
_LUMA_FIRST = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"})

# Containers that hold their own bytes. Playlists (HLS, concat, DASH) are left out: they make a reader open other files and addresses.
_CONTAINERS = "mov,matroska,avi,mpegts,mpeg,flv,asf,h264,hevc,mp3,wav,ogg,flac,aac"


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPicture:
    """One decoded picture. `luma` is a view into the decoder's memory and must not be written to."""

    at: int
    """When it was taken, in ticks."""
    luma: NDArray[np.uint8]
    """Brightness, height x width."""
    key: bool
    """It stands alone (decoded from a keyframe)."""
    suspect: bool
    """The decoder says that it is damaged."""
    _frame: av.VideoFrame = field(repr=False)

    def bgr(self) -> NDArray[np.uint8]:
        """Return a copy in colour, height x width x (blue, green, red)."""
        return cast("NDArray[np.uint8]", self._frame.to_ndarray(format="bgr24"))


def _luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    if frame.format.name not in _LUMA_FIRST:
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), dtype=np.uint8, count=plane.height * plane.line_size).reshape(plane.height, plane.line_size)
    view = rows[: frame.height, : frame.width]
    view.flags.writeable = False
    return view


class PictureDecoder:
    """Decodes the pictures of one stream, on the caller's thread.

    Parameters that change between pictures (a camera was set to another size) are followed. With `luma_only` the smoothing of
    pictures nobody refers to is left out: cheaper, and invisible to analysis. With `keyframes_only` other pictures are passed over
    and each keyframe is answered at once, also in streams with B-frames.
    """

    def __init__(self, parameters: VideoParameters, *, luma_only: bool = True, keyframes_only: bool = False) -> None:
        """Open a decoder. Raises DecodeError when the parameters cannot be used."""
        self._luma_only = luma_only
        self._keyframes_only = keyframes_only
        self._parameters = parameters
        self._context = self._open(parameters)

    def _open(self, parameters: VideoParameters) -> av.VideoCodecContext:
        if not (0 < parameters.width <= MAX_SIDE and 0 < parameters.height <= MAX_SIDE):
            raise DecodeError(
                f"Pictures of {parameters.width} x {parameters.height} pixels are not decoded; {MAX_SIDE} on a side is the limit"
            )
        unfiltered = "all" if self._keyframes_only else "noref"
        options = {"max_pixels": str(MAX_SIDE * MAX_SIDE)} | ({"skip_loop_filter": unfiltered} if self._luma_only else {})
        try:
            context = cast("av.VideoCodecContext", av.CodecContext.create(_DECODER_NAMES[parameters.codec], "r"))
            context.extradata = parameters.configuration
            context.options = options
            context.thread_count = 1
            context.open()
        except (av.error.FFmpegError, ValueError) as error:
            raise DecodeError(f"The stream's parameters ({parameters.codec_string}) cannot be decoded.") from error
        return context

    @property
    def parameters(self) -> VideoParameters:
        """What is being decoded now."""
        return self._parameters

    def decode(self, picture: CodedPicture) -> list[DecodedPicture]:
        """Return the pictures that are ready, in the order they were taken; with B-frames they come a few calls late.

        Raises DecodeError for a picture that cannot be decoded; the decoder can be used further.
        """
        if self._keyframes_only and not picture.key:
            return []
        ready: list[DecodedPicture] = []
        if picture.parameters is not self._parameters and picture.parameters != self._parameters:
            ready = self.flush()
            self._context = self._open(picture.parameters)
            self._parameters = picture.parameters
        if len(picture.data) > MAX_CODED_BYTES:
            raise DecodeError(f"A coded picture of {len(picture.data)} bytes is not decoded.")
        packet = av.Packet(picture.data)
        packet.pts, packet.dts, packet.time_base = picture.pts, picture.dts, _TIME_BASE
        ready += self._take(packet, picture.pts)
        if self._keyframes_only:
            ready += self.flush()
        return ready

    def flush(self) -> list[DecodedPicture]:
        """Return the pictures still held back; afterwards decoding begins anew with a keyframe."""
        try:
            return self._take(None, 0)
        except DecodeError:
            return []
        finally:
            self._context.flush_buffers()

    def _take(self, packet: av.Packet[Any] | None, at: int) -> list[DecodedPicture]:
        try:
            frames = self._context.decode(packet)
        except (av.error.FFmpegError, ValueError, MemoryError) as error:
            raise DecodeError("A coded picture cannot be decoded.") from error
        return [
            DecodedPicture(at if f.pts is None else f.pts, _luma(f), bool(f.key_frame), bool(f.is_corrupt), f)
            for f in frames
            if f.width <= MAX_SIDE and f.height <= MAX_SIDE
        ]


def jpeg(picture: DecodedPicture, *, quality: int = 80) -> bytes:
    """Return a picture as JPEG in colour. Raises DecodeError when it cannot be coded."""
    done, data = cv2.imencode(".jpg", picture.bgr(), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise DecodeError("A picture could not be turned into JPEG.")
    return data.tobytes()


class DemuxedPacket(NamedTuple):
    """One coded picture of a media file, as it lies there."""

    data: bytes
    pts: int | None
    """In units of the file's time base, like `dts` and `duration`."""
    dts: int | None
    key: bool
    duration: int


class Demuxed:
    """The video of an open media file. Use it in a `with` block, or call `close`."""

    def __init__(self, container: av.container.InputContainer, stream: av.VideoStream, name: str) -> None:
        """Take over an open container."""
        self._container = container
        self._stream = stream
        self._name = name
        context = stream.codec_context
        self.codec_name: str = context.name
        """`h264`, `hevc`, or what else lies in the file."""
        self.width: int = context.width
        self.height: int = context.height
        self.extradata: bytes = context.extradata or b""
        """avcC or hvcC record, or Annex B parameter sets, or nothing: as the container has it."""
        self.time_base: Fraction = stream.time_base or _TIME_BASE
        self.average_rate: Fraction | None = stream.average_rate

    @property
    def packets(self) -> Iterator[DemuxedPacket]:
        """The pictures in coding order. Raises NotMedia where the file breaks off inside its own structure."""
        try:
            for packet in self._container.demux(self._stream):
                if packet.size > MAX_CODED_BYTES:
                    raise NotMedia(f"{self._name} holds a coded picture of {packet.size} bytes; that is no video of a camera.")
                if packet.size:
                    yield DemuxedPacket(bytes(packet), packet.pts, packet.dts, packet.is_keyframe, packet.duration or 0)
        except av.error.EOFError:
            return
        except (av.error.FFmpegError, ValueError) as error:
            raise NotMedia(f"{self._name} is damaged and cannot be read to its end.") from error

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the file."""
        self.close()


def demux(path: Path | str) -> Demuxed:
    """Open a media file on this machine for its coded video.

    Raises NotMedia for a file that is missing, empty or no video, and NoVideo for one that has sound only.
    """
    path = Path(path)
    _check_file(path)
    options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file", "ignore_editlist": "1"}
    try:
        container = av.open(f"file:{path}", options=options)
    except (av.error.FFmpegError, ValueError) as error:
        raise NotMedia(f"{path.name} is not a video we can read.") from error
    # Cover pictures of music files look like a video of one picture.
    streams = [s for s in container.streams.video if s.disposition & s.disposition.attached_pic == 0 and s.codec_context is not None]
    if not streams:
        sound = bool(container.streams.audio)
        container.close()
        if sound:
            raise NoVideo(f"{path.name} holds sound only, no video.")
        raise NotMedia(f"{path.name} is not a video we can read.")
    return Demuxed(container, streams[0], path.name)


def _check_file(path: Path) -> None:
    try:
        empty = path.is_file() and path.stat().st_size == 0
        there = path.is_file()
    except (OSError, ValueError) as error:
        raise NotMedia(f"{path.name} cannot be opened.") from error
    if not there:
        raise NotMedia(f"There is no file {path.name}.")
    if empty:
        raise NotMedia(f"{path.name} is empty.")
