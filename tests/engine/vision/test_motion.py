"""What counts as movement in a picture."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from citysquare.engine.model import TICKS_PER_SECOND, Box
from citysquare.engine.vision.motion import MotionDetector, shrink
from tests.engine.twins import Mover, Scene

STEP = TICKS_PER_SECOND // 7


def look(scene: Scene) -> list[list[Box] | None]:
    motion = MotionDetector()
    return [motion.look(picture, index * STEP) for index, picture in enumerate(scene.pictures())]


def test_nothing_is_said_until_the_scene_is_known() -> None:
    answers = look(Scene(seconds=3.0, rate=7))
    assert answers[:7] == [None] * 7
    assert answers[9:] == [[]] * (len(answers) - 9)


def test_the_box_lies_where_the_thing_is() -> None:
    mover = Mover(((2.0, 0.2, 0.5), (6.0, 0.8, 0.5)), width=0.1, height=0.2)
    answers = look(Scene((mover,), seconds=6.0, rate=7))
    (box,) = answers[28] or []
    where = mover.at(4.0)
    assert where is not None
    assert abs(box.centre[0] - where[0]) < 0.02
    assert abs(box.centre[1] - where[1]) < 0.02
    assert 0.08 < box.right - box.left < 0.13
    assert 0.17 < box.bottom - box.top < 0.25


def test_noise_of_the_sensor_is_no_movement() -> None:
    answers = look(Scene(seconds=10.0, rate=7, noise=12.0))
    assert all(not boxes for boxes in answers)


def test_a_light_that_is_switched_on_is_learnt_and_then_things_are_seen_again() -> None:
    mover = Mover(((6.0, 0.2, 0.5), (9.0, 0.8, 0.5)), shade=30)
    scene = Scene((mover,), seconds=9.0, rate=7)
    motion = MotionDetector()
    answers = []
    for index, picture in enumerate(scene.pictures()):
        # Another pattern of light, which no change of exposure explains.
        shown: NDArray[np.uint8] = np.ascontiguousarray(255 - picture[:, ::-1]) if index >= 14 else picture
        answers.append(motion.look(shown, index * STEP))
    assert not any(answers[:42])
    assert sum(bool(boxes) for boxes in answers[45:]) > 10


def test_what_comes_to_stay_becomes_background_and_its_going_leaves_no_ghost() -> None:
    parked = Mover(((2.0, 0.5, 0.5), (60.0, 0.5, 0.5)), width=0.2, height=0.2)
    answers = look(Scene((parked,), seconds=66.0, rate=7, width=320, height=180))
    assert answers[20 * 7]
    assert answers[58 * 7] == []
    assert answers[-1] == []


def test_what_stood_there_while_the_scene_was_learnt_leaves_no_ghost() -> None:
    leaving = Mover(((0.0, 0.5, 0.5), (3.0, 0.5, 0.5), (5.0, 1.2, 0.5)), width=0.2, height=0.2)
    answers = look(Scene((leaving,), seconds=10.0, rate=7))
    assert any(answers)
    assert answers[-14:] == [[]] * 14


def test_a_new_picture_size_starts_anew() -> None:
    motion = MotionDetector()
    for index, picture in enumerate(Scene(seconds=2.0, rate=7).pictures()):
        motion.look(picture, index * STEP)
    assert not motion.learning
    assert motion.look(np.zeros((240, 320), np.uint8), 100 * STEP) is None
    assert motion.learning


@pytest.mark.parametrize("size", [(1080, 1920), (432, 768), (360, 640), (97, 131), (1, 1), (2160, 3840)])
def test_any_size_is_made_small(size: tuple[int, int]) -> None:
    small = shrink(np.full(size, 90, np.uint8), 320)
    assert small.shape[1] <= 480
    assert float(np.abs(small - 90).max()) < 1
