"""The console's word on the audit log: check it, show or rotate the centre's key, accept a clock that had run ahead."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from citysquare.platform import audit
from citysquare.platform.audit import heads
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Actor, Subject

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def look(minutes: int = 0) -> None:
    at = timezone.now() + timedelta(minutes=minutes)
    audit.record(actor=Actor("p", "c"), action=Action.LIVE_VIEW, subject=Subject("camera", "x", "c"), outcome="allow", at=at)


def test_a_whole_log_is_said_to_be_whole_and_a_tampered_one_ends_with_1() -> None:
    look()
    heads.sign_head(at=timezone.now())
    assert "1 signed heads, covering entries up to 1; no second place is set" in said("check_audit")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE platform_auditentry SET outcome = 'refuse'")
    with pytest.raises(SystemExit) as ended:
        said("check_audit")
    assert ended.value.code == 1


def test_the_centres_key_is_shown_and_rotated_and_both_keys_stay_known() -> None:
    former = audit.centre_key().kid
    assert f"{former}  signs now" in said("centre_key")
    look()
    heads.sign_head(at=timezone.now())
    said("centre_key", "rotate")
    new = audit.centre_key().kid
    assert new != former
    shown = said("centre_key", "show")
    assert f"{new}  signs now" in shown
    assert former in shown
    entries = AuditEntry.objects.filter(action="centre_key.rotated").order_by("sequence")
    assert [(entry.outcome, entry.actor) for entry in entries] == [("allow", "system:console"), ("done", "system:console")]
    heads.sign_head(at=timezone.now())
    assert audit.verify(settings.CITYSQUARE.audit_dir).ok


def test_a_key_that_others_may_have_is_revoked() -> None:
    former = audit.centre_key().kid
    look()
    heads.sign_head(at=timezone.now())
    assert f"{former} is revoked" in said("centre_key", "rotate", "--lost")
    assert next(one for one in audit.centre_keys() if one.key.kid == former).revoked_at
    assert AuditEntry.objects.get(action="centre_key.rotated", outcome="done").details["state"] == "revoked"
    heads.sign_head(at=timezone.now())
    assert audit.verify(settings.CITYSQUARE.audit_dir).ok


def test_a_clock_that_had_run_ahead_is_accepted_in_the_log() -> None:
    assert "nothing to accept" in said("audit_clock")
    look(minutes=60 * 24)
    assert audit.clock_set_back(timezone.now())
    assert "behind the log" in said("audit_clock", "show")
    assert "Accepted" in said("audit_clock", "accept")
    assert not audit.clock_set_back(timezone.now())
    assert AuditEntry.objects.filter(action="audit.clock", outcome="accepted", actor="system:console").exists()
    look()
    assert audit.verify(settings.CITYSQUARE.audit_dir).ok


def test_after_an_accepted_clock_heads_go_on_and_no_entry_says_so_again() -> None:
    look(minutes=60)
    heads.sign_head(at=timezone.now() + timedelta(minutes=60))
    said("audit_clock", "accept")
    for _round in range(3):
        look()
        heads.sign_head(at=timezone.now())
    assert AuditEntry.objects.filter(action="audit.clock").count() == 1
    assert audit.verify(settings.CITYSQUARE.audit_dir).ok
    assert not audit.clock_set_back(timezone.now())
