"""Who moves through a loop, along which path, and when: planned so that nothing collides and the loop's ends are empty.

A plan is made by trying: a thing gets a lane, a speed and a moment to come; it is taken when it stays clear of all that were taken
before, at every fifth of a second. A thing that finds no gap may wait at its lane's stopping place first, as it would in a street.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import atan2, ceil
from random import Random

import numpy as np
import numpy.typing as npt

from citysquare.simulator.drawing.people import Person, invent
from citysquare.simulator.drawing.plates import Plate, draw_lots
from citysquare.simulator.drawing.vehicles import Look, choose

Floats = npt.NDArray[np.float64]
QUIET_SECONDS = 0.4
_STEP = 0.2
_TRIES = 24


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
        index = min(max(index, 1), len(self.travelled) - 1)
        return float(self.travelled[index] - self.travelled[index - 1]) * self.rate

    def pose(self, metres: float) -> tuple[tuple[float, float], float]:
        """Ground point and heading (radians, counter-clockwise from east). A vehicle is led by its two axles."""
        reach = self.length * 0.3
        rear, front = self.path.at(np.array([metres - reach, metres + reach]))
        heading = atan2(front[1] - rear[1], front[0] - rear[0])
        middle = (rear + front) / 2 + self.aside * np.array([-np.sin(heading), np.cos(heading)])
        return (float(middle[0]), float(middle[1])), heading

    def discs(self, seconds: Floats) -> tuple[Floats, float]:
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


def travel(length: float, speed: float, stop: float | None, wait: float, rate: float) -> Floats:
    """Distance at each picture for a thing that cruises, and brakes to a stand at `stop` for `wait` seconds when that is more than 0."""
    step = 1.0 / rate
    at, now, waited, covered = 0.0, speed, 0.0, [0.0]
    brake, pick_up = 2.6, 1.9
    while at < length and len(covered) < 4000:
        holding = stop is not None and waited < wait and at <= stop + 0.05
        if holding and stop is not None and (stop - at) <= now * now / (2 * brake) + now * step:
            now = max(now - brake * step, 0.0)
            if now < 0.3:
                now, waited = 0.0, waited + step
        else:
            now = min(speed, now + pick_up * step)
        at += now * step
        covered.append(at)
    return np.array(covered)


def plan(lanes: Sequence[Lane], seconds: float, rate: float, random: Random, ukrainian_share: float) -> list[Mover]:
    """Fill a loop with things. The order of lanes matters: earlier ones find gaps first."""
    times = np.arange(0.0, seconds, _STEP)
    taken: list[Mover] = []
    footprints: list[tuple[Floats, float]] = []
    for lane in lanes:
        for _ in range(lane.count):
            for attempt in range(_TRIES):
                mover = _candidate(lane, len(taken) + 1, attempt, (seconds, rate, ukrainian_share), random)
                if mover is None:
                    continue
                own = mover.discs(times)
                if all(_clear(own, other) for other in footprints):
                    taken.append(mover)
                    footprints.append(own)
                    break
    return taken


def _candidate(lane: Lane, track: int, attempt: int, loop: tuple[float, float, float], random: Random) -> Mover | None:
    seconds, rate, ukrainian_share = loop
    kind = random.choice(lane.kinds)
    look = None if kind == "person" else choose(random, kind)
    person = invent(random) if kind == "person" else None
    speed = random.uniform(*lane.speed)
    wait = lane.must_stop
    if lane.stop is not None and attempt % 2:
        wait += random.uniform(1.0, 5.0)
    covered = travel(lane.path.length, speed, lane.stop, wait, rate)
    room = seconds - 2 * QUIET_SECONDS - len(covered) / rate
    if room <= 0:
        return None
    enter = QUIET_SECONDS + round(random.uniform(0, room) * rate) / rate
    plate = draw_lots(random, ukrainian_share) if look else None
    return Mover(track, kind, look, person, plate, lane.path, random.uniform(-lane.aside, lane.aside), enter, covered, rate)


def _clear(one: tuple[Floats, float], other: tuple[Floats, float]) -> bool:
    gap = one[0][:, :, None, :] - other[0][:, None, :, :]
    apart = np.hypot(gap[..., 0], gap[..., 1])
    margin = 0.9 if one[1] > 0.5 and other[1] > 0.5 else 0.25
    return not bool((apart < one[1] + other[1] + margin).any())
