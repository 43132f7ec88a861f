"""Motorcycles, scooters and bicycles: measures by family, and the solid part of them."""

from __future__ import annotations

from dataclasses import dataclass

from citysquare.simulator.drawing.layer import Colour, lit
from citysquare.simulator.drawing.mesh import Corner
from citysquare.simulator.drawing.vehicles.parts import CHROME, DARK, LAMP, REAR, TYRE, Frame, ring


@dataclass(frozen=True, slots=True)
class Ride:
    """Measures of a two-wheeler, metres: axles, wheels' radius, where its rider sits, holds on and puts the feet, lamps and plate."""

    body: str
    length: float
    width: float
    axles: tuple[float, float]
    radius: float
    seat: Corner
    grip: Corner
    foot: Corner
    lamp: Corner = (0.6, 0.0, 0.9)
    tail_lamp: Corner = (-0.8, 0.0, 0.65)
    plate: tuple[float, float] = (0.98, 0.6)
    crank: float = 0.0
    basket: bool = False


def _bicycle(
    length: float, radius: float, seat: tuple[float, float], grip: tuple[float, float, float], *, basket: bool = False, step: bool = False
) -> Ride:
    reach = length / 2 - radius
    return Ride(
        "step-through" if step else "diamond",
        length,
        0.6,
        (-reach, reach),
        radius,
        (seat[0], 0.0, seat[1]),
        (grip[0], grip[1], grip[2]),
        (-0.05, 0.1, 0.29),
        (reach - 0.02, 0.0, 0.82),
        (-reach - 0.1, 0.0, 0.72),
        crank=0.17,
        basket=basket,
    )


def _motorcycle(
    body: str, length: float, radius: float, seat: tuple[float, float], grip: tuple[float, float, float], foot: tuple[float, float, float]
) -> Ride:
    end = length / 2
    return Ride(
        body,
        length,
        0.8,
        (-end + radius, end - radius),
        radius,
        (seat[0], 0.0, seat[1]),
        grip,
        foot,
        (end - radius * 1.15, 0.0, grip[2] - 0.10),
        (-end + 0.12, 0.0, seat[1] - 0.02),
        (end + 0.01, seat[1] - 0.20),
    )


RIDES: dict[str, dict[str, dict[str, Ride]]] = {
    "show": {
        "bicycle": {
            "bicycle": _bicycle(1.78, 0.34, (-0.22, 0.95), (0.44, 0.24, 1.04)),
            "town bicycle": _bicycle(1.80, 0.34, (-0.26, 0.92), (0.34, 0.27, 1.10), basket=True, step=True),
        },
        "motorcycle": {
            "motorcycle": _motorcycle("naked", 2.06, 0.31, (-0.22, 0.80), (0.40, 0.34, 1.06), (-0.12, 0.17, 0.40)),
            "scooter": _motorcycle("scooter", 1.86, 0.24, (-0.34, 0.78), (0.46, 0.30, 1.04), (0.16, 0.14, 0.30)),
        },
    },
    "train": {
        "bicycle": {
            "train bicycle": _bicycle(1.74, 0.33, (-0.20, 0.93), (0.48, 0.22, 0.98)),
            "train town bicycle": _bicycle(1.84, 0.35, (-0.30, 0.96), (0.30, 0.28, 1.14), step=True),
        },
        "motorcycle": {
            "train motorcycle": _motorcycle("tourer", 2.20, 0.33, (-0.28, 0.84), (0.36, 0.38, 1.12), (-0.04, 0.18, 0.42)),
            "train scooter": _motorcycle("scooter", 1.78, 0.22, (-0.30, 0.76), (0.44, 0.28, 1.00), (0.18, 0.13, 0.28)),
        },
    },
    "test": {
        "bicycle": {
            "test bicycle": _bicycle(1.82, 0.35, (-0.24, 0.98), (0.42, 0.26, 1.02)),
            "test town bicycle": _bicycle(1.72, 0.32, (-0.24, 0.88), (0.36, 0.25, 1.06), basket=True, step=True),
        },
        "motorcycle": {
            "test motorcycle": _motorcycle("naked", 1.98, 0.30, (-0.18, 0.82), (0.44, 0.32, 1.00), (-0.20, 0.16, 0.44)),
            "test scooter": _motorcycle("scooter", 1.94, 0.26, (-0.38, 0.80), (0.44, 0.32, 1.08), (0.12, 0.15, 0.32)),
        },
    },
}


def build_ride(frame: Frame, s: Ride, colour: Colour, accent: Colour) -> None:
    """Build what is solid of a two-wheeler; a bicycle's thin parts are drawn as lines."""
    if s.crank:
        _thin(frame, s, colour)
        return
    _wheels(frame, s)
    if s.body == "scooter":
        _scooter(frame, s, colour)
    else:
        _motor(frame, s, colour, accent)


def _thin(frame: Frame, s: Ride, colour: Colour) -> None:
    """Give a bicycle the few faces its shadow and its outline are made from."""
    for x in s.axles:
        frame.mirrored(ring(x, 0.012, s.radius, s.radius, 12), TYRE, 0)
    frame.box((s.seat[0] - 0.12, -0.08, s.seat[2] - 0.04), (s.seat[0] + 0.14, 0.08, s.seat[2]), DARK, 1)
    frame.face([(s.grip[0], -s.grip[1], s.grip[2]), (s.grip[0], s.grip[1], s.grip[2]), (s.axles[1], 0.0, s.radius)], colour, 1)


def _wheels(frame: Frame, s: Ride) -> None:
    for x in s.axles:
        half = 0.06
        inner, outer = ring(x, -half, s.radius, s.radius, 18), ring(x, half, s.radius, s.radius, 18)
        for k in range(len(inner)):
            n = (k + 1) % len(inner)
            frame.face([outer[n], inner[n], inner[k], outer[k]], TYRE, 1)
        frame.mirrored(outer, TYRE, 1)
        frame.mirrored(ring(x, half + 0.004, s.radius, s.radius * 0.66), lit(CHROME, 0.8), 2)
        frame.mirrored(ring(x, half + 0.006, s.radius, s.radius * 0.52), lit(DARK, 1.6), 2)


def _slab(frame: Frame, outline: list[tuple[float, float]], half: float, colour: Colour, group: int, gloss: float = 0.1) -> None:
    """Add a body given by its side view (x, z), counter-clockwise seen from the left, `half` metres to each side."""
    frame.mirrored([(x, half, z) for x, z in outline], colour, group, gloss=gloss)
    for (ax, az), (bx, bz) in zip(outline, [*outline[1:], outline[0]], strict=True):
        frame.face([(ax, half, az), (ax, -half, az), (bx, -half, bz), (bx, half, bz)], colour, group, gloss=gloss)


def _front(frame: Frame, s: Ride, colour: Colour) -> None:
    """Add fork, handlebar, lamps and mudguards."""
    x, r = s.axles[1], s.radius
    _slab(
        frame,
        [(x + 0.03, r), (x - 0.03, r), (s.grip[0] - 0.02, s.grip[2] - 0.06), (s.grip[0] + 0.05, s.grip[2] - 0.06)],
        0.07,
        lit(CHROME, 0.7),
        3,
    )
    frame.box((s.grip[0] - 0.03, -s.grip[1], s.grip[2] - 0.03), (s.grip[0] + 0.02, s.grip[1], s.grip[2] + 0.01), DARK, 5)
    lx, _, lz = s.lamp
    frame.box((lx - 0.1, -0.09, lz - 0.09), (lx, 0.09, lz + 0.09), lit(colour, 0.8), 5, 0.1)
    frame.face(
        [(lx + 0.004, -0.07, lz - 0.07), (lx + 0.004, 0.07, lz - 0.07), (lx + 0.004, 0.07, lz + 0.07), (lx + 0.004, -0.07, lz + 0.07)],
        LAMP,
        6,
        bare=True,
    )
    _slab(frame, [(x + r * 0.8, r * 1.5), (x - r * 0.8, r * 1.6), (x - r * 0.4, r * 2.12), (x + r * 0.35, r * 2.1)], 0.075, colour, 3)
    tx, _, tz = s.tail_lamp
    frame.face(
        [(tx - 0.06, 0.07, tz - 0.05), (tx - 0.06, -0.07, tz - 0.05), (tx - 0.06, -0.07, tz + 0.03), (tx - 0.06, 0.07, tz + 0.03)], REAR, 6
    )
    for sign in (1, -1):
        y = s.grip[1] * 0.85 * sign
        low, high = sorted((y, y + 0.12 * sign))
        frame.box((s.grip[0] - 0.01, low, s.grip[2] + 0.08), (s.grip[0] + 0.02, high, s.grip[2] + 0.16), DARK, 6)


def _motor(frame: Frame, s: Ride, colour: Colour, accent: Colour) -> None:
    rear, front, r = s.axles[0], s.axles[1], s.radius
    sx, sz = s.seat[0], s.seat[2]
    _slab(
        frame, [(front - r * 1.5, 0.34), (rear + r * 1.1, 0.30), (rear + r * 1.1, 0.58), (front - r * 1.3, 0.66)], 0.15, lit(DARK, 1.5), 2
    )
    _slab(frame, [(rear + r * 1.4, 0.36), (rear - r * 0.6, 0.42), (rear - r * 0.6, 0.54), (rear + r * 1.4, 0.46)], 0.20, CHROME, 3, 0.3)
    tank = [
        (front - r * 1.4, sz - 0.12),
        (sx + 0.16, sz - 0.10),
        (sx + 0.18, sz + 0.06),
        (sx + 0.34, sz + 0.20),
        (front - r * 1.7, sz + 0.18),
    ]
    _slab(frame, tank, 0.15, colour, 4, 0.25)
    _slab(
        frame,
        [(sx + 0.2, sz - 0.10), (-s.length / 2 + 0.14, sz - 0.02), (-s.length / 2 + 0.1, sz + 0.08), (sx + 0.18, sz + 0.02)],
        0.12,
        DARK,
        4,
    )
    _slab(
        frame,
        [(sx + 0.05, sz - 0.22), (-s.length / 2 + 0.16, sz - 0.08), (-s.length / 2 + 0.12, sz - 0.01), (sx + 0.1, sz - 0.09)],
        0.13,
        accent,
        3,
        0.2,
    )
    _front(frame, s, colour)
    if s.body == "tourer":
        gx, gz = s.grip[0], s.grip[2]
        frame.face(
            [(gx + 0.28, -0.2, gz - 0.06), (gx + 0.28, 0.2, gz - 0.06), (gx + 0.12, 0.16, gz + 0.28), (gx + 0.12, -0.16, gz + 0.28)],
            (200, 190, 180),
            6,
            gloss=0.4,
        )
        _slab(
            frame,
            [(front - r * 0.2, gz - 0.34), (front - r * 1.6, 0.6), (front - r * 1.5, gz - 0.1), (front - r * 0.4, gz - 0.02)],
            0.19,
            colour,
            4,
            0.25,
        )
        frame.box((-s.length / 2 + 0.02, -0.24, sz + 0.02), (-s.length / 2 + 0.40, 0.24, sz + 0.30), accent, 5, 0.1)


def _scooter(frame: Frame, s: Ride, colour: Colour) -> None:
    rear, front, r = s.axles[0], s.axles[1], s.radius
    sx, sz = s.seat[0], s.seat[2]
    _slab(
        frame, [(sx + 0.30, 0.30), (rear - r * 0.7, 0.36), (-s.length / 2 + 0.08, sz - 0.12), (sx + 0.26, sz - 0.10)], 0.19, colour, 3, 0.22
    )
    _slab(frame, [(front - r * 0.9, 0.22), (sx + 0.2, 0.22), (sx + 0.2, 0.32), (front - r * 0.9, 0.32)], 0.17, lit(colour, 0.7), 2)
    _slab(
        frame,
        [(sx + 0.30, sz - 0.11), (-s.length / 2 + 0.10, sz - 0.10), (-s.length / 2 + 0.12, sz + 0.02), (sx + 0.28, sz)],
        0.16,
        DARK,
        4,
    )
    gx, gz = s.grip[0], s.grip[2]
    _slab(frame, [(front - r * 0.5, 0.26), (front - r * 1.3, 0.28), (gx - 0.08, gz - 0.10), (gx + 0.06, gz - 0.10)], 0.2, colour, 3, 0.22)
    _front(frame, s, colour)
