"""Reasons for replay: given once, counted for half an hour for that person and camera, kept for whoever checks them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from citysquare.apps.footage.models import StatedReason
from citysquare.platform.policy import Actor, Justification, PersonRole, ReasonCode

COUNTS_FOR: Final = timedelta(minutes=30)
"""After this it is to be said again: whoever looks on is asked whether it is still the same case."""


@transaction.atomic
def give_reason(*, actor: Actor, camera_id: str, why: Justification, at: datetime) -> StatedReason:
    """Keep why a person replays a camera's footage. Like all times for permissions `at` never runs backwards (`audit.now_at_least`)."""
    return StatedReason.objects.create(
        user_id=actor.id,
        organisation_id=actor.organisation,
        camera_id=camera_id,
        case=why.case,
        reason=str(why.reason),
        person_role=str(why.person_role),
        offence=why.offence,
        text=why.text,
        given_at=at,
        until=at + COUNTS_FOR,
    )


def reason_in_force(*, actor: Actor, camera_id: str, at: datetime) -> Justification | None:
    """Return the newest reason that counts still; None where there is none. `at` as above: no clock set back brings one back to life."""
    found = StatedReason.objects.filter(
        user_id=actor.id, organisation_id=actor.organisation, camera_id=camera_id, given_at__lte=at, until__gt=at
    )
    row = found.order_by("-given_at", "-pk").first()
    return Justification(row.case, ReasonCode(row.reason), PersonRole(row.person_role), row.offence, row.text) if row else None


@transaction.atomic
def forget(ids: Sequence[str]) -> int:
    """Delete reasons that are over their time, and return how many."""
    return StatedReason.objects.filter(pk__in=ids).delete()[0]
