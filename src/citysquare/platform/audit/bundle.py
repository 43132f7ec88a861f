"""What of the log leaves the centre: a stretch of it as a bundle that ends in a signed head (docs/reference/formats.md).

`citysquare-verify` checks it without us. Single entries go with exhibits, proven by `inclusion`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from citysquare.platform.audit.centre import centre_key, centre_keys
from citysquare.platform.audit.chain import ROWS_AT_ONCE, as_entry, entries_between
from citysquare.platform.audit.heads import decoded, log_name, sign_head, tree_before
from citysquare.platform.audit.stamps import stamps_between
from citysquare.platform.errors import DomainError
from citysquare.platform.models import AuditEntry, AuditHead
from citysquare.proof.bundles.audit import KIND, AuditContent, AuditStretch, write_audit
from citysquare.proof.bundles.read_me import read_me
from citysquare.proof.entries import FIRST_PREVIOUS, Entry
from citysquare.proof.fields import time_text
from citysquare.proof.merkle import Frontier, leaf_hash


class NothingToExport(DomainError):
    """No entry lies in the range asked for."""

    code = "audit.nothing_to_export"
    status = 404


@dataclass(frozen=True, slots=True)
class Stretch:
    """The entries from number `first` to `last`; the last one is covered by a head of that size."""

    first: int
    last: int


def stretch_between(*, since: datetime, until: datetime, at: datetime) -> Stretch:
    """Return the stretch that holds all entries of a time, up to the next signed head; signs one now.

    Raises NothingToExport, LogNotWhole.
    """
    sign_head(at=at)
    inside = AuditEntry.objects.filter(at__gte=since, at__lt=until)
    first = inside.order_by("sequence").values_list("sequence", flat=True).first()
    last = inside.order_by("-sequence").values_list("sequence", flat=True).first()
    if first is None or last is None:
        raise NothingToExport(_("No entry lies in this time. Choose another."))
    return Stretch(first, _covering(last).size)


def write_bundle(file: BinaryIO, stretch: Stretch, *, at: datetime) -> None:
    """Write the stretch with its heads and this centre's public keys. Raises LogNotWhole, BadKey, OSError."""
    frontier, before = _edge(stretch.first - 1)
    heads = AuditHead.objects.filter(size__gte=stretch.first, size__lte=stretch.last).order_by("pk")
    described = AuditStretch(
        log=log_name(),
        first=stretch.first,
        last=stretch.last,
        made_at=time_text(at),
        previous=before.hash if before else FIRST_PREVIOUS,
        edge=frontier.hashes,
    )
    content = AuditContent(
        entries=entries_between(stretch.first, stretch.last),
        heads=(decoded(line) for line in heads.values_list("line", flat=True).iterator(ROWS_AT_ONCE)),
        keys=centre_keys(),
        read_me=read_me(KIND),
        stamps=stamps_between(stretch.first, stretch.last),
    )
    write_audit(file, described, content, centre_key())


def _edge(size: int) -> tuple[Frontier, Entry | None]:
    """Return the tree before a stretch, and the last entry before it."""
    frontier = tree_before(size)
    for entry in entries_between(frontier.size + 1, size):
        frontier.append(leaf_hash(entry.leaf()))
    before = AuditEntry.objects.filter(sequence=size).first()
    return frontier, as_entry(before) if before else None


def _covering(sequence: int) -> AuditHead:
    found = AuditHead.objects.filter(size__gte=sequence).order_by("size").first()
    if found is None:
        raise NothingToExport(_("No signed head covers this time yet. Try again in a minute."))
    return found
