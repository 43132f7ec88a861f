"""Passkeys: registered soon after a sign-in, good for signing in alone, and of no use to anybody else or anywhere else."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from citysquare.apps.accounts import services
from citysquare.apps.accounts.models import Passkey, Sitting, User
from citysquare.apps.accounts.services import passkeys
from citysquare.apps.accounts.sitting_rules import By
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from citysquare.proof.fields import from_base64url
from tests.accounts.authenticator import ORIGIN, PRESENT, VERIFIED, Authenticator
from tests.factories import NOW, OrganisationFactory, UserFactory, person, signed_in

pytestmark = pytest.mark.django_db

SITE = passkeys.RelyingParty("localhost", ORIGIN)


def ask(client: Client, path: str, **values: str) -> dict[str, Any]:
    answer = client.post(path, values, headers={"host": "localhost", "accept": "application/json"})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def register(client: Client, device: Authenticator, name: str = "Phone") -> int:
    response = device.create(ask(client, "/account/keys/passkeys/options/"))
    return client.post("/account/keys/passkeys/add/", {"name": name, "response": response}, headers={"host": "localhost"}).status_code


def come_in(client: Client, device: Authenticator, **changes: str) -> int:
    response = device.get(ask(client, "/sign-in/passkey/options/"), **changes)
    return client.post("/sign-in/passkey/", {"response": response}, headers={"host": "localhost"}).status_code


def with_passkey(role: Role = Role.SUPERVISOR) -> tuple[User, Authenticator]:
    """A person whose passkey is known."""
    user, device, challenge = person(OrganisationFactory.create(), role), Authenticator(), passkeys.new_challenge()
    response = device.create(passkeys.creation_options(user=user, challenge=challenge, site=SITE))
    passkeys.add_passkey(user=user, response=response, challenge=challenge, name="Phone", site=SITE, at=NOW)
    return user, device


def browser() -> Client:
    return Client(headers={"accept": "text/html", "host": "localhost"})


def test_a_passkey_is_registered_and_lets_in_alone() -> None:
    user, device = person(OrganisationFactory.create(), Role.SUPERVISOR), Authenticator()
    assert register(signed_in(user), device) == 302
    kept = Passkey.objects.get()
    assert (kept.user, kept.name, kept.rp_id) == (user, "Phone", "localhost")
    entry = AuditEntry.objects.get(action=str(Action.KEY_ADD), outcome="done")
    assert entry.details["key_digest"] == hashlib.sha256(from_base64url(kept.public_key, most=1024)).hexdigest() == kept.registration_digest
    client = browser()
    assert come_in(client, device) == 302
    assert client.get("/wall/").status_code == 200
    assert AuditEntry.objects.filter(action=str(Action.SIGN_IN), outcome="allow").get().details["by"] == "passkey"


def test_what_is_asked_of_a_device_names_the_owner_nowhere() -> None:
    user = person(OrganisationFactory.create(), Role.AUDITOR)
    options = passkeys.creation_options(user=user, challenge=passkeys.new_challenge(), site=SITE)
    assert options["authenticatorSelection"] == {"residentKey": "required", "userVerification": "required", "requireResidentKey": True}
    assert user.pk.encode() not in from_base64url(options["user"]["id"], most=64)
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-8, -7, -257]
    json.dumps(options)


@pytest.mark.parametrize(
    "wrong",
    [
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"origin": "http://evil.example"},
        {"rp_id": "evil.example"},
    ],
)
def test_a_passkey_of_another_site_or_of_nobody_recognised_is_refused(wrong: dict[str, Any]) -> None:
    _user, device = with_passkey()
    for name, value in wrong.items():
        setattr(device, name, value)
    assert come_in(browser(), device) == 403
    other = Authenticator(**wrong)
    assert register(signed_in(person(OrganisationFactory.create(), Role.OPERATOR)), other) == 403
    assert Passkey.objects.count() == 1


def test_another_device_that_claims_the_same_passkey_is_refused() -> None:
    _user, device = with_passkey()
    thief = Authenticator(credential_id=device.credential_id, user_handle=device.user_handle)
    assert come_in(browser(), thief) == 403
    assert AuditEntry.objects.get(action=str(Action.SIGN_IN)).details["code"] == "accounts.bad_passkey"


def test_an_answer_counts_once() -> None:
    _user, device = with_passkey()
    client = browser()
    response = device.get(ask(client, "/sign-in/passkey/options/"))
    again = browser()
    ask(again, "/sign-in/passkey/options/")
    assert again.post("/sign-in/passkey/", {"response": response}).status_code == 403, "another browser's challenge"
    assert client.post("/sign-in/passkey/", {"response": response}).status_code == 302
    assert client.post("/sign-in/passkey/", {"response": response}).status_code == 403


def test_a_registration_is_no_sign_in_and_the_other_way_round() -> None:
    _user, device = with_passkey()
    assert come_in(browser(), device, type="webauthn.create") == 403


def test_a_copied_device_is_found_by_its_counter() -> None:
    _user, device = with_passkey()
    device.count = 7
    assert come_in(browser(), device) == 302
    assert come_in(browser(), device) == 403
    device.count = 8
    assert come_in(browser(), device) == 302


def test_a_passkey_that_was_removed_opens_nothing() -> None:
    user, device = with_passkey()
    client = signed_in(user)
    assert client.post(f"/account/keys/passkeys/{Passkey.objects.get().pk}/remove/").status_code == 302
    assert not Passkey.objects.exists()
    assert AuditEntry.objects.filter(action=str(Action.KEY_REMOVE), outcome="done").count() == 1
    assert come_in(browser(), device) == 403


def test_nobody_removes_somebody_elses_passkey() -> None:
    with_passkey()
    client = signed_in(person(OrganisationFactory.create(), Role.ADMINISTRATOR))
    assert client.post(f"/account/keys/passkeys/{Passkey.objects.get().pk}/remove/").status_code == 404


def test_a_passkey_is_registered_once() -> None:
    _user, device = with_passkey()
    assert register(signed_in(UserFactory.create()), device) == 403


def test_somebody_who_left_does_not_come_in() -> None:
    user, device = with_passkey()
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert come_in(browser(), device) == 403


def test_without_a_name_in_the_address_the_page_says_so() -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    answer = client.get("/account/keys/", headers={"host": "127.0.0.1"})
    assert "Passkeys need a name" in answer.content.decode()
    assert client.post("/account/keys/passkeys/options/", headers={"host": "127.0.0.1"}).status_code == 403


def test_a_link_lets_who_lost_all_keys_add_one_and_remove_none() -> None:
    user, _device = with_passkey()
    client = signed_in(user, By.LINK)
    assert client.get("/wall/").headers["Location"] == "/account/keys/"
    old = Passkey.objects.get().pk
    assert client.post(f"/account/keys/passkeys/{old}/remove/").status_code == 302
    assert Passkey.objects.filter(pk=old).exists()
    assert register(client, Authenticator(), "New phone") == 302
    assert client.get("/wall/").status_code == 200, "the new passkey is a second factor"
    assert client.post(f"/account/keys/passkeys/{old}/remove/").status_code == 302
    assert not Passkey.objects.filter(pk=old).exists()


@given(
    st.text(max_size=300)
    | st.recursive(
        st.none() | st.text(max_size=20),
        lambda x: st.dictionaries(
            st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "authenticatorData", "signature"]),
            x,
            max_size=5,
        ),
    ).map(json.dumps)
)
def test_whatever_a_browser_sends_is_a_refusal(response: str) -> None:
    user = User(id="nobody", sign_in_name="x", display_name="x")
    challenge = passkeys.new_challenge()
    with pytest.raises(passkeys.BadPasskey):
        passkeys.check_assertion(response=response, challenge=challenge, site=SITE, at=NOW)
    with pytest.raises(passkeys.BadPasskey):
        passkeys.add_passkey(user=user, response=response, challenge=challenge, name="x", site=SITE, at=NOW)


def test_who_is_erased_leaves_no_key_behind() -> None:
    user, device = with_passkey()
    signed_in(user)
    services.erase_person(person_id=user.pk, at=NOW)
    assert not Passkey.objects.exists()
    assert not Sitting.objects.exists()
    assert come_in(browser(), device) == 403
