"""Following boxes from picture to picture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.model import TICKS_PER_SECOND, Box, Detection, ObjectClass, Track
from citysquare.engine.vision.path import PATH_POINTS, thin
from citysquare.engine.vision.tracking import Tracker

STEP = TICKS_PER_SECOND // 7


def box(x: float, y: float, *, wide: float = 0.06, high: float = 0.1) -> Box:
    return Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def follow(frames: list[list[Detection] | None], *, start: int = 0) -> list[Track]:
    tracker = Tracker("square", aspect=16 / 9)
    ended = [track for index, seen in enumerate(frames) for track in tracker.update(seen, start + index * STEP)]
    return ended + tracker.finish()


def walk(count: int, y: float = 0.5, *, rightwards: bool = True) -> list[Detection]:
    steps = [0.1 + 0.8 * index / (count - 1) for index in range(count)]
    return [Detection(box(x if rightwards else 1 - x, y)) for x in steps]


def test_a_box_that_moves_is_one_track() -> None:
    (track,) = follow([[seen] for seen in walk(30)])
    assert track.object_class is ObjectClass.UNKNOWN
    assert (track.first, track.last) == (0, 29 * STEP)
    assert abs(track.path[0][0] - 0.1) < 0.01
    assert abs(track.path[-1][0] - 0.9) < 0.01


def test_a_box_that_stays_is_no_track() -> None:
    assert follow([[Detection(box(0.5 + 0.002 * (index % 2), 0.5))] for index in range(40)]) == []


def test_a_box_seen_for_a_moment_is_no_track() -> None:
    assert follow([[Detection(box(0.2 + 0.1 * index, 0.5))] for index in range(3)]) == []


def test_short_misses_do_not_cut_a_track() -> None:
    frames: list[list[Detection] | None] = [[seen] for seen in walk(40)]
    for missed in (10, 11, 12, 13, 25, 26):
        frames[missed] = []
    assert len(follow(frames)) == 1


def test_when_nothing_can_be_said_a_track_coasts() -> None:
    frames: list[list[Detection] | None] = [[seen] for seen in walk(40)]
    frames[15] = frames[16] = frames[17] = None
    assert len(follow(frames)) == 1


def test_two_things_that_pass_each_other_keep_their_ways() -> None:
    right, left = walk(40, 0.48), walk(40, 0.55, rightwards=False)
    tracks = follow([[a, b] for a, b in zip(right, left, strict=True)])
    assert len(tracks) == 2
    assert sorted(round(track.path[-1][0] - track.path[0][0], 1) for track in tracks) == [-0.8, 0.8]


def test_two_things_seen_as_one_while_they_meet_stay_two() -> None:
    right, left = walk(60, 0.48), walk(60, 0.55, rightwards=False)
    frames: list[list[Detection] | None] = []
    for a, b in zip(right, left, strict=True):
        if abs(a.box.centre[0] - b.box.centre[0]) < 0.07:
            one, other = a.box, b.box
            joint = Box(min(one.left, other.left), min(one.top, other.top), max(one.right, other.right), max(one.bottom, other.bottom))
            frames.append([Detection(joint)])
        else:
            frames.append([a, b])
    tracks = follow(frames)
    assert sorted(round(track.path[-1][0] - track.path[0][0], 1) for track in tracks) == [-0.8, 0.8]


def test_a_thing_that_falls_apart_for_a_moment_stays_one() -> None:
    frames: list[list[Detection] | None] = []
    for index, seen in enumerate(walk(40)):
        whole = seen.box
        third = (whole.right - whole.left) / 3
        parts = [
            Box(whole.left, whole.top, whole.left + third, whole.bottom),
            Box(whole.right - third, whole.top, whole.right, whole.bottom),
        ]
        frames.append([Detection(part) for part in parts] if 15 <= index < 19 else [seen])
    assert len(follow(frames)) == 1


def test_what_comes_in_where_something_leaves_is_another_thing() -> None:
    out = [Detection(Box(max(0.0, left), 0.45, left + 0.12, 0.6)) for left in (0.5 - 0.03 * n for n in range(20)) if left + 0.12 > 0.02]
    inward = [Detection(Box(max(0.0, left), 0.45, left + 0.12, 0.6)) for left in (-0.1 + 0.03 * n for n in range(20))]
    tracks = follow([[seen] for seen in out + inward])
    ways = sorted(track.path[-1][0] - track.path[0][0] for track in tracks)
    assert len(ways) == 2
    assert ways[0] < -0.4
    assert ways[1] > 0.4


def test_a_smaller_thing_beside_a_larger_one_stays_a_thing_of_its_own() -> None:
    frames: list[list[Detection] | None] = []
    for index in range(30):
        car = box(0.1 + 0.025 * index, 0.5, wide=0.2, high=0.2)
        walker = box(0.05 + 0.01 * index, 0.45, wide=0.03, high=0.1)
        frames.append([Detection(car), Detection(walker)])
    assert len(follow(frames)) == 2


def test_a_detectors_classes_are_put_to_the_vote() -> None:
    names = [ObjectClass.CAR, ObjectClass.VAN, ObjectClass.CAR, ObjectClass.UNKNOWN]
    frames: list[list[Detection] | None] = [[Detection(seen.box, names[index % 4], 0.8)] for index, seen in enumerate(walk(30))]
    assert [track.object_class for track in follow(frames)] == [ObjectClass.CAR]


def test_time_that_does_not_rise_is_passed_over() -> None:
    tracker = Tracker("square", aspect=1.0)
    assert tracker.update([Detection(box(0.5, 0.5))], 100) == []
    assert tracker.update([Detection(box(0.6, 0.5))], 100) == []
    assert tracker.update([Detection(box(0.6, 0.5))], 50) == []


def test_ids_differ_between_cameras_and_times() -> None:
    frames: list[list[Detection] | None] = [[seen] for seen in walk(30)]
    assert follow(frames)[0].id != follow(frames, start=STEP)[0].id


any_box = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), *[st.floats(0, 0.9)] * 2, *[st.floats(0.001, 0.5)] * 2)


@given(st.lists(st.one_of(st.none(), st.lists(any_box.map(Detection), max_size=12)), max_size=25), st.integers(0, 10**15))
def test_whatever_is_seen_tracks_are_sound(frames: list[list[Detection] | None], start: int) -> None:
    for track in follow(frames, start=start):
        assert start <= track.first < track.last
        assert 2 <= len(track.path) <= PATH_POINTS
        assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in track.path)


@given(st.lists(st.tuples(st.integers(1, 10**6), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=400))
def test_a_thinned_path_keeps_its_ends(steps: list[tuple[int, float, float]]) -> None:
    at, points = 0, []
    for step, x, y in steps:
        at += step
        points.append((at, x, y))
    path = thin(points)
    assert len(path) <= PATH_POINTS
    assert (path[0], path[-1]) == (points[0][1:], points[-1][1:])
