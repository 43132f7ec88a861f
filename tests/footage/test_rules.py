"""The page of rules, and installing others by two persons."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from citysquare.apps.accounts.models import SealedAct
from citysquare.apps.accounts.services import acts
from citysquare.apps.footage.services import rules
from citysquare.platform import packs
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from citysquare.platform.policy.pack_files import FOLDER, SIGNATURE_TYPE
from citysquare.proof import jws
from citysquare.proof.canonical import canonical
from citysquare.proof.fields import base64url
from citysquare.proof.keys import KeySet, PrivateKey
from tests.factories import NOW, OrganisationFactory, person, signed_in
from tests.footage.exhibiting import SITE, Desk

pytestmark = pytest.mark.django_db

KEY = PrivateKey.make()
TEXT = canonical({**json.loads((FOLDER / "bg.json").read_bytes()), "version": 2, "review_months": 6})
TOKEN = jws.sign(TEXT, KEY, typ=SIGNATURE_TYPE)


@pytest.fixture
def desk(tmp_path: Path, settings: Settings) -> Desk:
    """A city under Bulgarian rules that trusts the holder of KEY: an administrator asks, a data protection officer approves."""
    (tmp_path / "keys.json").write_bytes(KeySet([KEY.public]).encoded())
    changes = {"pack_keys": tmp_path / "keys.json", "jurisdiction": "bg", "data_dir": tmp_path}
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update=changes)
    city = OrganisationFactory.create()
    found = Desk(city, person(city, Role.ADMINISTRATOR), person(city, Role.DATA_PROTECTION_OFFICER), [])
    found.key_for(found.asker)
    found.key_for(found.approver)
    return found


def seal(desk: Desk, act: str) -> None:
    asked = acts.find(act_id=act, organisation_id=desk.city.pk)
    for user, part in ((desk.asker, "asks"), (desk.approver, "approves")):
        response = desk.devices[user.pk].get({"challenge": base64url(asked.digest)})
        acts.seal(act_id=act, person=user.actor(), role_in_act=part, response=response, site=SITE, at=NOW)  # type: ignore[arg-type]


def ask(desk: Desk) -> str:
    return rules.ask_to_install(text=TEXT, signature=TOKEN, asker=desk.asker.actor(), at=NOW)


def test_rules_hold_once_two_persons_sealed_their_digest(desk: Desk) -> None:
    act = ask(desk)
    assert rules.round_of_packs(at=NOW) == 0
    assert packs.in_force().version == 1
    seal(desk, act)
    assert rules.round_of_packs(at=NOW) == 1
    assert (packs.in_force().version, packs.in_force().review_months) == (2, 6)
    assert AuditEntry.objects.filter(action=str(Action.PACK_INSTALL), outcome="done").count() == 1
    assert rules.round_of_packs(at=NOW) == 0


def test_a_file_exchanged_after_the_seals_is_not_installed(desk: Desk, tmp_path: Path) -> None:
    act = ask(desk)
    seal(desk, act)
    other = canonical({**json.loads(TEXT), "review_months": 24})
    (tmp_path / "packs" / f"{desk.city.pk}.{act}.json").write_bytes(other)
    (tmp_path / "packs" / f"{desk.city.pk}.{act}.jws").write_text(jws.sign(other, KEY, typ=SIGNATURE_TYPE))
    rules.round_of_packs(at=NOW)
    assert packs.in_force().version == 1
    assert AuditEntry.objects.get(action=str(Action.PACK_INSTALL)).outcome == "refuse"


def test_a_file_of_nobodys_in_the_folder_stops_no_rules(desk: Desk, tmp_path: Path) -> None:
    act = ask(desk)
    waiting = next(tmp_path.rglob("packs/*.json")).parent
    (waiting / "0.json").write_bytes(b"{}")
    seal(desk, act)
    assert rules.round_of_packs(at=NOW) == 1
    assert packs.file_in_force().pack.id == "bg"
    assert (waiting / "0.json").exists()


def test_a_pack_whose_signature_file_is_gone_is_refused(desk: Desk, tmp_path: Path) -> None:
    act = ask(desk)
    next(tmp_path.rglob("packs/*.jws")).unlink()
    seal(desk, act)
    assert rules.round_of_packs(at=NOW) == 1
    assert AuditEntry.objects.get(action=str(Action.PACK_INSTALL), subject_kind="pack").outcome == "refuse"


def test_refused_rules_leave_no_file_behind(desk: Desk, tmp_path: Path) -> None:
    acts.refuse(act_id=ask(desk), person=desk.approver.actor(), at=NOW)
    rules.round_of_packs(at=NOW)
    assert not list((tmp_path / "packs").iterdir())


def test_the_page_shows_what_holds_and_takes_signed_files_alone(desk: Desk) -> None:
    client = signed_in(desk.asker)
    page = client.get("/rules/").content.decode()
    assert "Bulgaria" in page
    assert "LED Art. 5" in page
    for text, token in ((TEXT, b"no token"), (b"{}", TOKEN.encode()), (b"x" * 200_000, TOKEN.encode())):
        files = {"pack": SimpleUploadedFile("p.json", text), "signature": SimpleUploadedFile("p.jws", token)}
        assert client.post("/rules/install/", files).status_code == 200
    assert not SealedAct.objects.exists()
    files = {"pack": SimpleUploadedFile("p.json", TEXT), "signature": SimpleUploadedFile("p.jws", TOKEN.encode())}
    assert client.post("/rules/install/", files).status_code == 302
    assert SealedAct.objects.count() == 1


def test_who_approves_rules_does_not_ask_for_them(desk: Desk) -> None:
    client = signed_in(desk.approver)
    assert "Install other rules" not in client.get("/rules/").content.decode()
    assert client.post("/rules/install/", {}).status_code == 403


def test_rules_for_the_whole_machine_are_asked_for_by_its_own_organisation_alone(desk: Desk) -> None:
    partner = OrganisationFactory.create(created_at=NOW + timedelta(days=1))
    client = signed_in(person(partner, Role.ADMINISTRATOR))
    assert "Install other rules" not in client.get("/rules/").content.decode()
    files = {"pack": SimpleUploadedFile("p.json", TEXT), "signature": SimpleUploadedFile("p.jws", TOKEN.encode())}
    assert client.post("/rules/install/", files).status_code == 403
    assert not SealedAct.objects.exists()
