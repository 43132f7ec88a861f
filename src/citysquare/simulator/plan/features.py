"""A town's own ground in metres, and GeoJSON made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

from citysquare.simulator.town import METRES_PER_DEGREE

Metres = tuple[float, float]
Feature = dict[str, Any]

_PLACES = 6
"""Digits of a degree: a tenth of a metre."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A plane that touches the globe at a point, its y axis turned `bearing` degrees clockwise from north; x to its right."""

    latitude: float
    longitude: float
    bearing: float

    def on_map(self, point: Sequence[float]) -> list[float]:
        """Turn metres into longitude and latitude."""
        turn = radians(self.bearing)
        x, y = point[0], point[1]
        east, north = x * cos(turn) + y * sin(turn), y * cos(turn) - x * sin(turn)
        shrink = METRES_PER_DEGREE * cos(radians(self.latitude))
        return [round(self.longitude + east / shrink, _PLACES), round(self.latitude + north / METRES_PER_DEGREE, _PLACES)]

    def in_metres(self, position: Sequence[float]) -> Metres:
        """Turn longitude and latitude into metres."""
        turn = radians(self.bearing)
        east = (position[0] - self.longitude) * METRES_PER_DEGREE * cos(radians(self.latitude))
        north = (position[1] - self.latitude) * METRES_PER_DEGREE
        return (east * cos(turn) - north * sin(turn), east * sin(turn) + north * cos(turn))


def line(frame: Frame, points: Iterable[Sequence[float]], layer: str, kind: str, names: Mapping[str, str] | None = None) -> Feature:
    """Return a line."""
    return _feature({"type": "LineString", "coordinates": [frame.on_map(point) for point in points]}, layer, kind, names)


def area(
    frame: Frame,
    ring: Sequence[Sequence[float]],
    layer: str,
    kind: str,
    *,
    names: Mapping[str, str] | None = None,
    holes: Iterable[Sequence[Sequence[float]]] = (),
) -> Feature:
    """Return an area; rings are given open."""
    rings = [[frame.on_map(point) for point in (*each, each[0])] for each in (ring, *holes)]
    return _feature({"type": "Polygon", "coordinates": rings}, layer, kind, names)


def point(frame: Frame, at: Sequence[float], layer: str, kind: str, names: Mapping[str, str]) -> Feature:
    """Return a named place."""
    return _feature({"type": "Point", "coordinates": frame.on_map(at)}, layer, kind, names)


def box(x0: float, y0: float, x1: float, y1: float) -> list[Metres]:
    """Return a rectangle's ring."""
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def named(text: str, local: str) -> dict[str, str]:
    """Read 'en|bg|uk|ro' into the properties of a name; `local` is the language of the place itself."""
    said = dict(zip(("en", "bg", "uk", "ro"), text.split("|"), strict=True))
    return {"name": said[local], **{f"name:{language}": name for language, name in said.items()}}


def bounds(features: Iterable[Feature]) -> list[float]:
    """Return west, south, east, north of all of them."""
    positions = [position for feature in features for position in _positions(feature["geometry"])]
    lons, lats = [position[0] for position in positions], [position[1] for position in positions]
    return [min(lons), min(lats), max(lons), max(lats)]


def _positions(geometry: dict[str, Any]) -> list[list[float]]:
    coordinates = geometry["coordinates"]
    kind = geometry["type"]
    return [coordinates] if kind == "Point" else coordinates if kind == "LineString" else coordinates[0]


def _feature(geometry: dict[str, Any], layer: str, kind: str, names: Mapping[str, str] | None) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": {"layer": layer, "kind": kind, **(names or {})}}
