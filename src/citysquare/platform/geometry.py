"""Measures on the ground: areas and distances on the WGS 84 ellipsoid, and which ground a camera sees.

Everything here is pure and takes GeoJSON's order, longitude before latitude, in degrees. Shapes are shapely's; what they were read
from is the caller's business. Lengths follow the geodesic of C. Karney, "Algorithms for geodesics" (2013), as pyproj offers it.
Comparing two shapes within a few metres is done on a plane that touches the ground near them: over a space of 10 km its error is
below one part in ten thousand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry import MultiPolygon, Point, Polygon, mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

Area = Polygon | MultiPolygon
Position = tuple[float, float]
"""Longitude, latitude."""

WHOLE_CIRCLE = 360.0

_EARTH = Geod(ellps="WGS84")
_DIGITS = 7
"""Digits after the point that are kept: a centimetre."""
_ARC_DEGREES = 6.0
"""A view's far edge has a corner at least this often."""


@dataclass(frozen=True, slots=True)
class View:
    """What a camera sees of the ground: from where, whither and how far."""

    longitude: float
    latitude: float
    azimuth: float
    """Degrees clockwise from north."""
    view_angle: float
    """Degrees from the left to the right edge of the picture."""
    range_metres: float
    """How far things can be told apart."""


def area_metres(area: Area) -> float:
    """Return the area on the ellipsoid, in square metres, without holes."""
    surface, _edge = _EARTH.geometry_area_perimeter(oriented(area))
    return abs(surface)


def distance_metres(first: Position, second: Position) -> float:
    """Return the length of the shortest way over the ellipsoid, in metres."""
    _there, _back, metres = _EARTH.inv(first[0], first[1], second[0], second[1])
    return float(metres)


def distance_to_area(position: Position, area: Area) -> float:
    """Return how far outside of `area` a position is, in metres; 0 within it and on its edge."""
    project = _plane(area)
    point, ground = project(Point(position)), project(area)
    if ground.intersects(point):
        return 0.0
    _same, near = nearest_points(point, ground)
    return float(point.distance(near))


def metres_beyond(inner: Area, outer: Area, *, at_most: float) -> float:
    """Return how far `inner` reaches out of `outer`, in metres; 0 when it does so by no more than `at_most`."""
    project = _plane(outer)
    ground = project(outer)
    rest = project(inner).difference(ground.buffer(at_most))
    if rest.is_empty:
        return 0.0
    corners = shapely.points(shapely.get_coordinates(rest))
    return float(shapely.distance(corners, ground).max())


def middle(area: Area) -> Position:
    """Return a position within the area, near its middle, for a label or a marker."""
    point = area.representative_point() if not area.contains(area.centroid) else area.centroid
    return round(point.x, _DIGITS), round(point.y, _DIGITS)


def view_outline(view: View) -> Polygon:
    """Return the ground a camera sees as a polygon: a slice of a circle, or a whole circle for an all-round camera."""
    width = min(view.view_angle, WHOLE_CIRCLE)
    steps = max(2, math.ceil(width / _ARC_DEGREES) + 1)
    directions = [view.azimuth - width / 2 + width * step / (steps - 1) for step in range(steps)]
    if width >= WHOLE_CIRCLE:
        directions = directions[:-1]
    count = len(directions)
    east, north, _back = _EARTH.fwd([view.longitude] * count, [view.latitude] * count, directions, [view.range_metres] * count)
    edge = [(round(float(x), _DIGITS), round(float(y), _DIGITS)) for x, y in zip(east, north, strict=True)]
    corners = edge if width >= WHOLE_CIRCLE else [(view.longitude, view.latitude), *edge]
    return cast("Polygon", oriented(Polygon(corners)))


def oriented(area: Area) -> Any:  # noqa: ANN401 -- a polygon stays a polygon and several stay several; stubs of shapely cannot say so
    """Return the same area with its rings turned as RFC 7946 asks: outlines counter-clockwise, holes clockwise."""
    return shapely.orient_polygons(area)


def as_area(geometry: Mapping[str, Any]) -> Area:
    """Return kept GeoJSON as a shape. What comes from outside is checked by the spaces room before it is kept."""
    return cast("Area", shape(dict(geometry)))


def as_geojson(area: Area) -> dict[str, Any]:
    """Return a shape as a GeoJSON geometry."""
    made = mapping(oriented(area))
    return {"type": str(made["type"]), "coordinates": _listed(made["coordinates"])}


def _listed(value: Any) -> Any:  # noqa: ANN401 -- nested as deep as GeoJSON's coordinates are
    return [_listed(part) for part in value] if isinstance(value, Sequence) else round(float(value), _DIGITS)


class _Plane:
    """A flat map in metres that touches the ground at one place."""

    def __init__(self, longitude: float, latitude: float) -> None:
        # Lengths of a degree by the ellipsoid's own geodesics, so that no second set of formulas is needed.
        self._origin = np.array([longitude, latitude])
        span = 0.001
        east = distance_metres((longitude - span, latitude), (longitude + span, latitude)) / (2 * span)
        north = distance_metres((longitude, latitude - span), (longitude, latitude + span)) / (2 * span)
        self._scale = np.array([east, north])

    def __call__(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return the geometry in metres east and north of the place."""
        return shapely.transform(geometry, self._metres)

    def _metres(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        metres: NDArray[np.float64] = (degrees - self._origin) * self._scale
        return metres


def _plane(area: Area) -> _Plane:
    west, south, east, north = area.bounds
    return _Plane((west + east) / 2, min(max((south + north) / 2, -89.99), 89.99))
