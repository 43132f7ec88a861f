"""What was recorded of a camera, for other programs: the two axes of its ledger. Never a picture."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import AfterValidator, AwareDatetime, Field

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import clock, queries
from citysquare.apps.footage.continuity import Continuity, Part, State
from citysquare.engine.footage import Deletion
from citysquare.engine.model import TICKS_PER_SECOND, GapCause
from citysquare.platform.api import BadCursor, BadParameter, Paging, caller, decode_cursor, encode_cursor, operation
from citysquare.platform.errors import DomainError
from citysquare.platform.ids import LENGTH
from citysquare.platform.policy import Action

router = Router(tags=["Cameras"])

Values = dict[str, object]
"""An answer before it is held against its schema."""

LONGEST = timedelta(days=31)
_YEARS = range(1970, 9000)


class LedgerUnreadable(DomainError):
    """The footage's index cannot be read at the moment."""

    code = "footage.ledger_unreadable"
    status = 503


def _on_the_calendar(at: datetime) -> datetime:
    if at.year not in _YEARS:
        raise ValueError("the year must be between 1970 and 8999")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_on_the_calendar)]


class Span(Schema):
    """From when to when."""

    since: Annotated[
        Moment | None, Field(alias="from", description="ISO 8601 with offset, as 2026-05-01T06:00:00Z; else a day before `to`.")
    ] = None
    until: Annotated[Moment | None, Field(alias="to", description="Not included; else now. At most 31 days after `from`.")] = None


class PartOut(Schema):
    """A part of the time."""

    start: datetime
    end: Annotated[datetime, Field(description="Not included: the next part begins there.")]
    state: Annotated[
        State,
        Field(description="`stored`, `gap`, `before` the camera was recorded, `unknown`, or `coming`."),
    ]
    cause: Annotated[GapCause | None, Field(description="Why there is a gap.")]


class DeletedOut(Schema):
    """Footage that was stored and is deleted."""

    start: datetime
    end: datetime
    reason: Deletion
    at: Annotated[datetime, Field(description="When it was deleted.")]


class SecondsOut(Schema):
    """Whole seconds of UTC. `stored + sum of missing + unknown` is `total`."""

    total: int
    stored: Annotated[int, Field(description="No step between pictures in it exceeds 1.5 picture intervals.")]
    missing: Annotated[dict[GapCause, int], Field(description="By the cause that took most of each second.")]
    unknown: Annotated[int, Field(description="Before the camera, not told by the recorder, or still to come.")]


class ContinuityOut(Schema):
    """A camera's main stream over a stretch of time. Parts are adjacent; all sums are of the whole stretch, whatever the page."""

    camera: str
    start: datetime
    end: datetime
    stored_seconds: float
    gap_seconds: Annotated[dict[GapCause, float], Field(description="Seconds by cause; only causes that occur.")]
    unknown_seconds: Annotated[float, Field(description="Of which the recorder has told nothing.")]
    whole_seconds: SecondsOut
    kept_seconds: Annotated[float, Field(description="Stored and not deleted.")]
    deleted: Annotated[list[DeletedOut], Field(description="Oldest first; 500 at most.")]
    clock_error_seconds: Annotated[float | None, Field(description="The camera's clock minus ours, now; null: not known.")]
    clock_error_source: Annotated[
        str | None, Field(description="`rtcp`: told with its pictures; `onvif`: answered when asked, once an hour; null: not known.")
    ]
    items: list[PartOut]
    next: Annotated[str | None, Field(description="Cursor of the next page of parts; null on the last one.")]


MOST_DELETED = 500


@router.get(
    "/cameras/{slug:camera_id}/continuity",
    response=ContinuityOut,
    url_name="api-continuity",
    summary="What was recorded of a camera",
    operation_id="getContinuity",
)
@operation(Action.COVERAGE_VIEW)
def get_continuity(request: HttpRequest, camera_id: str, span: Query[Span], paging: Query[Paging]) -> Values:
    """Give a camera's continuity: each part of the time with its state and, for gaps, the cause."""
    known = len(camera_id) <= LENGTH and devices.cameras_seen(caller(request), Action.COVERAGE_VIEW).filter(pk=camera_id).exists()
    if not known:
        raise devices.NoSuchCamera(_("There is no such camera."))
    at = timezone.now()
    until = span.until or at
    since = span.since or until - timedelta(days=1)
    if not timedelta(0) < until - since <= LONGEST:
        raise BadParameter(_("'from' lies before 'to', and 31 days before it at most."))
    whole = queries.continuity_of(camera_id=camera_id, since=since, until=until, at=at)
    if not whole.readable:
        raise LedgerUnreadable(_("What was recorded cannot be read at the moment. Ask again later."))
    streams = queries.reported(at=at).of(camera_id)
    error = clock.of_camera(camera_id, streams, at=at)
    told = {"clock_error_seconds": error and error.error, "clock_error_source": error and error.source}
    return {"camera": camera_id, **told, **_out(whole, paging)}


def _out(whole: Continuity, paging: Paging) -> Values:
    behind = _place(paging.cursor) if paging.cursor else whole.start
    rest = [part for part in whole.parts if part.start >= behind]
    shown = rest[: paging.limit]
    gaps: dict[str, float] = {}
    for part in whole.gaps:
        gaps[str(part.cause)] = gaps.get(str(part.cause), 0.0) + part.length / TICKS_PER_SECOND
    return {
        "start": _time(whole.start),
        "end": _time(whole.end),
        "stored_seconds": whole.stored / TICKS_PER_SECOND,
        "gap_seconds": gaps,
        "unknown_seconds": sum(part.length for part in whole.parts if part.state is State.UNKNOWN) / TICKS_PER_SECOND,
        "whole_seconds": asdict(whole.seconds),
        "kept_seconds": whole.kept.kept / TICKS_PER_SECOND,
        "deleted": [
            {"start": _time(one.start), "end": _time(one.end), "reason": one.reason, "at": _time(one.at)}
            for one in whole.kept.stretches[:MOST_DELETED]
        ],
        "items": [_part(part) for part in shown],
        "next": encode_cursor(str(rest[paging.limit].start)) if len(rest) > paging.limit else None,
    }


def _place(cursor: str) -> int:
    (text,) = decode_cursor(cursor, 1)
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise BadCursor(_("This cursor is not one that an answer contained. Begin again without it."))
    return int(text)


def _part(part: Part) -> Values:
    return {"start": _time(part.start), "end": _time(part.end), "state": part.state, "cause": part.cause}


def _time(ticks: int) -> datetime:
    return queries.moment(ticks).astimezone(UTC)
