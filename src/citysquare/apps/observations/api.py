"""Observations and counts for other programs."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import AfterValidator, AwareDatetime, Field

from citysquare.apps.observations import queries
from citysquare.apps.observations.charts import bounds
from citysquare.apps.observations.directions import Direction
from citysquare.apps.observations.models import LONGEST_TRACK_ID, Observation
from citysquare.apps.observations.queries import HOUR, hour_of
from citysquare.engine.model import ObjectClass
from citysquare.platform.api import BadCursor, BadParameter, Page, Paging, caller, decode_cursor, encode_cursor, operation
from citysquare.platform.errors import DomainError
from citysquare.platform.ids import LENGTH
from citysquare.platform.policy import Action, covered

router = Router(tags=["Observations"])

Values = dict[str, object]
"""An answer before it is held against its schema."""

MOST_DAYS = {"hour": 7, "day": 92}
"""How long a span one answer of counts may have."""
_YEARS = range(1970, 9000)


class NoSuchObservation(DomainError):
    """The caller's organisation has no observation with this identifier."""

    code = "observations.no_such_observation"
    status = 404


def _on_the_calendar(at: datetime) -> datetime:
    if at.year not in _YEARS:
        raise ValueError("the year must be between 1970 and 8999")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_on_the_calendar)]


class Way(StrEnum):
    """A direction as it stands in addresses and answers."""

    TOWARD = "toward"
    AWAY = "away"
    LEFTWARD = "leftward"
    RIGHTWARD = "rightward"
    STAYED = "stayed"


class Filter(Schema):
    """Which observations. All that are given must hold."""

    space: Annotated[str, Field(max_length=LENGTH, description="Identifier of a public space.")] = ""
    camera: Annotated[str, Field(max_length=LENGTH, description="Identifier of a camera.")] = ""
    object_class: Annotated[ObjectClass | None, Field(alias="class", description="What was seen.")] = None
    direction: Annotated[Way | None, Field(description="Which way it moved through the camera's picture; `stayed`: it did not.")] = None
    since: Annotated[
        Moment | None, Field(description="Seen first at this time or later: ISO 8601 with offset, as 2026-05-01T06:00:00Z.")
    ] = None
    until: Annotated[Moment | None, Field(description="Seen first before this time.")] = None


class ObservationOut(Schema):
    """One thing that passed through a camera's view."""

    id: Annotated[str, Field(description="Stable: the same thing has the same identifier for ever.")]
    camera: Annotated[str, Field(description="Identifier of the camera.")]
    space: Annotated[str, Field(description="Identifier of the public space the camera stood in at that time.")]
    object_class: Annotated[ObjectClass, Field(alias="class", serialization_alias="class")]
    direction: Way
    first: Annotated[datetime, Field(description="When it was first seen, in UTC.")]
    last: Annotated[datetime, Field(description="When it was last seen, in UTC.")]
    path: Annotated[
        list[tuple[float, float]], Field(description="Up to 16 points [x, y] from first to last, in parts of the picture; y counts down.")
    ]


class CountOut(Schema):
    """How many began in one bucket."""

    start: Annotated[datetime, Field(description="Beginning of the hour or of the local day.")]
    end: Annotated[datetime, Field(description="Its end, not included.")]
    group: Annotated[str, Field(description="Class, direction, or identifier of camera or space; empty without `group`.")]
    count: int


class CountFilter(Filter):
    """Which observations to count, and how."""

    bucket: Annotated[Literal["hour", "day"], Field(description="Length of a bucket. Days are those of the site's time zone.")] = "hour"
    group: Annotated[Literal["", "class", "direction", "camera", "space"], Field(description="Count each of these by itself.")] = ""


class CountsOut(Schema):
    """Counts, oldest first; buckets and groups without any are left out."""

    bucket: str
    group: str
    time_zone: Annotated[str, Field(description="The site's time zone, which says where days begin.")]
    since: Annotated[datetime, Field(description="Beginning of the first bucket looked at.")]
    until: Annotated[datetime, Field(description="End of the last bucket looked at.")]
    items: list[CountOut]


@router.get(
    "/observations",
    response=Page[ObservationOut],
    url_name="api-observations",
    by_alias=True,
    summary="Observations, newest first",
    operation_id="listObservations",
)
@operation(Action.OBSERVATIONS_LIST)
def list_observations(request: HttpRequest, wanted: Query[Filter], paging: Query[Paging]) -> Values:
    """List what cameras saw, one by one, newest first. Ask again with `cursor` set to `next` until `next` is null.

    Nothing is missed or met twice while paging; what is seen meanwhile stands before the first page.
    """
    before = _place(paging.cursor) if paging.cursor else None
    found = queries.page(_wanted(request, Action.OBSERVATIONS_LIST, wanted), limit=paging.limit + 1, before=before)
    shown = found[: paging.limit]
    following = encode_cursor(shown[-1].first.isoformat(), shown[-1].pk) if len(found) > paging.limit else None
    return {"items": [_out(row) for row in shown], "next": following}


@router.get(
    "/observations/{slug:observation_id}",
    response=ObservationOut,
    url_name="api-observation",
    by_alias=True,
    summary="One observation",
    operation_id="getObservation",
)
@operation(Action.OBSERVATIONS_LIST)
def get_observation(request: HttpRequest, observation_id: str) -> Values:
    """Give one thing that was seen, by its identifier."""
    known = len(observation_id) <= LONGEST_TRACK_ID
    coverage = covered(caller(request), Action.OBSERVATIONS_LIST)
    found = queries.observation(observation_id, organisation_id=caller(request).organisation, coverage=coverage) if known else None
    if found is None:
        raise NoSuchObservation(_("There is no such observation."))
    return _out(found)


@router.get("/counts", response=CountsOut, url_name="api-counts", summary="Counts by hour or day", operation_id="getCounts")
@operation(Action.OBSERVATIONS_COUNT)
def get_counts(request: HttpRequest, wanted: Query[CountFilter]) -> CountsOut:
    """Count things by the hour (7 days at most) or local day (92 days at most) in which they were first seen; else those of the last day.

    `since` and `until` are widened to whole buckets: the answer says to which.
    """
    since, until = _span(wanted)
    rows = queries.counted(_wanted(request, Action.OBSERVATIONS_COUNT, wanted, since, until), by=wanted.group)
    spans = {hour: _bucket(hour, wanted.bucket) for hour in {row.hour for row in rows}}
    buckets: dict[tuple[datetime, datetime, str], int] = defaultdict(int)
    for row in rows:
        buckets[(*spans[row.hour], _group(wanted.group, row.group))] += row.number
    items = [CountOut(start=start, end=end, group=group, count=number) for (start, end, group), number in sorted(buckets.items())]
    zone = timezone.get_current_timezone_name()
    return CountsOut(bucket=wanted.bucket, group=wanted.group, time_zone=zone, since=since, until=until, items=items)


def _span(wanted: CountFilter) -> tuple[datetime, datetime]:
    """Return the span asked for in whole buckets.

    Raises BadParameter when it is empty or too long.
    """
    until = (wanted.until or timezone.now()).astimezone(UTC)
    since = (wanted.since or until - timedelta(days=1)).astimezone(UTC)
    if until <= since:
        raise BadParameter(_("'until' must be later than 'since'."))
    if until - since > timedelta(days=MOST_DAYS[wanted.bucket]):
        message = _("One answer counts %(days)d days at most in buckets of this length. Ask for one span after the other.")
        raise BadParameter(message % {"days": MOST_DAYS[wanted.bucket]})
    if wanted.bucket == "day":
        return bounds(_day(since))[0], bounds(_day(until - timedelta(microseconds=1)))[1]
    return hour_of(since), hour_of(until - timedelta(microseconds=1)) + HOUR


def _day(at: datetime) -> date:
    return timezone.localdate(at)


def _bucket(hour: datetime, length: str) -> tuple[datetime, datetime]:
    """Return beginning and end of the bucket an hour belongs to."""
    return bounds(_day(hour)) if length == "day" else (hour, hour + HOUR)


def _group(by: str, value: str) -> str:
    return value or Way.STAYED if by == "direction" else value


def _wanted(
    request: HttpRequest, action: Action, wanted: Filter, since: datetime | None = None, until: datetime | None = None
) -> queries.Wanted:
    return queries.Wanted(
        organisation_id=caller(request).organisation,
        coverage=covered(caller(request), action),
        camera_id=wanted.camera,
        space_id=wanted.space,
        object_class=str(wanted.object_class or ""),
        direction=Direction(wanted.direction.replace(Way.STAYED, "")) if wanted.direction else None,
        since=since or wanted.since,
        until=until or wanted.until,
    )


def _place(cursor: str) -> queries.Place:
    first, observation_id = decode_cursor(cursor, 2)
    try:
        at = parse_datetime(first[:40])
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.year not in _YEARS:
        raise BadCursor(_("This cursor is not one that an answer contained. Begin again without it."))
    return queries.Place(at.astimezone(UTC), observation_id[:LONGEST_TRACK_ID])


def _out(row: Observation) -> Values:
    return {
        "id": row.pk,
        "camera": row.camera_id,
        "space": row.space_id,
        "class": row.object_class,
        "direction": row.direction or Way.STAYED,
        "first": row.first,
        "last": row.last,
        "path": row.path,
    }
