"""What another site, an odd method or a fault of ours can make of a request: nothing; and whom to tell about a weakness."""

from __future__ import annotations

import importlib.util
import json
import logging
from pathlib import Path
from types import ModuleType

import pytest
from django.test import Client
from pytest_django import Settings

from citysquare import config
from citysquare.apps.accounts import services as accounts
from citysquare.apps.accounts.forms import PasswordForm
from citysquare.platform.policy import Role
from citysquare.site import settings as site_settings
from tests.factories import CameraFactory, OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db


# --- other sites -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("post", "/sign-in/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}),
        ("get", "/wall/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}),
        ("get", "/wall/", {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}),
        (
            "get",
            "/static/platform/citysquare.css",
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "style"},
        ),
        ("get", "/api/v1/cameras", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}),
    ],
)
def test_what_another_site_makes_a_browser_ask_for_is_refused(method: str, path: str, headers: dict[str, str]) -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    answer = getattr(client, method)(path, headers=headers)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_link_on_another_site_leads_here(client: Client) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/sign-in/", headers=headers).status_code == 200


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_pages_and_the_address_bar_are_answered(client: Client, site: str) -> None:
    assert client.get("/sign-in/", headers={"sec-fetch-site": site}).status_code == 200


def test_no_answer_lets_another_site_read_it(client: Client) -> None:
    for path in ("/sign-in/", "/healthz", "/api/v1/openapi.json", "/static/platform/citysquare.css"):
        assert "Access-Control-Allow-Origin" not in client.head(path, headers={"origin": "https://evil.example"}).headers


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND"])
def test_methods_nobody_uses_are_refused_everywhere(client: Client, method: str) -> None:
    for path in ("/", "/sign-in/", "/api/v1/cameras", "/healthz", "/nothing/"):
        assert client.generic(method, path).status_code == 405


# --- headers -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/sign-in/", "/nothing/", "/healthz", "/api/v1/openapi.json", "/csp-reports/"])
def test_each_answer_is_isolated_and_says_whether_it_may_be_kept(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "object-src 'none'" in headers["Content-Security-Policy"]
    assert "no-store" in headers["Cache-Control"]


def test_files_of_the_pages_may_be_kept(client: Client) -> None:
    headers = client.head("/static/platform/citysquare.css").headers
    assert "max-age" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_answer_names_the_programs_behind_it(client: Client) -> None:
    headers = client.get("/sign-in/").headers
    assert not {"Server", "X-Powered-By", "Via"} & set(headers)


def test_texts_say_how_they_are_encoded(client: Client) -> None:
    for path in ("/sign-in/", "/healthz", "/nothing/"):
        kind = client.get(path).headers["Content-Type"]
        assert "charset=utf-8" in kind or kind == "application/json"


# --- what browsers report ----------------------------------------------------------------------------------------------------


def report(client: Client, body: bytes) -> int:
    return client.post("/csp-reports/", body, content_type="application/csp-report").status_code


def test_what_a_policy_made_a_browser_refuse_becomes_one_line_without_addresses(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    told = {
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/a?b=secret\nforged",
        "document-uri": "/cameras/x/",
    }
    with caplog.at_level(logging.WARNING):
        assert report(client, json.dumps({"csp-report": told}).encode()) == 204
    assert "script-src-elem from https://evil.example" in caplog.text
    assert "secret" not in caplog.text
    assert "/cameras/" not in caplog.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"csp-report": 1}', b"[" * 15_000, b'"' + b"x" * 20_000 + b'"', b'{"csp-report": []}', b"\xff"]
)
def test_a_report_that_is_none_is_refused(client: Client, body: bytes) -> None:
    assert report(client, body) == 400


@pytest.mark.parametrize(
    "told", [{}, {"blocked-uri": "http://["}, {"violated-directive": 1, "blocked-uri": ["x"]}, {"blocked-uri": "\0\n"}]
)
def test_an_odd_report_is_noted_in_plain_letters(client: Client, caplog: pytest.LogCaptureFixture, told: dict[str, object]) -> None:
    with caplog.at_level(logging.WARNING):
        assert report(client, json.dumps({"csp-report": told}).encode()) == 204
    assert all(record.getMessage().isprintable() for record in caplog.records)


# --- faults ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_fault_of_ours_is_answered_without_detail(monkeypatch: pytest.MonkeyPatch, accept: str) -> None:
    def fail() -> None:
        raise RuntimeError("password=hunter2 at /srv/secret/place")

    monkeypatch.setattr("citysquare.platform.pages.connection.cursor", fail)
    answer = Client(raise_request_exception=False).get("/healthz", headers={"accept": accept})
    text = answer.content.decode()
    assert answer.status_code == 500
    assert "hunter2" not in text
    assert "/srv/" not in text
    assert "Traceback" not in text
    assert "RuntimeError" not in text


def test_technical_pages_are_off_unless_somebody_turns_them_on() -> None:
    assert config.Config.model_fields["debug"].default is False


# --- whom to tell ------------------------------------------------------------------------------------------------------------


def test_who_finds_a_weakness_learns_whom_to_tell(client: Client, settings: Settings) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"security_contact": "mailto:security@city.example"})
    answer = client.get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"] == "mailto:security@city.example"
    assert set(fields) == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert fields["Expires"].endswith("T00:00:00Z")


@pytest.mark.parametrize(
    "contact", ["security@city.example", "javascript:alert(1)", "mailto:a@b.example\nContact: x", "http://city.example", "mailto:"]
)
def test_a_contact_that_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, contact: str) -> None:
    monkeypatch.setenv("CITYSQUARE_SECURITY_CONTACT", contact)
    with pytest.raises(config.ConfigurationError, match="security_contact"):
        config.load()


# --- cookies over HTTPS ------------------------------------------------------------------------------------------------------


def settings_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **values: str) -> ModuleType:
    """Return the site's settings as another operator would have them."""
    monkeypatch.setenv("CITYSQUARE_DATA_DIR", str(tmp_path))
    for name, value in values.items():
        monkeypatch.setenv(f"CITYSQUARE_{name.upper()}", value)
    found = importlib.util.spec_from_file_location("settings_of_another", str(site_settings.__file__))
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_over_https_each_cookie_belongs_to_this_host_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = settings_with(monkeypatch, tmp_path, behind_proxy="true")
    for kind in ("SESSION", "CSRF", "LANGUAGE"):
        assert getattr(found, f"{kind}_COOKIE_NAME").startswith("__Host-")
        assert getattr(found, f"{kind}_COOKIE_SECURE") is True
        assert getattr(found, f"{kind}_COOKIE_HTTPONLY") is True
        assert getattr(found, f"{kind}_COOKIE_SAMESITE") == "Lax"
        assert not hasattr(found, f"{kind}_COOKIE_DOMAIN")


def test_browsers_insist_on_https_for_a_year_below_this_host_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = settings_with(monkeypatch, tmp_path, behind_proxy="true")
    assert found.SECURE_HSTS_SECONDS >= 365 * 24 * 3600
    assert found.SECURE_HSTS_INCLUDE_SUBDOMAINS is True


def test_cookies_stay_far_below_what_browsers_keep() -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    client.get("/wall/")
    client.post("/i18n/setlang/", {"language": "bg"})
    assert client.cookies
    assert all(len(name) + len(cookie.value) < 1000 for name, cookie in client.cookies.items())


# --- what lies on the disk, and what stays in a browser ------------------------------------------------------------------------


def test_nothing_secret_lies_open_in_the_data_folder(client: Client, settings: Settings) -> None:
    found = settings.CITYSQUARE
    config.secret_key(found)  # the first thing a start does
    assert found.data_dir.stat().st_mode & 0o077 == 0
    signed_in(person(OrganisationFactory.create(), Role.OPERATOR)).get("/wall/")  # an entry of the log, and its keys
    CameraFactory.create()  # a sealed password, and its key
    assert client.get("/sign-in/").status_code == 200
    files = [path for path in found.data_dir.rglob("*") if path.is_file()]
    assert {"secret_key", "cameras.json"} <= {path.name for path in files}
    assert [path for path in files if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize(
    "path",
    ["/static/", "/static/platform/", "/static/../config.py", "/static/%2e%2e/config.py", "/.git/config", "/static/platform/.git/config"],
)
def test_no_folder_is_listed_and_no_file_but_the_pages_own_is_served(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_leaving_clears_what_the_browser_kept() -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    assert client.post("/sign-out/").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_passwords_may_be_long_of_any_letters_and_count_as_typed() -> None:
    wanted = "  Добър ден, Измаил! " * 5
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    accounts.set_password(user=user, new_password=wanted)
    assert 64 < len(wanted) < 128
    assert user.check_password(wanted)
    assert not user.check_password(wanted.strip())
    form = PasswordForm({"new_password": wanted, "again": wanted}, has_password=False)
    assert form.is_valid()
    assert form.cleaned_data["new_password"] == wanted
