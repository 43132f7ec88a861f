"""Checking the log: whether every entry is there, unchanged, in its place and time, in all places, under all signed heads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.db import transaction

from citysquare.platform.audit.centre import centre_keys
from citysquare.platform.audit.chain import as_entry
from citysquare.platform.audit.heads import LogNotWhole, decoded, heads_in, log_name
from citysquare.platform.audit.log import TURN
from citysquare.platform.audit.second import folder_there
from citysquare.platform.audit.spool import Spool
from citysquare.platform.models import AuditEntry, AuditHead
from citysquare.platform.turns import take_turn
from citysquare.proof.chain import EntryChecker
from citysquare.proof.entries import FIRST_PREVIOUS, Entry
from citysquare.proof.errors import ProofError
from citysquare.proof.fields import from_time_text
from citysquare.proof.heads import Head, SignedHead, check_head

_MOST_FINDINGS = 100
_ROWS = 2000
_UNSIGNED = timedelta(minutes=10)
"""How much later than a head an entry may be before it counts as not covered: the server signs each minute while it runs."""

Progress = Callable[[int, int], None]
"""Is told how many of how many entries were read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written; `labels.FINDING_LABELS` says each kind in words."""

    kind: str
    place: str
    """`table`, `second place`, or a file's name and line."""
    sequence: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found; `findings` is bounded."""

    entries: int
    head: str
    findings: tuple[Finding, ...]
    heads: int = 0
    """How many signed heads were checked."""
    covered: int = 0
    """Up to which entry a signed head covers the log."""
    second: str = ""
    """Empty without a second place, `checked`, or `unreachable`."""

    @property
    def ok(self) -> bool:
        """Whether everything is as it was written."""
        return not self.findings


@dataclass(slots=True)
class _Check:
    """A check on its way."""

    progress: Progress
    total: int
    done: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, kind: str, place: str, sequence: int) -> None:
        self.findings.append(Finding(kind, place, sequence))

    def step(self) -> None:
        self.done += 1
        if self.done % _ROWS == 0:
            self.progress(min(self.done, self.total), self.total)


def verify(folder: Path, progress: Progress = lambda _done, _all: None) -> Report:
    """Check the table under its heads, the files, the second place, and all against each other.

    Runs beside writers: it looks at the entries up to the two heads at its beginning, taken in the writers' turn.
    """
    spool = Spool(folder)
    with transaction.atomic():
        take_turn(TURN)
        last = AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
        file_head = spool.head()
    limit = max(last, file_head.sequence if file_head else 0)
    first = AuditEntry.objects.order_by("sequence").first()
    log = log_name(as_entry(first)) if first else ""
    check = _Check(progress, total=last + limit)
    heads = _heads(check, folder, log)
    covered, table = _table(check, last, heads)
    files = _walk(check, ((place, entry) for place, entry in spool.entries() if entry is None or entry.sequence <= limit))
    check.findings += _compare(table, files)
    second = _second_place(check, log, table, heads)
    progress(check.total, check.total)
    return Report(
        entries=len(table.keys() | files.keys()),
        head=table.get(last, FIRST_PREVIOUS),
        findings=tuple(check.findings[:_MOST_FINDINGS]),
        heads=len(heads),
        covered=covered,
        second=second,
    )


def _table(check: _Check, last: int, heads: list[SignedHead]) -> tuple[int, dict[int, str]]:
    """Follow the table's chain under the heads; return up to which entry a head covers it, and the hash of each."""
    checker = EntryChecker(head.head for head in heads)
    seen: dict[int, str] = {}
    newest = ""
    for row in AuditEntry.objects.filter(sequence__lte=last).order_by("sequence").iterator(_ROWS):
        entry = as_entry(row)
        for trouble in checker.add(entry):
            check.add(trouble.kind, "table", trouble.sequence)
        seen[entry.sequence], newest = entry.hash, max(newest, entry.at)
        check.step()
    for trouble in checker.finish():
        if trouble.kind == "missing":
            check.add("older", "table", trouble.sequence)
    met = checker.last_head
    if newest and met is not None and _late(met, newest):
        check.add("unsigned", "table", met.size + 1)
    return (met.size if met else 0), seen


def _late(head: Head, newest: str) -> bool:
    return from_time_text(newest) - from_time_text(head.at) > _UNSIGNED


def _walk(check: _Check, lines: Iterable[tuple[str, Entry | None]]) -> dict[int, str]:
    """Follow one chain from its beginning, note what is wrong, and return number and hash of each entry."""
    checker = EntryChecker()
    seen: dict[int, str] = {}
    for place, entry in lines:
        if entry is None:
            check.add("unreadable", place, checker.size + 1)
            continue
        for trouble in checker.add(entry):
            check.add(trouble.kind, place, trouble.sequence)
        seen[entry.sequence] = entry.hash
        check.step()
    return seen


def _compare(table: dict[int, str], files: dict[int, str]) -> Iterator[Finding]:
    for sequence in sorted(table.keys() | files.keys()):
        if sequence not in table:
            yield Finding("missing", "table", sequence)
        elif sequence not in files:
            yield Finding("missing", "files", sequence)
        elif table[sequence] != files[sequence]:
            yield Finding("different", "table and files", sequence)


def _heads(check: _Check, folder: Path, log: str) -> list[SignedHead]:
    """Check the heads of the table and of the file, and return the longer of the two rows of heads."""
    table: list[SignedHead] = []
    for row in AuditHead.objects.iterator(_ROWS):
        try:
            table.append(decoded(row.line))
        except LogNotWhole:
            check.add("head_unreadable", "table", row.size)
    file = _readable(check, heads_in(folder))
    shorter, longer = sorted((table, file), key=len)
    if longer[: len(shorter)] != shorter:
        wrong = next(index for index, pair in enumerate(zip(table, file, strict=False)) if pair[0] != pair[1])
        check.add("heads_different", "table and files", table[wrong].head.size)
    elif shorter != longer:
        check.add("head_missing", "table" if shorter is table else "files", longer[len(shorter)].head.size)
    _check_chain(check, longer, "heads", log)
    return longer


def _readable(check: _Check, lines: Iterable[tuple[str, SignedHead | None]]) -> list[SignedHead]:
    found: list[SignedHead] = []
    for place, head in lines:
        if head is None:
            check.add("head_unreadable", place, found[-1].head.size if found else 0)
        else:
            found.append(head)
    return found


def _check_chain(check: _Check, heads: Iterable[SignedHead], place: str, log: str) -> None:
    """Check signatures and chain: every head is by a key of this centre that counted then, and goes on from the one before."""
    try:
        keys = centre_keys()
    except ProofError:
        check.add("keys_unreadable", place, 0)
        return
    before: Head | None = None
    for signed in heads:
        for trouble in check_head(signed, before, keys):
            check.add("head_forged" if trouble.kind == "forged" else "head_broken", place, trouble.size)
        if before is None and signed.head.previous != bytes(32):
            check.add("head_missing", place, signed.head.size)
        if log and signed.head.log != log:
            check.add("head_broken", place, signed.head.size)
        before = signed.head


def _second_place(check: _Check, log: str, table: dict[int, str], heads: list[SignedHead]) -> str:
    """Compare with what was copied away: whatever stands there must stand here, at its place."""
    place = folder_there(log)
    if place is None:
        return ""
    name = "second place"
    try:
        others = [one for one in place.parent.iterdir() if one.is_dir() and (one / "lock").exists() and one.name != log]
        there = _walk(check, ((f"{name}, {where}", entry) for where, entry in Spool(place).entries()))
        copied = _readable(check, heads_in(place))
    except OSError:
        return "unreachable"
    for _other in others:
        check.add("second_other_log", name, 1)
    for sequence, kept in there.items():
        if sequence not in table:
            check.add("second_older", name, sequence)
            break
        if table[sequence] != kept:
            check.add("second_different", name, sequence)
            break
    if heads[: len(copied)] != copied:
        check.add("second_older" if len(copied) > len(heads) else "second_different", name, copied[-1].head.size)
    _check_chain(check, copied, name, log)
    return "checked"
