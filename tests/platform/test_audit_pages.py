"""The auditor's pages: what was done, in order, and whether the log is whole."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from django.db import connection
from django.http import FileResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from citysquare.apps.accounts.models import Organisation, User
from citysquare.platform import audit
from citysquare.platform.audit import checking, heads
from citysquare.platform.audit.names import pseudonym
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Actor, Role, Subject
from citysquare.proof.bundles.report import Trust
from citysquare.proof.bundles.verify import check
from citysquare.proof.keys import KeySet
from tests.factories import NOW, OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def auditor(city: Organisation) -> Client:
    return signed_in(person(city, Role.AUDITOR))


def looks(count: int, city: Organisation) -> None:
    for number in range(count):
        actor = Actor(id=f"person{number % 2}", organisation=city.pk)
        subject = Subject("camera", f"camera{number}", city.pk)
        audit.record(actor=actor, action=Action.LIVE_VIEW, subject=subject, outcome="allow", at=NOW + timedelta(seconds=number))


def test_the_newest_stands_first_and_older_ones_follow(city: Organisation, auditor: Client) -> None:
    looks(60, city)
    first = auditor.get("/audit/")
    sequences = [row.sequence for row in first.context["entries"]]
    assert sequences == list(range(61, 11, -1))
    second = auditor.get(first.context["older_url"])
    assert next(row.sequence for row in second.context["entries"]) == 11
    assert second.context["newest_url"]


def test_entries_are_found_by_act_and_person(city: Organisation, auditor: Client) -> None:
    looks(4, city)
    wanted = audit.actor_name("person1")
    rows = auditor.get("/audit/", {"action": "live.view", "actor": wanted}).context["entries"]
    assert {(row.actor, row.action_label) for row in rows} == {(wanted, "Live picture")}
    assert len(rows) == 2


def look_of(user: User, city: Organisation, camera: str = "camera1", outcome: str = "allow") -> None:
    subject = Subject("camera", camera, city.pk)
    audit.record(actor=Actor(user.pk, city.pk), action=Action.LIVE_VIEW, subject=subject, outcome=outcome, at=NOW)


def test_a_person_is_found_by_name_and_that_is_an_entry(city: Organisation, auditor: Client) -> None:
    olena = person(city, Role.OPERATOR, display_name="Олена Петренко")
    look_of(olena, city)
    look_of(person(city, Role.OPERATOR, display_name="Ivan"), city)
    page = auditor.get("/audit/", {"actor": "олена"})
    assert [(row.actor, row.name) for row in page.context["entries"]] == [(audit.actor_name(olena.pk), "")]
    assert AuditEntry.objects.filter(action="audit.names", details__what="find").count() == 1
    assert not any("лена" in str(row) for row in AuditEntry.objects.values()), "not even the search leaves a name in the log"


def test_names_are_shown_only_when_they_are_opened_and_that_is_an_entry(city: Organisation, auditor: Client) -> None:
    look_of(person(city, Role.OPERATOR, display_name="Olena P."), city)
    closed = auditor.get("/audit/")
    assert "Olena P." not in closed.content.decode()
    opened = auditor.get(closed.context["names_url"])
    assert "Olena P." in opened.content.decode()
    assert AuditEntry.objects.filter(action="audit.names", details__what="open").count() == 1


def test_the_whole_log_leaves_with_the_auditor_of_the_machines_own_organisation_alone(city: Organisation) -> None:
    partner = OrganisationFactory.create(created_at=NOW + timedelta(days=1))
    auditor = signed_in(person(partner, Role.AUDITOR))
    assert auditor.get("/audit/").context["export_form"] is None
    assert auditor.post("/audit/export/", {"since": "2026-05-01T00:00", "until": "2026-05-02T00:00"}).status_code == 403
    assert signed_in(person(city, Role.AUDITOR)).get("/audit/").context["export_form"] is not None


def test_only_auditors_open_names_and_export_the_log(city: Organisation) -> None:
    officer = signed_in(person(city, Role.DATA_PROTECTION_OFFICER))
    assert officer.get("/audit/").status_code == 200
    assert officer.get("/audit/?names=1").status_code == 403
    assert officer.get("/audit/?actor=olena").status_code == 403
    assert officer.post("/audit/export/", {"since": "2026-05-01T00:00", "until": "2026-05-02T00:00"}).status_code == 403


def test_entries_are_found_by_camera_outcome_and_time(city: Organisation, auditor: Client) -> None:
    operator = person(city, Role.OPERATOR)
    look_of(operator, city, "camera1")
    look_of(operator, city, "camera2", "refuse")

    def cameras(**query: str) -> list[str]:
        return [row.subject for row in auditor.get("/audit/", {"action": "live.view", **query}).context["entries"]]

    assert cameras(camera="camera1") == ["camera camera1"]
    assert cameras(outcome="refuse") == ["camera camera2"]
    assert len(cameras(since="2026-05-01T12:00", until="2026-05-01T12:01")) == 2
    assert cameras(since="2026-05-01T12:01") == []


def test_a_part_of_the_log_is_taken_away_and_proven_without_us(city: Organisation, auditor: Client, tmp_path: Path) -> None:
    looks(5, city)
    answer = auditor.post("/audit/export/", {"since": "2026-05-01T00:00", "until": "2026-05-02T00:00"})
    path = tmp_path / "audit.zip"
    path.write_bytes(b"".join(cast("FileResponse", answer)))
    keys = KeySet.decoded(auditor.get("/.well-known/citysquare-keys.json").content)
    assert check(path, Trust(keys=keys)).ok
    entry = AuditEntry.objects.get(action="audit.export", outcome="done")
    assert (entry.details["from"], entry.details["entries"]) == (1, 6), "the asking stands in it, too"


@pytest.mark.parametrize(("since", "until"), [("", ""), ("2026-05-02T00:00", "2026-05-01T00:00"), ("2020-01-01T00:00", "2020-01-02T00:00")])
def test_an_export_of_no_time_says_what_to_do(auditor: Client, since: str, until: str) -> None:
    answer = auditor.post("/audit/export/", {"since": since, "until": until})
    assert answer.status_code == 422
    assert answer.context["export_form"].errors


def test_the_page_says_how_the_log_is_signed(city: Organisation, auditor: Client) -> None:
    looks(2, city)
    assert "none yet" in auditor.get("/audit/").content.decode()
    heads.sign_head(at=NOW)
    page = auditor.get("/audit/").content.decode()
    assert "covers entries 1 to 3" in page
    assert audit.centre_key().kid in page
    assert "audit_second_place" in page


def test_a_long_log_is_checked_beside_the_page(city: Organisation, auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    looks(3, city)
    begun = checking.Checking(done=500, total=1000)
    monkeypatch.setattr(checking, "_current", [begun])
    assert b'value="50"' in auditor.get("/audit/check/?going=1").content
    begun.failed = True
    assert b"did not come to its end" in auditor.get("/audit/check/?going=1").content
    assert auditor.get("/audit/check/").context["report"].ok, "asked anew it begins anew"


def test_auditors_see_their_own_organisation_and_whoever_touched_what_it_owns(city: Organisation, auditor: Client) -> None:
    other = OrganisationFactory.create()
    looks(2, other)
    mine = Subject("camera", "mine", city.pk)
    for actor, outcome in ((Actor("stranger", other.pk), "refuse"), (Actor.system("console"), "done"), (Actor.anonymous(), "refuse")):
        audit.record(actor=actor, action=Action.LIVE_VIEW, subject=mine, outcome=outcome, at=NOW)
    audit.record(actor=Actor.system("console"), action=Action.LINK_MADE, subject=Subject("role", "x", other.pk), outcome="done", at=NOW)
    audit.record(actor=Actor.system("audit"), action=Action.AUDIT_RESTORED, subject=Subject("audit", "table"), outcome="done", at=NOW)
    rows = auditor.get("/audit/").context["entries"]
    assert [row.sequence for row in rows] == [8, 7, 5, 4, 3]
    assert auditor.get("/audit/check/").context["report"].ok, "the chain is one for all, and checked as a whole"


def test_what_an_auditor_looks_for_is_logged(city: Organisation, auditor: Client) -> None:
    for query in ("", "", "actor=olena", "actor=olena", "actor=ivan&action=live.view"):
        auditor.get(f"/audit/?{query}")
    entries = AuditEntry.objects.filter(action=str(Action.AUDIT_READ)).order_by("sequence")
    sought = [pseudonym("person", name) for name in ("olena", "ivan")]
    assert [entry.details.get("sought", "") for entry in entries] == ["", *sought], "a mere digest of a name is soon guessed"
    assert {entry.organisation for entry in entries} == {city.pk}


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=-1",
        "before=99999999999999999999999",
        "action=nothing",
        "actor=" + "a" * 500,
        "since=never",
        "camera=%00&outcome=x",
    ],
)
def test_a_strange_question_gets_a_page(auditor: Client, query: str) -> None:
    assert auditor.get(f"/audit/?{query}").status_code == 200


def test_the_list_costs_few_queries(city: Organisation, auditor: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    looks(60, city)
    with django_assert_max_num_queries(17):
        assert auditor.get("/audit/").status_code == 200


def test_a_whole_log_is_called_whole(city: Organisation, auditor: Client) -> None:
    looks(3, city)
    report = auditor.get("/audit/check/", headers={"hx-request": "true"}).context["report"]
    assert (report.ok, report.entries) == (True, 4)


def test_a_deleted_entry_is_named(city: Organisation, auditor: Client) -> None:
    looks(3, city)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM platform_auditentry WHERE sequence = 2")
    answer = auditor.get("/audit/check/", headers={"hx-request": "true"})
    assert not answer.context["report"].ok
    assert "Entry 2 is missing (table)." in answer.content.decode()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_only_auditors_read_the_log(role: Role) -> None:
    client = signed_in(person(OrganisationFactory.create(), role))
    assert client.get("/audit/").status_code == 403
    assert client.get("/audit/check/").status_code == 403
