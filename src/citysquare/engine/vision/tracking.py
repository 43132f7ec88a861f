"""Following things from picture to picture: one Kalman filter per thing, two-stage association.

Positions are in picture heights (x is stretched by the aspect ratio), so that speeds mean the same in both directions. Association
is optimal assignment (Jonker-Volgenant, scipy): first by overlap with the predicted box, then, for what is left, by distance of the
centres within the filter's gate (chi-square, two degrees of freedom, 99 %) or within reach at the speed of a vehicle.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from citysquare.engine.model import TICKS_PER_SECOND, Box, Detection, ObjectClass, Track
from citysquare.engine.vision.kalman import Kalman
from citysquare.engine.vision.path import thin

_TRACKS = uuid.UUID("6b1e5d0c-9a5b-5c53-8f0e-1d1f3ce7a4b2")
"""Name space of track ids: the same footage analysed twice gives the same ids, so nothing is counted twice."""

_GATE = 9.21
"""Chi-square with two degrees of freedom, 99 %."""

_IMPOSSIBLE = 1e6


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """When something is a thing, and when it is gone. Seconds and picture heights."""

    least_overlap: float = 0.15
    """Intersection over union of prediction and detection in the first stage."""
    hits: int = 4
    """So many pictures must show it."""
    least_seconds: float = 0.4
    """And for so long."""
    least_move: float = 0.06
    """And it must have moved so far."""
    least_move_of_size: float = 0.35
    """And so much of its own smaller side."""
    coast: float = 1.2
    """A confirmed thing is gone when it was not seen for so long."""
    coast_unconfirmed: float = 0.5
    coast_hidden: float = 3.0
    """The same while it is predicted inside something else that is seen."""
    top_speed: float = 2.0
    """Heights per second that a new thing may move."""
    most: int = 64
    """Followed at once."""
    stay: float = 600.0
    """A thing that stays longer is reported in parts."""


_DEFAULT_SETTINGS = TrackerSettings()


@dataclass(slots=True)
class _Thing:
    """Something being followed."""

    filter: Kalman
    width: float
    height: float
    first: int
    last: int
    points: list[tuple[int, float, float]]
    hits: int = 1
    confirmed: bool = False
    hidden: bool = False
    classes: Counter[ObjectClass] = field(default_factory=Counter)

    def rectangle(self) -> tuple[float, float, float, float]:
        x, y = self.filter.position
        return (x - self.width / 2, y - self.height / 2, x + self.width / 2, y + self.height / 2)


class Tracker:
    """Follows the detections of one camera."""

    def __init__(self, camera: str, *, aspect: float, settings: TrackerSettings = _DEFAULT_SETTINGS) -> None:
        """Follow for `camera`, whose pictures are `aspect` times as wide as high."""
        self._camera = camera
        self._aspect = aspect
        self._settings = settings
        self._things: list[_Thing] = []
        self._at: int | None = None

    @property
    def busy(self) -> bool:
        """Whether anything is being followed."""
        return bool(self._things)

    @property
    def current(self) -> list[Box]:
        """Where the confirmed things are now."""
        return [self._box(thing) for thing in self._things if thing.confirmed]

    def update(self, detections: Sequence[Detection] | None, at: int) -> list[Track]:
        """Take what was seen at tick `at` (None: nothing can be said) and return the tracks that ended."""
        if self._at is not None and at <= self._at:
            return []
        elapsed = 0.0 if self._at is None else (at - self._at) / TICKS_PER_SECOND
        self._at = at
        for thing in self._things:
            thing.filter.predict(elapsed)
        if detections is not None:
            self._associate(list(detections)[: self._settings.most], at)
        return self._end(at)

    def finish(self) -> list[Track]:
        """End everything and return the tracks."""
        ended = [self._track(thing) for thing in self._things if thing.confirmed]
        self._things = []
        self._at = None
        return ended

    def _associate(self, detections: list[Detection], at: int) -> None:
        boxes = np.array([self._rectangle(d.box) for d in detections], np.float64).reshape(-1, 4)
        free_things, free = list(range(len(self._things))), list(range(len(detections)))
        for stage in (self._overlap_cost, self._distance_cost):
            cost = stage([self._things[i] for i in free_things], boxes[free])
            pairs = [(free_things[r], free[c]) for r, c in zip(*linear_sum_assignment(cost), strict=True) if cost[r, c] < _IMPOSSIBLE]
            for row, column in pairs:
                self._hit(self._things[row], detections[column], boxes[column], at)
            free_things = [i for i in free_things if i not in {pair[0] for pair in pairs}]
            free = [i for i in free if i not in {pair[1] for pair in pairs}]
        for index in free_things:
            thing = self._things[index]
            thing.hidden = bool(len(boxes)) and bool(np.max(_covered(thing.rectangle(), boxes)) > 0.5)
        for index in free:
            self._begin(detections[index], boxes[index], at)

    def _overlap_cost(self, things: list[_Thing], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        cost = np.full((len(things), len(boxes)), _IMPOSSIBLE)
        for row, thing in enumerate(things):
            overlap = _overlap(thing.rectangle(), boxes)
            cost[row] = np.where(overlap >= self._settings.least_overlap, 1.0 - overlap, _IMPOSSIBLE)
        return cost

    def _distance_cost(self, things: list[_Thing], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        cost = np.full((len(things), len(boxes)), _IMPOSSIBLE)
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        sizes = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1e-9)
        for row, thing in enumerate(things):
            distance = np.hypot(centres[:, 0] - thing.filter.position[0], centres[:, 1] - thing.filter.position[1])
            near = thing.filter.mahalanobis(centres) < _GATE
            if thing.hits < 3 and self._at is not None:
                reach = self._settings.top_speed * (self._at - thing.last) / TICKS_PER_SECOND
                near |= distance < min(reach, 1.5 * max(thing.width, thing.height))
            ratio = sizes / max(thing.width * thing.height, 1e-9)
            cost[row] = np.where(near & (ratio > 0.2) & (ratio < 5.0), distance, _IMPOSSIBLE)
        return cost

    def _hit(self, thing: _Thing, detection: Detection, box: NDArray[np.float64], at: int) -> None:
        left, top, right, bottom = (float(side) for side in box)
        thing.filter.correct((left + right) / 2, (top + bottom) / 2)
        thing.width += 0.4 * (right - left - thing.width)
        thing.height += 0.4 * (bottom - top - thing.height)
        thing.last, thing.hidden = at, False
        thing.hits += 1
        thing.points.append((at, *detection.box.centre))
        if len(thing.points) > 512:
            thing.points = thing.points[:1] + thing.points[1:-1:2] + thing.points[-1:]
        if detection.object_class is not ObjectClass.UNKNOWN:
            thing.classes[detection.object_class] += 1
        thing.confirmed = thing.confirmed or self._convincing(thing)

    def _convincing(self, thing: _Thing) -> bool:
        settings = self._settings
        if thing.hits < settings.hits or thing.last - thing.first < settings.least_seconds * TICKS_PER_SECOND:
            return False
        points = np.array([(x * self._aspect, y) for _, x, y in thing.points])
        # The middle of the first and of the last three points: a single jump of the box is no movement.
        moved = float(np.hypot(*(np.median(points[-3:], axis=0) - np.median(points[:3], axis=0))))
        return moved >= max(settings.least_move, settings.least_move_of_size * min(thing.width, thing.height))

    def _begin(self, detection: Detection, box: NDArray[np.float64], at: int) -> None:
        if len(self._things) >= self._settings.most:
            return
        left, top, right, bottom = (float(side) for side in box)
        if any(
            _covered((left, top, right, bottom), np.array([t.rectangle()]))[0] > 0.7 for t in self._things if t.confirmed and t.last == at
        ):
            return  # A fragment of something that is being followed.
        kalman = Kalman((left + right) / 2, (top + bottom) / 2, size=max(0.02, min(right - left, bottom - top)))
        thing = _Thing(kalman, right - left, bottom - top, at, at, [(at, *detection.box.centre)])
        if detection.object_class is not ObjectClass.UNKNOWN:
            thing.classes[detection.object_class] += 1
        self._things.append(thing)

    def _end(self, at: int) -> list[Track]:
        ended, kept = [], []
        for thing in self._things:
            silent = (at - thing.last) / TICKS_PER_SECOND
            stayed = (at - thing.first) / TICKS_PER_SECOND
            if silent <= self._patience(thing) and stayed <= self._settings.stay:
                kept.append(thing)
            elif thing.confirmed:
                ended.append(self._track(thing))
        self._things = kept
        return ended

    def _patience(self, thing: _Thing) -> float:
        if not thing.confirmed:
            return self._settings.coast_unconfirmed
        return self._settings.coast_hidden if thing.hidden else self._settings.coast

    def _track(self, thing: _Thing) -> Track:
        path = tuple((round(x, 4), round(y, 4)) for x, y in thin(thing.points))
        name = f"{self._camera}/{thing.first}/{path[0]}/{path[1]}"
        votes = thing.classes.most_common(1)
        object_class = votes[0][0] if votes else ObjectClass.UNKNOWN
        return Track(str(uuid.uuid5(_TRACKS, name)), self._camera, object_class, thing.first, thing.last, path)

    def _rectangle(self, box: Box) -> tuple[float, float, float, float]:
        return (box.left * self._aspect, box.top, box.right * self._aspect, box.bottom)

    def _box(self, thing: _Thing) -> Box:
        left, top, right, bottom = thing.rectangle()
        return Box(left / self._aspect, top, right / self._aspect, bottom)


def _intersection(one: tuple[float, float, float, float], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    across = np.minimum(one[2], boxes[:, 2]) - np.maximum(one[0], boxes[:, 0])
    down = np.minimum(one[3], boxes[:, 3]) - np.maximum(one[1], boxes[:, 1])
    shared: NDArray[np.float64] = np.maximum(across, 0.0) * np.maximum(down, 0.0)
    return shared


def _overlap(one: tuple[float, float, float, float], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of one box with each of the others."""
    shared = _intersection(one, boxes)
    area = (one[2] - one[0]) * (one[3] - one[1])
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    ratio: NDArray[np.float64] = shared / np.maximum(area + areas - shared, 1e-9)
    return ratio


def _covered(one: tuple[float, float, float, float], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Which part of one box lies in each of the others."""
    return _intersection(one, boxes) / max((one[2] - one[0]) * (one[3] - one[1]), 1e-9)
