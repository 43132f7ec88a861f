"""Somebody on two wheels: where the joints are on the saddle, and the drawing of both together."""

from __future__ import annotations

from math import cos, pi, sin, sqrt

import numpy as np

from citysquare.simulator.drawing.geometry import Points, View
from citysquare.simulator.drawing.layer import Colour, Layer, lit
from citysquare.simulator.drawing.mesh import Light, draw_mesh
from citysquare.simulator.drawing.people.body import LEFT_ARM, LEFT_LEG, RIGHT_ARM, RIGHT_LEG, Joint, Person, placed
from citysquare.simulator.drawing.people.figure import Pen, arm, draw_leg, facing_of, head, trunk
from citysquare.simulator.drawing.vehicles import Look, turned_mesh
from citysquare.simulator.drawing.vehicles.two_wheelers import Ride

_GEAR_METRES = 4.4
"""How far a bicycle goes with one turn of its pedals."""
_BLACK: Colour = (34, 32, 32)


def _bent(start: Joint, end: Joint, lengths: tuple[float, float], way: float) -> Joint:
    """Find the joint between two bones of known lengths, in the plane of travel; `way` 1 bends forward and up, -1 the other way."""
    dx, dz = end[0] - start[0], end[2] - start[2]
    apart = max(min(sqrt(dx * dx + dz * dz), sum(lengths) * 0.999), 1e-6)
    along = (lengths[0] ** 2 - lengths[1] ** 2 + apart * apart) / (2 * apart)
    out = sqrt(max(lengths[0] ** 2 - along * along, 0.0)) * way
    ux, uz = dx / apart, dz / apart
    return (start[0] + ux * along - uz * out, (start[1] + end[1]) / 2, start[2] + uz * along + ux * out)


def ride_joints(person: Person, ride: Ride, ground: tuple[float, float], heading: float, metres: float) -> Points:
    """World places of a rider's joints, in the order of `body.joints`; the feet go round with the pedals."""
    h = person.height
    hip = (ride.seat[0], 0.0, ride.seat[2] + 0.05 * h)
    lean = {"diamond": 0.55, "naked": 0.32, "step-through": 0.2}.get(ride.body, 0.12)
    torso = 0.315 * h
    neck = (hip[0] + torso * sin(lean), 0.0, hip[2] + torso * cos(lean))
    top = (neck[0] + 0.05 * h * sin(lean) + 0.015 * h, 0.0, neck[2] + 0.095 * h)
    turn = metres / _GEAR_METRES * 2 * pi
    legs: list[Joint] = []
    for side, phase in ((1, 0.0), (-1, pi)):
        x, y, z = ride.foot
        sole = (x + ride.crank * cos(turn + phase), y * side, z - ride.crank * sin(turn + phase))
        ankle = (sole[0] - 0.06, sole[1], sole[2] + 0.07)
        start = (hip[0], 0.055 * h * side, hip[2] - 0.01)
        legs += [start, _bent(start, ankle, (0.25 * h, 0.24 * h), 1.0), ankle, (sole[0] + 0.10, sole[1], sole[2] + 0.03)]
    arms: list[Joint] = []
    for side in (1, -1):
        start = (neck[0] - 0.01, 0.108 * h * side, neck[2] - 0.025 * h)
        grip = (ride.grip[0], ride.grip[1] * side, ride.grip[2] + 0.02)
        arms += [start, _bent(start, grip, (0.175 * h, 0.165 * h), -1.0), grip]
    back = (hip[0] + torso * 0.6 * sin(lean) - 0.1 * h, 0.0, hip[2] + torso * 0.6 * cos(lean) + 0.02)
    return placed(np.array([*legs, *arms, hip, neck, top, back]), ground, heading)


def draw_ride(
    layer: Layer, what: tuple[Look, Person, Points], where: tuple[tuple[float, float], float, float], view: View, light: Light
) -> None:
    """Draw a two-wheeler with its rider: `what` is its look, the person and the joints; `where` ground, heading and metres ridden."""
    look, person, body = what
    ground, heading, metres = where
    ride = look.measures
    if not isinstance(ride, Ride):
        return
    pen = Pen.of(layer, person, body, view, light)
    left_near = pen.deep[LEFT_ARM[0]] < pen.deep[RIGHT_ARM[0]]
    near, far = ((LEFT_LEG, LEFT_ARM), (RIGHT_LEG, RIGHT_ARM)) if left_near else ((RIGHT_LEG, RIGHT_ARM), (LEFT_LEG, LEFT_ARM))
    facing = facing_of(body, view)
    if facing < 0:
        arm(pen, person, far[1])
    draw_leg(pen, person, far[0])
    if ride.crank:
        _bicycle(pen, ride, (look.colour, look.accent), placed(_frame(ride, metres), ground, heading), view)
    else:
        mesh = turned_mesh(look, metres)
        draw_mesh(layer, mesh, mesh.placed(ground, heading), view, light)
    draw_leg(pen, person, near[0])
    if facing >= 0:
        arm(pen, person, far[1])
    trunk(pen, person)
    if person.bag and facing < 0.4:
        x, y = pen.at[17]
        pen.bar((x, y - 0.05 * pen.unit), (x, y + 0.08 * pen.unit), 0.06, person.bag)
    arm(pen, person, near[1])
    head(pen, person, facing)


_RING = 20
_SPOKES = 4


def _frame(ride: Ride, metres: float) -> Points:
    """Points of a bicycle, metres: two wheels' rings, their spokes, then the corners of the frame."""
    points: list[Joint] = []
    for x in ride.axles:
        points += [(x + ride.radius * cos(k * 2 * pi / _RING), 0.0, ride.radius * (1 + sin(k * 2 * pi / _RING))) for k in range(_RING + 1)]
    for x in ride.axles:
        for k in range(_SPOKES):
            turn = k * pi / _SPOKES - metres / ride.radius
            for end in (1, -1):
                points.append((x + end * ride.radius * 0.95 * cos(turn), 0.0, ride.radius * (1 + end * 0.95 * sin(turn))))
    (rear, front), r = ride.axles, ride.radius
    crank = (ride.foot[0], 0.0, ride.foot[2])
    seat = (ride.seat[0] + 0.04, 0.0, ride.seat[2] - 0.12)
    head_low, head_top = (front - 0.14, 0.0, r + 0.30), (front - 0.19, 0.0, r + 0.52)
    stem = (ride.grip[0] - 0.02, 0.0, ride.grip[2] - 0.02)
    turn = metres / _GEAR_METRES * 2 * pi
    pedals = [(crank[0] + s * ride.crank * cos(turn), 0.09 * s, crank[2] - s * ride.crank * sin(turn)) for s in (1, -1)]
    x, y, z = ride.grip
    points += [(rear, 0.0, r), crank, seat, head_low, head_top, (front, 0.0, r), stem, (x, y, z), (x, -y, z), *pedals]
    points += [(ride.seat[0] - 0.13, 0.0, ride.seat[2]), (ride.seat[0] + 0.14, 0.0, ride.seat[2] + 0.01)]
    points += [
        (front + 0.05, 0.15, r + 0.40),
        (front + 0.05, -0.15, r + 0.40),
        (front - 0.16, -0.17, r + 0.66),
        (front + 0.10, -0.17, r + 0.66),
    ]
    points += [(front + 0.10, 0.17, r + 0.66), (rear - 0.02, 0.0, r + 0.38), (rear + 0.34, 0.0, r + 0.40)]
    return np.array(points)


def _bicycle(pen: Pen, ride: Ride, colours: tuple[Colour, Colour], world: Points, view: View) -> None:
    pixels, _ = view.project(world)
    metre = view.focal / pen.far
    layer = pen.layer
    paint, dark, steel = pen.tone(colours[0], True), pen.tone(_BLACK, False), pen.tone((160, 158, 156), True)  # noqa: FBT003  # its bright side
    first = 2 * (_RING + 1)
    if metre > 25:
        for k in range(2 * _SPOKES):
            layer.line(pixels[first + 2 * k : first + 2 * k + 2], lit(steel, 0.8), 0.006 * metre)
    for wheel in (0, 1):
        layer.line(pixels[wheel * (_RING + 1) : (wheel + 1) * (_RING + 1)], dark, 0.04 * metre)
    names = ("rear", "crank", "seat", "low", "top", "front", "stem", "left", "right", "pedal", "other", "back", "nose")
    at = dict(zip(names, pixels[first + 4 * _SPOKES :], strict=False))
    tubes = [("rear", "crank"), ("rear", "seat"), ("crank", "seat"), ("crank", "low"), ("low", "top")]
    tubes.append(("seat", "top") if ride.body == "diamond" else ("crank", "top"))
    for a, b in tubes:
        layer.capsule(at[a].tolist(), at[b].tolist(), 0.018 * metre, paint)
    for a, b, tone, radius in (
        ("front", "low", lit(paint, 0.8), 0.016),
        ("top", "stem", steel, 0.014),
        ("left", "stem", dark, 0.015),
        ("right", "stem", dark, 0.015),
        ("pedal", "other", steel, 0.013),
        ("back", "nose", dark, 0.035),
    ):
        layer.capsule(at[a].tolist(), at[b].tolist(), radius * metre, tone)
    rest = pixels[first + 4 * _SPOKES + len(names) :]
    if ride.basket:
        layer.fill(rest[[0, 1, 3, 4]], pen.tone((70, 110, 150), False))  # noqa: FBT003  # its dark side
        layer.line(rest[[2, 3, 4, 0, 1, 2]], pen.tone((60, 90, 124), True), 0.012 * metre)  # noqa: FBT003
    layer.capsule(rest[5].tolist(), rest[6].tolist(), 0.014 * metre, dark)
    layer.disc(rest[5].tolist(), 0.03 * metre, pen.tone((40, 34, 190), True))  # noqa: FBT003
