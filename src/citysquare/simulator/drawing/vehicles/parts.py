"""Parts that every vehicle has: skins between cross-sections, wheels that turn, panes, lamps, mirrors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, pi, sin

import numpy as np

from citysquare.simulator.drawing.layer import Colour, lit
from citysquare.simulator.drawing.mesh import Corner, Solid

GLASS: Colour = (54, 44, 38)
TYRE: Colour = (34, 32, 32)
RIM: Colour = (168, 166, 164)
DARK: Colour = (38, 36, 36)
CHROME: Colour = (170, 168, 164)
LAMP: Colour = (240, 245, 250)
REAR: Colour = (40, 30, 185)
AMBER: Colour = (30, 130, 240)


@dataclass
class Frame(Solid):
    """A vehicle under construction. `wheels` names the points that turn: first, behind last, axle's x and height."""

    wheels: list[tuple[int, int, float, float]] = field(default_factory=list)


def ring(x: float, y: float, z: float, radius: float, count: int = 16) -> list[Corner]:
    """Points of an upright circle around (x, z), counter-clockwise when seen from the left."""
    return [(x + radius * cos(-k * 2 * pi / count), y, z + radius * sin(-k * 2 * pi / count)) for k in range(count)]


def add_wheels(frame: Frame, axles: tuple[float, ...], width: float, radius: float, spokes: int = 5) -> None:
    """Put a pair of wheels on each axle: tread, tyre, rim, and dark gaps between the spokes that turn."""
    half = width / 2
    for x in axles:
        tread, outer = ring(x, half - 0.24, radius, radius), ring(x, half - 0.01, radius, radius)
        for k in range(len(tread)):
            n = (k + 1) % len(tread)
            frame.mirrored([outer[n], tread[n], tread[k], outer[k]], TYRE, 0)
        arch = [point for point in ring(x, half + 0.004, radius + 0.02, radius * 1.15, 28) if point[2] > radius * 0.75]
        start = next(k for k in range(len(arch)) if arch[k - 1][0] - arch[k][0] > radius)
        frame.mirrored(arch[start:] + arch[:start], DARK, 3)
        frame.mirrored(outer, TYRE, 4)
        frame.mirrored(ring(x, half + 0.006, radius, radius * 0.68), RIM, 5)
        first = len(frame.points)
        for k in range(spokes):
            turn = k * 2 * pi / spokes
            wide, slim = pi / spokes * 0.66, pi / spokes * 0.42
            gap = [(0.60, turn - wide), (0.26, turn - slim), (0.26, turn + slim), (0.60, turn + wide)]
            frame.mirrored([(x + radius * r * cos(a), half + 0.008, radius + radius * r * sin(a)) for r, a in gap], lit(DARK, 1.2), 6)
        frame.wheels.append((first, len(frame.points), x, radius))
        frame.mirrored(ring(x, half + 0.012, radius, radius * 0.14, 8), lit(RIM, 0.75), 7)


def hull(frame: Frame, rows: list[list[Corner]], colour: Colour, gloss: float, lower: Colour | None = None) -> None:
    """Skin between cross-sections, each given as corners of the left half from below upwards to the middle; the lowest band is trim."""
    for rear, front in pairwise(rows):
        for k in range(len(rear) - 1):
            tone = lower if lower and k == 0 else colour
            frame.mirrored([front[k], rear[k], rear[k + 1], front[k + 1]], tone, 1, gloss=0.0 if tone is lower else gloss)
    first, last = rows[0], rows[-1]
    frame.face([*last, *[(x, -y, z) for x, y, z in reversed(last)]], colour, 1, gloss=gloss * 0.6)
    frame.face([*[(x, -y, z) for x, y, z in first], *reversed(first)], colour, 1, gloss=gloss * 0.6)


def across(frame: Frame, x: float, y: float, z: tuple[float, float], colour: Colour, *, group: int = 2) -> None:
    """Add a panel on the front (x > 0) or rear, `y` to both sides. Glass mirrors the sky."""
    gloss = (0.42 if x > 0 else 0.3) if colour == GLASS else 0.0
    corners = [(x, -y, z[0]), (x, y, z[0]), (x, y, z[1]), (x, -y, z[1])]
    frame.face(corners if x > 0 else [(a, -b, c) for a, b, c in corners], colour, group, gloss=gloss)


def side(frame: Frame, x: tuple[float, float], y: float, z: tuple[float, float], colour: Colour, *, group: int = 2) -> None:
    """Add a panel on both sides, from x[0] (behind) to x[1]. Glass mirrors the sky."""
    gloss = 0.3 if colour == GLASS else 0.0
    frame.mirrored([(x[1], y, z[0]), (x[0], y, z[0]), (x[0], y, z[1]), (x[1], y, z[1])], colour, group, gloss=gloss)


def seam(frame: Frame, x: float, y: float, z: tuple[float, float], colour: Colour) -> None:
    """Add the line of a door on both sides."""
    side(frame, (x - 0.011, x + 0.011), y, z, lit(colour, 0.42), group=2)


def lamps(frame: Frame, end: float, y: tuple[float, float], z: tuple[float, float], *, tall: float = 0.1) -> None:
    """Add upright rectangular lamps at both ends, y[0] (inside) to y[1]; the rear ones are `tall` metres higher."""
    for sign in (1, -1):
        a, b = sorted((y[0] * sign, y[1] * sign))
        frame.face([(end, a, z[0]), (end, b, z[0]), (end, b, z[1]), (end, a, z[1])], LAMP, 2, bare=True, glow=True)
        c = y[0] + (y[1] - y[0]) * 0.35
        d, e = sorted((c * sign, y[1] * sign))
        high, low = z[1] + tall, z[0]
        frame.face([(-end, e, low), (-end, d, low), (-end, d, high), (-end, e, high)], REAR, 2, glow=True)
        middle = low + (high - low) * 0.35
        frame.face([(-end - 0.002, e, low), (-end - 0.002, d, low), (-end - 0.002, d, middle), (-end - 0.002, e, middle)], AMBER, 3)


def mirrors(frame: Frame, at: Corner, size: tuple[float, float], colour: Colour) -> None:
    """Add outside mirrors as slanted shells, seen only from their own side, so that the cabin never shows the far one."""
    x, y, z = at
    wide, high = size
    front, tip, rear = (x + 0.04, y, z), (x + 0.04 - wide * 0.75, y + wide, z), (x + 0.04 - wide * 1.75, y + wide * 0.5, z)
    up = [(point[0], point[1], point[2] + high) for point in (tip, front, rear)]
    frame.mirrored([front, tip, up[0], up[1]], colour, 9, gloss=0.15)
    frame.mirrored([tip, rear, up[2], up[0]], lit(GLASS, 1.6), 9, gloss=0.3)


def windscreen(frame: Frame, corners: Sequence[Corner], group: int, *, seat: float = 0.5) -> None:
    """Add a windscreen: glass that mirrors more sky above, the dashboard, and the dark shapes of driver and headrest.

    Corners run from the vehicle's right below over left below and left above to right above; `seat` is how high a head is, as a share.
    """
    points = np.array(corners)

    def at(aside: float, up: float) -> Corner:
        low, high = points[0] + (points[1] - points[0]) * aside, points[3] + (points[2] - points[3]) * aside
        x, y, z = (low + (high - low) * up).tolist()
        return (x + 0.004, y, z + 0.002)

    def patch(asides: tuple[float, float], ups: tuple[float, float], colour: Colour, gloss: float) -> None:
        (a, b), (c, d) = asides, ups
        frame.face([at(a, c), at(b, c), at(b, d), at(a, d)], colour, group + 1, gloss=gloss)

    frame.face(corners, GLASS, group, gloss=0.34)
    patch((0.0, 1.0), (0.62, 1.0), GLASS, 0.46)
    patch((0.0, 1.0), (0.0, 0.09), DARK, 0.12)
    shadow = lit(GLASS, 0.62)
    wide = 0.055
    for aside, broad in ((0.73, 1.0), (0.28, 0.72)):
        shoulders = [(-2.3, 0.09), (2.3, 0.09), (1.8, seat - 0.16), (0.7, seat - 0.1), (-0.7, seat - 0.1), (-1.8, seat - 0.16)]
        frame.face([at(aside + x * wide * broad, up) for x, up in shoulders], shadow, group + 2, gloss=0.16)
        oval = [(cos(k * pi / 4), sin(k * pi / 4)) for k in range(8)]
        frame.face([at(aside + x * wide * broad, seat + up * 0.13 * broad) for x, up in oval], shadow, group + 2, gloss=0.16)


_SEGMENTS = {
    "0": "abcdef",
    "1": "bc",
    "2": "abged",
    "3": "abgcd",
    "4": "fgbc",
    "5": "afgcd",
    "6": "afgedc",
    "7": "abc",
    "8": "abcdefg",
    "9": "abfgcd",
}


def number(frame: Frame, text: str, at: Corner, size: tuple[float, float], colour: Colour) -> None:
    """Write digits of lights on the front; `at` is their lower corner on the vehicle's right, as its reader's left."""
    x, y, z = at
    wide, high = size
    pen = wide * 0.22
    for sign in text:
        left, right, half = y, y + wide, high / 2
        bars = {
            "a": (left, right, z + high - pen, z + high),
            "g": (left, right, z + half - pen / 2, z + half + pen / 2),
            "d": (left, right, z, z + pen),
            "f": (left, left + pen, z + half, z + high),
            "b": (right - pen, right, z + half, z + high),
            "e": (left, left + pen, z, z + half),
            "c": (right - pen, right, z, z + half),
        }
        for name in _SEGMENTS.get(sign, ""):
            a, b, low, up = bars[name]
            frame.face([(x, a, low), (x, b, low), (x, b, up), (x, a, up)], colour, 4, bare=True, glow=True)
        y += wide * 1.5
