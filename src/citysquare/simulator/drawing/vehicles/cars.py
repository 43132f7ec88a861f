"""Bodies of cars: a skin over cross-sections, a cabin with panes, and what makes a car a car from forty metres away."""

from __future__ import annotations

from citysquare.simulator.drawing.layer import Colour, lit
from citysquare.simulator.drawing.mesh import Corner
from citysquare.simulator.drawing.vehicles.parts import (
    AMBER,
    CHROME,
    DARK,
    GLASS,
    LAMP,
    REAR,
    Frame,
    across,
    add_wheels,
    hull,
    mirrors,
    seam,
    side,
    windscreen,
)
from citysquare.simulator.drawing.vehicles.shapes import Shape


def build_car(frame: Frame, s: Shape, colour: Colour) -> None:
    """Build a car."""
    end, w = s.length / 2, s.width / 2
    deck = s.belt + s.tail
    tail = (
        (-end, 0.80, deck - 0.20, 0.14),
        (-end + 0.07, 0.90, deck - 0.05, 0.06),
        (-end + 0.24, 0.965, deck, 0.02),
    )
    bonnet = (s.belt + s.nose) / 2 + 0.05
    front = (
        (s.cabin[3] - 0.05, 0.995, s.belt - 0.02, 0.0),
        ((s.cabin[3] + end) / 2, 0.975, bonnet, 0.0),
        (end - 0.34, 0.93, s.nose + 0.06, 0.0),
        (end - 0.13, 0.86, s.nose - 0.02, 0.03),
        (end - 0.03, 0.76, s.nose - 0.12, 0.06),
        (end, 0.66, s.nose - 0.24, 0.10),
    )
    profile = (*tail, (s.cabin[0] + 0.1, 1.0, s.belt + s.tail * 0.5, 0.0), (-0.1, 1.0, s.belt, 0.0), *front)
    rows = [_section(x, w * k, top, s.low + lift, s.belt) for x, k, top, lift in profile]
    hull(frame, rows, colour, 0.2, DARK if s.trim else lit(colour, 0.72))
    if s.bed:
        _bed(frame, s, colour)
    _cabin(frame, s, colour)
    _ends(frame, s)
    _sides(frame, s, colour)
    add_wheels(frame, s.wheels, s.width, s.radius, s.spokes)


def _section(x: float, w: float, top: float, low: float, belt: float) -> list[Corner]:
    high = min(top, belt)
    return [
        (x, w * 0.93, low),
        (x, w * 0.985, low + 0.12),
        (x, w, low + (high - low) * 0.48),
        (x, w * 0.975, top - (top - low) * 0.20),
        (x, w * 0.90, top - 0.035),
        (x, w * 0.74, top + 0.005),
        (x, 0.0, top + 0.03),
    ]


def _bed(frame: Frame, s: Shape, colour: Colour) -> None:
    """Open a pick-up's bed: a dark floor seen from above, with the rim in the body's colour around it."""
    rear, fore, w, z = -s.length / 2 + 0.12, s.cabin[0] - 0.05, s.width / 2 * 0.86, s.belt + 0.06
    frame.box((rear, -w - 0.06, s.belt - 0.1), (fore, w + 0.06, z), colour, 1, 0.2)
    frame.face([(rear + 0.06, -w, z + 0.002), (fore, -w, z + 0.002), (fore, w, z + 0.002), (rear + 0.06, w, z + 0.002)], lit(DARK, 1.3), 2)


def _cabin(frame: Frame, s: Shape, colour: Colour) -> None:
    w, top = s.width / 2 * 0.885, s.width / 2 * 0.665
    x0, x1, x2, x3 = s.cabin
    low, high, crown = s.belt - 0.03, s.height - 0.075, s.height
    frame.face([(x3, -w, low), (x3, w, low), (x2, top, high), (x2, -top, high)], colour, 6, gloss=0.2)
    frame.face([(x0, w, low), (x0, -w, low), (x1, -top, high), (x1, top, high)], colour, 6, gloss=0.2)
    frame.mirrored([(x3, w, low), (x0, w, low), (x1, top, high), (x2, top, high)], colour, 6, gloss=0.16)
    fore, back, inner = x2 - 0.32, x1 + 0.24, top * 0.82
    frame.face([(x2, -top, high), (x2, top, high), (fore, inner, crown), (fore, -inner, crown)], colour, 6, gloss=0.3)
    frame.face([(fore, -inner, crown), (fore, inner, crown), (back, inner, crown), (back, -inner, crown)], colour, 6, gloss=0.34)
    frame.mirrored([(x2, top, high), (x1, top, high), (back, inner, crown), (fore, inner, crown)], colour, 6, gloss=0.28)
    frame.face([(x1, top, high), (x1, -top, high), (back, -inner, crown), (back, inner, crown)], colour, 6, gloss=0.3)

    def place(along: float, up: float) -> Corner:
        """Find a point of the side: along from the rear (0) to the front (1), up from the belt (0) to the roof (1)."""
        rear, fore = x0 + (x1 - x0) * up, x3 + (x2 - x3) * up
        return (rear + (fore - rear) * along, w + (top - w) * up + 0.008, low + (high - low) * up)

    first, last = s.panes[0][0] - 0.012, s.panes[-1][1] + 0.012
    frame.mirrored([place(last, 0.10), place(first, 0.10), place(first, 0.96), place(last, 0.96)], lit(DARK, 0.9), 7)
    for a, b in s.panes:
        frame.mirrored([place(b, 0.15), place(a, 0.15), place(a, 0.91), place(b, 0.91)], GLASS, 8, gloss=0.3)
    t = 0.92

    def screen(bottom: float, upper: float, forward: float, span: tuple[float, float]) -> list[Corner]:
        (xa, za, ya), (xb, zb, yb) = (
            (bottom + (upper - bottom) * share, low + (high - low) * share, w + (top - w) * share) for share in span
        )
        return [(xa + forward, -ya * t, za), (xa + forward, ya * t, za), (xb + forward, yb * t, zb), (xb + forward, -yb * t, zb)]

    windscreen(frame, screen(x3, x2, 0.012, (0.05, 0.97)), 7)
    frame.face([(x, -y, z) for x, y, z in screen(x0, x1, -0.012, (0.14, 0.93))], GLASS, 7, gloss=0.36)
    if s.rails:
        for y in (top * 0.9,):
            frame.mirrored(
                [(x2 - 0.3, y, crown), (x1 + 0.2, y, crown), (x1 + 0.2, y, crown + 0.05), (x2 - 0.3, y, crown + 0.05)], CHROME, 8
            )


def _ends(frame: Frame, s: Shape) -> None:
    end, w = s.length / 2, s.width / 2
    x, low, high = end + 0.012, s.nose - 0.27, s.nose - 0.11
    frame.mirrored(
        [
            (x, w * 0.40, low + 0.03),
            (x - 0.03, w * 0.66, low),
            (x - 0.16, w * 0.86, low + 0.05),
            (x - 0.34, w * 0.935, high + 0.07),
            (x - 0.13, w * 0.80, high + 0.03),
            (x - 0.02, w * 0.42, high - 0.03),
        ],
        LAMP,
        2,
        bare=True,
    )
    across(frame, x, w * 0.39, (low + 0.02, high - 0.03), DARK)
    for share in (0.3, 0.65):
        z = low + 0.02 + (high - low - 0.05) * share
        across(frame, x + 0.002, w * 0.37, (z - 0.008, z + 0.008), lit(CHROME, 0.7), group=3)
    frame.face(
        [(x, -w * 0.62, s.low + 0.11), (x, w * 0.62, s.low + 0.11), (x, w * 0.56, s.low + 0.24), (x, -w * 0.56, s.low + 0.24)], DARK, 2
    )
    z = s.belt + s.tail - 0.14
    frame.mirrored(
        [
            (-x + 0.02, w * 0.76, z - 0.16),
            (-x, w * 0.46, z - 0.12),
            (-x + 0.01, w * 0.46, z + 0.02),
            (-x + 0.08, w * 0.84, z + 0.05),
            (-x + 0.36, w * 0.955, z + 0.01),
            (-x + 0.12, w * 0.90, z - 0.13),
        ],
        REAR,
        2,
    )
    frame.mirrored(
        [(-x + 0.018, w * 0.72, z - 0.12), (-x - 0.002, w * 0.54, z - 0.10), (-x, w * 0.54, z - 0.05), (-x + 0.03, w * 0.74, z - 0.06)],
        AMBER,
        3,
    )
    across(frame, -x, w * 0.34, (z - 0.30, z - 0.12), lit(DARK, 1.5))
    frame.face(
        [(-x, w * 0.74, s.low + 0.08), (-x, -w * 0.74, s.low + 0.08), (-x, -w * 0.70, s.low + 0.21), (-x, w * 0.70, s.low + 0.21)], DARK, 2
    )


def _sides(frame: Frame, s: Shape, colour: Colour) -> None:
    w = s.width / 2
    y = w * 1.003
    trim = DARK if s.trim else lit(colour, 0.5)
    side(frame, (s.wheels[0] + s.radius * 1.1, s.wheels[1] - s.radius * 1.1), y, (s.low + 0.02, s.low + (0.16 if s.trim else 0.07)), trim)
    doors = (s.cabin[3] - 0.16, (s.cabin[0] + s.cabin[3]) / 2 + 0.08, max(s.cabin[0] + 0.52, s.wheels[0] + s.radius + 0.04))
    for x in doors if not s.bed else (*doors[:1], s.cabin[0] + 0.1):
        seam(frame, x, y, (s.low + 0.1, s.belt - 0.06), colour)
    for x in (doors[1] + 0.16, doors[2] + 0.16) if not s.bed else (s.cabin[0] + 0.3,):
        side(frame, (x - 0.09, x + 0.09), y + 0.01, (s.belt - 0.17, s.belt - 0.135), lit(colour, 0.6))
    side(frame, (s.wheels[0], s.wheels[1]), y, (s.belt - 0.115, s.belt - 0.10), lit(colour, 0.8))
    mirrors(frame, (s.cabin[3] - 0.34, w * 0.93, s.belt + 0.02), (0.2, 0.14), lit(colour, 0.85))
