"""What this room keeps for a time, for the platform's retention: tracks, their counts, and what happened to cameras.

A hold on a camera's footage also keeps what was observed in it, and what is known of the camera's health in that time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import queries as footage
from citysquare.apps.observations.models import HealthEvent, HourCount, Observation
from citysquare.platform.retention import Expired, Held, expired_rows, present_rows, register


def register_all() -> None:
    """Tell the platform what is kept here."""
    for held in (_tracks(), _counts(), _health()):
        register(held)


# --- tracks ------------------------------------------------------------------------------------------------------------------


def _tracks() -> Held:
    return Held(
        data_class="observations",
        title=_("Tracks: what moved before a camera, its class, direction and path"),
        purpose=_("Counting, searching and alerting"),
        find_expired=_find_tracks,
        delete=lambda ids: Observation.objects.filter(pk__in=ids).delete()[0],
        remaining=lambda ids: present_rows(Observation.objects.all(), ids),
        count=Observation.objects.count,
        held=lambda ids, now: present_rows(Observation.objects.filter(_tracks_holds(now)), ids),
        had_no_end=True,
    )


def _find_tracks(before: datetime, now: datetime, limit: int) -> list[Expired]:
    """Ask camera by camera: each finds its oldest side by side, however many millions there are."""
    found: list[Expired] = []
    for camera in devices.all_cameras().values_list("pk", flat=True):
        over = Observation.objects.filter(~_tracks_holds(now), camera_id=camera, first__lte=before, last__lte=before)
        rows = over.order_by("first").values_list("pk", "last")[: limit - len(found)]
        found += [Expired(pk, last) for pk, last in rows]
        if len(found) >= limit:
            break
    return found


def _tracks_holds(now: datetime) -> Exists:
    holds = footage.holds_in_force(at=now)
    return Exists(holds.filter(camera_id=OuterRef("camera_id"), start__lte=OuterRef("last"), end__gt=OuterRef("first")))


# --- counts ------------------------------------------------------------------------------------------------------------------


def _counts() -> Held:
    return Held(
        data_class="counts",
        title=_("Hourly counts by camera, class and direction; of nobody in particular"),
        purpose=_("Planning, and open figures"),
        find_expired=lambda before, _now, limit: expired_rows(
            HourCount.objects.annotate(ends=F("hour") + timedelta(hours=1)), "ends", before, limit
        ),
        delete=lambda ids: HourCount.objects.filter(pk__in=ids).delete()[0],
        remaining=lambda ids: present_rows(HourCount.objects.all(), ids),
        count=HourCount.objects.count,
        had_no_end=True,
    )


# --- health ------------------------------------------------------------------------------------------------------------------


def _health() -> Held:
    return Held(
        data_class="health_events",
        title=_("What happened to cameras: silences and their ends"),
        purpose=_("Proof of what was recorded and why something is missing"),
        find_expired=_find_health,
        delete=lambda ids: HealthEvent.objects.filter(pk__in=ids).delete()[0],
        remaining=lambda ids: present_rows(HealthEvent.objects.all(), ids),
        count=HealthEvent.objects.count,
        held=lambda ids, now: present_rows(HealthEvent.objects.filter(_health_holds(now)), ids),
        kept_for=lambda: timedelta(days=settings.CITYSQUARE.health_event_days),
    )


def _find_health(before: datetime, now: datetime, limit: int) -> list[Expired]:
    """Find what ended, beginning and end together; what lasts still stays, however long ago it began."""
    return expired_rows(HealthEvent.objects.filter(~_health_holds(now), ended_at__isnull=False), "ended_at", before, limit)


def _health_holds(now: datetime) -> Exists:
    holds = footage.holds_in_force(at=now)
    return Exists(holds.filter(camera_id=OuterRef("camera_id"), start__lte=OuterRef("ended_at"), end__gt=OuterRef("began_at")))
