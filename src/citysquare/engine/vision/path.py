"""Thinning a path to a few points that keep its shape and its ends."""

from __future__ import annotations

from collections.abc import Sequence

PATH_POINTS = 16
"""A finished track's path has at most so many points."""


def thin(points: Sequence[tuple[int, float, float]], most: int = PATH_POINTS) -> list[tuple[float, float]]:
    """Return at most `most` of the points (tick, x, y) as (x, y) within 0..1, spread evenly in time, with the first and the last."""
    if not points:
        return []
    chosen = list(points)
    if len(points) > most:
        start, span = points[0][0], max(1, points[-1][0] - points[0][0])
        chosen, index = [], 0
        for step in range(most):
            wanted = start + span * step / (most - 1)
            while index < len(points) - 1 and abs(points[index + 1][0] - wanted) <= abs(points[index][0] - wanted):
                index += 1
            if not chosen or points[index] is not chosen[-1]:
                chosen.append(points[index])
    return [(min(1.0, max(0.0, x)), min(1.0, max(0.0, y))) for _, x, y in chosen]
