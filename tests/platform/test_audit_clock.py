"""Time for permissions never runs backwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from citysquare.platform import audit
from citysquare.platform.audit import clock
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.proof.chain import CLOCK_ACTION
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def _entry(minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes)
    audit.record(actor=Actor("one", "city"), action=Action.LIVE_VIEW, subject=Subject("camera", "c", "city"), outcome="allow", at=at)


def test_the_clocks_act_is_the_one_that_anybody_checks_a_log_by() -> None:
    assert Action.AUDIT_CLOCK == CLOCK_ACTION


def test_a_clock_set_back_does_not_bring_permissions_back() -> None:
    assert audit.now_at_least(NOW) == NOW
    _entry(30)
    _entry(0)
    assert audit.now_at_least(NOW) == NOW + timedelta(minutes=30)
    assert audit.now_at_least(NOW + timedelta(hours=1)) == NOW + timedelta(hours=1)


def test_a_minute_between_two_machines_is_no_clock_set_back() -> None:
    _entry(30)
    assert not audit.clock_set_back(NOW + timedelta(minutes=29))
    assert audit.clock_set_back(NOW + timedelta(minutes=28, seconds=59))


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        audit.now_at_least(NOW.replace(tzinfo=None))


def test_after_the_clock_was_accepted_time_is_counted_from_there_however_much_was_entered_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_ROWS", 2)
    for minutes in (900, 901, 902, 903, 904):
        _entry(minutes)
    subject = Subject("audit", "clock")
    audit.record(actor=Actor.system("console"), action=Action.AUDIT_CLOCK, subject=subject, outcome="accepted", at=NOW)
    assert audit.now_at_least(NOW) == NOW
    _entry(3)
    assert audit.now_at_least(NOW) == NOW + timedelta(minutes=3)
