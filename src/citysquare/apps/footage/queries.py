"""What others may ask about looking: may this person look, what is a camera doing, what was recorded when."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings

from citysquare.apps.devices import queries as devices
from citysquare.engine.errors import StoreError
from citysquare.engine.footage import FootageReader, StreamStatus, read_report
from citysquare.engine.model import Interval, StreamKey, StreamKind, ticks_from_datetime, ticks_from_seconds
from citysquare.platform import audit
from citysquare.platform.doors import look
from citysquare.platform.policy import Action, Actor, Decision, Facts, decide

_log = logging.getLogger(__name__)

STALE_SECONDS = 10
"""A recorder's report older than this means that the recorder does not run."""

DAY = timedelta(hours=24)


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


_counting: list[Counting] = []


def count_with(counting: Counting) -> None:
    """Let the pages of looking say how much was seen; the last one that is named counts."""
    _counting[:] = [counting]


def seen_last_hour(*, organisation_id: str, at: datetime) -> Mapping[str, int] | None:
    """Return how many things each camera saw in the hour before `at`; None when no room counts."""
    return _counting[0].seen_last_hour(organisation_id=organisation_id, at=at) if _counting else None


def look_live(*, actor: Actor, camera_id: str, at: datetime) -> Decision:
    """Ask the policy about a live look at a camera and log the answer.

    Raises NoSuchCamera, Refused, NotAvailableYet, AuditUnavailable.
    """
    subject = devices.subject_of(camera_id)
    return look(actor=actor, action=Action.LIVE_VIEW, subject=subject, facts=Facts(), at=at, details={"what": "live picture"})


def may_look_live(*, actor: Actor, camera_id: str) -> Decision:
    """Ask the policy again during a look that is logged already.

    Raises NoSuchCamera.
    """
    return decide(actor, Action.LIVE_VIEW, devices.subject_of(camera_id), Facts())


def end_look_live(*, actor: Actor, camera_id: str, at: datetime, seconds: int) -> None:
    """Log that a look ended, and how long it took.

    Raises NoSuchCamera, AuditUnavailable.
    """
    subject = devices.subject_of(camera_id)
    audit.record(actor=actor, action=Action.LIVE_VIEW, subject=subject, outcome="ended", at=at, details={"seconds": seconds})


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
