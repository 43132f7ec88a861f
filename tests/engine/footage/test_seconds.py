"""Which seconds count as stored."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.footage.seconds import Cadence, SecondCount, count_seconds, stored_runs, stored_seconds
from citysquare.engine.model import TICKS_PER_SECOND as SECOND
from citysquare.engine.model import GapCause, Interval
from tests.engine.footage.scripted import START, STEP

TEN = START // SECOND


def times(count: int, start: int = START, step: int = STEP) -> list[int]:
    return [start + n * step for n in range(count)]


def test_a_second_is_stored_when_no_step_in_it_exceeds_one_and_a_half_intervals() -> None:
    whole = times(75)
    assert stored_seconds(whole, STEP) == [TEN, TEN + 1, TEN + 2]
    assert stored_seconds(whole[:30] + whole[31:], STEP) == [TEN, TEN + 2]
    late = [*whole[:30], whole[30] + STEP // 2, *whole[31:]]
    assert stored_seconds(late, STEP) == [TEN, TEN + 1, TEN + 2]


def test_a_gap_begins_where_the_last_picture_ends() -> None:
    assert stored_runs([*times(25), *times(25, START + 3 * SECOND)], STEP) == [
        Interval(START, START + SECOND),
        Interval(START + 3 * SECOND, START + 4 * SECOND),
    ]
    assert stored_runs([], STEP) == []


def test_a_second_of_two_causes_is_counted_for_the_longer_one() -> None:
    axis = [
        Interval(START, START + SECOND),
        Interval(START + SECOND, START + SECOND + 3 * STEP, GapCause.GARBLED),
        Interval(START + SECOND + 3 * STEP, START + 3 * SECOND, GapCause.STALLED),
        Interval(START + 3 * SECOND, START + 5 * SECOND + STEP),
    ]
    assert count_seconds(axis, START - SECOND, START + 7 * SECOND) == SecondCount(8, 3, {GapCause.STALLED: 2}, 3)


@given(
    st.lists(st.tuples(st.integers(1, 3 * SECOND), st.sampled_from([None, *GapCause])), max_size=30),
    st.integers(-SECOND, 5 * SECOND),
    st.integers(0, 40 * SECOND),
)
def test_every_second_is_counted_once(lengths: list[tuple[int, GapCause | None]], begin: int, length: int) -> None:
    axis, at = [], START
    for ticks, cause in lengths:
        axis.append(Interval(at, at + ticks, cause))
        at += ticks
    found = count_seconds(axis, START + begin, START + begin + length)
    assert found.stored + sum(found.missing.values()) + found.unknown == found.total
    assert min(found.stored, found.unknown, *found.missing.values(), 0) == 0
    whole = range(-(-(START + begin) // SECOND), (START + begin + length) // SECOND)
    stored = [s for s in whole if not _touches_a_gap(axis, s) and _covered(axis, s)]
    assert found.stored == len(stored)


def _touches_a_gap(axis: list[Interval], second: int) -> bool:
    return any(i.cause is not None and i.start < (second + 1) * SECOND and i.end > second * SECOND for i in axis)


def _covered(axis: list[Interval], second: int) -> bool:
    return bool(axis) and axis[0].start <= second * SECOND and (second + 1) * SECOND <= axis[-1].end


def gaps(steps: list[int]) -> list[int]:
    """The steps that a stream's own cadence takes for gaps."""
    cadence, found = Cadence(), []
    for step in steps:
        if cadence.tears(step):
            found.append(step)
        cadence.add(step)
    return found


def test_a_steady_camera_that_leaves_out_one_picture_has_a_gap() -> None:
    assert gaps([STEP] * 30 + [2 * STEP] + [STEP] * 30) == [2 * STEP]
    assert gaps([STEP + n % 3 * 90 for n in range(500)]) == []


def test_a_camera_that_makes_its_rate_by_leaving_out_each_sixth_picture_is_steady() -> None:
    assert gaps([3000, 3000, 3000, 3000, 6000] * 40)[1:] == []


def test_a_camera_that_slows_down_costs_a_few_pictures_once() -> None:
    night = [STEP] * 200 + [2 * STEP] * 200
    assert len(gaps(night)) <= 5
    assert gaps(night + night) == gaps(night)


def test_a_camera_of_one_picture_in_two_seconds_has_no_gaps_once_that_is_known() -> None:
    assert gaps([2 * SECOND] * 30) == [2 * SECOND]


def test_what_a_stream_was_slow_for_is_forgotten_after_an_hour() -> None:
    slow = [STEP] * 60 + [10 * STEP] * 5 + [STEP] * 60
    assert gaps([*slow, 9 * STEP]) == gaps(slow)
    assert gaps([*slow, *[STEP] * 90_000, 9 * STEP]) == [*gaps(slow), 9 * STEP]


@given(st.lists(st.integers(1, 4 * SECOND), min_size=1, max_size=120))
def test_the_interval_is_the_median_of_the_last_steps_and_the_usual_step_never_less(steps: list[int]) -> None:
    cadence = Cadence()
    for count, step in enumerate(steps, 1):
        cadence.add(step)
        last = sorted(steps[max(0, count - 50) : count])
        assert cadence.interval == last[len(last) // 2]
        assert cadence.usual >= cadence.interval
