"""The continuity ledger: every moment once, with its cause."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.footage.ledger import Deleted, Deletion, Ledger, joined
from citysquare.engine.footage.seconds import count_seconds, stored_runs, stored_seconds
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
        (0, 3 * SECOND, GapCause.UNREACHABLE),
        (3 * SECOND, 5 * SECOND, None),
        (5 * SECOND, 6 * SECOND, GapCause.GARBLED),
        (6 * SECOND, 9 * SECOND, GapCause.REFUSED),
    ]


def test_jitter_is_no_gap_and_a_single_picture_that_is_missing_is_one() -> None:
    ledger = Ledger(START, GapCause.RESTART)
    times = [START + n * STEP + (n * 997) % STEP // 3 for n in range(100)]
    ledger.pictures(times)
    assert [cause for _, _, cause in axis(ledger)] == [None]
    ledger.pictures([times[-1] + 2 * STEP])
    assert [cause for _, _, cause in axis(ledger)] == [None, GapCause.STALLED, None]


@given(st.sets(st.integers(4, 18).map(lambda n: 14 * n)), st.booleans())
def test_the_ledger_stores_what_the_rule_says(missing: set[int], often: bool) -> None:
    times = [START + n * STEP for n in range(300) if n not in missing]
    ledger, rows = Ledger(START, GapCause.NO_KEYFRAME), Stored()
    for number in range(0, len(times), 12):
        ledger.pictures(times[number : number + 12])
        if often:
            rows.write(ledger.changes())
    rows.write(ledger.changes())
    assert [row for row in rows.rows if row.cause is None] == stored_runs(times, STEP)
    assert count_seconds(rows.rows, START, START + 12 * SECOND).stored == len(stored_seconds(times, STEP))


def test_the_wait_for_the_first_picture_has_its_real_cause_as_soon_as_that_is_known() -> None:
    quick, refused, off = (Ledger.switched_on(None, START) for _ in range(3))
    quick.pictures([START + SECOND])
    assert axis(quick) == [(0, SECOND, GapCause.NO_KEYFRAME), (SECOND, SECOND + STEP, None)]
    refused.grow(START + 2 * SECOND)
    assert axis(refused) == [(0, 2 * SECOND, GapCause.NO_KEYFRAME)]
    refused.lost(GapCause.REFUSED, START + SECOND)
    refused.lost(GapCause.UNREACHABLE, START + 3 * SECOND)
    refused.grow(START + 4 * SECOND)
    assert axis(refused) == [(0, 3 * SECOND, GapCause.REFUSED), (3 * SECOND, 4 * SECOND, GapCause.UNREACHABLE)]
    off.lost(GapCause.SWITCHED_OFF, START + SECOND)
    off.grow(START + 2 * SECOND)
    assert axis(off) == [(0, SECOND, GapCause.NO_KEYFRAME), (SECOND, 2 * SECOND, GapCause.SWITCHED_OFF)]


def test_a_restart_lasts_until_the_first_picture_or_until_the_camera_was_asked_in_vain() -> None:
    last = Interval(START - SECOND, START)
    well, dead = (Ledger.switched_on(last, START + 5 * SECOND) for _ in range(2))
    well.pictures([START + 6 * SECOND])
    assert axis(well)[1:] == [(0, 6 * SECOND, GapCause.RESTART), (6 * SECOND, 6 * SECOND + STEP, None)]
    dead.lost(GapCause.UNREACHABLE, START + 7 * SECOND)
    assert axis(dead)[1:] == [(0, 5 * SECOND, GapCause.RESTART), (5 * SECOND, 7 * SECOND, GapCause.UNREACHABLE)]


def test_a_stream_that_was_switched_off_stays_so_until_it_is_on_again() -> None:
    ledger = Ledger.switched_on(Interval(START, START + 1, GapCause.SWITCHED_OFF), START + 5 * SECOND)
    ledger.pictures([START + 6 * SECOND])
    assert axis(ledger)[:2] == [(0, 5 * SECOND, GapCause.SWITCHED_OFF), (5 * SECOND, 6 * SECOND, GapCause.NO_KEYFRAME)]


def test_a_camera_of_one_picture_in_two_seconds_has_no_gaps() -> None:
    ledger = Ledger(START, GapCause.RESTART)
    ledger.pictures([START + n * 2 * SECOND for n in range(30)])
    rows = axis(ledger)
    assert sum(end - start for start, end, cause in rows if cause is not None) < 2 * SECOND  # until its pace is known
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
