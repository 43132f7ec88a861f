"""Vehicles that stand parked and boats that lie moored: a part of the background, yet whoever looks for vehicles finds them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from citysquare.simulator.drawing.furniture import Standing
from citysquare.simulator.drawing.geometry import Picture, View
from citysquare.simulator.drawing.stage import Stage


@dataclass(frozen=True, slots=True)
class Parked:
    """A thing of a class that stands throughout a loop.

    `box` is left, top, right, bottom of what can be seen of it; `hidden` the share that something else standing hides; `ground` and
    `heading` where it stands, as for things that move (metres, degrees clockwise from the y axis).
    """

    kind: str
    box: tuple[int, int, int, int]
    hidden: float
    ground: tuple[float, float]
    heading: float


def parked(stage: Stage, view: View) -> list[Parked]:
    """List what stands parked in a finished background and can be seen there, in the order it was laid."""
    found = (_seen(prop, stage.depth, view) for prop in stage.props if isinstance(prop, Standing))
    return [one for one in found if one]


def _seen(prop: Standing, depth: Picture, view: View) -> Parked | None:
    outlines = prop.outlines(view) if prop.kind else None
    if prop.kind is None or outlines is None:
        return None
    faces, near = outlines
    own: Picture = np.zeros(depth.shape, np.uint8)
    for pixels in faces:
        cv2.fillPoly(own, [(pixels * 16).clip(-500_000, 500_000).astype(np.int32)], (1,), cv2.LINE_8, 4)
    whole = int(np.count_nonzero(own))
    own[np.abs(depth - np.float32(near)) > 1e-3] = 0  # each pixel knows the nearest thing that stands there
    count = int(np.count_nonzero(own))
    if count < max(6, whole // 50):
        return None
    x, y, wide, high = cv2.boundingRect(own)
    return Parked(prop.kind, (x, y, x + wide, y + high), 1.0 - count / whole, prop.at, (90.0 - prop.turn) % 360.0)
