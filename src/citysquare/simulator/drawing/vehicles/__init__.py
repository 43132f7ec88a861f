"""Vehicles: what they look like, how they are invented, and the solids that are drawn of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, sin
from random import Random

import numpy as np

from citysquare.simulator.drawing.geometry import Points
from citysquare.simulator.drawing.layer import Colour
from citysquare.simulator.drawing.mesh import Corner, Mesh
from citysquare.simulator.drawing.plates import SIZE_METRES
from citysquare.simulator.drawing.vehicles.cars import build_car
from citysquare.simulator.drawing.vehicles.large import build_large
from citysquare.simulator.drawing.vehicles.palette import ACCENTS, BODIES, BODY_COLOURS, BUSES, WORK
from citysquare.simulator.drawing.vehicles.parts import Frame
from citysquare.simulator.drawing.vehicles.shapes import CARS, LARGE, Large, Shape
from citysquare.simulator.drawing.vehicles.two_wheelers import RIDES, Ride, build_ride

RIDDEN = ("bicycle", "motorcycle")
SPLITS = ("show", "train", "test")
__all__ = ["BODY_COLOURS", "RIDDEN", "SPLITS", "Lamps", "Look", "Ride", "choose", "lamps_of", "mesh_of", "plate_corners", "turned_mesh"]
_MEASURES: dict[str, Shape | Large | Ride] = {}
for _split in SPLITS:
    _MEASURES |= CARS[_split]
    for _large in LARGE[_split].values():
        _MEASURES |= _large
    for _rides in RIDES[_split].values():
        _MEASURES |= _rides
_GREY: Colour = (110, 108, 104)


@dataclass(frozen=True, slots=True)
class Lamps:
    """Where a vehicle's lamps are, in its own metres (x forward, y left, z up): white ones ahead, red ones behind."""

    head: tuple[Corner, ...]
    tail: tuple[Corner, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """One vehicle's look. `kind` is the class of the truth; `shape` the body; `accent` a second colour; `sign` a bus's route."""

    kind: str
    shape: str
    colour: Colour
    split: str = "show"
    accent: Colour = _GREY
    sign: str = ""

    @property
    def measures(self) -> Shape | Large | Ride:
        """The body's measures."""
        return _MEASURES[self.shape]

    @property
    def length(self) -> float:
        """Metres from end to end."""
        return self.measures.length

    @property
    def width(self) -> float:
        """Metres from side to side."""
        return self.measures.width

    @property
    def ridden(self) -> bool:
        """Whether it is a two-wheeler: its mover has a `person` too, made by `people.invent(random, look.kind, split)`."""
        return self.kind in RIDDEN

    def plate_place(self, *, front: bool) -> tuple[float, float]:
        """Distance from the middle and height of a plate's middle, metres."""
        measures, end = self.measures, self.length / 2 + 0.03
        if isinstance(measures, Ride):
            return measures.plate
        if isinstance(measures, Shape):
            return end, measures.low + 0.30 if front else measures.belt + measures.tail - 0.35
        return end, {"van": 0.66 if not front else 0.56, "bus": 0.86 if front else 0.62}.get(measures.body, 0.60 if front else 0.73)


def choose(random: Random, kind: str, split: str = "show") -> Look:
    """Invent a vehicle of a class (car, van, truck, bus, motorcycle or bicycle) from the family of a split: show, train or test."""
    if kind == "car":
        shapes = list(CARS[split])
        weights = [0.3 if CARS[split][name].bed else 1.0 for name in shapes]
        return Look("car", random.choices(shapes, weights)[0], random.choice(BODIES[split]), split)
    accent = random.choice(ACCENTS[split])
    if kind in RIDDEN:
        return Look(kind, random.choice(list(RIDES[split][kind])), random.choice(ACCENTS[split] + BODIES[split][4:]), split, accent)
    shape = random.choice(list(LARGE[split][kind]))
    if kind == "bus":
        return Look("bus", shape, random.choice(BUSES[split]), split, accent, str(random.randrange(1, 100)))
    colours = (WORK[split][0],) * 3 + WORK[split] + BODIES[split][:4] if kind == "van" else WORK[split]
    return Look(kind, shape, random.choice(colours), split, accent)


@dataclass(frozen=True)
class _Body:
    """A built vehicle: its solid, and which points turn with the wheels, around which axle."""

    mesh: Mesh
    turning: tuple[slice, ...]
    axles: tuple[tuple[float, float], ...]


@lru_cache(maxsize=256)
def _body_of(look: Look) -> _Body:
    frame = Frame()
    measures = look.measures
    if isinstance(measures, Shape):
        build_car(frame, measures, look.colour)
    elif isinstance(measures, Ride):
        build_ride(frame, measures, look.colour, look.accent)
    else:
        build_large(frame, measures, look.colour, look.accent, look.sign)
    turning = tuple(slice(first, last) for first, last, _, _ in frame.wheels)
    return _Body(frame.finish(), turning, tuple((x, radius) for _, _, x, radius in frame.wheels))


def mesh_of(look: Look) -> Mesh:
    """Build a vehicle's solid. Its origin is on the ground in the middle."""
    return _body_of(look).mesh


def turned_mesh(look: Look, metres: float) -> Mesh:
    """Give a vehicle's solid with its wheels turned as far as they are after `metres`."""
    body = _body_of(look)
    points = body.mesh.points.copy()
    for part, (x, radius) in zip(body.turning, body.axles, strict=True):
        turn = metres / radius
        ahead, up = points[part, 0] - x, points[part, 2] - radius
        points[part, 0] = x + ahead * cos(turn) + up * sin(turn)
        points[part, 2] = radius - ahead * sin(turn) + up * cos(turn)
    return replace(body.mesh, points=points)


def lamps_of(look: Look) -> Lamps:
    """Say where the middles of a vehicle's lamps are; a two-wheeler has one of each."""
    measures, end, w = look.measures, look.length / 2, look.width / 2
    if isinstance(measures, Ride):
        return Lamps((measures.lamp,), (measures.tail_lamp,))
    if isinstance(measures, Shape):
        ahead, behind = (end - 0.05, w * 0.66, measures.nose - 0.19), (-end, w * 0.66, measures.belt + measures.tail - 0.20)
    elif measures.body == "van":
        ahead, behind = (end - 0.06, w * 0.72, measures.bonnet - 0.36), (-end, w * 0.88, 0.86)
    elif measures.body == "bus":
        ahead, behind = (end, w * 0.79, 0.67), (-end, w * 0.83, 0.8)
    else:
        ahead, behind = (end, w * 0.75, 0.74), (-end, w * 0.79, 0.74)
    return Lamps(*(((x, y, z), (x, -y, z)) for x, y, z in (ahead, behind)))


def plate_corners(look: Look, *, front: bool, size: tuple[float, float] = SIZE_METRES) -> Points:
    """Give the corners of the front or rear plate in the vehicle's axes, as its reader sees them: top left first, clockwise."""
    wide, high = size[0] / 2, size[1] / 2
    distance, z = look.plate_place(front=front)
    x = distance if front else -distance
    left = -wide if front else wide
    return np.array([(x, left, z + high), (x, -left, z + high), (x, -left, z - high), (x, left, z - high)])
