"""The truth against the pictures: rendered small, decoded, and compared by other means than those that drew them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import jsonschema
import numpy as np
import numpy.typing as npt
import pytest

from citysquare.simulator.film import film
from citysquare.simulator.loops import FPS, Loop, LoopSpec
from citysquare.simulator.props import Shore
from citysquare.simulator.scenes import Scene, scene_named
from citysquare.simulator.truth import schema
from tests.simulator.test_film import decoded, truth_of

Truths = dict[str, list[dict[str, Any]]]
VALIDATOR = jsonschema.Draft202012Validator(schema())
QUICK = ("junction", "river", "border")
"""The others are filmed by `./do test --all`."""

KINDS_OF_PLACE = ("junction", "crossing", "market", "river", "bus_stop", "bridge", "pedestrian_street", "car_park", "border")


@dataclass
class Shown:
    """A rendered loop, decoded."""

    spec: LoopSpec
    scene: Scene
    truth: Truths
    pictures: list[npt.NDArray[np.int16]]

    @classmethod
    def of(cls, spec: LoopSpec) -> Shown:
        loop = film(spec)
        scene = scene_named(spec.scene, spec.split).sized(spec.width, spec.height)
        return cls(spec, scene, truth_of(loop), decoded(loop.main))

    def track(self, number: int) -> list[tuple[int, dict[str, Any]]]:
        """Pictures in which a track was seen, and what was said of it."""
        return [(frame["n"], thing) for frame in self.truth["frame"] for thing in frame["things"] if thing["track"] == number]

    def event(self) -> dict[str, Any]:
        (event,) = self.truth["event"]
        assert event["kind"] == self.spec.events[0].partition("=")[0]
        return event


@pytest.fixture(scope="module")
def street() -> Shown:
    return Shown.of(LoopSpec("crossing", 0, 3, seconds=20, width=640, height=360))


def check_lines(truth: Truths) -> None:
    """Hold every line against the schema."""
    for lines in truth.values():
        for line in lines:
            VALIDATOR.validate(line)


def test_the_schema_is_a_good_one_and_refuses_what_is_not_said_so() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    good = {"type": "event", "kind": "drone", "start": 1.0, "end": 2.0, "place": [0, 0], "tracks": [1]}
    VALIDATOR.validate(good)
    for bad in ({**good, "kind": "picnic"}, {**good, "tracks": [0]}, {**good, "more": 1}, {"type": "frame", "n": -1, "t": 0, "things": []}):
        assert not VALIDATOR.is_valid(bad)


@pytest.mark.parametrize("name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in KINDS_OF_PLACE])
def test_every_line_of_every_kind_of_place_follows_the_schema(name: str) -> None:
    moods = {"market": (10.0, "fog"), "bridge": (22.0, "clear"), "bus_stop": (17.0, "rain"), "border": (8.0, "snow")}
    hour, weather = moods.get(name, (14.0, "clear"))
    loop = film(LoopSpec(name, 0, 2, seconds=14, width=160, height=90, hour=hour, weather=weather))
    truth = truth_of(loop)
    check_lines(truth)
    head = truth["loop"][0]
    assert (head["hour"], head["weather"]) == (hour, weather)
    assert [frame["n"] for frame in truth["frame"]] == list(range(loop.spec.frames))
    seen = {thing["track"] for frame in truth["frame"] for thing in frame["things"]}
    assert {thing["track"] for thing in truth["thing"]} == seen


@pytest.mark.parametrize(("hour", "weather"), [(14.0, "clear"), pytest.param(19.5, "clear", marks=pytest.mark.slow), (14.0, "fog")])
def test_what_moves_in_the_picture_is_where_the_truth_says(hour: float, weather: str) -> None:
    shown = Shown.of(LoopSpec("junction", 1, 6, seconds=14, width=480, height=270, hour=hour, weather=weather))
    changes = [np.abs(after - before) > 24 for before, after in pairwise(shown.pictures)]
    checked = 0
    for frame in shown.truth["frame"][1:]:
        for thing in frame["things"]:
            left, top, right, bottom = thing["box"]
            large = (right - left) * (bottom - top) > 500
            inside = left > 2 and right < 478 and bottom < 268
            if large and inside and thing["speed"] > 1.0 and thing["hidden"] < 0.1:
                moved = changes[frame["n"] - 1][top:bottom, left:right]
                rows, columns = np.nonzero(moved)
                if len(rows) < 12:
                    continue
                checked += 1
                assert abs(columns.mean() / (right - left) - 0.5) < 0.42
                assert abs(rows.mean() / (bottom - top) - 0.5) < 0.42
    assert checked > 20


def test_boxes_stand_on_their_ground_points(street: Shown) -> None:
    checked = 0
    for frame in street.truth["frame"]:
        for thing in frame["things"]:
            left, _, right, bottom = thing["box"]
            if thing["class"] != "person" or thing["hidden"] > 0.05 or bottom > 356 or left < 3 or right > 637:
                continue
            pixels, _ = street.scene.view.project(np.array([(*thing["ground"], 0.0)]))
            x, y = pixels[0]
            high = thing["box"][3] - thing["box"][1]
            assert left - high * 0.3 <= x <= right + high * 0.3
            assert abs(y - bottom) < high * 0.25 + 2
            checked += 1
    assert checked > 50


def test_speeds_and_headings_are_those_of_the_ground_points(street: Shown) -> None:
    """Picture by picture for headings; over a track for speeds, as in a bend the inner side goes less far than the way is long."""
    checked = 0
    for thing in street.truth["thing"]:
        shares = []
        for (number, one), (after, other) in pairwise(street.track(thing["track"])):
            if after != number + 1:
                continue
            way = np.subtract(other["ground"], one["ground"])
            speed = float(np.hypot(*way)) * FPS
            if one["speed"] > 0.5:
                shares.append(speed / one["speed"])
            if speed > 3.0:
                course = float(np.degrees(np.arctan2(way[0], way[1])))
                assert abs((course - one["heading"] + 180) % 360 - 180) < 12
                checked += 1
        assert not shares or abs(float(np.median(shares)) - 1.0) < 0.08
    assert checked > 50


def test_crossings_agree_with_the_ground_points_of_the_pictures(street: Shown) -> None:
    """Recomputed from the frames alone: between which two pictures a track changes sides, and when by equal shares of the way."""
    lines = {line["name"]: line for line in street.truth["loop"][0]["lines"]}
    listed = {(c["track"], c["line"], c["direction"], round(c["t"], 2)) for c in street.truth["crossing"] if c["hidden"] < 1}
    found = set()
    for thing in street.truth["thing"]:
        for (number, one), (after, other) in pairwise(street.track(thing["track"])):
            if after != number + 1:
                continue
            for name, line in lines.items():
                a, b = np.array(line["a"]), np.array(line["b"])
                way, base = np.subtract(other["ground"], one["ground"]), b - a
                turned = way[0] * base[1] - way[1] * base[0]
                if abs(turned) < 1e-12:
                    continue
                gap = a - np.array(one["ground"])
                share = (gap[0] * base[1] - gap[1] * base[0]) / turned
                along = (gap[0] * way[1] - gap[1] * way[0]) / turned
                if 0 <= share < 1 and 0 <= along <= 1:
                    forward = base[0] * way[1] - base[1] * way[0] < 0
                    found.add((thing["track"], name, "forward" if forward else "back", round((number + share) / FPS, 2)))
    assert listed
    assert len(found) >= len(listed) * 0.8

    def near(one: tuple[Any, ...], others: set[tuple[Any, ...]]) -> bool:
        return any(one[:3] == other[:3] and abs(one[3] - other[3]) <= 0.02 for other in others)

    for passed in found:
        assert near(passed, listed), passed


def test_the_corners_of_a_plate_hold_a_plate() -> None:
    shown = Shown.of(LoopSpec("crossing", 0, 3, seconds=16, width=1280, height=720))
    read = 0
    for frame in shown.truth["frame"]:
        for thing in frame["things"]:
            plate = thing.get("plate")
            if not plate or plate["lines"] != 1:
                continue
            corners = np.array(plate["corners"], np.float32)
            goal = np.array([[0, 0], [104, 0], [104, 22], [0, 22]], np.float32)
            cut = cv2.warpPerspective(
                shown.pictures[frame["n"]].astype(np.uint8), cv2.getPerspectiveTransform(corners, goal), (104, 22), flags=cv2.INTER_LINEAR
            )
            text = cut[5:17, 20:98].astype(np.float64)
            assert np.percentile(text, 90) - np.percentile(text, 10) > 25, "dark signs on a light ground"
            read += 1
    assert read > 3


def test_the_same_order_gives_the_same_bytes_and_another_split_others() -> None:
    def made(split: str) -> Loop:
        return film(LoopSpec("market", 0, 1, seconds=4, width=160, height=90, hour=19.5, weather="rain", split=split))

    first, again, train = made("test"), made("test"), made("train")
    assert first == again
    assert first.main.pictures != train.main.pictures
    assert first.truth != train.truth


def test_a_wrong_way_driver_drives_against_all_others_of_the_lane() -> None:
    shown = Shown.of(LoopSpec("bridge", 2, 1, seconds=30, width=320, height=180, events=("wrong_way",)))
    check_lines(shown.truth)
    event = shown.event()
    (number,) = event["tracks"]
    track = shown.track(number)
    assert (event["start"], event["end"]) == (round(track[0][0] / FPS, 4), round(track[-1][0] / FPS, 4))
    wrong = np.subtract(track[-1][1]["ground"], track[0][1]["ground"])
    beside = []
    for frame in shown.truth["frame"]:
        for thing in frame["things"]:
            own = dict(track).get(frame["n"])
            if own and thing["track"] != number and thing["class"] not in {"person", "bicycle"}:
                beside.append(thing)
    lane = [each for each in beside if abs(each["ground"][0] - track[0][1]["ground"][0]) < 1.2 and 10 < each["ground"][1] < 90]
    course = np.degrees(np.arctan2(wrong[0], wrong[1]))
    assert all(abs((thing["heading"] - course + 180) % 360 - 180) > 120 for thing in lane)


def test_a_stopped_vehicle_stands_as_long_as_its_event_says_and_blinks() -> None:
    shown = Shown.of(LoopSpec("junction", 2, 1, seconds=30, width=320, height=180, events=("stopped_vehicle",)))
    check_lines(shown.truth)
    event = shown.event()
    (number,) = event["tracks"]
    track = shown.track(number)
    inside = [thing for n, thing in track if event["start"] + 0.1 < n / FPS < event["end"] - 0.1]
    assert len(inside) > 4 * FPS
    assert {thing["speed"] for thing in inside} == {0.0}
    assert len({tuple(thing["ground"]) for thing in inside}) == 1
    assert np.hypot(*np.subtract(inside[0]["ground"], event["place"])) < 0.1
    assert {thing["class"] for _, thing in track} == {"car"}
    assert "lights" not in {thing["class"] for thing in shown.truth["thing"]}


def test_a_crowd_gathers_close_together_and_goes_again() -> None:
    shown = Shown.of(LoopSpec("market", 2, 1, seconds=48, width=160, height=90, events=("crowd",)))
    check_lines(shown.truth)
    event = shown.event()
    frames = shown.truth["frame"]

    def close(second: float) -> int:
        things = frames[round(second * FPS)]["things"]
        near = [thing for thing in things if np.hypot(*np.subtract(thing["ground"], event["place"])) < 3.5]
        return len([thing for thing in near if thing["class"] == "person" and thing["speed"] < 0.05])

    assert event["end"] - event["start"] > 8
    assert len(event["tracks"]) >= 12
    assert close((event["start"] + event["end"]) / 2) >= 8
    assert close(max(event["start"] - 6, 0)) < 6
    assert close(event["end"] + 6) < 6


def test_a_bag_is_an_object_left_only_while_nobody_has_it() -> None:
    shown = Shown.of(LoopSpec("market", 2, 1, seconds=48, width=320, height=180, events=("left_object",)))
    check_lines(shown.truth)
    event = shown.event()
    bag, owner, finder = event["tracks"]
    lying = shown.track(bag)
    assert {thing["class"] for _, thing in lying} == {"left_object"}
    assert lying[0][0] / FPS == pytest.approx(event["start"], abs=0.1)
    assert lying[-1][0] / FPS == pytest.approx(event["end"], abs=0.1)
    assert all(np.hypot(*np.subtract(thing["ground"], event["place"])) < 0.05 for _, thing in lying)
    middle = round((event["start"] + event["end"]) / 2 * FPS)
    for person in (owner, finder):
        where = dict(shown.track(person)).get(middle)
        assert where is None or np.hypot(*np.subtract(where["ground"], event["place"])) > 2.0, "nobody of the two is near"
    pictures = shown.pictures
    left, top, right, bottom = lying[len(lying) // 2][1]["box"]
    empty = np.median(np.stack([pictures[0], pictures[3], pictures[-1]]), axis=0)
    steady = np.median(np.stack(pictures[middle - 20 : middle + 20 : 4]), axis=0)
    assert np.abs(steady - empty)[top:bottom, left:right].mean() > 12, "something lies there that was not there before"


def test_a_flood_covers_the_bank_as_far_as_its_level_says() -> None:
    shown = Shown.of(LoopSpec("river", 2, 1, seconds=16, width=320, height=180, events=("flood=0.5",)))
    check_lines(shown.truth)
    event = shown.event()
    levels = [frame["level"] for frame in shown.truth["frame"]]
    assert max(levels) == event["peak"] == 0.5
    assert levels[0] == levels[-1] == 0.0
    assert max(abs(b - a) for a, b in pairwise(levels)) < 0.05, "it rises and falls without a jump"
    peak = int(np.argmax(levels))
    edge = Shore(17.6, 189.0).reached(0.5)
    empty = shown.pictures[0]
    flooded = np.abs(shown.pictures[peak] - empty)
    points = np.array([(x, y, 0.0) for x in np.arange(-4, 14, 0.5) for y in np.arange(edge + 2.5, 16.5, 0.5)])
    assert np.median([flooded[y, x] for x, y in _inside(shown.scene, points)]) > 15, "what was paving is water"
    dry = np.array([(x, y, 0.0) for x in np.arange(-2, 10, 0.5) for y in np.arange(1.0, 5.0, 0.5)])
    assert np.median([flooded[y, x] for x, y in _inside(shown.scene, dry)]) < 8, "the street stays dry"


def _inside(scene: Scene, points: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    pixels, depth = scene.view.project(points)
    placed = [(round(x), round(y)) for (x, y), ahead in zip(pixels.tolist(), depth, strict=True) if ahead > 1]
    found = [(x, y) for x, y in placed if 0 <= x < scene.view.width and 0 <= y < scene.view.height]
    assert len(found) > 20
    return found


def test_a_drone_flies_through_the_upper_part_of_the_picture() -> None:
    shown = Shown.of(LoopSpec("junction", 2, 1, seconds=28, width=480, height=270, events=("drone",)))
    check_lines(shown.truth)
    event = shown.event()
    track = shown.track(event["tracks"][0])
    assert {thing["class"] for _, thing in track} == {"drone"}
    assert (event["start"], event["end"]) == (round(track[0][0] / FPS, 4), round(track[-1][0] / FPS, 4))
    assert all(thing["box"][3] < 0.5 * 270 for _, thing in track)
    assert all(thing["height"] > 3.0 for _, thing in track)
    empty = np.median(np.stack([shown.pictures[0], shown.pictures[2], shown.pictures[-1]]), axis=0)
    checked = 0
    for number, thing in track[10:-10:9]:
        left, top, right, bottom = thing["box"]
        checked += bool((np.abs(shown.pictures[number] - empty)[top:bottom, left:right] > 20).mean() > 0.15)
    assert checked > len(track[10:-10:9]) * 0.7
