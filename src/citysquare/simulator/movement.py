"""How much is seen moving in a planned loop, without drawing it: places are projected and compared with what stands before them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.loops import LoopSpec
from citysquare.simulator.plans import plan_loop
from citysquare.simulator.scenes import Scene, scene_named
from citysquare.simulator.traffic import Floats, Mover, Scripted

WIDTH, HEIGHT = 480, 270
_STEP = 0.25
_LEAST_SPEED = 0.2
_LEAST_SHARE = 0.02
"""A thing counts when it is at least this share of the picture's height: 22 pixels of 1080."""

_TALL = {"person": 1.7, "bicycle": 1.7, "motorcycle": 1.6, "car": 1.45, "van": 2.3, "truck": 3.2, "bus": 3.0}
VEHICLES = frozenset(_TALL) - {"person", "bicycle"}


@dataclass(frozen=True, slots=True)
class Busy:
    """A loop's figures: seconds in which something is seen moving, and how many motor vehicles were seen at all."""

    moving_seconds: float
    vehicles: int


@dataclass(frozen=True, slots=True)
class Sight:
    """A scene with the distances of what stands in it, in a small picture."""

    scene: Scene
    depth: Picture

    @classmethod
    def of(cls, name: str, split: str) -> Sight:
        """Build the scene's standing parts once."""
        scene = scene_named(name, split).sized(WIDTH, HEIGHT)
        return cls(scene, scene.build().depth)

    @property
    def main_road(self) -> bool:
        """Whether its carriageway is a main road."""
        return self.scene.main_road

    def busy(self, spec: LoopSpec) -> Busy:
        """Count a loop's movement, quarter second by quarter second; a second with any of it is one with movement."""
        times = np.arange(0.0, spec.seconds, _STEP)
        moving = np.zeros(len(times), dtype=bool)
        vehicles = 0
        for mover in plan_loop(self.scene, spec).movers:
            if isinstance(mover, Scripted):
                continue
            seen = self._seen(mover, times)
            vehicles += bool(seen.any()) and mover.kind in VEHICLES
            speeds = np.array([mover.speed_at(float(second)) if there else 0.0 for second, there in zip(times, seen, strict=True)])
            moving |= seen & (speeds > _LEAST_SPEED)
        return Busy(float(moving.reshape(-1, round(1 / _STEP)).any(axis=1).sum()), vehicles)

    def _seen(self, mover: Mover, times: Floats) -> Picture:
        """Tell when its middle is in the picture, large enough and before what stands."""
        view, tall = self.scene.view, _TALL[mover.kind]
        found = np.zeros(len(times), dtype=bool)
        for index, second in enumerate(times):
            metres = mover.metres(float(second))
            if metres is None:
                continue
            ground, _ = mover.pose(metres)
            pixels, depth = view.project(np.array([(*ground, 0.0), (*ground, tall * 0.6), (*ground, tall)]))
            x, y = (int(value) for value in np.round(pixels[1]))
            inside = depth[0] > 1.5 and 0 <= x < WIDTH and 0 <= y < HEIGHT
            found[index] = inside and pixels[0][1] - pixels[2][1] >= _LEAST_SHARE * HEIGHT and self.depth[y, x] >= depth[0]
        return found
