"""What the catalogue tells about the cameras."""

from __future__ import annotations

import subprocess
import sys

import pytest

from citysquare.simulator import catalogue
from citysquare.simulator.catalogue import LANGUAGES
from citysquare.simulator.scenes import SCENES


def test_eight_cameras_show_eight_places_with_titles_in_four_languages() -> None:
    cameras = catalogue(8)
    assert [camera.name for camera in cameras] == [f"cam{n}" for n in range(1, 9)]
    assert {camera.scene for camera in cameras} == set(SCENES)
    for camera in cameras:
        assert set(camera.title) == set(LANGUAGES)
        assert len(set(camera.title.values())) == 4
        assert 45.0 < camera.latitude < 45.5
        assert 28.5 < camera.longitude < 29.0
        assert (camera.main_path, camera.sub_path) == (f"/{camera.name}/main", f"/{camera.name}/sub")


def test_further_cameras_repeat_the_places_under_other_titles_elsewhere() -> None:
    cameras = catalogue(30, seed=3)
    assert cameras[8].scene == cameras[0].scene
    assert len({camera.title["ro"] for camera in cameras}) == 30
    assert len({(camera.latitude, camera.longitude) for camera in cameras}) == 30
    assert cameras == catalogue(30, seed=3)


@pytest.mark.parametrize("number", [0, -1, 201])
def test_an_impossible_number_of_cameras_is_refused_with_a_sentence(number: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 200"):
        catalogue(number)


def test_naming_the_cameras_loads_no_drawing_library() -> None:
    code = "import sys; from citysquare.simulator import catalogue; catalogue(8); print(*({'cv2', 'av', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert done.stdout.strip() == ""
