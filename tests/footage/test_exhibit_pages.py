"""The pages of exhibits: asking, sealing, handing out, and who sees them."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.utils import timezone

from citysquare.apps.footage.models import Exhibit, ExhibitFetch, Hold
from citysquare.apps.footage.queries import exhibits as queries
from citysquare.apps.footage.services import exhibits
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role
from citysquare.proof.bundles.archive import ArchiveSource
from tests.factories import OrganisationFactory, person, signed_in
from tests.footage.exhibiting import Desk, desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_desk() -> Desk:
    return desk()


def asked_for(at_desk: Desk, **changed: object) -> dict[str, object]:
    now = timezone.localtime(timezone.now())
    return {
        "cameras": [camera.pk for camera in at_desk.cameras],
        "start": f"{now - timedelta(minutes=20):%Y-%m-%dT%H:%M:%S}",
        "end": f"{now - timedelta(minutes=10):%Y-%m-%dT%H:%M:%S}",
        "case": "2026/117",
        "reason": "crime",
        "person_role": "suspect",
        "text": "The robbery at the kiosk, seen from both sides",
        "recipient": "Police station 2, inspector on duty",
        **changed,
    }


HANDED = {"why": "Asked for by the prosecutor", "recipient": "Inspector Cee"}


def test_asking_leads_to_the_act_and_stands_in_the_log(at_desk: Desk) -> None:
    client = signed_in(at_desk.asker)
    assert client.get("/exhibits/ask/").status_code == 200
    answer = client.post("/exhibits/ask/", asked_for(at_desk))
    found = Exhibit.objects.get()
    assert answer["Location"] == f"/acts/{found.act}/"
    assert Hold.objects.count() == 1
    entries = AuditEntry.objects.filter(action="exhibit.ask").order_by("sequence")
    assert [(entry.subject_kind, entry.outcome) for entry in entries] == [("camera", "allow"), ("exhibit", "done")]
    act = client.get(f"/acts/{found.act}/").content.decode()
    assert "2026/117" in act
    assert "The robbery at the kiosk" in act
    assert "inspector on duty" in act


@pytest.mark.parametrize("wrong", [{"case": "-"}, {"text": "."}, {"reason": ""}, {"person_role": ""}, {"cameras": []}, {"recipient": "-"}])
def test_asking_without_saying_why_asks_again_and_holds_nothing(at_desk: Desk, wrong: dict[str, object]) -> None:
    answer = signed_in(at_desk.asker).post("/exhibits/ask/", asked_for(at_desk, **wrong))
    assert answer.status_code == 200
    assert not Exhibit.objects.exists()
    assert not Hold.objects.exists()


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR])
def test_whoever_approves_or_checks_sees_exhibits_and_cannot_ask_for_them(at_desk: Desk, role: Role) -> None:
    at_desk.ask()
    client = signed_in(person(at_desk.city, role))
    assert b"2026/117" in client.get("/exhibits/").content
    client.post("/exhibits/ask/", asked_for(at_desk))
    assert Exhibit.objects.count() == 1


def test_an_administrator_sees_no_exhibit(at_desk: Desk) -> None:
    client = signed_in(person(at_desk.city, Role.ADMINISTRATOR))
    assert client.get("/exhibits/").status_code == 403
    assert client.get(f"/exhibits/{at_desk.ask().pk}/").status_code == 403


def test_nobody_sees_or_fetches_an_exhibit_of_another_city(at_desk: Desk) -> None:
    found = at_desk.made()
    client = signed_in(person(OrganisationFactory.create(), Role.INVESTIGATOR))
    assert client.get(f"/exhibits/{found.pk}/").status_code == 404
    assert client.post(f"/exhibits/{found.pk}/fetch/", HANDED).status_code == 404
    assert b"2026/117" not in client.get("/exhibits/").content


def test_led_25_a_download_is_in_the_log_and_the_access_record_and_is_the_file(at_desk: Desk) -> None:
    found, client = at_desk.made(), signed_in(at_desk.asker)
    answer = client.post(f"/exhibits/{found.pk}/fetch/", HANDED)
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert data == queries.file_of(found.pk).read_bytes()
    assert "manifest.json" in ArchiveSource(io.BytesIO(data)).paths()
    assert (answer["Content-Type"], answer["Content-Length"]) == ("application/zip", str(found.bytes))
    taken = ExhibitFetch.objects.get()
    assert (taken.by_id, taken.recipient, taken.sha256) == (at_desk.asker.pk, "Inspector Cee", found.sha256)
    entry = AuditEntry.objects.get(action="exhibit.fetch")
    assert (entry.outcome, entry.details["digest"]) == ("allow", found.sha256)
    page = client.get(f"/exhibits/{found.pk}/").content.decode()
    assert "Inspector Cee" in page
    assert found.sha256 in page


@pytest.mark.parametrize("wrong", [{"why": "-"}, {"why": ""}, {"recipient": "."}, {"recipient": ""}])
def test_nothing_is_handed_out_without_a_reason_and_a_recipient(at_desk: Desk, wrong: dict[str, str]) -> None:
    found = at_desk.made()
    answer = signed_in(at_desk.asker).post(f"/exhibits/{found.pk}/fetch/", {**HANDED, **wrong})
    assert answer["Content-Type"].startswith("text/html")
    assert not ExhibitFetch.objects.exists()


def test_an_approver_does_not_fetch(at_desk: Desk) -> None:
    found = at_desk.made()
    assert signed_in(at_desk.approver).post(f"/exhibits/{found.pk}/fetch/", HANDED).status_code == 403
    assert AuditEntry.objects.filter(action="exhibit.fetch", outcome="refuse").exists()
    assert not ExhibitFetch.objects.exists()


def test_a_file_that_was_changed_on_the_disk_is_not_handed_out(at_desk: Desk) -> None:
    found = at_desk.made()
    with queries.file_of(found.pk).open("ab") as file:
        file.write(b"!")
    answer = signed_in(at_desk.asker).post(f"/exhibits/{found.pk}/fetch/", HANDED)
    assert answer.status_code == 500
    assert answer["Content-Type"].startswith("text/html")


def test_a_failed_exhibit_is_made_again_from_its_page(at_desk: Desk) -> None:
    found = at_desk.made(60, 120)
    client = signed_in(at_desk.asker)
    assert b"There is no footage in this time" in client.get(f"/exhibits/{found.pk}/").content
    client.post(f"/exhibits/{found.pk}/again/")
    found.refresh_from_db()
    assert (found.state, found.problem) == ("sealed", "")


def test_a_failed_exhibit_whose_words_were_deleted_by_age_is_not_made_again(at_desk: Desk) -> None:
    found, client = at_desk.ask(), signed_in(at_desk.asker)
    Exhibit.objects.filter(pk=found.pk).update(state="failed", problem="footage.exhibit_no_room")
    assert "/again/" in client.get(f"/exhibits/{found.pk}/").content.decode()
    assert exhibits.forget_words([found.pk]) == 1
    assert "/again/" not in client.get(f"/exhibits/{found.pk}/").content.decode()
    assert client.post(f"/exhibits/{found.pk}/again/").status_code == 409
    assert Exhibit.objects.get(pk=found.pk).state == "failed"


@pytest.mark.parametrize("state", ["asked", "sealed", "making", "refused", "failed", "purged"])
def test_each_state_says_what_it_means(at_desk: Desk, state: str) -> None:
    found = at_desk.ask()
    Exhibit.objects.update(state=state, problem="footage.exhibit_no_room" if state == "failed" else "", total=100, copied=40)
    page = signed_in(at_desk.asker).get(f"/exhibits/{found.pk}/").content.decode()
    assert ("40 %" in page) == (state == "making")
    assert ("made again" in page) == (state == "failed")
    assert "Download it" not in page
    with pytest.raises(exhibits.ExhibitNotReady):
        exhibits.note_fetch(found=found, by=at_desk.asker.pk, why=HANDED["why"], recipient=HANDED["recipient"], at=found.asked_at)
