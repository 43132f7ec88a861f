"""What happened to the cameras, for other programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from django.db.models import Q
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from citysquare.apps.observations import queries
from citysquare.apps.observations.api import Moment
from citysquare.apps.observations.models import HealthEvent, HealthKind
from citysquare.engine.model import GapCause
from citysquare.platform.api import BadCursor, Page, Paging, caller, decode_cursor, encode_cursor, operation
from citysquare.platform.ids import LENGTH
from citysquare.platform.policy import Action

router = Router(tags=["Cameras"])

Values = dict[str, object]
"""An answer before it is held against its schema."""


class HealthFilter(Schema):
    """Which events. All that are given must hold."""

    camera: Annotated[str, Field(max_length=LENGTH, description="Identifier of a camera.")] = ""
    since: Annotated[Moment | None, Field(description="At this time or later: ISO 8601 with offset, as 2026-05-01T06:00:00Z.")] = None
    until: Annotated[Moment | None, Field(description="Before this time.")] = None
    lasting: Annotated[bool | None, Field(description="true: only silences that last, of cameras that are switched on.")] = None


class HealthOut(Schema):
    """One thing that happened to a camera."""

    id: Annotated[str, Field(description="Stable for ever.")]
    camera: Annotated[str, Field(description="Identifier of the camera.")]
    kind: Annotated[
        HealthKind,
        Field(description="`no_picture`: none for ten seconds; `picture_again`, `switched_off`: how that ended."),
    ]
    at: Annotated[datetime, Field(description="When it happened, in UTC.")]
    cause: Annotated[GapCause, Field(description="Why there was no picture: what lasted longest.")]
    began: Annotated[datetime, Field(description="When the silence began.")]
    ended: Annotated[datetime | None, Field(description="When the silence ended; null while it lasts.")]


@router.get("/health-events", response=Page[HealthOut], url_name="api-health", summary="Cameras' health", operation_id="listHealthEvents")
@operation(Action.COVERAGE_VIEW)
def list_health_events(request: HttpRequest, wanted: Query[HealthFilter], paging: Query[Paging]) -> Values:
    """List what happened to cameras, newest first."""
    found = queries.health_events(caller(request), camera_id=wanted.camera)
    if wanted.lasting is not None:
        silent = Q(kind=HealthKind.NO_PICTURE, ended_at__isnull=True, camera__enabled=True)
        found = found.filter(silent if wanted.lasting else ~silent)
    if wanted.since:
        found = found.filter(at__gte=wanted.since)
    if wanted.until:
        found = found.filter(at__lt=wanted.until)
    if paging.cursor:
        at, pk = _place(paging.cursor)
        found = found.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    rows = list(found[: paging.limit + 1])
    shown = rows[: paging.limit]
    more = encode_cursor(shown[-1].at.isoformat(), shown[-1].pk) if len(rows) > paging.limit else None
    return {"items": [_out(event) for event in shown], "next": more}


def _place(cursor: str) -> tuple[datetime, str]:
    at, pk = decode_cursor(cursor, 2)
    try:
        found = parse_datetime(at)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.year not in range(1970, 9000):
        raise BadCursor(_("This cursor is not one that an answer contained. Begin again without it."))
    return found, pk


def _out(event: HealthEvent) -> Values:
    return {
        "id": event.pk,
        "camera": event.camera_id,
        "kind": event.kind,
        "at": event.at.astimezone(UTC),
        "cause": event.cause,
        "began": event.began_at.astimezone(UTC),
        "ended": event.ended_at.astimezone(UTC) if event.ended_at else None,
    }
