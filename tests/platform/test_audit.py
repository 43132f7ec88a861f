"""The audit log: what is recorded stays, and whoever touches it is found out."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

from citysquare.platform import audit
from citysquare.platform.audit import chain, entries, log
from citysquare.platform.audit.spool import Spool
from citysquare.platform.models import AppendOnlyError, AuditEntry
from citysquare.platform.policy import Action, Actor, Role, Subject
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

OPERATOR = Actor(id="person1", organisation="city1", roles=frozenset({Role.OPERATOR}))
CAMERA = Subject("camera", "camera1", "city1")


def look(number: int = 0) -> AuditEntry:
    at = NOW + timedelta(seconds=number)
    return audit.record(actor=OPERATOR, action=Action.LIVE_VIEW, subject=CAMERA, outcome="allow", at=at, details={"seconds": number})


def folder() -> Path:
    path: Path = settings.CITYSQUARE.audit_dir
    return path


def day_file() -> Path:
    return folder() / "2026-05-01.jsonl"


def kinds() -> set[tuple[str, str]]:
    return {(finding.kind, finding.place.partition(":")[0]) for finding in audit.verify(folder()).findings}


def sql(text: str, *values: str | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def test_entries_are_chained_and_stand_in_table_and_file() -> None:
    entries = [look(number) for number in range(5)]
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5]
    assert entries[0].previous == audit.FIRST_PREVIOUS
    assert all(later.previous == earlier.hash for earlier, later in itertools.pairwise(entries))
    assert [json.loads(line)["hash"] for line in day_file().read_text().splitlines()] == [entry.hash for entry in entries]
    report = audit.verify(folder())
    assert (report.ok, report.entries, report.head) == (True, 5, entries[-1].hash)


def test_only_the_owner_may_read_the_files() -> None:
    look()
    assert folder().stat().st_mode & 0o777 == 0o700
    assert day_file().stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'person2'",
        "action = 'live.view_redacted'",
        "subject_id = 'camera2'",
        "outcome = 'refuse'",
        "details = '{\"seconds\": 99}'",
        "at = '2026-05-02 12:00:00'",
        "organisation = 'city2'",
    ],
)
def test_a_changed_row_is_found(change: str) -> None:
    for number in range(3):
        look(number)
    sql(f"UPDATE platform_auditentry SET {change} WHERE sequence = 2")  # noqa: S608 -- the test's own words
    assert ("changed", "table") in kinds()


def test_a_row_changed_together_with_its_hash_is_found() -> None:
    for number in range(3):
        look(number)
    forged = chain.as_entry(AuditEntry.objects.get(sequence=2))
    sealed = replace(forged, actor="person2").sealed()
    sql("UPDATE platform_auditentry SET actor = 'person2', hash = %s WHERE sequence = 2", sealed.hash)
    assert {("unlinked", "table"), ("different", "table and files")} <= kinds()


@pytest.mark.parametrize("sequence", [1, 2, 3])
def test_a_deleted_row_is_found(sequence: int) -> None:
    for number in range(3):
        look(number)
    sql("DELETE FROM platform_auditentry WHERE sequence = %s", sequence)
    assert ("missing", "table") in kinds()


def test_reordered_rows_are_found() -> None:
    for number in range(4):
        look(number)
    sql("UPDATE platform_auditentry SET sequence = 99 WHERE sequence = 2")
    sql("UPDATE platform_auditentry SET sequence = 2 WHERE sequence = 3")
    sql("UPDATE platform_auditentry SET sequence = 3 WHERE sequence = 99")
    assert {("changed", "table"), ("unlinked", "table")} <= kinds()


def _drop(lines: list[str]) -> list[str]:
    return [lines[0], *lines[2:]]


def _swap(lines: list[str]) -> list[str]:
    return [lines[0], lines[2], lines[1], *lines[3:]]


def _change(lines: list[str]) -> list[str]:
    return [lines[0], lines[1].replace("camera1", "camera2"), *lines[2:]]


def _cut(lines: list[str]) -> list[str]:
    return lines[:-1]


def _scribble(lines: list[str]) -> list[str]:
    return [lines[0], "nothing of ours", *lines[1:]]


@pytest.mark.parametrize("tamper", [_drop, _swap, _change, _cut, _scribble])
def test_a_tampered_file_is_found(tamper: Callable[[list[str]], list[str]]) -> None:
    for number in range(4):
        look(number)
    day_file().write_text("\n".join(tamper(day_file().read_text().splitlines())) + "\n")
    assert not audit.verify(folder()).ok


def test_a_database_put_back_from_an_old_copy_is_brought_up_to_date_and_that_is_logged() -> None:
    for number in range(5):
        look(number)
    sql("DELETE FROM platform_auditentry WHERE sequence > 2")
    assert ("missing", "table") in kinds()
    look(9)
    restored = AuditEntry.objects.get(action=str(Action.AUDIT_RESTORED))
    assert restored.details == {"entries": 3, "from": 3}
    assert audit.verify(folder()).ok


def test_a_lost_file_is_written_again_and_that_is_logged() -> None:
    for number in range(3):
        look(number)
    day_file().unlink()
    look(3)
    assert AuditEntry.objects.filter(action=str(Action.AUDIT_RESTORED), subject_id="file").count() == 1
    assert audit.verify(folder()).ok


def test_a_line_torn_by_a_power_cut_is_dropped() -> None:
    look(0)
    with day_file().open("a") as file:
        file.write('{"action":"live.vi')
    look(1)
    assert audit.verify(folder()).ok


def test_an_entry_is_durable_while_the_disk_refuses_files(monkeypatch: pytest.MonkeyPatch) -> None:
    look(0)

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Spool, "append", full)
        look(1)
    assert AuditEntry.objects.count() == 2
    look(2)
    assert audit.verify(folder()).ok


def test_an_entry_is_durable_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    look(0)

    def away() -> None:
        raise OperationalError("the database is gone")

    with monkeypatch.context() as broken:
        broken.setattr(log, "_table_head", away)
        assert look(1).sequence == 2
    assert AuditEntry.objects.count() == 1
    look(2)
    assert AuditEntry.objects.get(sequence=2).details == {"seconds": 1}
    assert audit.verify(folder()).ok


def test_when_both_fail_the_act_must_not_happen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def away() -> None:
        raise DatabaseError("the database is gone")

    (tmp_path / "data").mkdir(exist_ok=True)
    folder().write_text("a file where the folder should be")
    monkeypatch.setattr(log, "_table_head", away)
    with pytest.raises(audit.AuditUnavailable) as refused:
        look()
    assert refused.value.status == 503


def test_an_entry_inside_a_transaction_is_refused_for_it_would_vanish_with_it() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        look()


def test_entries_are_neither_changed_nor_deleted_through_the_program() -> None:
    entry = look()
    stored = AuditEntry.objects.get(pk=entry.pk)
    stored.outcome = "refuse"
    for change in (
        stored.save,
        stored.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(outcome="x"),
        lambda: AuditEntry.objects.bulk_update([stored], ["outcome"]),
    ):
        with pytest.raises(AppendOnlyError):
            change()


def test_a_clock_set_back_does_not_turn_the_log_around() -> None:
    day = 24 * 3600
    look(3 * day)
    assert look(0).at == NOW
    assert [look(number * day).sequence for number in (1, 5, 2)] == [4, 5, 7]
    said = AuditEntry.objects.filter(action="audit.clock")
    assert [(entry.sequence, entry.details["seconds"]) for entry in said] == [(2, 3 * day), (6, 3 * day)]
    assert [path.stem for path in sorted(folder().glob("*.jsonl"))] == ["2026-05-04", "2026-05-06"]
    assert audit.verify(folder()).ok


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        audit.record(actor=OPERATOR, action=Action.LIVE_VIEW, subject=CAMERA, outcome="allow", at=NOW.replace(tzinfo=None))


def test_no_caller_can_make_an_entry_large() -> None:
    details = dict.fromkeys(sorted(entries.names_of(Action.EXHIBIT_MAKE)), "x" * 10_000)
    assert len(details) > 20
    entry = audit.record(
        actor=Actor(id="p" * 1000),
        action=Action.EXHIBIT_MAKE,
        subject=Subject("k" * 99, "i" * 999),
        outcome="o" * 99,
        at=NOW,
        details=details,
    )
    assert day_file().stat().st_size < 20_000
    assert len(entry.details) == 20
    assert audit.verify(folder()).ok


def test_writers_at_the_same_time_make_one_chain() -> None:
    def write(start: int) -> None:
        try:
            for number in range(5):
                look(start + number)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 10, 20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = audit.verify(folder())
    assert (report.ok, report.entries, AuditEntry.objects.count()) == (True, 20, 20)


def test_details_hold_no_character_that_a_database_cannot_keep() -> None:
    assert chain.bounded({"address": "rtsp://\0host\ud800"}) == {"address": "rtsp://host?"}
