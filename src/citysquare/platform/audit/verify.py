"""Checking the log: whether every entry is there, unchanged and in its place, in the table and in the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from citysquare.platform.audit.chain import as_entry
from citysquare.platform.audit.log import TURN
from citysquare.platform.audit.spool import Spool
from citysquare.platform.models import AuditEntry
from citysquare.platform.turns import take_turn
from citysquare.proof.entries import FIRST_PREVIOUS, Entry

_MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written. `kind` is changed, missing, unlinked, different or unreadable."""

    kind: str
    place: str
    """`table`, or a file's name and line."""
    sequence: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found; `findings` is bounded."""

    entries: int
    head: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is as it was written."""
        return not self.findings


def verify(folder: Path) -> Report:
    """Check the table against its own chain, the files against theirs, and both against each other.

    Runs beside writers: it looks at the entries up to the two heads at its beginning, taken in the writers' turn.
    """
    spool = Spool(folder)
    with transaction.atomic():
        take_turn(TURN)
        last = AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
        file_head = spool.head()
    findings: list[Finding] = []
    table = _walk((("table", as_entry(row)) for row in _rows(last)), findings)
    limit = max(last, file_head.sequence if file_head else 0)
    files = _walk(((place, line) for place, line in spool.entries() if line is None or line.sequence <= limit), findings)
    findings += _compare(table, files)
    head = table.get(last, FIRST_PREVIOUS)
    return Report(entries=len(table.keys() | files.keys()), head=head, findings=tuple(findings[:_MOST_FINDINGS]))


def _rows(last: int) -> Iterator[AuditEntry]:
    return AuditEntry.objects.filter(sequence__lte=last).order_by("sequence").iterator(2000)


def _walk(lines: Iterable[tuple[str, Entry | None]], findings: list[Finding]) -> dict[int, str]:
    """Follow one chain from its beginning, note what is wrong, and return number and hash of each entry."""
    seen: dict[int, str] = {}
    expected, previous = 1, FIRST_PREVIOUS
    for place, line in lines:
        if line is None:
            findings.append(Finding("unreadable", place, expected))
            continue
        if line.hash != line.expected_hash():
            findings.append(Finding("changed", place, line.sequence))
        if line.sequence != expected or line.previous != previous:
            findings.append(Finding("unlinked", place, line.sequence))
        seen[line.sequence] = line.hash
        expected, previous = line.sequence + 1, line.hash
    return seen


def _compare(table: dict[int, str], files: dict[int, str]) -> Iterator[Finding]:
    for sequence in sorted(table.keys() | files.keys()):
        if sequence not in table:
            yield Finding("missing", "table", sequence)
        elif sequence not in files:
            yield Finding("missing", "files", sequence)
        elif table[sequence] != files[sequence]:
            yield Finding("different", "table and files", sequence)
