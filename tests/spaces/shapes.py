"""Outlines for tests, near Izmail unless they say otherwise."""

from __future__ import annotations

import json
from typing import Any

HOME = (28.84, 45.35)


def square(x: float = HOME[0], y: float = HOME[1], side: float = 0.001) -> dict[str, Any]:
    """A square in degrees with its south-western corner at x, y."""
    return {"type": "Polygon", "coordinates": [[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]]}


def bow_tie(x: float = HOME[0], y: float = HOME[1]) -> dict[str, Any]:
    """An outline that crosses itself in the middle, so that two areas could be meant."""
    return {"type": "Polygon", "coordinates": [[[x, y], [x + 0.002, y + 0.002], [x + 0.002, y], [x, y + 0.002], [x, y]]]}


def spiked(x: float = HOME[0], y: float = HOME[1]) -> dict[str, Any]:
    """A square with a spike there and back: only one area can be meant."""
    ring = [
        [x, y],
        [x + 0.002, y],
        [x + 0.002, y + 0.002],
        [x + 0.001, y + 0.002],
        [x + 0.001, y + 0.004],
        [x + 0.001, y + 0.002],
        [x, y + 0.002],
    ]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def feature(geometry: object, **properties: object) -> dict[str, Any]:
    """A feature as a city's register writes it."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: object, **more: object) -> bytes:
    """A file."""
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()
