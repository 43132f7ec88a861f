"""The page of retention: what is kept, how long and on what ground, what was deleted, and whether the log says the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from citysquare.apps.accounts.models import Organisation
from citysquare.platform import retention
from citysquare.platform.models import AuditEntry, RetentionClock, Tombstone
from citysquare.platform.policy import Role
from citysquare.platform.retention import clock, telling
from tests.factories import NOW, CameraFactory, ObservationFactory, OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


@pytest.fixture
def city() -> Organisation:
    made: Organisation = OrganisationFactory.create()
    RetentionClock.objects.create(believed=NOW, seen=NOW)
    return made


@pytest.fixture
def auditor(city: Organisation) -> Client:
    return signed_in(person(city, Role.AUDITOR))


def delete_some(city: Organisation, number: int = 1) -> None:
    camera = CameraFactory.create(organisation=city)
    for _each in range(number):
        ObservationFactory.create(camera=camera, first=NOW - 40 * DAY)
        retention.run(at=NOW)


def test_gdpr_5_2_the_page_says_what_is_kept_how_long_and_on_what_ground(auditor: Client) -> None:
    rows = {row.data_class: row for row in auditor.get("/retention/").context["kept"]}
    assert {"observations", "footage", "audit_log", "tombstones", "sessions", "exhibits"} <= set(rows)
    assert (rows["observations"].kept_for, rows["observations"].pack) == ("30 days", "eu-strict 1")
    assert "LED Art. 4(1)(e)" in rows["observations"].law
    assert rows["footage"].kept_for == "3 days"
    assert rows["footage"].count is None
    assert rows["sessions"].kept_for == "until it ends by itself"
    assert "Nothing was deleted yet" in auditor.get("/retention/").content.decode()


def test_what_was_deleted_stands_there_and_agrees_with_the_log(city: Organisation, auditor: Client) -> None:
    delete_some(city)
    (row,) = auditor.get("/retention/").context["tombstones"]
    assert (row.count, row.rule, row.hours, row.proven) == (1, "retention.observations", "30 days", None)
    (checked,) = auditor.get("/retention/?check=1").context["tombstones"]
    assert checked.proven
    assert "as the log says" in auditor.get("/retention/?check=1").content.decode()


def test_a_tombstone_that_was_changed_is_shown_as_such(city: Organisation, auditor: Client) -> None:
    delete_some(city)
    Tombstone.objects.update(count=2)
    page = auditor.get("/retention/?check=1")
    assert page.context["broken"] == 1
    assert "One tombstone does not agree with the log" in page.content.decode()


def test_tombstones_are_paged_and_narrowed_to_a_kind(city: Organisation, auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "PAGE", 2)
    delete_some(city, 3)
    first = auditor.get("/retention/?class=observations")
    older = auditor.get(first.context["older_url"])
    found = [row.id for page in (first, older) for row in page.context["tombstones"]]
    assert len(found) == len(set(found)) == 3
    assert older.context["older_url"] == ""
    assert auditor.get("/retention/?class=sessions").context["tombstones"] == []
    entry = AuditEntry.objects.filter(action="retention.view").order_by("sequence").first()
    assert entry is not None
    assert entry.details["data_class"] == "observations"


@pytest.mark.parametrize("query", ["class=%27--", "before=" + "x" * 500, "before=%00", "class=" + "a" * 9999, "check=2"])
def test_questions_that_make_no_sense_are_answered_with_everything(city: Organisation, auditor: Client, query: str) -> None:
    delete_some(city)
    page = auditor.get(f"/retention/?{query}")
    assert page.status_code == 200
    assert len(page.context["tombstones"]) == 1


def test_a_clock_that_leapt_is_told_and_an_administrator_may_say_that_it_is_right(city: Organisation, auditor: Client) -> None:
    retention.run(at=NOW + 60 * DAY)
    seen = auditor.get("/retention/").content.decode()
    assert "clock leapt" in seen
    assert "The clock is right" not in seen
    assert auditor.post("/retention/clock/").status_code == 403
    administrator = signed_in(person(city, Role.ADMINISTRATOR))
    assert "The clock is right" in administrator.get("/retention/").content.decode()
    assert administrator.post("/retention/clock/").status_code == 302
    known = clock.known()
    assert known is not None
    assert not known.doubted
    assert AuditEntry.objects.filter(action="retention.run", outcome="allow").count() == 1


def test_a_batch_that_does_not_end_is_told(city: Organisation, auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    delete_some(city)
    Tombstone.objects.update(closed_at=None, state="told")
    assert "waiting for more than an hour" in auditor.get("/retention/").content.decode()


def test_in_the_days_of_grace_after_an_upgrade_the_page_says_when_they_end(auditor: Client, settings: Settings) -> None:
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"footage_retention_hours": 24 * 90})
    RetentionClock.objects.update(begins_at=NOW + 14 * DAY)
    page = auditor.get("/retention/").content.decode()
    assert "kept the following without an end: Footage, Hourly counts" in page
    assert "From 2026-05-15 12:00 on" in page
    assert "The settings ask for 90 days: the rules allow no more than this" in page
    RetentionClock.objects.update(begins_at=None)
    assert "without an end" not in auditor.get("/retention/").content.decode()
