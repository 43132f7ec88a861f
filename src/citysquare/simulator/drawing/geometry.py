"""The camera of a scene: a pinhole over flat ground. World axes: x right (east), y away (north), z up, in metres."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import cos, radians, sin, tan
from typing import Any

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Picture = npt.NDArray[Any]
NEAR = 0.4


@dataclass(frozen=True)
class View:
    """Where the camera stands and looks. `fov` is horizontal, `pitch` downwards, `yaw` clockwise from north; degrees and metres."""

    position: tuple[float, float, float]
    yaw: float
    pitch: float
    fov: float = 62.0
    width: int = 1920
    height: int = 1080

    @cached_property
    def focal(self) -> float:
        """Focal length in pixels."""
        return self.width / 2 / tan(radians(self.fov) / 2)

    @cached_property
    def axes(self) -> Points:
        """Rows: right, up and forward of the camera in the world."""
        yaw, pitch = radians(self.yaw), radians(self.pitch)
        forward = np.array([sin(yaw) * cos(pitch), cos(yaw) * cos(pitch), -sin(pitch)])
        right = np.array([cos(yaw), -sin(yaw), 0.0])
        return np.stack([right, np.cross(right, forward), forward])

    def camera_space(self, points: Points) -> Points:
        """Turn world points (n, 3) into right, up, depth."""
        turned: Points = (points - np.asarray(self.position)) @ self.axes.T
        return turned

    def project(self, points: Points) -> tuple[Points, Points]:
        """Project world points (n, 3) to pixels (n, 2) and depths (n). Points behind the camera give no usable pixel."""
        seen = self.camera_space(points)
        depth = seen[:, 2]
        safe = np.maximum(depth, NEAR / 4)
        x = self.width / 2 - 0.5 + self.focal * seen[:, 0] / safe
        y = self.height / 2 - 0.5 - self.focal * seen[:, 1] / safe
        return np.stack([x, y], axis=1), depth

    def polygon(self, points: Points) -> Points:
        """Project a polygon, cut to a little more than the view so that no pixel is absurdly far away. May be empty."""
        seen = self.camera_space(points)
        aside, above = self.width / self.focal, self.height / self.focal  # twice what the picture shows
        planes = ((0.0, 0.0, 1.0, -NEAR), (1.0, 0.0, aside, 0.0), (-1.0, 0.0, aside, 0.0), (0.0, 1.0, above, 0.0), (0.0, -1.0, above, 0.0))
        for plane in planes:
            seen = _cut(seen, np.array(plane[:3]), plane[3])
            if len(seen) < 3:
                return np.empty((0, 2))
        return np.stack(
            [
                self.width / 2 - 0.5 + self.focal * seen[:, 0] / seen[:, 2],
                self.height / 2 - 0.5 - self.focal * seen[:, 1] / seen[:, 2],
            ],
            axis=1,
        )

    def ground_at(self, x: Picture, y: Picture) -> tuple[Points, Points, Points]:
        """World x, y and distance of the ground seen at pixels; the distance is infinite above the horizon."""
        right, up, forward = self.axes
        a = (x - (self.width / 2 - 0.5)) / self.focal
        b = -(y - (self.height / 2 - 0.5)) / self.focal
        dz = a * right[2] + b * up[2] + forward[2]
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = np.where(dz < -1e-6, -self.position[2] / dz, np.inf)
            gx = self.position[0] + distance * (a * right[0] + b * up[0] + forward[0])
            gy = self.position[1] + distance * (a * right[1] + b * up[1] + forward[1])
        return gx, gy, distance

    def sized(self, width: int, height: int) -> View:
        """Give the same view in another picture size."""
        return View(self.position, self.yaw, self.pitch, self.fov, width, height)


def _cut(ring: Points, normal: Points, offset: float) -> Points:
    """Cut a polygon at a plane (Sutherland and Hodgman); the side the normal points to stays."""
    side = ring @ normal + offset
    if side.min() >= 0:
        return ring
    kept = []
    for a, b, at_a, at_b in zip(ring, np.roll(ring, -1, axis=0), side, np.roll(side, -1), strict=True):
        if at_a >= 0:
            kept.append(a)
        if (at_a >= 0) != (at_b >= 0):
            kept.append(a + (b - a) * at_a / (at_a - at_b))
    return np.array(kept).reshape(-1, 3)


def flat(points: list[tuple[float, float]], z: float = 0.0) -> Points:
    """Make world points of ground points."""
    return np.array([(x, y, z) for x, y in points], dtype=np.float64)
