"""One entry of the audit log as anybody can read and check it: version 2, and version 1 as older logs have it.

An entry is one line of canonical JSON. Its *leaf* is the canonical form without `hash`; its *hash* is the SHA-256 of the leaf;
`previous` is the hash of the entry before (64 zeros for the first). In the Merkle tree the entry stands at `sequence` - 1, under its leaf.
Version 1 is the same without the field `v`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from citysquare.proof.canonical import LARGEST_WHOLE, Json, canonical, parse
from citysquare.proof.errors import BadValue
from citysquare.proof.fields import Fields

VERSION = 2
FIRST_PREVIOUS = "0" * 64
"""What the first entry names as the one before."""
LONGEST_LINE = 32 * 1024
"""Bytes, without the newline: 20 details of 500 characters of two bytes, and some. Longer ones have no form, and are not written."""
MOST_DETAILS = 20
LONGEST_DETAIL = 500
LONGEST_DETAIL_NAME = 64
LONGEST: Mapping[str, int] = {
    "actor": 64,
    "organisation": 64,
    "action": 64,
    "subject_kind": 32,
    "subject_id": 64,
    "outcome": 32,
}
"""Characters of each text."""

Details: TypeAlias = Mapping[str, str | int]

_HASHED = ("sequence", "at", *LONGEST, "details", "previous")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `at` is the text form of a time (`fields.time_text`); `previous` and `hash` are hexadecimal."""

    sequence: int
    at: str
    actor: str
    organisation: str
    action: str
    subject_kind: str
    subject_id: str
    outcome: str
    details: Details = field(default_factory=dict)
    previous: str = FIRST_PREVIOUS
    hash: str = ""
    version: int = VERSION

    def leaf(self) -> bytes:
        """Return the canonical form of everything but the hash. Raises NotCanonical."""
        return canonical(self._hashed(), most_bytes=LONGEST_LINE)

    def expected_hash(self) -> str:
        """Return the hash the entry must have. Raises NotCanonical."""
        return hashlib.sha256(self.leaf()).hexdigest()

    def sealed(self) -> Entry:
        """Return the entry with its hash."""
        return replace(self, hash=self.expected_hash())

    def json(self) -> dict[str, Json]:
        """Return the entry as it stands in JSON."""
        return {**self._hashed(), "hash": self.hash}

    def encoded(self) -> bytes:
        """Return the line, with its newline. Raises NotCanonical."""
        return canonical(self.json(), most_bytes=LONGEST_LINE) + b"\n"

    def _hashed(self) -> dict[str, Json]:
        values: dict[str, Json] = {name: getattr(self, name) for name in _HASHED if name != "details"}
        values["details"] = dict(self.details)
        if self.version != 1:
            values["v"] = self.version
        return values

    @classmethod
    def decoded(cls, line: bytes) -> Entry:
        """Read a line without its newline. Raises BadJson or BadValue, also when it is not in its canonical form.

        Whether the hash is right is for who checks the chain: a changed entry is found, not unreadable.
        """
        entry = cls.from_json(parse(line, most_bytes=LONGEST_LINE))
        if entry.encoded()[:-1] != line:
            raise BadValue("An entry is not in its canonical form.")
        return entry

    @classmethod
    def from_json(cls, value: object) -> Entry:
        """Read an entry that is part of something else. Raises BadValue."""
        fields = Fields(value, (*_HASHED, "hash"), ("v",))
        version = fields.whole("v", least=VERSION, most=VERSION) if fields.has("v") else 1
        texts = {name: fields.text(name, most=most) for name, most in LONGEST.items()}
        return cls(
            sequence=fields.whole("sequence", least=1),
            at=fields.time("at"),
            **texts,
            details=_details(fields.mapping("details")),
            previous=fields.digest("previous").hex(),
            hash=fields.digest("hash").hex(),
            version=version,
        )


def _details(values: Mapping[str, object]) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for name, value in values.items():
        if not isinstance(value, str | int) or len(name) > LONGEST_DETAIL_NAME or not _fits(value):
            raise BadValue("A detail of an entry is neither a short text nor a whole number.")
        found[name] = value
    if len(found) > MOST_DETAILS:
        raise BadValue(f"An entry has more than {MOST_DETAILS} details.")
    return found


def _fits(value: str | int) -> bool:
    return len(value) <= LONGEST_DETAIL if isinstance(value, str) else abs(value) <= LARGEST_WHOLE
