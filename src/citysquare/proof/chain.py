"""The chain of the log's entries with the signed heads over them (the chain of a day's footage files: `links`).

`EntryChecker` takes the entries of a log, or of a stretch of it, one by one in their order, so that a log of any size needs little memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from citysquare.proof.entries import FIRST_PREVIOUS, Entry
from citysquare.proof.errors import NotCanonical
from citysquare.proof.fields import from_time_text, time_text
from citysquare.proof.heads import Head
from citysquare.proof.merkle import Frontier, leaf_hash

CLOCK_ACTION = "audit.clock"
"""The entry that says the machine's clock was set back: what follows may be earlier than what was before."""
_LATE = timedelta(seconds=60)
"""An entry may be noted so much later than the time it names: a request takes a while."""


@dataclass(frozen=True, slots=True)
class LogTrouble:
    """What is wrong at an entry.

    `kind` is changed (its hash), unlinked (an entry before it is missing, moved or replaced), backdated (earlier than a head before it,
    and no change of the clock was entered), other_root (a head's tree is another), other_history (a kept head's tree is another), missing
    (a head covers entries that are not here) or unsigned (no head covers it). `at` is the time the entry or the head names.
    """

    kind: str
    sequence: int
    at: str


class EntryChecker:
    """Checks entries against their chain and against heads."""

    def __init__(
        self,
        heads: Iterable[Head] = (),
        *,
        first: int = 1,
        previous: str = FIRST_PREVIOUS,
        edge: Sequence[bytes] = (),
        kept: Iterable[Head] = (),
    ) -> None:
        """Begin before entry `first`, whose predecessor's hash is `previous` and before which the tree has the `edge` (`merkle.Frontier`).

        `heads` come in their order; those that are smaller than the beginning are passed over. `kept` are heads that somebody kept
        elsewhere, in any order: where the entries pass their sizes, they must lead to the same roots. Raises OutOfTree for an edge that
        cannot be.
        """
        self._frontier = Frontier(first - 1, edge)
        self._heads = iter(heads)
        self._next: Head | None = None
        self._kept: dict[int, list[Head]] = {}
        for one in kept:
            self._kept.setdefault(one.size, []).append(one)
        self._expected, self._previous = first, previous
        self._floor = self._frozen = self._newest = ""
        self.last_head: Head | None = None
        """The last head that was met by the entries so far."""
        self.kept_met = 0
        """How many of the kept heads these entries lead to."""
        self._next = next((head for head in self._heads if head.size >= first - 1), None)

    @property
    def size(self) -> int:
        """How many entries the log has up to here."""
        return self._frontier.size

    def root(self) -> bytes:
        """Return the Merkle root up to here."""
        return self._frontier.head()

    def start(self) -> list[LogTrouble]:
        """Compare the heads that end where the entries begin."""
        return self._meet()

    def add(self, entry: Entry) -> list[LogTrouble]:
        """Take the next entry and return what is wrong with it."""
        found = []
        try:
            leaf = entry.leaf()
            changed = entry.hash != hashlib.sha256(leaf).hexdigest()
        except NotCanonical:
            leaf, changed = b"", True
        if changed:
            found.append(LogTrouble("changed", entry.sequence, entry.at))
        if entry.sequence != self._expected or entry.previous != self._previous:
            found.append(LogTrouble("unlinked", entry.sequence, entry.at))
        if self._is_backdated(entry):
            found.append(LogTrouble("backdated", entry.sequence, entry.at))
        self._expected, self._previous = entry.sequence + 1, entry.hash
        self._frontier.append(leaf_hash(leaf))
        return found + self._meet()

    def finish(self) -> list[LogTrouble]:
        """Return what is wrong once there are no more entries: heads over missing ones, and entries that no head covers."""
        found = []
        if self._next is not None:
            found.append(LogTrouble("missing", self.size + 1, self._next.at))
        covered = self.last_head.size if self.last_head else 0
        if self.size > covered:
            found.append(LogTrouble("unsigned", covered + 1, self._newest))
        return found

    def _meet(self) -> list[LogTrouble]:
        found = self._meet_kept()
        while self._next is not None and self._next.size == self._frontier.size:
            head = self._next
            if head.root != self._frontier.head():
                found.append(LogTrouble("other_root", head.size, head.at))
            self.last_head = head
            if head.at > self._frozen:
                self._floor = max(self._floor, time_text(from_time_text(head.at) - _LATE))
            self._newest = max(self._newest, head.at)
            self._advance()
        return found

    def _meet_kept(self) -> list[LogTrouble]:
        kept = self._kept.pop(self._frontier.size, [])
        other = [one for one in kept if one.root != self._frontier.head()]
        self.kept_met += len(kept) - len(other)
        return [LogTrouble("other_history", one.size, one.at) for one in other]

    def _is_backdated(self, entry: Entry) -> bool:
        if entry.action == CLOCK_ACTION:
            # Heads never go back; until the clock has caught up they all name the latest time that was known, and bind no entry.
            self._floor, self._frozen = "", self._newest
        backdated = entry.at < self._floor
        self._newest = max(self._newest, entry.at)
        return backdated

    def _advance(self) -> None:
        self._next = next(self._heads, None)
