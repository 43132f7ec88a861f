"""Signed heads and the second place: a log that was rewritten, rolled back or dated back is found, whoever did it where."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from citysquare.platform import audit
from citysquare.platform.audit import chain, heads, places, second
from citysquare.platform.audit.spool import Spool
from citysquare.platform.models import AuditEntry, AuditHead
from citysquare.proof.entries import Entry
from citysquare.proof.fields import time_text
from citysquare.proof.keys import PrivateKey
from tests.factories import NOW
from tests.platform.signed_log import entries, folder, kinds, look, rewrite, sign_anew, sql, two_heads

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> Path:
    path = tmp_path / "elsewhere"
    path.mkdir()
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"audit_second_place": path})
    return path


@pytest.fixture
def log(place: Path) -> Path:
    return two_heads(place)


def with_other_camera(found: list[Entry]) -> list[Entry]:
    return [*found[:1], replace(found[1], subject_id="camera2"), *found[2:]]


def without_one(found: list[Entry]) -> list[Entry]:
    return [*found[:1], *found[2:]]


def swapped(found: list[Entry]) -> list[Entry]:
    return [found[0], found[2], found[1], *found[3:]]


def inserted(found: list[Entry]) -> list[Entry]:
    return [*found[:2], replace(found[1], subject_id="camera9"), *found[2:]]


def with_another_beginning(found: list[Entry]) -> list[Entry]:
    return [replace(found[0], actor="h:" + "a" * 26), *found[1:]]


def test_heads_are_signed_each_minute_only_when_there_is_something_new() -> None:
    assert heads.sign_head(at=NOW) is None
    look(0)
    assert heads.note_head(at=NOW) == 1
    assert heads.note_head(at=LATER) == 0
    report = audit.verify(folder())
    assert (report.ok, report.heads, report.covered, report.second) == (True, 1, 1, "")


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("tamper", [with_other_camera, without_one, swapped, inserted, with_another_beginning])
def test_a_log_rewritten_with_its_whole_chain_in_both_places_is_found_by_the_heads(tamper: Callable[[list[Entry]], list[Entry]]) -> None:
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"audit_second_place": None})
    rewrite(tamper(entries()), folder())
    assert kinds() & {"other_root", "older"}


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("tamper", [with_other_camera, without_one, swapped, inserted, with_another_beginning])
def test_even_with_the_centres_own_key_a_rewritten_log_is_convicted_by_the_second_place(
    tamper: Callable[[list[Entry]], list[Entry]],
) -> None:
    rewrite(tamper(entries()), folder())
    sign_anew(audit.centre_key())
    assert kinds() & {"second_different", "second_other_log"}


def test_heads_signed_with_another_key_are_forged(log: Path) -> None:
    assert log.is_dir()
    sign_anew(PrivateKey.make())
    assert "head_forged" in kinds()


@pytest.mark.usefixtures("log")
def test_a_head_that_was_taken_out_is_missed() -> None:
    AuditHead.objects.order_by("pk")[:1].get().delete()
    assert "heads_different" in kinds()
    (folder() / "heads.jsonl").write_text("".join((folder() / "heads.jsonl").read_text().splitlines(keepends=True)[1:]))
    assert "head_missing" in kinds()


@pytest.mark.usefixtures("log")
def test_a_lost_file_of_heads_is_told_and_written_again() -> None:
    (folder() / "heads.jsonl").unlink()
    assert kinds() == {"head_missing"}
    look(50)
    heads.sign_head(at=LATER)
    assert audit.verify(folder()).ok


@pytest.mark.usefixtures("log")
def test_a_database_put_back_from_an_old_copy_does_not_sign_another_history() -> None:
    sql("DELETE FROM platform_auditentry WHERE sequence > 3")
    sql("DELETE FROM platform_audithead WHERE size > 3")
    assert {"missing", "head_missing", "second_older"} <= kinds()
    look(60)
    assert heads.sign_head(at=LATER) is not None
    assert AuditEntry.objects.filter(action="audit.restored").exists()
    assert audit.verify(folder()).ok, "what was missing came back from the files, and that is an entry"


@pytest.mark.usefixtures("log")
def test_database_and_files_put_back_together_are_convicted_by_the_second_place() -> None:
    sql("DELETE FROM platform_auditentry WHERE sequence > 3")
    sql("DELETE FROM platform_audithead WHERE size > 3")
    day = folder() / "2026-05-01.jsonl"
    day.write_text("".join(day.read_text().splitlines(keepends=True)[:3]))
    (folder() / "heads.jsonl").write_text((folder() / "heads.jsonl").read_text().splitlines(keepends=True)[0])
    assert kinds() == {"second_older"}
    second.copy_to_second_place(at=LATER)
    state = second.state()
    assert state is not None
    assert (state.trouble, state.entries) == ("older_here", 6)
    look(60)
    heads.sign_head(at=LATER)
    second.copy_to_second_place(at=LATER)
    assert "second_different" in kinds()


@pytest.mark.usefixtures("log")
def test_an_entry_dated_back_behind_a_signed_head_is_found() -> None:
    found = entries()
    early = replace(found[-1], sequence=7, at=time_text(NOW - timedelta(hours=3)), previous=found[-1].hash).sealed()
    AuditEntry.objects.bulk_create([chain.as_row(early)])
    Spool(folder()).append([early])
    assert kinds() == {"backdated"}


@pytest.mark.usefixtures("log")
def test_a_clock_set_back_is_an_entry_and_no_finding() -> None:
    look(-7200)
    assert AuditEntry.objects.filter(action="audit.clock").get().details["seconds"] == 7240
    heads.sign_head(at=NOW - timedelta(hours=2))
    look(-7100)
    heads.sign_head(at=NOW - timedelta(hours=1))
    assert AuditEntry.objects.filter(action="audit.clock").count() == 1
    assert audit.verify(folder()).ok
    assert audit.now_at_least(NOW) == NOW + timedelta(seconds=40), "permissions go by the newest head"


def test_no_head_is_signed_over_what_was_tampered_with_meanwhile(log: Path) -> None:
    assert log.is_dir()
    look(50)
    sql("UPDATE platform_auditentry SET subject_id = 'camera2' WHERE sequence = 7")
    with pytest.raises(heads.LogNotWhole):
        heads.sign_head(at=LATER)
    assert heads.note_head(at=LATER) == 0
    assert AuditHead.objects.count() == 2


def test_a_log_that_nobody_signs_any_more_is_told(log: Path) -> None:
    assert log.is_dir()
    look(60)
    look(1200)
    assert kinds() == {"unsigned"}


def test_what_was_entered_after_a_quiet_night_waits_for_its_head_and_is_no_finding(log: Path) -> None:
    assert log.is_dir()
    look(9 * 3600)
    look(9 * 3600 + 30)
    assert kinds() == set()


def test_many_who_sign_at_once_write_each_head_once() -> None:
    def sign(number: int) -> None:
        try:
            heads.sign_head(at=NOW + timedelta(seconds=number))
        finally:
            connection.close()

    for number in range(5):
        look(number)
        threads = [threading.Thread(target=sign, args=(number,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = (folder() / "heads.jsonl").read_text().splitlines()
    assert len(lines) == len(set(lines)) == AuditHead.objects.count() == 5
    assert audit.verify(folder()).ok


def test_a_check_beside_writers_signers_and_copiers_finds_nothing(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert log.is_dir()
    compare = places.Heads.compare

    def compare_while_the_log_grows(found: places.Heads, add: places.Add) -> None:
        look(50)
        heads.sign_head(at=LATER)
        second.copy_to_second_place(at=LATER)
        compare(found, add)

    monkeypatch.setattr(places.Heads, "compare", compare_while_the_log_grows)
    report = audit.verify(folder())
    assert (report.findings, report.entries, report.heads, report.second) == ((), 6, 2, "checked")


def test_a_disk_that_refuses_the_file_of_heads_stops_no_head_and_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    look(0)
    with monkeypatch.context() as broken:
        broken.setattr(heads, "append_lines", full)
        assert heads.note_head(at=NOW) == 1
    assert kinds() == {"head_missing"}
    heads.note_head(at=NOW)
    assert kinds() == set()


def test_the_hashes_of_a_check_are_kept_by_number_in_whatever_order_they_come() -> None:
    seen = places.Seen()
    hashes = {number: f"{number:064x}" for number in (1, 2, 5, 3)}
    for number, text in hashes.items():
        seen.add(number, text)
    seen.add(2, "no hash at all")
    assert list(seen) == [1, 2, 3, 5]
    assert [seen.get(number) for number in (1, 2, 3, 4, 5)] == [hashes[1], "no hash at all", hashes[3], None, hashes[5]]
    seen.add(2, hashes[2])
    assert seen.get(2) == hashes[2]


def test_a_second_place_that_is_away_stops_nothing_and_catches_up(log: Path, place: Path) -> None:
    away = place.with_name("unplugged")
    place.rename(away)
    look(50)
    heads.sign_head(at=LATER)
    assert second.copy_to_second_place(at=LATER) == 0
    state = second.state()
    assert state is not None
    assert (state.trouble, state.entries) == ("unreachable", 6)
    assert not place.exists(), "a disk that is not mounted must not become a folder"
    assert audit.verify(folder()).second == "unreachable"
    away.rename(place)
    assert second.copy_to_second_place(at=LATER) == 1
    assert log.is_dir()
    assert audit.verify(folder()).second == "checked"


def test_a_rewritten_second_place_is_told(log: Path) -> None:
    lines = (log / "2026-05-01.jsonl").read_text().splitlines(keepends=True)
    (log / "2026-05-01.jsonl").write_text(lines[0] + lines[1].replace("camera1", "camera2") + "".join(lines[2:]))
    assert "changed" in kinds()
    shutil.rmtree(log)
    second.copy_to_second_place(at=LATER)
    assert audit.verify(folder()).ok, "an empty second place is filled again"
