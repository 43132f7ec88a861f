"""What stands in streets: parked vehicles, lamps, signs, benches, shelters, stalls, kiosks, railings, boats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import cos, pi, radians, sin

import numpy as np

from citysquare.simulator.drawing.geometry import Points, View
from citysquare.simulator.drawing.ground import Ground
from citysquare.simulator.drawing.layer import Colour, lit
from citysquare.simulator.drawing.mesh import Corner, Lamp, Mesh, Solid, draw_mesh
from citysquare.simulator.drawing.stage import Scenery
from citysquare.simulator.drawing.vehicles import Look, mesh_of

STEEL: Colour = (118, 116, 112)
WOOD: Colour = (60, 92, 130)
IRON: Colour = (58, 56, 54)
LED: Colour = (212, 240, 255)
WARM: Colour = (150, 214, 255)


@dataclass(frozen=True)
class Standing:
    """A solid at a place; `turn` in degrees counter-clockwise from east. `kind` is its class in the truth, if it has one."""

    mesh: Mesh
    at: tuple[float, float]
    turn: float = 0.0
    shadow: bool = True
    lamps: tuple[Lamp, ...] = ()
    kind: str | None = None

    def lights(self) -> list[Lamp]:
        """Give its lamps, in the world."""
        a, (x, y) = radians(self.turn), self.at
        return [
            replace(lamp, at=(x + u * cos(a) - v * sin(a), y + u * sin(a) + v * cos(a), z)) for lamp in self.lamps for u, v, z in (lamp.at,)
        ]

    def place(self) -> tuple[float, float]:
        """Order by its middle."""
        return self.at

    def _placed(self) -> tuple[Points, Points]:
        return self.mesh.placed(self.at, radians(self.turn))

    def cast(self, ground: Ground) -> None:
        """Throw the shadow of each face."""
        if not self.shadow:
            return
        points, _ = self._placed()
        for face in self.mesh.faces:
            ground.shadow(points[list(face.corners)])

    def paint(self, scenery: Scenery) -> None:
        """Draw it, and note which pixels it hides."""
        view = scenery.view
        outlines = self.outlines(view)
        if outlines is None:
            return
        draw_mesh(scenery.layer, self.mesh, self._placed(), view, scenery.light)
        for pixels in outlines[0]:
            scenery.hide(pixels, outlines[1])

    def outlines(self, view: View) -> tuple[list[Points], float] | None:
        """Give its faces in the picture, and how far away it is noted to stand; None when it is too near to be drawn."""
        points, _ = self._placed()
        if view.camera_space(points)[:, 2].min() < 0.5:
            return None
        pixels, _ = view.project(points)
        middle = points.mean(axis=0)
        near = float(view.camera_space(np.array([[middle[0], middle[1], 0.0]]))[0, 2])
        return [pixels[list(face.corners)] for face in self.mesh.faces], near


def parked(look: Look, at: tuple[float, float], turn: float) -> Standing:
    """Park a vehicle."""
    return Standing(mesh_of(look), at, turn, kind=look.kind)


def _post(solid: Solid, at: tuple[float, float], z: tuple[float, float], half: float, colour: Colour) -> None:
    (x, y), (low, high) = at, z
    solid.box((x - half, y - half, low), (x + half, y + half, high), colour, 1)


def lamp(at: tuple[float, float], turn: float, height: float = 7.0, arm: float = 1.6) -> Standing:
    """Put up a street lamp whose arm points along `turn`."""
    solid = Solid()
    _post(solid, (0, 0), (0, 0.9), 0.10, IRON)
    _post(solid, (0, 0), (0.9, height), 0.06, STEEL)
    solid.box((0, -0.04, height - 0.1), (arm, 0.04, height), STEEL, 2)
    solid.box((arm - 0.5, -0.13, height - 0.06), (arm + 0.2, 0.13, height + 0.08), lit(STEEL, 1.2), 3)
    low = height - 0.07
    solid.face([(arm - 0.5, -0.11, low), (arm - 0.5, 0.11, low), (arm + 0.2, 0.11, low), (arm + 0.2, -0.11, low)], LED, 4, glow=True)
    for y in (-0.135, 0.135):
        side = [(arm - 0.45, y, low), (arm + 0.15, y, low), (arm + 0.15, y, low + 0.05), (arm - 0.45, y, low + 0.05)]
        solid.face(side if y < 0 else side[::-1], LED, 4, glow=True)
    return Standing(solid.finish(), at, turn, lamps=(Lamp((arm - 0.15, 0.0, low), down=True),))


def lantern(at: tuple[float, float]) -> Standing:
    """Put up an old-fashioned lantern for a pedestrian street."""
    solid = Solid()
    _post(solid, (0, 0), (0, 0.6), 0.14, IRON)
    _post(solid, (0, 0), (0.6, 3.4), 0.05, IRON)
    solid.box((-0.5, -0.03, 3.1), (0.5, 0.03, 3.17), IRON, 2)
    for x in (-0.5, 0.5):
        solid.box((x - 0.13, -0.13, 3.15), (x + 0.13, 0.13, 3.5), (200, 226, 236), 3, glow=True)
        solid.box((x - 0.17, -0.17, 3.5), (x + 0.17, 0.17, 3.58), IRON, 4)
    return Standing(solid.finish(), at, lamps=(Lamp((0.0, 0.0, 3.3), 0.5, (0.45, 0.74, 1.0)),))


def sign(at: tuple[float, float], turn: float, shape: str) -> Standing:
    """Put up a road sign facing `turn`: crossing, stop, yield, parking or bus."""
    solid = Solid()
    _post(solid, (0, 0), (0, 2.9), 0.035, STEEL)
    plates: dict[str, tuple[int, Colour, Colour]] = {
        "crossing": (4, (170, 90, 20), (240, 240, 240)),
        "stop": (8, (40, 30, 190), (40, 30, 190)),
        "yield": (3, (40, 30, 200), (240, 240, 240)),
        "parking": (4, (170, 90, 20), (170, 90, 20)),
        "bus": (4, (170, 90, 20), (240, 240, 240)),
        "no_entry": (20, (40, 30, 200), (40, 30, 200)),
    }
    corners, outer, inner = plates[shape]

    def ring(x: float, size: float) -> list[Corner]:
        begin = {3: -pi / 2, 4: pi / 4, 8: pi / 8}.get(corners, 0.0)
        angles = [begin + 2 * pi * k / corners for k in range(corners)]
        return [(x, size * cos(angle), 2.55 + size * sin(angle)) for angle in angles]

    solid.face(ring(0.05, 0.42), outer, 2)
    solid.face(ring(0.06, 0.25), inner, 3)
    if shape in {"stop", "no_entry"}:
        solid.face([(0.07, -0.26, 2.48), (0.07, 0.26, 2.48), (0.07, 0.26, 2.62), (0.07, -0.26, 2.62)], (240, 240, 240), 4)
    if shape == "parking":
        solid.face([(0.07, -0.02, 2.35), (0.07, 0.06, 2.35), (0.07, 0.06, 2.75), (0.07, -0.02, 2.75)], (240, 240, 240), 4)
        solid.face([(0.07, -0.12, 2.55), (0.07, 0.0, 2.55), (0.07, 0.0, 2.75), (0.07, -0.12, 2.75)], (240, 240, 240), 4)
    back = [(x - 0.03, -y, z) for x, y, z in ring(0.05, 0.42)]
    solid.face(back, (150, 150, 150), 1)
    return Standing(solid.finish(), at, turn)


def traffic_light(at: tuple[float, float], turn: float, *, green: bool) -> Standing:
    """Put up traffic lights facing `turn`; they do not change within a loop."""
    solid = Solid()
    _post(solid, (0, 0), (0, 2.4), 0.06, (60, 110, 60))
    solid.box((-0.12, -0.16, 2.3), (0.12, 0.16, 3.2), IRON, 2)
    lamps = ((3.03, (50, 40, 240)), (2.76, (60, 190, 240)), (2.49, (110, 230, 90)))
    for index, (z, colour) in enumerate(lamps):
        on = index == (2 if green else 0)
        ring: list[Corner] = [(0.13, 0.1 * cos(k * pi / 4), z + 0.1 * sin(k * pi / 4)) for k in range(8)]
        solid.face(ring, colour if on else (40, 44, 46), 3, bare=on, glow=on)
    return Standing(solid.finish(), at, turn)


def bench(at: tuple[float, float], turn: float) -> Standing:
    """Put a bench; one sits looking along `turn`."""
    solid = Solid()
    for y in (-0.75, 0.75):
        solid.box((-0.22, y - 0.04, 0), (0.22, y + 0.04, 0.42), IRON, 1)
        solid.box((-0.26, y - 0.04, 0.42), (-0.2, y + 0.04, 0.9), IRON, 1)
    for k in range(3):
        solid.box((-0.2 + k * 0.15, -0.9, 0.42), (-0.08 + k * 0.15, 0.9, 0.46), WOOD, 2)
    for k in range(2):
        solid.box((-0.24, -0.9, 0.56 + k * 0.18), (-0.2, 0.9, 0.69 + k * 0.18), WOOD, 3)
    return Standing(solid.finish(), at, turn)


def bin_(at: tuple[float, float]) -> Standing:
    """Put a litter bin."""
    solid = Solid()
    solid.box((-0.2, -0.2, 0.1), (0.2, 0.2, 0.85), (70, 96, 60), 1)
    solid.box((-0.23, -0.23, 0.85), (0.23, 0.23, 0.92), IRON, 2)
    return Standing(solid.finish(), at)


def bollards(a: tuple[float, float], b: tuple[float, float], count: int) -> list[Standing]:
    """Put a row of bollards."""
    solid = Solid()
    solid.box((-0.07, -0.07, 0), (0.07, 0.07, 0.8), IRON, 1)
    solid.box((-0.075, -0.075, 0.6), (0.075, 0.075, 0.7), (220, 222, 224), 2)
    mesh = solid.finish()
    shares = [k / max(count - 1, 1) for k in range(count)]
    return [Standing(mesh, (a[0] + (b[0] - a[0]) * s, a[1] + (b[1] - a[1]) * s)) for s in shares]


def kiosk(at: tuple[float, float], turn: float, colour: Colour) -> Standing:
    """Put a kiosk whose counter faces `turn`."""
    solid = Solid()
    solid.box((-1.1, -1.5, 0), (1.1, 1.5, 2.4), colour, 1)
    solid.box((-1.35, -1.7, 2.4), (1.5, 1.7, 2.65), lit(colour, 0.7), 2)
    solid.face([(1.11, -1.25, 1.0), (1.11, 1.25, 1.0), (1.11, 1.25, 2.05), (1.11, -1.25, 2.05)], (64, 54, 46), 3, gloss=0.3)
    for k in range(6):
        y = -1.2 + k * 0.42
        tone: Colour = ((60, 60, 180), (60, 170, 220), (90, 150, 70), (180, 120, 60), (200, 200, 210), (110, 60, 140))[k]
        solid.face([(1.12, y, 1.05), (1.12, y + 0.32, 1.05), (1.12, y + 0.32, 1.45), (1.12, y, 1.45)], tone, 4)
    solid.box((1.1, -1.4, 0.92), (1.45, 1.4, 0.98), (190, 196, 200), 5)
    for side in (-1, 1):
        y = 1.51 * side
        window = [(-0.7, y, 1.1), (0.7, y, 1.1), (0.7, y, 2.0), (-0.7, y, 2.0)]
        solid.face(window if side < 0 else window[::-1], (70, 58, 50), 3, gloss=0.25)
    return Standing(solid.finish(), at, turn)


def stall(at: tuple[float, float], turn: float, colour: Colour, goods: tuple[Colour, ...]) -> Standing:
    """Put a market stall with a striped roof and crates of goods."""
    solid = Solid()
    for x in (-0.9, 0.9):
        for y in (-1.4, 1.4):
            _post(solid, (x, y), (0, 2.15), 0.035, STEEL)
    solid.box((-0.75, -1.35, 0), (0.75, 1.35, 0.78), (92, 118, 140), 2)
    for row in range(2):
        for column in range(5):
            y = -1.2 + column * 0.5
            x = -0.1 + row * 0.42
            tone = goods[(row * 5 + column) % len(goods)]
            solid.box((x - 0.16, y - 0.2, 0.78), (x + 0.16, y + 0.2, 0.9), (96, 128, 156), 3)
            solid.box((x - 0.13, y - 0.17, 0.86), (x + 0.13, y + 0.17, 0.98), tone, 4)
    stripes = 8
    for stripe in range(stripes):
        y0, y1 = -1.6 + 3.2 * stripe / stripes, -1.6 + 3.2 * (stripe + 1) / stripes
        tone = colour if stripe % 2 else (226, 230, 232)
        solid.face([(1.3, y0, 2.05), (1.3, y1, 2.05), (0, y1, 2.6), (0, y0, 2.6)], tone, 6)
        solid.face([(0, y0, 2.6), (0, y1, 2.6), (-1.3, y1, 2.05), (-1.3, y0, 2.05)], tone, 6)
        solid.face([(1.3, y0, 1.85), (1.3, y1, 1.85), (1.3, y1, 2.05), (1.3, y0, 2.05)], lit(tone, 0.9), 6)
    return Standing(solid.finish(), at, turn)


def parasol(at: tuple[float, float], colour: Colour) -> Standing:
    """Put a café table with four chairs below a parasol."""
    solid = Solid()
    _post(solid, (0, 0), (0, 2.3), 0.03, STEEL)
    for x, y in ((0.75, 0), (-0.75, 0), (0, 0.75), (0, -0.75)):
        solid.box((x - 0.2, y - 0.2, 0.40), (x + 0.2, y + 0.2, 0.46), lit(WOOD, 0.9), 1)
        solid.box(
            (x * 1.22 - 0.2 * (y != 0), y * 1.22 - 0.2 * (x != 0), 0.46),
            (x * 1.22 + 0.2 * (y != 0) + 0.03, y * 1.22 + 0.2 * (x != 0) + 0.03, 0.9),
            WOOD,
            1,
        )
        _post(solid, (x, y), (0, 0.4), 0.03, IRON)
    solid.box((-0.4, -0.4, 0.7), (0.4, 0.4, 0.74), (200, 206, 210), 2)
    for k in range(8):
        a, b = (2 * pi * (k + d) / 8 for d in (0, 1))
        rim = [(1.5 * cos(t), 1.5 * sin(t), 2.15) for t in (a, b)]
        solid.face([rim[0], rim[1], (0.0, 0.0, 2.65)], colour if k % 2 else lit(colour, 1.25), 4)
    return Standing(solid.finish(), at)


def shelter(at: tuple[float, float], turn: float) -> Standing:
    """Put a bus shelter, open towards `turn`."""
    solid = Solid()
    for y in (-2.0, 0.0, 2.0):
        _post(solid, (-0.6, y), (0, 2.4), 0.04, STEEL)
    for y in (-2.0, 2.0):
        _post(solid, (0.6, y), (0, 2.4), 0.04, STEEL)
    solid.box((-0.6, -1.8, 0.42), (-0.25, 1.8, 0.48), WOOD, 2)
    solid.face([(-0.58, -2.0, 0.25), (-0.58, 2.0, 0.25), (-0.58, 2.0, 2.2), (-0.58, -2.0, 2.2)], (168, 160, 148), 1, gloss=0.2)
    solid.face([(-0.57, 1.15, 0.6), (-0.57, 1.9, 0.6), (-0.57, 1.9, 2.0), (-0.57, 1.15, 2.0)], (60, 120, 190), 2)
    solid.box((-0.85, -2.2, 2.4), (0.95, 2.2, 2.55), (120, 84, 50), 3)
    return Standing(solid.finish(), at, turn)


def railing(a: tuple[float, float], b: tuple[float, float], colour: Colour = IRON, height: float = 1.05) -> list[Standing]:
    """Put a railing in pieces of about 3 m, so that each piece has its own distance."""
    length = float(np.hypot(b[0] - a[0], b[1] - a[1]))
    count = max(1, round(length / 3))
    turn = float(np.degrees(np.arctan2(b[1] - a[1], b[0] - a[0])))
    each = length / count
    solid = Solid()
    solid.box((-each / 2, -0.03, height - 0.06), (each / 2, 0.03, height), colour, 2)
    solid.box((-each / 2, -0.02, 0.12), (each / 2, 0.02, 0.17), colour, 2)
    _post(solid, (-each / 2, 0), (0, height + 0.06), 0.05, colour)
    for k in range(1, int(each / 0.22)):
        x = -each / 2 + k * 0.22
        solid.box((x - 0.012, -0.012, 0.17), (x + 0.012, 0.012, height - 0.06), colour, 1)
    mesh = solid.finish()
    middle = [((k + 0.5) / count) for k in range(count)]
    return [Standing(mesh, (a[0] + (b[0] - a[0]) * s, a[1] + (b[1] - a[1]) * s), turn) for s in middle]


def boat(at: tuple[float, float], turn: float, colour: Colour, length: float = 9.0) -> Standing:
    """Moor a small boat with a cabin."""
    solid = Solid()
    half, bow = length / 2, length / 2 + 1.4
    rim = [(-half, 1.3), (half * 0.5, 1.45), (bow, 0.0)]
    for (x0, y0), (x1, y1) in pairwise(rim):
        solid.mirrored([(x1, y1 * 0.8, -0.4), (x0, y0 * 0.8, -0.4), (x0, y0, 0.9), (x1, y1, 1.0)], colour, 1)
        solid.mirrored([(x1, y1, 0.9), (x0, y0, 0.75), (x0, y0, 0.9), (x1, y1, 1.02)], (235, 236, 238), 2)
    solid.face([(-half, 1.05, -0.4), (-half, -1.05, -0.4), (-half, -1.3, 0.9), (-half, 1.3, 0.9)], colour, 1)
    solid.face(
        [(-half, -1.3, 0.88), (half * 0.5, -1.45, 0.9), (bow, 0, 1.0), (half * 0.5, 1.45, 0.9), (-half, 1.3, 0.88)], (110, 150, 180), 2
    )
    solid.box((-half * 0.4, -0.9, 0.9), (half * 0.45, 0.9, 2.3), (232, 234, 235), 3)
    solid.box((-half * 0.45, -1.0, 2.3), (half * 0.5, 1.0, 2.42), lit(colour, 0.9), 4)
    solid.mirrored(
        [(half * 0.4, 0.91, 1.5), (-half * 0.35, 0.91, 1.5), (-half * 0.35, 0.91, 2.1), (half * 0.4, 0.91, 2.1)], (66, 54, 46), 4, gloss=0.3
    )
    solid.face(
        [(half * 0.46, -0.8, 1.5), (half * 0.46, 0.8, 1.5), (half * 0.46, 0.8, 2.1), (half * 0.46, -0.8, 2.1)], (66, 54, 46), 4, gloss=0.3
    )
    _post(solid, (-half * 0.2, 0), (2.4, 4.6), 0.04, STEEL)
    return Standing(solid.finish(), at, turn, shadow=False, kind="boat")


@dataclass(frozen=True)
class Block:
    """A plain box: walls, steps, planters, bridge parapets, barrier. `low` and `high` are opposite corners in world axes."""

    low: Corner
    high: Corner
    colour: Colour

    def place(self) -> tuple[float, float]:
        """Order by the middle."""
        return (self.low[0] + self.high[0]) / 2, (self.low[1] + self.high[1]) / 2

    def cast(self, ground: Ground) -> None:
        """Throw its shadow."""
        (x0, y0, _), (x1, y1, z) = self.low, self.high
        ground.shadow(np.array([(x, y, h) for x in (x0, x1) for y in (y0, y1) for h in (0.0, z)]))

    def paint(self, scenery: Scenery) -> None:
        """Draw it in pieces along its longer side."""
        along = 0 if self.high[0] - self.low[0] >= self.high[1] - self.low[1] else 1
        span = self.high[along] - self.low[along]
        count = max(1, int(span / 4))
        solids = []
        for piece in range(count):
            low, high = list(self.low), list(self.high)
            low[along] = self.low[along] + span * piece / count
            high[along] = self.low[along] + span * (piece + 1) / count
            solid = Solid()
            solid.box((low[0], low[1], low[2]), (high[0], high[1], high[2]), self.colour, 1)
            solids.append(Standing(solid.finish(), (0.0, 0.0)))
        eye = np.asarray(scenery.view.position)
        for each in sorted(solids, key=lambda one: -float(np.linalg.norm(one.mesh.points.mean(axis=0) - eye))):
            each.paint(scenery)
