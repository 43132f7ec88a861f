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

from citysquare.engine.model import TICKS_PER_SECOND, Box, Detection, ObjectClass, Track
from citysquare.engine.vision.kalman import Kalman
from citysquare.engine.vision.path import thin
from citysquare.engine.vision.rectangles import Rectangle, Rectangles, containing, covered, grown, overlap

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
    coast_leaving: float = 0.35
    """The same when it was last seen at the picture's edge, moving out of it."""
    coast_hidden: float = 3.0
    """The same while it is predicted inside something else that is seen."""
    apart: float = 2.5
    """Things that met are expected to part within so many seconds."""
    turning: float = 0.3
    """Nothing in motion turns round within this time unseen."""
    top_speed: float = 2.0
    """Heights per second that a new thing may move."""
    edge: float = 0.02
    """What is nearer to the picture's edge may be leaving."""
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

    def rectangle(self) -> Rectangle:
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
        from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 -- half a second: only for who tracks, not for every command

        detections = self._whole(detections)
        boxes = np.array([self._rectangle(d.box) for d in detections], np.float64).reshape(-1, 4)
        crowds, crowded = self._crowds(boxes, at)
        free = [column for column in range(len(detections)) if column not in crowds]
        missed: list[_Thing] = []
        # What is known to be a thing chooses first, so that a crumb beside it cannot take its place.
        for confirmed in (True, False):
            waiting = [thing for thing in self._things if thing.confirmed is confirmed and id(thing) not in crowded]
            for stage in (self._overlap_cost, self._distance_cost):
                cost = stage(waiting, boxes[free])
                rows, columns = linear_sum_assignment(cost)
                pairs = [(waiting[r], free[c]) for r, c in zip(rows, columns, strict=True) if cost[r, c] < _IMPOSSIBLE]
                for thing, column in pairs:
                    self._hit(thing, detections[column], boxes[column], at)
                free = [column for column in free if column not in {taken for _, taken in pairs}]
                waiting = [thing for thing in waiting if thing.last != at]
            missed += waiting
        for thing in missed:
            thing.hidden = bool(np.any(covered(thing.rectangle(), boxes) > 0.5))
        for column in free:
            self._begin(detections[column], boxes[column], at)

    def _whole(self, detections: list[Detection]) -> list[Detection]:
        """Join detections that lie in the predicted box of one and the same thing: it fell apart where it resembles the background."""
        boxes = np.array([self._rectangle(d.box) for d in detections], np.float64).reshape(-1, 4)
        known = [thing for thing in self._things if thing.confirmed]
        inside = np.array([containing(grown(thing.rectangle(), 0.2), boxes) > 0.6 for thing in known], np.bool_).reshape(
            len(known), len(detections)
        )
        only = inside & (inside.sum(axis=0) == 1)
        gone: set[int] = set()
        for thing, row in zip(known, only, strict=True):
            columns = [int(column) for column in np.flatnonzero(row) if detections[column].object_class is ObjectClass.UNKNOWN]
            if len(columns) < 2:
                continue
            parts = boxes[columns]
            union = np.concatenate([parts[:, :2].min(axis=0), parts[:, 2:].max(axis=0)])
            predicted = thing.rectangle()
            # A thing and a smaller one beside it are two; parts are what together fit better than any of them alone.
            if overlap(predicted, union[None])[0] > 0.1 + float(overlap(predicted, parts).max()):
                left, top, right, bottom = (float(side) for side in union)
                detections[columns[0]] = Detection(Box(left / self._aspect, top, right / self._aspect, bottom))
                gone.update(columns[1:])
        return [detection for column, detection in enumerate(detections) if column not in gone]

    def _crowds(self, boxes: Rectangles, at: int) -> tuple[set[int], set[int]]:
        """Return detections that cover several known things at once, and those things: each goes on as predicted until they part."""
        crowds: set[int] = set()
        crowded: set[int] = set()
        recent = [t for t in self._things if t.confirmed and at - t.last < self._settings.apart * TICKS_PER_SECOND]
        inside = np.array([covered(thing.rectangle(), boxes) > 0.35 for thing in recent], np.bool_).reshape(len(recent), len(boxes))
        for column in np.flatnonzero(inside.sum(axis=0) > 1):
            members = [thing for thing, within in zip(recent, inside[:, column], strict=True) if within]
            area = float((boxes[column, 2] - boxes[column, 0]) * (boxes[column, 3] - boxes[column, 1]))
            # One thing seen twice is no crowd: a crowd is clearly larger than its largest member.
            if area > 1.3 * max(member.width * member.height for member in members):
                crowds.add(int(column))
                crowded.update(id(member) for member in members)
                for member in members:
                    member.hidden = True
        return crowds, crowded

    def _overlap_cost(self, things: list[_Thing], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        cost = np.full((len(things), len(boxes)), _IMPOSSIBLE)
        for row, thing in enumerate(things):
            shared = overlap(thing.rectangle(), boxes)
            cost[row] = np.where((shared >= self._settings.least_overlap) & ~self._turned(thing, boxes), 1.0 - shared, _IMPOSSIBLE)
        return cost

    def _distance_cost(self, things: list[_Thing], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        cost = np.full((len(things), len(boxes)), _IMPOSSIBLE)
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        sizes = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1e-9)
        for row, thing in enumerate(things):
            distance = np.hypot(centres[:, 0] - thing.filter.position[0], centres[:, 1] - thing.filter.position[1])
            # The filter's doubt grows while it coasts; what is several of its own lengths away is another thing all the same.
            silent = (self._at - thing.last) / TICKS_PER_SECOND if self._at is not None else 0.0
            near = (thing.filter.mahalanobis(centres) < _GATE) & (distance < (0.6 + 0.5 * silent) * (thing.width + thing.height))
            if thing.hits < 3 and self._at is not None:
                reach = self._settings.top_speed * (self._at - thing.last) / TICKS_PER_SECOND
                near |= distance < min(reach, 1.5 * max(thing.width, thing.height))
            ratio = sizes / max(thing.width * thing.height, 1e-9)
            cost[row] = np.where(near & (ratio > 0.2) & (ratio < 5.0) & ~self._turned(thing, boxes), distance, _IMPOSSIBLE)
        return cost

    def _turned(self, thing: _Thing, boxes: Rectangles) -> NDArray[np.bool_]:
        """Say which boxes a thing could only have reached by turning round while it was not seen."""
        speed = np.array(thing.filter.velocity)
        silent = (self._at - thing.last) / TICKS_PER_SECOND if self._at is not None else 0.0
        pace = float(np.hypot(*speed))
        size = min(thing.width, thing.height)
        # What comes in where something just leaves is another thing, also when both are seen as one for a moment.
        leaving = thing.confirmed and self._leaving(thing)
        if not leaving and (silent < self._settings.turning or pace * silent < 0.5 * size):
            return np.zeros(len(boxes), np.bool_)
        _, x, y = thing.points[-1]
        way = (boxes[:, :2] + boxes[:, 2:]) / 2 - np.array([x * self._aspect, y])
        turned: NDArray[np.bool_] = way @ (speed / pace) < (-0.1 * size if leaving else 0.0)
        return turned

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
            covered((left, top, right, bottom), np.array([t.rectangle()]))[0] > 0.7 for t in self._things if t.confirmed and t.last == at
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
        if self._leaving(thing):
            return self._settings.coast_leaving
        return self._settings.coast_hidden if thing.hidden else self._settings.coast

    def _leaving(self, thing: _Thing) -> bool:
        """Say whether it moves out of the picture."""
        left, top, right, bottom = thing.rectangle()
        across, down = thing.filter.velocity
        edge = self._settings.edge
        if np.hypot(across, down) < 0.05:
            return False
        outwards = (
            left < edge and across < 0,
            right > self._aspect - edge and across > 0,
            top < edge and down < 0,
            bottom > 1 - edge and down > 0,
        )
        return any(outwards)

    def _track(self, thing: _Thing) -> Track:
        path = tuple((round(x, 4), round(y, 4)) for x, y in thin(thing.points))
        name = f"{self._camera}/{thing.first}/{path[0]}/{path[1]}"
        votes = thing.classes.most_common(1)
        object_class = votes[0][0] if votes else ObjectClass.UNKNOWN
        return Track(str(uuid.uuid5(_TRACKS, name)), self._camera, object_class, thing.first, thing.last, path)

    def _rectangle(self, box: Box) -> Rectangle:
        return (box.left * self._aspect, box.top, box.right * self._aspect, box.bottom)

    def _box(self, thing: _Thing) -> Box:
        left, top, right, bottom = thing.rectangle()
        return Box(left / self._aspect, top, right / self._aspect, bottom)
