"""Signed heads: each minute in which the log grew, the centre signs how many entries it has and their Merkle root (RFC 6962).

A head stands in the table and as a line of `<data_dir>/audit/heads.jsonl`, and goes to the second place. It is signed only over entries
that are whole and in their chain: what was tampered with since the last head is not made good by a signature.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.platform.audit.centre import centre_key
from citysquare.platform.audit.chain import as_entry, entries_between
from citysquare.platform.audit.spool import Spool, append_lines, last_lines
from citysquare.platform.errors import DomainError
from citysquare.platform.models import AuditEntry, AuditHead
from citysquare.platform.turns import take_turn
from citysquare.proof.entries import FIRST_PREVIOUS, Entry
from citysquare.proof.errors import ProofError
from citysquare.proof.fields import from_time_text, time_text
from citysquare.proof.heads import LONGEST_LINE, NO_HEAD, Head, SignedHead
from citysquare.proof.merkle import Frontier, leaf_hash

HEADS_FILE = "heads.jsonl"
TURN = "platform.audit.heads"
"""Who holds this turn is the only one who signs."""
_LOG_LETTERS = 32
_TAIL_BYTES = 4 * LONGEST_LINE
"""Of the file: the last whole head is in it, also behind a torn line."""

_log = logging.getLogger(__name__)


class LogNotWhole(DomainError):
    """The log is not as it was written, so no head is signed over it."""

    code = "audit.not_whole"
    status = 409


def sign_head(*, at: datetime) -> AuditHead | None:
    """Sign the head of the log as it is, write it down, and return it; None when there is nothing new.

    Raises LogNotWhole when entries or heads are not as they were written, BadKey, OSError.
    """
    spool = Spool(settings.CITYSQUARE.audit_dir)
    restore_heads(spool)
    last = AuditHead.objects.last()
    before = decoded(last.line) if last is not None else None
    size = AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    if before is not None and size == before.head.size:
        return None
    frontier, log = _grown(last, before, size)
    if not size:
        return None
    previous = before.head.digest() if before else NO_HEAD
    moment = max(time_text(at), before.head.at) if before else time_text(at)
    signed = Head(log, frontier.size, frontier.head(), moment, previous).signed(centre_key())
    with transaction.atomic(durable=True):
        take_turn(TURN)
        newest = AuditHead.objects.last()
        if (newest.pk if newest else None) != (last.pk if last else None):
            return newest  # another process was faster
        row = AuditHead(size=frontier.size, at=from_time_text(moment), line=_line(signed), edge=[one.hex() for one in frontier.hashes])
        row.save(force_insert=True)
        _to_file(spool, signed.encoded())
    return row


def _to_file(spool: Spool, lines: bytes) -> None:
    """Write heads to the file within the turn of whoever wrote them to the table; what the disk refuses is made up for later."""
    try:
        with spool.locked():
            append_lines(spool.folder / HEADS_FILE, lines)
    except OSError as error:
        _log.warning("the file of heads failed, the head stands in the table alone: %s", error)


def note_head(*, at: datetime) -> int:
    """Sign a head where there is something new, and return how many were signed: a round of the server's tasks."""
    try:
        return int(sign_head(at=at) is not None)
    except (DomainError, ProofError, OSError) as error:
        _log.error("no head of the audit log was signed: %s", error)
        return 0


def restore_heads(spool: Spool) -> None:
    """Bring table and file of heads up to date from each other. Raises LogNotWhole when they contradict each other, OSError."""
    if _newest_in_table() == last_head(spool.folder):
        return
    with transaction.atomic(durable=True):
        take_turn(TURN)  # who signs writes both in one turn: only what is missing in it, is missing
        table = [decoded(line) for line in AuditHead.objects.values_list("line", flat=True)]
        file = [head for _place, head in heads_in(spool.folder) if head is not None]
        shorter, longer = sorted((table, file), key=len)
        if longer[: len(shorter)] != shorter:
            raise _not_whole()
        missing = longer[len(shorter) :]
        if len(table) < len(file):
            AuditHead.objects.bulk_create(AuditHead(size=one.head.size, at=from_time_text(one.head.at), line=_line(one)) for one in missing)
        elif missing:
            _to_file(spool, b"".join(one.encoded() for one in missing))


def _newest_in_table() -> SignedHead | None:
    row = AuditHead.objects.last()
    return decoded(row.line) if row is not None else None


def heads_in(folder: Path) -> Iterator[tuple[str, SignedHead | None]]:
    """Yield every line's place and its head, None where the line is no head; nothing where there is no file. Raises OSError."""
    path = folder / HEADS_FILE
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            yield f"{HEADS_FILE}:{number}", _try_decoded(text)


def last_head(folder: Path) -> SignedHead | None:
    """Return the last whole head of a folder. Raises OSError."""
    path = folder / HEADS_FILE
    if not path.exists():
        return None
    found = (_try_decoded(text) for text in last_lines(path, _TAIL_BYTES))
    return next((head for head in found if head is not None), None)


def decoded(line: str) -> SignedHead:
    """Return a head of the table. Raises LogNotWhole when it is none."""
    try:
        return SignedHead.decoded(line.encode())
    except ProofError:
        raise _not_whole() from None


def log_name() -> str:
    """Return the log's name, made of its first entry so that heads of another log never fit; empty while there is no entry."""
    first = AuditEntry.objects.order_by("sequence").values_list("hash", flat=True).first()
    return first[:_LOG_LETTERS] if first else ""


def tree_before(size: int) -> Frontier:
    """Return the tree as the newest head over at most `size` entries left it: whoever needs a later one lets it grow from there."""
    return _tree(AuditHead.objects.filter(size__lte=size, size__gt=0).exclude(edge=[]).order_by("-size").first())


def _tree(head: AuditHead | None) -> Frontier:
    """Return a head's tree; the empty one for none, and for a head of the file, which does not have its edge."""
    return Frontier(head.size, [bytes.fromhex(text) for text in head.edge]) if head is not None and head.edge else Frontier()


def _grown(last: AuditHead | None, before: SignedHead | None, size: int) -> tuple[Frontier, str]:
    """Return the tree's edge at `size`, grown from the last head's, and the log's name."""
    name, frontier = log_name(), _tree(last)
    entry: Entry | None = None
    if frontier.size:
        found = AuditEntry.objects.filter(sequence=frontier.size).first()
        entry = as_entry(found) if found else None
        if entry is None or entry.hash != entry.expected_hash():
            raise _not_whole()
    for following in entries_between(frontier.size + 1, size):
        entry = _following(entry, following)
        frontier.append(leaf_hash(entry.leaf()))
        _agrees(frontier, before)
    if frontier.size != size or (before is not None and (size < before.head.size or before.head.log != name)):
        raise _not_whole()
    _agrees(frontier, before)
    return frontier, name


def _following(before: Entry | None, entry: Entry) -> Entry:
    previous, number = (before.hash, before.sequence + 1) if before else (FIRST_PREVIOUS, 1)
    if entry.previous != previous or entry.sequence != number or entry.hash != entry.expected_hash():
        raise _not_whole()
    return entry


def _agrees(frontier: Frontier, before: SignedHead | None) -> None:
    if before is not None and frontier.size == before.head.size and frontier.head() != before.head.root:
        raise _not_whole()


def _line(signed: SignedHead) -> str:
    return signed.encoded().decode().rstrip("\n")


def _try_decoded(text: bytes) -> SignedHead | None:
    try:
        return SignedHead.decoded(text.rstrip(b"\n"))
    except ProofError:
        return None


def _not_whole() -> LogNotWhole:
    return LogNotWhole(_("The audit log is not as it was written, so no head is signed over it. Check it and tell the auditor."))
