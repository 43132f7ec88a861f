"""Group commit: who comes first writes for all who wait, so that one flush to the disk makes many entries durable.

A caller puts its drafts into the queue. If nobody writes, it becomes the writer and takes everything that waits, in order; whoever
comes meanwhile waits for the next group. An entry is durable when its caller goes on, as with one by one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from citysquare.proof.entries import Entry

MOST_AT_ONCE = 256
"""Entries of one group: a bound on how long the turn in the database is held."""

Write = Callable[[Sequence[Entry]], list[Entry]]


@dataclass(slots=True)
class _Ask:
    drafts: Sequence[Entry]
    written: list[Entry] = field(default_factory=list)
    error: Exception | None = None
    done: bool = False


class Group:
    """The queue of one process."""

    def __init__(self, write: Write) -> None:
        """Take what writes a group and returns its entries in the same order, or raises for the whole group."""
        self._write = write
        self._changed = threading.Condition()
        self._waiting: list[_Ask] = []
        self._writing = False

    def add(self, drafts: Sequence[Entry]) -> list[Entry]:
        """Return the drafts as they were written. Raises what the writing raised."""
        ask = _Ask(drafts)
        with self._changed:
            self._waiting.append(ask)
            while self._writing and not ask.done:
                self._changed.wait()
            taken = [] if ask.done else self._take()
        while taken:
            try:
                self._write_all(taken)
            except BaseException:
                with self._changed:  # this thread ends; another one writes
                    self._waiting = [one for one in self._waiting if one is not ask]
                    self._writing = False
                    self._changed.notify_all()
                raise
            with self._changed:
                self._writing = False
                taken = [] if ask.done else self._take()
                self._changed.notify_all()
        if ask.error is not None:
            raise ask.error
        return ask.written

    def _take(self) -> list[_Ask]:
        """Take the oldest asks, at least one; the caller holds the lock."""
        count, size = 0, 0
        for ask in self._waiting:
            if count and size + len(ask.drafts) > MOST_AT_ONCE:
                break
            count, size = count + 1, size + len(ask.drafts)
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        self._writing = True
        return taken

    def _write_all(self, asks: Sequence[_Ask]) -> None:
        """Write for all of them: nobody who waits takes for written what was not. Raises only what ends the thread itself."""
        error: Exception = RuntimeError("the thread that wrote the group was ended")
        written: list[Entry] | None = None
        try:
            written = self._write([draft for ask in asks for draft in ask.drafts])
        except Exception as found:  # noqa: BLE001 -- the supervisor of a group: each thread that waits raises it again
            error = found
        finally:
            for ask in asks:
                if written is None:
                    ask.error = error
                else:
                    ask.written, written = written[: len(ask.drafts)], written[len(ask.drafts) :]
                ask.done = True
