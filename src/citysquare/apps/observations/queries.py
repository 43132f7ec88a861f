"""What others may ask about observations.

A list is read by key, never by offset: `page` begins behind a place and takes as many rows as it shows. However rare what is looked for is,
each read walks along one index; charts and counts are added up from hourly counts. So a question costs the same with ten million rows.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Collate, TruncHour
from django.utils.translation import gettext as _

from citysquare.apps.footage import queries as footage
from citysquare.apps.footage.queries import HealthNote
from citysquare.apps.observations.directions import Direction
from citysquare.apps.observations.labels import HEALTH_LABELS
from citysquare.apps.observations.models import HealthEvent, HealthKind, HourCount, Observation
from citysquare.engine.model import GapCause, ObjectClass
from citysquare.platform.covering import where, within
from citysquare.platform.policy import Action, Actor, Coverage

PAGE = 50
MOST_PLACES = 100
"""Rights at so many places are asked place by place, in one list; at more, along the time of the whole organisation."""
MOST_NOTES = 200
"""What happened to a camera on one day, on one page."""
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
_FIRST_CHUNK, _LARGEST_CHUNK = 50, 2_000
"""Rows a stream reads at a time of each sort: few at first, so that it begins at once, then twice as many each time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which observations to list or count. None leaves a direction open; Direction.NONE wants what stayed."""

    organisation_id: str
    coverage: Coverage
    """Where in the organisation; nothing of other places is listed or counted."""
    camera_id: str = ""
    space_id: str = ""
    object_class: str = ""
    direction: Direction | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Not included."""
    besides: frozenset[str] = frozenset()
    """Cameras whose observations another question answers."""


class Place(NamedTuple):
    """A place in the list: what stands there began at `first` and has the identifier `id`."""

    first: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Count24:
    """How many of a class began in the last hour and in the last day."""

    object_class: ObjectClass
    hour: int
    day: int


class Counted(NamedTuple):
    """How many of one group began in one hour."""

    hour: datetime
    group: str
    number: int


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


# --- lists -------------------------------------------------------------------------------------------------------------------


def observation(observation_id: str, *, organisation_id: str, coverage: Coverage) -> Observation | None:
    """Return one observation of an organisation, if it was made where one may look."""
    return Observation.objects.filter(within(coverage), pk=observation_id, organisation_id=organisation_id).first()


def page(wanted: Wanted, *, limit: int, before: Place | None = None) -> list[Observation]:
    """Return up to `limit` observations, newest first, that stand behind `before`."""
    sorts = _sorts(wanted)
    if len(sorts) == 1:
        return [row for row in _behind(sorts[0], before)[:limit] if row.organisation_id == wanted.organisation_id]
    places = heapq.merge(*(_places(sort, before, limit) for sort in sorts), reverse=True)
    chosen = [place.id for place, _number in zip(places, range(limit), strict=False)]
    found = Observation.objects.in_bulk(chosen)
    return [found[pk] for pk in chosen if pk in found and found[pk].organisation_id == wanted.organisation_id]


def stream(wanted: Wanted) -> Iterator[Observation]:
    """Return all observations asked for, newest first, read in chunks."""
    rows = heapq.merge(*(_stream(sort) for sort in _sorts(wanted)), key=_place, reverse=True)
    return (row for row in rows if row.organisation_id == wanted.organisation_id)


def _stream(wanted: Wanted) -> Iterator[Observation]:
    before: Place | None = None
    size = _FIRST_CHUNK
    while True:
        rows = list(_behind(wanted, before)[:size])
        yield from rows
        if len(rows) < size:
            return
        before = _place(rows[-1])
        size = min(2 * size, _LARGEST_CHUNK)


def _place(row: Observation) -> Place:
    return Place(row.first, row.pk)


def _places(wanted: Wanted, before: Place | None, limit: int) -> list[Place]:
    return [Place(first, pk) for first, pk in _behind(wanted, before).values_list("first", "pk")[:limit]]


def _sorts(wanted: Wanted) -> list[Wanted]:
    """Return what one index each can answer; together they are what is wanted."""
    wanted = _bounded(wanted)
    if not wanted.coverage.everything:
        return _by_place(wanted)
    if not wanted.object_class and wanted.direction is None:
        return [wanted]
    kinds = [wanted.object_class] if wanted.object_class else [str(kind) for kind in ObjectClass]
    ways = list(Direction) if wanted.direction is None else [wanted.direction]
    return [replace(wanted, object_class=kind, direction=way) for kind, way in product(kinds, ways)]


def _by_place(wanted: Wanted) -> list[Wanted]:
    """Return a question for each place where one may look: each walks along the index of its place, and none meets what another has.

    Class and direction are then sifted out on the way: rights that are limited to places see few rows.
    """
    if wanted.camera_id or wanted.space_id:
        return [wanted]
    cameras, spaces = sorted(wanted.coverage.cameras), sorted(wanted.coverage.spaces)
    if len(cameras) + len(spaces) > MOST_PLACES or not (cameras or spaces):
        return [wanted]
    rest = replace(wanted, coverage=replace(wanted.coverage, cameras=frozenset()), besides=wanted.coverage.cameras)
    return [*(replace(wanted, camera_id=one) for one in cameras), *(replace(rest, space_id=one) for one in spaces)]


def _bounded(wanted: Wanted) -> Wanted:
    """Bound the time of a camera asked for within a space by when it was there: cameras are moved."""
    if not (wanted.camera_id and wanted.space_id):
        return wanted
    there = HourCount.objects.filter(camera_id=wanted.camera_id, space_id=wanted.space_id).aggregate(Min("hour"), Max("hour"))
    if there["hour__min"] is None:
        return replace(wanted, until=datetime.min.replace(tzinfo=UTC))
    since, until = there["hour__min"], there["hour__max"] + HOUR
    return replace(wanted, since=max(wanted.since or since, since), until=min(wanted.until or until, until))


def _behind(wanted: Wanted, before: Place | None) -> QuerySet[Observation]:
    found = _matching(wanted).annotate(key=_in_code_order("id"))
    if before is not None:
        found = found.filter(Q(first__lt=before.first) | Q(key__lt=before.id), first__lte=before.first)
    return found.order_by("-first", "-key")


def _in_code_order(field: str) -> Collate:
    """Compare texts by their letters' numbers, as Python does, whatever language the database was made for."""
    return Collate(field, "C" if connection.vendor == "postgresql" else "BINARY")


def _matching(wanted: Wanted) -> QuerySet[Observation]:
    """Name the place and not its owner, or SQLite might take the wrong one of two indexes. Whoever reads the rows checks the owner."""
    found = Observation.objects.filter(within(wanted.coverage))
    if wanted.besides:
        found = found.exclude(camera_id__in=wanted.besides)
    if wanted.camera_id:
        found = found.filter(camera_id=wanted.camera_id)
    if wanted.space_id:
        found = found.filter(space_id=wanted.space_id)
    if not (wanted.camera_id or wanted.space_id):
        found = found.filter(organisation_id=wanted.organisation_id)
    if wanted.object_class:
        found = found.filter(object_class=wanted.object_class)
    if wanted.direction is not None:
        found = found.filter(direction=wanted.direction)
    if wanted.since:
        found = found.filter(first__gte=wanted.since)
    if wanted.until:
        found = found.filter(first__lt=wanted.until)
    return found


# --- counts ------------------------------------------------------------------------------------------------------------------

GROUPS = {"": "", "direction": "direction", "class": "object_class", "camera": "camera_id", "space": "space_id"}
"""What counts can be grouped by, and the column."""


def counted(wanted: Wanted, *, by: str = "") -> list[Counted]:
    """Return how many began in each hour from `since` up to, not including, `until` (both at full hours), by group.

    `by` is a key of GROUPS. What there was none of is left out.
    """
    found = HourCount.objects.filter(within(wanted.coverage), organisation_id=wanted.organisation_id)
    if wanted.camera_id:  # named alone, so that no database walks along all cameras of the owner
        found = HourCount.objects.filter(within(wanted.coverage))
        owner = found.filter(camera_id=wanted.camera_id).order_by().values_list("organisation_id", flat=True)[:1]
        if list(owner) != [wanted.organisation_id]:
            return []
    for field, value in (("camera_id", wanted.camera_id), ("space_id", wanted.space_id), ("object_class", wanted.object_class)):
        if value:
            found = found.filter(**{field: value})
    if wanted.direction is not None:
        found = found.filter(direction=wanted.direction)
    if wanted.since:
        found = found.filter(hour__gte=wanted.since)
    if wanted.until:
        found = found.filter(hour__lt=wanted.until)
    fields = ("hour", GROUPS[by]) if by else ("hour",)
    rows = found.values_list(*fields).annotate(total=Sum("count")).order_by(*fields)
    return [Counted(row[0], row[1] if by else "", row[-1]) for row in rows]


def counts(*, camera_id: str, at: datetime) -> list[Count24]:
    """Return how many of each class a camera saw in the hour and the day before `at`; classes without any are left out."""
    rows = (
        _last_day(camera_id, at)
        .values("object_class")
        .annotate(day=Count("pk"), hour=Count("pk", filter=Q(first__gte=at - HOUR)))
        .order_by()
    )
    by_class = {row["object_class"]: row for row in rows}
    return [Count24(kind, by_class[kind]["hour"], by_class[kind]["day"]) for kind in ObjectClass if kind in by_class]


def seen_last_hour(*, organisation_id: str, at: datetime) -> dict[str, int]:
    """Return how many observations began at each camera in the hour before `at`; cameras without any are left out. For the map."""
    rows = Observation.objects.filter(organisation_id=organisation_id, first__gte=at - HOUR, first__lte=at).values_list("camera_id")
    return dict(rows.annotate(total=Count("pk")).order_by())


def hourly(*, camera_id: str, at: datetime) -> list[tuple[datetime, int]]:
    """Return the 24 hours that end with the one of `at`, and how many a camera saw in each; hours are those of UTC."""
    this_hour = at.replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - HOUR * back for back in range(23, -1, -1)]
    rows = (
        _last_day(camera_id, at)
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


def presence(camera_id: str, *, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield when each thing that came into a camera's view since then was in it, first to last, in the order of coming."""
    rows = Observation.objects.filter(camera_id=camera_id, first__gte=since).order_by("first")
    yield from rows.values_list("first", "last").iterator(chunk_size=2000)


def _last_day(camera_id: str, at: datetime) -> QuerySet[Observation]:
    return Observation.objects.filter(camera_id=camera_id, first__gte=at - DAY, first__lte=at)


# --- the cameras' health -----------------------------------------------------------------------------------------------------


def health_events(actor: Actor, *, camera_id: str = "") -> QuerySet[HealthEvent]:
    """Return what happened to the cameras that somebody may see, newest first."""
    seen = where(actor, Action.COVERAGE_VIEW, space="camera__space_id")
    found = HealthEvent.objects.filter(seen, organisation_id=actor.organisation).select_related("camera")
    return (found.filter(camera_id=camera_id) if camera_id else found).order_by("-at", "-pk")


def all_lasting() -> QuerySet[HealthEvent]:
    """Return the silences that last, of everybody's cameras that are switched on, the longest first."""
    return HealthEvent.objects.filter(ended_at__isnull=True, camera__enabled=True).order_by("at", "pk")


def lasting(actor: Actor) -> QuerySet[HealthEvent]:
    """Return those of the cameras that somebody may see, with their cameras."""
    seen = where(actor, Action.COVERAGE_VIEW, space="camera__space_id")
    return all_lasting().filter(seen, organisation_id=actor.organisation).select_related("camera")


def health_of(*, camera_id: str, since: datetime, until: datetime) -> list[HealthNote]:
    """Return what happened to a camera from `since` up to `until`, and the silences that reach into it, oldest first; 200 at most."""
    inside = Q(at__gte=since) | Q(kind=HealthKind.NO_PICTURE, ended_at__isnull=True) | Q(kind=HealthKind.NO_PICTURE, ended_at__gt=since)
    found = HealthEvent.objects.filter(inside, camera_id=camera_id, at__lt=until).order_by("at", "pk")
    return [health_note(event) for event in found[:MOST_NOTES]]


def health_note(event: HealthEvent) -> HealthNote:
    """Return an event in words."""
    cause = footage.cause_in_words(GapCause(event.cause))
    if event.kind == HealthKind.NO_PICTURE:
        return HealthNote(event.at, str(HEALTH_LABELS[HealthKind.NO_PICTURE]), cause, still=event.ended_at is None, bad=True)
    lasted = footage.length_in_words(event.at - event.began_at)
    text = _("After %(time)s: %(cause)s") % {"time": lasted, "cause": cause}
    return HealthNote(event.at, str(HEALTH_LABELS[HealthKind(event.kind)]), text, still=False, bad=False)
