"""What leaves the log is checked by others without us, and whatever was changed on the way is found."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from citysquare.platform import audit
from citysquare.platform.audit import bundle, heads, inclusion
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.proof.bundles.report import Report, Trust
from citysquare.proof.bundles.verify import check
from citysquare.proof.merkle import leaf_hash, verify_inclusion
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

END = NOW + timedelta(hours=2)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    for number in range(20):
        actor, subject = Actor(f"person{number % 3}", "city1"), Subject("camera", "camera1", "city1")
        at = NOW + timedelta(minutes=number)
        audit.record(actor=actor, action=Action.LIVE_VIEW, subject=subject, outcome="allow", at=at)
        if number % 7 == 0:
            heads.sign_head(at=at)
    stretch = bundle.stretch_between(since=NOW + timedelta(minutes=5), until=NOW + timedelta(minutes=10), at=END)
    assert (stretch.first, stretch.last) == (6, 15), "up to the next signed head"
    path = tmp_path / "audit.zip"
    with path.open("wb") as file:
        bundle.write_bundle(file, stretch, at=END)
    return path


def checked(path: Path) -> Report:
    return check(path, Trust(keys=audit.centre_keys()))


def test_a_stretch_of_the_log_is_proven_without_us(exported: Path) -> None:
    report = checked(exported)
    assert report.ok, report.wrong
    assert report.proven


def test_no_name_of_a_person_leaves_with_the_log(exported: Path) -> None:
    assert b"person1" not in exported.read_bytes()
    assert audit.actor_name("person1").encode() in exported.read_bytes()


@pytest.mark.parametrize(
    "tamper",
    [
        lambda lines: [*lines[:3], lines[3].replace(b"camera1", b"camera2"), *lines[4:]],
        lambda lines: [*lines[:3], *lines[4:]],
        lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]],
        lambda lines: [*lines, lines[-1]],
        lambda lines: lines[:-1],
    ],
    ids=["changed", "removed", "swapped", "added", "cut short"],
)
def test_a_bundle_that_was_changed_on_the_way_is_found(
    exported: Path, tmp_path: Path, tamper: Callable[[list[bytes]], list[bytes]]
) -> None:
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(exported) as archive:
        archive.extractall(folder)
    assert checked(folder).ok
    entries = folder / "entries.jsonl"
    entries.write_bytes(b"".join(tamper(entries.read_bytes().splitlines(keepends=True))))
    assert not checked(folder).ok
    shutil.rmtree(folder)


def test_a_time_without_entries_says_so() -> None:
    with pytest.raises(bundle.NothingToExport):
        bundle.stretch_between(since=NOW, until=END, at=END)


def test_no_bundle_of_a_log_that_was_tampered_with() -> None:
    audit.record(actor=Actor("p", "c"), action=Action.LIVE_VIEW, subject=Subject("camera", "x", "c"), outcome="allow", at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE platform_auditentry SET subject_id = 'y'")
    with pytest.raises(heads.LogNotWhole):
        bundle.stretch_between(since=NOW, until=END, at=END)


def test_entries_that_an_exhibit_rests_on_are_not_crowded_out_by_many_others(monkeypatch: pytest.MonkeyPatch) -> None:
    actor, about = Actor("person1", "city1"), Subject("exhibit", "exhibit1", "city1")
    digest = "a" * 64
    for number in range(9):
        action, subject = (Action.EXHIBIT_LIST, about) if number else (Action.KEY_ADD, Subject("person", "person1"))
        details = {} if number else {"key_digest": digest}
        audit.record(actor=actor, action=action, subject=subject, outcome="done", at=NOW + timedelta(minutes=number), details=details)
        if number == 4:
            heads.sign_head(at=NOW + timedelta(minutes=number))
    monkeypatch.setattr(inclusion, "MOST_ENTRIES", 3)
    found = inclusion.extract([("exhibit", "exhibit1")], at=END, telling=[(Action.KEY_ADD, {"key_digest": digest})])
    head = found.head.head
    assert [one.entry.sequence for one in found.entries] == [1, 7, 8, 9]
    for one in found.entries:
        assert verify_inclusion(leaf_hash(one.entry.leaf()), one.entry.sequence - 1, head.size, one.proof, head.root)
