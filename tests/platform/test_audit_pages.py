"""The auditor's pages: what was done, in order, and whether the log is whole."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from citysquare.apps.accounts.models import Organisation
from citysquare.platform import audit
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Actor, Role, Subject
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
    rows = auditor.get("/audit/", {"action": "live.view", "actor": "person1"}).context["entries"]
    assert {(row.actor, row.action_label) for row in rows} == {("person1", "Live picture")}
    assert len(rows) == 2


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
    assert [entry.details.get("actor", "") for entry in entries] == ["", "olena", "ivan"]
    assert {entry.organisation for entry in entries} == {city.pk}


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=99999999999999999999999", "action=nothing", "actor=" + "a" * 500])
def test_a_strange_question_gets_a_page(auditor: Client, query: str) -> None:
    assert auditor.get(f"/audit/?{query}").status_code == 200


def test_the_list_costs_few_queries(city: Organisation, auditor: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    looks(60, city)
    with django_assert_max_num_queries(14):
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
