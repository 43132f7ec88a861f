"""Self-made twins of real clips: rectangles that move over a noisy street, drawn and coded here, with the truth known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from citysquare.engine.decode import demux
from citysquare.engine.model import Codec, CodedPicture, VideoParameters, ticks_from_seconds

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"

Point = tuple[float, float]


@dataclass(frozen=True)
class Mover:
    """A textured rectangle whose centre goes along points (seconds, x, y), in parts of the picture."""

    way: tuple[tuple[float, float, float], ...]
    width: float = 0.08
    height: float = 0.12
    shade: int = 200

    def at(self, seconds: float) -> Point | None:
        times = [point[0] for point in self.way]
        if not times[0] <= seconds <= times[-1]:
            return None
        return (
            float(np.interp(seconds, times, [point[1] for point in self.way])),
            float(np.interp(seconds, times, [point[2] for point in self.way])),
        )


def crossing(start: float, y: float, *, seconds: float = 4.0, leftwards: bool = False, shade: int = 200) -> Mover:
    """Something that passes through the whole picture from side to side."""
    ends = (1.1, -0.1) if leftwards else (-0.1, 1.1)
    return Mover(((start, ends[0], y), (start + seconds, ends[1], y)), shade=shade)


@dataclass(frozen=True)
class Scene:
    """What is filmed, and how."""

    movers: tuple[Mover, ...] = ()
    seconds: float = 10.0
    width: int = 640
    height: int = 360
    rate: int = 12
    noise: float = 3.0
    light: Callable[[float], float] = lambda _seconds: 1.0
    lamp: Callable[[float], float] | None = None
    """Brightness added in one corner: a flickering sign."""
    seed: int = 7

    def background(self) -> NDArray[np.float32]:
        rng = np.random.default_rng(self.seed)
        coarse = rng.uniform(60, 140, (self.height // 40 + 1, self.width // 40 + 1))
        ground = np.kron(coarse, np.ones((40, 40)))[: self.height, : self.width]
        ground += np.linspace(0, 40, self.height)[:, None]
        ground[:, ::64] += 40
        return ground.astype(np.float32)

    def pictures(self) -> list[NDArray[np.uint8]]:
        rng = np.random.default_rng(self.seed + 1)
        background = self.background()
        grains = rng.normal(0, self.noise, (8, *background.shape)).astype(np.float32)
        stripes = (20 * np.sign(np.sin(np.arange(self.width) / 4))).astype(np.float32)
        drawn = []
        for index in range(round(self.seconds * self.rate)):
            now = index / self.rate
            picture = background.copy()
            for mover in self.movers:
                where = mover.at(now)
                if where is not None:
                    rows, columns = self._covers(mover, where)
                    picture[rows, columns] = mover.shade + stripes[: max(0, columns.stop - columns.start)]
            if self.lamp is not None:
                picture[20:60, 20:80] += self.lamp(now)
            picture = picture * self.light(now) + grains[rng.integers(8)]
            drawn.append(np.clip(picture, 0, 255).astype(np.uint8))
        return drawn

    def _covers(self, mover: Mover, centre: Point) -> tuple[slice, slice]:
        wide, high = mover.width * self.width / 2, mover.height * self.height / 2
        x, y = centre[0] * self.width, centre[1] * self.height
        columns = slice(max(0, round(x - wide)), max(0, min(self.width, round(x + wide))))
        rows = slice(max(0, round(y - high)), max(0, min(self.height, round(y + high))))
        return rows, columns


def film(scene: Scene, path: Path, *, keyframe_every: float = 2.0, b_frames: int = 0) -> Path:
    """Code a scene as H.264 in MP4, as a small camera stream would be."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=scene.rate)
        stream.width, stream.height, stream.pix_fmt = scene.width, scene.height, "yuv420p"
        stream.codec_context.thread_count = 1
        stream.codec_context.gop_size = round(keyframe_every * scene.rate)
        options = {"preset": "ultrafast", "crf": "28", "x264-params": f"scenecut=0:bframes={b_frames}:keyint_min=1"}
        stream.codec_context.options = options
        chroma = np.full((scene.height // 2, scene.width), 128, np.uint8)
        for index, luma in enumerate(scene.pictures()):
            frame = av.VideoFrame.from_ndarray(np.vstack([luma, chroma]), format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, scene.rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def coded(path: Path, *, start: int = 0) -> list[CodedPicture]:
    """Return an H.264 file's pictures with times from tick `start` on."""
    with demux(path) as opened:
        parameters = VideoParameters(Codec.H264, opened.width, opened.height, opened.extradata, "avc1.42c01e")
        base = opened.time_base
        pictures = []
        for packet in opened.packets:
            dts = packet.dts if packet.dts is not None else packet.pts or 0
            pts = packet.pts if packet.pts is not None else dts
            taken, decoded = (start + ticks_from_seconds(float(value * base)) for value in (pts, dts))
            pictures.append(CodedPicture(packet.data, taken, decoded, packet.key, parameters))
    return pictures


def flicker(seconds: float) -> float:
    """A sign that goes on and off twice a second."""
    return 60.0 if math.sin(2 * math.pi * 2 * seconds) > 0 else 0.0
