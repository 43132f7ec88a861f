"""The picture as it changes: only what moves is drawn anew; planes for coding get the sensor's noise and what falls from the sky."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from citysquare.simulator.air import MovingAir, Vehicle
from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.drawing.sensor import Planes, Sensor
from citysquare.simulator.drawing.stage import Stage
from citysquare.simulator.drawing.tones import tone_of
from citysquare.simulator.drawing.weather import Falling
from citysquare.simulator.loops import FPS, LoopSpec
from citysquare.simulator.moods import Mood
from citysquare.simulator.scenes import SPLITS, Scene
from citysquare.simulator.sprites import Box, Drawn, draw_mover
from citysquare.simulator.traffic import Mover

_BRIGHTNESS = {"day": 1.0, "dusk": 0.8, "night": 0.55}
_LOOK_BACK = 0.2  # seconds over which braking is judged
Present = tuple[float, Mover, float, tuple[tuple[float, float], float]]


class Strip:
    """Colours for drawing and planes for coding; both are only touched where something moves."""

    def __init__(self, stage: Stage, spec: LoopSpec, mood: Mood, air: MovingAir | None = None) -> None:
        """Begin with the empty place; `air` is the moving one of the stage."""
        self._stage, self._air = stage, air
        self._picture: Picture = stage.picture.copy()
        noise = spec.seed + 1_000_003 * SPLITS.index(spec.split)  # no noise of one split is met in another
        self._sensor = Sensor((spec.width, spec.height), tone_of(mood).noise, noise)
        self._still = self._sensor.lowered(_split(cv2.cvtColor(stage.picture, cv2.COLOR_BGR2YUV_I420), spec.height, spec.width))
        self._planes: Planes = (self._still[0].copy(), self._still[1].copy(), self._still[2].copy())
        self._dirty: list[Box] = []
        self._number = 0
        self._falling = Falling(mood.weather, (spec.width, spec.height), _BRIGHTNESS[mood.light], noise) if mood.falling else None

    def draw(self, scene: Scene, movers: Sequence[Mover], number: int) -> list[tuple[Mover, Drawn]]:
        """Draw everything that is there at a picture, far things first; returns what can be seen."""
        self._number = number
        for left, top, right, bottom in self._dirty:
            self._picture[top:bottom, left:right] = self._stage.picture[top:bottom, left:right]
            self._copy_planes(self._still, (left, top, right, bottom))
        present: list[Present] = []
        for mover in movers:
            metres = mover.metres(number / FPS)
            if metres is not None:
                pose = mover.pose(metres)
                ahead = np.dot(np.subtract((*pose[0], 0.0), scene.view.position), scene.view.axes[2])
                present.append((float(ahead), mover, metres, pose))
        present.sort(key=lambda each: -each[0])
        lit = self._lit(present, number / FPS) if self._air else {}
        self._dirty = self._air.begin(self._picture, list(lit.values())) if self._air else []
        shown: list[tuple[Mover, Drawn]] = []
        for _, mover, metres, pose in present:
            vehicle = lit.get(mover.track)
            if self._air and vehicle:
                self._dirty.extend(self._air.before(self._picture, vehicle, number))
            drawn = draw_mover(self._picture, self._stage, scene, (mover, metres, pose))
            if drawn:
                self._dirty.extend(drawn.touched)
                shown.append((mover, drawn))
            if self._air and vehicle:
                self._dirty.extend(self._air.after(self._picture, vehicle))
        for box in self._dirty:
            self._refresh(box)
        self._uncover([drawn for _, drawn in shown])
        return [(mover, drawn) for mover, drawn in shown if drawn.box]

    def _uncover(self, drawn: list[Drawn]) -> None:
        """Leave to each thing only what no nearer one covers; `drawn` goes from far to near."""
        covered = np.zeros(self._picture.shape[:2], np.bool_)
        for thing in reversed(drawn):
            if thing.solid is not None:
                own = thing.solid
                thing.lose(covered)
                left, top, right, bottom = thing.frame
                covered[top:bottom, left:right] |= own

    @staticmethod
    def _lit(present: list[Present], second: float) -> dict[int, Vehicle]:
        """Give the vehicles of a picture by track, with their speed and whether they brake."""
        found = {}
        for ahead, mover, metres, (ground, heading) in present:
            if mover.look is None or ahead < 1.5:
                continue
            before, speed = mover.metres(second - _LOOK_BACK), mover.metres_per_second(metres)
            slowing = before is not None and mover.metres_per_second(before) - speed > 1.2 * _LOOK_BACK
            found[mover.track] = Vehicle(mover.track, mover.look, ground, heading, ahead, speed, slowing or speed < 0.2)
        return found

    def _refresh(self, box: Box) -> None:
        left, top, right, bottom = box
        part = np.ascontiguousarray(self._picture[top:bottom, left:right])
        planes = self._sensor.lowered(_split(cv2.cvtColor(part, cv2.COLOR_BGR2YUV_I420), bottom - top, right - left))
        self._planes[0][top:bottom, left:right] = planes[0]
        self._planes[1][top // 2 : bottom // 2, left // 2 : right // 2] = planes[1]
        self._planes[2][top // 2 : bottom // 2, left // 2 : right // 2] = planes[2]

    def _copy_planes(self, source: tuple[Picture, ...], box: Box) -> None:
        left, top, right, bottom = box
        for index, (target, origin) in enumerate(zip(self._planes, source, strict=True)):
            half = 2 if index else 1
            where = np.s_[top // half : bottom // half, left // half : right // half]
            target[where] = origin[where]

    def planes(self) -> Planes:
        """Give the planes with noise, and with what falls, both others in each picture."""
        y, u, v = self._sensor.noisy(self._planes)
        return (self._falling.fall(y, self._number) if self._falling else y), u, v


def _split(joined: Picture, height: int, width: int) -> Planes:
    flat = joined.reshape(-1)
    full, quarter = height * width, height * width // 4
    half = (height // 2, width // 2)
    return (
        flat[:full].reshape(height, width),
        flat[full : full + quarter].reshape(half),
        flat[full + quarter :].reshape(half),
    )
