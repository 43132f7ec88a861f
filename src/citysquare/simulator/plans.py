"""The whole plan of a loop before anything is drawn: who moves, what happens, and who crosses which line when.

Coordinates are the scene's: metres, x to its right, y ahead (its north), z up. Seconds count from the loop's first picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.events import Happening, dry, shore_of, stage_events
from citysquare.simulator.loops import FPS, LoopSpec
from citysquare.simulator.scenes import Line, Scene
from citysquare.simulator.traffic import Demand, Floats, Mover, Scripted, plan


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """Everything that will be seen moving in a loop, and whatever is not seen too."""

    scene: Scene
    movers: list[Mover]
    happenings: list[Happening]


@dataclass(frozen=True, slots=True)
class Crossing:
    """Somebody passes a line with their ground point: the second, the direction (`forward` is from its left to its right) and the speed."""

    second: float
    mover: Mover
    line: str
    direction: str
    speed: float


def plan_loop(scene: Scene, spec: LoopSpec) -> LoopPlan:
    """Plan a loop. Every split has its own sequence of dice, so no traffic of one is met in another.

    Raises SimulatorError when an event cannot happen here, or not together with another.
    """
    family = "" if spec.split == "show" else f":{spec.split}"
    random = Random(f"{spec.seed}:{spec.scene}:{spec.variant}{family}")  # noqa: S311  # the traffic must repeat with the seed
    demand = Demand(spec.seconds, FPS, scene.ukrainian_share, spec.hour, spec.weather, spec.split)
    staged = stage_events(scene, spec.events, demand, random)
    movers = plan(scene.lanes, demand, random, staged.movers)
    shore = shore_of(scene) if staged.happenings else None
    kept = [mover for mover in movers if dry(mover, staged.happenings, shore)]
    if {track for happening in staged.happenings for track in happening.tracks} - {mover.track for mover in kept}:
        raise SimulatorError(f"The flood drowns another event at the place {scene.name}; give it to another camera.")
    return LoopPlan(scene, kept, staged.happenings)


def crossings(loop: LoopPlan) -> list[Crossing]:
    """List all crossings of the scene's lines, in the order of time."""
    found = []
    for mover in loop.movers:
        if isinstance(mover, Scripted):
            continue
        points = np.array([mover.pose(float(metres))[0] for metres in mover.travelled])
        for line in loop.scene.lines:
            for at, direction in passes(points, line):
                second = mover.enter + at / mover.rate
                found.append(Crossing(second, mover, line.name, direction, mover.speed_at(second)))
    return sorted(found, key=lambda each: (each.second, each.mover.track))


def passes(points: Floats | Sequence[tuple[float, float]], line: Line) -> list[tuple[float, str]]:
    """Find where a way of straight pieces passes a line: how far through the points (2.5 is midway from the third to the fourth).

    A point on the line counts as being on its left, so a way that only touches it from there does not pass, and none passes twice.
    """
    way = np.asarray(points, dtype=np.float64)
    a, along = np.array(line.a), np.subtract(line.b, line.a)
    offset = way - a
    side = along[0] * offset[:, 1] - along[1] * offset[:, 0]
    left = side >= 0
    found = []
    for index in np.flatnonzero(left[:-1] != left[1:]).tolist():
        share = float(side[index] / (side[index] - side[index + 1]))
        where = offset[index] + (offset[index + 1] - offset[index]) * share
        if 0.0 <= float(where @ along) <= float(along @ along):
            found.append((index + share, "forward" if left[index] else "back"))
    return found
