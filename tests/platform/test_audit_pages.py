"""The auditor's pages: what was done, in order, and whether the log is whole."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from citysquare.platform import audit
from citysquare.platform.policy import Action, Actor, Role, Subject
from tests.factories import NOW, OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor() -> Client:
    return signed_in(person(OrganisationFactory.create(), Role.AUDITOR))


def looks(count: int) -> None:
    for number in range(count):
        actor = Actor(id=f"person{number % 2}", organisation="city")
        subject = Subject("camera", f"camera{number}", "city")
        audit.record(actor=actor, action=Action.LIVE_VIEW, subject=subject, outcome="allow", at=NOW + timedelta(seconds=number))


def test_the_newest_stands_first_and_older_ones_follow(auditor: Client) -> None:
    looks(60)
    first = auditor.get("/audit/")
    sequences = [row.sequence for row in first.context["entries"]]
    assert sequences == list(range(61, 11, -1))
    second = auditor.get(first.context["older_url"])
    assert next(row.sequence for row in second.context["entries"]) == 11
    assert second.context["newest_url"]


def test_entries_are_found_by_act_and_person(auditor: Client) -> None:
    looks(4)
    rows = auditor.get("/audit/", {"action": "live.view", "actor": "person1"}).context["entries"]
    assert {(row.actor, row.action_label) for row in rows} == {("person1", "Live picture")}
    assert len(rows) == 2


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=99999999999999999999999", "action=nothing", "actor=" + "a" * 500])
def test_a_strange_question_gets_a_page(auditor: Client, query: str) -> None:
    assert auditor.get(f"/audit/?{query}").status_code == 200


def test_the_list_costs_few_queries(auditor: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    looks(60)
    with django_assert_max_num_queries(14):
        assert auditor.get("/audit/").status_code == 200


def test_a_whole_log_is_called_whole(auditor: Client) -> None:
    looks(3)
    report = auditor.get("/audit/check/", headers={"hx-request": "true"}).context["report"]
    assert (report.ok, report.entries) == (True, 4)


def test_a_deleted_entry_is_named(auditor: Client) -> None:
    looks(3)
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
