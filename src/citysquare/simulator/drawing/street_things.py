"""What stands in parks, on squares and in yards: fountains, monuments, playgrounds, clocks, cranes, piles, planters."""

from __future__ import annotations

from math import cos, pi, sin

from citysquare.simulator.drawing.furniture import IRON, STEEL, WOOD, Standing
from citysquare.simulator.drawing.gates import post
from citysquare.simulator.drawing.layer import Colour, lit
from citysquare.simulator.drawing.mesh import Corner, Solid

STONE: Colour = (168, 176, 182)
_WATER: Colour = (206, 190, 158)


def _ring(radius: float, z: float, corners: int) -> list[Corner]:
    return [(radius * cos(2 * pi * k / corners), radius * sin(2 * pi * k / corners), z) for k in range(corners)]


def drum(solid: Solid, radii: tuple[float, float], z: tuple[float, float], colour: Colour, group: int, corners: int = 20) -> None:
    """Add an upright drum with a lid; `radii` and `z` below and above."""
    low, high = _ring(radii[0], z[0], corners), _ring(radii[1], z[1], corners)
    for k in range(corners):
        after = (k + 1) % corners
        solid.face([low[k], low[after], high[after], high[k]], colour, group)
    solid.face(high, lit(colour, 1.05), group)


def fountain(at: tuple[float, float], radius: float = 4.2) -> Standing:
    """Put a round fountain with a bowl and jets."""
    solid = Solid()
    drum(solid, (radius, radius), (0.0, 0.55), STONE, 1, 28)
    solid.face(_ring(radius - 0.35, 0.56, 28), _WATER, 2, gloss=0.25)
    drum(solid, (0.5, 0.35), (0.5, 1.5), STONE, 3, 12)
    drum(solid, (0.5, 1.25), (1.5, 1.85), STONE, 4, 18)
    solid.face(_ring(1.1, 1.86, 18), _WATER, 5, gloss=0.25)
    drum(solid, (0.1, 0.02), (1.86, 3.1), (244, 240, 234), 6, 8)
    for k in range(8):
        angle = k * pi / 4
        x, y = 2.6 * cos(angle), 2.6 * sin(angle)
        side = (0.05 * -sin(angle), 0.05 * cos(angle))
        for low, high, inward in ((0.55, 1.15, 0.0), (1.15, 1.4, 0.45)):
            a = (x * (1 - inward * 0.2), y * (1 - inward * 0.2))
            b = (x * (0.91 - inward * 0.25), y * (0.91 - inward * 0.25))
            jet = [(a[0] - side[0], a[1] - side[1], low), (a[0] + side[0], a[1] + side[1], low), (b[0] + side[0], b[1] + side[1], high)]
            solid.face(jet, (244, 240, 234), 6)
            solid.face(jet[::-1], (244, 240, 234), 6)
    return Standing(solid.finish(), at)


def obelisk(at: tuple[float, float], height: float = 7.5, colour: Colour = STONE) -> Standing:
    """Put an obelisk on three steps."""
    solid = Solid()
    for step in range(3):
        half = 1.9 - step * 0.4
        solid.box((-half, -half, step * 0.25), (half, half, (step + 1) * 0.25), lit(colour, 0.95 + 0.03 * step), 1 + step)
    solid.box((-0.75, -0.75, 0.75), (0.75, 0.75, 2.0), colour, 5)
    low = [(-0.5, -0.5, 2.0), (0.5, -0.5, 2.0), (0.5, 0.5, 2.0), (-0.5, 0.5, 2.0)]
    high = [(x * 0.62, y * 0.62, height - 0.7) for x, y, _ in low]
    for k in range(4):
        after = (k + 1) % 4
        solid.face([low[k], low[after], high[after], high[k]], colour, 6)
        solid.face([high[k], high[after], (0.0, 0.0, height)], lit(colour, 1.05), 6)
    return Standing(solid.finish(), at, 12)


def clock(at: tuple[float, float], turn: float, height: float, radius: float = 0.9) -> Standing:
    """Hang a clock facing `turn`; it shows ten past ten."""
    solid = Solid()

    def disc(reach: float, x: float) -> list[Corner]:
        return [(x, reach * cos(k * pi / 12), height + reach * sin(k * pi / 12)) for k in range(24)]

    solid.face(disc(radius, 0.06), IRON, 5)
    solid.face(disc(radius * 0.88, 0.07), (236, 240, 242), 6, glow=True)
    for angle, length, half in ((pi * 0.8, 0.5, 0.07), (pi / 6, 0.74, 0.05)):
        y, z = cos(angle), sin(angle)
        tip = (0.09, y * radius * length, height + z * radius * length)
        foot = [(0.09, -z * half * radius, height + y * half * radius), (0.09, z * half * radius, height - y * half * radius)]
        solid.face([foot[0], foot[1], tip], (40, 40, 40), 7)
        solid.face([foot[1], foot[0], tip], (40, 40, 40), 7)
    return Standing(solid.finish(), at, turn, shadow=False)


def slide(at: tuple[float, float], turn: float) -> Standing:
    """Put a playground tower with a slide that runs down along `turn`."""
    solid = Solid()
    for x in (-0.7, 0.7):
        for y in (-0.7, 0.7):
            post(solid, (x, y), (0, 3.0), 0.06, WOOD)
    solid.box((-0.75, -0.75, 1.35), (0.75, 0.75, 1.45), WOOD, 2)
    for y in (-0.72, 0.72):
        wall = [(-0.7, y, 1.45), (0.7, y, 1.45), (0.7, y, 2.1), (-0.7, y, 2.1)]
        solid.face(wall if y < 0 else wall[::-1], (60, 170, 230), 3)
        solid.face(wall[::-1] if y < 0 else wall, (50, 150, 210), 3)
    for side in (1, -1):
        solid.face([(-0.9, -0.9 * side, 2.9), (0.9, -0.9 * side, 2.9), (0.9, 0.0, 3.6), (-0.9, 0.0, 3.6)][::side], (50, 60, 190), 5)
    solid.face([(0.7, -0.35, 1.4), (3.2, -0.35, 0.25), (3.2, 0.35, 0.25), (0.7, 0.35, 1.4)], (70, 180, 90), 3)
    for y in (-0.35, 0.35):
        rail = [(0.7, y, 1.4), (3.2, y, 0.25), (3.2, y, 0.5), (0.7, y, 1.7)]
        solid.face(rail, (50, 150, 70), 4)
        solid.face(rail[::-1], (50, 150, 70), 4)
    return Standing(solid.finish(), at, turn)


def swing(at: tuple[float, float], turn: float) -> Standing:
    """Put a frame with two swings across `turn`."""
    solid = Solid()
    for y in (-1.9, 1.9):
        for x in (-0.9, 0.9):
            leg = [(x - 0.05, y, 0.0), (x + 0.05, y, 0.0), (0.05, y, 2.4), (-0.05, y, 2.4)]
            solid.face(leg, (60, 60, 190), 1)
            solid.face(leg[::-1], (60, 60, 190), 1)
    solid.box((-0.05, -2.0, 2.35), (0.05, 2.0, 2.45), (60, 60, 190), 2)
    for y in (-0.9, 0.9):
        for side in (-0.22, 0.22):
            post(solid, (0, y + side), (0.5, 2.35), 0.012, STEEL)
        solid.box((-0.12, y - 0.25, 0.45), (0.12, y + 0.25, 0.5), WOOD, 3)
    return Standing(solid.finish(), at, turn)


def pile(at: tuple[float, float], height: float = 3.6) -> Standing:
    """Put a mooring pile into the water."""
    solid = Solid()
    drum(solid, (0.28, 0.28), (-0.5, height), (60, 70, 82), 1, 10)
    drum(solid, (0.31, 0.31), (height - 0.5, height - 0.2), (222, 226, 228), 2, 10)
    return Standing(solid.finish(), at, shadow=False)


def crane(at: tuple[float, float], turn: float, height: float = 17.0) -> Standing:
    """Put a harbour crane on four legs whose jib points along `turn`."""
    solid = Solid()
    paint: Colour = (50, 150, 220)
    for x in (-2.4, 2.4):
        for y in (-2.4, 2.4):
            post(solid, (x, y), (0, 6.0), 0.22, paint)
    solid.box((-2.7, -2.7, 6.0), (2.7, 2.7, 6.5), lit(paint, 0.9), 2)
    solid.box((-3.0, -1.4, 6.5), (1.6, 1.4, 9.6), paint, 3)
    solid.face([(1.61, -1.1, 7.6), (1.61, 1.1, 7.6), (1.61, 1.1, 9.2), (1.61, -1.1, 9.2)], (70, 58, 50), 4, gloss=0.3)
    for y in (-0.5, 0.5):
        jib = [(0.8, y, 9.6), (1.5, y, 9.4), (15.0, y * 0.3, height), (14.7, y * 0.3, height + 0.4)]
        solid.face(jib, paint, 5)
        solid.face(jib[::-1], lit(paint, 0.85), 5)
    mast = [(-1.2, -0.1, 9.6), (-0.6, -0.1, 9.6), (-0.5, -0.1, height - 2), (-0.8, -0.1, height - 2)]
    solid.face(mast, paint, 5)
    solid.face(mast[::-1], paint, 5)
    solid.box((14.6, -0.03, 5.0), (14.7, 0.03, height), IRON, 5)
    return Standing(solid.finish(), at, turn)


def planter(at: tuple[float, float], colour: Colour = (80, 90, 200)) -> Standing:
    """Put a round stone planter with flowers."""
    solid = Solid()
    drum(solid, (0.55, 0.7), (0.0, 0.6), STONE, 1, 14)
    drum(solid, (0.62, 0.4), (0.6, 0.9), (70, 130, 90), 2, 12)
    for k in range(9):
        x, y = 0.45 * cos(k * 0.7 + k), 0.45 * sin(k * 0.7 + k)
        solid.box((x - 0.08, y - 0.08, 0.82), (x + 0.08, y + 0.08, 0.98), colour if k % 2 else (210, 220, 240), 3)
    return Standing(solid.finish(), at)


def cycle_stand(at: tuple[float, float], turn: float, count: int = 5) -> Standing:
    """Put a row of hoops to lock bicycles to."""
    solid = Solid()
    for k in range(count):
        y = (k - (count - 1) / 2) * 0.8
        for x in (-0.4, 0.4):
            post(solid, (x, y), (0, 0.8), 0.03, STEEL)
        solid.box((-0.43, y - 0.03, 0.76), (0.43, y + 0.03, 0.82), STEEL, 2)
    return Standing(solid.finish(), at, turn)
