"""Picture times: exact in their steps, near the wall, always rising (docs/design/time.md)."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.model import TICKS_PER_SECOND as SECOND
from citysquare.engine.sources.timeline import EARLY_LIMIT, Timeline
from tests.engine.sources.clips import make_clip

START = 1_767_225_600 * SECOND
STEP = SECOND // 25


def rises(times: list[tuple[int, int]]) -> bool:
    return all(a[1] < b[1] for a, b in pairwise(times)) and all(pts >= dts for pts, dts in times)


def test_network_jitter_does_not_reach_the_picture_times() -> None:
    timeline, chance = Timeline(), random.Random(3)
    out = [timeline.place(n * STEP, START + n * STEP + chance.randrange(SECOND // 5)) for n in range(2000)]
    assert rises(out)
    steps = [b[0] - a[0] for a, b in pairwise(out)]
    assert all(abs(step - STEP) <= (STEP + SECOND // 5) * 500 / 1e6 + 1 for step in steps)  # what the anchor may follow


@pytest.mark.parametrize("ppm", [-50, 50, -300, 300])
def test_a_camera_whose_clock_drifts_is_followed_without_a_step(ppm: int) -> None:
    timeline, chance = Timeline(), random.Random(4)
    out = []
    for n in range(25 * 3600):
        arrival = START + n * STEP
        out.append(timeline.place(round(n * STEP * (1 + ppm / 1e6)), arrival + chance.randrange(SECOND // 50)))
    assert rises(out)
    assert timeline.anchored == 1
    assert abs(out[-1][0] - START - (25 * 3600 - 1) * STEP) < SECOND // 25


@given(st.integers(0, 2**32 - 1))
def test_rtp_time_wraps_unseen(first: int) -> None:
    timeline = Timeline()
    out = [timeline.place((first + n * SECOND) & 0xFFFF_FFFF, START + n * SECOND)[0] for n in range(5)]
    assert out == [START + n * SECOND for n in range(5)]


def test_thirteen_hours_of_wrapping_time_stay_exact() -> None:
    timeline = Timeline()
    out = [timeline.place((n * 10 * SECOND) & 0xFFFF_FFFF, START + n * 10 * SECOND)[0] for n in range(6 * 60 * 14)]
    assert out[-1] == START + (6 * 60 * 14 - 1) * 10 * SECOND


@pytest.mark.parametrize("jump", [3600 * SECOND, -3600 * SECOND, 2 * SECOND, -2 * SECOND])
def test_a_camera_whose_time_jumps_is_anchored_afresh_and_never_overlaps(jump: int) -> None:
    timeline = Timeline()
    out = [timeline.place((n * STEP) & 0xFFFF_FFFF, START + n * STEP) for n in range(100)]
    out += [timeline.place((n * STEP + jump) & 0xFFFF_FFFF, START + n * STEP) for n in range(100, 200)]
    assert rises(out)
    assert timeline.anchored == 2
    assert all(pts == START + n * STEP for n, (pts, _) in enumerate(out))


def gaps(times: list[int]) -> int:
    return sum(max(0, b - a - STEP) for a, b in pairwise(times) if 2 * (b - a) > 3 * STEP)


@pytest.mark.parametrize(
    ("wrong", "most"),
    [
        (lambda _: 0, 0),
        (lambda n: -n * STEP, 0),
        (lambda n: 2 * n * STEP, SECOND),
        (lambda n: n * STEP // 2, 12 * SECOND),  # a slow clock looks like a network that is slower and slower, for the window's ten seconds
        (lambda n: random.Random(n).randrange(2**32), 0),
    ],
    ids=["standing still", "backwards", "twice as fast", "half as fast", "at random"],
)
def test_wrong_rtp_times_do_not_move_pictures_away_from_their_arrival(wrong: Callable[[int], int], most: int) -> None:
    timeline, chance = Timeline(), random.Random(5)
    arrivals = [START + n * STEP + chance.randrange(SECOND // 100) for n in range(1000)]
    times = [n * STEP for n in range(200)] + [(200 * STEP + wrong(n)) for n in range(600)] + [n * STEP for n in range(800, 1000)]
    out = [timeline.place(time & 0xFFFF_FFFF, arrival) for time, arrival in zip(times, arrivals, strict=True)]
    assert rises(out)
    assert gaps([pts for pts, _ in out]) <= most
    assert all(abs(pts - arrival) <= SECOND + most // 2 for (pts, _), arrival in zip(out, arrivals, strict=True))
    assert all(abs(pts - arrival) < SECOND // 10 for (pts, _), arrival in zip(out[-50:], arrivals[-50:], strict=True))


def test_a_stream_that_begins_late_comes_back_to_its_time_without_a_gap() -> None:
    timeline = Timeline()
    out = [timeline.place(n * STEP, START + max(n, 50) * STEP)[0] for n in range(1000)]  # two seconds waited on the way
    assert gaps(out) == 0
    assert out[0] == START + 50 * STEP
    assert abs(out[-1] - START - 999 * STEP) <= EARLY_LIMIT


def test_a_stalled_link_does_not_compress_footage() -> None:
    timeline = Timeline()
    out = []
    for n in range(500):
        late = START + 300 * STEP if 200 <= n < 300 else START + n * STEP  # four seconds arrive at once
        out.append(timeline.place(n * STEP, late)[0])
    assert out == [START + n * STEP for n in range(500)]


@pytest.mark.parametrize("seconds", [8, 12, 60])
def test_what_waited_through_a_long_standstill_keeps_its_time_and_what_is_missing_behind_it_leaves_its_gap(seconds: int) -> None:
    """A recorder that stood still finds the first pictures in the buffers on the way; the camera gave up those that found no room."""
    timeline = Timeline()
    out = {n: timeline.place(n * STEP & 0xFFFF_FFFF, START + n * STEP)[0] for n in range(200)}
    woken = 200 + 25 * seconds
    for n in range(200, 350):
        out[n] = timeline.place(n * STEP & 0xFFFF_FFFF, START + woken * STEP + (n - 200) * STEP // 50)[0]
    timeline.tear()
    for n in range(woken + 30, woken + 1000):
        out[n] = timeline.place(n * STEP & 0xFFFF_FFFF, START + n * STEP)[0]
    assert out == {n: START + n * STEP for n in out}


@pytest.mark.parametrize("depth", [0, 2])
def test_missing_pictures_have_time_for_a_gap_even_behind_a_burst_whose_times_are_not_believed(depth: int) -> None:
    timeline, chance = Timeline(), random.Random(6)
    out = [timeline.place(n * STEP, START + n * STEP, depth=depth, step=STEP) for n in range(100)]
    out += [timeline.place(chance.randrange(2**32), START + n * STEP, depth=depth, step=STEP) for n in range(100, 130)]
    out += [timeline.place(n * STEP, START + 400 * STEP + n, depth=depth, step=STEP) for n in range(130, 300)]  # all at once
    timeline.tear()
    out += [timeline.place(n * STEP, START + 400 * STEP + n, depth=depth, step=STEP) for n in range(350, 400)]
    assert rises(out)
    assert out[300][1] - out[299][1] >= 2 * STEP


def test_a_new_connection_starts_after_the_last_picture() -> None:
    timeline = Timeline()
    first = [timeline.place(n * STEP, START + n * STEP, depth=2) for n in range(50)]
    timeline.restart()
    second = [timeline.place(99 + n * STEP, START + 30 * STEP + n * STEP, depth=2) for n in range(50)]
    assert rises(first + second)
    assert min(pts for pts, _ in second) > max(pts for pts, _ in first)


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_decoding_times_of_b_frames_rise_and_keep_presentation_exact(codec: str) -> None:
    clip = make_clip(codec, b_frames=3, gop=25)
    depth = 3
    timeline = Timeline()
    out = [timeline.place(p.pts & 0xFFFF_FFFF, START + n * STEP, depth=depth, step=STEP) for n, p in enumerate(clip.pictures)]
    assert rises(out)
    origin = out[0][0] - clip.pictures[0].pts
    assert all(abs(pts - origin - p.pts) <= 60 for (pts, _), p in zip(out, clip.pictures, strict=True))


@pytest.mark.parametrize("told", [True, False])
def test_after_missing_pictures_no_decoding_time_is_left_over_from_before(told: bool) -> None:
    clip = make_clip("h264", b_frames=3, gop=25)
    timeline = Timeline()
    placed = {}
    for n, p in enumerate(clip.pictures):
        if 10 <= n < 25:  # all behind the middle of the first group
            continue
        if n == 25 and told:
            timeline.tear()
        placed[n] = timeline.place(p.pts & 0xFFFF_FFFF, START + n * STEP, depth=3, step=STEP)
    assert rises(list(placed.values()))
    assert placed[25][1] - placed[9][1] > 10 * STEP


@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 30 * SECOND), st.integers(0, 16), st.booleans()), max_size=60),
)
def test_whatever_a_camera_says_times_rise(said: list[tuple[int, int, int, bool]]) -> None:
    timeline = Timeline()
    arrival = START
    out = []
    for rtp_time, passed, depth, again in said:
        arrival += passed
        if again:
            timeline.restart()
        out.append(timeline.place(rtp_time, arrival, depth=depth))
    assert rises(out)
