"""The time by which things age: the machine's, but never in a leap (docs/design/retention.md, The clock).

A clock that is wrong must not delete everything. A leap of more than `LEAP` is doubted until the clock has gone on steadily for
`PATIENCE`, or until an administrator says that it is right; then retention time catches up, `CATCH_UP` times as fast as time goes. A
clock that is set back takes it along: less is deleted, never more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from citysquare.platform.audit.clock import newest_time
from citysquare.platform.events import Event, publish
from citysquare.platform.models import AuditEntry, RetentionClock
from citysquare.platform.turns import take_turn

LEAP = timedelta(days=1)
"""Between two rounds, which are minutes apart: more is a machine that was off, or a clock that is wrong. Nobody can tell which."""
PATIENCE = timedelta(hours=6)
"""So that a time service corrects the clock, or somebody on duty sees that it is wrong."""
CATCH_UP = 24
"""A day in an hour."""
LONGEST_STEP = timedelta(hours=1)
"""So much passed time one round is believed for: rounds that did not happen witnessed nothing."""
GRACE = timedelta(days=14)
"""So long an installation that is older than the job keeps what it kept without an end: people see the date, and save what they need."""
_YOUNG = timedelta(days=2)
_TURN = "platform.retention.clock"


@dataclass(frozen=True)
class RetentionBegan(Event):
    """The days of grace after an upgrade are over."""

    name = "retention.began"


@dataclass(frozen=True, slots=True)
class AgeClock:
    """What is known of time."""

    believed: datetime
    """Retention time."""
    seen: datetime
    """What the machine's clock showed in the last round."""
    doubted_since: datetime | None = None
    """Since when, by the machine's clock, a leap is doubted."""

    @property
    def doubted(self) -> bool:
        """Whether nothing may age now."""
        return self.doubted_since is not None


def ticked(before: AgeClock, at: datetime) -> AgeClock:
    """Return what is known after a round at which the machine's clock shows `at`."""
    if at - before.believed <= timedelta(0):
        return AgeClock(believed=at, seen=at)
    steady = timedelta(0) <= at - before.seen <= LEAP
    if not before.doubted and steady:
        return AgeClock(believed=_nearer(before, at), seen=at)
    if not steady:
        near = at - before.believed <= LEAP
        return AgeClock(believed=at, seen=at) if near else replace(before, seen=at, doubted_since=at)
    if before.doubted_since is not None and at - before.doubted_since < PATIENCE:
        return replace(before, seen=at)
    return AgeClock(believed=_nearer(before, at), seen=at)


def _nearer(before: AgeClock, at: datetime) -> datetime:
    """Let retention time come nearer to the machine's: at once where it is there but for the last round, else by what passed, faster."""
    if at - before.believed <= LEAP:
        return at
    return min(at, before.believed + CATCH_UP * min(at - before.seen, LONGEST_STEP))


def tick(*, at: datetime) -> AgeClock:
    """Note a round and return what is known now. The first one of all believes the log, where its newest entry is not near."""
    with transaction.atomic():
        take_turn(_TURN)
        row = RetentionClock.objects.filter(pk=1).first()
        if row is None:
            newest = newest_time() or at
            before = AgeClock(believed=newest, seen=newest)
        else:
            before = AgeClock(row.believed, row.seen, row.doubted_since)
        after = ticked(before, at)
        _keep(after)
        if row is None and _is_older(at):
            RetentionClock.objects.filter(pk=1).update(begins_at=at + GRACE)
    return after


def _is_older(at: datetime) -> bool:
    """Tell whether the installation was there before the job: its log began long ago."""
    first = AuditEntry.objects.order_by("sequence").values_list("at", flat=True).first()
    return first is not None and at - first > _YOUNG


def begins() -> datetime | None:
    """Return from when on that is deleted by age which used to be kept without an end; None where it is already."""
    return RetentionClock.objects.filter(pk=1).values_list("begins_at", flat=True).first()


def spares(*, at: datetime) -> bool:
    """Tell whether what earlier versions kept longer is spared for now: in the days of grace, and before the first round."""
    return begins() is not None if RetentionClock.objects.exists() else _is_older(at)


def begin(*, at: datetime) -> None:
    """End the days of grace, and tell whoever deletes by the same rules."""
    with transaction.atomic():
        if RetentionClock.objects.filter(pk=1, begins_at__isnull=False).update(begins_at=None):
            publish(RetentionBegan(), at=at)


def known() -> AgeClock | None:
    """Return what was known in the last round; None before the first."""
    row = RetentionClock.objects.filter(pk=1).first()
    return AgeClock(row.believed, row.seen, row.doubted_since) if row else None


def held_time(at: datetime) -> datetime:
    """Return the time by which holds count: a clock that is ahead must not end them."""
    last = known()
    return at if last is None else min(at, last.believed)


def settled(at: datetime) -> datetime:
    """Return the time by which something may end for good: while a leap of the clock is doubted or not looked at yet, the one before."""
    last = known()
    if last is None or (not last.doubted and at - last.seen <= LEAP):
        return at
    return min(at, last.believed)


def believe(*, at: datetime) -> AgeClock:
    """Take the machine's clock for right: somebody said that it is. Logged by whoever calls."""
    with transaction.atomic():
        take_turn(_TURN)
        after = AgeClock(believed=at, seen=at)
        _keep(after)
    return after


def _keep(clock: AgeClock) -> None:
    values = {"believed": clock.believed, "seen": clock.seen, "doubted_since": clock.doubted_since}
    RetentionClock.objects.update_or_create(pk=1, defaults=values)
