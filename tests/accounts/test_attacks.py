"""What somebody tries who is not who they say, or may not what they want: a carried-off session, a guesser, an administrator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client

from citysquare.apps.accounts import services, sitting_rules
from citysquare.apps.accounts.models import Membership, Passkey, SealedAct, Sitting, User
from citysquare.apps.accounts.services import acts, codes, members, rights
from citysquare.apps.accounts.services.acts import ActKind
from citysquare.platform.errors import DomainError
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, OrganisationKind, Role
from citysquare.proof.canonical import Json
from tests.accounts.authenticator import Authenticator
from tests.accounts.test_passkeys import register
from tests.accounts.test_seals import Desk, seal_on_page
from tests.accounts.test_sessions import made_older
from tests.accounts.test_totp import code, with_app
from tests.factories import NOW, OrganisationFactory, person, signed_in

PASSWORD = "tulip-under-nine-bridges"
HOUR = timedelta(hours=1)


def now() -> datetime:
    return datetime.now(UTC)


def browser() -> Client:
    return Client(headers={"accept": "text/html"})


# --- a guesser -------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("spell", [lambda name: name, lambda name: "".join(chr(ord(letter) + 0xFEE0) for letter in name), str.upper])
def test_a_name_in_other_letters_gives_no_further_guesses(spell: Callable[[str], str]) -> None:
    services.set_password(user=person(OrganisationFactory.create(), Role.OPERATOR, sign_in_name="kim"), new_password=PASSWORD)
    spellings = ["kim", "\uff4bim", "k\uff49m", "ki\uff4d", "\u212aim", "KIM", " kim", "kim\u3000", "\uff2b\uff29\uff2d", "kIm"]
    for number, name in enumerate(spellings[: services.ATTEMPTS_PER_NAME]):
        with pytest.raises(services.BadCredentials):
            services.check_password(sign_in_name=name, password="mistaken", address=f"10.0.0.{number}", at=NOW)
    with pytest.raises(services.TooManyAttempts):
        services.check_password(sign_in_name=spell("kim"), password=PASSWORD, address="10.0.1.1", at=NOW)


# --- a carried-off session -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_session_found_open_gets_no_first_password() -> None:
    user = person(OrganisationFactory.create(), Role.APPROVER)
    client = signed_in(user)
    made_older(client, sitting_rules.FRESH)
    answer = client.post("/account/password/", {"new_password": PASSWORD, "again": PASSWORD})
    assert answer.headers["Location"].startswith("/account/prove/?next=")
    assert not User.objects.get(pk=user.pk).has_usable_password()


@pytest.mark.django_db
def test_beside_a_passkey_a_password_alone_proves_too_little_for_new_keys() -> None:
    user = person(OrganisationFactory.create(), Role.APPROVER)
    services.set_password(user=user, new_password=PASSWORD)
    client = signed_in(user)
    assert register(client, Authenticator()) == 302
    made_older(client, sitting_rules.FRESH)
    page = client.get("/account/prove/", headers={"host": "localhost"}).content.decode()
    assert "Use your passkey" in page
    assert 'name="password"' not in page
    assert client.post("/account/prove/", {"password": PASSWORD}).status_code == 403
    assert client.post("/account/keys/passkeys/options/", headers={"host": "localhost"}).status_code == 403
    assert Passkey.objects.count() == 1


@pytest.mark.django_db
def test_a_token_for_a_year_needs_a_fresh_proof() -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.ADMINISTRATOR))
    made_older(client, sitting_rules.FRESH)
    form = {"name": "x", "purpose": "y", "scopes": ["counts:read"], "days": "365"}
    assert client.post("/tokens/make/", form).headers["Location"].startswith("/account/prove/")


@pytest.mark.django_db
def test_who_is_taken_back_finds_no_session_of_before() -> None:
    city = OrganisationFactory.create()
    admin, user = person(city, Role.ADMINISTRATOR), person(city, Role.OPERATOR)
    client = signed_in(user)
    members.end(person_id=user.pk, by=admin.actor(), at=now())
    assert not Sitting.objects.filter(user=user).exists()
    members.take_back(person_id=user.pk, by=admin.actor(), at=now())
    rights.give_role(person_id=user.pk, role=Role.OPERATOR, by=admin.actor(), at=now())
    assert client.get("/wall/").headers["Location"].startswith("/sign-in/")


# --- an administrator ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_link_made_before_does_not_lead_into_a_role_of_oversight() -> None:
    city = OrganisationFactory.create()
    admin, auditor = person(city, Role.ADMINISTRATOR), person(city, Role.AUDITOR)
    wish = members.Invitation("maria", "Maria", frozenset(), HOUR)
    first = members.invite(wish=wish, by=admin.actor(), at=now())
    other = browser()
    assert other.post(f"/sign-in/{first.token}/").status_code == 302
    kept = members.new_link(person_id=first.user.pk, by=admin.actor(), at=now(), valid_for=HOUR)
    rights.give_role(person_id=first.user.pk, role=Role.AUDITOR, by=auditor.actor(), at=now())
    assert browser().post(f"/sign-in/{kept.token}/").status_code == 410
    assert other.get("/audit/").headers["Location"].startswith("/sign-in/"), "the browser in which the first one was used"


@pytest.mark.django_db
def test_a_link_made_before_does_not_lead_into_another_organisation() -> None:
    city, police = OrganisationFactory.create(), OrganisationFactory.create()
    admin, user = person(city, Role.ADMINISTRATOR), person(city, Role.OPERATOR, sign_in_name="ion")
    made = members.new_link(person_id=user.pk, by=admin.actor(), at=now(), valid_for=HOUR)
    members.join(sign_in_name="ion", organisation=police, role=Role.OPERATOR, at=now())
    assert browser().post(f"/sign-in/{made.token}/").status_code == 410


@pytest.mark.django_db
def test_nobody_takes_the_name_of_a_colleague() -> None:
    admin = person(OrganisationFactory.create(), Role.ADMINISTRATOR, display_name="Ana")
    assert signed_in(admin).post(f"/people/{admin.pk}/rename/", {"display_name": "Bo"}).status_code == 302
    admin.refresh_from_db()
    assert admin.display_name == "Ana"


@pytest.mark.django_db
def test_no_name_turns_or_hides_the_letters_around_it() -> None:
    city = OrganisationFactory.create()
    admin = person(city, Role.ADMINISTRATOR).actor()
    made = members.invite(wish=members.Invitation("eva", "Eva\u202e\n\u200bToma", frozenset(), HOUR), by=admin, at=now())
    assert made.user.display_name == "EvaToma"
    for name in ("e\u200bva", "eva\u202e"):
        with pytest.raises(services.BadName):
            members.invite(wish=members.Invitation(name, "Eva", frozenset(), HOUR), by=admin, at=now())
    with pytest.raises(members.BadInvitation):
        members.invite(wish=members.Invitation("other", "\u200b", frozenset(), HOUR), by=admin, at=now())


@pytest.mark.django_db
def test_an_administrator_does_not_make_their_organisation_police() -> None:
    """To police others open their cameras: whoever runs the machine says who that is."""
    office = OrganisationFactory.create(kind=OrganisationKind.PARTNER)
    browser = signed_in(person(office, Role.ADMINISTRATOR))
    assert browser.post("/organisations/own/", {"name_en": "Office", "kind": "police"}).status_code == 200
    office.refresh_from_db()
    assert office.kind == OrganisationKind.PARTNER
    call_command("organisation", "kind", office.pk, "police", stdout=StringIO())
    assert AuditEntry.objects.get(action=str(Action.ORGANISATION_CHANGE), outcome="done").details["kind"] == "police"
    assert browser.post("/organisations/own/", {"name_en": "County police", "kind": "police"}).status_code == 302, "keeps what it is"
    office.refresh_from_db()
    assert office.kind == OrganisationKind.POLICE


def desk_of_two() -> Desk:
    """One who asks and one who approves, each with a passkey."""
    city = OrganisationFactory.create()
    desk = Desk(city, person(city, Role.INVESTIGATOR), person(city, Role.APPROVER))
    for user in (desk.asker, desk.approver):
        desk.key_for(user)
    return desk


@pytest.fixture
def kind() -> Iterator[None]:
    """A kind of act that only these tests know."""
    acts.register(ActKind("test", "A test", Action.EXHIBIT_ASK, Action.EXHIBIT_APPROVE, lambda body: [str(body["case"])]))
    yield
    acts.forget("test")


# --- two persons -----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("kind")
@pytest.mark.django_db
def test_who_may_ask_no_more_does_not_seal_what_they_asked_for() -> None:
    desk = desk_of_two()
    device = desk.devices[desk.asker.pk]
    asked = acts.ask(kind="test", body={"case": "1"}, asker=desk.asker.actor(), at=now())
    Membership.objects.filter(user=desk.asker).update(role=str(Role.PLANNER))
    assert seal_on_page(signed_in(desk.asker), device, asked.id) == 403
    assert not acts.find(act_id=asked.id, organisation_id=desk.city.pk).seals
    assert AuditEntry.objects.filter(action=str(Action.SEAL), outcome="refuse").count() == 1


# --- two at once -----------------------------------------------------------------------------------------------------------------

THREADS = 4


def at_once(attempt: Callable[[], object]) -> int:
    """How many of several threads that do the same at the same moment succeed."""
    gate = Barrier(THREADS)

    def run() -> bool:
        gate.wait()
        try:
            attempt()
        except DomainError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(lambda _number: run(), range(THREADS)))


@pytest.mark.django_db(transaction=True)
def test_of_several_uses_at_once_one_counts() -> None:
    user, secret, recovery = with_app()
    later = NOW + timedelta(minutes=5)
    assert at_once(lambda: codes.check_code(user=user, code=code(secret, later), at=later)) == 1, "a code of the app"
    assert at_once(lambda: codes.check_recovery_code(user=user, code=recovery[0], at=later)) == 1, "a recovery code"
    token = services.make_link(user=user, at=NOW, valid_for=HOUR).token
    assert at_once(lambda: services.use_link(token=token, address="10.0.0.1", at=NOW)) == 1, "a link"


@pytest.mark.usefixtures("kind")
@pytest.mark.django_db(transaction=True)
def test_of_several_seals_at_once_one_counts() -> None:
    desk = desk_of_two()
    asked = desk.ask()
    assert at_once(lambda: desk.seal(asked, desk.asker, "asks")) == 1
    assert at_once(lambda: desk.seal(asked, desk.approver, "approves")) == 1
    assert acts.sealed(asked.id) is not None


@pytest.mark.usefixtures("kind")
@pytest.mark.django_db
@pytest.mark.parametrize("text", ["for the court \u202etruoc", "2026/1\u2066", "a\x1b[2Jb"])
def test_what_reads_otherwise_than_it_is_cannot_be_sealed(text: str) -> None:
    asker = person(OrganisationFactory.create(), Role.INVESTIGATOR).actor()
    bodies: list[dict[str, Json]] = [{"case": text}, {"case": "1", "more": [{"x": text}]}]
    for body in bodies:
        with pytest.raises(acts.BadAct):
            acts.ask(kind="test", body=body, asker=asker, at=NOW)
    acts.ask(kind="test", body={"case": "Справа\n\u05d0\u05d1 №7\u00a0«біля»"}, asker=asker, at=NOW)


@pytest.mark.usefixtures("kind")
@pytest.mark.django_db
def test_a_seal_of_another_act_is_none_even_of_the_same_words() -> None:
    desk = desk_of_two()
    done, waiting = desk.seal_both(), desk.ask()
    assert done.digest != waiting.digest
    with pytest.raises(DomainError):
        desk.seal(waiting, desk.asker, "asks", challenge="x" * 43)
    sealed = acts.sealed(done.id)
    assert sealed is not None
    SealedAct.objects.filter(pk=done.id).update(kind="other")
    assert acts.sealed(done.id) is None, "what was sealed says what it is"
