"""Bodies of vans, trucks and buses."""

from __future__ import annotations

from citysquare.simulator.drawing.layer import Colour, lit
from citysquare.simulator.drawing.vehicles.parts import (
    DARK,
    GLASS,
    Frame,
    across,
    add_wheels,
    hull,
    lamps,
    mirrors,
    number,
    seam,
    side,
    windscreen,
)
from citysquare.simulator.drawing.vehicles.shapes import Large

CARGO: Colour = (205, 208, 208)
LED: Colour = (60, 190, 250)


def build_large(frame: Frame, s: Large, colour: Colour, accent: Colour, sign: str) -> None:
    """Build a van, truck or bus; `accent` is a second colour (stripe, tarpaulin), `sign` a bus's route."""
    if s.body == "van":
        _van(frame, s, colour)
    elif s.body == "bus":
        _bus(frame, s, colour, accent, sign)
    else:
        _truck(frame, s, colour, accent)


def _van(frame: Frame, s: Large, colour: Colour) -> None:
    end, w, high = s.length / 2, s.width / 2, s.height
    cowl = end - 0.62
    roof = cowl - s.screen * (high - s.bonnet) / 1.1
    profile = (
        (-end, 0.985, high - 0.10),
        (-end + 0.1, 1.0, high - 0.02),
        (0.0, 1.0, high),
        (roof - 0.28, 0.995, high - 0.01),
        (roof, 0.98, high - 0.12),
        (cowl, 0.97, s.bonnet + 0.08),
        (end - 0.16, 0.93, s.bonnet - 0.12),
        (end - 0.03, 0.86, s.bonnet - 0.26),
        (end, 0.76, s.bonnet - 0.40),
    )
    rows = [
        [
            (x, w * k * 0.95, 0.26),
            (x, w * k, 0.50),
            (x, w * k, min(1.05, top - 0.3)),
            (x, w * k * 0.965, top - (0.16 if top > 1.5 else 0.1)),
            (x, w * k * 0.86, top),
            (x, 0.0, top + 0.03),
        ]
        for x, k, top in profile
    ]
    hull(frame, rows, colour, 0.18, lit(DARK, 1.2))
    z0, z1 = s.bonnet + 0.14, high - 0.20
    x0, x1 = cowl - 0.02, roof + 0.06
    windscreen(frame, [(x0, -w * 0.86, z0), (x0, w * 0.86, z0), (x1, w * 0.79, z1), (x1, -w * 0.79, z1)], 2)
    belt = s.bonnet + 0.06
    frame.mirrored(
        [
            (cowl - 0.28, w * 0.99, belt),
            (roof - 0.72, w * 0.99, belt),
            (roof - 0.72, w * 0.975, z1 - 0.02),
            (roof - 0.06, w * 0.975, z1 - 0.02),
        ],
        GLASS,
        2,
        gloss=0.3,
    )
    if s.glazed:
        rear, fore, count = -end + 0.22, roof - 0.86, s.panes if s.panes < 7 else 4
        step = (fore - rear) / count
        for k in range(count):
            side(frame, (rear + k * step, rear + (k + 1) * step - 0.07), w * 0.985, (belt, z1), GLASS)
    else:
        side(frame, (-end + 0.12, roof - 0.8), w * 1.002, (0.86, 0.92), lit(colour, 0.62))
    for x in (roof - 0.78, roof - 0.78 - 1.15):
        seam(frame, x, w * 1.004, (0.36, high - 0.24), colour)
    for x in (roof - 0.62, roof - 0.95):
        side(frame, (x - 0.08, x + 0.08), w * 1.006, (1.0, 1.04), DARK, group=3)
    across(frame, end + 0.012, w * 0.46, (s.bonnet - 0.52, s.bonnet - 0.36), DARK)
    across(frame, end + 0.012, w * 0.78, (0.28, 0.48), DARK)
    _van_rear(frame, s, colour)
    _van_lamps(frame, s)
    mirrors(frame, (cowl - 0.30, w * 0.97, belt + 0.06), (0.24, 0.30), DARK)
    add_wheels(frame, s.wheels, s.width, s.radius, 6)


def _van_rear(frame: Frame, s: Large, colour: Colour) -> None:
    end, w, high, belt = s.length / 2, s.width / 2, s.height, s.bonnet + 0.06
    across(frame, -end - 0.012, w * 0.8, (belt + 0.06, high - 0.42), GLASS)
    across(frame, -end - 0.014, 0.012, (0.5, high - 0.2), lit(colour, 0.4), group=3)
    across(frame, -end - 0.014, w * 0.95, (0.26, 0.46), DARK)


def _van_lamps(frame: Frame, s: Large) -> None:
    end, w = s.length / 2 + 0.012, s.width / 2
    low, high = s.bonnet - 0.50, s.bonnet - 0.24
    frame.mirrored(
        [(end, w * 0.50, low), (end - 0.08, w * 0.84, low), (end - 0.24, w * 0.93, high + 0.06), (end - 0.04, w * 0.62, high)],
        (240, 245, 250),
        2,
        bare=True,
    )
    for sign in (1, -1):
        a, b = sorted((w * 0.80 * sign, w * 0.96 * sign))
        for low, high, colour in ((0.62, 0.86, (40, 30, 185)), (0.86, 0.96, (30, 130, 240)), (0.96, 1.14, (44, 34, 170))):
            frame.face([(-end, b, low), (-end, a, low), (-end, a, high), (-end, b, high)], colour, 3)


def _truck(frame: Frame, s: Large, colour: Colour, accent: Colour) -> None:
    end, w = s.length / 2, s.width / 2
    cab = end - s.cab
    frame.box((-end, -w * 0.42, 0.62), (cab, w * 0.42, 0.92), DARK, 0)
    if s.body == "tipper":
        _tipper(frame, s, accent)
    else:
        _cargo(frame, s, accent)
    _cab(frame, s, colour)
    side(frame, (s.wheels[0] + s.radius * 1.3, s.wheels[-1] - s.radius * 1.4), w * 0.96, (0.5, 0.58), (140, 140, 140))
    side(frame, (s.wheels[0] + s.radius * 1.3, s.wheels[-1] - s.radius * 1.4), w * 0.96, (0.72, 0.80), (140, 140, 140))
    across(frame, -end - 0.01, w * 0.9, (0.42, 0.54), (130, 130, 130))
    across(frame, -end - 0.008, w * 0.94, (0.62, 0.84), lit(DARK, 0.9))
    lamps(frame, end + 0.02, (w * 0.62, w * 0.88), (0.66, 0.82), tall=0.0)
    add_wheels(frame, s.wheels, s.width * 0.97, s.radius, 8)


def _cargo(frame: Frame, s: Large, accent: Colour) -> None:
    """Put a box or a tarpaulin on a truck."""
    end, w, high = s.length / 2, s.width / 2, s.height
    fore, low = end - s.cab - 0.14, 0.98
    colour = accent if s.body == "tarpaulin" else CARGO
    frame.box((-end, -w, low), (fore, w, high), colour, 1, 0.05 if s.body == "tarpaulin" else 0.12)
    count = 7 if s.body == "tarpaulin" else 5
    for k in range(1, count):
        x = -end + (fore + end) * k / count
        side(frame, (x - 0.02, x + 0.02), w + 0.004, (low + 0.04, high - 0.04), lit(colour, 0.84), group=2)
    if s.body == "tarpaulin":
        side(frame, (-end, fore), w + 0.006, (low, low + 0.32), lit(CARGO, 0.7), group=3)
        across(frame, -end - 0.006, w, (low, low + 0.32), lit(CARGO, 0.7), group=3)
    else:
        side(frame, (-end + 0.5, fore - 0.5), w + 0.006, (1.7, 2.3), accent, group=3)
        across(frame, -end - 0.006, 0.012, (low, high), lit(colour, 0.5))
        for y in (w * 0.45,):
            frame.mirrored(
                [
                    (-end - 0.008, y + 0.02, low),
                    (-end - 0.008, y - 0.02, low),
                    (-end - 0.008, y - 0.02, high),
                    (-end - 0.008, y + 0.02, high),
                ],
                lit(colour, 0.6),
                2,
            )
    side(frame, (-end, fore), w + 0.005, (high - 0.07, high), lit(colour, 0.72), group=3)


def _tipper(frame: Frame, s: Large, accent: Colour) -> None:
    end, w, high = s.length / 2, s.width / 2, s.height * 0.72
    fore, low = end - s.cab - 0.14, 1.0
    frame.box((-end, -w, low), (fore, w, high), accent, 1, 0.06)
    frame.face(
        [
            (-end + 0.1, -w + 0.1, high + 0.003),
            (fore - 0.1, -w + 0.1, high + 0.003),
            (fore - 0.1, w - 0.1, high + 0.003),
            (-end + 0.1, w - 0.1, high + 0.003),
        ],
        (58, 72, 86),
        2,
    )
    middle, top = (fore - end) / 2, high + 0.28
    heap = [(-end + 0.5, -w + 0.3), (fore - 0.4, -w + 0.3), (fore - 0.4, w - 0.3), (-end + 0.5, w - 0.3)]
    for k in range(4):
        (ax, ay), (bx, by) = heap[k], heap[(k + 1) % 4]
        frame.face([(ax, ay, high + 0.01), (bx, by, high + 0.01), (middle, 0.0, top)], (84, 106, 124), 3)
    for k in range(1, 6):
        x = -end + (fore + end) * k / 6
        side(frame, (x - 0.05, x + 0.05), w + 0.03, (low, high), lit(accent, 0.72), group=2)
    frame.box((fore - 0.05, -w, high), (fore + 0.75, w, high + 0.08), lit(accent, 0.9), 4)


def _cab(frame: Frame, s: Large, colour: Colour) -> None:
    end, w = s.length / 2, s.width / 2 * 0.95
    rear, high = end - s.cab, min(s.height - 0.55, 2.85)
    profile = (
        (rear, 0.97, high - 0.06),
        (rear + 0.1, 1.0, high),
        (end - 0.75, 1.0, high),
        (end - 0.22, 0.98, high - 0.22),
        (end - 0.03, 0.95, 1.5),
    )
    rows = [
        [
            (x, w * k, 0.5),
            (x, w * k, 1.1),
            (x, w * k * 0.985, min(top - 0.2, 1.6)),
            (x, w * k * 0.94, top - 0.08),
            (x, w * k * 0.8, top),
            (x, 0.0, top),
        ]
        for x, k, top in (*profile, (end, 0.93, 1.34))
    ]
    hull(frame, rows, colour, 0.18)
    lean = end - 0.20
    low, high_edge = 1.5, high - 0.36
    windscreen(
        frame,
        [(end - 0.02, -w * 0.88, low), (end - 0.02, w * 0.88, low), (lean, w * 0.86, high_edge), (lean, -w * 0.86, high_edge)],
        2,
    )
    frame.box((lean - 0.02, -w * 0.9, high - 0.34), (lean + 0.22, w * 0.9, high - 0.26), lit(DARK, 1.3), 1)
    across(frame, end + 0.012, w * 0.74, (0.94, 1.30), DARK)
    for z in (1.02, 1.12, 1.22):
        across(frame, end + 0.014, w * 0.7, (z - 0.012, z + 0.012), (120, 120, 120), group=3)
    across(frame, end + 0.014, w * 0.97, (0.42, 0.90), lit(DARK, 1.5))
    frame.mirrored(
        [
            (end - 0.30, w * 0.99, 1.52),
            (rear + 0.72, w * 0.99, 1.52),
            (rear + 0.72, w * 0.965, high - 0.38),
            (end - 0.46, w * 0.965, high - 0.38),
        ],
        GLASS,
        2,
        gloss=0.3,
    )
    seam(frame, rear + 0.62, w * 1.003, (0.7, high - 0.2), colour)
    side(frame, (rear + 0.7, rear + 0.88), w * 1.004, (1.28, 1.33), DARK, group=3)
    for z in (0.52, 0.80):
        side(frame, (end - 0.95, end - 0.40), w * 1.002, (z, z + 0.1), lit(DARK, 0.8))
    mirrors(frame, (end - 0.14, w * 0.97, 1.75), (0.26, 0.62), DARK)


def _bus(frame: Frame, s: Large, colour: Colour, accent: Colour, sign: str) -> None:
    end, w, high = s.length / 2, s.width / 2, s.height
    profile = (
        (-end, 0.97, high - 0.16),
        (-end + 0.15, 1.0, high - 0.02),
        (end - 0.5, 1.0, high),
        (end - 0.14, 0.99, high - 0.06),
        (end, 0.95, high - 0.24),
    )
    rows = [
        [
            (x, w * k * 0.98, 0.28),
            (x, w * k, 0.55),
            (x, w * k, 1.2),
            (x, w * k * 0.975, top - 0.18),
            (x, w * k * 0.88, top),
            (x, 0.0, top + 0.04),
        ]
        for x, k, top in profile
    ]
    hull(frame, rows, colour, 0.15, lit(colour, 0.55))
    low, top = 1.22, high - 0.46
    side(frame, (-end + 0.35, end - 0.12), w * 1.001, (low - 0.06, top + 0.05), lit(DARK, 0.85))
    span = (2 * end - 0.75) / s.panes
    for k in range(s.panes):
        x = -end + 0.42 + k * span
        side(frame, (x, x + span - 0.07), w * 1.003, (low, top), GLASS, group=3)
    side(frame, (-end, end - 0.2), w * 1.002, (0.86, 1.06), accent)
    for x in (0.22, -0.25):
        seam(frame, end * x * 2.2, w * 1.002, (0.4, 1.15), colour)
    for x in s.doors:
        _doors(frame, x, w, (0.36, high - 0.42))
    x, z0, z1 = end + 0.012, 0.98, high - 0.5
    windscreen(frame, [(x, -w * 0.92, z0), (x, w * 0.92, z0), (x, w * 0.92, z1), (x, -w * 0.92, z1)], 2, seat=0.42)
    _route(frame, s, sign)
    across(frame, end + 0.016, w * 0.9, (0.30, 0.50), DARK)
    across(frame, end + 0.014, 0.3, (0.80, 0.90), lit(colour, 0.7))
    across(frame, -end - 0.012, w * 0.78, (1.6, high - 0.55), GLASS)
    across(frame, -end - 0.012, w * 0.8, (0.72, 1.34), lit(colour, 0.78))
    for z in (0.84, 0.96, 1.08, 1.20):
        across(frame, -end - 0.014, w * 0.62, (z - 0.02, z + 0.02), lit(colour, 0.45), group=3)
    across(frame, -end - 0.012, w * 0.95, (0.28, 0.5), DARK)
    for x in (-end * 0.58, end * 0.36):
        frame.box((x - 1.0, -0.82, high + 0.03), (x + 1.0, 0.82, high + 0.22), lit(colour, 0.86), 2, 0.2)
    for x in (-0.9, 0.6):
        frame.box((x - 0.4, -0.4, high + 0.03), (x + 0.4, 0.4, high + 0.08), (190, 192, 194), 2)
    lamps(frame, end + 0.02, (w * 0.66, w * 0.92), (0.58, 0.76), tall=0.25)
    mirrors(frame, (end - 0.04, w * 0.96, high - 1.05), (0.24, 0.42), DARK)
    add_wheels(frame, s.wheels, s.width, s.radius, 10)


def _route(frame: Frame, s: Large, sign: str) -> None:
    """Write the route above a bus's windscreen: its number, and words too small to be read."""
    end, w, high = s.length / 2, s.width / 2, s.height
    across(frame, end + 0.013, w * 0.86, (high - 0.48, high - 0.2), (28, 28, 28))
    number(frame, sign, (end + 0.02, -w * 0.62, high - 0.45), (0.13, 0.2), LED)
    for k, wide in enumerate((0.16, 0.1, 0.22, 0.14)):
        y = -0.08 + k * 0.24
        frame.face(
            [
                (end + 0.02, y, high - 0.39),
                (end + 0.02, y + wide, high - 0.39),
                (end + 0.02, y + wide, high - 0.30),
                (end + 0.02, y, high - 0.30),
            ],
            LED,
            4,
            bare=True,
            glow=True,
        )


def _doors(frame: Frame, x: float, w: float, z: tuple[float, float]) -> None:
    """Add a double door on the right, where people stand: two leaves of glass in dark frames."""
    y = -w * 1.006
    frame.face([(x, y, z[0]), (x + 1.2, y, z[0]), (x + 1.2, y, z[1]), (x, y, z[1])], DARK, 4)
    for a in (0.06, 0.63):
        frame.face(
            [
                (x + a, y - 0.002, z[0] + 0.1),
                (x + a + 0.51, y - 0.002, z[0] + 0.1),
                (x + a + 0.51, y - 0.002, z[1] - 0.08),
                (x + a, y - 0.002, z[1] - 0.08),
            ],
            lit(GLASS, 1.1),
            5,
            gloss=0.26,
        )
