"""The unmoving part of a scene: ground, and everything that stands on it with its distance, so that things can pass behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture, Points, View
from citysquare.simulator.drawing.ground import Ground
from citysquare.simulator.drawing.layer import Colour, Layer, compose
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.moods import Mood


class Scenery:
    """Collects what stands.

    `depth` holds, for each pixel, how far ahead the foot of the nearest standing surface is, in metres: foot is compared with foot, for
    seen from above the top of a wall is nearer to the camera than the ground before it.
    """

    def __init__(self, view: View, light: Light) -> None:
        """Begin with an empty place."""
        self.view, self.light = view, light
        self.layer = Layer(0, 0, view.width, view.height, 2)
        self.depth: Picture = np.full((view.height, view.width), np.inf, np.float32)

    def hide(self, pixels: Points, distance: float) -> None:
        """Note that a polygon (pixels) stands `distance` metres away."""
        if len(pixels) >= 3:
            cv2.fillPoly(self.depth, [(pixels * 16).clip(-500_000, 500_000).astype(np.int32)], (distance,), cv2.LINE_8, 4)

    def polygon(self, points: Points, colour: Colour, distance: float) -> None:
        """Draw a standing polygon given by world points."""
        pixels = self.view.polygon(points)
        if len(pixels):
            self.layer.fill(pixels, self.light.hazy(colour, distance))
            self.hide(pixels, distance)


class Prop(Protocol):
    """Something that stands in a scene."""

    def place(self) -> tuple[float, float]:
        """Ground point by which it is ordered from far to near."""
        ...

    def cast(self, ground: Ground) -> None:
        """Throw its shadow."""
        ...

    def paint(self, scenery: Scenery) -> None:
        """Draw itself."""
        ...


class Air(Protocol):
    """What light and weather do to things that move."""

    @property
    def mood(self) -> Mood:
        """Light and weather of the loop."""
        ...

    def light_at(self, ground: tuple[float, float], light: Light) -> Light:
        """Give the light at a place."""
        ...


@dataclass(frozen=True)
class Stage:
    """A finished background: picture, distances of what stands, and where the shade of houses lies. `air` is None on a clear day.

    `props` are the things that stand.
    """

    picture: Picture
    depth: Picture
    shade: Picture
    air: Air | None = None
    props: tuple[Prop, ...] = ()


def build(view: View, ground: Ground, props: list[Prop], seed: int) -> Stage:
    """Put a scene together, far things first."""
    for prop in props:
        prop.cast(ground)
    picture, shade = ground.picture(seed)
    scenery = Scenery(view, ground.light)
    forward = view.axes[2]
    for prop in sorted(props, key=lambda each: -float(np.dot(np.subtract((*each.place(), 0.0), view.position), forward))):
        prop.paint(scenery)
    compose(picture, scenery.layer.shrunk())
    return Stage(picture, scenery.depth, shade, props=tuple(props))
