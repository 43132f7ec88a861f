"""Checking the log: whether every entry is there, unchanged, in its place and time, in all places, under all signed heads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path

from django.db import transaction

from citysquare.platform.audit.centre import centre_keys
from citysquare.platform.audit.chain import ROWS_AT_ONCE, as_entry
from citysquare.platform.audit.heads import TURN as HEADS_TURN
from citysquare.platform.audit.heads import heads_in, log_name
from citysquare.platform.audit.log import TURN
from citysquare.platform.audit.places import Heads, Seen, readable
from citysquare.platform.audit.second import folder_there
from citysquare.platform.audit.spool import Spool
from citysquare.platform.models import AuditEntry
from citysquare.platform.turns import take_turn
from citysquare.proof.chain import EntryChecker
from citysquare.proof.entries import FIRST_PREVIOUS, Entry
from citysquare.proof.errors import ProofError
from citysquare.proof.fields import from_time_text
from citysquare.proof.heads import NO_HEAD, Head, SignedHead, check_head

_MOST_FINDINGS = 100
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
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(Finding(kind, place, sequence))

    def step(self) -> None:
        self.done += 1
        if self.done % ROWS_AT_ONCE == 0:
            self.progress(min(self.done, self.total), self.total)


def verify(folder: Path, progress: Progress = lambda _done, _all: None) -> Report:
    """Check the table under its heads, the files, the second place, and all against each other.

    Runs beside writers: it looks at what was there at its beginning. That is taken in the order opposite to that of writing (second place,
    heads, entries), each in the writers' turn: whatever a later place names, the earlier one then has. 32 bytes of memory an entry.
    """
    spool = Spool(folder)
    log = log_name()
    there = _There.now(folder_there(log))
    with transaction.atomic():
        take_turn(HEADS_TURN)
        heads = Heads(folder)
    with transaction.atomic():
        take_turn(TURN)
        last = AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
        file_head = spool.head()
    limit = max(last, file_head.sequence if file_head else 0)
    check = _Check(progress, total=last + limit)
    heads.compare(check.add)
    _check_chain(check, heads, "heads", log)
    covered, table = _table(check, last, heads)
    files = _walk(check, ((place, entry) for place, entry in spool.entries() if entry is None or entry.sequence <= limit))
    entries = _compare(check, table, files)
    second = _second_place(check, log, there, table, heads)
    progress(check.total, check.total)
    return Report(
        entries=entries,
        head=table.get(last) or FIRST_PREVIOUS,
        findings=tuple(check.findings),
        heads=heads.count,
        covered=covered,
        second=second,
    )


def _table(check: _Check, last: int, heads: Heads) -> tuple[int, Seen]:
    """Follow the table's chain under the heads; return up to which entry a head covers it, and the hash of each."""
    checker = EntryChecker(head.head for head in heads)
    seen = Seen()
    begun = newest = ""
    rows = AuditEntry.objects.filter(sequence__lte=last)  # also what somebody put before number 1
    for row in rows.order_by("sequence").iterator(ROWS_AT_ONCE):
        entry = as_entry(row)
        for trouble in checker.add(entry):
            check.add(trouble.kind, "table", trouble.sequence)
        seen.add(entry.sequence, entry.hash)
        covered = checker.last_head is not None and checker.last_head.size == checker.size
        begun, newest = ("", "") if covered else (begun or entry.at, max(newest, entry.at))
        check.step()
    for trouble in checker.finish():
        if trouble.kind == "missing":
            check.add("older", "table", trouble.sequence)
    met = checker.last_head
    if begun and met is not None and _late(begun, newest):
        check.add("unsigned", "table", met.size + 1)
    return (met.size if met else 0), seen


def _late(begun: str, newest: str) -> bool:
    """Whether the entries that no head covers span more than the server leaves between two heads, however quiet it was before them."""
    return from_time_text(newest) - from_time_text(begun) > _UNSIGNED


def _walk(check: _Check, lines: Iterable[tuple[str, Entry | None]]) -> Seen:
    """Follow one chain from its beginning, note what is wrong, and return number and hash of each entry."""
    checker = EntryChecker()
    seen = Seen()
    for place, entry in lines:
        if entry is None:
            check.add("unreadable", place, checker.size + 1)
            continue
        for trouble in checker.add(entry):
            check.add(trouble.kind, place, trouble.sequence)
        seen.add(entry.sequence, entry.hash)
        check.step()
    return seen


def _compare(check: _Check, table: Seen, files: Seen) -> int:
    """Compare the entries of table and files, and return how many there are in either."""
    entries = 0
    for sequence in table:
        entries += 1
        kept = files.get(sequence)
        if kept is None:
            check.add("missing", "files", sequence)
        elif kept != table.get(sequence):
            check.add("different", "table and files", sequence)
    for sequence in files:
        if table.get(sequence) is None:
            entries += 1
            check.add("missing", "table", sequence)
    return entries


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
        if before is None and signed.head.previous != NO_HEAD:
            check.add("head_missing", place, signed.head.size)
        if log and signed.head.log != log:
            check.add("head_broken", place, signed.head.size)
        before = signed.head


@dataclass(frozen=True, slots=True)
class _There:
    """The second place as it was when the check began: copying goes on beside it."""

    folder: Path
    last: int = 0
    heads: int = 0
    reachable: bool = True

    @classmethod
    def now(cls, folder: Path | None) -> _There | None:
        """Return what is there; None where no second place is set."""
        if folder is None:
            return None
        try:
            head = Spool(folder).head() if folder.parent.is_dir() else None
            return cls(folder, head.sequence if head else 0, sum(1 for _line in heads_in(folder)), folder.parent.is_dir())
        except OSError:
            return cls(folder, reachable=False)


def _second_place(check: _Check, log: str, there: _There | None, table: Seen, heads: Heads) -> str:
    """Compare with what was copied away: whatever stands there must stand here, at its place."""
    if there is None:
        return ""
    place, name = there.folder, "second place"
    try:
        others = [one for one in place.parent.iterdir() if one.is_dir() and (one / "lock").exists() and one.name != log]
        lines = ((where, entry) for where, entry in Spool(place).entries() if entry is None or entry.sequence <= there.last)
        kept = _walk(check, ((f"{name}, {where}", entry) for where, entry in lines))
        _compare_copies(check, kept, table, name)
        _compare_heads(check, readable(islice(heads_in(place), there.heads), check.add), heads, name)
        _check_chain(check, readable(islice(heads_in(place), there.heads)), name, log)
    except OSError:
        return "unreachable"
    for _other in others:
        check.add("second_other_log", name, 1)
    return "checked" if there.reachable else "unreachable"


def _compare_copies(check: _Check, kept: Seen, table: Seen, name: str) -> None:
    for sequence in kept:
        here = table.get(sequence)
        if here != kept.get(sequence):
            check.add("second_older" if here is None else "second_different", name, sequence)
            break


def _compare_heads(check: _Check, copied: Iterable[SignedHead], heads: Heads, name: str) -> None:
    here = iter(heads)
    for one in copied:
        ours = next(here, None)
        if ours != one:
            check.add("second_older" if ours is None else "second_different", name, one.head.size)
            break
