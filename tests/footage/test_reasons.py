"""Whoever checks reads why others looked back; that is an entry too, and the words go when their time is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from citysquare.apps.footage.models import Exhibit, StatedReason
from citysquare.apps.footage.services import exhibits, reasons
from citysquare.platform import retention
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role
from citysquare.platform.retention.terms import term_of
from tests.factories import NOW, OrganisationFactory, person, signed_in
from tests.footage.exhibiting import LATER, WHY, Desk, desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_desk() -> Desk:
    found = desk()
    reasons.give_reason(actor=found.asker.actor(), camera_id=found.cameras[0].pk, why=WHY, at=NOW)
    return found


def checker(at_desk: Desk, role: Role = Role.AUDITOR) -> Client:
    return signed_in(person(at_desk.city, role))


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DATA_PROTECTION_OFFICER])
def test_led_25_who_checks_reads_who_looked_back_and_why(at_desk: Desk, role: Role) -> None:
    page = checker(at_desk, role).get("/reasons/").content.decode()
    for said in ("Ana", at_desk.cameras[0].name, WHY.case, "robbery", WHY.text):
        assert said in page
    (entry,) = AuditEntry.objects.filter(action="reasons.read")
    assert (entry.outcome, entry.details["kind"]) == ("allow", "replay")


def test_exhibits_and_their_handing_out_have_reasons_too(at_desk: Desk) -> None:
    found = at_desk.made()
    exhibits.note_fetch(found=found, by=at_desk.asker.pk, why="The prosecutor asked for it", recipient="Inspector Cee", at=LATER)
    client = checker(at_desk)
    asked = client.get("/reasons/?kind=exhibits").content.decode()
    assert WHY.text in asked
    assert f"/exhibits/{found.pk}/" in asked
    handed = client.get("/reasons/?kind=fetches").content.decode()
    assert "The prosecutor asked for it" in handed
    assert "Inspector Cee" in handed


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.INVESTIGATOR, Role.APPROVER, Role.ADMINISTRATOR, Role.PLANNER])
def test_led_25_nobody_else_reads_the_reasons_of_others(at_desk: Desk, role: Role) -> None:
    assert checker(at_desk, role).get("/reasons/").status_code == 403
    assert AuditEntry.objects.filter(action="reasons.read", outcome="refuse").exists()


def test_another_citys_reasons_are_not_shown(at_desk: Desk) -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.AUDITOR))
    for kind in ("replay", "exhibits", "fetches", "rubbish"):
        page = client.get(f"/reasons/?kind={kind}").content.decode()
        assert at_desk.asker.display_name not in page
        assert "Nobody gave one yet" in page


def test_led_5_the_words_go_when_their_time_is_over_and_the_rows_of_exhibits_stay(at_desk: Desk) -> None:
    made, waiting = at_desk.made(), at_desk.ask()
    exhibits.note_fetch(found=made, by=at_desk.asker.pk, why="The prosecutor asked for it", recipient="Inspector Cee", at=LATER)
    held = retention.held_of("justifications")
    assert held is not None
    over = LATER + term_of(held).kept_for
    due = held.find_expired(over - term_of(held).kept_for, over, 10)
    assert {one.id for one in due} == {StatedReason.objects.get().pk, made.pk}
    assert [one.at for one in due] == sorted(one.at for one in due)
    ids = [one.id for one in due]
    assert held.count() == 2
    assert held.delete(ids) == 2
    assert held.delete(ids) == 0
    assert held.remaining(ids) == frozenset()
    assert held.find_expired(over, over, 10) == []
    made.refresh_from_db()
    waiting.refresh_from_db()
    assert (made.text, made.offence, made.fetches.get().why) == ("", "", "")
    assert waiting.text == WHY.text, "it is not decided yet"
    assert not StatedReason.objects.exists()
    assert "deleted when their time was over" in checker(at_desk).get(f"/exhibits/{made.pk}/").content.decode()


def test_more_reasons_than_a_round_takes_are_found_oldest_first(at_desk: Desk) -> None:
    Exhibit.objects.all().delete()
    for minute in range(5):
        at = NOW + timedelta(minutes=minute + 1)
        reasons.give_reason(actor=at_desk.asker.actor(), camera_id=at_desk.cameras[0].pk, why=WHY, at=at)
    held = retention.held_of("justifications")
    assert held is not None
    assert [one.at for one in held.find_expired(LATER, LATER, 3)] == [NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)]
