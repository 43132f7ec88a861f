"""Tombstones: what is left of a batch of deleted things, in one canonical form whose SHA-256 stands in the log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from citysquare.platform import audit
from citysquare.platform.audit.names import pseudonym
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
    """Return the Merkle root over the keyed hashes of identifiers, in their order, in hexadecimal. Raises BadKeyFile."""
    tree = Frontier()
    for one in ids:
        tree.append(leaf_hash(pseudonym(f"deleted.{data_class}", one).encode()))
    return tree.head().hex()


def listed(batch: Batch, *, at: datetime) -> Tombstone:
    """Return a new row for a batch, not yet saved. Raises BadKeyFile."""
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


def entries_of(row: Tombstone, outcome: str) -> Sequence[AuditEntry]:
    """Return the log's entries of a tombstone with an outcome."""
    found = AuditEntry.objects.filter(
        action=Action.RETENTION_DELETED, sequence__gt=row.log_before, subject_kind=KIND, subject_id=row.pk, outcome=outcome
    )
    return list(found.order_by("sequence"))


def is_proven(row: Tombstone) -> bool:
    """Whether the row is as it was written, and the log says the same: announced by this digest, and then done."""
    if row.state != TombstoneState.PROVEN or hashlib.sha256(row.body.encode()).hexdigest() != row.digest:
        return False
    said = body_of(row)
    same = (said.get("id"), said.get("data_class"), said.get("count"), said.get("rule")) == (row.pk, row.data_class, row.count, row.rule)
    return same and all(
        any(entry.details.get("digest") == row.digest and entry.details.get("count") == row.count for entry in entries_of(row, outcome))
        for outcome in (BEGUN, DONE)
    )


def _last_entry() -> int:
    return AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
