"""The Merkle tree over an append-only log, with its proofs (RFC 6962, section 2.1; RFC 9162, section 2.1).

A leaf is hashed behind a byte 0, two nodes behind a byte 1, so that no leaf can pass for a node; SHA-256 throughout. The tree over n
leaves splits at the largest power of two below n, so a full subtree never changes again, whatever is appended: a log keeps one hash
for each binary digit of its size to go on (`Frontier`), and may keep the full subtrees' hashes (two for each leaf, `Node`) to make
proofs without reading the leaves again.

- *inclusion*: this leaf is the one at this place of the log with this head.
- *consistency*: the log with the later head has everything of the log with the earlier head, unchanged and in its place.

A proof that does not hold is answered with False, however it is made; sizes and places may come from anybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from citysquare.proof.errors import OutOfTree

HASH_BYTES = 32
EMPTY_HEAD = hashlib.sha256().digest()
"""The head of a log without entries."""


@dataclass(frozen=True, slots=True)
class Node:
    """A full subtree: 2^`level` leaves, the first of which is the one at `index` times 2^`level`."""

    level: int
    index: int
    hash: bytes


NodeReader: TypeAlias = Callable[[int, int], bytes]
"""Returns the hash of the full subtree of a level and an index (`Node`)."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a log's entry."""
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two others."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: what is needed to append and to say the head, one hash for each digit 1 of the size.

    `size` and `hashes` are its whole state: kept beside the log, they let it go on where it stopped.
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """Begin an empty tree, or go on with the one of `size` leaves whose full subtrees, largest first, have `hashes`.

        Raises OutOfTree when so many hashes do not make a tree of that size.
        """
        if size < 0 or len(hashes) != size.bit_count() or any(len(one) != HASH_BYTES for one in hashes):
            raise OutOfTree("These hashes are not the edge of a tree of this size.")
        self._size = size
        self._hashes = list(hashes)

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The hashes of the full subtrees side by side, largest first."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> tuple[Node, ...]:
        """Append an entry by its `leaf_hash`, and return the subtrees that are full now, lowest first: itself, and what it completes.

        Raises OutOfTree for what is no hash.
        """
        if len(leaf) != HASH_BYTES:
            raise OutOfTree("A leaf is appended by its hash of 32 bytes.")
        full = Node(0, self._size, leaf)
        found = [full]
        while full.index & 1:
            full = Node(full.level + 1, full.index >> 1, node_hash(self._hashes.pop(), full.hash))
            found.append(full)
        self._hashes.append(full.hash)
        self._size += 1
        return tuple(found)

    def head(self) -> bytes:
        """Return the hash of the whole tree."""
        return _joined(self._hashes) if self._hashes else EMPTY_HEAD


def reader_of(leaves: Sequence[bytes]) -> NodeReader:
    """Return a reader of the tree over the given leaf hashes, all of whose full subtrees it keeps (64 bytes for each leaf)."""
    frontier, known = Frontier(), dict[tuple[int, int], bytes]()
    for leaf in leaves:
        known.update(((node.level, node.index), node.hash) for node in frontier.append(leaf))

    def read(level: int, index: int) -> bytes:
        found = known.get((level, index))
        if found is None:
            raise OutOfTree("The tree has no such node.")
        return found

    return read


def head_of(size: int, read: NodeReader) -> bytes:
    """Return the head that a log had when it had `size` entries. Raises OutOfTree for a size that cannot be."""
    if size < 0:
        raise OutOfTree("A tree has no fewer than no leaves.")
    return _range_hash(0, size, read) if size else EMPTY_HEAD


def inclusion_proof(index: int, size: int, read: NodeReader) -> tuple[bytes, ...]:
    """Return the hashes that lead from the leaf at `index` (from 0) up to the head of `size` leaves, from below (RFC 9162, 2.1.3.1).

    Raises OutOfTree when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise OutOfTree("The tree has no such leaf.")
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(start, middle, read))
            start = middle
    return tuple(reversed(path))


def consistency_proof(first: int, second: int, read: NodeReader) -> tuple[bytes, ...]:
    """Return the hashes that show that the tree of `second` leaves goes on from the one of `first` (RFC 9162, 2.1.4.1).

    None are needed from an empty tree, or for the same size. Raises OutOfTree unless 0 <= first <= second.
    """
    if not 0 <= first <= second:
        raise OutOfTree("A tree goes on only from one that is not larger.")
    if first in {0, second}:
        return ()
    start, end = 0, second
    path: list[bytes] = []
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(start, middle, read))
            start = middle
    if start:
        path.append(_range_hash(start, end, read))  # where the first tree is a full subtree, its head is known
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], head: bytes) -> bool:
    """Tell whether `proof` leads from the leaf with this `leaf_hash` at `index` to the `head` of `size` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, head, *proof):
        return False
    place, last, found = index, size - 1, leaf
    for one in proof:
        if not last:
            return False
        if place & 1 or place == last:
            found = node_hash(one, found)
            place, last = _up_from_right(place, last)
        else:
            found = node_hash(found, one)
        place, last = place >> 1, last >> 1
    return not last and found == head


def verify_consistency(first: int, second: int, proof: Sequence[bytes], first_head: bytes, second_head: bytes) -> bool:
    """Tell whether `proof` shows that the log of `second` entries goes on from that of `first` (RFC 9162, 2.1.4.2).

    From an empty log every log goes on, and a log from itself: both without a proof.
    """
    if not 0 <= first <= second or not _are_hashes(first_head, second_head, *proof):
        return False
    if first == second:
        return not proof and first_head == second_head and (first > 0 or first_head == EMPTY_HEAD)
    if first == 0:
        return not proof and first_head == EMPTY_HEAD
    path = [first_head, *proof] if first.bit_count() == 1 else list(proof)
    return bool(path) and _leads_to_both(first, second, path, (first_head, second_head))


def _leads_to_both(first: int, second: int, path: Sequence[bytes], heads: tuple[bytes, bytes]) -> bool:
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    earlier = later = path[0]
    for one in path[1:]:
        if not last:
            return False
        if place & 1 or place == last:
            earlier, later = node_hash(one, earlier), node_hash(one, later)
            place, last = _up_from_right(place, last)
        else:
            later = node_hash(later, one)
        place, last = place >> 1, last >> 1
    return not last and (earlier, later) == heads


def _up_from_right(place: int, last: int) -> tuple[int, int]:
    """Go up past the levels on which the node at the right edge stands alone."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _split(count: int) -> int:
    """Return the largest power of two below `count`, of at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _range_hash(start: int, end: int, read: NodeReader) -> bytes:
    """Return the hash of the tree over the leaves from `start` to before `end`, made of full subtrees.

    As in every range that a tree splits into, `start` is a multiple of the largest full subtree in it.
    """
    edge: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        edge.append(read(level, start >> level))
        start += 1 << level
    return _joined(edge)


def _joined(hashes: Sequence[bytes]) -> bytes:
    """Return the hash above full subtrees side by side, largest first."""
    *others, found = hashes
    for left in reversed(others):
        found = node_hash(left, found)
    return found


def _are_hashes(*values: bytes) -> bool:
    return all(len(one) == HASH_BYTES for one in values)
