"""What others may ask about looking: may this person look, what is a camera doing, what was recorded when."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import continuity as parts
from citysquare.apps.footage import day
from citysquare.apps.footage.continuity import Continuity, continuity
from citysquare.apps.footage.labels import CAUSE_NAMES
from citysquare.apps.footage.models import Hold
from citysquare.engine.errors import StoreError
from citysquare.engine.footage import Acknowledgement, Axes, FootageReader, StreamStatus, read_acknowledgements, read_report
from citysquare.engine.footage import Hold as NodeHold
from citysquare.engine.model import GapCause, Interval, StreamKey, StreamKind, datetime_from_ticks, ticks_from_datetime, ticks_from_seconds
from citysquare.platform import looks
from citysquare.platform.covering import where
from citysquare.platform.errors import DomainError
from citysquare.platform.facts import gather
from citysquare.platform.policy import Action, Actor, Decision, decide

_log = logging.getLogger(__name__)

STALE_SECONDS = 10
"""A recorder's report older than this means that the recorder does not run."""

ACKNOWLEDGED_SECONDS = 150
"""The recorder says each minute what it holds: after two and a half without a word it does not answer."""

DAY = timedelta(hours=24)


class NoSuchHold(DomainError):
    """There is no hold with this identifier in the organisation."""

    code = "footage.no_such_hold"
    status = 404


@dataclass(frozen=True, slots=True)
class Reported:
    """What the recorder reported last, by stream; `fresh` says whether it still runs."""

    fresh: bool
    streams: dict[StreamKey, StreamStatus]

    def of(self, camera_id: str) -> list[StreamStatus]:
        """Return a camera's streams, main first."""
        keys = (StreamKey(camera_id, kind) for kind in (StreamKind.MAIN, StreamKind.SUB))
        return [self.streams[key] for key in keys if key in self.streams]


class Counting(Protocol):
    """How a room above tells what the cameras saw."""

    def seen_last_hour(self, *, organisation_id: str, at: datetime) -> Mapping[str, int]:
        """Return how many things each camera saw in the hour before `at`, by camera; a camera that saw nothing may be missing."""
        ...


@dataclass(frozen=True, slots=True)
class HealthNote:
    """One thing that happened to a camera's health, in words, as a room above tells it."""

    at: datetime
    title: str
    text: str
    still: bool
    """It is so still."""
    bad: bool


class HealthTelling(Protocol):
    """How a room above tells what happened to cameras."""

    def health_of(self, *, camera_id: str, since: datetime, until: datetime) -> Sequence[HealthNote]:
        """Return what happened to a camera from `since` up to, not including, `until`, and what was so already, oldest first."""
        ...


_counting: list[Counting] = []
_telling: list[HealthTelling] = []


def count_with(counting: Counting) -> None:
    """Let the pages of looking say how much was seen; the last one that is named counts."""
    _counting[:] = [counting]


def seen_last_hour(*, organisation_id: str, at: datetime) -> Mapping[str, int] | None:
    """Return how many things each camera saw in the hour before `at`; None when no room counts."""
    return _counting[0].seen_last_hour(organisation_id=organisation_id, at=at) if _counting else None


def tell_health_with(telling: HealthTelling) -> None:
    """Let a camera's day show what happened to its health; the last one that is named tells."""
    _telling[:] = [telling]


def health_of(*, camera_id: str, since: datetime, until: datetime) -> Sequence[HealthNote]:
    """Return what happened to a camera, oldest first; nothing when no room tells."""
    return _telling[0].health_of(camera_id=camera_id, since=since, until=until) if _telling else []


def cause_in_words(cause: GapCause) -> str:
    """Return what a cause of a gap is called, in the language of the moment."""
    return str(CAUSE_NAMES[cause])


def length_in_words(length: timedelta) -> str:
    """Return a length of time in words."""
    return day.length(ticks_from_seconds(length.total_seconds()))


def look_live(*, actor: Actor, camera_id: str, page: str, at: datetime) -> Decision:
    """Ask the policy about a page's live look at a camera and log the answer, once for the span of a person and a camera.

    Raises NoSuchCamera, Refused, NotAvailableYet, AuditUnavailable.
    """
    return looks.begin(page=page, actor=actor, subject=devices.subject_of(camera_id), at=at)


def may_look_live(*, actor: Actor, camera_id: str, at: datetime) -> Decision:
    """Ask the policy again during a look that is logged already.

    Raises NoSuchCamera.
    """
    subject = devices.subject_of(camera_id)
    return decide(actor, Action.LIVE_VIEW, subject, gather(actor=actor, action=Action.LIVE_VIEW, subject=subject, at=at))


def reported(*, at: datetime) -> Reported:
    """Return the recorder's last report."""
    report = read_report(settings.CITYSQUARE.store_dir)
    if report is None:
        return Reported(fresh=False, streams={})
    age = ticks_from_datetime(at) - report.at
    return Reported(fresh=age < ticks_from_seconds(STALE_SECONDS), streams={stream.key: stream for stream in report.streams})


def captured_day(*, camera_id: str, at: datetime) -> list[Interval] | None:
    """Return what was recorded of a camera's main stream in the 24 hours before `at`, as adjacent intervals; None when nobody knows."""
    reader = FootageReader(settings.CITYSQUARE.store_dir)
    try:
        return reader.captured(StreamKey(camera_id), ticks_from_datetime(at - DAY), ticks_from_datetime(at))
    except StoreError as error:
        _log.warning("what was recorded of camera %s cannot be read: %s", camera_id, error.message)
        return None


def moment(ticks: int) -> datetime:
    """Return ticks as a time."""
    return datetime_from_ticks(ticks)


def captured_of(spans: Mapping[str, tuple[int, int]]) -> dict[str, list[Interval]]:
    """Return what was recorded of cameras' main streams, each between its two ticks, as adjacent intervals; the index is opened once.

    A camera that was never recorded has none. Raises StoreError.
    """
    found = FootageReader(settings.CITYSQUARE.store_dir).captured_of({StreamKey(camera): span for camera, span in spans.items()})
    return {camera: found.get(StreamKey(camera), []) for camera in spans}


def silences(intervals: Sequence[Interval]) -> list[Interval]:
    """Return the gaps of a captured axis, joined where they touch; switched off is none."""
    return parts.silences(intervals)


def continuity_of(*, camera_id: str, since: datetime, until: datetime, at: datetime) -> Continuity:
    """Return what was recorded of a camera's main stream from `since` up to `until`, whole, with what became of it."""
    return continuities_of(camera_ids=(camera_id,), since=since, until=until, at=at)[camera_id]


def continuities_of(*, camera_ids: Sequence[str], since: datetime, until: datetime, at: datetime) -> dict[str, Continuity]:
    """Return the same of many cameras, of one moment: the index is opened once."""
    span, now = (ticks_from_datetime(since), ticks_from_datetime(until)), ticks_from_datetime(at)
    try:
        # One tick more at both ends tells whether a gap began before or goes on after.
        found = FootageReader(settings.CITYSQUARE.store_dir).axes(map(StreamKey, camera_ids), span[0] - 1, span[1] + 1)
    except StoreError as error:
        _log.warning("what was recorded cannot be read: %s", error.message, extra={"code": error.code})
        unknown = replace(continuity((), (), span, now=now, since=span[0]), readable=False)
        return dict.fromkeys(camera_ids, unknown)
    return {camera: _whole(found.get(StreamKey(camera)), span, now) for camera in camera_ids}


def _whole(found: Axes | None, span: tuple[int, int], now: int) -> Continuity:
    if found is None:
        return continuity((), (), span, now=now, since=None)
    return continuity(found.captured, found.deleted, span, now=now, since=found.since)


def put_aside_of(*, camera_id: str) -> list[tuple[datetime, datetime]]:
    """Return from and to when footage is dated that was recorded while the node's clock was ahead, and is kept apart for it."""
    try:
        found = FootageReader(settings.CITYSQUARE.store_dir).put_aside(StreamKey(camera_id))
    except StoreError as error:
        _log.warning("what was put aside of camera %s cannot be read: %s", camera_id, error.message)
        return []
    return [(moment(each.start), moment(each.end)) for each in found]


# --- holds -------------------------------------------------------------------------------------------------------------------


class HoldState(StrEnum):
    """How a hold stands. The values stand in the API and never change."""

    WAITING = "waiting"
    """The node has not acknowledged it yet."""
    SILENT = "silent"
    """The node does not answer."""
    ACKNOWLEDGED = "acknowledged"
    INCOMPLETE = "incomplete"
    """The node keeps what there is, and that is not all."""
    OVER = "over"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class Said:
    """What the node said last of its holds, by identifier; `fresh` says whether it still answers."""

    fresh: bool
    holds: dict[str, Acknowledgement]
    running: bool = False
    """Whether the recorder runs. One that had nothing to hold said nothing of holds: the first one is not met with an alarm."""


def holds_of(organisation_id: str) -> QuerySet[Hold]:
    """Return an organisation's holds with their cameras and people, newest first."""
    found = Hold.objects.filter(organisation_id=organisation_id).select_related("camera", "placed_by", "lifted_by")
    return found.order_by("-placed_at", "-pk")


def holds_seen(actor: Actor) -> QuerySet[Hold]:
    """Return those of them at cameras where somebody may see holds."""
    return holds_of(actor.organisation).filter(where(actor, Action.HOLD_LIST, space="camera__space_id"))


def hold(hold_id: str, *, organisation_id: str) -> Hold:
    """Return a hold of an organisation.

    Raises NoSuchHold.
    """
    found = holds_of(organisation_id).filter(pk=hold_id).first()
    if found is None:
        raise NoSuchHold(_("There is no such hold."))
    return found


def holds_in_force(*, at: datetime) -> QuerySet[Hold]:
    """Return the holds of everybody that are neither lifted nor over."""
    return Hold.objects.filter(lifted_at__isnull=True, until__gt=at)


def holds_for_node(*, at: datetime) -> tuple[NodeHold, ...]:
    """Return the holds in force as the node file has them, oldest first: what is too much for a node is the newest."""
    return tuple(
        NodeHold(
            id=found.pk,
            camera=found.camera_id,
            start=ticks_from_datetime(found.start),
            end=ticks_from_datetime(found.end),
            until=ticks_from_datetime(found.until),
        )
        for found in holds_in_force(at=at).order_by("placed_at", "pk")
    )


def records_of(person: str) -> list[dict[str, str]]:
    """Return what holds say of a person who placed or lifted them."""
    found = Hold.objects.filter(Q(placed_by_id=person) | Q(lifted_by_id=person)).order_by("placed_at", "pk")
    return [
        {
            "hold": one.pk,
            "case": one.case,
            "placed_at": one.placed_at.isoformat() if one.placed_by_id == person else "",
            "lifted_at": one.lifted_at.isoformat() if one.lifted_at and one.lifted_by_id == person else "",
        }
        for one in found
    ]


def acknowledgements(*, at: datetime) -> Said:
    """Return what the node said last of its holds."""
    found, running = read_acknowledgements(settings.CITYSQUARE.store_dir), reported(at=at).fresh
    if found is None:
        return Said(fresh=False, holds={}, running=running)
    age = ticks_from_datetime(at) - found.at
    return Said(fresh=age < ticks_from_seconds(ACKNOWLEDGED_SECONDS), holds={one.id: one for one in found.holds}, running=running)


def state_of(found: Hold, said: Said, *, at: datetime) -> HoldState:
    """Return how a hold stands: it counts once the node has said that it keeps the footage."""
    if found.lifted_at is not None:
        return HoldState.LIFTED
    if found.until <= at:
        return HoldState.OVER
    told = said.holds.get(found.pk)
    if told is None:
        new = said.running and at - found.placed_at < timedelta(seconds=ACKNOWLEDGED_SECONDS)
        return HoldState.WAITING if said.fresh or new else HoldState.SILENT
    return HoldState.INCOMPLETE if told.missing else HoldState.ACKNOWLEDGED
