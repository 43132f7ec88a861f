"""The plan of the twin town: always the same, fit for the map, and the cameras stand on its streets and squares."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from shapely.geometry import LineString, Point, Polygon, shape
from shapely.geometry.base import BaseGeometry

from citysquare.simulator.catalogue import SimulatedCamera, catalogue
from citysquare.simulator.plan import town_plan
from citysquare.simulator.town import LANGUAGES, TOWN_SPACES

METRE = 1 / 78_000
"""A metre in degrees of longitude, in these parts; of latitude it is less."""
LAYERS = {"landuse", "water", "roads", "buildings", "boundaries", "places", "pois"}


@cache
def drawn(layer: str) -> list[BaseGeometry]:
    return [shape(feature["geometry"]) for feature in town_plan()["features"] if feature["properties"]["layer"] == layer]


def names() -> list[dict[str, Any]]:
    return [feature["properties"] for feature in town_plan()["features"] if "name" in feature["properties"]]


def test_the_plan_is_always_the_same() -> None:
    first = json.dumps(town_plan())
    town_plan.cache_clear()
    assert json.dumps(town_plan()) == first


def test_every_shape_is_whole_and_of_a_known_layer() -> None:
    features = town_plan()["features"]
    assert {feature["properties"]["layer"] for feature in features} == LAYERS
    broken = [feature["properties"] for feature in features if not shape(feature["geometry"]).is_valid]
    assert broken == []


def test_it_is_small_enough_for_a_browser() -> None:
    assert len(json.dumps(town_plan(), separators=(",", ":"), ensure_ascii=False).encode()) < 4_000_000


def test_names_stand_in_four_languages() -> None:
    assert len(names()) > 60
    for properties in names():
        assert all(properties[f"name:{language}"] for language in LANGUAGES)


@pytest.mark.parametrize("camera", catalogue(30), ids=lambda camera: camera.name)
def test_a_camera_stands_by_a_street_or_on_a_square(camera: SimulatedCamera) -> None:
    stand = Point(camera.longitude, camera.latitude)
    roads = min(road.distance(stand) for road in drawn("roads"))
    squares = min(area.distance(stand) for area in drawn("landuse"))
    assert min(roads, squares) < 15 * METRE


def test_no_house_stands_in_a_public_space_or_in_the_water() -> None:
    water = [area for area in drawn("water") if area.geom_type == "Polygon"]
    free = [Polygon(space.boundary) for space in TOWN_SPACES] + water
    within = [house for house in drawn("buildings") for area in free if house.intersection(area).area > house.area * 0.3]
    assert len(within) == 0


def test_a_border_runs_between_the_banks() -> None:
    (border,) = drawn("boundaries")
    assert isinstance(border, LineString)
    assert all(west[0] < east[0] for west, east in pairwise(border.coords))
