"""What the rooms keep for a time: tracks, counts, cameras' health, attempts, links, sessions; and what a hold keeps of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from citysquare.apps.accounts.models import Attempt, SignInLink, Sitting
from citysquare.apps.devices.models import Camera
from citysquare.apps.footage import services as footage
from citysquare.apps.observations.models import HealthEvent, HealthKind, HourCount, Observation
from citysquare.platform import retention
from citysquare.platform.models import AuditEntry, RetentionClock, Tombstone
from citysquare.platform.policy import Role
from citysquare.platform.retention import tombstones
from tests.factories import NOW, CameraFactory, ObservationFactory, UserFactory, person, recount

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def camera() -> Camera:
    RetentionClock.objects.create(believed=NOW, seen=NOW)
    return CameraFactory.create()


def silence(camera: Camera, began: timedelta, length: timedelta | None) -> None:
    """A silence that began so long ago: its beginning and, where it is over, its end."""
    start = NOW - began
    end = None if length is None else start + length
    common = {"organisation_id": camera.organisation_id, "camera": camera, "cause": "stalled", "recorded_at": NOW, "began_at": start}
    HealthEvent.objects.create(**common, kind=HealthKind.NO_PICTURE, at=start, ended_at=end)
    if end is not None:
        HealthEvent.objects.create(**common, kind=HealthKind.PICTURE_AGAIN, at=end, ended_at=end)


def held(camera: Camera, start: timedelta, end: timedelta) -> str:
    """A hold on what the camera recorded between so long ago and so long ago, placed when it was younger."""
    wish = footage.HoldWish(camera.pk, "2026/117", "Collision, asked for by the police", NOW - start, NOW - end, NOW + 30 * DAY)
    who = person(camera.organisation, Role.SUPERVISOR).pk
    return footage.place_hold(wish=wish, organisation_id=camera.organisation_id, placed_by=who, at=NOW - end).pk


def test_led_5_tracks_go_after_thirty_days_and_their_counts_stay(camera: Camera) -> None:
    old = ObservationFactory.create(camera=camera, first=NOW - 31 * DAY)
    edge = ObservationFactory.create(camera=camera, first=NOW - 30 * DAY, last=NOW - 30 * DAY + SECOND)
    young = ObservationFactory.create(camera=camera, first=NOW - DAY)
    recount()
    assert retention.run(at=NOW) == 1
    assert set(Observation.objects.values_list("pk", flat=True)) == {edge.pk, young.pk}
    assert old.pk not in {edge.pk, young.pk}
    assert HourCount.objects.count() == 3
    (row,) = Tombstone.objects.all()
    assert (row.data_class, row.count, tombstones.is_proven(row)) == ("observations", 1, True)


def test_a_hold_keeps_what_was_observed_in_its_footage(camera: Camera) -> None:
    other = CameraFactory.create(organisation=camera.organisation)
    inside = ObservationFactory.create(camera=camera, first=NOW - 40 * DAY)
    touching = ObservationFactory.create(camera=camera, first=NOW - 40 * DAY - HOUR - 2 * SECOND)
    for beside in (
        ObservationFactory.create(camera=other, first=NOW - 40 * DAY),
        ObservationFactory.create(camera=camera, first=NOW - 40 * DAY + HOUR),
        ObservationFactory.create(camera=camera, first=NOW - 42 * DAY),
    ):
        assert beside.pk
    hold = held(camera, 40 * DAY + HOUR, 40 * DAY - HOUR)
    assert retention.run(at=NOW) == 3
    assert set(Observation.objects.values_list("pk", flat=True)) == {inside.pk, touching.pk}
    who = person(camera.organisation, Role.SUPERVISOR).pk
    footage.lift_hold(hold_id=hold, organisation_id=camera.organisation_id, because="The case is closed", lifted_by=who, at=NOW)
    assert retention.run(at=NOW + SECOND) == 2


def test_a_hold_placed_while_a_batch_waits_is_honoured(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    one = ObservationFactory.create(camera=camera, first=NOW - 40 * DAY)
    real = tombstones.tell

    def telling(row: Tombstone, outcome: str, *, at: object) -> None:
        if outcome == tombstones.BEGUN:
            held(camera, 40 * DAY + HOUR, 40 * DAY - HOUR)
        real(row, outcome, at=NOW)
        assert at

    monkeypatch.setattr(tombstones, "tell", telling)
    assert [retention.run(at=NOW), retention.run(at=NOW + SECOND)] == [0, 0]
    assert Observation.objects.filter(pk=one.pk).exists()
    assert [entry.outcome for entry in AuditEntry.objects.filter(action="retention.deleted")] == ["begun", "withdrawn"]


def test_what_happened_to_cameras_is_forgotten_after_its_time_and_what_lasts_is_not(camera: Camera) -> None:
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"health_event_days": 40})
    silence(camera, 41 * DAY, HOUR)
    silence(camera, 39 * DAY, HOUR)
    silence(camera, 300 * DAY, None)
    assert retention.run(at=NOW) == 2
    assert sorted(HealthEvent.objects.values_list("began_at", "kind")) == [
        (NOW - 300 * DAY, "no_picture"),
        (NOW - 39 * DAY, "no_picture"),
        (NOW - 39 * DAY, "picture_again"),
    ]


def test_a_hold_keeps_what_is_known_of_the_cameras_health(camera: Camera) -> None:
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"health_event_days": 40})
    silence(camera, 60 * DAY, HOUR)
    silence(camera, 80 * DAY, HOUR)
    held(camera, 60 * DAY + HOUR, 60 * DAY - 2 * HOUR)
    assert retention.run(at=NOW) == 2
    assert set(HealthEvent.objects.values_list("began_at", flat=True)) == {NOW - 60 * DAY}


def test_ways_in_that_are_over_go(camera: Camera) -> None:
    assert camera.pk
    user = UserFactory.create()
    for age in (2 * HOUR, SECOND):
        Attempt.objects.create(key="k", at=NOW - age)
    for age in (8 * DAY, DAY):
        SignInLink.objects.create(token_hash=str(age), user=user, created_at=NOW - 9 * DAY, expires_at=NOW - age)
    for age in (SECOND, -SECOND):
        Session.objects.create(session_key=str(age), session_data="", expire_date=NOW - age)
        Sitting.objects.create(user=user, session_key=str(age), begun_at=NOW - DAY, seen_at=NOW - HOUR, by="password")
    assert retention.run(at=NOW) == 3
    assert [model.objects.count() for model in (Attempt, SignInLink, Session, Sitting)] == [1, 1, 1, 1]


def test_each_class_says_what_it_is_and_counts(camera: Camera) -> None:
    ObservationFactory.create(camera=camera)
    classes = {one.data_class: one for one in retention.all_held()}
    assert {"observations", "counts", "health_events", "sign_in_attempts", "links", "sessions"} <= set(classes)
    assert classes["observations"].count() == 1
    assert all(str(one.title) and str(one.purpose) for one in classes.values())
