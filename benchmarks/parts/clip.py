"""A clip for the cameras to show: a drawn street with grain, coded once as H.264 at a stated rate, then repeated to the wanted length.

The loop is kept in a cache, so that the second run begins at once. Every picture of it is told from the others by the end of its bytes:
that is how `stored` finds out whether a recording holds them all, whatever times a recorder has given them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

LOOP_SECONDS = 10
VERSION = 3
"""Raised when what is drawn or how it is coded changes: old clips are then made anew."""
FINGERPRINT_BYTES = 48


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """What a camera sends."""

    width: int
    height: int
    kilobits: int
    fps: int = 25
    group: int = 50
    """Pictures from one keyframe to the next."""

    @property
    def name(self) -> str:
        """For people and for the cache."""
        return f"{self.width}x{self.height}-{self.fps}-{self.kilobits}k-{self.group}"


BIG = ClipSpec(1920, 1080, 4000)
SMALL = ClipSpec(640, 360, 1000)


def fingerprint(picture: bytes) -> bytes:
    """Return what tells a coded picture from the loop's others: the end of its last slice, which every container leaves alone."""
    return picture[-FINGERPRINT_BYTES:]


def made(spec: ClipSpec, seconds: float, folder: Path) -> Path:
    """Return a clip of at least so many seconds, from the cache or made now."""
    folder.mkdir(parents=True, exist_ok=True)
    rounds = int(seconds // LOOP_SECONDS) + 1
    clip = folder / f"{spec.name}-v{VERSION}-{rounds * LOOP_SECONDS}s.mp4"
    if not clip.exists():
        loop = folder / f"{spec.name}-v{VERSION}.mp4"
        if not loop.exists():
            _code(spec, loop)
        _repeat(loop, rounds, clip)
    return clip


def order(clip: Path) -> dict[bytes, int]:
    """Return the place of each picture in the loop, by its fingerprint."""
    with av.open(str(clip)) as source:
        fps = round(float(source.streams.video[0].average_rate or 25))
        found: dict[bytes, int] = {}
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                found.setdefault(fingerprint(bytes(packet)), len(found))
            if len(found) == fps * LOOP_SECONDS:
                break
    if len(found) != fps * LOOP_SECONDS:
        raise SystemExit(f"{clip} does not hold {fps * LOOP_SECONDS} pictures that differ: delete it and start again.")
    return found


def _code(spec: ClipSpec, target: Path) -> None:
    new = target.with_suffix(".new.mp4")
    rate = f"vbv-maxrate={spec.kilobits}:vbv-bufsize={spec.kilobits}:keyint={spec.group}:min-keyint={spec.group}"
    simple = "scenecut=0:bframes=0:sliced-threads=0:slices=1"  # as most cameras code
    with av.open(str(new), "w") as out:
        stream = out.add_stream("libx264", rate=spec.fps)
        stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, "yuv420p"
        stream.bit_rate = spec.kilobits * 1000
        stream.options = {"preset": "veryfast", "profile": "main", "x264-params": f"{rate}:{simple}"}
        for number in range(spec.fps * LOOP_SECONDS):
            frame = av.VideoFrame.from_ndarray(_drawn(spec, number), format="gray").reformat(format="yuv420p")
            frame.pts = number
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    new.rename(target)


def _drawn(spec: ClipSpec, number: int) -> NDArray[np.uint8]:
    """Draw one picture: a street that stays, things that cross it, and the grain of a camera at dusk."""
    chance = np.random.default_rng(7)
    rows, columns = spec.height // 8, spec.width // 8
    ground = np.kron(chance.integers(60, 180, (rows, columns)), np.ones((8, 8))).astype(np.int16)
    picture = np.zeros((spec.height, spec.width), np.int16)
    picture[: ground.shape[0], : ground.shape[1]] = ground
    for thing in range(12):
        high, wide = spec.height // 10, spec.width // 12
        top = (thing * spec.height // 12) % (spec.height - high)
        left = (thing * 137 + number * (2 + thing % 5) * spec.width // 640) % (spec.width - wide)
        picture[top : top + high, left : left + wide] = 40 + 15 * thing
    grain = np.random.default_rng(number).normal(0, 6, (spec.height // 2, spec.width // 2))
    picture += np.kron(grain, np.ones((2, 2))).astype(np.int16)[: spec.height, : spec.width]
    return np.clip(picture, 0, 255).astype(np.uint8)


def _repeat(loop: Path, rounds: int, target: Path) -> None:
    new = target.with_suffix(".new.mp4")
    with av.open(str(new), "w") as out:
        copy = None
        shift = 0
        for _ in range(rounds):
            with av.open(str(loop)) as source:
                stream = source.streams.video[0]
                copy = copy or out.add_stream_from_template(stream)
                end = 0
                for packet in source.demux(stream):
                    if packet.dts is None or packet.pts is None:
                        continue
                    end = max(end, packet.pts + (packet.duration or 0))
                    packet.pts += shift
                    packet.dts += shift
                    packet.stream = copy
                    out.mux(packet)
                shift += end
    new.rename(target)
