"""Sessions end in time, can be seen and ended, and weighty things need a fresh proof (ASVS 5.0 V7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from citysquare.apps.accounts import queries, services, sitting_rules
from citysquare.apps.accounts.models import Sitting, User
from citysquare.apps.accounts.services import sittings
from citysquare.apps.accounts.sitting_rules import By, Kept
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from tests.factories import NOW, OrganisationFactory, person, signed_in

PASSWORD = "tulip-under-nine-bridges"
TWELVE = timedelta(hours=12)


def kept(by: By = By.PASSKEY, begun: datetime = NOW, seen: datetime = NOW) -> Kept:
    return Kept("x", by, begun, seen, begun, by in sitting_rules.STRONG)


def made_older(client: Client, by: timedelta) -> None:
    """As if all in this session had been so much earlier."""
    session = client.session
    found = session[sitting_rules.KEY]
    session[sitting_rules.KEY] = {**found, **{name: found[name] - by.total_seconds() for name in ("begun", "seen", "fresh")}}
    session.save()


@pytest.mark.parametrize(
    ("role", "after", "why"),
    [
        (Role.ADMINISTRATOR, sitting_rules.IDLE - timedelta(seconds=1), ""),
        (Role.ADMINISTRATOR, sitting_rules.IDLE, "idle"),
        (Role.AUDITOR, sitting_rules.IDLE, "idle"),
        (Role.AUDITOR, sitting_rules.LONGEST, "absolute"),
        (Role.OPERATOR, TWELVE - timedelta(seconds=1), ""),
        (Role.OPERATOR, TWELVE, "absolute"),
        (Role.SUPERVISOR, sitting_rules.IDLE, ""),
    ],
)
def test_a_session_ends_after_a_time_that_depends_on_the_role(role: Role, after: timedelta, why: str) -> None:
    assert sitting_rules.over(kept(), {role}, NOW + after, TWELVE) == why


def test_the_stricter_role_decides() -> None:
    assert sitting_rules.over(kept(), {Role.OPERATOR, Role.ADMINISTRATOR}, NOW + sitting_rules.IDLE, TWELVE) == "idle"


@given(
    role=st.sampled_from(list(Role)),
    by=st.sampled_from(list(By)),
    hours=st.integers(0, 200),
    seen=st.integers(0, 200),
)
def test_no_session_outlives_its_longest_time_and_one_factor_never_opens_what_needs_two(role: Role, by: By, hours: int, seen: int) -> None:
    found = kept(by, NOW, NOW + timedelta(hours=min(hours, seen)))
    if hours >= TWELVE.total_seconds() / 3600:
        assert sitting_rules.over(found, {role}, NOW + timedelta(hours=hours), TWELVE)
    assert sitting_rules.lacks_second_factor(found, {role}, required=True) == (
        role in sitting_rules.NEED_SECOND_FACTOR and not found.strong
    )
    assert sitting_rules.lacks_second_factor(None, {role}, required=True) == (role in sitting_rules.NEED_SECOND_FACTOR)
    assert sitting_rules.read({sitting_rules.KEY: found.saved()}) == found


@pytest.mark.parametrize(
    "odd", [None, "x", {}, {"id": 1}, {"id": "x", "by": "magic", "begun": 0, "seen": 0, "fresh": 0, "strong": True}, {"begun": "x"}]
)
def test_an_odd_session_is_worth_nothing(odd: object) -> None:
    assert sitting_rules.read({sitting_rules.KEY: odd}) is None


@pytest.mark.django_db
def test_an_idle_administrator_is_signed_out_and_the_log_says_so() -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.ADMINISTRATOR))
    assert client.get("/tokens/").status_code == 200
    key = client.session.session_key or ""
    assert isinstance(queries.user_of_session(key), User)
    made_older(client, sitting_rules.IDLE)
    assert not isinstance(queries.user_of_session(key), User), "the live pictures end too"
    assert client.get("/tokens/").headers["Location"].startswith("/sign-in/")
    entry = AuditEntry.objects.get(action=str(Action.SIGN_OUT))
    assert (entry.outcome, entry.details["why"]) == ("ended", "idle")
    assert not Sitting.objects.exists()


@pytest.mark.django_db
def test_doing_something_keeps_a_session_and_a_page_that_refreshes_itself_does_not() -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.ADMINISTRATOR))
    made_older(client, timedelta(minutes=20))
    before = client.session[sitting_rules.KEY]["seen"]
    client.get("/cameras/", headers={"hx-request": "true"})
    assert client.session[sitting_rules.KEY]["seen"] == before
    client.get("/cameras/")
    assert client.session[sitting_rules.KEY]["seen"] > before


@pytest.mark.django_db
def test_a_session_that_nobody_of_ours_began_opens_no_door_that_needs_two_factors() -> None:
    client = Client(headers={"accept": "text/html"})
    client.force_login(person(OrganisationFactory.create(), Role.AUDITOR))
    assert client.get("/audit/").headers["Location"] == "/account/keys/"


@pytest.mark.django_db
def test_a_person_sees_and_ends_their_other_sessions_and_nobody_elses() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    here, there, third = signed_in(user), signed_in(user), signed_in(user)
    stranger = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    other = Sitting.objects.get(session_key=there.session.session_key)
    assert here.get("/account/keys/").content.decode().count("Sign out there") == 2
    assert stranger.post(f"/account/keys/sessions/{other.pk}/end/").status_code == 404
    assert here.post(f"/account/keys/sessions/{other.pk}/end/").status_code == 302
    assert there.get("/wall/").status_code == 302
    assert third.get("/wall/").status_code == 200
    here.post("/account/keys/sessions/end/")
    assert third.get("/wall/").status_code == 302
    assert here.get("/wall/").status_code == 200
    assert stranger.get("/wall/").status_code == 200


@pytest.mark.django_db
def test_keys_are_changed_only_soon_after_a_proof() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    services.set_password(user=user, new_password=PASSWORD)
    client = signed_in(user, By.PASSWORD)
    made_older(client, sitting_rules.FRESH)
    assert client.get("/account/keys/app/").headers["Location"] == "/account/prove/?next=%2Faccount%2Fkeys%2Fapp%2F"
    for page, form in (("/account/keys/app/", {"code": "123456"}), ("/account/keys/passkeys/add/", {"name": "x", "response": "{}"})):
        sent = client.post(page, form, headers={"referer": "http://testserver/account/keys/"})
        assert sent.headers["Location"] == "/account/prove/?next=%2Faccount%2Fkeys%2F"
    assert client.post("/account/keys/recovery-codes/").headers["Location"].startswith("/account/prove/?next=")
    old = client.session.session_key
    assert client.post("/account/prove/", {"password": "wrong", "next": "/account/keys/"}).status_code == 403
    answer = client.post("/account/prove/", {"password": PASSWORD, "next": "/account/keys/"})
    assert answer.headers["Location"] == "/account/keys/"
    assert client.session.session_key not in {old, None}, "a session that is worth more has another key"
    assert Sitting.objects.get().session_key == client.session.session_key
    assert client.get("/account/keys/app/").status_code == 200


@pytest.mark.django_db
def test_a_sign_in_gives_a_session_a_new_key_and_tells_of_the_last_one() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR, sign_in_name="olena", last_login=NOW)
    services.set_password(user=user, new_password=PASSWORD)
    client = Client(headers={"accept": "text/html"})
    client.get("/sign-in/")
    before = client.session.session_key
    client.post("/sign-in/", {"sign_in_name": "olena", "password": PASSWORD})
    assert client.session.session_key not in {before, None}
    assert "You signed in last on 1 May 2026" in client.get("/wall/").content.decode()


@pytest.mark.django_db
def test_old_sittings_are_forgotten() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    signed_in(user)
    Sitting.objects.update(begun_at=NOW)
    assert sittings.forget_sittings(at=datetime.now(UTC)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("second_factor", "leads_to"), [("demo", "/account/password/"), ("required", "/account/keys/")])
def test_only_in_a_demonstration_a_link_is_enough(settings: Settings, second_factor: str, leads_to: str) -> None:
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"second_factor": second_factor})
    user = person(OrganisationFactory.create(), Role.SUPERVISOR)
    token = services.make_link(user=user, at=datetime.now(UTC), valid_for=timedelta(hours=1)).token
    client = Client(headers={"accept": "text/html"})
    assert client.post(f"/sign-in/{token}/").headers["Location"] == leads_to
    assert (client.get("/wall/").status_code == 200) == (second_factor == "demo")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1", "Safari, iPhone"),
        ("\x00<script>" * 100, ""),
    ],
)
def test_a_browser_is_named_as_people_call_it(agent: str, name: str) -> None:
    assert sittings.named_browser(agent) == name
