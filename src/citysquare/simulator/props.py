"""What events bring into a picture besides people and vehicles: a bag, a drone, high water, hazard lights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, pi, sin

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture, Points, View
from citysquare.simulator.drawing.ground import BASE, WATER, noise_tile, sampled
from citysquare.simulator.drawing.layer import Colour, Layer, compose
from citysquare.simulator.drawing.mesh import Corner, Mesh, Solid, bounded, draw_mesh, shadow_outline
from citysquare.simulator.drawing.stage import Stage
from citysquare.simulator.drawing.vehicles import Look, lamps_of
from citysquare.simulator.sprites import Box, Drawn, Place

Pose = tuple[tuple[float, float], float, float]
"""Ground point, heading (radians) and height above the ground (metres)."""

BAG_COLOURS: dict[str, tuple[Colour, ...]] = {
    "show": ((36, 34, 150), (120, 66, 30), (40, 40, 44)),
    "train": ((60, 110, 60), (150, 150, 150), (70, 40, 90)),
    "test": ((30, 60, 110), (50, 50, 52), (130, 90, 40)),
}
_DARK: Colour = (52, 50, 50)
_AMBER: Colour = (40, 150, 255)
_SILT: Colour = (92, 112, 128)
_BLINK_SECONDS, _LIT_SECONDS = 0.8, 0.45


@dataclass(frozen=True)
class Body:
    """A solid thing: a bag, a drone. One that is being carried (`from_second`) is reported only once it is left alone."""

    shape: str
    colour: Colour
    from_second: float = 0.0
    until_second: float = float("inf")
    reported: bool = True
    solid: bool = False

    def draw(self, picture: Picture, stage: Stage, place: Place, pose: Pose, second: float) -> Drawn | None:
        """Draw it with its shadow."""
        ground, heading, height = pose
        view = place.view
        mesh = drone(self.colour, round(second * 15) % 2) if self.shape == "drone" else bag(self.colour)
        points, normals = mesh.placed(ground, heading)
        points = points + np.array([0.0, 0.0, height])
        box = mesh.outline(points, view)
        if box is None:
            return None
        touched = [] if height > 1.0 else _shadow(picture, stage, place, points)
        layer = Layer(box[0], box[1], box[2] - box[0], box[3] - box[1])
        draw_mesh(layer, mesh, (points, normals), view, place.light)
        drawn = lay(picture, stage, layer.shrunk(), box, float(view.camera_space(points)[:, 2].mean()))
        drawn.touched.extend(touched)
        if not self.from_second <= second <= self.until_second:
            drawn.box = None
        return drawn


def _shadow(picture: Picture, stage: Stage, place: Place, points: Points) -> list[Box]:
    outline = shadow_outline(points, place.light, place.view)
    box = bounded(outline, place.view, 4) if len(outline) else None
    if box is None:
        return []
    left, top, right, bottom = box
    mask = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillPoly(mask, [((outline - (left, top)) * 16).clip(-500_000, 500_000).astype(np.int32)], (110,), cv2.LINE_AA, 4)
    mask[stage.depth[top:bottom, left:right] < float(place.view.camera_space(points)[:, 2].mean())] = 0
    patch = np.zeros((*mask.shape, 4), np.uint8)
    patch[:, :, 3] = mask
    compose(picture[top:bottom, left:right], patch)
    return [box]


def lay(picture: Picture, stage: Stage, patch: Picture, box: Box, depth: float) -> Drawn:
    """Lay a patch over the picture where nothing stands before it; says what of it can be seen."""
    left, top, right, bottom = box
    whole = int(np.count_nonzero(patch[:, :, 3] > 127))
    before = stage.depth[top:bottom, left:right] < depth
    patch[before] = 0
    compose(picture[top:bottom, left:right], patch)
    drawn = Drawn([box])
    drawn.see(patch[:, :, 3] > 127, box, whole)
    return drawn


@lru_cache(maxsize=16)
def bag(colour: Colour) -> Mesh:
    """Make a travelling bag, 0.58 m long and 0.42 m high with its handle."""
    solid = Solid()
    dark = (colour[0] * 0.6, colour[1] * 0.6, colour[2] * 0.6)
    solid.box((-0.29, -0.15, 0.0), (0.29, 0.15, 0.34), colour, 1)
    solid.box((-0.30, -0.155, 0.10), (0.30, 0.155, 0.15), dark, 2)
    for x in (-0.12, 0.10):
        solid.box((x, -0.02, 0.34), (x + 0.03, 0.02, 0.42), dark, 3)
    solid.box((-0.12, -0.02, 0.40), (0.13, 0.02, 0.43), dark, 4)
    return solid.finish()


@lru_cache(maxsize=16)
def drone(colour: Colour, beat: int) -> Mesh:
    """Make a quadcopter, 0.9 m across; its rotors are a blur that turns with `beat`."""
    solid = Solid()
    _block(solid, (-0.20, -0.11, -0.06), (0.20, 0.11, 0.07), colour, 2)
    _block(solid, (0.02, -0.06, -0.17), (0.15, 0.06, -0.06), _DARK, 1)
    for turn in (pi / 4, 3 * pi / 4, 5 * pi / 4, 7 * pi / 4):
        x, y = 0.33 * cos(turn), 0.33 * sin(turn)
        aside = (-0.02 * sin(turn), 0.02 * cos(turn))
        arm = [(aside[0], aside[1]), (-aside[0], -aside[1]), (x - aside[0], y - aside[1]), (x + aside[0], y + aside[1])]
        _plate(solid, [(a, b, 0.02) for a, b in arm], _DARK, 1)
        _block(solid, (x - 0.03, y - 0.03, -0.02), (x + 0.03, y + 0.03, 0.08), _DARK, 2)
        ring = [(x + 0.19 * cos(2 * pi * k / 14), y + 0.19 * sin(2 * pi * k / 14), 0.09) for k in range(14)]
        _plate(solid, ring, (172, 172, 170) if beat else (150, 150, 150), 3)
        blade = turn + beat * pi / 2
        tip = (0.19 * cos(blade), 0.19 * sin(blade))
        thin = (-0.02 * sin(blade), 0.02 * cos(blade))
        corners = [(x + s * tip[0] + o * thin[0], y + s * tip[1] + o * thin[1], 0.095) for s, o in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
        _plate(solid, corners, (60, 60, 60), 4)
        lamp: Colour = (60, 60, 250) if x > 0 else (80, 240, 60)
        solid.face([(x - 0.03, y, -0.02), (x, y - 0.03, -0.02), (x + 0.03, y, -0.02), (x, y + 0.03, -0.02)], lamp, 5, bare=True)
    for y in (-0.13, 0.13):
        _block(solid, (-0.16, y - 0.01, -0.20), (0.16, y + 0.01, -0.18), _DARK, 1)
        for x in (-0.12, 0.12):
            _block(solid, (x - 0.01, y - 0.01, -0.19), (x + 0.01, y + 0.01, -0.04), _DARK, 1)
    return solid.finish()


def _plate(solid: Solid, corners: list[Corner], colour: Colour, group: int) -> None:
    solid.face(corners, colour, group)
    solid.face(corners[::-1], colour, group)


def _block(solid: Solid, low: Corner, high: Corner, colour: Colour, group: int) -> None:
    solid.box(low, high, colour, group)
    (x0, y0, z0), (x1, y1, _) = low, high
    solid.face([(x0, y1, z0), (x1, y1, z0), (x1, y0, z0), (x0, y0, z0)], (colour[0] * 0.7, colour[1] * 0.7, colour[2] * 0.7), group)


@dataclass(frozen=True)
class Hazard:
    """The hazard lights of a vehicle: amber at its four corners, and a glow around them."""

    look: Look
    reported: bool = False
    solid: bool = False

    def draw(self, picture: Picture, stage: Stage, place: Place, pose: Pose, second: float) -> Drawn | None:
        """Draw the lights that can be seen, when they are lit."""
        if second % _BLINK_SECONDS > _LIT_SECONDS:
            return None
        ground, heading, _ = pose
        lamps = lamps_of(self.look)
        turn = np.array([[cos(heading), sin(heading), 0], [-sin(heading), cos(heading), 0], [0, 0, 1.0]])
        touched: list[Box] = []
        for ahead, group in ((1.0, lamps.head), (-1.0, lamps.tail)):
            points = np.array(group) @ turn + (*ground, 0.0)
            facing = np.array([cos(heading), sin(heading), 0.0]) * ahead
            if float(np.dot(np.asarray(place.view.position) - points[0], facing)) <= 0:
                continue
            pixels, depth = place.view.project(points)
            for at, far in zip(pixels, depth, strict=True):
                if far > 1.0:
                    touched += _glow(picture, stage, place.view, (at, float(far)))
        return Drawn(touched) if touched else None


def _glow(picture: Picture, stage: Stage, view: View, where: tuple[Points, float]) -> list[Box]:
    at, far = where
    reach = max(3.0, 0.42 * view.focal / far)
    box = bounded(at[None], view, round(reach))
    if box is None:
        return []
    left, top, right, bottom = box
    rows, columns = np.mgrid[top:bottom, left:right]
    away = np.hypot(columns - at[0], rows - at[1]) / reach
    share = np.clip(1.25 - away * 2.6, 0.0, 1.0) + 0.45 * np.clip(1.0 - away, 0.0, 1.0) ** 2
    share[stage.depth[top:bottom, left:right] < far - 1.0] = 0.0
    share = np.clip(share, 0.0, 1.0)[:, :, None].astype(np.float32)
    part = picture[top:bottom, left:right]
    part[:] = (part * (1 - share) + np.array(_AMBER, np.float32) * share).astype(np.uint8)
    return [box]


@dataclass(frozen=True)
class Shore:
    """Where a scene's water begins at its usual level (metres ahead), where it ends, and how far the bank rises per metre."""

    edge: float
    far: float
    slope: float = 0.06

    def reached(self, level: float) -> float:
        """Y of the water's edge when it stands `level` metres above the usual."""
        return self.edge - max(level, 0.0) / self.slope


@dataclass(frozen=True)
class HighWater:
    """Water over the bank: a level plane that covers what lies below it and mirrors the sky."""

    shore: Shore
    level: Callable[[float], float]
    reported: bool = False
    solid: bool = False

    def draw(self, picture: Picture, stage: Stage, place: Place, pose: Pose, second: float) -> Drawn | None:
        """Draw the whole surface anew; its ripples drift."""
        del pose
        level, view = self.level(second), place.view
        if level <= 0.005:
            return None
        x, y, z = view.position
        above = replace(view, position=(x, y, z - level))
        near, far = self.shore.reached(level), self.shore.far
        outline = above.polygon(np.array([(-400.0, near, 0.0), (400.0, near, 0.0), (400.0, far, 0.0), (-400.0, far, 0.0)]))
        box = bounded(outline, view, 0) if len(outline) >= 3 else None
        if box is None:
            return None
        left, top, right, bottom = box
        mask = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillPoly(mask, [((outline - (left, top)) * 16).clip(-500_000, 500_000).astype(np.int32)], (255,), cv2.LINE_AA, 4)
        ahead = _ahead_by_row(above, top, bottom)
        mask[stage.depth[top:bottom, left:right] < ahead[:, None]] = 0
        surface = _surface(above, place, box, (level, second))
        share = mask[:, :, None].astype(np.float32) / 255 * min(1.0, 0.75 + level)
        part = picture[top:bottom, left:right]
        part[:] = (part * (1 - share) + surface * share).clip(0, 255).astype(np.uint8)
        return Drawn([box])


def _ahead_by_row(view: View, top: int, bottom: int) -> Picture:
    """How far ahead the ground lies for each row: the camera does not roll, so a row is one distance."""
    rows = np.arange(top, bottom, dtype=np.float64)
    _, _, distance = view.ground_at(np.full_like(rows, view.width / 2 - 0.5), rows)
    found: Picture = distance
    return found


def _surface(view: View, place: Place, box: Box, when: tuple[float, float]) -> Picture:
    left, top, right, bottom = box
    level, second = when
    columns, rows = np.meshgrid(np.arange(left, right, 2, dtype=np.float64), np.arange(top, bottom, 2, dtype=np.float64))
    x, y, distance = view.ground_at(columns, rows)
    below = np.isfinite(distance) & (distance < 4000)
    x, y = np.where(below, x, 0.0).astype(np.float32), np.where(below, y, 0.0).astype(np.float32)
    away = np.clip(np.where(below, distance, 4000.0) / 160.0, 0, 1).astype(np.float32)[:, :, None]
    ripple = sampled(noise_tile(71, 1.0), x * 0.35 + second * 0.5, y, 14.0)
    ripple += 0.6 * sampled(noise_tile(72, 1.0), x * 0.4 + second * 0.9, y + second * 0.15, 60.0)
    muddy = min(1.0, level * 1.6) * 0.75
    own = np.array(BASE[WATER], np.float32) * (1 - muddy) + np.array(_SILT, np.float32) * muddy
    sheen = np.array(place.light.sky_colour, np.float32) * (0.30 + 0.5 * away) + own * (0.6 - 0.4 * away)
    wavy = sheen * (1 + 0.085 * np.tanh(ripple))[:, :, None]
    grown: Picture = cv2.resize(wavy, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    return grown
