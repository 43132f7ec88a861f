"""Tombstones: what is left of a batch of deleted things, in one canonical form whose SHA-256 stands in the log."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from citysquare.platform import audit
from citysquare.platform.audit.names import pseudonym
from citysquare.platform.ids import LENGTH
from citysquare.platform.models import AuditEntry, Tombstone, TombstoneState
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.proof.canonical import Json, Parsed, canonical, parse
from citysquare.proof.errors import ProofError
from citysquare.proof.fields import time_text
from citysquare.proof.merkle import Frontier, leaf_hash

VERSION = 1
BEGUN, DONE, WITHDRAWN = "begun", "done", "withdrawn"
"""Outcomes of the entries of one tombstone."""
CHECKED = "database: each identifier was looked for after the deletion and not found"

SYSTEM = Actor.system("retention")
KIND = "tombstone"


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be deleted together, and why."""

    data_class: str
    rule: str
    pack: str
    version: int
    hours: int | None
    """How long such things are kept; None where age is not the reason."""
    law: str
    ids: tuple[str, ...]
    oldest: datetime | None
    newest: datetime | None


def root_of(data_class: str, ids: Iterable[str]) -> str:
    """Return the Merkle root over the keyed hashes of identifiers, in their order, in hexadecimal. Raises BadKey."""
    tree = Frontier()
    for one in ids:
        tree.append(leaf_hash(pseudonym(f"deleted.{data_class}", one).encode()))
    return tree.head().hex()


def listed(batch: Batch, *, at: datetime) -> Tombstone:
    """Return a new row for a batch, not yet saved. Raises BadKey."""
    ids = sorted(batch.ids)
    row = Tombstone(
        data_class=batch.data_class,
        rule=batch.rule,
        listed_at=at,
        count=len(ids),
        oldest=batch.oldest,
        newest=batch.newest,
        log_before=_last_entry(),
        ids=ids,
    )
    said: dict[str, Json] = {
        "tombstone": VERSION,
        "id": row.pk,
        "data_class": batch.data_class,
        "rule": batch.rule,
        "law": batch.law,
        "pack": batch.pack,
        "pack_version": batch.version,
        "hours": batch.hours,
        "count": len(ids),
        "oldest": time_text(batch.oldest) if batch.oldest else None,
        "newest": time_text(batch.newest) if batch.newest else None,
        "listed_at": time_text(at),
        "root": root_of(batch.data_class, ids),
        "checked": CHECKED,
    }
    row.body = canonical(said).decode()
    row.digest = hashlib.sha256(row.body.encode()).hexdigest()
    return row


def body_of(row: Tombstone) -> dict[str, Parsed]:
    """Return what a tombstone says; nothing where it was damaged."""
    try:
        found = parse(row.body.encode())
    except ProofError:
        return {}
    return found if isinstance(found, dict) else {}


def tell(row: Tombstone, outcome: str, *, at: datetime) -> None:
    """Write the entry of this outcome, unless the log has it already: a crash may have come between entry and row.

    Raises AuditUnavailable.
    """
    if entries_of(row, outcome):
        return
    said = body_of(row)
    details: dict[str, str | int] = {"data_class": row.data_class, "rule": row.rule, "count": row.count, "digest": row.digest}
    if outcome == BEGUN:
        details |= {name: _detail(said.get(key)) for name, key in _FROM_BODY.items() if said.get(key) is not None}
    elif outcome == DONE:
        details |= {"checked": row.count, "found": row.deleted or 0}
    subject = Subject(KIND, row.pk)
    audit.record(actor=SYSTEM, action=Action.RETENTION_DELETED, subject=subject, outcome=outcome, at=at, details=details)


_FROM_BODY = {"pack": "pack", "version": "pack_version", "hours": "hours", "oldest": "oldest", "newest": "newest", "root": "root"}
"""Details of the entry, and where they stand in the body."""


def _detail(value: Parsed) -> str | int:
    return value if isinstance(value, str | int) else ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another part of the house deleted by its own rules and noted itself, such as the recorder: told afterwards."""

    data_class: str
    rule: str
    law: str
    subject: Subject
    count: int
    oldest: datetime
    newest: datetime
    facts: Mapping[str, Json]
    """What the tombstone says of it. The same deletion has the same facts: by them it is known that it was told."""
    details: Mapping[str, str | int]
    """What the entry says beside the digest."""


def note_elsewhere(gone: Elsewhere, *, at: datetime) -> bool:
    """Tell a deletion that has happened, and keep its tombstone; say whether it was news. Outside of a transaction.

    Raises AuditUnavailable; the same call again makes up for what was interrupted.
    """
    body = canonical(
        {
            "tombstone": VERSION,
            "data_class": gone.data_class,
            "rule": gone.rule,
            "law": gone.law,
            "count": gone.count,
            "oldest": time_text(gone.oldest),
            "newest": time_text(gone.newest),
            "subject": gone.subject.id,
            **gone.facts,
        }
    ).decode()
    digest = hashlib.sha256(body.encode())
    pk = base64.b32encode(digest.digest()).decode().lower()[:LENGTH]
    if Tombstone.objects.filter(pk=pk).exists():
        return False
    told = _entries(gone.subject, DONE, digest.hexdigest(), after=0).last()
    if told is None:
        details = {"data_class": gone.data_class, "rule": gone.rule, "count": gone.count, "digest": digest.hexdigest(), **gone.details}
        act = Action.RETENTION_DELETED
        told = audit.record(actor=SYSTEM, action=act, subject=gone.subject, outcome=DONE, at=at, details=details)
    values = {
        "data_class": gone.data_class,
        "rule": gone.rule,
        "state": TombstoneState.PROVEN,
        "listed_at": told.at,
        "count": gone.count,
        "deleted": gone.count,
        "oldest": gone.oldest,
        "newest": gone.newest,
        "body": body,
        "digest": digest.hexdigest(),
        "log_before": told.sequence - 1,
        "closed_at": at,
    }
    Tombstone.objects.get_or_create(pk=pk, defaults=values)
    return True


def entries_of(row: Tombstone, outcome: str) -> Sequence[AuditEntry]:
    """Return the log's entry of a tombstone with an outcome; none, or one."""
    subject = body_of(row).get("subject")
    about = Subject("", subject) if isinstance(subject, str) else Subject(KIND, row.pk)
    return list(_entries(about, outcome, row.digest, after=row.log_before)[:1])


def _entries(subject: Subject, outcome: str, digest: str, *, after: int) -> QuerySet[AuditEntry]:
    found = AuditEntry.objects.filter(
        action=Action.RETENTION_DELETED, sequence__gt=after, subject_id=subject.id, outcome=outcome, details__digest=digest
    )
    return found.order_by("sequence")


def is_proven(row: Tombstone) -> bool:
    """Whether the row is as it was written, and the log says the same: announced by this digest, and then done."""
    if row.state != TombstoneState.PROVEN or hashlib.sha256(row.body.encode()).hexdigest() != row.digest:
        return False
    said = body_of(row)
    if (said.get("data_class"), said.get("count"), said.get("rule")) != (row.data_class, row.count, row.rule):
        return False
    outcomes = (DONE,) if "subject" in said else (BEGUN, DONE)
    return said.get("id", row.pk) == row.pk and all(
        any(entry.details.get("count") == row.count for entry in entries_of(row, outcome)) for outcome in outcomes
    )


def _last_entry() -> int:
    return AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
