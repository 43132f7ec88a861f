"""Other films for a camera that changes in the middle: another size, other parameters, B-frames, hardly any keyframes.

A moving pattern, coded on demand and kept. PyAV codes it, as the simulator's own pictures (docs/decisions/0002-pyav.md).
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import av
import numpy as np

from citysquare.simulator.broadcast import Reel
from citysquare.simulator.loops import FPS
from citysquare.simulator.rtp import packetise, split_nal_units

GROUP = 2 * FPS
_MOST_PICTURES = 10_000


@lru_cache(maxsize=32)
def pattern(width: int, height: int, *, pictures: int = GROUP, b_frames: int = 0, profile: str = "high") -> Reel:
    """Code `pictures` pictures that begin with the only keyframe; `b_frames` of them between two others. Sizes are made even."""
    pictures = max(1, min(pictures, _MOST_PICTURES))
    width, height = width // 2 * 2, height // 2 * 2
    coder = av.CodecContext.create("libx264", "w")
    if not isinstance(coder, av.VideoCodecContext):
        raise TypeError("libx264 is a video codec")
    coder.width, coder.height, coder.pix_fmt = width, height, "yuv420p"
    coder.time_base, coder.framerate, coder.thread_count = Fraction(1, FPS), Fraction(FPS), 1
    settings = (
        f"keyint={_MOST_PICTURES}:min-keyint={_MOST_PICTURES}:scenecut=0:open-gop=0:bframes={b_frames}:b-adapt=0:b-pyramid=0:threads=1:"
        "repeat-headers=1:annexb=1:crf=38:rc-lookahead=0:mbtree=0:force-cfr=1:weightp=0"
    )
    coder.options = {"preset": "ultrafast", "profile": profile, "x264-params": settings}
    packets: list[av.Packet[av.VideoStream]] = []
    down, across = np.mgrid[0:height, 0:width]
    for number in range(pictures):
        frame = av.VideoFrame(width, height, "yuv420p")
        bright = ((across + 2 * down + 5 * number) // 8 * 24 % 256).astype(np.uint8)
        for plane, data in zip(frame.planes, (bright, bright[::2, ::2], 255 - bright[::2, ::2]), strict=True):
            rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            rows[: data.shape[0], : data.shape[1]] = data
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        packets += coder.encode(frame)
    packets += coder.encode(None)
    units = [split_nal_units(bytes(packet)) for packet in packets]
    sets = {nal[0] & 31: nal for nal in units[0]}
    shifts = tuple((packet.pts or 0) - place for place, packet in enumerate(packets))
    runs = tuple(packetise(nals, key=packet.is_keyframe) for nals, packet in zip(units, packets, strict=True))
    return Reel(runs, (sets[7], sets[8]), width, height, shifts)
