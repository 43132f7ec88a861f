"""Refusals are answers: a page for people, a fragment for htmx, problem JSON for programs; never a fault in the log."""

from __future__ import annotations

import logging

import pytest
from django.conf import settings
from django.test import Client

from citysquare.platform.ids import new_id
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from tests.factories import CameraFactory, OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db


def auditor() -> Client:
    return signed_in(person(OrganisationFactory.create(), Role.AUDITOR))


def test_a_person_reads_why(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answer = auditor().get("/wall/")
    assert answer.status_code == 403
    assert "do not watch live pictures" in answer.content.decode()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_program_gets_problem_json() -> None:
    answer = auditor().get("/wall/", headers={"accept": "application/json"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
    problem = answer.json()
    assert (problem["code"], problem["status"], problem["type"]) == ("policy.refused", 403, "urn:citysquare:policy.refused")


def test_a_fragment_is_answered_with_a_fragment() -> None:
    answer = auditor().get("/wall/", headers={"hx-request": "true"})
    assert answer.status_code == 403
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("language", ["bg", "uk", "ro"])
def test_the_sentence_is_in_the_language_of_the_moment(language: str) -> None:
    client = auditor()
    english = client.get("/nothing/").content
    client.post("/i18n/setlang/", {"language": language})
    answer = client.get("/nothing/")
    assert answer.status_code == 404
    assert f'lang="{language}"' in answer.content.decode()
    assert answer.content != english


def test_a_refusal_stands_in_the_log() -> None:
    client = auditor()
    client.get("/wall/")
    entry = AuditEntry.objects.get(action=str(Action.LIVE_VIEW))
    assert (entry.outcome, entry.details["rule"]) == ("refuse", "live.administrators_and_auditors")


def test_a_camera_that_is_not_there_is_not_found() -> None:
    assert auditor().get(f"/cameras/{new_id()}/").status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(client: Client) -> None:
    answer = client.get("/observations/?object_class=car", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/?next=/observations/%3Fobject_class%3Dcar")
    assert client.get("/observations/", headers={"accept": "application/json"}).status_code == 401
    assert client.get("/observations/", headers={"hx-request": "true"}).headers["HX-Redirect"] == "/sign-in/"
    assert AuditEntry.objects.count() == 0


def test_nothing_is_shown_while_the_log_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import DatabaseError

    from citysquare.platform.audit import log
    from citysquare.platform.audit.spool import Spool

    client = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))

    def away(*_args: object) -> None:
        raise DatabaseError("gone")

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log, "_table_head", away)
    monkeypatch.setattr(Spool, "append", full)
    answer = client.get("/wall/")
    assert answer.status_code == 503
    assert "could not" in answer.content.decode() or "cannot be written" in answer.content.decode()


def test_one_entry_stands_for_a_page_that_asks_again_and_again() -> None:
    city = OrganisationFactory.create()
    camera = CameraFactory.create(organisation=city)
    client = signed_in(person(city, Role.OPERATOR))
    for _ in range(3):
        assert client.get(f"/cameras/{camera.pk}/status/").status_code == 200
    assert AuditEntry.objects.filter(action=str(Action.COVERAGE_VIEW)).count() == 1


def test_health_tells_nothing_but_health(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("address", ["/%00", "/cameras/%00/", "/static/%00.css"])
def test_a_nul_character_in_a_path_is_a_bad_request(address: str) -> None:
    for client in (Client(), auditor()):
        assert client.get(address).status_code == 400


def test_a_nul_character_in_a_cookie_is_a_bad_request() -> None:
    answer = Client(headers={"cookie": f'{settings.SESSION_COOKIE_NAME}="abcdefgh\\000"'}).get("/wall/")
    assert answer.status_code == 400


def test_neither_a_links_token_nor_a_line_of_somebody_elses_making_reaches_the_programs_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert client.get("/sign-in/token%0A2026-05-01%20ERROR%20forged/", headers={"accept": "text/html"}).status_code == 410
    assert "accounts.link_gone" in caplog.text
    assert "token" not in caplog.text.replace("<str:token>", "")
    assert "forged" not in caplog.text


def test_a_refusal_is_never_kept_by_a_cache() -> None:
    for path in ("/wall/", "/nothing/", f"/cameras/{new_id()}/"):
        for kind in ("text/html", "application/json"):
            assert "no-store" in auditor().get(path, headers={"accept": kind}).headers["Cache-Control"]
