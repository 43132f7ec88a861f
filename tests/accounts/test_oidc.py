"""Signing in at an identity provider: it says who somebody is, and nothing it says makes a person or a right."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from joserfc import jws
from joserfc.jwk import ECKey, OctKey
from pydantic import SecretStr
from pytest_django import Settings

from citysquare.apps.accounts.models import Identity, User
from citysquare.apps.accounts.services import provider as service
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from tests.factories import OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db

CLIENT = "citysquare"
SECRET = "the-secret-of-the-client"


@dataclass
class Provider:
    """A provider of this machine. What it says can be changed, to be wrong."""

    issuer: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1", "use": "sig"}))
    subject: str = "person-17"
    changes: dict[str, Any] = field(default_factory=dict)
    header: dict[str, str] = field(default_factory=lambda: {"alg": "ES256", "kid": "k1"})
    signed_with: Any = None
    discovery: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    payload: bytes = b""
    answers: Any = None
    """What the token endpoint says instead."""

    def sign_in(self, address: str) -> dict[str, str]:
        """Do what a person does at the provider's page; return the query of the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", CLIENT, "openid")
        assert asked["code_challenge_method"] == "S256"
        code = f"code{len(self.codes)}"
        self.codes[code] = asked
        return {"state": asked["state"], "code": code, "iss": self.issuer}

    def answer(self, path: str, body: dict[str, str], authorisation: str) -> tuple[int, Any]:
        """Answer a request of the site."""
        if path == "/.well-known/openid-configuration":
            places = {"authorization_endpoint": "/authorise", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return 200, {"issuer": self.issuer, **{name: self.issuer + end for name, end in places.items()}, **self.discovery}
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        asked = self.codes.pop(body.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(body.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        known = authorisation == "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or not known or challenge != asked["code_challenge"] or body.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if self.answers is not None:
            return 200, self.answers
        now = int(timezone.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.subject,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "email": "x@y",
        }
        payload = self.payload or json.dumps({**claims, **self.changes}).encode()
        token = jws.serialize_compact(self.header, payload, self.signed_with or self.key, algorithms=["ES256", "HS256", "none"])
        return 200, {"access_token": "unused", "token_type": "Bearer", "expires_in": 300, "id_token": token}


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for the provider."""

    provider: Provider

    def do_GET(self) -> None:
        self._say(*self.provider.answer(self.path, {}, ""))

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        body = {name: values[0] for name, values in parse_qs(text).items()}
        self._say(*self.provider.answer(self.path, body, self.headers.get("Authorization", "")))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Say nothing."""

    def _say(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"provider": provider}))
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield provider
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def provider(running: Provider, settings: Settings) -> Provider:
    running.changes, running.discovery, running.codes, running.payload, running.answers = {}, {}, {}, b"", None
    running.header, running.signed_with, running.subject = {"alg": "ES256", "kid": "k1"}, None, "person-17"
    found = {"oidc_issuer": running.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET), "oidc_name": "City account"}
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update=found)
    return running


def browser() -> Client:
    return Client(headers={"accept": "text/html"})


def linked(provider: Provider, role: Role = Role.SUPERVISOR) -> User:
    user = person(OrganisationFactory.create(), role)
    Identity.objects.create(user=user, issuer=provider.issuer, subject=provider.subject, linked_at=timezone.now())
    return user


def come_in(client: Client, provider: Provider, **changes: str) -> int:
    address = client.post("/sign-in/provider/", {"next": "/holds/"}).context["address"]
    return client.get("/sign-in/provider/back/", {**provider.sign_in(address), **changes}).status_code


def test_a_linked_person_signs_in_and_both_factors_count(provider: Provider) -> None:
    linked(provider)
    client = browser()
    assert "Sign in with City account" in client.get("/sign-in/").content.decode()
    address = client.post("/sign-in/provider/", {"next": "/holds/"}).context["address"]
    assert client.get("/sign-in/provider/back/", provider.sign_in(address)).headers["Location"] == "/holds/"
    assert client.get("/wall/").status_code == 200
    assert AuditEntry.objects.get(action=str(Action.SIGN_IN)).details["by"] == "provider"


def test_somebody_whom_nobody_linked_stays_outside_and_nobody_is_made(provider: Provider) -> None:
    before = User.objects.count()
    client = browser()
    assert come_in(client, provider) == 403
    assert User.objects.count() == before
    assert client.get("/wall/").status_code == 302


def test_a_person_links_their_account_while_signed_in(provider: Provider) -> None:
    user = person(OrganisationFactory.create(), Role.SUPERVISOR)
    client = signed_in(user)
    address = client.post("/account/keys/accounts/link/").context["address"]
    assert client.get("/sign-in/provider/back/", provider.sign_in(address)).headers["Location"] == "/account/keys/"
    identity = Identity.objects.get(user=user, subject="person-17")
    assert come_in(browser(), provider) == 302
    other = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    address = other.post("/account/keys/accounts/link/").context["address"]
    assert other.get("/sign-in/provider/back/", provider.sign_in(address)).status_code == 409
    assert other.post(f"/account/keys/accounts/{identity.pk}/unlink/").status_code == 302
    assert Identity.objects.exists(), "one's own only"
    assert client.post(f"/account/keys/accounts/{identity.pk}/unlink/").status_code == 302
    assert come_in(browser(), provider) == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "http://127.0.0.1:1"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": ""},
        {"exp": 1},
        {"iat": 1},
        {"iat": 2**40},
        {"exp": "soon"},
        {"sub": ""},
        {"sub": 17},
        {"sub": "x" * 256},
        {"sub": "person-17\ud800"},
        {"sub": "person-17\x00"},
        {"nonce": "\ud800"},
        {"nonce": ["x"]},
        {"aud": {}},
    ],
)
def test_a_token_that_says_something_else_is_refused(provider: Provider, changes: dict[str, Any]) -> None:
    linked(provider)
    provider.changes = changes
    assert come_in(browser(), provider) == 403


@pytest.mark.parametrize("how", ["another key", "shared secret"])
def test_a_token_signed_by_somebody_else_is_refused(provider: Provider, how: str) -> None:
    linked(provider)
    if how == "another key":
        provider.signed_with = ECKey.generate_key("P-256", {"kid": "k1"})
    else:
        provider.header, provider.signed_with = {"alg": "HS256", "kid": "k1"}, OctKey.import_key(SECRET * 2)
    assert come_in(browser(), provider) == 403


@pytest.mark.parametrize("changes", [{"state": "other"}, {"state": ""}, {"code": ""}, {"code": "guess"}, {"iss": "http://evil.example"}])
def test_a_way_back_that_was_tampered_with_is_refused(provider: Provider, changes: dict[str, str]) -> None:
    linked(provider)
    assert come_in(browser(), provider, **changes) == 403


def test_the_way_back_leads_only_the_browser_that_set_out_and_once(provider: Provider) -> None:
    linked(provider)
    client = browser()
    back = provider.sign_in(client.post("/sign-in/provider/").context["address"])
    assert browser().get("/sign-in/provider/back/", back).status_code == 403
    assert client.get("/sign-in/provider/back/", back).status_code == 302
    assert client.get("/sign-in/provider/back/", back).status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"issuer": "http://other.example"}, {"token_endpoint": "ftp://x/"}, {"jwks_uri": 7}, {"authorization_endpoint": None}]
)
def test_a_provider_that_answers_oddly_is_said_to_be_away(provider: Provider, wrong: dict[str, Any]) -> None:
    provider.discovery = wrong
    assert browser().post("/sign-in/provider/").status_code == 502


@pytest.mark.parametrize(
    "answer",
    [
        [],
        "token",
        {"id_token": ["x"]},
        {"id_token": "\ud800.x.y"},
        {"id_token": "x.y.z", "expires_in": {}},
        {"id_token": "x.y.z", "expires_at": []},
        {"error": []},
        {"padding": "x" * 300_000},
        json.loads("[" * 200 + "]" * 200),
    ],
    ids=["list", "text", "no text", "half a letter", "odd end", "odd time", "odd error", "endless", "deep"],
)
def test_an_odd_answer_of_the_token_endpoint_is_a_refusal(provider: Provider, answer: object) -> None:
    linked(provider)
    provider.answers = answer
    client = browser()
    assert come_in(client, provider) in {403, 502}
    assert client.get("/wall/").status_code == 302


def test_a_token_of_lists_in_lists_is_a_refusal(provider: Provider) -> None:
    linked(provider)
    provider.payload = b"[" * 3900 + b"]" * 3900
    assert come_in(browser(), provider) == 403


def test_without_a_provider_there_is_no_such_page() -> None:
    assert browser().post("/sign-in/provider/").status_code == 404
    assert "provider" not in browser().get("/sign-in/").content.decode()


def test_a_provider_that_is_not_there_is_said_to_be_away() -> None:
    nowhere = service.Settings("http://127.0.0.1:9", CLIENT, SECRET, "http://localhost/")
    with pytest.raises(service.ProviderAway):
        service.begin(nowhere)
