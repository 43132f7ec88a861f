"""A camera's day as sums and parts: nothing disappears, nothing is counted twice, and all of it is 100 %."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.apps.footage.continuity import HUNDREDTHS, Continuity, State, continuity, local_day, silences
from citysquare.engine.footage import Deleted, Deletion
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval

HOUR = 3600
DAY = 24 * HOUR
BEGIN = 20_000 * DAY


def ticks(seconds: float) -> int:
    return round((BEGIN + seconds) * TICKS_PER_SECOND)


def interval(start: float, end: float, cause: GapCause | None = None) -> Interval:
    return Interval(ticks(start), ticks(end), cause)


def a_day(*intervals: Interval, now: float = 2 * DAY, since: float | None = 0, deleted: tuple[Deleted, ...] = ()) -> Continuity:
    first = None if since is None else ticks(since)
    return continuity(intervals, deleted, (ticks(0), ticks(DAY)), now=ticks(now), since=first)


def told(found: Continuity) -> list[tuple[str, float]]:
    return [(part.cause or part.state, part.length / TICKS_PER_SECOND / HOUR) for part in found.parts]


def test_a_day_is_recorded_and_missing_with_its_causes() -> None:
    found = a_day(interval(-HOUR, 6 * HOUR), interval(6 * HOUR, 9 * HOUR, GapCause.UNREACHABLE), interval(9 * HOUR, 25 * HOUR))
    assert told(found) == [("stored", 6), ("unreachable", 3), ("stored", 15)]
    assert [(share.state, share.cause, share.hundredths) for share in found.shares] == [
        (State.STORED, None, 8750),
        (State.GAP, GapCause.UNREACHABLE, 1250),
    ]
    assert (found.stored, found.lost) == (21 * HOUR * TICKS_PER_SECOND, 3 * HOUR * TICKS_PER_SECOND)


def test_what_is_not_in_the_ledger_is_before_not_known_or_still_to_come() -> None:
    assert told(a_day(since=None)) == [("before", 24)]
    assert told(a_day(since=None, now=6 * HOUR)) == [("before", 6), ("coming", 18)]
    assert told(a_day(now=-DAY, since=None)) == [("coming", 24)]
    assert told(a_day(interval(8 * HOUR, 10 * HOUR), since=8 * HOUR, now=12 * HOUR)) == [
        ("before", 8),
        ("stored", 2),
        ("unknown", 2),
        ("coming", 12),
    ]
    assert told(a_day(interval(0, HOUR), interval(2 * HOUR, DAY))) == [("stored", 1), ("unknown", 1), ("stored", 22)]


def test_the_last_seconds_of_a_running_recorder_are_not_unknown() -> None:
    assert told(a_day(interval(0, 12 * HOUR), now=12 * HOUR + 9)) == [("stored", 12), ("coming", 12)]


def test_a_gap_over_midnight_says_that_it_began_before_and_goes_on() -> None:
    found = a_day(interval(-HOUR, HOUR, GapCause.REFUSED), interval(HOUR, 23 * HOUR), interval(23 * HOUR, 26 * HOUR, GapCause.STALLED))
    assert [(gap.from_before, gap.goes_on) for gap in found.gaps] == [(True, False), (False, True)]
    running = a_day(interval(0, HOUR), interval(HOUR, 2 * HOUR, GapCause.STALLED), now=2 * HOUR + 2)
    assert [gap.goes_on for gap in running.gaps] == [True]


def test_a_gap_that_ended_seconds_ago_does_not_go_on() -> None:
    off, wait = interval(HOUR - 9, HOUR - 2, GapCause.SWITCHED_OFF), interval(HOUR - 2, HOUR - 1, GapCause.NO_KEYFRAME)
    found = a_day(interval(0, HOUR - 9), off, wait, interval(HOUR - 1, HOUR), now=HOUR)
    assert [gap.goes_on for gap in found.gaps] == [False, False]


def test_a_camera_that_is_switched_off_owes_no_footage() -> None:
    found = a_day(interval(0, 12 * HOUR, GapCause.SWITCHED_OFF), interval(12 * HOUR, DAY))
    assert found.lost == 0
    assert len(found.gaps) == 1


def test_rounding_hides_no_gap_and_claims_no_whole_day() -> None:
    found = a_day(interval(0, HOUR), interval(HOUR, HOUR + 0.04, GapCause.DROPPED_BY_US), interval(HOUR + 0.04, DAY))
    assert [(str(share.cause or share.state), share.hundredths) for share in found.shares] == [("stored", 9999), ("dropped_by_us", 1)]


def test_deleted_footage_was_recorded_and_is_told_by_reason() -> None:
    gone = (
        Deleted(ticks(-HOUR), ticks(2 * HOUR), Deletion.RETENTION, ticks(3 * DAY)),
        Deleted(ticks(HOUR), ticks(3 * HOUR), Deletion.SPACE, ticks(4 * DAY)),
        Deleted(ticks(20 * HOUR), ticks(30 * HOUR), Deletion.ORDER, ticks(5 * DAY)),
    )
    found = a_day(interval(0, 22 * HOUR), interval(22 * HOUR, DAY, GapCause.STALLED), deleted=gone).kept
    hours = {reason: gone / TICKS_PER_SECOND / HOUR for reason, gone in found.deleted.items()}
    assert hours == {Deletion.RETENTION: 2, Deletion.SPACE: 1, Deletion.ORDER: 2}
    assert found.kept / TICKS_PER_SECOND / HOUR == 17
    assert not found.all_gone
    everything = (Deleted(ticks(0), ticks(DAY), Deletion.RETENTION, ticks(3 * DAY)),)
    assert a_day(interval(0, DAY), deleted=everything).kept.all_gone


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 5, 1), 24), (date(2026, 10, 25), 25)])
def test_a_local_day_has_the_hours_the_clocks_give_it(day: date, hours: int) -> None:
    begin, end = local_day(day, ZoneInfo("Europe/Sofia"))
    assert (end - begin) == timedelta(hours=hours)
    assert begin.astimezone(ZoneInfo("Europe/Sofia")).hour == 0


def test_gaps_that_touch_are_one_silence_named_by_what_lasted_longest() -> None:
    found = silences(
        [
            interval(0, 5),
            interval(5, 30, GapCause.UNREACHABLE),
            interval(30, 32, GapCause.NO_KEYFRAME),
            interval(32, 40),
            interval(40, 90, GapCause.RESTART),
            interval(90, 95, GapCause.REFUSED),
            interval(95, 100, GapCause.SWITCHED_OFF),
            interval(100, 130, GapCause.RESTART),
        ]
    )
    assert found == [
        interval(5, 32, GapCause.UNREACHABLE),
        interval(40, 95, GapCause.RESTART),
        interval(100, 130, GapCause.RESTART),
    ]


causes = st.sampled_from([None, *GapCause])
cuts = st.lists(st.tuples(st.integers(-DAY, 2 * DAY), st.integers(0, 5 * HOUR), causes), max_size=40)


@given(cuts, cuts, st.integers(-DAY, 3 * DAY), st.none() | st.integers(-DAY, 2 * DAY))
def test_parts_are_adjacent_and_their_shares_are_a_hundred_percent(
    rows: list[tuple[int, int, GapCause | None]], gone: list[tuple[int, int, GapCause | None]], now: int, since: int | None
) -> None:
    deleted = tuple(Deleted(ticks(at), ticks(at + length), Deletion.RETENTION, ticks(3 * DAY)) for at, length, _cause in gone)
    found = a_day(*(interval(at, at + length, cause) for at, length, cause in rows), now=now, since=since, deleted=deleted)
    assert found.parts[0].start == found.start
    assert found.parts[-1].end == found.end
    assert all(before.end == after.start and before.length > 0 for before, after in zip(found.parts, found.parts[1:], strict=False))
    assert sum(share.hundredths for share in found.shares) == HUNDREDTHS
    assert all(share.hundredths >= 1 for share in found.shares)
    assert sum(share.ticks for share in found.shares) == found.end - found.start
    assert found.kept.kept + sum(found.kept.deleted.values()) == found.stored
    assert all(part.state is State.COMING for part in found.parts if part.start >= ticks(now))
