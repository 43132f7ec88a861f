"""The continuity ledger: every moment once, with its cause."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.footage.ledger import Deleted, Deletion, Ledger, joined
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval
from tests.engine.footage.scripted import START, STEP

SECOND = TICKS_PER_SECOND
causes = st.sampled_from(list(GapCause))
steps = st.one_of(
    st.tuples(st.just("pictures"), st.integers(1, 60), st.sampled_from([STEP, STEP // 2, 3 * STEP, SECOND])),
    st.tuples(st.just("pause"), st.integers(1, 5 * SECOND), st.just(0)),
    st.tuples(st.just("lost"), st.integers(-SECOND, 2 * SECOND), causes),
    st.tuples(st.just("grow"), st.integers(0, 3 * SECOND), st.just(0)),
    st.tuples(st.just("save"), st.just(0), st.just(0)),
)


class Stored:
    """The stored axis, as the index keeps it."""

    def __init__(self) -> None:
        self.rows: list[Interval] = []

    def write(self, changes: Sequence[Interval]) -> None:
        self.rows = [row for row in self.rows if row.start < changes[0].start] + [row for row in changes if row.end > row.start]


@given(st.lists(steps, max_size=40))
def test_intervals_are_adjacent_and_cover_all_time_since_the_switch_on(script: list[tuple[str, int, int | GapCause]]) -> None:
    ledger, stored, now = Ledger(START, GapCause.RESTART), Stored(), START
    taken: list[int] = []
    for action, amount, detail in script:
        if action == "pictures" and isinstance(detail, int):
            times = [now + n * detail for n in range(amount)]
            ledger.pictures(times)
            taken += times
            now = times[-1] + detail
        elif action == "pause":
            now += amount
        elif action == "lost" and isinstance(detail, GapCause):
            ledger.lost(detail, now + amount)
        elif action == "grow":
            ledger.grow(now + amount)
        else:
            stored.write(ledger.changes())
    stored.write(ledger.changes())
    rows = stored.rows
    assert all(before.end == after.start for before, after in pairwise(rows))
    if rows:
        assert rows[0].start == START
        assert sum(row.end - row.start for row in rows) == rows[-1].end - START
    for time in taken:
        assert any(row.start <= time < row.end and row.cause is None for row in rows)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 4 * SECOND), causes), min_size=1, max_size=20), st.integers(1, 7))
def test_saving_often_or_once_gives_the_same_axis(script: list[tuple[int, int, GapCause]], often: int) -> None:
    axes = []
    for saves in (often, 1000):
        ledger, stored, now = Ledger(START, GapCause.RESTART), Stored(), START
        for number, (count, pause, cause) in enumerate(script):
            ledger.pictures([now + n * STEP for n in range(count)])
            now += count * STEP
            if cause is not GapCause.STALLED:
                ledger.lost(cause, now)
            now += pause
            ledger.grow(now + SECOND if number % 2 else now)
            if number % saves == 0:
                stored.write(ledger.changes())
        stored.write(ledger.changes())
        axes.append(stored.rows)
    assert axes[0] == axes[1]


def axis(ledger: Ledger) -> list[tuple[int, int, GapCause | None]]:
    return [(i.start - START, i.end - START, i.cause) for i in ledger.changes()]


def test_the_sum_is_exact_and_causes_are_those_announced() -> None:
    ledger = Ledger(START, GapCause.RESTART)
    ledger.lost(GapCause.UNREACHABLE, START + SECOND)
    ledger.pictures([START + 3 * SECOND + n * STEP for n in range(50)])
    ledger.lost(GapCause.GARBLED, START + 5 * SECOND)
    ledger.lost(GapCause.REFUSED, START + 6 * SECOND)
    ledger.grow(START + 9 * SECOND)
    assert axis(ledger) == [
        (0, SECOND, GapCause.RESTART),
        (SECOND, 3 * SECOND, GapCause.UNREACHABLE),
        (3 * SECOND, 5 * SECOND, None),
        (5 * SECOND, 6 * SECOND, GapCause.GARBLED),
        (6 * SECOND, 9 * SECOND, GapCause.REFUSED),
    ]


def test_jitter_is_no_gap_and_half_a_second_at_full_rate_is_none_either() -> None:
    ledger = Ledger(START, GapCause.RESTART)
    times = [START + n * STEP + (n * 997) % STEP // 3 for n in range(100)]
    ledger.pictures(times)
    ledger.pictures([times[-1] + SECOND // 2])
    assert [cause for _, _, cause in axis(ledger)] == [None]


def test_a_camera_of_one_picture_in_two_seconds_has_no_gaps() -> None:
    ledger = Ledger(START, GapCause.RESTART)
    ledger.pictures([START + n * 2 * SECOND for n in range(30)])
    rows = axis(ledger)
    assert sum(end - start for start, end, cause in rows if cause is not None) < 3 * 2 * SECOND  # until its pace is known
    assert rows[-1][2] is None
    assert rows[-1][1] == 60 * SECOND


def test_a_gap_nobody_announced_is_blamed_by_what_else_is_known() -> None:
    ledger = Ledger(START, GapCause.RESTART, blame=lambda gap: GapCause.DROPPED_BY_US if gap.start == START + SECOND else GapCause.STALLED)
    ledger.pictures([START + n * STEP for n in range(25)])
    ledger.pictures([START + 3 * SECOND + n * STEP for n in range(25)])
    ledger.pictures([START + 9 * SECOND])
    assert [cause for _, _, cause in axis(ledger)] == [None, GapCause.DROPPED_BY_US, None, GapCause.STALLED, None]
    assert ledger.dropped_by_us == 2 * SECOND


def test_deletions_that_touch_are_told_as_one() -> None:
    first = Deleted(0, 10, Deletion.SPACE, 100)
    assert joined(first, Deleted(10, 20, Deletion.SPACE, 120), 50) == Deleted(0, 20, Deletion.SPACE, 120)
    assert joined(first, Deleted(11, 20, Deletion.SPACE, 120), 50) is None
    assert joined(first, Deleted(10, 20, Deletion.ORDER, 120), 50) is None
    assert joined(first, Deleted(10, 20, Deletion.SPACE, 200), 50) is None
    assert joined(None, first, 50) is None
