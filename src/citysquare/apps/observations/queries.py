"""What others may ask about observations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncHour

from citysquare.apps.observations.models import Observation
from citysquare.engine.model import ObjectClass

PAGE = 50
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which observations to list."""

    organisation_id: str
    camera_id: str = ""
    object_class: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Count24:
    """How many of a class began in the last hour and in the last day."""

    object_class: ObjectClass
    hour: int
    day: int


def observations(wanted: Wanted) -> QuerySet[Observation]:
    """Return the observations asked for, newest first."""
    found = Observation.objects.filter(organisation_id=wanted.organisation_id)
    if wanted.camera_id:
        found = found.filter(camera_id=wanted.camera_id)
    if wanted.object_class:
        found = found.filter(object_class=wanted.object_class)
    if wanted.since:
        found = found.filter(first__gte=wanted.since)
    if wanted.until:
        found = found.filter(first__lt=wanted.until)
    return found.order_by("-first", "-pk")


def older_than(found: QuerySet[Observation], first: datetime, observation_id: str) -> QuerySet[Observation]:
    """Return those after the given one in the list's order (newest first)."""
    return found.filter(Q(first__lt=first) | Q(first=first, pk__lt=observation_id))


def counts(*, organisation_id: str, at: datetime, camera_id: str = "") -> list[Count24]:
    """Return how many of each class were seen in the hour and the day before `at`; classes without any are left out."""
    rows = (
        _last_day(organisation_id, at, camera_id)
        .values("object_class")
        .annotate(day=Count("pk"), hour=Count("pk", filter=Q(first__gte=at - HOUR)))
        .order_by()
    )
    by_class = {row["object_class"]: row for row in rows}
    return [Count24(kind, by_class[kind]["hour"], by_class[kind]["day"]) for kind in ObjectClass if kind in by_class]


def hourly(*, organisation_id: str, at: datetime, camera_id: str = "") -> list[tuple[datetime, int]]:
    """Return the 24 hours that end with the one of `at`, and how many were seen in each; hours are those of UTC."""
    this_hour = at.replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - HOUR * back for back in range(23, -1, -1)]
    rows = (
        _last_day(organisation_id, at, camera_id)
        .filter(first__gte=hours[0])
        .annotate(start=TruncHour("first", tzinfo=at.tzinfo))
        .values("start")
        .annotate(total=Count("pk"))
        .order_by()
    )
    totals = {row["start"]: row["total"] for row in rows}
    return [(hour, totals.get(hour, 0)) for hour in hours]


def count_finished(*, since: datetime, until: datetime, cameras: Sequence[str]) -> int:
    """Return how many things left the view of these cameras from `since` up to, not including, `until`."""
    return Observation.objects.filter(camera_id__in=cameras, last__gte=since, last__lt=until).count()


def _last_day(organisation_id: str, at: datetime, camera_id: str) -> QuerySet[Observation]:
    found = Observation.objects.filter(organisation_id=organisation_id, first__gte=at - DAY, first__lte=at)
    return found.filter(camera_id=camera_id) if camera_id else found
