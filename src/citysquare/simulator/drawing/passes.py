"""A place painted in parts (its own colours, what the sun adds, what shines), and where in the world each pixel lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture, Points, View
from citysquare.simulator.drawing.ground import Ground
from citysquare.simulator.drawing.mesh import Lamp, Light
from citysquare.simulator.drawing.stage import Prop, Scenery

FAR = 4000.0


class Furnished(Protocol):
    """What must be known of a scene to paint it."""

    @property
    def view(self) -> View:
        """The camera."""
        ...

    @property
    def seed(self) -> int:
        """The seed of its looks."""
        ...

    @property
    def light(self) -> Light:
        """The light of its clear day."""
        ...

    def laid(self, light: Light) -> tuple[Ground, list[Prop]]:
        """Lay the ground in a light, and give it with what stands on it."""
        ...


@runtime_checkable
class Shining(Protocol):
    """A thing with lamps."""

    def lights(self) -> list[Lamp]:
        """Give its lamps, in the world."""
        ...


@dataclass(frozen=True)
class Painted:
    """One painting: the ground, what stands before it (premultiplied, with alpha), its depth, the ground's kinds and its shade."""

    ground: Picture
    standing: Picture
    depth: Picture
    kinds: Picture
    shade: Picture
    props: list[Prop]

    def together(self) -> Picture:
        """Give ground and standing things as one picture, as numbers from 0 to 255."""
        rest = 1 - self.standing[:, :, 3:].astype(np.float32) / 255
        joined: Picture = self.ground * rest + self.standing[:, :, :3]
        return joined


class Mirror(View):
    """The camera's image in still water: it looks up from below the ground, and its picture is turned over.

    A point on the ground has the same pixel as in the true view, so what is painted through a mirror lies where it is reflected.
    """

    def project(self, points: Points) -> tuple[Points, Points]:
        """Project, turned over."""
        pixels, depth = super().project(points)
        pixels[:, 1] = self.height - 1 - pixels[:, 1]
        return pixels, depth

    def polygon(self, points: Points) -> Points:
        """Project a polygon, turned over."""
        pixels = super().polygon(points)
        if len(pixels):
            pixels[:, 1] = self.height - 1 - pixels[:, 1]
        return pixels


def mirrored(view: View) -> Mirror:
    """Give the mirror of a view."""
    x, y, z = view.position
    return Mirror((x, y, -z), view.yaw, -view.pitch, view.fov, view.width, view.height)


def paint(scene: Furnished, light: Light, *, shadows: bool = False) -> Painted:
    """Paint a scene in a light."""
    ground, props = scene.laid(light)
    for prop in props if shadows else ():
        prop.cast(ground)
    picture, shade = ground.picture(scene.seed)
    scenery = stand(props, scene.view, light)
    return Painted(picture, scenery.layer.shrunk(), scenery.depth, ground.kinds, shade, props)


def stand(props: list[Prop], view: View, light: Light) -> Scenery:
    """Paint what stands, far things first."""
    scenery = Scenery(view, light)
    forward = view.axes[2]
    for prop in sorted(props, key=lambda each: -float(np.dot(np.subtract((*each.place(), 0.0), view.position), forward))):
        prop.paint(scenery)
    return scenery


def lamps_among(props: list[Prop]) -> list[Lamp]:
    """Collect the lamps of all things that have some."""
    return [lamp for prop in props if isinstance(prop, Shining) for lamp in prop.lights()]


@dataclass(frozen=True)
class Where:
    """Where each pixel lies: ground metres, height, and distance along the view; `step` pixels share one value."""

    x: Picture
    y: Picture
    z: Picture
    away: Picture
    step: int


def where(view: View, depth: Picture, step: int) -> Where:
    """Find the world point of every `step`-th pixel from the distances of the feet of what stands there."""
    right, up, forward = view.axes.astype(np.float32)
    columns = np.arange(step // 2, view.width, step, dtype=np.float32)[None, :]
    rows = np.arange(step // 2, view.height, step, dtype=np.float32)[:, None]
    a = (columns - (view.width / 2 - 0.5)) / np.float32(view.focal)
    b = -(rows - (view.height / 2 - 0.5)) / np.float32(view.focal)
    fall = b * up[2] + forward[2]
    height, steep = np.float32(view.position[2]), -forward[2]
    feet = depth[step // 2 :: step, step // 2 :: step]
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = np.where(fall < -1e-4, -height / fall, FAR)
        upright = (feet - height * steep) / (1 + fall * steep)
    away = np.clip(np.where(np.isfinite(feet), upright, flat), 0.1, FAR).astype(np.float32)
    x = view.position[0] + away * (a * right[0] + b * up[0] + forward[0])
    y = view.position[1] + away * (a * right[1] + b * up[1] + forward[1])
    z = np.clip(height + away * fall, 0.0, 60.0)
    return Where(x.astype(np.float32), y.astype(np.float32), z.astype(np.float32), away, step)


def enlarged(part: Picture, view: View) -> Picture:
    """Bring a map of every n-th pixel to the size of the picture."""
    full: Picture = cv2.resize(part, (view.width, view.height), interpolation=cv2.INTER_LINEAR)
    return full
