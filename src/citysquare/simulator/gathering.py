"""A crowd: people who come from all sides to one place, stand close together for a while and go again."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin, sqrt
from random import Random

import numpy as np

from citysquare.simulator.scenes import Scene
from citysquare.simulator.sights import best_point, walking_lanes
from citysquare.simulator.traffic import QUIET_SECONDS, Demand, Floats, Footprint, Lane, Mover, Path, clear, mover_of, travel

PEOPLE = 30
LEAST = 8
"""From so many people standing there on, it is a crowd."""

_ROOM = 0.62
"""Metres between those who stand next to each other."""
_FROM_ROAD = 4.5
_REACH = 12.0
_CLOSER = 0.55
_TURN = pi * (3 - sqrt(5))


@dataclass(frozen=True, slots=True)
class Crowd:
    """The people, the place, and from when to when at least `LEAST` of them stand there."""

    people: list[Mover]
    place: tuple[float, float]
    start: float
    end: float


def gather(scene: Scene, demand: Demand, random: Random) -> Crowd | None:
    """Let a crowd gather where it is seen well and off the carriageway; None when the loop is too short for it."""
    place = _meeting_point(scene)
    if place is None:
        return None
    ways = [lane for lane in walking_lanes(scene) if _nearest(lane.path, place)[1] < _REACH]
    times = np.arange(0.0, demand.seconds, 0.2)
    people: list[Mover] = []
    prints: list[Footprint] = []
    for number in range(PEOPLE):
        radius = _ROOM * sqrt(number + 0.5) * 0.8
        slot = (place[0] + radius * cos(number * _TURN), place[1] + radius * sin(number * _TURN))
        for _ in range(24):
            person = _comer(random.choice(ways), slot, demand, random)
            own = person.discs(times) if person else None
            if person and own and all(clear(own, other, slack=_CLOSER) for other in prints):
                people.append(person)
                prints.append(own)
                break
    standing = sum((_standing(person, times) for person in people), np.zeros(len(times)))
    full = np.flatnonzero(standing >= LEAST)
    return Crowd(people, place, float(times[full[0]]), float(times[full[-1]])) if len(full) else None


def _meeting_point(scene: Scene) -> tuple[float, float] | None:
    roads = [lane.path.at(np.arange(0.0, lane.path.length, 1.0)) for lane in scene.lanes if lane.kinds != ("person",)]
    away = [lane for lane in walking_lanes(scene) if _clear_of(lane, roads, scene) is not None]
    chosen = best_point(scene, away) or best_point(scene, walking_lanes(scene))
    if chosen is None:
        return None
    lane, distance = chosen
    x, y = lane.path.at(np.array([_clear_of(lane, roads, scene) or distance]))[0]
    return float(x), float(y)


def _clear_of(lane: Lane, roads: list[Floats], scene: Scene) -> float | None:
    """Find the distance along a way at which it is seen best, far enough from every carriageway."""
    best: tuple[float, float] | None = None
    for distance in np.arange(1.0, lane.path.length, 1.0):
        point = lane.path.at(np.array([distance]))[0]
        if any(np.hypot(*(road - point).T).min() < _FROM_ROAD for road in roads):
            continue
        pixels, depth = scene.view.project(np.array([(*point, 0.0)]))
        x, y = pixels[0] / (scene.view.width, scene.view.height)
        if 8.0 < depth[0] < 34.0 and 0.15 < x < 0.85 and 0.2 < y < 0.9:
            score = abs(x - 0.5) + abs(y - 0.6) + abs(float(depth[0]) - 15.0) / 60
            best = min(best or (score, float(distance)), (score, float(distance)))
    return best[1] if best else None


def _nearest(path: Path, place: tuple[float, float]) -> tuple[int, float]:
    """Find the piece of a way that is nearest to a place: its first corner, and how near it is."""
    found = []
    for index, (a, b) in enumerate(zip(path.corners, path.corners[1:], strict=False)):
        start, way, goal = np.array(a), np.subtract(b, a), np.array(place)
        share = float(np.clip(np.dot(goal - start, way) / max(float(np.dot(way, way)), 1e-9), 0.0, 1.0))
        found.append((float(np.hypot(*(start + share * way - goal))), index))
    away, index = min(found)
    return index, away


def _comer(lane: Lane, slot: tuple[float, float], demand: Demand, random: Random) -> Mover | None:
    index, _ = _nearest(lane.path, slot)
    path = Path((*lane.path.corners[: index + 1], slot, *lane.path.corners[index + 1 :]), bend=0.25)
    at = float(path.distances[int(np.argmin(np.hypot(*(path.points - np.array(slot)).T)))])
    speed = random.uniform(1.5, 2.0)
    walking = len(travel(path.length, speed, at, 1 / demand.rate, demand.rate)) / demand.rate
    room = demand.seconds - 2 * QUIET_SECONDS - walking - 1.0
    if room < 3.0:
        return None
    late, early = random.uniform(0.0, min(6.0, room * 0.3)), random.uniform(0.0, min(5.0, room * 0.25))
    covered = travel(path.length, speed, at, room - late - early, demand.rate)
    enter = QUIET_SECONDS + round(late * demand.rate) / demand.rate
    return mover_of("person", path, (enter, 0.0), covered, demand, random)


def _standing(person: Mover, times: Floats) -> Floats:
    still = np.flatnonzero(np.diff(person.travelled) < 1e-6)
    if not len(still):
        return np.zeros(len(times))
    start, end = (person.enter + float(still[edge]) / person.rate for edge in (0, -1))
    found: Floats = ((times >= start) & (times <= end)).astype(np.float64)
    return found
