"""Plans: the day's curve, who passes a line when, and that nothing of one split is met in another."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.simulator.hours import PHASES, busy, phase_at, seconds_to_next
from citysquare.simulator.loops import FPS, LoopSpec
from citysquare.simulator.plans import crossings, passes, plan_loop
from citysquare.simulator.scenes import Line, scene_named
from citysquare.simulator.traffic import Path, travel
from tests.simulator.places import every_place

metres = st.floats(-50, 50, allow_nan=False).map(lambda value: round(value, 2))
points = st.tuples(metres, metres)
Way = list[tuple[float, float]]


def side(line: Line, point: tuple[float, float]) -> float:
    """Above 0 to the left of the line, below to its right."""
    (ax, ay), (bx, by) = line.a, line.b
    return (bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax)


@given(st.floats(0, 24), st.sampled_from(["person", "car"]))
def test_the_day_curve_has_no_jumps_and_is_never_empty_or_absurd(hour: float, kind: str) -> None:
    assert 0.0 < busy(hour, kind) < 2.0
    assert abs(busy(hour, kind) - busy((hour + 0.01) % 24, kind)) < 0.02


def test_commuters_come_in_the_morning_and_the_evening_and_hardly_anybody_at_night() -> None:
    assert busy(8, "car") > busy(10.5, "car") < busy(17, "car")
    assert max(busy(3, "car"), busy(3, "person")) < 0.1
    assert busy(14, "car") == busy(14, "person") == 1.0


@given(st.floats(0, 23.999))
def test_a_phase_ends_where_the_next_begins(hour: float) -> None:
    after = (hour + seconds_to_next(hour) / 3600 + 1e-6) % 24
    assert phase_at(after) == (phase_at(hour) + 1) % len(PHASES)
    assert 0 < seconds_to_next(hour) <= 6 * 3600


@pytest.mark.parametrize("name", ["junction", "market"])
def test_fewer_come_at_night_than_at_noon(name: str) -> None:
    def count(hour: float) -> int:
        return sum(len(plan_loop(scene_named(name), LoopSpec(name, 0, seed, 24, hour=hour)).movers) for seed in range(3))

    assert count(3.0) * 4 < count(12.0)


@given(points, points, points, points)
def test_a_way_between_the_sides_of_a_line_passes_it_once_and_backwards_the_other_way(
    start: tuple[float, float], end: tuple[float, float], a: tuple[float, float], b: tuple[float, float]
) -> None:
    line = Line("line", a, b)
    there = passes([start, end], line)
    assert len(there) <= 1
    for at, direction in there:
        assert 0.0 <= at <= 1.0
        crossed = np.array(start) + (np.array(end) - start) * at
        along = np.subtract(b, a)
        assert abs(side(line, (crossed[0], crossed[1]))) <= 1e-6 * max(1.0, float(along @ along)), "the place lies on the line"
        turned = passes([start, end], Line("line", b, a))
        assert not turned or turned[0][1] != direction, "seen from the line's other end it goes the other way"


@given(st.lists(points, min_size=2, max_size=12), points, points)
def test_whoever_returns_has_passed_as_often_forward_as_back(way: Way, a: tuple[float, float], b: tuple[float, float]) -> None:
    far = np.subtract(b, a) * 1000.0
    endless = Line("line", (a[0] - far[0], a[1] - far[1]), (b[0] + far[0], b[1] + far[1]))
    directions = [direction for _, direction in passes([*way, way[0]], endless)]
    assert directions.count("forward") == directions.count("back")
    assert all(one != other for one, other in pairwise(directions)), "nobody passes twice in one direction without coming back"


@given(st.lists(points, min_size=2, max_size=6, unique=True), st.floats(0.1, 8.0))
def test_a_path_is_as_long_as_its_pieces_and_its_points_lie_at_their_distances(corners: Way, bend: float) -> None:
    if any(np.hypot(*np.subtract(a, b)) < 0.5 for a, b in pairwise(corners)):
        return
    path = Path(tuple(corners), bend)
    straight = sum(float(np.hypot(*np.subtract(a, b))) for a, b in pairwise(corners))
    assert path.length <= straight + 1e-6
    found = path.at(path.distances)
    assert np.allclose(found, path.points, atol=1e-6)
    assert np.allclose(found[[0, -1]], [corners[0], corners[-1]], atol=1e-6)


@given(st.floats(20, 80), st.floats(1, 14), st.floats(0.3, 0.9), st.floats(0.5, 6))
def test_who_has_to_stop_stands_as_long_as_asked_near_the_place_and_never_goes_back(
    length: float, speed: float, share: float, wait: float
) -> None:
    stop = length * share
    covered = travel(length, speed, stop, wait, FPS)
    steps = np.diff(covered)
    assert (steps >= 0).all()
    assert steps.max() * FPS <= speed + 1e-6
    if stop > speed * speed / 5.2 + 1.0:
        still = np.flatnonzero(steps == 0)
        assert len(still) / FPS == pytest.approx(wait, abs=2 / FPS)
        assert abs(covered[still[0]] - stop) < 2 * speed / FPS + 0.2


@pytest.mark.parametrize("name", every_place())
def test_crossings_are_where_the_ground_points_change_sides(name: str) -> None:
    scene = scene_named(name)
    loop = plan_loop(scene, LoopSpec(name, 0, 4, 24))
    listed = crossings(loop)
    assert bool(listed) == bool(scene.lines), "somebody passes each scene's lines"
    for crossing in listed:
        line = next(line for line in scene.lines if line.name == crossing.line)
        mover = crossing.mover
        moments = [min(max(crossing.second + aside, mover.enter), mover.leave) for aside in (-0.07, 0.07)]
        sides = [side(line, mover.pose(mover.metres(moment) or 0.0)[0]) for moment in moments]
        assert (sides[0] > sides[1]) == (crossing.direction == "forward")
        assert 0.0 <= crossing.speed <= 20.0


def test_splits_share_no_traffic() -> None:
    spec = LoopSpec("junction", 0, 1, 24)

    def seen(split: str) -> set[str]:
        movers = plan_loop(scene_named("junction", split), replace(spec, split=split)).movers
        return {mover.plate.plain for mover in movers if mover.plate} | {f"{mover.kind}{mover.enter}{mover.aside}" for mover in movers}

    assert not seen("show") & seen("train")
    assert not seen("train") & seen("test")
    assert not seen("show") & seen("test")
