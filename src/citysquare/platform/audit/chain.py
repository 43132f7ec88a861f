"""What one entry is, its canonical form and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

FIRST_PREVIOUS = "0" * 64
"""What the first entry names as the one before."""

_FIELDS = ("sequence", "at", "actor", "organisation", "action", "subject_kind", "subject_id", "outcome", "details", "previous", "hash")
_LONGEST_DETAIL = 500
_MOST_DETAILS = 20

Details = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is hashed."""

    sequence: int
    at: datetime
    actor: str
    organisation: str
    action: str
    subject_kind: str
    subject_id: str
    outcome: str
    details: Details
    previous: str
    hash: str = ""

    def sealed(self) -> Line:
        """Return the entry with its hash."""
        return replace(self, hash=self.expected_hash())

    def expected_hash(self) -> str:
        """Return the SHA-256 over the canonical form of everything but the hash."""
        return hashlib.sha256(canonical({name: value for name, value in self.values().items() if name != "hash"})).hexdigest()

    def values(self) -> dict[str, str | int | dict[str, str | int]]:
        """Return the fields as they stand in JSON; the time in UTC to the microsecond."""
        return {
            "sequence": self.sequence,
            "at": iso(self.at),
            "actor": self.actor,
            "organisation": self.organisation,
            "action": self.action,
            "subject_kind": self.subject_kind,
            "subject_id": self.subject_id,
            "outcome": self.outcome,
            "details": dict(self.details),
            "previous": self.previous,
            "hash": self.hash,
        }

    def encoded(self) -> bytes:
        """Return the line of the file, with its newline."""
        return canonical(self.values()) + b"\n"

    @classmethod
    def decoded(cls, text: bytes) -> Line:
        """Read a line of the file.

        Raises ValueError when it is none.
        """
        try:
            values = json.loads(text)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(values, dict) or set(values) != set(_FIELDS):
            raise ValueError("not the fields of an entry")
        if not isinstance(values["sequence"], int) or not isinstance(values["details"], dict) or not isinstance(values["at"], str):
            raise ValueError("a field of the wrong kind")  # noqa: TRY004 -- bad input, not a mistake of the caller
        return cls(**{**values, "at": datetime.fromisoformat(values["at"])})


def canonical(value: Mapping[str, object]) -> bytes:
    """Return the one byte form of `value`: keys sorted, no spaces, UTF-8.

    For our values (text and whole numbers under ASCII keys) this is RFC 8785.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def iso(at: datetime) -> str:
    """Return a time as `2026-05-01T12:00:00.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def bounded(details: Details) -> dict[str, str | int]:
    """Return details that no caller can make large, and that every database can keep: PostgreSQL takes no NUL."""
    return {
        str(key)[:64]: value if isinstance(value, int) else str(value).encode(errors="replace").decode().replace("\0", "")[:_LONGEST_DETAIL]
        for key, value in list(details.items())[:_MOST_DETAILS]
    }
