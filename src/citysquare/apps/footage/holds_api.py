"""Holds for other programs: which footage is kept for which case, and whether the node has it. Nothing is placed or lifted this way.

Why footage is held and who decided it stays on the pages: both tell of people, and no program needs them to see that a case is safe.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from citysquare.apps.footage import queries
from citysquare.apps.footage.api import Moment
from citysquare.apps.footage.models import LONGEST_CASE, Hold
from citysquare.apps.footage.queries import HoldState, NoSuchHold
from citysquare.platform.api import BadCursor, Page, Paging, caller, decode_cursor, encode_cursor, operation
from citysquare.platform.ids import LENGTH
from citysquare.platform.policy import Action

router = Router(tags=["Holds"])

Values = dict[str, object]
"""An answer before it is held against its schema."""


class HoldFilter(Schema):
    """Which holds. All that are given must hold."""

    camera: Annotated[str, Field(max_length=LENGTH, description="Identifier of a camera.")] = ""
    case: Annotated[str, Field(max_length=LONGEST_CASE, description="The whole file number of a case.")] = ""
    in_force: Annotated[bool | None, Field(description="true: neither lifted nor over; false: only those.")] = None
    touches: Annotated[Moment | None, Field(description="Footage of this time is held: ISO 8601 with offset.")] = None


class MissingOut(Schema):
    """Footage of a hold that is not there."""

    start: datetime
    end: datetime


class HoldOut(Schema):
    """Footage of one camera that is kept for a case. It counts once the node has acknowledged it."""

    id: Annotated[str, Field(description="Stable for ever.")]
    camera: Annotated[str, Field(description="Identifier of the camera.")]
    case: Annotated[str, Field(description="The file number under which somebody works on it.")]
    start: datetime
    end: Annotated[datetime, Field(description="Not included. It may lie in the future.")]
    until: Annotated[datetime, Field(description="When the hold itself ends, unless it is extended or lifted.")]
    placed: datetime
    lifted: Annotated[datetime | None, Field(description="When a supervisor lifted it; null: not lifted.")]
    state: Annotated[
        HoldState,
        Field(
            description="`waiting` for the node's word, `silent`: the node does not answer, `acknowledged`: it keeps all of it, "
            "`incomplete`: it keeps what there is, `over`, or `lifted`."
        ),
    ]
    acknowledged: Annotated[datetime | None, Field(description="When the node first said that it keeps the footage; null: not yet.")]
    complete: Annotated[
        bool | None, Field(description="The whole range lies in the past and all of it is there; null while the node says nothing.")
    ]
    bytes: Annotated[int | None, Field(description="Size of the files kept for it; null while the node says nothing.")]
    missing: Annotated[list[MissingOut], Field(description="What is not there: never recorded, or deleted before; 100 at most.")]


@router.get("/holds", response=Page[HoldOut], url_name="api-holds", summary="Footage that is held", operation_id="listHolds")
@operation(Action.HOLD_LIST)
def list_holds(request: HttpRequest, wanted: Query[HoldFilter], paging: Query[Paging]) -> Values:
    """List the holds of the organisation with what the node says of each, newest first."""
    at = timezone.now()
    found = queries.holds_seen(caller(request))
    if wanted.camera:
        found = found.filter(camera_id=wanted.camera)
    if wanted.case:
        found = found.filter(case=wanted.case)
    if wanted.in_force is not None:
        over = Q(lifted_at__isnull=False) | Q(until__lte=at)
        found = found.filter(~over if wanted.in_force else over)
    if wanted.touches:
        found = found.filter(start__lte=wanted.touches, end__gt=wanted.touches)
    if paging.cursor:
        placed, pk = _place(paging.cursor)
        found = found.filter(Q(placed_at__lt=placed) | Q(placed_at=placed, pk__lt=pk))
    rows = list(found[: paging.limit + 1])
    shown = rows[: paging.limit]
    more = encode_cursor(shown[-1].placed_at.isoformat(), shown[-1].pk) if len(rows) > paging.limit else None
    said = queries.acknowledgements(at=at)
    return {"items": [_out(one, said, at) for one in shown], "next": more}


@router.get("/holds/{slug:hold_id}", response=HoldOut, url_name="api-hold", summary="One hold", operation_id="getHold")
@operation(Action.HOLD_LIST)
def get_hold(request: HttpRequest, hold_id: str) -> Values:
    """Give one hold with what the node says of it."""
    if len(hold_id) > LENGTH:
        raise NoSuchHold(_("There is no such hold."))
    at = timezone.now()
    found = queries.holds_seen(caller(request)).filter(pk=hold_id).first()
    if found is None:
        raise NoSuchHold(_("There is no such hold."))
    return _out(found, queries.acknowledgements(at=at), at)


def _place(cursor: str) -> tuple[datetime, str]:
    placed, pk = decode_cursor(cursor, 2)
    try:
        found = parse_datetime(placed)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.year not in range(1970, 9000):
        raise BadCursor(_("This cursor is not one that an answer contained. Begin again without it."))
    return found, pk


def _out(found: Hold, said: queries.Said, at: datetime) -> Values:
    state = queries.state_of(found, said, at=at)
    told = said.holds.get(found.pk) if state in {HoldState.ACKNOWLEDGED, HoldState.INCOMPLETE} else None
    return {
        "id": found.pk,
        "camera": found.camera_id,
        "case": found.case,
        "start": _utc(found.start),
        "end": _utc(found.end),
        "until": _utc(found.until),
        "placed": _utc(found.placed_at),
        "lifted": found.lifted_at and _utc(found.lifted_at),
        "state": state,
        "acknowledged": found.acknowledged_at and _utc(found.acknowledged_at),
        "complete": None if told is None else told.complete,
        "bytes": None if told is None else told.bytes,
        "missing": [{"start": _utc(queries.moment(a)), "end": _utc(queries.moment(b))} for a, b in told.missing] if told else [],
    }


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
