"""What a check of the log holds of each place: the entries' hashes, and the signed heads, so that a long log needs little memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice, zip_longest
from pathlib import Path

from citysquare.platform.audit.chain import ROWS_AT_ONCE
from citysquare.platform.audit.heads import LogNotWhole, decoded, heads_in
from citysquare.platform.models import AuditHead
from citysquare.proof.heads import SignedHead

Add = Callable[[str, str, int], None]
"""Takes a finding: its kind, place and number."""

_BYTES = 32
_HASH = re.compile(r"[0-9a-f]{64}")


class Seen:
    """Number and hash of each entry of one place: 32 bytes for one that stands in its order, more only for others."""

    def __init__(self) -> None:
        """Begin with none."""
        self._hashes = bytearray()
        self._odd: dict[int, str] = {}

    def add(self, sequence: int, text: str) -> None:
        """Note an entry; of several with one number the last one counts."""
        at = (sequence - 1) * _BYTES
        if 0 <= at <= len(self._hashes) and _HASH.fullmatch(text):
            self._hashes[at : at + _BYTES] = bytes.fromhex(text)
            self._odd.pop(sequence, None)
        else:
            self._odd[sequence] = text

    def get(self, sequence: int) -> str | None:
        """Return the hash of an entry; None where there is none."""
        if sequence in self._odd:
            return self._odd[sequence]
        at = (sequence - 1) * _BYTES
        return self._hashes[at : at + _BYTES].hex() if 0 <= at < len(self._hashes) else None

    def __iter__(self) -> Iterator[int]:
        """Yield the numbers, those in their order first."""
        straight = len(self._hashes) // _BYTES
        yield from range(1, straight + 1)
        yield from sorted(sequence for sequence in self._odd if not 0 < sequence <= straight)


class Heads:
    """The signed heads of this machine as they were when the check began: those of the longer one of table and file."""

    def __init__(self, folder: Path) -> None:
        """Take what is there now; the caller holds the turn of heads. Raises OSError."""
        self._folder = folder
        self._last = AuditHead.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self._lines = sum(1 for _line in heads_in(folder))
        self._from_file = False
        self.count = 0

    def __iter__(self) -> Iterator[SignedHead]:
        """Yield the heads that count, oldest first."""
        return readable(islice(heads_in(self._folder), self._lines)) if self._from_file else self._in_table()

    def compare(self, add: Add) -> None:
        """Compare table and file; from now on the longer one counts. The first difference is told."""
        table = file = 0
        told = False
        for here, there in zip_longest(self._in_table(add), readable(islice(heads_in(self._folder), self._lines), add)):
            table, file = table + (here is not None), file + (there is not None)
            if not told and here != there:
                told = True
                one = here or there
                size = one.head.size if one else 0
                missing = "table" if here is None else "files" if there is None else ""
                add("head_missing" if missing else "heads_different", missing or "table and files", size)
        self._from_file, self.count = file > table, max(file, table)

    def _in_table(self, add: Add | None = None) -> Iterator[SignedHead]:
        for row in AuditHead.objects.filter(pk__lte=self._last).order_by("pk").iterator(ROWS_AT_ONCE):
            try:
                yield decoded(row.line)
            except LogNotWhole:
                if add:
                    add("head_unreadable", "table", row.size)


def readable(lines: Iterator[tuple[str, SignedHead | None]], add: Add | None = None) -> Iterator[SignedHead]:
    """Yield the heads of a file, and tell of lines that are none."""
    size = 0
    for place, head in lines:
        if head is not None:
            size = head.head.size
            yield head
        elif add:
            add("head_unreadable", place, size)
