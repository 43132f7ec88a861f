"""A stroller: the pram that somebody pushes."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from citysquare.simulator.drawing.layer import Colour, lit
from citysquare.simulator.drawing.mesh import Mesh, Solid
from citysquare.simulator.drawing.vehicles.parts import DARK, RIM, ring


@lru_cache(maxsize=32)
def stroller_mesh(colour: Colour) -> Mesh:
    """Build a stroller, its middle on the ground; x is forward, the handle behind."""
    solid = Solid()
    for x, radius in ((-0.26, 0.13), (0.30, 0.10)):
        solid.mirrored(ring(x, 0.26, radius, radius, 12), DARK, 1)
        solid.mirrored(ring(x, 0.265, radius, radius * 0.6, 10), RIM, 2)
        solid.mirrored([(px, -py, pz) for px, py, pz in reversed(ring(x, -0.22, radius, radius, 12))], DARK, 0)
    for a, b in (((-0.26, 0.12), (0.16, 0.56)), ((0.30, 0.10), (-0.16, 0.56)), ((0.04, 0.40), (-0.42, 1.0))):
        (ax, az), (bx, bz) = a, b
        solid.mirrored([(ax + 0.02, 0.24, az), (ax - 0.02, 0.24, az), (bx - 0.02, 0.24, bz), (bx + 0.02, 0.24, bz)], lit(RIM, 0.7), 1)
    solid.box((-0.44, -0.24, 0.98), (-0.40, 0.24, 1.02), DARK, 1)
    low, high = 0.42, 0.66
    rows = [(-0.30, low + 0.08, high), (-0.18, low, high), (0.30, low, high - 0.02), (0.42, low + 0.10, high - 0.04)]
    for (ax, al, ah), (bx, bl, bh) in pairwise(rows):
        solid.mirrored([(bx, 0.23, bl), (ax, 0.23, al), (ax, 0.23, ah), (bx, 0.23, bh)], colour, 3)
        solid.face([(ax, -0.23, ah), (bx, -0.23, bh), (bx, 0.23, bh), (ax, 0.23, ah)], lit(colour, 1.15), 3)
    solid.face([(0.42, -0.23, low + 0.1), (0.42, 0.23, low + 0.1), (0.42, 0.23, high - 0.04), (0.42, -0.23, high - 0.04)], colour, 3)
    solid.face([(-0.30, 0.23, low + 0.08), (-0.30, -0.23, low + 0.08), (-0.30, -0.23, high), (-0.30, 0.23, high)], colour, 3)
    hood = [(-0.32, high), (-0.28, 0.88), (-0.12, 0.98), (0.04, 0.92)]
    for (ax, az), (bx, bz) in pairwise(hood):
        solid.face([(ax, 0.23, az), (ax, -0.23, az), (bx, -0.23, bz), (bx, 0.23, bz)], lit(colour, 0.85), 4)
    solid.mirrored(
        [(0.04, 0.23, 0.92), (0.0, 0.23, high), (-0.32, 0.23, high), (-0.28, 0.23, 0.88), (-0.12, 0.23, 0.98)][::-1], lit(colour, 0.8), 4
    )
    return solid.finish()
