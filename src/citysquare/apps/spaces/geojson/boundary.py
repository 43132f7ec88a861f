"""From a geometry somebody brought to a valid area, or to the one sentence that says what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import shapely
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from shapely.geometry import MultiPolygon, Polygon

from citysquare.apps.spaces.geojson.errors import (
    Antimeridian,
    BadOutline,
    NoPolygons,
    NotDegrees,
    SelfCrossing,
    SwappedAxes,
    TooManyPoints,
    TooWide,
)
from citysquare.platform.geometry import Area, Position, area_metres, distance_metres, oriented

MOST_POINTS = 10_000
"""Of one boundary."""

WIDEST_METRES = 100_000.0
LEAST_METRES = 1.0
"""Square metres: below this an outline is a mistake."""

_MOST_RINGS = 500
_MOST_MENDED = 250
"""Points: mending looks at every pair of edges that cross, and there may be that many squared."""
_DIGITS = 7
_EUROPE = (-25.0, 34.0, 45.0, 72.0)
"""West, south, east, north: where a city is looked for that has no space on the map yet."""
_FAR, _NEAR = 300_000.0, 100_000.0
_REASON = re.compile(r"^([A-Za-z ,-]+)\[([^ \]]+) ([^\]]+)\]")
_CROSSINGS = ("Self-intersection", "Ring Self-intersection")

Ring = list[Position]


class Axes(StrEnum):
    """What to do about the order of the two coordinates."""

    CHECK = ""
    AS_WRITTEN = "as_written"
    """A person has said that longitude stands first as it should."""
    SWAP = "swap"
    """A person has said that latitude stands first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read an outline."""

    axes: Axes = Axes.CHECK
    near: Position | None = None
    """Where the city's other spaces are (longitude, latitude)."""
    mend: bool = True
    """Say what an outline that crosses itself most likely means."""


def boundary(geometry: object, reading: Reading) -> Area:
    """Return the area, closed, rounded to a centimetre, turned as RFC 7946 asks, without heights.

    Raises NoPolygons, BadOutline, TooManyPoints, NotDegrees, Antimeridian, SwappedAxes, SelfCrossing, TooWide.
    """
    polygons = _polygons(geometry)
    if reading.axes is Axes.SWAP:
        polygons = [[[(y, x) for x, y in ring] for ring in rings] for rings in polygons]
    _check_degrees(polygons, reading)
    area = _checked(_area(polygons), mend=reading.mend)
    _check_size(area)
    if reading.axes is Axes.CHECK:
        _check_order((area.centroid.x, area.centroid.y), reading.near)
    return oriented_area(area)


def oriented_area(area: Area) -> Area:
    """Return the area with its rings turned as RFC 7946 asks."""
    turned: Area = oriented(area)
    return turned


def _polygons(geometry: object) -> list[list[Ring]]:
    if not isinstance(geometry, Mapping):
        raise NoPolygons(_("It has no geometry. A space is a Polygon or MultiPolygon."))
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if not isinstance(kind, str) or kind not in {"Polygon", "MultiPolygon"}:
        shown = kind if isinstance(kind, str) and kind.isalpha() and len(kind) < 30 else "?"
        raise NoPolygons(_("It is a %(kind)s, not an area. A space is a Polygon or MultiPolygon.") % {"kind": shown})
    raw = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(raw, list) or not raw or not all(isinstance(rings, list) and rings for rings in raw):
        raise BadOutline(_("It has no coordinates."))
    if sum(len(rings) for rings in raw) > _MOST_RINGS:
        raise TooManyPoints(_("It has more than %(most)d outlines and holes.") % {"most": _MOST_RINGS})
    count = sum(len(ring) if isinstance(ring, list) else 0 for rings in raw for ring in rings)
    if count > MOST_POINTS:
        given = {"count": number_format(count), "most": number_format(MOST_POINTS)}
        raise TooManyPoints(_("It has %(count)s points; %(most)s are enough for any space. Simplify the outline.") % given)
    return [[_ring(ring) for ring in rings] for rings in raw]


def _ring(raw: object) -> Ring:
    """Return a closed ring without repeated points. An open one is closed: there is only one way to do that."""
    if not isinstance(raw, list):
        raise BadOutline(_("An outline is a list of points, and this is none."))
    ring: Ring = []
    for each in raw:
        point = _point(each)
        if not ring or ring[-1] != point:
            ring.append(point)
    if ring and ring[0] != ring[-1]:
        ring.append(ring[0])
    if len(ring) < 4:
        raise BadOutline(_("An outline needs at least three different points."))
    return ring


def _point(raw: object) -> Position:
    if not isinstance(raw, list) or not 2 <= len(raw) <= 4:
        raise BadOutline(_("A point needs two numbers, longitude and latitude."))
    x, y = _number(raw[0]), _number(raw[1])
    return round(x, _DIGITS), round(y, _DIGITS)


def _number(raw: object) -> float:
    try:
        value = float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else math.nan
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise BadOutline(_("A point needs two numbers, longitude and latitude."))
    return value


def _positions(polygons: list[list[Ring]]) -> Iterator[Position]:
    return (point for rings in polygons for ring in rings for point in ring)


def _check_degrees(polygons: list[list[Ring]], reading: Reading) -> None:
    widest = max(abs(x) for x, _y in _positions(polygons))
    highest = max(abs(y) for _x, y in _positions(polygons))
    if widest <= 180 and highest <= 90:
        west, east = min(x for x, _y in _positions(polygons)), max(x for x, _y in _positions(polygons))
        if east - west > 180:
            raise Antimeridian(_("The outline crosses the 180th meridian. Divide it there into two areas."))
        return
    if widest <= 90 and highest <= 180 and reading.axes is not Axes.SWAP:
        raise SwappedAxes(
            _("Latitude and longitude are swapped: there is no latitude of %(highest)s degrees.") % {"highest": _near(highest)}
        )
    if widest <= 360 and highest <= 90:
        raise Antimeridian(_("The outline goes beyond the 180th meridian. Divide it there into two areas."))
    x, y = next(_positions(polygons))
    guess = _grid(abs(x), abs(y))
    raise NotDegrees(
        _("%(x)s, %(y)s are no degrees%(guess)s. Save the file again in WGS 84 (EPSG:4326), longitude before latitude.")
        % {"x": _near(x), "y": _near(y), "guess": f" ({guess})" if guess else ""}
    )


def _grid(x: float, y: float) -> str:
    """Guess the system of coordinates in metres, for a sentence only. Ranges: EPSG's areas of use of 3844, 326xx and 3857."""
    first, second = sorted((x, y))
    if 100_000 <= first <= 1_000_000 and 200_000 <= second <= 1_000_000:
        return _("they look like metres of Stereo 70, EPSG:3844")
    if 100_000 <= first <= 900_000 and 1_000_000 <= second <= 10_000_000:
        return _("they look like metres of UTM, EPSG:32633 to 32636")
    if first >= 1_000_000 and second <= 20_037_509:
        return _("they look like metres of Web Mercator, EPSG:3857")
    return _("they look like metres") if second > 1000 else ""


def _check_order(at: Position, near: Position | None) -> None:
    """Latitudes and longitudes of Europe fit into each other's ranges: only where the city is tells whether they are swapped."""
    swapped = (at[1], at[0])
    if abs(swapped[1]) > 90:
        return
    if near is not None:
        as_written, other = distance_metres(at, near), distance_metres(swapped, near)
        if as_written > _FAR and other < _NEAR:
            given = {"far": _kilometres(as_written), "close": _kilometres(other)}
            raise SwappedAxes(
                _("Latitude and longitude seem swapped: as written, it lies %(far)s km from your other spaces, swapped %(close)s km.")
                % given
            )
    elif not _in_europe(at) and _in_europe(swapped):
        raise SwappedAxes(_("Latitude and longitude seem swapped: as written, it lies outside of Europe, swapped within."))


def _in_europe(at: Position) -> bool:
    west, south, east, north = _EUROPE
    return west <= at[0] <= east and south <= at[1] <= north


def _area(polygons: list[list[Ring]]) -> Area:
    made = [Polygon(rings[0], rings[1:]) for rings in polygons]
    return made[0] if len(made) == 1 else MultiPolygon(made)


def _checked(area: Area, *, mend: bool) -> Area:
    reason = str(shapely.is_valid_reason(area))
    if reason == "Valid Geometry":
        return area
    what, x, y = _told(reason)
    given = {"latitude": y, "longitude": x}
    if what in _CROSSINGS:
        text = _("The outline crosses or touches itself near latitude %(latitude)s, longitude %(longitude)s.") % given
        raise SelfCrossing(text, mended=_mended(area) if mend else None)
    if what.startswith("Hole"):
        raise BadOutline(
            _("A hole lies outside of its area, or in another hole, near latitude %(latitude)s, longitude %(longitude)s.") % given
        )
    raise BadOutline(_("The outline encloses no plain area near latitude %(latitude)s, longitude %(longitude)s.") % given)


def _told(reason: str) -> tuple[str, str, str]:
    told = _REASON.match(reason)
    return (told[1].strip(), _near(float(told[2])), _near(float(told[3]))) if told else (reason, "?", "?")


def _mended(area: Area) -> Area | None:
    """Return the one polygon that the outline most likely means, None when there is none or there are several."""
    if int(shapely.get_num_coordinates(area)) > _MOST_MENDED:
        return None
    made: Any = shapely.make_valid(area, method="structure", keep_collapsed=False)
    made = shapely.set_precision(made, 10**-_DIGITS)
    if not isinstance(made, Polygon) or made.is_empty or not made.is_valid or area_metres(made) < LEAST_METRES:
        return None
    return oriented_area(made)


def _check_size(area: Area) -> None:
    west, south, east, north = area.bounds
    width = distance_metres((west, south), (east, north))
    if width > WIDEST_METRES:
        given = {"width": _kilometres(width), "most": _kilometres(WIDEST_METRES)}
        raise TooWide(_("It is %(width)s km wide; a space has at most %(most)s km. Is one of its points wrong?") % given)
    if area_metres(area) < LEAST_METRES:
        raise BadOutline(_("It is smaller than one square metre."))


def _kilometres(metres: float) -> str:
    return number_format(round(metres / 1000, 1 if metres < 10_000 else 0), 1 if metres < 10_000 else 0)


def _near(degrees: float) -> str:
    return f"{degrees:.5f}".rstrip("0").rstrip(".")
