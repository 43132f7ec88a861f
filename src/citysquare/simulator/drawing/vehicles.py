"""Vehicles: cars of three shapes, vans, trucks and buses as solids with glass, lamps, wheels and plates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import cos, pi, sin
from random import Random

import numpy as np

from citysquare.simulator.drawing.geometry import Points
from citysquare.simulator.drawing.layer import Colour, lit
from citysquare.simulator.drawing.mesh import Corner, Mesh, Solid
from citysquare.simulator.drawing.plates import SIZE_METRES

GLASS: Colour = (62, 52, 44)
TYRE: Colour = (34, 32, 32)
RIM: Colour = (150, 148, 146)
DARK: Colour = (42, 40, 40)
LAMP: Colour = (240, 245, 250)
REAR: Colour = (40, 30, 185)
AMBER: Colour = (40, 130, 230)
BODY_COLOURS: tuple[Colour, ...] = (
    (228, 228, 226),
    (222, 224, 226),
    (168, 166, 162),
    (128, 124, 120),
    (70, 66, 64),
    (44, 42, 42),
    (42, 40, 150),
    (30, 32, 120),
    (132, 74, 36),
    (98, 56, 30),
    (150, 110, 60),
    (58, 84, 52),
    (70, 110, 150),
    (90, 130, 168),
)
BUS_COLOURS: tuple[Colour, ...] = ((60, 180, 235), (150, 90, 40), (70, 130, 70), (225, 225, 225))


@dataclass(frozen=True, slots=True)
class Shape:
    """Measures of a car body in metres. The cabin runs from `cabin[0]` to `cabin[3]` at the belt, `cabin[1]` to `cabin[2]` at the roof."""

    length: float
    width: float
    belt: float
    height: float
    nose: float
    cabin: tuple[float, float, float, float]
    wheels: tuple[float, float]
    radius: float = 0.32


SHAPES: dict[str, Shape] = {
    "saloon": Shape(4.55, 1.78, 0.93, 1.45, 0.72, (-1.85, -1.15, 0.30, 1.05), (-1.38, 1.36)),
    "hatchback": Shape(4.05, 1.74, 0.95, 1.50, 0.74, (-1.95, -1.55, 0.25, 1.00), (-1.25, 1.25)),
    "estate": Shape(4.65, 1.82, 0.98, 1.62, 0.80, (-2.24, -1.95, 0.25, 1.05), (-1.40, 1.38), 0.35),
}


RIDDEN = ("bicycle", "motorcycle")
_LENGTHS = {"van": 5.4, "truck": 7.6, "bus": 11.6, "bicycle": 1.75, "motorcycle": 2.1}
_WIDTHS = {"van": 2.0, "truck": 2.4, "bus": 2.5, "bicycle": 0.6, "motorcycle": 0.8}


@dataclass(frozen=True, slots=True)
class Lamps:
    """Where a vehicle's lamps are, in its own metres (x forward, y left, z up): white ones ahead, red ones behind."""

    head: tuple[Corner, ...]
    tail: tuple[Corner, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """One vehicle's look. `kind` is the class of the truth; `shape` the body."""

    kind: str
    shape: str
    colour: Colour
    split: str = "show"

    @property
    def length(self) -> float:
        """Metres from end to end."""
        return SHAPES[self.shape].length if self.shape in SHAPES else _LENGTHS[self.shape]

    @property
    def width(self) -> float:
        """Metres from side to side."""
        return SHAPES[self.shape].width if self.shape in SHAPES else _WIDTHS[self.shape]

    @property
    def ridden(self) -> bool:
        """Whether it is a two-wheeler: its mover has a `person` too, made by `people.invent(random, look.kind, split)`."""
        return self.kind in RIDDEN

    @property
    def plate_height(self) -> float:
        """Height of the plates' middle above the ground, metres."""
        return {"van": 0.62, "truck": 0.6, "bus": 0.55}.get(self.shape, 0.52)


def choose(random: Random, kind: str, split: str = "show") -> Look:
    """Invent a vehicle of a class (car, van, truck, bus, motorcycle or bicycle) from the family of a split: show, train or test."""
    if kind == "car":
        return Look("car", random.choice(("saloon", "hatchback", "estate")), random.choice(BODY_COLOURS), split)
    if kind == "bus":
        return Look("bus", "bus", random.choice(BUS_COLOURS), split)
    return Look(kind, kind, random.choice(BODY_COLOURS[:4] + BODY_COLOURS[7:12]), split)


def lamps_of(look: Look) -> Lamps:
    """Say where the middles of a vehicle's lamps are; a two-wheeler has one of each."""
    end = look.length / 2
    if look.ridden:
        return Lamps(((end * 0.7, 0.0, 0.85),), ((-end * 0.8, 0.0, 0.65),))
    aside, low, high = look.width * 0.36, 0.68, 0.8
    return Lamps(((end, aside, low), (end, -aside, low)), ((-end, aside, high), (-end, -aside, high)))


@lru_cache(maxsize=256)
def mesh_of(look: Look) -> Mesh:
    """Build a vehicle's solid. Its origin is on the ground in the middle."""
    solid = Solid()
    if look.shape in SHAPES:
        _car(solid, SHAPES[look.shape], look.colour)
    elif look.shape == "van":
        _van(solid, look.colour)
    elif look.shape == "truck":
        _truck(solid, look.colour)
    else:
        _bus(solid, look.colour)
    return solid.finish()


def plate_corners(look: Look, *, front: bool, size: tuple[float, float] = SIZE_METRES) -> Points:
    """Give the corners of the front or rear plate in the vehicle's axes, as its reader sees them: top left first, clockwise."""
    wide, high = size[0] / 2, size[1] / 2
    x = (look.length / 2 + 0.03) * (1 if front else -1)
    left = -wide if front else wide
    z = look.plate_height
    return np.array([(x, left, z + high), (x, -left, z + high), (x, -left, z - high), (x, left, z - high)])


def _ring(x: float, y: float, radius: float, count: int = 14) -> list[Corner]:
    return [(x + radius * cos(k * 2 * pi / count), y, radius_z(radius, k, count)) for k in range(count)]


def radius_z(radius: float, k: int, count: int) -> float:
    """Height of a wheel's k-th rim point; its axle stands `radius` high."""
    return radius + radius * sin(k * 2 * pi / count)


def _wheels(solid: Solid, axles: tuple[float, ...], width: float, radius: float) -> None:
    half = width / 2
    for x in axles:
        tread = _ring(x, half - 0.24, radius)
        outer = _ring(x, half + 0.01, radius)
        for k in range(len(tread)):
            n = (k + 1) % len(tread)
            solid.mirrored([outer[n], tread[n], tread[k], outer[k]][::-1], TYRE, 0)
        arch = [(px, half + 0.005, pz + 0.06) for px, _, pz in _ring(x, half, radius * 1.16)]
        solid.mirrored([point for point in reversed(arch) if point[2] > radius * 0.8], DARK, 3)
        solid.mirrored(outer[::-1], TYRE, 4)
        rim = [(px, half + 0.02, pz + radius * 0.38) for px, _, pz in _ring(x, half, radius * 0.62)]
        solid.mirrored(rim[::-1], RIM, 5)
        hub = [(px, half + 0.03, pz + radius * 0.72) for px, _, pz in _ring(x, half, radius * 0.28)]
        solid.mirrored(hub[::-1], lit(RIM, 0.6), 5)


def _hull(solid: Solid, rows: list[list[Corner]], colour: Colour, gloss: float) -> None:
    """Skin between cross-sections, each given as corners of the left half from below upwards to the middle."""
    for rear, front in pairwise(rows):
        for k in range(len(rear) - 1):
            solid.mirrored([front[k], rear[k], rear[k + 1], front[k + 1]], colour, 1, gloss=gloss)


def _ends(solid: Solid, rows: list[list[Corner]], colour: Colour) -> None:
    first, last = rows[0], rows[-1]
    solid.face([*last, *[(x, -y, z) for x, y, z in reversed(last)]], colour, 1, gloss=0.12)
    solid.face([*[(x, -y, z) for x, y, z in first], *reversed(first)], colour, 1, gloss=0.12)


def _car(solid: Solid, s: Shape, colour: Colour) -> None:
    half, end, w = s.length / 2, s.length / 2, s.width / 2
    back = s.belt if s.cabin[0] < -half + 0.45 else s.belt + 0.02
    profile = (
        (-end, 0.88, back - 0.12),
        (-end + 0.12, 0.95, back),
        (s.cabin[0], 1.0, s.belt + 0.03),
        (0.0, 1.0, s.belt),
        (s.cabin[3], 0.99, s.belt - 0.02),
        (end - 0.45, 0.95, s.nose + 0.08),
        (end - 0.1, 0.86, s.nose),
        (end, 0.78, s.nose - 0.14),
    )
    rows = [
        [(x, w * k * 0.93, 0.22), (x, w * k, 0.50), (x, w * k * 0.985, top - 0.10), (x, w * k * 0.90, top), (x, 0.0, top + 0.03)]
        for x, k, top in profile
    ]
    _hull(solid, rows, colour, 0.22)
    _ends(solid, rows, colour)
    _cabin(solid, s, colour)
    _car_details(solid, s, colour)
    _wheels(solid, s.wheels, s.width, s.radius)


def _cabin(solid: Solid, s: Shape, colour: Colour) -> None:
    w, top = s.width / 2 * 0.90, s.width / 2 * 0.68
    x0, x1, x2, x3 = s.cabin
    low, high = s.belt - 0.02, s.height - 0.06
    solid.face([(x3, -w, low), (x3, w, low), (x2, top, high), (x2, -top, high)], colour, 6, gloss=0.2)
    solid.face([(x0, w, low), (x0, -w, low), (x1, -top, high), (x1, top, high)], colour, 6, gloss=0.2)
    solid.mirrored([(x3, w, low), (x0, w, low), (x1, top, high), (x2, top, high)], colour, 6, gloss=0.2)
    crown = s.height
    solid.face([(x2, -top, high), (x2, top, high), (x2 - 0.25, top * 0.8, crown), (x2 - 0.25, -top * 0.8, crown)], colour, 6, gloss=0.3)
    solid.face(
        [(x2 - 0.25, -top * 0.8, crown), (x2 - 0.25, top * 0.8, crown), (x1 + 0.2, top * 0.8, crown), (x1 + 0.2, -top * 0.8, crown)],
        colour,
        6,
        gloss=0.3,
    )
    solid.mirrored([(x2, top, high), (x1, top, high), (x1 + 0.2, top * 0.8, crown), (x2 - 0.25, top * 0.8, crown)], colour, 6, gloss=0.3)
    solid.face([(x1, top, high), (x1, -top, high), (x1 + 0.2, -top * 0.8, crown), (x1 + 0.2, top * 0.8, crown)], colour, 6, gloss=0.3)

    def on_side(x: float, share: float) -> Corner:
        base = x0 + (x - x0) if share == 0 else x
        return (base, w + (top - w) * share + 0.012, low + (high - low) * share)

    def pane(a: float, b: float) -> None:
        lo, hi = 0.12, 0.9
        left = x0 + (x1 - x0) * lo, x0 + (x1 - x0) * hi
        right = x3 + (x2 - x3) * lo, x3 + (x2 - x3) * hi
        span = [(r - q) for q, r in zip(left, right, strict=True)]
        solid.mirrored(
            [
                on_side(left[0] + span[0] * b, lo),
                on_side(left[0] + span[0] * a, lo),
                on_side(left[1] + span[1] * a, hi),
                on_side(left[1] + span[1] * b, hi),
            ],
            GLASS,
            7,
            gloss=0.25,
        )

    pane(0.05, 0.47)
    pane(0.51, 0.95)
    t = 0.9

    def screen(bottom: float, upper: float, forward: float) -> list[Corner]:
        xa, xb = bottom + (upper - bottom) * 0.08, bottom + (upper - bottom) * 0.92
        za, zb = low + (high - low) * 0.08, low + (high - low) * 0.92
        return [(xa + forward, -w * t, za), (xa + forward, w * t, za), (xb + forward, top * t, zb), (xb + forward, -top * t, zb)]

    solid.face(screen(x3, x2, 0.015), GLASS, 7, gloss=0.4)
    solid.face([(x, -y, z) for x, y, z in screen(x0, x1, -0.015)], GLASS, 7, gloss=0.4)


def _car_details(solid: Solid, s: Shape, colour: Colour) -> None:
    end, w = s.length / 2 + 0.012, s.width / 2
    nose, tail = s.nose - 0.16, s.belt - 0.14
    for side in (1, -1):
        a, b = w * 0.74 * side, w * 0.44 * side
        lamp = [(end, min(a, b), nose - 0.13), (end, max(a, b), nose - 0.13), (end, max(a, b), nose), (end, min(a, b), nose)]
        solid.face(lamp, LAMP, 2, bare=True)
        a, b = w * 0.84 * side, w * 0.52 * side
        rear = [(-end, max(a, b), tail - 0.18), (-end, min(a, b), tail - 0.18), (-end, min(a, b), tail), (-end, max(a, b), tail)]
        solid.face(rear, REAR, 2)
    solid.face(
        [(end, -w * 0.42, nose - 0.14), (end, w * 0.42, nose - 0.14), (end, w * 0.42, nose - 0.03), (end, -w * 0.42, nose - 0.03)], DARK, 2
    )
    solid.face([(end, -w * 0.7, 0.24), (end, w * 0.7, 0.24), (end, w * 0.74, 0.40), (end, -w * 0.74, 0.40)], DARK, 2)
    solid.face([(-end, w * 0.78, 0.24), (-end, -w * 0.78, 0.24), (-end, -w * 0.82, 0.38), (-end, w * 0.82, 0.38)], DARK, 2)
    y = w * 1.002
    solid.mirrored(
        [(s.wheels[1] - 0.4, y, 0.22), (s.wheels[0] + 0.4, y, 0.22), (s.wheels[0] + 0.4, y, 0.30), (s.wheels[1] - 0.4, y, 0.30)], DARK, 2
    )
    for x in (s.cabin[3] - 0.12, (s.cabin[0] + s.cabin[3]) / 2 + 0.1, s.cabin[0] + 0.5):
        solid.mirrored(
            [(x + 0.012, y, 0.32), (x - 0.012, y, 0.32), (x - 0.012, y * 0.995, s.belt - 0.08), (x + 0.012, y * 0.995, s.belt - 0.08)],
            lit(colour, 0.45),
            2,
        )
    for x in ((s.cabin[0] + s.cabin[3]) / 2 + 0.25, s.cabin[0] + 0.72):
        z = s.belt - 0.16
        solid.mirrored(
            [(x + 0.09, y + 0.01, z), (x - 0.09, y + 0.01, z), (x - 0.09, y + 0.01, z + 0.035), (x + 0.09, y + 0.01, z + 0.035)],
            lit(colour, 0.6),
            2,
        )
    x = s.cabin[3] - 0.28
    for side in (1, -1):
        ys = sorted((w * 0.96 * side, (w + 0.16) * side))
        solid.box((x, ys[0], s.belt + 0.02), (x + 0.1, ys[1], s.belt + 0.16), lit(colour, 0.8), 5, 0.2)


def _panes(solid: Solid, xs: list[tuple[float, float]], y: float, z: tuple[float, float], group: int) -> None:
    for a, b in xs:
        solid.mirrored([(b, y, z[0]), (a, y, z[0]), (a, y, z[1]), (b, y, z[1])], GLASS, group, gloss=0.3)


def _across(solid: Solid, x: float, y: float, z: tuple[float, float], colour: Colour, *, gloss: float = 0.0) -> None:
    """Add a panel on the front (x > 0) or rear, `y` to both sides."""
    corners = [(x, -y, z[0]), (x, y, z[0]), (x, y, z[1]), (x, -y, z[1])]
    solid.face(corners if x > 0 else [(a, -b, c) for a, b, c in corners], colour, 2, gloss=gloss)


def _lamps(solid: Solid, end: float, y: tuple[float, float], z: tuple[float, float]) -> None:
    for side in (1, -1):
        a, b = sorted((y[0] * side, y[1] * side))
        solid.face([(end, a, z[0]), (end, b, z[0]), (end, b, z[1]), (end, a, z[1])], LAMP, 2, bare=True)
        solid.face([(-end, b, z[0]), (-end, a, z[0]), (-end, a, z[1] + 0.1), (-end, b, z[1] + 0.1)], REAR, 2)


def _van(solid: Solid, colour: Colour) -> None:
    end, w = 2.7, 1.0
    profile = ((-end, 1.0, 2.3), (1.1, 1.0, 2.35), (1.45, 0.97, 2.2), (2.05, 0.97, 1.25), (2.62, 0.92, 1.05), (end, 0.85, 0.9))
    rows = [
        [(x, w * k * 0.97, 0.26), (x, w * k, 0.6), (x, w * k * 0.96, top - 0.14), (x, w * k * 0.86, top), (x, 0.0, top + 0.03)]
        for x, k, top in profile
    ]
    _hull(solid, rows, colour, 0.18)
    _ends(solid, rows, colour)
    solid.face([(2.02, -0.84, 1.34), (2.02, 0.84, 1.34), (1.5, 0.76, 2.14), (1.5, -0.76, 2.14)], GLASS, 2, gloss=0.4)
    solid.mirrored([(1.72, 0.985, 1.3), (0.75, 0.985, 1.3), (0.75, 0.97, 1.95), (1.35, 0.97, 1.95)], GLASS, 2, gloss=0.3)
    _across(solid, -end - 0.01, 0.8, (1.35, 2.0), GLASS, gloss=0.3)
    _across(solid, -end - 0.012, 0.012, (0.5, 2.2), lit(colour, 0.4))
    _across(solid, end + 0.012, 0.5, (0.66, 0.82), DARK)
    _across(solid, end + 0.012, 0.84, (0.26, 0.5), DARK)
    _across(solid, -end - 0.014, 0.95, (0.26, 0.46), DARK)
    for x in (0.7, -0.55):
        solid.mirrored(
            [(x + 0.012, 1.003, 0.4), (x - 0.012, 1.003, 0.4), (x - 0.012, 0.98, 2.1), (x + 0.012, 0.98, 2.1)], lit(colour, 0.5), 2
        )
    _lamps(solid, end + 0.012, (0.52, 0.84), (0.68, 0.86))
    _wheels(solid, (-1.6, 1.75), 2.0, 0.35)


def _truck(solid: Solid, colour: Colour) -> None:
    cargo: Colour = (205, 208, 208)
    solid.box((-3.8, -1.0, 0.55), (3.7, 1.0, 0.85), DARK, 1)
    solid.box((-3.8, -1.2, 0.9), (1.7, 1.2, 3.35), cargo, 2, 0.1)
    for x in (-2.9, -2.0, -1.1, -0.2, 0.7):
        solid.mirrored(
            [(x + 0.02, 1.205, 0.95), (x - 0.02, 1.205, 0.95), (x - 0.02, 1.205, 3.3), (x + 0.02, 1.205, 3.3)], lit(cargo, 0.82), 3
        )
    solid.mirrored([(1.2, 1.206, 1.9), (-3.3, 1.206, 1.9), (-3.3, 1.206, 2.3), (1.2, 1.206, 2.3)], colour, 3)
    solid.box((1.85, -1.12, 0.5), (3.8, 1.12, 2.75), colour, 2, 0.18)
    _across(solid, 3.815, 1.0, (1.62, 2.5), GLASS, gloss=0.4)
    _across(solid, 3.815, 0.8, (0.95, 1.45), DARK)
    _across(solid, 3.82, 1.1, (0.4, 0.72), lit(DARK, 1.4))
    _across(solid, -3.81, 0.012, (0.95, 3.3), lit(cargo, 0.5))
    _across(solid, -3.815, 1.15, (0.5, 0.86), DARK)
    _panes(solid, [(2.35, 3.5)], 1.13, (1.65, 2.45), 3)
    _lamps(solid, 3.83, (0.8, 1.08), (0.76, 0.92))
    _wheels(solid, (-2.5, 2.75), 2.3, 0.48)


def _bus(solid: Solid, colour: Colour) -> None:
    end, w = 5.8, 1.25
    profile = ((-end, 0.98, 3.0), (-end + 0.2, 1.0, 3.1), (end - 0.25, 1.0, 3.1), (end, 0.96, 2.95))
    rows = [
        [(x, w * k * 0.98, 0.3), (x, w * k, 0.8), (x, w * k * 0.97, top - 0.16), (x, w * k * 0.88, top), (x, 0.0, top + 0.04)]
        for x, k, top in profile
    ]
    _hull(solid, rows, colour, 0.15)
    _ends(solid, rows, colour)
    _panes(solid, [(-5.4 + 1.22 * k, -5.4 + 1.22 * k + 1.12) for k in range(9)], 1.252, (1.5, 2.55), 2)
    solid.mirrored([(5.3, 1.254, 0.36), (-5.6, 1.254, 0.36), (-5.6, 1.254, 0.62), (5.3, 1.254, 0.62)], lit(colour, 0.55), 2)
    for x in (4.3, 0.6):
        solid.face([(x, -1.256, 0.4), (x + 1.1, -1.256, 0.4), (x + 1.1, -1.256, 2.55), (x, -1.256, 2.55)], GLASS, 2, gloss=0.18)
        solid.face([(x + 0.53, -1.26, 0.45), (x + 0.57, -1.26, 0.45), (x + 0.57, -1.26, 2.5), (x + 0.53, -1.26, 2.5)], DARK, 3)
    _across(solid, end + 0.012, 1.1, (1.25, 2.5), GLASS, gloss=0.4)
    _across(solid, end + 0.012, 0.85, (2.58, 2.86), (30, 30, 30))
    x = end + 0.016
    solid.face([(x, -0.6, 2.64), (x, 0.6, 2.64), (x, 0.6, 2.8), (x, -0.6, 2.8)], (60, 190, 245), 2, bare=True)
    for x in (-3.6, 2.2):
        solid.box((x - 0.9, -0.8, 3.12), (x + 0.9, 0.8, 3.3), lit(colour, 0.82), 2, 0.2)
    for x in (-1.2, 0.4):
        solid.box((x - 0.4, -0.4, 3.12), (x + 0.4, 0.4, 3.18), (190, 192, 194), 2)
    _across(solid, -end - 0.012, 1.0, (1.7, 2.6), GLASS, gloss=0.3)
    _across(solid, end + 0.012, 1.15, (0.3, 0.5), DARK)
    _across(solid, -end - 0.012, 1.15, (0.3, 0.5), DARK)
    _lamps(solid, end + 0.014, (0.75, 1.1), (0.68, 0.86))
    _wheels(solid, (-3.3, 3.2), 2.5, 0.48)
