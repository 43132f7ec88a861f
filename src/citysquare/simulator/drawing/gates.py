"""What stands at a border and at gates: barriers, booths, a canopy over lanes, lane signals, fences, flags."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, degrees, pi, radians, sin

from citysquare.simulator.drawing.furniture import IRON, Standing
from citysquare.simulator.drawing.layer import Colour, lit
from citysquare.simulator.drawing.mesh import Corner, Lamp, Solid

_RED: Colour = (44, 36, 196)
_WHITE: Colour = (236, 238, 240)
GOLD: Colour = (0, 204, 255)
FLAGS: dict[str, tuple[bool, tuple[Colour, ...]]] = {
    "UA": (True, ((183, 87, 0), (0, 215, 255))),
    "RO": (False, ((127, 43, 0), (22, 209, 252), (38, 17, 206))),
    "EU": (True, ((153, 51, 0),)),
}
"""Whether the bands lie, and their colours from the top or from the hoist; width to height is 3 to 2 for all of these."""


def post(solid: Solid, at: tuple[float, float], z: tuple[float, float], half: float, colour: Colour) -> None:
    """Add an upright square post."""
    (x, y), (low, high) = at, z
    solid.box((x - half, y - half, low), (x + half, y + half, high), colour, 1)


def flag(at: tuple[float, float], turn: float, state: str, height: float = 8.0) -> Standing:
    """Hoist a flag on a pole; it flies along `turn`, in a light wind."""
    lying, bands = FLAGS[state]
    solid = Solid()
    post(solid, (0, 0), (0, height), 0.05, (196, 198, 200))
    wide, tall, folds = 2.1, 1.4, 6
    bent = [0.0, 0.14, 0.04, -0.12, -0.02, 0.12, 0.03]
    top = height - 0.1

    def spot(across: float, down: float) -> Corner:
        fold = across * folds
        low = min(int(fold), folds - 1)
        aside = bent[low] + (bent[low + 1] - bent[low]) * (fold - low)
        return 0.06 + across * wide, aside, top - down * tall - across * 0.16

    columns = folds if lying else folds * len(bands) // 3
    rows = len(bands) if lying else 1
    for column in range(columns):
        left, right = column / columns, (column + 1) / columns
        for row in range(rows):
            above, below = row / rows, (row + 1) / rows
            colour = bands[row] if lying else bands[min(int((left + 1e-6) * len(bands)), len(bands) - 1)]
            corners = [spot(left, below), spot(right, below), spot(right, above), spot(left, above)]
            solid.face(corners, colour, 3)
            solid.face(corners[::-1], colour, 3)
    if state == "EU":
        _stars(solid, spot)
    return Standing(solid.finish(), at, turn)


def _stars(solid: Solid, spot: Callable[[float, float], Corner]) -> None:
    """Put twelve upright stars into a circle of a third of the flag's height."""
    for hour in range(12):
        angle = hour * pi / 6
        x, y = 0.5 + sin(angle) * (1 / 3) * (2 / 3), 0.5 - cos(angle) / 3
        ring = []
        for tip in range(10):
            reach = (1 / 18) * (1.0 if tip % 2 == 0 else 0.382)
            ring.append((x + sin(tip * pi / 5) * reach * (2 / 3), y - cos(tip * pi / 5) * reach))
        for side in (0.012, -0.012):
            corners = [(px, py + side, pz) for px, py, pz in (spot(u, v) for u, v in ring)]
            solid.face(corners if side > 0 else corners[::-1], GOLD, 4)


def barrier(at: tuple[float, float], turn: float, length: float = 3.4, raised: float = 0.0) -> Standing:
    """Put a barrier; its bar points along `turn` when it is down, `raised` degrees up."""
    solid = Solid()
    solid.box((-0.2, -0.2, 0), (0.2, 0.2, 1.05), (40, 150, 230), 1)
    solid.box((-0.24, -0.24, 1.05), (0.24, 0.24, 1.12), IRON, 2)
    pieces = 8
    a = radians(raised)
    for piece in range(pieces):
        near, far = length * piece / pieces, length * (piece + 1) / pieces
        ends = [(0.15 + d * cos(a), 0.95 + d * sin(a)) for d in (near, far)]
        (x0, z0), (x1, z1) = ends
        up = (-sin(a) * 0.06, cos(a) * 0.06)
        tone = _RED if piece % 2 else _WHITE
        for y in (-0.05, 0.05):
            side = [(x0 - up[0], y, z0 - up[1]), (x1 - up[0], y, z1 - up[1]), (x1 + up[0], y, z1 + up[1]), (x0 + up[0], y, z0 + up[1])]
            solid.face(side if y < 0 else side[::-1], tone, 3)
        solid.face(
            [
                (x0 + up[0], -0.05, z0 + up[1]),
                (x1 + up[0], -0.05, z1 + up[1]),
                (x1 + up[0], 0.05, z1 + up[1]),
                (x0 + up[0], 0.05, z0 + up[1]),
            ],
            tone,
            3,
        )
    return Standing(solid.finish(), at, turn)


def booth(at: tuple[float, float], turn: float, colour: Colour = (206, 198, 186)) -> Standing:
    """Put a control booth with windows all round; it is longer along `turn`."""
    solid = Solid()
    solid.box((-1.6, -0.75, 0), (1.6, 0.75, 1.05), colour, 1)
    solid.box((-1.55, -0.7, 1.05), (1.55, 0.7, 2.15), (96, 84, 72), 2, gloss=0.25, glow=True)
    for x in (-1.6, -0.55, 0.5, 1.55):
        for y in (-0.73, 0.73):
            post(solid, (x, y), (1.05, 2.15), 0.05, lit(colour, 0.9))
    solid.box((-1.6, -0.75, 2.15), (1.6, 0.75, 2.5), colour, 3)
    solid.box((-1.75, -0.9, 2.5), (1.75, 0.9, 2.62), (120, 84, 50), 4)
    return Standing(solid.finish(), at, turn)


def canopy(at: tuple[float, float], size: tuple[float, float], height: float = 5.6, edge: Colour = (146, 84, 28)) -> Standing:
    """Put a canopy over lanes, `size` along x and y, on two rows of pillars."""
    solid = Solid()
    half_x, half_y = size[0] / 2, size[1] / 2
    count = max(2, round(size[0] / 8))
    for k in range(count + 1):
        x = -half_x + 0.8 + (size[0] - 1.6) * k / count
        for y in (-half_y + 1.6, half_y - 1.6):
            post(solid, (x, y), (0, height), 0.16, (214, 214, 214))
    solid.box((-half_x, -half_y, height), (half_x, half_y, height + 0.85), edge, 2)
    solid.box((-half_x + 0.05, -half_y + 0.05, height + 0.85), (half_x - 0.05, half_y - 0.05, height + 0.9), (170, 168, 166), 3)
    lamps = []
    for k in range(count):
        x = -half_x + size[0] * (k + 0.5) / count
        solid.box((x - 0.5, -half_y - 0.02, height - 0.08), (x + 0.5, -half_y + 0.35, height), (226, 240, 246), 4, glow=True)
        lamps.append(Lamp((x, -half_y + 0.2, height), 0.9, (0.8, 0.92, 1.0), down=True))
    return Standing(solid.finish(), at, 0.0, lamps=tuple(lamps))


def lane_signal(at: tuple[float, float], turn: float, height: float, *, free: bool) -> Standing:
    """Hang a lane signal facing `turn`: a green arrow or a red cross on a dark field."""
    solid = Solid()
    solid.box((-0.08, -0.4, height), (0.08, 0.4, height + 0.8), (40, 40, 42), 5)
    colour: Colour = (110, 230, 90) if free else (50, 40, 240)
    x, middle = 0.09, height + 0.4
    if free:
        solid.face(
            [(x, -0.07, middle + 0.28), (x, -0.07, middle - 0.1), (x, 0.07, middle - 0.1), (x, 0.07, middle + 0.28)][::-1],
            colour,
            6,
            bare=True,
            glow=True,
        )
        solid.face([(x, -0.25, middle - 0.02), (x, 0.0, middle - 0.3), (x, 0.25, middle - 0.02)], colour, 6, bare=True, glow=True)
    else:
        for way in (1, -1):
            bar = [(-0.3, -0.24), (-0.24, -0.3), (0.3, 0.24), (0.24, 0.3)]
            corners = [(x, y * way, middle + z) for y, z in bar]
            solid.face(corners if way > 0 else corners[::-1], colour, 6, bare=True, glow=True)
    return Standing(solid.finish(), at, turn, shadow=False)


def fence(a: tuple[float, float], b: tuple[float, float], height: float = 2.2) -> list[Standing]:
    """Put a wire-mesh fence in pieces of about 3 m."""
    length = ((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5
    count = max(1, round(length / 3))
    each = length / count
    solid = Solid()
    post(solid, (-each / 2, 0), (0, height + 0.1), 0.045, (96, 120, 84))
    for k in range(1, int(height / 0.4) + 1):
        z = k * 0.4
        solid.box((-each / 2, -0.012, z - 0.016), (each / 2, 0.012, z), (96, 120, 84), 2)
    for k in range(1, int(each / 0.5)):
        x = -each / 2 + k * 0.5
        solid.box((x - 0.01, -0.01, 0.1), (x + 0.01, 0.01, height), (104, 124, 92), 1)
    mesh = solid.finish()
    turn = degrees(atan2(b[1] - a[1], b[0] - a[0]))
    shares = [(k + 0.5) / count for k in range(count)]
    return [Standing(mesh, (a[0] + (b[0] - a[0]) * s, a[1] + (b[1] - a[1]) * s), turn) for s in shares]


def cones(a: tuple[float, float], b: tuple[float, float], count: int) -> list[Standing]:
    """Put a row of traffic cones."""
    solid = Solid()
    solid.box((-0.2, -0.2, 0), (0.2, 0.2, 0.05), IRON, 1)
    for low, high, tone in ((0.05, 0.3, (40, 90, 240)), (0.3, 0.45, _WHITE), (0.45, 0.72, (40, 90, 240))):
        wide, thin = (0.17 * (1 - z / 0.85) for z in (low, high))
        for k in range(6):
            t, u = k * pi / 3, (k + 1) * pi / 3
            solid.face(
                [
                    (wide * cos(t), wide * sin(t), low),
                    (wide * cos(u), wide * sin(u), low),
                    (thin * cos(u), thin * sin(u), high),
                    (thin * cos(t), thin * sin(t), high),
                ],
                tone,
                2,
            )
    mesh = solid.finish()
    shares = [k / max(count - 1, 1) for k in range(count)]
    return [Standing(mesh, (a[0] + (b[0] - a[0]) * s, a[1] + (b[1] - a[1]) * s)) for s in shares]


__all__ = ["FLAGS", "barrier", "booth", "canopy", "cones", "fence", "flag", "lane_signal", "post"]
