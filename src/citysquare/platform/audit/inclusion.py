"""Entries taken out of the log with the proof that they are in it: what an exhibit carries along (RFC 9162, 2.1.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from citysquare.platform.audit.chain import as_entry, entries_between
from citysquare.platform.audit.heads import LogNotWhole, decoded, sign_head, tree_before
from citysquare.platform.models import AuditEntry, AuditHead
from citysquare.platform.policy import Action
from citysquare.proof.bundles.exhibit import LogExtract, ProvenEntry
from citysquare.proof.entries import Entry
from citysquare.proof.errors import OutOfTree
from citysquare.proof.merkle import HASH_BYTES, NodeReader, inclusion_proof, leaf_hash

MOST_ENTRIES = 1000


def extract(subjects: Sequence[tuple[str, str]], *, at: datetime, telling: Sequence[tuple[Action, Mapping[str, str]]] = ()) -> LogExtract:
    """Return the entries about these subjects (kind, identifier), at most MOST_ENTRIES of the newest, under a head signed now.

    With them come the entries of an act that tell certain details (`telling`), such as the registration of a key. Subjects of kinds that
    the log knows by pseudonyms are not found by their identifiers. Raises LogNotWhole, BadKey, OSError.
    """
    wanted = Q(pk__in=())
    for kind, identifier in subjects:
        wanted |= Q(subject_kind=kind, subject_id=identifier)
    newest = AuditEntry.objects.filter(wanted).order_by("-sequence")[:MOST_ENTRIES]
    rows = {row.sequence: row for row in (*newest, *_telling(telling))}
    entries = [as_entry(rows[number]) for number in sorted(rows)]
    sign_head(at=at)
    head = AuditHead.objects.last()
    if head is None or (entries and entries[-1].sequence > head.size):
        raise LogNotWhole(_("The audit log has no head over these entries. Have the auditor check it."))
    entries = [entry for entry in entries if entry.sequence <= head.size]
    read = _nodes(entries, head.size)
    proven = tuple(ProvenEntry(entry, inclusion_proof(entry.sequence - 1, head.size, read)) for entry in entries)
    return LogExtract(proven, decoded(head.line))


def _telling(telling: Sequence[tuple[Action, Mapping[str, str]]]) -> list[AuditEntry]:
    """Return the entries that tell certain details, whatever the number of the others: at most MOST_ENTRIES of the newest."""
    wanted = Q(pk__in=())
    for action, details in telling:
        wanted |= Q(action=str(action), **{f"details__{name}": value for name, value in details.items()})
    return list(AuditEntry.objects.filter(wanted).order_by("-sequence")[:MOST_ENTRIES])


def _needed(entries: Sequence[Entry], size: int) -> set[tuple[int, int]]:
    """Return which nodes the proofs of these entries are made of: a few for each, however large the log."""
    needed = set[tuple[int, int]]()

    def note(level: int, index: int) -> bytes:
        needed.add((level, index))
        return bytes(HASH_BYTES)

    for entry in entries:
        inclusion_proof(entry.sequence - 1, size, note)
    return needed


def _nodes(entries: Sequence[Entry], size: int) -> NodeReader:
    """Return a reader of the tree of `size` leaves that knows what proofs of these entries need, and nothing else.

    A subtree before an earlier head of which the sibling reaches behind it is one of that head's edge: nothing before it is read.
    """
    known: dict[tuple[int, int], bytes] = {}
    needed, first = _needed(entries, size), entries[0].sequence - 1 if entries else size
    frontier, place = tree_before(first), 0
    for level, found in zip([bit for bit in range(63, -1, -1) if frontier.size >> bit & 1], frontier.hashes, strict=True):
        known[level, place >> level] = found
        place += 1 << level
    for entry in entries_between(frontier.size + 1, size):
        nodes = frontier.append(leaf_hash(entry.leaf()))
        known.update(((node.level, node.index), node.hash) for node in nodes if (node.level, node.index) in needed)

    def read(level: int, index: int) -> bytes:
        found = known.get((level, index))
        if found is None:
            raise OutOfTree("The tree has no such node.")
        return found

    return read
