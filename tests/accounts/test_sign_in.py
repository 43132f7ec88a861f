"""Coming in: links that work once, passwords that are slow to guess, nobody led elsewhere."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NoReturn

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from citysquare.apps.accounts import queries, services
from citysquare.apps.accounts.models import Attempt, SignInLink, User
from citysquare.platform import audit
from citysquare.platform.audit.names import pseudonym
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from tests.factories import NOW, OrganisationFactory, UserFactory, person, signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "tulip-under-nine-bridges"
HOUR = timedelta(hours=1)


def browser() -> Client:
    return Client(headers={"accept": "text/html"})


def link_for(user: User, valid_for: timedelta = HOUR) -> str:
    return services.make_link(user=user, at=timezone.now(), valid_for=valid_for).token


def with_password(**values: object) -> User:
    user = person(OrganisationFactory.create(), Role.OPERATOR, **values)
    services.set_password(user=user, new_password=PASSWORD)
    return user


def sign_in(client: Client, name: str, password: str, **more: str) -> int:
    return client.post("/sign-in/", {"sign_in_name": name, "password": password, **more}).status_code


def test_a_link_shows_whose_it_is_and_lets_in_once() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR, display_name="Ivan")
    path = f"/sign-in/{link_for(user)}/"
    page = browser().get(path)
    assert "Ivan" in page.content.decode()
    client = browser()
    assert client.post(path).headers["Location"] == "/account/password/"
    assert client.get("/wall/").status_code == 200
    for again in (browser().post(path), browser().get(path)):
        assert again.status_code == 410
        assert "accounts.link_gone" in again.content.decode()


def test_opening_a_link_does_not_use_it_up() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    path = f"/sign-in/{link_for(user)}/"
    for _ in range(3):
        assert browser().get(path).status_code == 200
    assert browser().post(path).status_code == 302


def test_an_old_link_is_gone() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    token = services.make_link(user=user, at=timezone.now() - 2 * HOUR, valid_for=HOUR).token
    assert browser().post(f"/sign-in/{token}/").status_code == 410


def test_a_link_of_somebody_who_left_is_gone() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    token = link_for(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert browser().post(f"/sign-in/{token}/").status_code == 410


def test_of_two_uses_of_a_link_one_wins() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    token = link_for(user)
    found = services.check_link(token=token, address="1.2.3.4", at=timezone.now())
    SignInLink.objects.filter(pk=found.pk).update(used_at=NOW)
    with pytest.raises(services.LinkGone):
        services.use_link(token=token, address="1.2.3.4", at=timezone.now())


def test_the_database_does_not_hold_the_token() -> None:
    token = link_for(UserFactory.create())
    assert token not in str(list(SignInLink.objects.values()))


def test_guessing_links_is_slowed_down() -> None:
    for number in range(services.ATTEMPTS_PER_ADDRESS):
        assert browser().get(f"/sign-in/guess{number}/").status_code == 410
    assert browser().get("/sign-in/guess/").status_code == 429
    assert AuditEntry.objects.filter(action=str(Action.SIGN_IN)).count() == services.ATTEMPTS_PER_ADDRESS


def test_nobody_has_a_password_until_they_set_one() -> None:
    organisation = OrganisationFactory.create()
    for role in Role:
        services.make_role_link(role=role, organisation=organisation, at=NOW, valid_for=HOUR)
    people = list(User.objects.all())
    assert len(people) == len(Role)
    assert not any(user.has_usable_password() for user in people)
    for guess in ("", "operator", "admin", "password", "!"):
        with pytest.raises(services.BadCredentials):
            services.check_password(sign_in_name="operator", password=guess, address="", at=NOW)


def test_a_second_link_for_a_role_is_for_the_same_person() -> None:
    organisation = OrganisationFactory.create()
    first = services.make_role_link(role=Role.AUDITOR, organisation=organisation, at=NOW, valid_for=HOUR)
    second = services.make_role_link(role=Role.AUDITOR, organisation=organisation, at=NOW, valid_for=HOUR)
    assert first.user == second.user
    assert first.token != second.token
    assert list(queries.people_with(Role.AUDITOR, organisation.pk)) == [first.user]


def test_name_and_password_let_in() -> None:
    user = with_password(sign_in_name="Olena")
    assert user.password.startswith("argon2$argon2id$")
    client = browser()
    assert sign_in(client, "olena ", PASSWORD) == 302
    assert client.get("/wall/").status_code == 200
    entry = AuditEntry.objects.get(action=str(Action.SIGN_IN))
    assert (entry.actor, entry.outcome, entry.details) == (pseudonym("person", user.pk), "allow", {"by": "password"})


def test_in_operation_a_password_is_slow_to_guess(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = settings.OPERATION_HASHERS
    user = with_password(sign_in_name="olena")
    assert user.password.startswith("argon2$argon2id$v=19$m=102400,t=2,p=8$")
    assert sign_in(browser(), "olena", PASSWORD) == 302


@pytest.mark.parametrize(("name", "password"), [("olena", "mistaken-guess"), ("nobody", PASSWORD), ("olena", PASSWORD.upper())])
def test_a_wrong_name_and_a_wrong_password_sound_the_same(name: str, password: str) -> None:
    with_password(sign_in_name="olena")
    answer = browser().post("/sign-in/", {"sign_in_name": name, "password": password})
    assert answer.status_code == 403
    assert "Name or password is wrong." in answer.content.decode()
    assert password not in answer.content.decode()


def test_guessing_a_password_is_slowed_down_and_ends() -> None:
    user = with_password(sign_in_name="olena")
    for number in range(services.ATTEMPTS_PER_NAME):
        with pytest.raises(services.BadCredentials):
            services.check_password(sign_in_name="Olena", password=f"{number}", address=f"10.0.0.{number}", at=NOW)
    with pytest.raises(services.TooManyAttempts):
        services.check_password(sign_in_name="olena", password=PASSWORD, address="10.0.1.1", at=NOW)
    later = NOW + services.ATTEMPT_WINDOW + timedelta(seconds=1)
    assert services.check_password(sign_in_name="olena", password=PASSWORD, address="10.0.1.1", at=later) == user


def test_the_right_password_leaves_no_attempt_behind() -> None:
    with_password(sign_in_name="olena")
    for _ in range(3):
        services.check_password(sign_in_name="olena", password=PASSWORD, address="10.0.0.1", at=NOW)
    assert not Attempt.objects.exists()


def test_an_odd_form_is_answered_with_a_form() -> None:
    for values in (
        {},
        {"sign_in_name": "x" * 5000, "password": "y"},
        {"sign_in_name": "x", "password": "y" * 5000},
        {"sign_in_name": "\x00"},
    ):
        assert browser().post("/sign-in/", values).status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil.example", "\x01//evil.example", ""],
)
def test_nobody_is_led_elsewhere(elsewhere: str) -> None:
    with_password(sign_in_name="olena")
    client = browser()
    answer = client.post("/sign-in/", {"sign_in_name": "olena", "password": PASSWORD, "next": elsewhere})
    assert answer.headers["Location"] == "/"
    for path in ("/account/preferences/", "/i18n/setlang/"):
        assert client.post(path, {"next": elsewhere, "theme": "dark", "language": "bg"}).headers["Location"] == "/"


def test_who_was_on_the_way_somewhere_goes_on_there() -> None:
    with_password(sign_in_name="olena")
    answer = browser().post("/sign-in/", {"sign_in_name": "olena", "password": PASSWORD, "next": "/observations/?object_class=car"})
    assert answer.headers["Location"] == "/observations/?object_class=car"


def test_the_session_changes_at_sign_in_and_ends_at_sign_out() -> None:
    with_password(sign_in_name="olena")
    client = browser()
    sign_in(client, "olena", PASSWORD)
    session = client.cookies["citysquare_session"]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")
    key = session.value
    assert isinstance(queries.user_of_session(key), User)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert not isinstance(queries.user_of_session(key), User)
    assert client.get("/wall/").status_code == 302


def test_who_leaves_is_signed_out_also_when_the_log_takes_no_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(**_entry: object) -> NoReturn:
        raise audit.AuditUnavailable("The log takes no entry.")

    client = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", unavailable)
        assert client.post("/sign-out/").status_code == 503
    assert client.get("/wall/").status_code == 302


def test_a_socket_knows_nobody_without_a_good_session() -> None:
    for key in ("", "nothing", "x" * 5000):
        assert not queries.actor_of(queries.user_of_session(key)).is_known


def test_forms_need_their_token() -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept": "text/html"})
    answer = client.post("/sign-in/", {"sign_in_name": "olena", "password": PASSWORD})
    assert answer.status_code == 403
    assert "http.csrf" in answer.content.decode()


def test_a_first_password_may_be_skipped_or_set() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    client = signed_in(user)
    page = client.get("/account/password/")
    assert (page.context["may_skip"], page.context["minimum_length"]) == (True, 12)
    assert client.post("/account/password/", {"new_password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert client.get("/wall/").status_code == 200, "one's own session goes on"
    assert AuditEntry.objects.filter(action=str(Action.PASSWORD_SET), actor=pseudonym("person", user.pk)).count() == 1


def test_other_sessions_end_with_a_new_password() -> None:
    user = with_password()
    here, there = signed_in(user), signed_in(user)
    new = "another-eleven-storks"
    here.post("/account/password/", {"old_password": PASSWORD, "new_password": new, "again": new})
    assert here.get("/wall/").status_code == 200
    assert there.get("/wall/").status_code == 302


@pytest.mark.parametrize("weak", ["short", "password1234", "aaaa", "olena-olena", "123456789012"])
def test_a_weak_password_is_refused(weak: str) -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR, sign_in_name="olena-olena")
    client = signed_in(user)
    assert client.post("/account/password/", {"new_password": weak, "again": weak}).status_code == 200
    assert not User.objects.get(pk=user.pk).has_usable_password()


def test_the_present_password_is_asked_for() -> None:
    user = with_password()
    client = signed_in(user)
    new = "another-eleven-storks"
    answer = client.post("/account/password/", {"old_password": "wrong", "new_password": new, "again": new})
    assert answer.status_code == 200
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_two_different_new_passwords_are_refused() -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    answer = client.post("/account/password/", {"new_password": PASSWORD, "again": PASSWORD + "x"})
    assert "not the same" in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.OPERATOR, "/wall/"),
        (Role.SUPERVISOR, "/wall/"),
        (Role.APPROVER, "/acts/"),
        (Role.AUDITOR, "/audit/"),
        (Role.DATA_PROTECTION_OFFICER, "/audit/"),
        (Role.ADMINISTRATOR, "/cameras/"),
    ],
)
def test_home_is_where_a_persons_day_begins(role: Role, page: str) -> None:
    client = signed_in(person(OrganisationFactory.create(), role, toured_at=NOW))
    assert client.get("/").headers["Location"] == page
    assert client.get(page).status_code == 200


def test_somebody_without_a_role_gets_no_further_than_their_own_password() -> None:
    client = signed_in(UserFactory.create())
    assert client.get("/").headers["Location"] == "/account/password/"
    for path in ("/wall/", "/cameras/", "/observations/", "/audit/"):
        assert client.get(path).status_code == 403


def test_a_role_that_is_taken_away_ends_with_the_next_page() -> None:
    organisation = OrganisationFactory.create()
    user = person(organisation, Role.OPERATOR)
    client = signed_in(user)
    assert client.get("/wall/").status_code == 200
    services.revoke_role(user=user, organisation=organisation, role=Role.OPERATOR)
    assert client.get("/wall/").status_code == 403


def test_language_and_theme_stay_with_the_person() -> None:
    user = with_password(sign_in_name="olena")
    client = signed_in(user)
    client.post("/i18n/setlang/", {"language": "uk", "next": "/wall/"})
    client.post("/account/preferences/", {"theme": "dark"})
    fresh = browser()
    sign_in(fresh, "olena", PASSWORD)
    page = fresh.get("/wall/").content.decode()
    assert re.search(r'<html lang="uk"', page)
    assert 'data-theme="dark"' in page


@pytest.mark.parametrize("values", [{"theme": "<script>"}, {"theme": ""}, {}])
def test_a_strange_theme_changes_nothing(values: dict[str, str]) -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    signed_in(user).post("/account/preferences/", values)
    assert User.objects.get(pk=user.pk).theme == "system"


def test_names_are_given_once() -> None:
    services.create_person(sign_in_name="Olena", display_name="Olena", at=NOW)
    for name in ("olena", " OLENA ", "", "x" * 200):
        with pytest.raises(services.BadName):
            services.create_person(sign_in_name=name, display_name="", at=NOW)


def test_an_organisation_needs_a_name() -> None:
    with pytest.raises(services.BadName):
        services.create_organisation(names={"en": "  ", "xx": "Nowhere"}, at=NOW)
