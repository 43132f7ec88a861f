"""Where in a scene something can be well seen: lanes and points of lanes, judged by the camera's geometry alone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.scenes import Scene
from citysquare.simulator.traffic import Floats, Lane

_STEP = 0.5
_NEAREST, _FARTHEST = 8.0, 34.0


def in_picture(view: View, ground: tuple[float, float], margin: float = 0.0) -> bool:
    """Whether a ground point lies in the picture, `margin` (share of the picture's size) away from its edges."""
    pixels, depth = view.project(np.array([(*ground, 0.0)]))
    x, y = pixels[0] / (view.width, view.height)
    return bool(depth[0] > 1.5 and margin <= x <= 1 - margin and margin <= y <= 1 - margin)


def _well_seen(scene: Scene, lane: Lane) -> Floats:
    """Distances along a lane at which something is neither far away nor at the picture's edge."""
    distances = np.arange(0.0, lane.path.length, _STEP)
    points = lane.path.at(distances)
    pixels, depth = scene.view.project(np.column_stack([points, np.zeros(len(points))]))
    x, y = pixels[:, 0] / scene.view.width, pixels[:, 1] / scene.view.height
    seen: Floats = distances[(depth > _NEAREST) & (depth < _FARTHEST) & (x > 0.15) & (x < 0.85) & (y > 0.2) & (y < 0.9)]
    return seen


def best_lane(scene: Scene, lanes: Iterable[Lane]) -> Lane | None:
    """Give the lane that can be well seen over the longest way; None when none can."""
    ranked = [(len(_well_seen(scene, lane)), -number, lane) for number, lane in enumerate(lanes)]
    best = max(ranked, key=lambda each: each[:2], default=None)
    return best[2] if best and best[0] else None


def best_point(scene: Scene, lanes: Iterable[Lane]) -> tuple[Lane, float] | None:
    """Give a lane and the distance along it at which something standing is seen best: near the picture's middle, not too far away."""
    found: list[tuple[float, int, Lane, float]] = []
    for number, lane in enumerate(lanes):
        for distance in _well_seen(scene, lane)[:: round(1 / _STEP)]:
            point = lane.path.at(np.array([distance]))[0]
            pixels, depth = scene.view.project(np.array([(*point, 0.0)]))
            aside = abs(float(pixels[0][0]) / scene.view.width - 0.5) + abs(float(pixels[0][1]) / scene.view.height - 0.6)
            found.append((aside + abs(float(depth[0]) - 15.0) / 60.0, number, lane, float(distance)))
    if not found:
        return None
    _, _, lane, distance = min(found, key=lambda each: each[:2])
    return lane, distance


def vehicle_lanes(scene: Scene) -> list[Lane]:
    """Lanes in which cars drive through."""
    return [lane for lane in scene.lanes if "car" in lane.kinds and not lane.must_stop]


def walking_lanes(scene: Scene) -> list[Lane]:
    """Ways of people."""
    return [lane for lane in scene.lanes if lane.kinds == ("person",)]
