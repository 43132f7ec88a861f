"""Where houses stand in a block, as rectangles (x0, y0, x1, y1) in the town's metres."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

House = tuple[float, float, float, float]


def building_boxes(kind: str, x0: float, y0: float, x1: float, y1: float, random: Random) -> list[House]:
    """Return the houses of a block of this kind, which fills the given rectangle."""
    if kind == "dense":
        return [*_rows(x0, y0, x1, y1, random, lot=(13.0, 24.0), depth=(10.0, 14.0), gap=0.08), *_yard(x0, y0, x1, y1, random)]
    if kind == "houses":
        return list(_rows(x0 + 4, y0 + 4, x1 - 4, y1 - 4, random, lot=(15.0, 21.0), depth=(8.0, 11.0), gap=0.16, apart=5.5))
    if kind == "industrial":
        middle = x0 + (x1 - x0) * random.uniform(0.4, 0.6)
        return [(x0 + 5, y0 + 6, middle - 4, y1 - 8), (middle + 5, y0 + 6, x1 - 6, y0 + (y1 - y0) * 0.55)]
    if kind in {"school", "hospital", "university"}:
        high = y0 + (y1 - y0) * 0.3
        return [(x0 + 8, y0 + 8, x1 - 8, high), (x0 + 8, high, x0 + 24, y1 - 14), (x1 - 24, high, x1 - 8, y1 - 22)]
    return []


def _rows(  # noqa: PLR0913 -- a rectangle, and how it is parted into lots
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    random: Random,
    *,
    lot: tuple[float, float],
    depth: tuple[float, float],
    gap: float,
    apart: float = 0.0,
) -> Iterator[House]:
    """Put houses along the four sides; those on the short sides end before the corners, which the long sides fill."""
    for y, inward in ((y0, 1.0), (y1, -1.0)):
        for start, end in _lots(x0, x1, random, lot, gap, apart):
            deep = random.uniform(*depth)
            yield (start, min(y, y + inward * deep), end, max(y, y + inward * deep))
    corner = depth[1] + max(apart, 1.5)
    for x, inward in ((x0, 1.0), (x1, -1.0)):
        for start, end in _lots(y0 + corner, y1 - corner, random, lot, gap, apart):
            deep = random.uniform(*depth)
            yield (min(x, x + inward * deep), start, max(x, x + inward * deep), end)


def _lots(start: float, end: float, random: Random, lot: tuple[float, float], gap: float, apart: float) -> Iterator[tuple[float, float]]:
    at = start
    while end - at > lot[0] * 0.7:
        wide = min(random.uniform(*lot), end - at)
        if end - at - wide < lot[0] * 0.7:
            wide = end - at
        if random.random() > gap:
            yield at, at + wide - apart
        at += wide


def _yard(x0: float, y0: float, x1: float, y1: float, random: Random) -> Iterator[House]:
    """Put a low building or two into the yard of a dense block."""
    if x1 - x0 < 62 or y1 - y0 < 62:
        return
    for _ in range(random.randint(0, 2)):
        x, y = random.uniform(x0 + 22, x1 - 40), random.uniform(y0 + 22, y1 - 34)
        yield (x, y, x + random.uniform(8, 17), y + random.uniform(7, 11))
