"""Days of footage in the log: the head of each day's chain, and what the recorder deleted of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from django.conf import settings

from citysquare.apps.devices.models import Camera
from citysquare.apps.footage.models import FootageDay
from citysquare.apps.footage.services.days import tell_days
from citysquare.engine.footage import Deletion
from citysquare.engine.footage.boxes import parse_init, write_init
from citysquare.engine.footage.files import segment_path
from citysquare.engine.footage.index import NO_LINK, Index, Segment
from citysquare.engine.model import StreamKey, StreamKind, ticks_from_datetime
from citysquare.platform import audit
from citysquare.platform.models import AuditEntry, Tombstone
from citysquare.platform.policy import Action
from citysquare.platform.retention import tombstones
from citysquare.proof.links import chain_link
from tests.engine.footage.scripted import PARAMETERS
from tests.factories import NOW, CameraFactory

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0)
"""Of the day after the one that is recorded."""
INIT = write_init(PARAMETERS)


class PowerCut(BaseException):
    """The machine loses power."""


@pytest.fixture
def camera() -> Camera:
    made: Camera = CameraFactory.create()
    return made


@contextmanager
def index() -> Iterator[Index]:
    root = settings.CITYSQUARE.store_dir
    root.mkdir(parents=True, exist_ok=True)
    with closing(Index(root / "index.sqlite3")) as opened:
        yield opened


def record(camera: Camera, *hours: int, kind: StreamKind = StreamKind.MAIN) -> bytes:
    """Record a segment at each hour of the day before MIDNIGHT, and return the chain's last link."""
    link, key = NO_LINK, StreamKey(camera.pk, kind)
    with index() as opened:
        for hour in hours:
            start, end = (ticks_from_datetime(MIDNIGHT - DAY + HOUR * at) for at in (hour, hour + 1))
            path, digest = segment_path(key, start), hashlib.sha256(bytes([hour])).digest()
            opened.add_segment(Segment(key, path, start, end, 1000, 90_000, digest, INIT, parse_init(INIT), ()))
            link = chain_link(link, start, end, path, digest)
    return link


def delete(camera: Camera, number: int, reason: Deletion = Deletion.RETENTION, *, removed: bool = True) -> None:
    """Delete the oldest segments as the recorder would."""
    with index() as opened:
        old = opened.oldest_of(StreamKey(camera.pk), 0, number)
        opened.delete(old, reason, ticks_from_datetime(MIDNIGHT + 3 * DAY))
        if removed:
            opened.forget([each.path for each in old])


def told(action: Action) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("sequence"))


def test_led_25_the_head_of_a_cameras_day_stands_in_the_log_once_the_day_is_over(camera: Camera) -> None:
    link = record(camera, 8, 9, 10)
    record(camera, 8, kind=StreamKind.SUB)
    assert tell_days(at=MIDNIGHT - HOUR) == 0
    assert tell_days(at=MIDNIGHT + HOUR / 2) == 0
    assert [tell_days(at=MIDNIGHT + HOUR + timedelta(minutes=number)) for number in range(3)] == [1, 0, 0]
    (entry,) = told(Action.FOOTAGE_DAY)
    assert (entry.subject_kind, entry.subject_id, entry.outcome) == ("camera", camera.pk, "done")
    assert {name: entry.details[name] for name in ("date", "head", "segments")} == {"date": "2026-04-30", "head": link.hex(), "segments": 3}
    assert entry.details["owner"] == camera.organisation_id


def test_a_file_that_comes_late_makes_a_new_head(camera: Camera) -> None:
    record(camera, 8, 9)
    tell_days(at=MIDNIGHT + HOUR)
    record(camera, 20)
    assert tell_days(at=MIDNIGHT + 2 * HOUR) == 1
    assert [entry.details["segments"] for entry in told(Action.FOOTAGE_DAY)] == [2, 3]


def test_footage_that_the_recorder_deleted_leaves_one_tombstone_for_camera_and_day(camera: Camera) -> None:
    link = record(camera, 8, 9, 10)
    tell_days(at=MIDNIGHT + HOUR)
    delete(camera, 2)
    assert tell_days(at=MIDNIGHT + 3 * DAY) == 0, "it goes on"
    delete(camera, 1, Deletion.SPACE)
    assert [tell_days(at=MIDNIGHT + 3 * DAY + HOUR * number) for number in range(1, 4)] == [1, 0, 0]
    (entry,) = told(Action.RETENTION_DELETED)
    (row,) = Tombstone.objects.all()
    assert (entry.subject_id, entry.outcome, entry.details["rule"]) == (camera.pk, "done", "footage.retention+space")
    assert (entry.details["count"], entry.details["files"], entry.details["seconds"]) == (3, 0, 3 * 3600)
    assert entry.details["head"] == link.hex()
    assert entry.details["digest"] == row.digest
    assert tombstones.body_of(row)["seconds"] == {"retention": 7200, "space": 3600, "order": 0}
    assert tombstones.is_proven(row)


def test_a_file_that_still_lies_on_the_disk_is_not_called_deleted(camera: Camera) -> None:
    record(camera, 8)
    tell_days(at=MIDNIGHT + HOUR)
    delete(camera, 1, removed=False)
    assert tell_days(at=MIDNIGHT + 3 * DAY) == 0
    with index() as opened:
        opened.forget(opened.garbage())
    assert tell_days(at=MIDNIGHT + 3 * DAY + HOUR) == 1


def test_what_is_held_of_a_day_stays_and_the_rest_is_told_after_a_quiet_day(camera: Camera) -> None:
    record(camera, 8, 9, 10)
    tell_days(at=MIDNIGHT + HOUR)
    delete(camera, 2)
    later = MIDNIGHT + 3 * DAY
    assert [tell_days(at=later + HOUR * number) for number in (0, 23, 24, 30)] == [0, 0, 1, 0]
    delete(camera, 1)
    assert tell_days(at=later + 40 * DAY) == 1
    assert [(entry.details["count"], entry.details["files"]) for entry in told(Action.RETENTION_DELETED)] == [(2, 1), (3, 0)]
    assert all(tombstones.is_proven(row) for row in Tombstone.objects.all())


@pytest.mark.parametrize("moment", ["entry", "row"])
def test_power_lost_while_telling_tells_nothing_twice(camera: Camera, moment: str) -> None:
    record(camera, 8)
    delete(camera, 1)
    real = audit.record

    def cut(**entry: object) -> None:
        real(**entry)  # type: ignore[arg-type]
        raise PowerCut

    def no_row(*_args: object, **_words: object) -> None:
        raise PowerCut

    for _times in range(3):
        with pytest.MonkeyPatch.context() as power:
            if moment == "entry":
                power.setattr(audit, "record", cut)
            else:
                power.setattr(FootageDay, "save", no_row)
            try:
                tell_days(at=MIDNIGHT + 3 * DAY)
            except PowerCut:
                continue
    tell_days(at=MIDNIGHT + 3 * DAY)
    assert (len(told(Action.FOOTAGE_DAY)), len(told(Action.RETENTION_DELETED))) == (1, 1)
    assert all(tombstones.is_proven(row) for row in Tombstone.objects.all())


def test_without_a_store_there_is_nothing_to_tell(camera: Camera) -> None:
    assert camera.pk
    assert tell_days(at=NOW) == 0


def test_a_changed_tombstone_of_footage_is_found(camera: Camera) -> None:
    record(camera, 8)
    delete(camera, 1)
    tell_days(at=MIDNIGHT + 3 * DAY)
    Tombstone.objects.update(count=7)
    assert not tombstones.is_proven(Tombstone.objects.get())
