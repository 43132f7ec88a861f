"""Acts of two persons: both read the same words, each seals with a passkey of their own, and nobody can do it for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from citysquare.apps.accounts.events import ActEnded, ActSealed
from citysquare.apps.accounts.models import ActSeal, Organisation, Passkey, SealedAct, User
from citysquare.apps.accounts.services import acts, passkeys
from citysquare.apps.accounts.services.acts import ActKind, AskedAct
from citysquare.platform import retention
from citysquare.platform.events import subscribe, unsubscribe
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Actor, Role
from citysquare.proof.fields import base64url
from citysquare.proof.passkeys import Act, verify_pair
from citysquare.proof.passkeys import Role as RoleInAct
from tests.accounts.authenticator import ORIGIN, PRESENT, Authenticator
from tests.factories import NOW, OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db

SITE = passkeys.RelyingParty("localhost", ORIGIN)
BODY = {"case": "2026/17", "camera": "c1"}


@dataclass
class Desk:
    """A city where one asks and another approves."""

    city: Organisation
    asker: User
    approver: User
    devices: dict[str, Authenticator] = field(default_factory=dict)

    def key_for(self, user: User) -> Authenticator:
        """A passkey that is known to be this person's."""
        device, challenge = Authenticator(), passkeys.new_challenge()
        response = device.create(passkeys.creation_options(user=user, challenge=challenge, site=SITE))
        passkeys.add_passkey(user=user, response=response, challenge=challenge, name="Key", site=SITE, at=NOW)
        self.devices[user.pk] = device
        return device

    def ask(self) -> AskedAct:
        """Ask for something, now."""
        return acts.ask(kind="test", body=BODY, asker=self.asker.actor(), at=NOW)

    def seal(
        self,
        asked: AskedAct,
        user: User,
        part: RoleInAct,
        *,
        device: Authenticator | None = None,
        challenge: str = "",
        at: datetime = NOW + timedelta(minutes=1),
    ) -> AskedAct:
        """Seal with the person's own passkey, unless another is named."""
        response = (device or self.devices[user.pk]).get({"challenge": challenge or base64url(asked.digest)})
        return acts.seal(act_id=asked.id, person=user.actor(), role_in_act=part, response=response, site=SITE, at=at)

    def seal_both(self) -> AskedAct:
        """An act that both have sealed."""
        asked = self.ask()
        self.seal(asked, self.asker, "asks")
        return self.seal(asked, self.approver, "approves")


@pytest.fixture
def desk() -> Desk:
    city = OrganisationFactory.create()
    desk = Desk(city, person(city, Role.INVESTIGATOR, display_name="Ana"), person(city, Role.APPROVER, display_name="Bo"))
    desk.key_for(desk.asker)
    desk.key_for(desk.approver)
    return desk


@pytest.fixture(autouse=True)
def kind() -> Iterator[ActKind]:
    """A kind of act that only these tests know."""
    kind = ActKind("test", "A test", Action.EXHIBIT_ASK, Action.EXHIBIT_APPROVE, lambda body: [f"Case {body['case']}."])
    acts.register(kind)
    yield kind
    acts.forget("test")


def test_an_act_that_both_sealed_is_announced_and_can_be_checked_by_anybody(desk: Desk) -> None:
    told: list[ActSealed] = []
    subscribe(ActSealed, "tests.told", told.append)
    try:
        assert acts.sealed(desk.ask().id) is None
        done = desk.seal_both()
        assert done.state == "sealed"
        found = acts.sealed(done.id)
    finally:
        unsubscribe(ActSealed, "tests.told")
    assert found is not None
    assert (found.asks.person, found.approves.person) == (desk.asker.pk, desk.approver.pk)
    assert found.act.body["case"] == "2026/17"
    assert hashlib.sha256(found.act.document).digest() == found.act.digest
    verify_pair(Act.decoded(found.act.document), (found.asks, found.approves), rp_id="localhost", origins=(ORIGIN,))
    assert {(fact.role_in_act, fact.person) for fact in found.act.seal_facts()} == {("asks", desk.asker.pk), ("approves", desk.approver.pk)}


def test_nobody_approves_what_they_asked_for(desk: Desk) -> None:
    asked = desk.ask()
    desk.seal(asked, desk.asker, "asks")
    with pytest.raises(acts.SamePerson):
        desk.seal(asked, desk.asker, "approves")
    assert acts.sealed(asked.id) is None


def test_the_table_takes_no_person_twice(desk: Desk) -> None:
    asked = desk.ask()
    desk.seal(asked, desk.asker, "asks")
    values = ActSeal.objects.values().get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ActSeal.objects.create(**{**values, "id": None, "role_in_act": "approves"})


def test_each_seals_in_their_turn_and_as_who_they_are(desk: Desk) -> None:
    asked = desk.ask()
    with pytest.raises(acts.WrongTurn):
        desk.seal(asked, desk.approver, "approves")
    with pytest.raises(acts.WrongTurn):
        desk.seal(asked, desk.approver, "asks")
    desk.seal(asked, desk.asker, "asks")
    with pytest.raises(acts.WrongTurn):
        desk.seal(asked, desk.asker, "asks")


@pytest.mark.parametrize("wrong", ["other act", "other key", "not recognised", "other site"])
def test_a_signature_that_is_not_theirs_under_this_is_no_seal(desk: Desk, wrong: str) -> None:
    asked, other = desk.ask(), desk.ask()
    device = desk.devices[desk.asker.pk]
    more: dict[str, Any] = {}
    if wrong == "other act":
        more["challenge"] = base64url(other.digest)
    elif wrong == "other key":
        more["device"] = desk.devices[desk.approver.pk]
    elif wrong == "not recognised":
        device.flags = PRESENT
    else:
        device.origin = "http://evil.example"
    with pytest.raises(passkeys.BadPasskey):
        desk.seal(asked, desk.asker, "asks", **more)
    assert not ActSeal.objects.exists()


@pytest.mark.parametrize("part", ["document", "client_data", "authenticator_data", "signature", "public_key", "person", "state"])
def test_what_was_changed_in_the_tables_is_sealed_no_more(desk: Desk, part: str) -> None:
    done = desk.seal_both()
    seals, row = ActSeal.objects.filter(role_in_act="approves"), SealedAct.objects.filter(pk=done.id)
    if part == "document":
        changed = row.get().document.replace("2026/17", "2026/18")
        row.update(document=changed, digest=hashlib.sha256(changed.encode()).hexdigest())
    elif part == "person":
        seals.update(person=person(desk.city, Role.APPROVER))
        seals.update(public_key=base64url(b"x"))
    elif part == "state":
        row.update(state="refused")
    else:
        seals.update(**{part: base64url(b"forged")})
    assert acts.sealed(done.id) is None


def test_the_server_cannot_write_a_seal_without_the_device(desk: Desk) -> None:
    asked = desk.ask()
    desk.seal(asked, desk.asker, "asks")
    copied = ActSeal.objects.values().get()
    ActSeal.objects.create(**{**copied, "id": None, "role_in_act": "approves", "person_id": desk.approver.pk})
    SealedAct.objects.filter(pk=asked.id).update(state="sealed")
    assert acts.sealed(asked.id) is None, "the asker's own signature under the approver's name"


def test_an_act_ends_after_a_day_and_is_not_sealed_then(desk: Desk) -> None:
    ended: list[ActEnded] = []
    subscribe(ActEnded, "tests.ended", ended.append)
    try:
        asked = desk.ask()
        late = NOW + acts.ACT_LIFE
        with pytest.raises(acts.ActIsOver):
            desk.seal(asked, desk.asker, "asks", at=late)
        assert acts.expire(at=late - timedelta(seconds=1)) == 0
        assert acts.expire(at=late) == 1
        assert acts.expire(at=late) == 0
    finally:
        unsubscribe(ActEnded, "tests.ended")
    assert acts.find(act_id=asked.id, organisation_id=desk.city.pk).state == "expired"


def test_a_refused_act_stays_refused(desk: Desk) -> None:
    asked = desk.ask()
    desk.seal(asked, desk.asker, "asks")
    assert acts.refuse(act_id=asked.id, person=desk.approver.actor(), at=NOW).state == "refused"
    with pytest.raises(acts.ActIsOver):
        desk.seal(asked, desk.approver, "approves")


@pytest.mark.parametrize("body", [{"text": "x" * 20_000}, {"number": 2**60}, {"text": "\ud800"}, {"value": float("nan")}])
def test_what_has_no_one_form_cannot_be_sealed(desk: Desk, body: dict[str, Any]) -> None:
    with pytest.raises(acts.BadAct):
        acts.ask(kind="test", body=body, asker=desk.asker.actor(), at=NOW)
    assert not SealedAct.objects.exists()


def test_an_act_of_another_organisation_is_not_there(desk: Desk) -> None:
    asked = desk.ask()
    stranger = person(OrganisationFactory.create(), Role.APPROVER)
    with pytest.raises(acts.NoSuchAct):
        acts.find(act_id=asked.id, organisation_id=stranger.actor().organisation)
    assert signed_in(stranger).get(f"/acts/{asked.id}/").status_code == 404
    with pytest.raises(acts.NoSuchAct):
        acts.ask(kind="unknown", body={}, asker=Actor("x", desk.city.pk), at=NOW)


def seal_on_page(client: Client, device: Authenticator, act_id: str) -> int:
    """Do what the page's script does."""
    options = client.post(f"/acts/{act_id}/options/", headers={"host": "localhost", "accept": "application/json"}).json()
    response = {"response": device.get(options)}
    return client.post(f"/acts/{act_id}/seal/", response, headers={"host": "localhost"}).status_code


def test_two_people_read_and_seal_on_the_page(desk: Desk) -> None:
    SealedAct.objects.all().delete()
    asked = acts.ask(kind="test", body=BODY, asker=desk.asker.actor(), at=timezone.now())
    ana, bo = signed_in(desk.asker), signed_in(desk.approver)
    page = ana.get(f"/acts/{asked.id}/", headers={"host": "localhost"}).content.decode()
    assert "Case 2026/17." in page
    assert asked.digest.hex()[:8] in page
    assert "Seal with my passkey" in page
    assert "Seal with my passkey" not in bo.get(f"/acts/{asked.id}/", headers={"host": "localhost"}).content.decode(), "not yet"
    assert seal_on_page(ana, desk.devices[desk.asker.pk], asked.id) == 302
    assert "waits for your seal" in bo.get("/acts/").content.decode()
    assert seal_on_page(bo, desk.devices[desk.approver.pk], asked.id) == 302
    assert acts.sealed(asked.id) is not None
    entries = AuditEntry.objects.filter(action=str(Action.SEAL), outcome="done").order_by("sequence")
    assert [entry.details["role"] for entry in entries] == ["asks", "approves"]
    assert {entry.details["digest"] for entry in entries} == {asked.digest.hex()}


def test_who_may_not_approve_neither_sees_nor_seals(desk: Desk) -> None:
    asked = acts.ask(kind="test", body=BODY, asker=desk.asker.actor(), at=timezone.now())
    operator = person(desk.city, Role.OPERATOR)
    device = desk.key_for(operator)
    client = signed_in(operator)
    assert client.get(f"/acts/{asked.id}/").status_code == 403
    assert "2026/17" not in client.get("/acts/").content.decode()
    desk.seal(asked, desk.asker, "asks", at=timezone.now())
    response = {"response": device.get({"challenge": base64url(asked.digest)})}
    assert client.post(f"/acts/{asked.id}/seal/", response, headers={"host": "localhost"}).status_code == 403
    assert client.post(f"/acts/{asked.id}/refuse/").status_code == 403
    assert acts.find(act_id=asked.id, organisation_id=desk.city.pk).state == "asked"


def test_without_a_passkey_the_page_says_how_to_get_one(desk: Desk) -> None:
    asked = acts.ask(kind="test", body=BODY, asker=desk.asker.actor(), at=timezone.now())
    Passkey.objects.filter(user=desk.asker).delete()
    page = signed_in(desk.asker).get(f"/acts/{asked.id}/", headers={"host": "localhost"}).content.decode()
    assert "You need a passkey to seal" in page
    assert "/account/keys/" in page


def test_what_a_seal_is_over_is_plain_json(desk: Desk) -> None:
    document = json.loads(desk.ask().document)
    assert set(document) == {"act", "asked_at", "body", "nonce", "organisation", "version"}
    assert document["body"] == {**BODY, "asked_by": desk.asker.pk}


# --- when their time is over ---------------------------------------------------------------------------------------------------


def test_led_5_acts_that_ended_go_with_their_seals_when_their_time_is_over(desk: Desk, kind: ActKind) -> None:
    del kind
    sealed, waiting = desk.seal_both(), desk.ask()
    held = retention.held_of("acts")
    assert held is not None
    assert held.count() == 2
    due = held.find_expired(NOW + timedelta(days=1), NOW + timedelta(days=1), 10)
    assert [one.id for one in due] == [sealed.id]
    assert held.delete([sealed.id]) == 1
    assert held.delete([sealed.id]) == 0
    assert held.remaining([sealed.id, waiting.id]) == {waiting.id}
    assert not ActSeal.objects.exists()
