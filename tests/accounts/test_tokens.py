"""Tokens: made by administrators, shown once, good for their scopes alone, until they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from citysquare.apps.accounts import services
from citysquare.apps.accounts.models import ApiToken, Organisation
from citysquare.platform import pace, tokens
from citysquare.platform.audit import pseudonym
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role, Scope
from tests.factories import CameraFactory, ObservationFactory, OrganisationFactory, person, recount, signed_in

pytestmark = pytest.mark.django_db

FORM = {"name": "Dashboard", "purpose": "Shows traffic", "scopes": ["counts:read", "observations:read"], "days": "90"}


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


def token(city: Organisation, *scopes: Scope, days: float = 1, made: datetime | None = None) -> services.NewToken:
    wish = services.TokenWish("Dashboard", "Shows traffic", frozenset(scopes), timedelta(days=days))
    maker = person(city, Role.ADMINISTRATOR)
    return services.make_token(wish=wish, organisation_id=city.pk, made_by=maker.pk, at=made or datetime.now(UTC))


def program(secret: str) -> Client:
    return Client(headers={"authorization": f"Bearer {secret}"})


def test_an_administrator_makes_a_token_that_is_shown_once_and_opens_its_scopes(city: Organisation) -> None:
    client = signed_in(person(city, Role.ADMINISTRATOR))
    page = client.post("/tokens/make/", FORM)
    secret = page.context["made"].secret
    assert secret.startswith("cs_")
    assert len(secret) >= 46
    assert secret in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert secret not in client.get("/tokens/").content.decode()
    assert not any(secret in str(row) for row in ApiToken.objects.values())
    assert not any(secret in str(row) for row in AuditEntry.objects.values())
    done = AuditEntry.objects.get(action=str(Action.TOKEN_MAKE), outcome="done")
    assert (done.subject_id, done.details["scopes"]) == (pseudonym("token", ApiToken.objects.get().pk), "counts:read, observations:read")
    assert program(secret).get("/api/v1/observations").status_code == 200
    assert program(secret).get("/api/v1/counts").status_code == 200
    assert client.get("/tokens/").context["tokens"][0].last_used_at is not None


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("purpose", ""), ("scopes", []), ("scopes", ["everything"]), ("days", "0"), ("days", "4000")]
)
def test_a_token_without_purpose_scope_or_end_is_not_made(city: Organisation, field: str, value: object) -> None:
    client = signed_in(person(city, Role.ADMINISTRATOR))
    page = client.post("/tokens/make/", {**FORM, field: value})
    assert page.status_code == 200
    assert page.context["form"].errors
    assert page.context["made"] is None
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_lives_a_year_at_most(city: Organisation, days: int) -> None:
    with pytest.raises(services.BadTokenRequest):
        token(city, Scope.COUNTS, days=days)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR])
def test_tokens_are_for_administrators(city: Organisation, role: Role) -> None:
    client = signed_in(person(city, role))
    assert client.get("/tokens/").status_code == 403
    assert client.post("/tokens/make/", FORM).status_code == 403
    assert not ApiToken.objects.exists()


def refused(answer: object) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"  # type: ignore[attr-defined]  # an answer of the test client
    problem = answer.json()  # type: ignore[attr-defined]  # as above
    assert problem["type"] == f"urn:citysquare:{problem['code']}"
    assert problem["detail"].endswith(".")
    return answer.status_code, problem["code"]  # type: ignore[attr-defined]  # as above


def test_a_revoked_token_opens_nothing_from_the_next_call_on(city: Organisation) -> None:
    made = token(city, Scope.COUNTS)
    client = signed_in(person(city, Role.ADMINISTRATOR))
    assert program(made.secret).get("/api/v1/counts").status_code == 200
    assert client.post(f"/tokens/{made.token.pk}/revoke/").status_code == 302
    assert refused(program(made.secret).get("/api/v1/counts")) == (401, "accounts.token_revoked")
    entry = AuditEntry.objects.get(action=str(Action.TOKEN_USE))
    assert (entry.actor, entry.organisation, entry.outcome) == (pseudonym("token", made.token.pk), city.pk, "refuse")
    assert client.get("/tokens/").context["tokens"][0].state == "revoked"


def test_a_token_of_another_city_cannot_be_revoked(city: Organisation) -> None:
    made = token(OrganisationFactory.create(), Scope.COUNTS)
    assert signed_in(person(city, Role.ADMINISTRATOR)).post(f"/tokens/{made.token.pk}/revoke/").status_code == 404
    assert program(made.secret).get("/api/v1/counts").status_code == 200


def test_an_expired_token_opens_nothing(city: Organisation) -> None:
    made = token(city, Scope.COUNTS, made=datetime.now(UTC) - timedelta(days=2))
    assert refused(program(made.secret).get("/api/v1/counts")) == (401, "accounts.token_expired")


@pytest.mark.parametrize("secret", ["cs_wrong", "cs_", "wrong", "cs_" + "é" * 20, "x" * 5000])
def test_a_token_nobody_made_opens_nothing(city: Organisation, secret: str) -> None:
    token(city, Scope.COUNTS)
    status, code = refused(Client(headers={"authorization": f"Bearer {secret}".encode().decode("latin-1")}).get("/api/v1/counts"))
    assert (status, code) in {(401, "accounts.token_unknown"), (401, "api.bad_token")}
    assert AuditEntry.objects.get().action == str(Action.TOKEN_USE)


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer  ", "Token cs_x"])
def test_a_header_of_another_kind_is_refused_with_a_sentence(header: str) -> None:
    answer = Client(headers={"authorization": header}).get("/api/v1/counts")
    assert refused(answer)[0] == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_a_token_nothing_is_told_nor_logged() -> None:
    assert refused(Client().get("/api/v1/counts")) == (401, "policy.sign_in")
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("scope", Scope)
def test_a_token_without_the_scope_is_refused_and_the_log_says_so(city: Organisation, scope: Scope) -> None:
    opens = {"/api/v1/counts": Scope.COUNTS, "/api/v1/observations": Scope.OBSERVATIONS}
    made = token(city, scope)
    for path, needed in opens.items():
        answer = program(made.secret).get(path)
        if scope is needed:
            assert answer.status_code == 200
            continue
        assert refused(answer) == (403, "api.scope_missing")
        assert needed in answer.json()["detail"]
        entry = AuditEntry.objects.latest("sequence")
        assert (entry.actor, entry.outcome, entry.details["rule"]) == (pseudonym("token", made.token.pk), "refuse", "default.scope")


def test_a_token_opens_no_page(city: Organisation) -> None:
    made = token(city, *Scope)
    for path in ("/observations/", "/cameras/", "/wall/", "/tokens/", "/audit/"):
        assert program(made.secret).get(path).status_code in {302, 401}


def test_a_token_sees_its_own_city_alone(city: Organisation) -> None:
    mine = ObservationFactory.create(camera=CameraFactory.create(organisation=city))
    other = ObservationFactory.create()
    recount()
    client = program(token(city, Scope.OBSERVATIONS, Scope.COUNTS).secret)
    assert [one["id"] for one in client.get("/api/v1/observations").json()["items"]] == [mine.pk]
    assert client.get("/api/v1/observations", {"camera": other.camera_id}).json() == {"items": [], "next": None}
    assert refused(client.get(f"/api/v1/observations/{other.pk}")) == (404, "observations.no_such_observation")
    span = {"since": "2026-05-01T00:00:00Z", "until": "2026-05-02T00:00:00Z"}
    assert [one["count"] for one in client.get("/api/v1/counts", span).json()["items"]] == [1]


def test_who_calls_too_often_waits_and_others_do_not(city: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens.requests, "per_second", 0.001)  # however slow the machine is
    fast, other = program(token(city, Scope.COUNTS).secret), program(token(city, Scope.COUNTS).secret)
    answers = [fast.get("/api/v1/counts", {"nothing": "x"}) for _ in range(tokens.REQUESTS_AT_ONCE + 20)]
    late = next(answer for answer in answers if answer.status_code == 429)
    assert refused(late) == (429, "api.too_many_requests")
    assert int(late.headers["Retry-After"]) >= 1
    assert other.get("/api/v1/counts").status_code == 200


def test_a_bucket_fills_again() -> None:
    limit = pace.Limit(2, 0.5)
    start = datetime(2026, 5, 1, tzinfo=UTC)
    assert [limit.wait("a", at=start) for _ in range(3)] == [0.0, 0.0, 2.0]
    assert limit.wait("b", at=start) == 0
    assert limit.wait("a", at=start + timedelta(seconds=2)) == 0
    assert limit.wait("a", at=start - timedelta(hours=1)) > 0


def test_wrong_tokens_cannot_fill_the_log() -> None:
    for number in range(tokens.REFUSALS_LOGGED + 10):
        program(f"cs_{number}").get("/api/v1/counts")
    assert AuditEntry.objects.count() <= tokens.REFUSALS_LOGGED + 2


def test_who_is_signed_in_may_read_the_api_but_change_nothing(city: Organisation) -> None:
    client = signed_in(person(city, Role.OPERATOR))
    assert client.get("/api/v1/observations").status_code == 200
    assert client.post("/api/v1/observations").status_code == 405
    assert refused(signed_in(person(city, Role.ADMINISTRATOR)).get("/api/v1/observations")) == (403, "policy.refused")
