"""What every answer carries: a strict policy for scripts, and no way to be framed, sniffed or cached where people are shown."""

from __future__ import annotations

import pytest
from django.test import Client

from citysquare.platform.hosts import same_origin
from citysquare.platform.policy import Role
from tests.factories import OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db


def directives(client: Client, path: str = "/sign-in/") -> dict[str, str]:
    header = client.get(path).headers["Content-Security-Policy"]
    return {part.partition(" ")[0]: part.partition(" ")[2] for part in header.split("; ")}


def test_a_page_runs_our_own_files_only(client: Client) -> None:
    found = directives(client)
    assert found["default-src"] == found["base-uri"] == found["frame-ancestors"] == "'none'"
    assert found["style-src"] == found["form-action"] == "'self'"
    assert found["connect-src"] == "'self' ws://testserver wss://testserver"
    assert found["script-src"].startswith("'self' 'nonce-")
    everything = " ".join(found.values())
    assert "unsafe" not in everything
    assert "http:" not in everything
    assert "*" not in everything


def test_each_answer_has_a_nonce_of_its_own_and_the_page_uses_it(client: Client) -> None:
    answer = client.get("/sign-in/")
    nonce = answer.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    assert len(nonce) >= 20
    assert f'nonce="{nonce}"' in answer.content.decode()
    assert directives(client)["script-src"] != directives(client)["script-src"]


def test_no_page_needs_an_inline_style_or_handler(client: Client) -> None:
    text = client.get("/sign-in/").content.decode()
    assert " style=" not in text
    assert " onclick=" not in text


def test_other_headers_are_strict(client: Client) -> None:
    headers = client.get("/sign-in/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_pages_about_people_are_not_cached() -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    assert "no-store" in client.get("/observations/").headers["Cache-Control"]


def test_a_foreign_host_is_refused_with_a_page(client: Client) -> None:
    answer = client.get("/sign-in/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("host", "origin", "ours"),
    [
        ("testserver", "http://testserver", True),
        ("testserver:8000", "http://testserver:8000", True),
        ("testserver", "https://testserver", True),
        ("testserver", "http://evil.example", False),
        ("testserver", "http://testserver:8000", False),
        ("testserver", "http://testserver.evil.example", False),
        ("testserver", "null", False),
        ("testserver", "", False),
        ("testserver", "http://[", False),
        ("evil.example", "http://evil.example", False),
        ("", "", False),
    ],
)
def test_a_socket_is_opened_from_our_own_pages_only(host: str, origin: str, ours: bool) -> None:
    assert same_origin([(b"Host", host.encode()), (b"Origin", origin.encode())]) is ours
