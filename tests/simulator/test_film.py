"""Rendered loops: the same again, empty at the seam, and the truth where the pictures differ from the background."""

from __future__ import annotations

import json
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from citysquare.simulator.film import film, plan_of
from citysquare.simulator.loops import FPS, CodedStream, Loop, LoopSpec
from citysquare.simulator.rtp import split_nal_units
from citysquare.simulator.scenes import Scene, scene_named
from citysquare.simulator.sprites import draw_mover
from citysquare.simulator.studio import VARIANT_SECONDS
from citysquare.simulator.traffic import QUIET_SECONDS, Mover
from tests.simulator.places import every_place

HEIGHTS = {"person": 1.95, "bicycle": 1.95, "motorcycle": 1.9, "car": 1.7, "van": 2.7, "truck": 3.6, "bus": 3.4}
"""No thing of a class is higher, metres."""


def decoded(stream: CodedStream) -> list[npt.NDArray[np.int16]]:
    """All pictures' brightness."""
    coder = av.CodecContext.create("h264", "r")
    assert isinstance(coder, av.VideoCodecContext)
    frames = [frame for data in stream.pictures for frame in coder.decode(av.Packet(data))]
    frames += coder.decode(None)
    return [frame.to_ndarray(format="gray").astype(np.int16) for frame in frames]


def truth_of(loop: Loop) -> dict[str, list[dict[str, Any]]]:
    """Truth lines by their type."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in loop.truth.splitlines():
        entry = json.loads(line)
        found.setdefault(entry["type"], []).append(entry)
    return found


def test_the_same_order_gives_the_same_bytes() -> None:
    spec = LoopSpec("crossing", 1, 3, seconds=2, width=160, height=90)
    first, second = film(spec), film(spec)
    assert first == second
    assert film(LoopSpec("crossing", 1, 4, seconds=2, width=160, height=90)).main.pictures != first.main.pictures


def test_nothing_moves_at_the_seam(small_loop: Loop) -> None:
    frames = truth_of(small_loop)["frame"]
    assert frames[0]["things"] == []
    assert frames[-1]["things"] == []
    pictures = decoded(small_loop.main)
    tiles = (pictures[0] - pictures[-1])[:180, :320].reshape(18, 10, 32, 10).mean(axis=(1, 3))
    assert np.abs(tiles).max() < 6.0, "no more than noise and coding differs, tile by tile"


def test_the_coding_is_that_of_a_camera(small_loop: Loop) -> None:
    for stream, group in ((small_loop.main, 2 * FPS), (small_loop.sub, FPS)):
        assert len(stream.pictures) == small_loop.spec.frames
        for number, (data, key) in enumerate(zip(stream.pictures, stream.keys, strict=True)):
            kinds = [nal[0] & 31 for nal in split_nal_units(data)]
            assert kinds == ([7, 8, 5] if number % group == 0 else [1])
            assert key == (number % group == 0)
        kilobits = sum(map(len, stream.pictures)) * 8 / small_loop.spec.seconds / 1000
        assert kilobits < (2000 if stream is small_loop.main else 300)


def test_truth_boxes_lie_where_the_picture_differs_from_the_background(small_loop: Loop) -> None:
    pictures = decoded(small_loop.main)
    empty = np.median(np.stack(pictures), axis=0)
    scene = scene_named(small_loop.spec.scene).sized(small_loop.spec.width, small_loop.spec.height)
    movers = plan_of(scene, small_loop.spec)
    checked = 0
    for frame in truth_of(small_loop)["frame"]:
        changed = np.abs(pictures[frame["n"]] - empty) > 30
        for thing in frame["things"]:
            left, top, right, bottom = thing["box"]
            if (right - left) * (bottom - top) < 400 or thing["hidden"] > 0.3 or bottom == small_loop.spec.height:
                continue  # of what is at the lower edge, only a roof may be seen, as grey as the road
            checked += 1
            inside = changed[top:bottom, left:right]
            assert inside.mean() > 0.2, (frame["n"], thing)
        covered = _things_and_shadows(scene, movers, frame["t"])
        assert (changed & ~covered).sum() < 120, "nothing else may change"
    assert checked > 100


def _things_and_shadows(scene: Scene, movers: list[Mover], second: float) -> npt.NDArray[np.bool_]:
    """Where a box around each thing and that box's shadow lie in the picture, whether the thing itself is in view or not."""
    covered = np.zeros((scene.view.height, scene.view.width), np.uint8)
    for mover in movers:
        metres = mover.metres(second)
        if metres is None:
            continue
        ground, heading = mover.pose(metres)
        long, wide, high = mover.length / 2 + 0.4, (mover.look.width / 2 if mover.look else 0.3) + 0.3, HEIGHTS[mover.kind]
        ahead, aside = np.array([np.cos(heading), np.sin(heading)]), np.array([-np.sin(heading), np.cos(heading)])
        corners = [np.array(ground) + a * long * ahead + b * wide * aside for a in (-1, 1) for b in (-1, 1)]
        points = np.array([(*corner, z) for corner in corners for z in (0.0, high)])
        sun = np.array(scene.light.sun)
        points = np.concatenate([points, points - points[:, 2:] / sun[2] * sun])
        pixels, depth = scene.view.project(points)
        if depth.min() > 0.5:
            hull = cv2.convexHull(pixels.clip(-5000, 5000).astype(np.float32)).astype(np.int32)
            cv2.fillConvexPoly(covered, hull, 1)
    return cv2.dilate(covered, np.ones((9, 9), np.uint8)) > 0


def test_every_thing_has_one_line_with_its_class_and_times(small_loop: Loop) -> None:
    truth = truth_of(small_loop)
    head, things = truth["loop"][0], truth["thing"]
    assert sum(head["things"].values()) == len(things) > 3
    for thing in things:
        assert thing["class"] in HEIGHTS
        assert QUIET_SECONDS - 1 / FPS <= thing["enter"] < thing["leave"] <= small_loop.spec.seconds - QUIET_SECONDS + 1 / FPS
        assert (thing["plate"] is None) == (thing["class"] in {"person", "bicycle"})
    assert len({thing["track"] for thing in things}) == len(things)


@pytest.mark.parametrize("name", every_place())
@pytest.mark.parametrize("variant", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_every_scene_is_busy_and_nothing_collides(name: str, variant: int) -> None:
    seconds = VARIANT_SECONDS[variant]
    movers = plan_of(scene_named(name), LoopSpec(name, variant, 1, seconds=seconds))
    assert len(movers) >= 5
    times = np.arange(0, seconds, 0.4)
    prints = [mover.discs(times) for mover in movers]
    for index, (points, radius) in enumerate(prints):
        for other, other_radius in prints[index + 1 :]:
            gap = points[:, :, None, :] - other[:, None, :, :]
            assert not (np.hypot(gap[..., 0], gap[..., 1]) < radius + other_radius).any()


@pytest.mark.parametrize("name", every_place())
def test_things_come_and_go_out_of_sight(name: str) -> None:
    scene = scene_named(name).sized(480, 270)
    stage = scene.build()
    for variant, seconds in enumerate(VARIANT_SECONDS):
        for mover in plan_of(scene, LoopSpec(name, variant, 1, seconds=seconds)):
            for metres in (float(mover.travelled[0]), float(mover.travelled[-1])):
                drawn = draw_mover(stage.picture.copy(), stage, scene, (mover, metres, mover.pose(metres)))
                box = drawn.box if drawn else None
                if box:
                    size = (box[2] - box[0]) * (box[3] - box[1])
                    assert size <= 24, (variant, mover.track, mover.kind, mover.path.corners, box)
