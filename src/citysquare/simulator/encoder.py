"""H.264 coding as a surveillance camera does it: no B-frames, closed groups of pictures, a bounded rate, parameter sets in band."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.loops import FPS, CodedStream


class Encoder:
    """Codes I420 planes. Bit-exact for the same input: one thread, fixed settings."""

    def __init__(self, width: int, height: int, *, group: int, kilobits: int, quality: int) -> None:
        """Begin a stream whose every `group`-th picture is a keyframe."""
        self.width, self.height = width, height
        self._pictures: list[bytes] = []
        self._keys: list[bool] = []
        coder = av.CodecContext.create("libx264", "w")
        if not isinstance(coder, av.VideoCodecContext):
            raise TypeError("libx264 is a video codec")
        coder.width, coder.height, coder.pix_fmt = width, height, "yuv420p"
        coder.time_base = Fraction(1, FPS)
        coder.framerate = Fraction(FPS)
        coder.thread_count = 1
        settings = (
            f"keyint={group}:min-keyint={group}:scenecut=0:open-gop=0:bframes=0:threads=1:sliced-threads=0:repeat-headers=1:annexb=1:"
            f"vbv-maxrate={kilobits}:vbv-bufsize={kilobits}:crf={quality}:rc-lookahead=0:sync-lookahead=0:mbtree=0:aq-mode=1:force-cfr=1"
        )
        coder.options = {"preset": "superfast", "profile": "high", "x264-params": settings}
        self._coder = coder
        self._number = 0

    def add(self, y: Picture, u: Picture, v: Picture) -> None:
        """Code one picture given by its planes."""
        frame = av.VideoFrame(self.width, self.height, "yuv420p")
        for plane, data in zip(frame.planes, (y, u, v), strict=True):
            np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: data.shape[0], : data.shape[1]] = data
        frame.pts = self._number
        frame.time_base = Fraction(1, FPS)
        self._number += 1
        self._take(self._coder.encode(frame))

    def finish(self) -> CodedStream:
        """End the stream."""
        self._take(self._coder.encode(None))
        return CodedStream(self.width, self.height, tuple(self._pictures), tuple(self._keys))

    def _take(self, packets: list[av.Packet[av.VideoStream]]) -> None:
        for packet in packets:
            self._pictures.append(bytes(packet))
            self._keys.append(packet.is_keyframe)
