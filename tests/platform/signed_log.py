"""A log under signed heads in two places, and the hands of somebody who rewrites it with its whole chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from citysquare.platform import audit
from citysquare.platform.audit import chain, heads, second
from citysquare.platform.audit.spool import Spool
from citysquare.platform.models import AuditEntry, AuditHead
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.proof.entries import FIRST_PREVIOUS, Entry
from citysquare.proof.fields import time_text
from citysquare.proof.heads import Head, SignedHead
from citysquare.proof.keys import PrivateKey
from citysquare.proof.merkle import Frontier, leaf_hash
from tests.factories import NOW


def look(second_: int, camera: str = "camera1") -> AuditEntry:
    actor, subject = Actor("person1", "city1"), Subject("camera", camera, "city1")
    return audit.record(actor=actor, action=Action.LIVE_VIEW, subject=subject, outcome="allow", at=NOW + timedelta(seconds=second_))


def folder() -> Path:
    path: Path = settings.CITYSQUARE.audit_dir
    return path


def kinds() -> set[str]:
    return {finding.kind for finding in audit.verify(folder()).findings}


def sql(text: str, *values: str | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def two_heads(place: Path) -> Path:
    """Make a log of six entries under two heads, all of it in the second place; return its folder there."""
    for number in range(3):
        look(number)
    heads.sign_head(at=NOW + timedelta(seconds=10))
    for number in range(20, 23):
        look(number)
    heads.sign_head(at=NOW + timedelta(seconds=40))
    second.copy_to_second_place(at=NOW + timedelta(seconds=41))
    assert audit.verify(folder()).ok
    return next(place.iterdir())


def rewrite(entries: list[Entry], path: Path) -> None:
    """Chain entries anew and put them in place of table and files, as somebody would who knows how."""
    previous, made = FIRST_PREVIOUS, []
    for number, entry in enumerate(entries, start=1):
        made.append(replace(entry, sequence=number, previous=previous).sealed())
        previous = made[-1].hash
    sql("DELETE FROM platform_auditentry")
    AuditEntry.objects.bulk_create(chain.as_row(entry) for entry in made)
    for file in path.glob("2*.jsonl"):
        file.unlink()
    Spool(path).append(made)


def sign_anew(key: PrivateKey) -> None:
    """Sign two heads over the log as it is, and put them in place of the true ones."""
    rows = [chain.as_entry(row) for row in AuditEntry.objects.all()]
    frontier, previous, made = Frontier(), bytes(32), []
    for entry in rows:
        frontier.append(leaf_hash(entry.leaf()))
        if entry.sequence in {3, len(rows)}:
            at = NOW + timedelta(seconds=10 if entry.sequence == 3 else 40)
            head = Head(rows[0].hash[:32], entry.sequence, frontier.head(), time_text(at), previous)
            made.append(head.signed(key))
            previous = head.digest()
    put_heads(made)


def put_heads(made: list[SignedHead]) -> None:
    AuditHead.objects.all().delete()
    lines = [one.encoded().decode().rstrip("\n") for one in made]
    AuditHead.objects.bulk_create(AuditHead(size=one.head.size, at=NOW, line=line) for one, line in zip(made, lines, strict=True))
    (folder() / "heads.jsonl").write_text("".join(f"{line}\n" for line in lines))


def entries() -> list[Entry]:
    return [chain.as_entry(row) for row in AuditEntry.objects.order_by("sequence")]
