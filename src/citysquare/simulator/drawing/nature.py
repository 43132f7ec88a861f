"""Trees, hedges and flower beds."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Points
from citysquare.simulator.drawing.ground import Ground
from citysquare.simulator.drawing.layer import Colour, lit
from citysquare.simulator.drawing.stage import Scenery

LIME: Colour = (58, 126, 92)
POPLAR: Colour = (60, 110, 78)
WILLOW: Colour = (74, 138, 120)
ACACIA: Colour = (66, 132, 104)


@dataclass(frozen=True)
class Tree:
    """A tree: where it stands, how tall, how wide its crown, where the crown begins; metres."""

    at: tuple[float, float]
    seed: int
    height: float = 7.5
    crown: float = 2.3
    trunk: float = 2.2
    leaf: Colour = LIME

    def place(self) -> tuple[float, float]:
        """Order by the trunk."""
        return self.at

    def _blobs(self) -> tuple[Points, Points]:
        random = np.random.default_rng(self.seed)
        count = 230
        way = random.standard_normal((count, 3))
        way /= np.linalg.norm(way, axis=1)[:, None]
        out = way * random.uniform(0.35, 1.0, count)[:, None] ** 0.5
        half = (self.height - self.trunk) / 2
        lumps = 1 + 0.16 * np.sin(way[:, :1] * 4 + self.seed) + 0.12 * np.sin(way[:, 2:] * 5 + self.seed * 2)
        centre = np.array([*self.at, self.trunk + half])
        size = random.uniform(0.16, 0.34, count) * self.crown * 0.62
        return centre + out * lumps * (self.crown * 0.86, self.crown * 0.86, half * 0.9), size

    def cast(self, ground: Ground) -> None:
        """Throw the shadow of trunk and crown."""
        points, size = self._blobs()
        for centre, radius in zip(points[::3], size[::3], strict=True):
            turns = np.linspace(0, 2 * np.pi, 7, endpoint=False)
            ring = np.stack([np.cos(turns), np.sin(turns), np.zeros(7)], axis=1) * radius * 1.25
            ground.shadow(centre + ring)
        x, y = self.at
        ground.shadow(np.array([(x - 0.14, y, 0), (x + 0.14, y, 0), (x - 0.1, y, self.trunk + 1), (x + 0.1, y, self.trunk + 1)]))

    def paint(self, scenery: Scenery) -> None:
        """Paint trunk, then leaves from dark to light."""
        x, y = self.at
        foot = np.array([[x, y, 0.0]])
        distance = float(scenery.view.project(foot)[1][0])
        if distance < 1.0:
            return
        side = scenery.view.axes[0] * 0.15
        bark = 0.95 * scenery.light.leaves[0] + 0.05 * scenery.light.leaves[1]
        top = np.array([x, y, self.trunk + 1.2])
        scenery.polygon(np.array([foot[0] - side, foot[0] + side, top + side * 0.7, top - side * 0.7]), lit((52, 64, 76), bark), distance)
        scenery.polygon(
            np.array([foot[0] - side, foot[0] - side * 0.1, top - side * 0.1, top - side * 0.7]), lit((72, 86, 98), bark), distance
        )
        self._leaves(scenery, distance)

    def _leaves(self, scenery: Scenery, distance: float) -> None:
        points, size = self._blobs()
        random = Random(self.seed)  # noqa: S311  # looks
        pixels, depth = scenery.view.project(points)
        sun = np.asarray(scenery.light.sun) / np.linalg.norm(scenery.light.sun)
        centre = points.mean(axis=0)
        bright = ((points - centre) @ sun) / self.crown + (scenery.view.axes[2] @ (centre - points).T) / self.crown * 0.25
        sky, sunshine = scenery.light.leaves
        for index in np.argsort(bright):
            sunny = 0.42 * sunshine * float(np.clip(bright[index] * 0.6 + 0.45, 0, 1))
            tone = lit(self.leaf, 0.62 * sky + sunny + random.uniform(-0.05, 0.05))
            radius = float(size[index]) * scenery.view.focal / float(depth[index])
            scenery.layer.disc(pixels[index], radius, scenery.light.hazy(tone, distance))
            cv2.circle(scenery.depth, (round(pixels[index][0]), round(pixels[index][1])), max(1, round(radius)), (distance,), -1)
            small = radius * 0.3
            for _ in range(4 if radius > 5 else 0):
                spot = pixels[index] + (random.gauss(0, radius * 0.6), random.gauss(0, radius * 0.6))
                scenery.layer.disc(spot, small, scenery.light.hazy(lit(tone, random.uniform(0.86, 1.2)), distance))


@dataclass(frozen=True)
class Hedge:
    """A clipped hedge, or a bed of flowers when `flowers` are given, along a line."""

    a: tuple[float, float]
    b: tuple[float, float]
    seed: int
    height: float = 0.8
    deep: float = 0.7
    leaf: Colour = (52, 108, 74)
    flowers: tuple[Colour, ...] = ()

    def place(self) -> tuple[float, float]:
        """Order by the middle."""
        return (self.a[0] + self.b[0]) / 2, (self.a[1] + self.b[1]) / 2

    def cast(self, ground: Ground) -> None:
        """Throw its shadow."""
        ground.shadow(np.array([(*p, z) for p in (self.a, self.b) for z in (0.0, self.height)]))

    def paint(self, scenery: Scenery) -> None:
        """Paint it as many small leaves, from far to near."""
        random = np.random.default_rng(self.seed)
        length = float(np.hypot(self.b[0] - self.a[0], self.b[1] - self.a[1]))
        count = int(length * 70)
        share = random.uniform(0, 1, count)
        along = np.array(self.a) + share[:, None] * np.subtract(self.b, self.a)
        normal = np.array([-(self.b[1] - self.a[1]), self.b[0] - self.a[0]]) / length
        across = random.uniform(-0.5, 0.5, count) * self.deep
        points = np.column_stack([along + across[:, None] * normal, random.uniform(0.0, 1.0, count) ** 0.6 * self.height])
        pixels, depth = scenery.view.project(points)
        feet = scenery.view.camera_space(points * (1.0, 1.0, 0.0))[:, 2]
        light = 0.6 * scenery.light.leaves[0] + 0.4 * scenery.light.leaves[1]
        for index in np.argsort(-depth):
            if depth[index] < 1.0:
                continue
            tone = lit(self.leaf, 0.55 + 0.55 * float(points[index, 2]) / self.height + float(random.uniform(-0.1, 0.1)))
            if self.flowers and points[index, 2] > self.height * 0.7:
                tone = self.flowers[index % len(self.flowers)]
            distance = float(depth[index])
            radius = 0.11 * scenery.view.focal / distance
            scenery.layer.disc(pixels[index], radius, scenery.light.hazy(lit(tone, light), distance))
            cv2.circle(scenery.depth, (round(pixels[index][0]), round(pixels[index][1])), max(1, round(radius)), (float(feet[index]),), -1)
