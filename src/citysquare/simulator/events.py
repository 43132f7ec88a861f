"""What happens on demand: who drives against the traffic, stands still, gathers, leaves a bag, flies; and the river over its bank.

An order is `kind`, `kind@second` or, for a flood, `flood=metres@second`; the second is that of the loop at which it begins, if there is
room. Everybody in an event gets a place before the rest of the traffic is planned, so the rest keeps clear of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import hypot, sqrt
from random import Random

import numpy as np

from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.gathering import gather
from citysquare.simulator.props import BAG_COLOURS, Body, Hazard, HighWater, Shore
from citysquare.simulator.scenes import LAID_OUT, Scene
from citysquare.simulator.sights import best_lane, best_point, in_picture, vehicle_lanes, walking_lanes
from citysquare.simulator.traffic import QUIET_SECONDS, Demand, Mover, Path, Scripted, mover_of, scripted, travel

KINDS = ("wrong_way", "stopped_vehicle", "crowd", "left_object", "flood", "drone")
FLOOD_METRES = 0.45
MOST_FLOOD_METRES = 0.8
SHORES = {"river": Shore(17.6, 189.0)}
_BRAKES = 2.0
"""Metres per second squared that any car can brake with, for a stop that must not be missed."""

_ORDER = re.compile(r"([a-z_]+)(?:=(\d+(?:\.\d+)?))?(?:@(\d+(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class Order:
    """An event asked for."""

    kind: str
    metres: float | None = None
    second: float | None = None


def order_of(text: str) -> Order:
    """Read an order. Raises SimulatorError with a sentence that says what there is."""
    found = _ORDER.fullmatch(text)
    if not found or found[1] not in KINDS:
        raise SimulatorError(f"There is no event {text[:60]!r}: give one of {', '.join(KINDS)}, as in wrong_way or flood=0.6@2.")
    metres = float(found[2]) if found[2] else None
    if metres is not None and (found[1] != "flood" or not 0.05 <= metres <= MOST_FLOOD_METRES):
        raise SimulatorError(f"Only a flood has a height, between 0.05 and {MOST_FLOOD_METRES} metres, as in flood=0.6.")
    return Order(found[1], metres, float(found[3]) if found[3] else None)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as it was planned: seconds of the loop, a ground point, and the tracks of those in it.

    `while_seen` says that it lasts as long as its tracks can be seen; `level` gives the water's height above the usual, metres.
    """

    kind: str
    start: float
    end: float
    place: tuple[float, float]
    tracks: tuple[int, ...]
    while_seen: bool = False
    level: Callable[[float], float] | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """Those who are in events, their tracks counted from 1 in this order, and what happens."""

    movers: list[Mover]
    happenings: list[Happening]


def shore_of(scene: Scene) -> Shore | None:
    """Give the bank of a scene at a river."""
    return next((shore for name, shore in SHORES.items() if LAID_OUT[name].furnish is scene.furnish), None)


def can_show(scene: Scene, kind: str) -> bool:
    """Whether an event can happen at a place."""
    if kind == "flood":
        return shore_of(scene) is not None
    if kind in {"crowd", "left_object"}:
        return best_point(scene, walking_lanes(scene)) is not None
    return kind == "drone" or best_lane(scene, vehicle_lanes(scene)) is not None


def stage_events(scene: Scene, orders: Sequence[str], demand: Demand, random: Random) -> Staged:
    """Plan all events of a loop. Raises SimulatorError when one cannot happen here."""
    staged = Staged([], [])
    for text in orders:
        order = order_of(text)
        if not can_show(scene, order.kind):
            raise SimulatorError(f"The event {order.kind} cannot be shown at the place {scene.name}; choose another camera.")
        _STAGINGS[order.kind](scene, order, (demand, random), staged)
    return staged


Setting = tuple[Demand, Random]


def _enter(order: Order, demand: Demand, lasts: float) -> float:
    """When somebody comes: as asked for, but so that they are gone before the loop ends."""
    latest = demand.seconds - QUIET_SECONDS - lasts - 2 / demand.rate
    if latest < QUIET_SECONDS:
        raise SimulatorError(f"The event {order.kind} needs a loop longer than {demand.seconds:g} seconds.")
    wanted = QUIET_SECONDS + 0.6 if order.second is None else order.second
    return round(min(max(wanted, QUIET_SECONDS), latest) * demand.rate) / demand.rate


def _numbered(staged: Staged, *movers: Mover) -> tuple[int, ...]:
    first = len(staged.movers) + 1
    staged.movers.extend(replace(mover, track=number) for number, mover in enumerate(movers, first))
    return tuple(range(first, first + len(movers)))


def _wrong_way(scene: Scene, order: Order, setting: Setting, staged: Staged) -> None:
    demand, random = setting
    lane = best_lane(scene, vehicle_lanes(scene))
    assert lane is not None  # noqa: S101 - can_show has looked
    path = Path(lane.path.corners[::-1], lane.path.bend)
    covered = travel(path.length, lane.speed[0] * 0.8, None, 0.0, demand.rate)
    enter = _enter(order, demand, len(covered) / demand.rate)
    mover = mover_of("car", path, (enter, 0.0), covered, demand, random)
    seen = [second for second in _pictures(mover) if in_picture(scene.view, _ground(mover, second))]
    middle = _ground(mover, min(seen, key=lambda second: abs(hypot(*np.subtract(_ground(mover, second), scene.view.position[:2])) - 18.0)))
    staged.happenings.append(Happening("wrong_way", seen[0], seen[-1], middle, _numbered(staged, mover), while_seen=True))


def _stopped(scene: Scene, order: Order, setting: Setting, staged: Staged) -> None:
    demand, random = setting
    lane = best_lane(scene, vehicle_lanes(scene))
    assert lane is not None  # noqa: S101 - can_show has looked
    at = best_point(scene, [lane])
    assert at is not None  # noqa: S101 - a best lane has a point
    speed = min(lane.speed[0], sqrt(2 * _BRAKES * max(at[1] - 1.0, 0.5)))  # the lane may have begun a short way before
    driving = len(travel(lane.path.length, speed, at[1], 1 / demand.rate, demand.rate)) / demand.rate
    wait = demand.seconds - 2 * QUIET_SECONDS - driving - 3.0
    if wait < 4.0:
        raise SimulatorError(f"The event stopped_vehicle needs a loop longer than {demand.seconds:g} seconds.")
    covered = travel(lane.path.length, speed, at[1], wait, demand.rate)
    enter = _enter(replace(order, second=None), demand, len(covered) / demand.rate)
    mover = mover_of("car", lane.path, (enter, 0.0), covered, demand, random)
    still = np.flatnonzero(np.diff(covered) < 1e-6)
    start, end = (enter + int(still[0]) / demand.rate, enter + (int(still[-1]) + 1) / demand.rate)
    tracks = _numbered(staged, mover)
    place, heading = mover.pose(float(covered[still[0]]))
    eye = scene.view.position
    near = 0.2 / hypot(eye[0] - place[0], eye[1] - place[1])  # the lights are drawn after the body they sit on
    before = (place[0] + (eye[0] - place[0]) * near, place[1] + (eye[1] - place[1]) * near)
    assert mover.look is not None  # noqa: S101 - a car has a look
    _numbered(staged, scripted("lights", Hazard(mover.look), (start, end), demand.rate, lambda _: (before, heading, 0.0)))
    staged.happenings.append(Happening("stopped_vehicle", start, end, place, tracks))


def _crowd(scene: Scene, order: Order, setting: Setting, staged: Staged) -> None:
    demand, random = setting
    found = gather(scene, demand, random)
    if found is None:
        raise SimulatorError(f"The event {order.kind} needs a loop longer than {demand.seconds:g} seconds.")
    tracks = _numbered(staged, *found.people)
    staged.happenings.append(Happening("crowd", found.start, found.end, found.place, tracks))


def _left_object(scene: Scene, order: Order, setting: Setting, staged: Staged) -> None:
    demand, random = setting
    chosen = best_point(scene, walking_lanes(scene))
    assert chosen is not None  # noqa: S101 - can_show has looked
    lane, at = chosen
    walks = [travel(lane.path.length, speed, at, 2.2, demand.rate) for speed in (1.55, 1.65)]
    spans = [len(walk) / demand.rate for walk in walks]
    enters = [_enter(order, demand, spans[0] + 9.0), demand.seconds - QUIET_SECONDS - spans[1] - 2 / demand.rate]
    owner, finder = (mover_of("person", lane.path, (enter, 0.0), walk, demand, random) for enter, walk in zip(enters, walks, strict=True))
    stands = [np.flatnonzero(np.diff(walk) < 1e-6) for walk in walks]
    down, up = (enter + float(stand.mean()) / demand.rate for enter, stand in zip(enters, stands, strict=True))
    if up - down < 4.0:
        raise SimulatorError(f"The event left_object needs a loop longer than {demand.seconds:g} seconds.")
    place, heading = _beside(owner, down)
    came = owner.enter

    def where(second: float) -> tuple[tuple[float, float], float, float]:
        now = came + second
        if down <= now <= up:
            return place, heading, 0.0
        carrier = owner if now < down else finder
        inside = min(max(now, carrier.enter), carrier.leave)
        ground, turn = _beside(carrier, inside)
        near = min(1.0, abs(now - (down if now < down else up)) / 0.5)  # half a second to set it down or take it up
        return ground, turn, 0.32 * near

    body = Body("bag", random.choice(BAG_COLOURS[demand.split]), down - came, up - came, solid=True)
    bag = scripted("left_object", body, (came, finder.leave), demand.rate, where)
    tracks = _numbered(staged, bag, owner, finder)
    staged.happenings.append(Happening("left_object", down, up, place, tracks))


def _beside(person: Mover, second: float) -> tuple[tuple[float, float], float]:
    """Ground point half a metre to the right of somebody, and their heading."""
    (x, y), heading = _pose(person, second)
    return (x + 0.42 * float(np.sin(heading)), y - 0.42 * float(np.cos(heading))), heading


def _drone(scene: Scene, order: Order, setting: Setting, staged: Staged) -> None:
    demand, random = setting
    lasts = min(22.0, demand.seconds - 4.0)
    enter = _enter(order, demand, lasts)
    side = random.choice((-1.0, 1.0))
    fly = Flight(scene.view, side, lasts)
    drone = scripted("drone", Body("drone", (226, 226, 224)), (enter, enter + lasts), demand.rate, fly)
    staged.happenings.append(Happening("drone", enter, enter + lasts, fly(lasts / 2)[0], _numbered(staged, drone), while_seen=True))


@dataclass(frozen=True)
class Flight:
    """A drone's way: in from one side, a stay in the air that sways, and out on the other side, all high in the picture."""

    view: View
    side: float
    lasts: float
    ahead: float = 8.5

    def __call__(self, second: float) -> tuple[tuple[float, float], float, float]:
        """Ground point below it, heading and height at a second since it came."""
        share = second / self.lasts
        stops = ((0.0, -0.66), (0.28, -0.16), (0.68, 0.12), (1.0, 0.68))
        across = float(np.interp(share, [stop[0] for stop in stops], [stop[1] for stop in stops]))
        sway = 0.012 * np.sin(second * 1.7)
        up = 0.34 + 0.02 * np.sin(second * 0.9) + 0.03 * np.cos(share * 6)
        right, above, forward = self.view.axes
        span = self.view.width / self.view.focal
        tall = self.view.height / self.view.focal
        point = np.asarray(self.view.position) + self.ahead * (forward + right * (across + sway) * self.side * span + above * up * tall)
        heading = float(np.arctan2(right[1], right[0])) + (np.pi if self.side < 0 else 0.0)
        return (float(point[0]), float(point[1])), heading, float(point[2])


def _flood(scene: Scene, order: Order, setting: Setting, staged: Staged) -> None:
    demand, _ = setting
    shore = shore_of(scene)
    assert shore is not None  # noqa: S101 - can_show has looked
    peak = order.metres or FLOOD_METRES
    start = _enter(order, demand, max(demand.seconds - 3.0, 1.0))
    end = demand.seconds - QUIET_SECONDS - 2 / demand.rate
    times, levels = [start, start + (end - start) * 0.6, start + (end - start) * 0.75, end], [0.0, peak, peak, 0.0]

    def level(second: float) -> float:
        return float(np.interp(second, times, levels))

    eye, forward = scene.view.position, scene.view.axes[2]
    far = (eye[0] + 900.0 * float(forward[0]), eye[1] + 900.0 * float(forward[1]))  # drawn before all others
    water = scripted("water", HighWater(shore, lambda second: level(start + second)), (start, end), demand.rate, lambda _: (far, 0.0, 0.0))
    _numbered(staged, water)
    x = eye[0] + (shore.edge - eye[1]) * float(forward[0]) / max(float(forward[1]), 0.2)
    staged.happenings.append(Happening("flood", start, end, (x, shore.edge), (), level=level))


def dry(mover: Mover, happenings: Sequence[Happening], shore: Shore | None) -> bool:
    """Whether somebody stays out of the water of all floods, a step away from its edge."""
    levels = [happening.level for happening in happenings if happening.level]
    if shore is None or not levels or isinstance(mover, Scripted):
        return True
    wet = [(level(second), second) for level in levels for second in _pictures(mover)[::5]]
    return all(_ground(mover, second)[1] < shore.reached(metres) - 0.6 for metres, second in wet if metres > 0)


def _pictures(mover: Mover) -> list[float]:
    return [mover.enter + number / mover.rate for number in range(len(mover.travelled))]


def _pose(mover: Mover, second: float) -> tuple[tuple[float, float], float]:
    index = min(max((second - mover.enter) * mover.rate, 0.0), len(mover.travelled) - 1.0)
    return mover.pose(float(np.interp(index, np.arange(len(mover.travelled)), mover.travelled)))


def _ground(mover: Mover, second: float) -> tuple[float, float]:
    return _pose(mover, second)[0]


_STAGINGS: dict[str, Callable[[Scene, Order, Setting, Staged], None]] = {
    "wrong_way": _wrong_way,
    "stopped_vehicle": _stopped,
    "crowd": _crowd,
    "left_object": _left_object,
    "flood": _flood,
    "drone": _drone,
}
