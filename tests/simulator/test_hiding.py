"""What hides what: things that pass before others, and what stands parked all the time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

import cv2
import jsonschema
import numpy as np
import numpy.typing as npt
import pytest

from citysquare.simulator.drawing.passes import stand
from citysquare.simulator.drawing.stage import Prop
from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.film import film
from citysquare.simulator.loops import FPS, LoopSpec
from citysquare.simulator.moods import mood_of
from citysquare.simulator.parked import parked
from citysquare.simulator.plans import plan_loop
from citysquare.simulator.scenes import Scene, scene_named
from citysquare.simulator.staging import staged
from citysquare.simulator.strip import Strip
from citysquare.simulator.traffic import Demand, Mover, Path, mover_of, travel
from citysquare.simulator.truth import schema

SPEC = LoopSpec("junction", 0, 1, seconds=4, width=640, height=360)
DEMAND = Demand(4.0, FPS, 0.5)


def standing(kind: str, ahead: float, track: int) -> Mover:
    """Somebody at rest across the middle of the picture, so many metres before the camera."""
    view = scene_named(SPEC.scene).view
    right, _, forward = view.axes
    middle = np.array(view.position[:2]) + ahead * forward[:2] / np.hypot(*forward[:2])
    ends = [middle + right[:2] * aside for aside in (-0.01, 6.0)]
    path = Path(tuple((float(x), float(y)) for x, y in ends))
    made = mover_of(kind, path, (0.0, 0.0), np.zeros(4 * FPS), DEMAND, Random(3))
    return Mover(track, made.kind, made.look, made.person, made.plate, path, 0.0, 0.0, made.travelled, FPS)


def _painted(scene: Scene, props: Sequence[Prop]) -> npt.NDArray[np.int16]:
    """Paint what stands without shadows, on nothing."""
    return stand(list(props), scene.view, scene.light).layer.shrunk().astype(np.int16)


def seen(*movers: Mover) -> dict[int, tuple[tuple[int, int, int, int], float, bool]]:
    scene, stage, air = staged(scene_named(SPEC.scene).sized(SPEC.width, SPEC.height), mood_of(14.0, "clear"))
    drawn = Strip(stage, SPEC, mood_of(14.0, "clear"), air).draw(scene, movers, 1)
    return {mover.track: (what.box or (0, 0, 0, 0), what.hidden, what.head is not None) for mover, what in drawn}


def test_who_is_wholly_behind_a_bus_is_not_in_the_truth() -> None:
    person, bus = standing("person", 17.0, 1), standing("bus", 13.0, 2)
    assert set(seen(person)) == {1}
    assert set(seen(person, bus)) == {2}


def test_a_car_behind_a_person_is_hidden_in_part_and_the_person_not_at_all() -> None:
    car, person = standing("car", 16.0, 1), standing("person", 13.3, 2)
    alone, both = seen(car), seen(car, person)
    assert alone[1][1] < both[1][1] < 0.9
    assert both[2] == seen(person)[2]


def test_who_hides_behind_a_car_to_the_waist_keeps_the_head() -> None:
    car, person = standing("car", 14.0, 1), standing("person", 16.5, 2)
    whole, half = seen(person)[2], seen(car, person)[2]
    assert half[1] > whole[1] + 0.1
    assert half[0][3] < whole[0][3]
    assert half[2]


@pytest.mark.parametrize(("name", "split", "hour"), [("car_park", "show", 14.0), ("car_park", "train", 14.0), ("courtyard", "test", 22.0)])
def test_the_first_line_lists_what_stands_parked(name: str, split: str, hour: float) -> None:
    loop = film(LoopSpec(name, 0, 1, seconds=2, width=160, height=90, split=split, hour=hour))
    head = json.loads(loop.truth.splitlines()[0])
    jsonschema.Draft202012Validator(schema()).validate(head)
    assert head["standing"]
    assert {one["class"] for one in head["standing"]} <= {"car", "van", "truck", "bus", "boat", "motorcycle", "bicycle"}
    for one in head["standing"]:
        left, top, right, bottom = one["box"]
        assert 0 <= left < right <= 160
        assert 0 <= top < bottom <= 90


def test_the_box_of_a_parked_car_holds_the_pixels_it_changes() -> None:
    """Painted once with and once without one parked car: the pictures differ where its box is."""
    scene = scene_named("car_park").sized(640, 360)
    stage = scene.build()
    props = stage.props
    listed = [one for one in parked(stage, scene.view) if one.hidden < 0.05 and one.box[0] > 2 and one.box[2] < 638 and one.box[3] < 358]
    assert len(listed) > 2
    for one in listed[:3]:
        less = [prop for prop in props if prop.place() != one.ground]
        assert len(less) == len(props) - 1
        changed = np.abs(_painted(scene, less) - _painted(scene, props)).max(axis=2) > 8
        x, y, wide, high = cv2.boundingRect(changed.astype(np.uint8))
        assert np.abs(np.subtract((x, y, x + wide, y + high), one.box)).max() <= 2


def test_who_waits_has_no_speed() -> None:
    waiting = standing("car", 12.0, 1)
    covered = travel(40.0, 8.0, 20.0, 3.0, FPS)
    mover = Mover(1, "car", waiting.look, None, None, Path(((0.0, 0.0), (40.0, 0.0))), 0.0, 0.0, covered, FPS)
    at_rest = float(covered[np.flatnonzero(np.diff(covered) < 1e-6)[3]])
    assert mover.metres_per_second(at_rest) == 0.0


def test_a_flood_and_a_crowd_in_one_picture_are_refused_and_not_half_shown() -> None:
    with pytest.raises(SimulatorError, match="drowns another event"):
        plan_loop(scene_named("river"), LoopSpec("river", 2, 1, 48, 480, 270, events=("crowd", "flood")))
