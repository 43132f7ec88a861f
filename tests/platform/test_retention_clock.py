"""The time by which things age: a clock that is wrong deletes nothing in a leap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.platform import audit, retention
from citysquare.platform.models import OutboxEvent
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.platform.retention import clock
from citysquare.platform.retention.clock import CATCH_UP, LEAP, LONGEST_STEP, PATIENCE, AgeClock, ticked
from tests.factories import CameraFactory, ObservationFactory

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ROUND = timedelta(minutes=10)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def after(*readings: datetime, since: datetime = NOW) -> AgeClock:
    found = AgeClock(since, since)
    for reading in readings:
        found = ticked(found, reading)
    return found


def steadily(start: datetime, length: timedelta) -> list[datetime]:
    return [start + number * ROUND for number in range(length // ROUND + 1)]


def test_time_goes_on_with_the_machines_clock() -> None:
    assert after(NOW + ROUND, NOW + 2 * ROUND) == AgeClock(NOW + 2 * ROUND, NOW + 2 * ROUND)


def test_a_night_without_power_is_no_leap() -> None:
    assert after(NOW + 14 * HOUR) == AgeClock(NOW + 14 * HOUR, NOW + 14 * HOUR)


def test_a_clock_ten_years_ahead_ages_nothing_for_six_hours() -> None:
    wrong = NOW + 3653 * DAY
    clock = after(*steadily(wrong, PATIENCE - ROUND))
    assert clock.doubted
    assert clock.believed == NOW


def test_after_a_day_it_has_aged_less_than_three_weeks() -> None:
    clock = after(*steadily(NOW + 3653 * DAY, DAY))
    assert NOW < clock.believed < NOW + 21 * DAY


def test_a_clock_put_right_again_is_believed_at_once() -> None:
    clock = after(*steadily(NOW + 3653 * DAY, 2 * HOUR), NOW + 2 * HOUR)
    assert clock == AgeClock(NOW + 2 * HOUR, NOW + 2 * HOUR)


def test_a_clock_set_back_takes_retention_time_along() -> None:
    assert after(NOW - 400 * DAY) == AgeClock(NOW - 400 * DAY, NOW - 400 * DAY)
    clock = after(NOW - 400 * DAY, NOW + ROUND)
    assert clock.doubted
    assert clock.believed == NOW - 400 * DAY


def test_a_machine_that_was_off_for_a_month_is_done_after_a_day_and_a_half() -> None:
    back = NOW + 30 * DAY
    clock = after(*steadily(back, 37 * HOUR))
    assert clock.believed == back + 37 * HOUR
    assert not clock.doubted


def test_a_leap_while_one_is_doubted_begins_the_doubt_anew() -> None:
    first = steadily(NOW + 100 * DAY, PATIENCE - HOUR)
    clock = after(*first, *steadily(NOW + 200 * DAY, PATIENCE - HOUR))
    assert clock.doubted
    assert clock.believed == NOW


def test_rounds_that_did_not_happen_witness_nothing() -> None:
    leapt = NOW + 365 * DAY
    clock = after(leapt, leapt + 7 * HOUR)
    assert clock.believed - NOW <= CATCH_UP * LONGEST_STEP


@given(st.lists(st.timedeltas(min_value=-500 * DAY, max_value=5000 * DAY), max_size=30))
def test_retention_time_is_never_ahead_of_the_machines(steps: list[timedelta]) -> None:
    clock = AgeClock(NOW, NOW)
    for step in steps:
        at = NOW + step
        clock = ticked(clock, at)
        assert clock.believed <= at or clock.doubted
        assert clock.seen == at


@given(
    ahead=st.timedeltas(min_value=2 * LEAP, max_value=5000 * DAY),
    passing=st.lists(st.timedeltas(min_value=timedelta(0), max_value=HOUR), max_size=60),
)
def test_a_clock_set_ahead_ages_things_by_a_bounded_time(ahead: timedelta, passing: list[timedelta]) -> None:
    clock, passed = AgeClock(NOW, NOW), timedelta(0)
    for step in [timedelta(0), *passing]:
        passed += step
        clock = ticked(clock, NOW + ahead + passed)
        assert clock.believed <= NOW + CATCH_UP * max(timedelta(0), passed - PATIENCE + LONGEST_STEP)


@pytest.mark.parametrize("off", [timedelta(hours=25), 3 * DAY, 20 * DAY])
def test_a_right_clock_is_caught_up_with_in_the_end(off: timedelta) -> None:
    assert after(*steadily(NOW + off, PATIENCE + off)).believed == NOW + off + (PATIENCE + off) // ROUND * ROUND


# --- an installation that is older than the job ------------------------------------------------------------------------------


def _old_log() -> None:
    for ago in (400 * DAY, HOUR):
        actor, subject = Actor("one", "city"), Subject("camera", "c", "city")
        audit.record(actor=actor, action=Action.LIVE_VIEW, subject=subject, outcome="allow", at=NOW - ago)


@pytest.mark.django_db(transaction=True)
def test_what_an_older_installation_kept_for_ever_does_not_vanish_with_the_upgrade() -> None:
    _old_log()
    old = ObservationFactory.create(camera=CameraFactory.create(), first=NOW - timedelta(days=399), last=NOW - timedelta(days=399))
    assert clock.spares(at=NOW), "before the first round, too"
    at = NOW
    while at <= NOW + clock.GRACE + timedelta(days=2):
        present = type(old).objects.filter(pk=old.pk).exists()
        begins = clock.begins()
        assert present or begins is None, "nothing goes in the days of grace"
        retention.run(at=at)
        at += timedelta(hours=20)
    assert clock.begins() is None
    assert not clock.spares(at=at)
    assert not type(old).objects.filter(pk=old.pk).exists(), "and after them it goes"
    assert OutboxEvent.objects.filter(name="retention.began").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_new_installation_has_no_days_of_grace() -> None:
    clock.tick(at=NOW)
    assert clock.begins() is None
    assert not clock.spares(at=NOW)
