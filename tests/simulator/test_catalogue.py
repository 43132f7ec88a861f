"""What the catalogue tells about the cameras."""

from __future__ import annotations

import subprocess
import sys
from math import atan2, cos, degrees, hypot, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon

from citysquare.simulator.catalogue import LANGUAGES, PLACES, TOWN_SPACES, Place, SimulatedCamera, TownSpace, catalogue
from citysquare.simulator.scenes import SCENES

METRES_PER_DEGREE = 111_195.0


def metres(origin: tuple[float, float], point: tuple[float, float]) -> tuple[float, float]:
    """East and north of an origin; both (longitude, latitude)."""
    return (point[0] - origin[0]) * cos(radians(origin[1])) * METRES_PER_DEGREE, (point[1] - origin[1]) * METRES_PER_DEGREE


def apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two places on the map."""
    return hypot(*metres(one, other))


def test_eight_cameras_show_eight_places_with_titles_in_four_languages() -> None:
    cameras = catalogue(8)
    assert [camera.name for camera in cameras] == [f"cam{n}" for n in range(1, 9)]
    assert len({camera.scene for camera in cameras} & set(SCENES)) == 8
    for camera in cameras:
        assert set(camera.title) == set(LANGUAGES)
        assert len(set(camera.title.values())) == 4
        assert 45.0 < camera.latitude < 45.5
        assert 28.5 < camera.longitude < 29.0
        assert (camera.main_path, camera.sub_path) == (f"/{camera.name}/main", f"/{camera.name}/sub")


def test_cameras_past_the_last_place_repeat_the_places_under_other_titles_a_few_metres_aside() -> None:
    cameras = catalogue(100, seed=3)
    first, again = cameras[0], cameras[len(PLACES)]
    assert again.scene == first.scene
    assert again.title["ro"] == f"{first.title['ro']} · 2"
    assert 0 < apart((first.longitude, first.latitude), (again.longitude, again.latitude)) < 6
    assert len({camera.title["ro"] for camera in cameras}) == 100
    assert len({(camera.latitude, camera.longitude) for camera in cameras}) == 100
    assert cameras == catalogue(100, seed=3)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.scene)
def test_the_register_says_of_each_camera_what_its_scene_shows(place: Place) -> None:
    view = SCENES[place.scene].view
    stand = place.stand
    assert (stand.x, stand.y, stand.height) == pytest.approx(view.position)
    assert (stand.yaw, stand.fov) == pytest.approx((view.yaw, view.fov))


@pytest.mark.parametrize("camera", catalogue(len(PLACES)), ids=lambda camera: camera.scene)
def test_each_camera_stands_at_its_space_and_sees_a_good_part_of_it(camera: SimulatedCamera) -> None:
    space = next(each for each in TOWN_SPACES if each.key == camera.space)
    area = Polygon([metres((camera.longitude, camera.latitude), corner) for corner in space.boundary])
    assert area.distance(Point(0, 0)) < 12.0
    rays = [radians(camera.azimuth + camera.view_angle * share) for share in (-0.5, -0.25, 0, 0.25, 0.5)]
    cone = Polygon([(0, 0), *((camera.range_metres * sin(ray), camera.range_metres * cos(ray)) for ray in rays)])
    assert cone.intersection(area).area > 0.12 * min(area.area, cone.area)


@pytest.mark.parametrize("space", TOWN_SPACES, ids=lambda space: space.key)
def test_each_space_is_a_sound_polygon_with_its_zones_inside_and_names_in_four_languages(space: TownSpace) -> None:
    origin = space.boundary[0]
    area = Polygon([metres(origin, corner) for corner in space.boundary])
    assert area.is_valid
    assert 200 < area.area < 60_000, "square metres"
    assert set(space.titles) == set(LANGUAGES)
    assert len({zone.key for zone in space.zones}) == len(space.zones) >= 2
    for zone in space.zones:
        part = Polygon([metres(origin, corner) for corner in zone.boundary])
        assert part.is_valid
        assert part.difference(area).area < 0.5
        assert set(zone.titles) == set(LANGUAGES)


@given(x=st.floats(-200, 200), y=st.floats(-200, 200), place=st.sampled_from(PLACES))
def test_scene_metres_keep_their_lengths_and_angles_on_the_map(x: float, y: float, place: Place) -> None:
    east, north = metres((place.longitude, place.latitude), place.on_map(x, y))
    assert hypot(east, north) == pytest.approx(hypot(x, y), abs=0.05)
    ahead = metres((place.longitude, place.latitude), place.on_map(0.0, 100.0))
    assert degrees(atan2(*ahead)) % 360 == pytest.approx(place.bearing, abs=0.05)


@pytest.mark.parametrize("number", [0, -1, 201])
def test_an_impossible_number_of_cameras_is_refused_with_a_sentence(number: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 200"):
        catalogue(number)


def test_naming_the_cameras_loads_no_drawing_library() -> None:
    code = "import sys; from citysquare.simulator import catalogue; catalogue(8); print(*({'cv2', 'av', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert done.stdout.strip() == ""
