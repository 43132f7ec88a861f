"""Where crossings are counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the ground where crossings are counted, metres. Who crosses from the left of a->b to its right goes "forward"."""

    name: str
    a: tuple[float, float]
    b: tuple[float, float]
