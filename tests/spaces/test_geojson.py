"""What somebody brings as GeoJSON is taken only when it can be nothing else than an area in the city; else one sentence says why."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from citysquare.apps.spaces import geojson
from citysquare.apps.spaces.geojson import Axes, GeojsonError, Reading, boundary
from citysquare.platform.geometry import area_metres, as_area, as_geojson, distance_to_area
from tests.spaces.shapes import HOME, bow_tie, collection, feature, spiked, square

IN_THE_CITY = Reading(near=HOME)


def refusal(geometry: object, reading: Reading = IN_THE_CITY) -> GeojsonError:
    with pytest.raises(GeojsonError) as refused:
        boundary(geometry, reading)
    return refused.value


def ring(*points: object) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [list(points)]}


def test_a_plain_outline_is_taken() -> None:
    area = boundary(square(), IN_THE_CITY)
    assert area_metres(area) == pytest.approx(111.2 * 78.4, rel=0.01)


def test_holes_and_several_parts_are_taken() -> None:
    outer, hole, other = square(side=0.01), square(28.842, 45.352, 0.002), square(28.86, 45.35)
    both = {"type": "MultiPolygon", "coordinates": [[*outer["coordinates"], *hole["coordinates"]], other["coordinates"]]}
    area = boundary(both, IN_THE_CITY)
    assert area_metres(area) < area_metres(boundary(outer, IN_THE_CITY)) + area_metres(boundary(other, IN_THE_CITY))
    assert not area.contains(Point(28.843, 45.353)), "the hole is no part of it"


def test_an_open_outline_is_closed_and_heights_are_dropped() -> None:
    area = boundary(ring([28.84, 45.35, 12.0], [28.841, 45.35, 12.0], [28.841, 45.351, 12.0]), IN_THE_CITY)
    assert as_geojson(area)["coordinates"][0][0] == as_geojson(area)["coordinates"][0][-1]
    assert {len(point) for point in as_geojson(area)["coordinates"][0]} == {2}


def test_a_crossing_outline_is_refused_and_says_where() -> None:
    refused = refusal(bow_tie())
    assert refused.code == "spaces.geojson_self_crossing"
    assert "45.351" in str(refused)
    assert "28.841" in str(refused)
    assert isinstance(refused, geojson.SelfCrossing)
    assert refused.mended is None, "two areas could be meant, so none is offered"


def test_a_crossing_outline_with_one_meaning_is_offered_mended() -> None:
    refused = refusal(spiked())
    assert isinstance(refused, geojson.SelfCrossing)
    assert refused.mended is not None
    assert area_metres(refused.mended) == pytest.approx(area_metres(boundary(square(side=0.002), IN_THE_CITY)), rel=1e-5)


@pytest.mark.parametrize("reading", [IN_THE_CITY, Reading()], ids=["near the city's spaces", "before there is any"])
def test_swapped_axes_are_noticed_where_both_orders_are_degrees(reading: Reading) -> None:
    refused = refusal(square(HOME[1], HOME[0]), reading)
    assert refused.code == "spaces.geojson_swapped"


def test_a_latitude_beyond_the_pole_is_a_swapped_one() -> None:
    assert refusal(square(10.0, 120.0)).code == "spaces.geojson_swapped"


def test_a_person_may_swap_them_or_insist() -> None:
    swapped = square(HOME[1], HOME[0])
    assert as_geojson(boundary(swapped, Reading(Axes.SWAP, HOME)))["type"] == "Polygon"
    assert boundary(swapped, Reading(Axes.SWAP, HOME)).equals(boundary(square(), IN_THE_CITY))
    assert boundary(swapped, Reading(Axes.AS_WRITTEN, HOME)).centroid.x == pytest.approx(HOME[1], abs=0.01)


@pytest.mark.parametrize(
    ("x", "y", "guess"),
    [(643_000, 5_023_000, "UTM"), (800_000, 430_000, "Stereo 70"), (430_000, 800_000, "Stereo 70"), (3_210_000, 5_680_000, "Web Mercator")],
)
def test_metres_are_no_degrees_and_the_system_is_guessed(x: float, y: float, guess: str) -> None:
    refused = refusal(square(x, y, 100))
    assert refused.code == "spaces.geojson_not_degrees"
    assert guess in str(refused)


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "spaces.geojson_no_polygons"),
        ("Polygon", "spaces.geojson_no_polygons"),
        ({"type": "Point", "coordinates": [28.84, 45.35]}, "spaces.geojson_no_polygons"),
        ({"type": ["Polygon"], "coordinates": []}, "spaces.geojson_no_polygons"),
        ({"type": "Polygon"}, "spaces.geojson_bad_outline"),
        ({"type": "Polygon", "coordinates": [[]]}, "spaces.geojson_bad_outline"),
        ({"type": "Polygon", "coordinates": [7]}, "spaces.geojson_bad_outline"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "spaces.geojson_bad_outline"),
        (ring([28.84, 45.35], [28.84, 45.35], [28.841, 45.35]), "spaces.geojson_bad_outline"),
        (ring([28.84, 45.35], [28.841, 45.35], [28.842, 45.35]), "spaces.geojson_self_crossing"),
        (ring([28.84, 45.35], [28.841], [28.842, 45.35]), "spaces.geojson_bad_outline"),
        (ring(["28.84", "45.35"], [28.841, 45.35], [28.842, 45.36]), "spaces.geojson_bad_outline"),
        (ring([True, False], [28.841, 45.35], [28.842, 45.36]), "spaces.geojson_bad_outline"),
        (ring([math.nan, 45.35], [28.841, 45.35], [28.842, 45.36]), "spaces.geojson_bad_outline"),
        (ring([math.inf, 45.35], [28.841, 45.35], [28.842, 45.36]), "spaces.geojson_bad_outline"),
        (ring([10**400, 45.35], [28.841, 45.35], [28.842, 45.36]), "spaces.geojson_bad_outline"),
        (square(side=0.000001), "spaces.geojson_bad_outline"),
        (square(side=2.0), "spaces.geojson_too_wide"),
        (square(179.9995, 45.0), "spaces.geojson_antimeridian"),
        (ring([179.9, 45], [-179.9, 45], [-179.9, 45.1]), "spaces.geojson_antimeridian"),
        (ring(*([28.84 + index / 1e6, 45.35 + (index % 2) / 1e6] for index in range(10_001))), "spaces.geojson_too_many_points"),
        ({"type": "MultiPolygon", "coordinates": [square()["coordinates"]] * 501}, "spaces.geojson_too_many_points"),
    ],
)
def test_what_encloses_no_area_is_refused(geometry: object, code: str) -> None:
    assert refusal(geometry).code == code


def test_a_hole_outside_its_area_is_refused() -> None:
    geometry = square()
    geometry["coordinates"].append(square(28.85, 45.35)["coordinates"][0])
    assert refusal(geometry).code == "spaces.geojson_bad_outline"


@given(st.floats(-24.0, 44.0), st.floats(35.0, 70.0), st.floats(0.0001, 0.01))
def test_a_square_anywhere_in_europe_keeps_its_area_and_its_middle(x: float, y: float, side: float) -> None:
    area = boundary(square(x, y, side), Reading(near=(x, y)))
    exact = 111_412.84 * math.cos(math.radians(y + side / 2)) * 111_132.95 * side * side
    assert area_metres(area) == pytest.approx(exact, rel=0.02, abs=1)
    assert area.contains(Point(x + side / 2, y + side / 2))
    assert distance_to_area((x + side / 2, y + side / 2), area) == 0
    assert as_area(as_geojson(area)).equals(area), "what is kept reads back as what was checked"


@given(st.floats(-24.0, 44.0), st.floats(46.0, 70.0))
def test_whoever_swaps_the_axes_of_a_far_place_is_told(x: float, y: float) -> None:
    refused = refusal(square(y, x), Reading(near=(x, y)))
    assert refused.code == "spaces.geojson_swapped"
    assert boundary(square(y, x), Reading(Axes.SWAP, (x, y))).contains(Point(x + 0.0005, y + 0.0005))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["type", "coordinates", "Polygon"]), inner, max_size=3),
    max_leaves=25,
)


@given(st.sampled_from(["Polygon", "MultiPolygon", "Point"]), JSON)
def test_nothing_makes_the_reader_fail_otherwise(kind: str, coordinates: object) -> None:
    with suppress(GeojsonError):
        assert boundary({"type": kind, "coordinates": coordinates}, IN_THE_CITY).is_valid


@given(st.lists(st.tuples(st.floats(28.8, 28.81), st.floats(45.3, 45.31)), min_size=3, max_size=12))
def test_what_is_taken_is_a_valid_area_turned_as_the_standard_asks(points: list[tuple[float, float]]) -> None:
    with suppress(GeojsonError):
        area = boundary(ring(*(list(point) for point in points)), IN_THE_CITY)
        assert area.is_valid
        assert isinstance(area, Polygon)
        assert area.exterior.is_ccw, "as RFC 7946 asks"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "spaces.geojson_not_json"),
        (b"\xff\xfe", "spaces.geojson_not_json"),
        (b"[1, 2]", "spaces.geojson_not_json"),
        (b"{}", "spaces.geojson_not_json"),
        (b'{"type": 7}', "spaces.geojson_not_json"),
        (b'{"type": "Polygon", "coordinates": [[[NaN, 1]]]}', "spaces.geojson_not_json"),
        (b'{"type": "Polygon", "coordinates": [[[Infinity, 1]]]}', "spaces.geojson_not_json"),
        (b'{"type": "Polygon", "x": ' + b"9" * 5000 + b"}", "spaces.geojson_not_json"),
        (b'{"type": "Polygon", "coordinates": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "spaces.geojson_too_deep"),
        (b"[" * 400_001, "spaces.geojson_too_many_points"),
    ],
)
def test_what_is_no_geojson_is_refused_as_a_whole(raw: bytes, code: str) -> None:
    with pytest.raises(GeojsonError) as refused:
        geojson.parse(raw)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("urn:ogc:def:crs:EPSG::32635", "UTM zone 35N"),
        ("EPSG:3844", "Stereo70"),
        ("EPSG:99999", "EPSG:99999"),
        ("local grid", "local grid"),
        (7, "does not name"),
    ],
)
def test_a_foreign_system_of_coordinates_is_named(name: object, said: str) -> None:
    with pytest.raises(geojson.ForeignCrs, match=said):
        geojson.parse(collection(feature(square()), crs={"type": "name", "properties": {"name": name}}))


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_wgs_84_may_be_named(name: str) -> None:
    assert geojson.parse(collection(feature(square()), crs={"type": "name", "properties": {"name": name}}))


class Endless:
    """An upload that never ends, and counts what was asked of it."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int = -1, /) -> bytes:
        self.given += size
        return bytes(size)


def test_an_endless_upload_is_left_at_the_limit() -> None:
    upload = Endless()
    with pytest.raises(geojson.FileTooLarge):
        geojson.read_upload(upload)
    assert upload.given <= geojson.LARGEST_FILE + 65_536


def test_a_text_may_be_a_geometry_a_feature_or_a_collection_with_one_area() -> None:
    for text in (json.dumps(square()), json.dumps(feature(square())), collection(feature(square()), feature(None)).decode()):
        assert geojson.geometry_of(text) == square()
    for text in (collection(feature(square()), feature(square())).decode(), collection().decode(), '{"type": "Point"}'):
        with pytest.raises(geojson.NoPolygons):
            geojson.geometry_of(text)


def test_names_come_in_the_forms_registers_write_them() -> None:
    found = geojson.features(
        json.loads(
            collection(
                feature(None, name="Piața", **{"name:uk": "Площа"}),
                feature(None, names={"en": "Square"}, id=7),
                feature(None, name_bg="Площад", name=7),
            )
        ),
        language="ro",
    )
    assert [each.names for each in found] == [{"ro": "Piața", "uk": "Площа"}, {"en": "Square"}, {"bg": "Площад"}]
    assert [each.id for each in found] == ["", "7", ""]
