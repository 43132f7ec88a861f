"""Looks at live pictures as spans: one entry opens the span of a person and a camera, one closes it with its seconds and why.

Each page that shows the camera has a row in `OpenLook` and is heard of every `HEARTBEAT`. The span lasts as long as any of the person's
pages shows the camera. A browser that was killed, or a server that lost its power, is closed at its last heartbeat by the next round.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import DatabaseError, transaction

from citysquare.platform import audit
from citysquare.platform.doors import look
from citysquare.platform.facts import gather
from citysquare.platform.models import OpenLook
from citysquare.platform.policy import Action, Actor, Decision, Subject, decide
from citysquare.platform.turns import take_turn

HEARTBEAT = timedelta(seconds=15)
VANISHED = 3 * HEARTBEAT
"""After so long without a heartbeat nobody looks any more: one lost beat is no end."""
_TURN = "platform.looks"
_log = logging.getLogger(__name__)


class Why(StrEnum):
    """Why a look ended. The values stand in the log and never change."""

    LEFT = "left"
    VANISHED = "vanished"
    SIGNED_OUT = "signed_out"
    RIGHT_ENDED = "right_ended"


def begin(*, page: str, actor: Actor, subject: Subject, at: datetime) -> Decision:
    """Ask the policy about a page's look at a camera; log it unless the person's span there is open already. Refusals are always logged.

    While the database takes nothing the look stands in the log's files; without its row the next heartbeat that is kept begins it anew.
    Raises Refused, NotAvailableYet, AuditUnavailable, DatabaseError where the database cannot be read.
    """
    span = OpenLook.objects.filter(person=actor.id, camera=subject.id, beat_at__gt=at - VANISHED).order_by("began_at").first()
    facts = gather(actor=actor, action=Action.LIVE_VIEW, subject=subject, at=at)
    decision = decide(actor, Action.LIVE_VIEW, subject, facts)
    if span is None or not decision.allowed:
        span = None
        decision = look(actor=actor, action=Action.LIVE_VIEW, subject=subject, facts=facts, at=at, details={"what": "live picture"})
    kept = {
        "person": actor.id,
        "organisation": actor.organisation,
        "owner": subject.owner,
        "began_at": span.began_at if span else at,
        "beat_at": at,
    }
    try:
        OpenLook.objects.update_or_create(page=page, camera=subject.id, defaults=kept)
    except DatabaseError as error:
        _log.warning("a look at %s stands in the log without a row of its own: %s", subject.id, error)
    return decision


def beat(*, page: str, cameras: Iterable[str], at: datetime) -> list[str]:
    """Note that the page is there; return the cameras whose look was closed meanwhile and must begin anew. Raises DatabaseError."""
    OpenLook.objects.filter(page=page).update(beat_at=at)
    return sorted(set(cameras) - set(OpenLook.objects.filter(page=page).values_list("camera", flat=True)))


def end(*, page: str, camera: str, at: datetime, until: datetime, why: Why) -> None:
    """End a page's look that lasted `until`; with the person's last page the span is closed in the log.

    Raises AuditUnavailable, DatabaseError; the row then stays, and the next round closes it.
    """
    with transaction.atomic():
        take_turn(_TURN)
        mine = OpenLook.objects.filter(page=page, camera=camera).first()
        if mine is None:
            return
        if OpenLook.objects.filter(person=mine.person, camera=camera).exclude(pk=mine.pk).exists():
            mine.delete()
            return
    _close(mine, at=at, until=until, why=why)


def close_vanished(*, at: datetime) -> int:
    """Close the looks of pages that are not heard of any more, and return how many: a round of the server's tasks.

    Raises AuditUnavailable.
    """
    gone = list(OpenLook.objects.filter(beat_at__lte=at - VANISHED).order_by("beat_at"))
    for row in gone:
        end(page=row.page, camera=row.camera, at=at, until=row.beat_at, why=Why.VANISHED)
    return len(gone)


def _close(row: OpenLook, *, at: datetime, until: datetime, why: Why) -> None:
    seconds = max(0, round((until - row.began_at).total_seconds()))
    audit.record(
        actor=Actor(row.person, row.organisation),
        action=Action.LIVE_VIEW,
        subject=Subject("camera", row.camera, row.owner),
        outcome="ended",
        at=at,
        details={"seconds": seconds, "why": why},
    )
    OpenLook.objects.filter(pk=row.pk).delete()
