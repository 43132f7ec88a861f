"""Solid bodies made of flat faces, and how they are lit, culled, ordered and put on a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, exp, sin

import cv2
import numpy as np
import numpy.typing as npt

from citysquare.simulator.drawing.geometry import Picture, Points, View
from citysquare.simulator.drawing.layer import Colour, Layer, mixed

Corner = tuple[float, float, float]


@dataclass(frozen=True)
class Light:
    """The light of a scene: direction towards the sun, strength of sun and sky, and the haze that far things fade into.

    The tints colour what moves; `shadow` is how dark its shadow is, `retro` what plates throw back.
    `glow_only` shows nothing but what shines by itself.
    """

    sun: Corner
    sunshine: float = 0.86
    sky: float = 0.62
    sky_colour: Colour = (235.0, 205.0, 175.0)
    haze: Colour = (225.0, 210.0, 195.0)
    haze_metres: float = 260.0
    sun_tint: Colour = (1.0, 1.0, 1.0)
    sky_tint: Colour = (1.0, 1.0, 1.0)
    shadow: float = 0.52
    retro: float = 0.25
    glow_only: bool = False

    @property
    def leaves(self) -> tuple[float, float]:
        """How strongly sky and sun light leaves, 1.0 each on a clear day."""
        return self.sky / 0.62, self.sunshine / 0.86

    def on(self, normals: Points) -> npt.NDArray[np.float64]:
        """Brightness of faces by their normals (n, 3)."""
        sun = np.asarray(self.sun) / np.linalg.norm(self.sun)
        shine: npt.NDArray[np.float64] = self.sunshine * np.clip(normals @ sun, 0, 1) + self.sky * (0.72 + 0.28 * normals[:, 2])
        return shine

    def tinted(self, normals: Points) -> npt.NDArray[np.float64]:
        """Brightness of faces by their normals, in each colour (n, 3)."""
        if self.sun_tint == self.sky_tint == (1.0, 1.0, 1.0):
            return self.on(normals)[:, None]
        sun = np.asarray(self.sun) / np.linalg.norm(self.sun)
        from_sun = self.sunshine * np.clip(normals @ sun, 0, 1)[:, None] * np.array(self.sun_tint)
        from_sky = self.sky * (0.72 + 0.28 * normals[:, 2])[:, None] * np.array(self.sky_tint)
        shine: npt.NDArray[np.float64] = from_sun + from_sky
        return shine

    def hazy(self, colour: Colour, distance: float) -> Colour:
        """Fade a colour by distance."""
        return mixed(colour, self.haze, 1.0 - exp(-max(distance, 0.0) / self.haze_metres))


@dataclass(frozen=True, slots=True)
class Face:
    """A flat polygon. `group` orders drawing; `gloss` mixes in the sky as paint and glass do; `bare` skips the light.

    `glow` shines in the dark.
    """

    corners: tuple[int, ...]
    colour: Colour
    group: int
    gloss: float = 0.0
    bare: bool = False
    glow: bool = False


@dataclass(frozen=True, slots=True)
class Lamp:
    """Something that lights its surroundings: where (metres), strength (1 is a street lamp), colour, and whether it shines only down."""

    at: Corner
    strength: float = 1.0
    tint: Colour = (0.62, 0.84, 1.0)
    down: bool = False


@dataclass
class Solid:
    """Faces under construction; `finish` gives the arrays used for drawing. Local axes: x forward, y left, z up."""

    points: list[Corner] = field(default_factory=list)
    faces: list[Face] = field(default_factory=list)

    def face(
        self, corners: Sequence[Corner], colour: Colour, group: int, *, gloss: float = 0.0, bare: bool = False, glow: bool = False
    ) -> None:
        """Add a polygon whose corners run counter-clockwise when looked at from outside."""
        start = len(self.points)
        self.points.extend(corners)
        self.faces.append(Face(tuple(range(start, start + len(corners))), colour, group, gloss, bare, glow))

    def box(self, low: Corner, high: Corner, colour: Colour, group: int, gloss: float = 0.0, *, glow: bool = False) -> None:
        """Add a box without its underside."""
        (x0, y0, z0), (x1, y1, z1) = low, high
        self.face([(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)], colour, group, gloss=gloss, glow=glow)
        self.face([(x1, y0, z0), (x1, y1, z0), (x1, y1, z1), (x1, y0, z1)], colour, group, gloss=gloss, glow=glow)
        self.face([(x0, y1, z0), (x0, y0, z0), (x0, y0, z1), (x0, y1, z1)], colour, group, gloss=gloss, glow=glow)
        self.face([(x1, y1, z0), (x0, y1, z0), (x0, y1, z1), (x1, y1, z1)], colour, group, gloss=gloss, glow=glow)
        self.face([(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)], colour, group, gloss=gloss, glow=glow)

    def mirrored(self, corners: Sequence[Corner], colour: Colour, group: int, *, gloss: float = 0.0, bare: bool = False) -> None:
        """Add a polygon of the left side and its image on the right side."""
        self.face(corners, colour, group, gloss=gloss, bare=bare)
        self.face([(x, -y, z) for x, y, z in reversed(corners)], colour, group, gloss=gloss, bare=bare)

    def finish(self) -> Mesh:
        """Compute normals once."""
        points = np.array(self.points)
        normals = []
        for face in self.faces:
            ring = points[list(face.corners)]
            normal = np.cross(ring, np.roll(ring, -1, axis=0)).sum(axis=0)  # Newell's: holds for slightly bent polygons too
            normals.append(normal / max(float(np.linalg.norm(normal)), 1e-9))
        faces = tuple(self.faces)
        return Mesh(points, faces, np.array(normals), _Columns.of(faces))


@dataclass(frozen=True)
class _Columns:
    """The faces' values as arrays, so that all are lit and ordered at once. Corners of a face follow each other in `points`."""

    firsts: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    colours: Points
    groups: npt.NDArray[np.int64]
    gloss: Points
    bare: npt.NDArray[np.bool_]
    glow: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, faces: tuple[Face, ...]) -> _Columns:
        return cls(
            np.array([face.corners[0] for face in faces]),
            np.array([len(face.corners) for face in faces]),
            np.array([face.colour for face in faces], dtype=np.float64),
            np.array([face.group for face in faces]),
            np.array([face.gloss for face in faces], dtype=np.float64),
            np.array([face.bare for face in faces]),
            np.array([face.glow for face in faces]),
        )


@dataclass(frozen=True)
class Mesh:
    """A finished solid."""

    points: Points
    faces: tuple[Face, ...]
    normals: Points
    columns: _Columns

    def placed(self, ground: tuple[float, float], heading: float) -> tuple[Points, Points]:
        """Turn points and normals by `heading` (radians, counter-clockwise from east) and move them to a place on the ground."""
        turn = np.array([[cos(heading), -sin(heading), 0], [sin(heading), cos(heading), 0], [0, 0, 1.0]])
        return self.points @ turn.T + (ground[0], ground[1], 0.0), self.normals @ turn.T

    def outline(self, points: Points, view: View) -> tuple[int, int, int, int] | None:
        """Pixel rectangle (left, top, right, bottom) of placed points, cut to the picture; None when out of view."""
        pixels, depth = view.project(points)
        if depth.min() < 0.5:
            return None
        return bounded(pixels, view)


def bounded(pixels: Points, view: View, margin: int = 3) -> tuple[int, int, int, int] | None:
    """Even rectangle around pixels, cut to the picture; None when nothing is left."""
    left, top = (int(v) - margin for v in np.floor(pixels.min(axis=0)))
    right, bottom = (int(v) + margin for v in np.ceil(pixels.max(axis=0)))
    left, top = max(left & ~1, 0), max(top & ~1, 0)
    right, bottom = min(right + 1 & ~1, view.width), min(bottom + 1 & ~1, view.height)
    return (left, top, right, bottom) if right > left and bottom > top else None


def draw_mesh(layer: Layer, mesh: Mesh, placed: tuple[Points, Points], view: View, light: Light) -> None:
    """Draw the faces turned to the camera, group by group, each group from far to near. Faces below a third of a pixel are left out."""
    points, normals = placed
    pixels, depth = view.project(points)
    if depth.min() < 0.3:
        return
    columns = mesh.columns
    facing = ((np.asarray(view.position) - points[columns.firsts]) * normals).sum(axis=1) > 0
    following = np.arange(len(points)) + 1
    following[columns.firsts + columns.sizes - 1] = columns.firsts
    cross = pixels[:, 0] * pixels[following, 1] - pixels[:, 1] * pixels[following, 0]
    seen = facing & (np.abs(np.add.reduceat(cross, columns.firsts)) > 0.7)
    away = np.add.reduceat(depth, columns.firsts) / columns.sizes
    order = np.lexsort((-away, columns.groups))
    colours = _lit_faces(columns, normals, light, float(depth.mean()))
    own = layer.to_own(pixels)
    for index in order[seen[order]].tolist():
        first = columns.firsts[index]
        layer.fill_own(own[first : first + columns.sizes[index]], colours[index])


def _lit_faces(columns: _Columns, normals: Points, light: Light, distance: float) -> list[Colour]:
    if light.glow_only:
        shining = np.where(columns.glow[:, None], columns.colours, 0.0)
        return [(row[0], row[1], row[2]) for row in shining.tolist()]
    shine = np.where(columns.bare[:, None], 1.0, light.tinted(normals))
    colours = np.minimum(columns.colours * shine, 255.0)
    share = (columns.gloss * (0.35 + 0.65 * np.clip(normals[:, 2], 0, None)))[:, None]
    colours += (np.array(light.sky_colour) - colours) * share
    colours += (np.array(light.haze) - colours) * (1.0 - exp(-distance / light.haze_metres))
    return [(row[0], row[1], row[2]) for row in colours.tolist()]


def shadow_outline(points: Points, light: Light, view: View) -> Points:
    """Pixels of the shadow that placed points cast on the ground: their convex hull along the sun's rays."""
    sun = np.asarray(light.sun)
    reach = points[:, 2:] / max(float(sun[2]), 0.15)
    ground = points - reach * sun
    hull = _hull(ground)
    pixels, depth = view.project(hull)
    return pixels if depth.min() > 1.0 else view.polygon(hull)


def _hull(ground: Points) -> Points:
    flat = cv2.convexHull(ground[:, :2].astype(np.float32))[:, 0, :]
    return np.column_stack([flat, np.zeros(len(flat))]).astype(np.float64)


def darken(picture: Picture, outline: Points, box: tuple[int, int, int, int], strength: float, blur: float) -> None:
    """Darken the inside of an outline (picture pixels) within `box`, in place, with a soft edge."""
    left, top, right, bottom = box
    mask = np.zeros((bottom - top, right - left), np.uint8)
    own = ((outline - (left, top)) * 16).clip(-500_000, 500_000).astype(np.int32)
    cv2.fillPoly(mask, [own], (255 * strength,), cv2.LINE_AA, 4)
    size = max(3, round(blur) | 1)
    soft = cv2.blur(mask, (size, size))
    part = picture[top:bottom, left:right]
    part[:] = cv2.multiply(part, cv2.cvtColor(cv2.bitwise_not(soft), cv2.COLOR_GRAY2BGR), scale=1 / 255)
