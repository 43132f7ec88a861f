"""Who moves through a loop, along which path, and when: planned so that nothing collides and the loop's ends are empty.

A plan is made by trying: a thing gets a lane, a speed and a moment to come; it is taken when it stays clear of all that were taken
before, at every fifth of a second. A thing that finds no gap may wait at its lane's stopping place first, as it would in a street.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import atan2, ceil
from random import Random
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from citysquare.simulator.drawing.people import Companion, Person, companions, invent
from citysquare.simulator.drawing.plates import Mix, Plate, draw_lots
from citysquare.simulator.drawing.vehicles import RIDDEN, Look, choose
from citysquare.simulator.hours import ON_FOOT, ON_TWO_WHEELS, busy

if TYPE_CHECKING:
    from citysquare.simulator.drawing.geometry import Picture
    from citysquare.simulator.drawing.stage import Stage
    from citysquare.simulator.sprites import Drawn, Place

Floats = npt.NDArray[np.float64]
QUIET_SECONDS = 0.4
_STEP = 0.2
_TRIES = 24
_IN_COMPANY = 0.22
"""Share of walkers who are not alone."""
_RIDERS = {"motorcycle": 0.05, "bicycle": 0.07}
"""Share of two-wheelers in a lane that is made for cars."""
_RIDING_SPEED = (4.2, 6.2)
_KEEPS_RIGHT = 0.85
"""Metres that a bicycle keeps to the right of a lane's middle."""

Footprint = tuple[Floats, float]
Pose3 = tuple[tuple[float, float], float, float]
Where = Callable[[float], Pose3]


@dataclass(frozen=True)
class Path:
    """A way over the ground, metres. Both ends must lie where the camera does not see."""

    corners: tuple[tuple[float, float], ...]

    bend: float = 5.0

    @cached_property
    def points(self) -> Floats:
        """The way as short pieces; each corner is a bend that begins `bend` metres before it, if there is room."""
        corners = np.array(self.corners, dtype=np.float64)
        line = [corners[0]]
        for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
            back, ahead = before - corner, after - corner
            room = min(self.bend, np.hypot(*back) * 0.49, np.hypot(*ahead) * 0.49)
            start, end = corner + back / np.hypot(*back) * room, corner + ahead / np.hypot(*ahead) * room
            line.extend(start * (1 - t) ** 2 + corner * 2 * t * (1 - t) + end * t**2 for t in np.linspace(0.0, 1.0, 9))
        line.append(corners[-1])
        return np.array(line)

    @cached_property
    def distances(self) -> Floats:
        """How far along each point lies."""
        steps = np.hypot(*np.diff(self.points, axis=0).T)
        return np.concatenate([[0.0], np.cumsum(steps)])

    @property
    def length(self) -> float:
        """Metres."""
        return float(self.distances[-1])

    def at(self, distance: Floats) -> Floats:
        """Ground points (n, 2) at distances along the way; it goes on straight beyond its ends."""
        x = np.interp(distance, self.distances, self.points[:, 0])
        y = np.interp(distance, self.distances, self.points[:, 1])
        found = np.stack([x, y], axis=-1)
        for beyond, end, inner in ((distance - self.length, -1, -2), (-distance, 0, 1)):
            way = self.points[end] - self.points[inner]
            way = way / (np.hypot(way[0], way[1]) or 1.0)
            found = found + np.clip(beyond, 0, None)[..., None] * way
        return found


@dataclass(frozen=True)
class Lane:
    """Where things of certain classes come along. `stop` is the distance at which one may wait; `must_stop` the least wait, seconds."""

    path: Path
    kinds: tuple[str, ...]
    count: int
    speed: tuple[float, float]
    stop: float | None = None
    must_stop: float = 0.0
    aside: float = 0.25


@dataclass(frozen=True)
class Mover:
    """A thing on its way. `distance` holds metres along the path for each picture from `enter` on."""

    track: int
    kind: str
    look: Look | None
    person: Person | None
    plate: Plate | None
    path: Path
    aside: float
    enter: float
    travelled: Floats
    rate: float

    @property
    def leave(self) -> float:
        """Second of the loop at which it is gone."""
        return self.enter + (len(self.travelled) - 1) / self.rate

    @property
    def length(self) -> float:
        """Metres from end to end."""
        return self.look.length if self.look else 0.5

    def metres(self, second: float) -> float | None:
        """How far it has come; None when it is not there."""
        index = (second - self.enter) * self.rate
        if not 0 <= index <= len(self.travelled) - 1:
            return None
        return float(np.interp(index, np.arange(len(self.travelled)), self.travelled))

    def metres_per_second(self, metres: float) -> float:
        """Speed at a place on the way."""
        index = int(np.searchsorted(self.travelled, metres))
        if int(np.searchsorted(self.travelled, metres, "right")) - index > 1:
            return 0.0  # it stands there for a while
        index = min(max(index, 1), len(self.travelled) - 1)
        return float(self.travelled[index] - self.travelled[index - 1]) * self.rate

    def speed_at(self, second: float) -> float:
        """Speed along the way at a second of the loop, metres per second, from half a picture before to half a picture after."""
        index = (second - self.enter) * self.rate
        ends = np.clip([index - 0.5, index + 0.5], 0.0, len(self.travelled) - 1.0)
        before, after = np.interp(ends, np.arange(len(self.travelled)), self.travelled)
        return float(after - before) * self.rate / max(float(ends[1] - ends[0]), 1e-9)

    def pose(self, metres: float) -> tuple[tuple[float, float], float]:
        """Ground point and heading (radians, counter-clockwise from east). A vehicle is led by its two axles."""
        reach = self.length * 0.3
        rear, front = self.path.at(np.array([metres - reach, metres + reach]))
        heading = atan2(front[1] - rear[1], front[0] - rear[0])
        middle = (rear + front) / 2 + self.aside * np.array([-np.sin(heading), np.cos(heading)])
        return (float(middle[0]), float(middle[1])), heading

    def discs(self, seconds: Floats) -> Footprint:
        """Its footprint as discs: points (times, discs, 2), NaN when it is not there, and their radius."""
        count = max(1, ceil(self.length / 1.6)) if self.look else 1
        found = np.full((len(seconds), count, 2), np.nan)
        for row, second in enumerate(seconds):
            metres = self.metres(float(second))
            if metres is not None:
                middle, heading = self.pose(metres)
                along = np.linspace(-0.5, 0.5, count) * (self.length - 1.2) if count > 1 else np.zeros(1)
                found[row] = np.array(middle) + along[:, None] * (np.cos(heading), np.sin(heading))
        return found, (self.look.width / 2 + 0.3 if self.look else 0.34)


class Prop(Protocol):
    """What a scripted thing looks like; it draws itself into a picture."""

    @property
    def reported(self) -> bool:
        """Whether it stands in the truth as a thing of its own."""
        ...

    @property
    def solid(self) -> bool:
        """Whether others keep clear of it."""
        ...

    def draw(self, picture: Picture, stage: Stage, place: Place, pose: Pose3, second: float) -> Drawn | None:
        """Draw it at a pose, `second` seconds after it came; None when nothing was drawn."""
        ...


@dataclass(frozen=True, kw_only=True)
class Scripted(Mover):
    """A thing of an event that neither drives nor walks. What `metres` are for others are seconds since it came, for this one.

    `where` gives ground point, heading (radians) and height above the ground (metres) at such a second.
    """

    prop: Prop
    where: Where

    def pose(self, metres: float) -> tuple[tuple[float, float], float]:
        """Ground point and heading."""
        ground, heading, _ = self.where(metres)
        return ground, heading

    def speed_at(self, second: float) -> float:
        """Speed over ground, metres per second."""
        half = 0.5 / self.rate
        since = second - self.enter
        (x0, y0), _, z0 = self.where(since - half)
        (x1, y1), _, z1 = self.where(since + half)
        return float(np.hypot(np.hypot(x1 - x0, y1 - y0), z1 - z0)) * self.rate

    def discs(self, seconds: Floats) -> Footprint:
        """Its footprint; nobody keeps clear of what is not solid."""
        points, radius = super().discs(seconds)
        return (points if self.prop.solid else np.full_like(points, np.nan)), radius


def scripted(kind: str, prop: Prop, span: tuple[float, float], rate: float, where: Where) -> Scripted:
    """Put a scripted thing into a loop from second `span[0]` to `span[1]`. Its track is given when the plan is made."""
    enter = round(span[0] * rate) / rate
    seconds = np.arange(round((span[1] - enter) * rate) + 1) / rate
    nowhere = Path(((0.0, 0.0), (1.0, 0.0)))
    return Scripted(0, kind, None, None, None, nowhere, 0.0, enter, seconds, rate, prop=prop, where=where)


def travel(length: float, speed: float, stop: float | None, wait: float, rate: float) -> Floats:
    """Distance at each picture for a thing that cruises, and brakes to a stand at `stop` for `wait` seconds when that is more than 0."""
    step = 1.0 / rate
    at, now, waited, covered = 0.0, speed, 0.0, [0.0]
    brake, pick_up, braking = 2.6, 1.9, False
    while at < length and len(covered) < 4000:
        before = stop is not None and at <= stop and (stop - at) <= now * now / (2 * brake) + now * step
        braking = waited < wait and (braking or before)
        if braking:
            now = max(now - brake * step, 0.0)
            if now < 0.3:
                now, waited = 0.0, waited + step
        else:
            now = min(speed, now + pick_up * step)
        at += now * step
        covered.append(at)
    return np.array(covered)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a plan must know besides its lanes: the loop's length and rate, when and in which weather it is, whose looks, which plates."""

    seconds: float
    rate: float
    mix: float | Mix
    hour: float = 14.0
    weather: str = "clear"
    split: str = "show"

    def count(self, lane: Lane, random: Random) -> int:
        """How many things come along a lane; a fraction is left to the dice."""
        kind = lane.kinds[0]
        wanted = lane.count * busy(self.hour, kind) * (ON_FOOT[self.weather] if kind == "person" else 1.0)
        return int(wanted + random.random())


def plan(lanes: Sequence[Lane], demand: Demand, random: Random, first: Sequence[Mover] = ()) -> list[Mover]:
    """Fill a loop with things. The order of lanes matters: earlier ones find gaps first, and what is in `first` has its place already."""
    times = np.arange(0.0, demand.seconds, _STEP)
    taken = list(first)
    footprints = [mover.discs(times) for mover in first]
    for lane in lanes:
        for _ in range(demand.count(lane, random)):
            for attempt in range(_TRIES):
                party = _together(_candidates(lane, attempt, demand, random), times)
                if party and all(clear(own, other) for _, own in party for other in footprints):
                    taken.extend(mover for mover, _ in party)
                    footprints.extend(own for _, own in party)
                    break
    return [replace(mover, track=number) for number, mover in enumerate(taken, 1)]


def _together(party: list[Mover], times: Floats) -> list[tuple[Mover, Footprint]]:
    """Keep of a party those who do not step on each other's feet where the way bends."""
    kept: list[tuple[Mover, Footprint]] = []
    for mover in party:
        own = mover.discs(times)
        if all(clear(own, other, slack=0.25) for _, other in kept):
            kept.append((mover, own))
    return kept


def _candidates(lane: Lane, attempt: int, demand: Demand, random: Random) -> list[Mover]:
    """Try somebody, perhaps in company, somewhere in the loop; empty when the loop is too short for them."""
    kind = _kind_of(lane, demand, random)
    slow = kind == "bicycle"
    speed = random.uniform(*(_RIDING_SPEED if slow else lane.speed))
    wait = lane.must_stop
    if lane.stop is not None and attempt % 2:
        wait += random.uniform(1.0, 5.0)
    covered = travel(lane.path.length, speed, lane.stop, wait, demand.rate)
    company = companions(random, demand.split) if kind == "person" and random.random() < _IN_COMPANY else ()
    longest = len(covered) / demand.rate + max((one.behind for one in company), default=0.0) / speed
    room = demand.seconds - 2 * QUIET_SECONDS - longest - 2 / demand.rate
    if room <= 0:
        return []
    enter = QUIET_SECONDS + round(random.uniform(0, room) * demand.rate) / demand.rate
    aside = random.uniform(-lane.aside, lane.aside) - (_KEEPS_RIGHT if slow else 0.0)
    leader = mover_of(kind, lane.path, (enter, aside), covered, demand, random)
    return [leader, *(_beside(leader, one, speed) for one in company)]


def _kind_of(lane: Lane, demand: Demand, random: Random) -> str:
    kind, dice = random.choice(lane.kinds), random.random()
    share = ON_TWO_WHEELS[demand.weather]
    if "car" in lane.kinds and not set(RIDDEN) & set(lane.kinds):
        for rider, part in _RIDERS.items():
            if dice < part * share:
                return rider
            dice -= part * share
    return "car" if kind in RIDDEN and "car" in lane.kinds and random.random() > share else kind


def mover_of(kind: str, path: Path, place: tuple[float, float], covered: Floats, demand: Demand, random: Random) -> Mover:
    """Invent a thing of a class that comes along a path; `place` is its second and its metres to the left of the path."""
    look = None if kind == "person" else choose(random, kind, demand.split)
    person = invent(random, kind, demand.split) if look is None or look.ridden else None
    plate = draw_lots(random, demand.mix, kind, demand.split) if look else None
    return Mover(0, kind, look, person, plate, path, place[1], place[0], covered, demand.rate)


def _beside(leader: Mover, companion: Companion, speed: float) -> Mover:
    """Let somebody walk with a leader, and go on as far behind as they are."""
    further = np.arange(1, ceil(max(companion.behind, 0.0) / speed * leader.rate) + 1) * speed / leader.rate
    travelled = np.concatenate([leader.travelled, leader.travelled[-1] + further]) - companion.behind
    return replace(leader, person=companion.person, aside=leader.aside + companion.aside, travelled=travelled)


def clear(one: Footprint, other: Footprint, slack: float = 0.0) -> bool:
    """Whether two things keep apart all the time: vehicles by 0.9 m, anybody else by 0.25 m, less `slack`."""
    gap = one[0][:, :, None, :] - other[0][:, None, :, :]
    apart = np.hypot(gap[..., 0], gap[..., 1])
    margin = (0.9 if one[1] > 0.5 and other[1] > 0.5 else 0.25) - slack
    return not bool((apart < one[1] + other[1] + margin).any())
