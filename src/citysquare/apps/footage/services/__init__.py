"""Every write of this room: holds are placed, extended and lifted, and marked as counting once the node has acknowledged them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage.events import HoldChanged
from citysquare.apps.footage.models import LONGEST_CASE, LONGEST_REASON, Hold
from citysquare.apps.footage.queries import NoSuchHold, acknowledgements, holds_in_force
from citysquare.engine.model import datetime_from_ticks
from citysquare.platform.errors import DomainError
from citysquare.platform.events import publish
from citysquare.platform.retention import take_holds_turn
from citysquare.platform.turns import take_turn

LONGEST_HELD = timedelta(days=31)
"""Footage of one hold: who needs more places several, each with its reason."""
LONGEST_HOLD = timedelta(days=366)
"""From now: a hold has an end, and who needs it longer says so again."""
FARTHEST_AHEAD = timedelta(days=7)
MOST_HOLDS = 1000
"""In force at once, of one organisation."""
_TURN = "footage.holds"


class BadHold(DomainError):
    """A hold that cannot be placed or extended as asked."""

    code = "footage.bad_hold"


class HoldIsOver(DomainError):
    """The hold was lifted or has ended, and nothing can be changed about it."""

    code = "footage.hold_is_over"
    status = 409


class TooManyHolds(DomainError):
    """The organisation holds as much as it may."""

    code = "footage.too_many_holds"
    status = 409


@dataclass(frozen=True, slots=True)
class HoldWish:
    """What to hold, for what, and until when."""

    camera_id: str
    case: str
    reason: str
    start: datetime
    end: datetime
    until: datetime


@transaction.atomic
def place_hold(*, wish: HoldWish, organisation_id: str, placed_by: str, at: datetime) -> Hold:
    """Hold a camera's footage; it counts once the node has acknowledged it.

    Raises NoSuchCamera, BadHold, TooManyHolds.
    """
    camera = devices.required_camera(wish.camera_id)
    if camera.organisation_id != organisation_id:
        raise devices.NoSuchCamera(_("There is no such camera."))
    case, reason = _text(wish.case, LONGEST_CASE), _text(wish.reason, LONGEST_REASON)
    if not case or not reason:
        raise BadHold(_("Name the case, and say why its footage is needed."))
    if wish.start >= wish.end:
        raise BadHold(_("The end of the footage lies before its beginning. Exchange the two."))
    if wish.end - wish.start > LONGEST_HELD:
        raise BadHold(_("One hold takes 31 days of footage at most. Place several, each with its reason."))
    if wish.end > at + FARTHEST_AHEAD:
        raise BadHold(_("Footage can be held up to seven days ahead. Choose an earlier end."))
    _check_until(wish.until, at)
    take_holds_turn()
    take_turn(_TURN, organisation_id)
    if holds_in_force(at=at).filter(organisation_id=organisation_id).count() >= MOST_HOLDS:
        raise TooManyHolds(_("A thousand holds are in force. Lift those that are no longer needed first."))
    hold = Hold.objects.create(
        organisation_id=organisation_id,
        camera_id=camera.pk,
        case=case,
        reason=reason,
        start=wish.start,
        end=wish.end,
        until=wish.until,
        placed_by_id=placed_by,
        placed_at=at,
    )
    _announce(hold, at)
    return hold


@transaction.atomic
def extend_hold(*, hold_id: str, organisation_id: str, until: datetime, at: datetime) -> Hold:
    """Let a hold end on another day, later or earlier, within a year from now; the same day again changes nothing.

    Raises NoSuchHold, HoldIsOver, BadHold.
    """
    take_holds_turn()  # or what it holds goes while it is being extended
    hold = _locked(hold_id, organisation_id, at)
    _check_until(until, at)
    if hold.until != until:
        hold.until = until
        hold.save(update_fields=("until",))
        _announce(hold, at)
    return hold


@transaction.atomic
def lift_hold(*, hold_id: str, organisation_id: str, because: str, lifted_by: str, at: datetime) -> Hold:
    """End a hold now: its footage is deleted as if it had never been held.

    Raises NoSuchHold, HoldIsOver, BadHold without a reason.
    """
    hold = _locked(hold_id, organisation_id, at)
    reason = _text(because, LONGEST_REASON)
    if not reason:
        raise BadHold(_("Say why the footage is no longer needed."))
    hold.lifted_at, hold.lifted_by_id, hold.lifted_because = at, lifted_by, reason
    hold.save(update_fields=("lifted_at", "lifted_by", "lifted_because"))
    _announce(hold, at)
    return hold


@transaction.atomic
def note_acknowledgements(*, at: datetime) -> int:
    """Note which holds the node has acknowledged since, and return how many; once noted, a hold stays so."""
    said = acknowledgements(at=at)
    noted = 0
    for hold in holds_in_force(at=at).filter(acknowledged_at__isnull=True):
        found = said.holds.get(hold.pk)
        if found is not None:
            since = max(hold.placed_at, min(datetime_from_ticks(found.since), at))
            noted += Hold.objects.filter(pk=hold.pk, acknowledged_at__isnull=True).update(acknowledged_at=since)
    return noted


def _check_until(until: datetime, at: datetime) -> None:
    if not at < until <= at + LONGEST_HOLD:
        raise BadHold(_("A hold ends on a day between tomorrow and a year from now. It can be extended later."))


def _locked(hold_id: str, organisation_id: str, at: datetime) -> Hold:
    hold = Hold.objects.select_for_update(of=("self",)).filter(pk=hold_id, organisation_id=organisation_id).first()
    if hold is None:
        raise NoSuchHold(_("There is no such hold."))
    if hold.lifted_at is not None or hold.until <= at:
        raise HoldIsOver(_("This hold is over. Place a new one if the footage is still there."))
    return hold


def _text(text: str, longest: int) -> str:
    """Return a text on one line without control characters, cut to its longest."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:longest]


def _announce(hold: Hold, at: datetime) -> None:
    publish(HoldChanged(hold_id=hold.pk, organisation_id=hold.organisation_id), at=at)
