"""The places themselves: thirty different pictures, other looks in other splits, right-hand traffic, lines that are crossed."""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from citysquare.simulator.catalogue import catalogue
from citysquare.simulator.drawing.boards import Board
from citysquare.simulator.drawing.facade import WORDS
from citysquare.simulator.drawing.furniture import Block, Standing
from citysquare.simulator.drawing.gates import FLAGS, flag
from citysquare.simulator.drawing.houses import House
from citysquare.simulator.drawing.nature import Hedge, Tree
from citysquare.simulator.loops import LoopSpec
from citysquare.simulator.plans import crossings, plan_loop
from citysquare.simulator.scenes import LAID_OUT, SCENES, SPLITS, scene_named
from citysquare.simulator.scenes.dressing import FAMILIES, Dress
from citysquare.simulator.scenes.line import Line
from citysquare.simulator.sprites import draw_mover
from tests.simulator.places import every_place


def small(name: str, split: str = "show") -> npt.NDArray[np.int16]:
    """The empty place at a thirtieth of the size."""
    picture = scene_named(name, split).sized(160, 90).build().picture
    return cv2.resize(picture, (64, 36), interpolation=cv2.INTER_AREA).astype(np.int16)


@pytest.mark.parametrize("cameras", [9, pytest.param(30, marks=pytest.mark.slow)])
def test_thirty_cameras_are_thirty_different_pictures(cameras: int) -> None:
    names = [camera.scene for camera in catalogue(cameras)]
    assert len(set(names)) == cameras
    pictures = {name: small(name) for name in names}
    for one, other in combinations(names, 2):
        assert np.abs(pictures[one] - pictures[other]).mean() > 8.0, (one, other)


def test_each_of_the_nine_kinds_of_place_is_among_the_first_nine_cameras() -> None:
    assert [camera.scene for camera in catalogue(9)] == [
        "junction", "crossing", "market", "river", "bus_stop", "bridge", "pedestrian_street", "car_park", "border",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["junction", "park", "border_ferry"])
def test_a_place_looks_different_in_each_split_and_the_same_each_time(name: str) -> None:
    pictures = {split: small(name, split) for split in SPLITS}
    assert (pictures["train"] == small(name, "train")).all()
    for one, other in combinations(SPLITS, 2):
        assert np.abs(pictures[one] - pictures[other]).mean() > 6.0, (one, other)


def test_the_splits_share_no_colour_of_a_house_no_roof_no_leaf_and_no_word() -> None:
    for one, other in combinations(SPLITS, 2):
        a, b = FAMILIES[one], FAMILIES[other]
        for mine, theirs in ((a.plasters, b.plasters), (a.panels, b.panels), (a.roofs, b.roofs), (a.leaves, b.leaves)):
            assert not set(mine) & set(theirs)
        assert not set(WORDS[one]) & set(WORDS[other])


@pytest.mark.parametrize("name", sorted(LAID_OUT))
def test_the_camera_of_another_split_sees_no_more_to_the_sides(name: str) -> None:
    laid = LAID_OUT[name]
    for split in SPLITS:
        view = scene_named(name, split).view
        way = -1 if scene_named(name, split).dress.mirrored else 1
        assert abs(view.yaw * way - laid.view.yaw) <= (laid.view.fov - view.fov) / 2 + 1e-9
        assert view.position[2] <= laid.view.position[2]


@pytest.mark.parametrize("name", [name for name in sorted(SCENES) if not SCENES[name].one_way])
@pytest.mark.parametrize("split", SPLITS)
def test_one_drives_on_the_right(name: str, split: str) -> None:
    """Of two neighbouring lanes in opposite directions each has the other on its left."""
    ends = []
    for lane in scene_named(name, split).lanes:
        points = lane.path.points
        steps = np.diff(points, axis=0)
        longest = int(np.argmax(np.hypot(*steps.T)))
        if "car" in lane.kinds:
            ends.append(((points[longest] + points[longest + 1]) / 2, steps[longest] / np.hypot(*steps[longest])))
    for (here, ahead), (there, back) in combinations(ends, 2):
        if float(ahead @ back) < -0.99:
            apart = np.subtract(there, here)
            assert ahead[0] * apart[1] - ahead[1] * apart[0] > 0, (here, there)


@pytest.mark.parametrize(("name", "split"), [("junction", "train"), ("courtyard", "test"), ("border", "test"), ("roundabout", "train")])
def test_in_other_splits_too_things_come_and_go_out_of_sight(name: str, split: str) -> None:
    scene = scene_named(name, split).sized(480, 270)
    stage = scene.build()
    movers = plan_loop(scene, LoopSpec(name, 0, 1, seconds=24, split=split)).movers
    assert len(movers) >= 5
    for mover in movers:
        for metres in (float(mover.travelled[0]), float(mover.travelled[-1])):
            drawn = draw_mover(stage.picture.copy(), stage, scene, (mover, metres, mover.pose(metres)))
            box = drawn.box if drawn else None
            assert box is None or (box[2] - box[0]) * (box[3] - box[1]) <= 24, (mover.kind, mover.path.corners, box)


@pytest.mark.parametrize("name", every_place())
def test_every_scene_has_named_lines_in_view_and_some_are_crossed(name: str) -> None:
    scene = SCENES[name]
    assert len({line.name for line in scene.lines}) == len(scene.lines) >= 2
    for line in scene.lines:
        pixels, depth = scene.view.project(np.array([(*np.add(line.a, line.b) / 2, 0.0)]))
        assert depth[0] > 1.0
        assert 0 <= pixels[0, 0] <= scene.view.width, line.name
        assert 0 <= pixels[0, 1] <= scene.view.height, line.name
    assert crossings(plan_loop(scene, LoopSpec(name, 0, 1, seconds=24)))


def test_what_is_mirrored_twice_is_as_it_was() -> None:
    dress = Dress(mirrored=True)
    scene = LAID_OUT["junction"]
    _, props = scene.laid(scene.light)
    for prop, again in zip(props, dress.props(dress.props(props)), strict=True):
        assert type(prop) is type(again)
        assert again.place() == pytest.approx(prop.place(), abs=1e-9)
    board = Board((1.0, 2.0), (3.0, 2.0), 0.0, 1.0)
    assert board.mirrored().mirrored() == board
    assert dress.lines(dress.lines([Line("x", (1.0, 2.0), (3.0, 4.0))])) == (Line("x", (1.0, 2.0), (3.0, 4.0)),)


def test_only_known_things_can_be_mirrored() -> None:
    class Strange:
        pass

    with pytest.raises(TypeError, match="Strange cannot be mirrored"):
        Dress(mirrored=True).props([Strange()])  # type: ignore[list-item]


def test_flags_have_their_colours_in_order_and_are_three_wide_to_two_high() -> None:
    assert FLAGS["UA"][1][0][0] > 150, "blue above"
    assert FLAGS["UA"][1][1][2] > 240, "yellow below"
    for state in FLAGS:
        cloth = [face for face in flag((0, 0), 0, state).mesh.faces if face.group == 3]
        points = flag((0, 0), 0, state).mesh.points
        corners = points[[index for face in cloth for index in face.corners]]
        assert np.ptp(corners[:, 0]) / (np.ptp(corners[:, 2]) - 0.16) == pytest.approx(1.5, abs=0.01), "a little droop is left out"
    hoist = [face.colour for face in flag((0, 0), 0, "RO").mesh.faces if face.group == 3]
    assert list(dict.fromkeys(hoist)) == list(FLAGS["RO"][1])
    assert sum(face.group == 4 for face in flag((0, 0), 0, "EU").mesh.faces) == 24, "twelve stars on either side"


@pytest.mark.parametrize("name", sorted(LAID_OUT))
def test_nothing_stands_in_the_way_of_a_vehicle(name: str) -> None:
    """What stands keeps clear of the middle of every lane for vehicles."""
    scene = scene_named(name)
    _, props = scene.laid(scene.light)
    feet = np.array([prop.place() for prop in props if isinstance(prop, Standing | Tree | Hedge | Block) and _low(prop)])
    assert not any(isinstance(prop, House) and not prop.width > 1 for prop in props)
    for lane in scene.lanes:
        if set(lane.kinds) & {"car", "bus", "truck"}:
            along = lane.path.at(np.arange(0.0, lane.path.length, 0.5))
            apart = np.hypot(*(feet[:, None, :] - along[None, :, :]).T)
            assert apart.min() > 0.9, (lane.path.corners, feet[np.unravel_index(apart.argmin(), apart.shape)[1]])


def _low(prop: Standing | Tree | Hedge | Block) -> bool:
    """Whether it begins at the ground: signals hang above lanes, canopies stand over them."""
    return not isinstance(prop, Standing) or (prop.mesh.points[:, 2].min() < 1.5 and float(np.ptp(prop.mesh.points[:, 0])) < 20)
