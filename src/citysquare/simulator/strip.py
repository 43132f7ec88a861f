"""The picture as it changes: only what moves is drawn anew; planes for coding get the sensor's noise, another in each picture."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.drawing.ground import noise_tile
from citysquare.simulator.drawing.stage import Stage
from citysquare.simulator.loops import FPS, LoopSpec
from citysquare.simulator.moods import Mood
from citysquare.simulator.scenes import Scene
from citysquare.simulator.sprites import Box, Drawn, draw_mover
from citysquare.simulator.traffic import Mover

_NOISE = 3


class Strip:
    """The picture as it changes: colours for drawing, planes for coding; both are only touched where something moves."""

    def __init__(self, stage: Stage, spec: LoopSpec, mood: Mood) -> None:
        """Begin with the empty place."""
        self._mood = mood
        self._stage = stage
        self._picture: Picture = stage.picture.copy()
        planes = _split(cv2.cvtColor(stage.picture, cv2.COLOR_BGR2YUV_I420), spec.height, spec.width)
        self._still = (_lowered(planes[0]), planes[1], planes[2])
        self._planes: tuple[Picture, ...] = tuple(plane.copy() for plane in self._still)
        self._dirty: list[Box] = []
        noise = noise_tile(99, 1.75)
        tile = np.clip(noise * 1.15 + _NOISE, 0, 2 * _NOISE).round().astype(np.uint8)
        across, down = -(-spec.width // 512) + 1, -(-spec.height // 512) + 1
        self._noise: Picture = np.tile(tile, (down, across))
        self._random = Random(spec.seed)  # noqa: S311  # noise

    def draw(self, scene: Scene, movers: list[Mover], number: int) -> list[tuple[Mover, Drawn]]:
        """Draw everything that is there at a picture, far things first; returns what can be seen."""
        for left, top, right, bottom in self._dirty:
            self._picture[top:bottom, left:right] = self._stage.picture[top:bottom, left:right]
            self._copy_planes(self._still, (left, top, right, bottom))
        present = []
        for mover in movers:
            metres = mover.metres(number / FPS)
            if metres is not None:
                pose = mover.pose(metres)
                ahead = np.dot(np.subtract((*pose[0], 0.0), scene.view.position), scene.view.axes[2])
                present.append((float(ahead), mover, metres, pose))
        seen, self._dirty = [], []
        for _, mover, metres, pose in sorted(present, key=lambda each: -each[0]):
            drawn = draw_mover(self._picture, self._stage, scene, (mover, metres, pose))
            if drawn:
                self._dirty.extend(drawn.touched)
                if drawn.box:
                    seen.append((mover, drawn))
        for box in self._dirty:
            self._refresh(box)
        return seen

    def _refresh(self, box: Box) -> None:
        left, top, right, bottom = box
        part = np.ascontiguousarray(self._picture[top:bottom, left:right])
        y, u, v = _split(cv2.cvtColor(part, cv2.COLOR_BGR2YUV_I420), bottom - top, right - left)
        self._planes[0][top:bottom, left:right] = _lowered(y)
        self._planes[1][top // 2 : bottom // 2, left // 2 : right // 2] = u
        self._planes[2][top // 2 : bottom // 2, left // 2 : right // 2] = v

    def _copy_planes(self, source: tuple[Picture, ...], box: Box) -> None:
        left, top, right, bottom = box
        for index, (target, origin) in enumerate(zip(self._planes, source, strict=True)):
            half = 2 if index else 1
            where = np.s_[top // half : bottom // half, left // half : right // half]
            target[where] = origin[where]

    def planes(self) -> tuple[Picture, Picture, Picture]:
        """Give the planes with noise, which is another in each picture."""
        across, down = self._random.randrange(512), self._random.randrange(512)
        height, width = self._planes[0].shape
        noisy: Picture = cv2.add(self._planes[0], self._noise[down : down + height, across : across + width])
        return noisy, self._planes[1], self._planes[2]


def _lowered(y: Picture) -> Picture:
    lowered: Picture = cv2.subtract(y, np.full_like(y, _NOISE))
    return lowered


def _split(joined: Picture, height: int, width: int) -> tuple[Picture, Picture, Picture]:
    flat = joined.reshape(-1)
    full, quarter = height * width, height * width // 4
    half = (height // 2, width // 2)
    return (
        flat[:full].reshape(height, width),
        flat[full : full + quarter].reshape(half),
        flat[full + quarter :].reshape(half),
    )
