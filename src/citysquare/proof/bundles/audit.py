"""The audit bundle: a stretch of the audit log with the signed heads over it (docs/reference/formats.md).

`entries.jsonl` and `heads.jsonl` are lines of `entries` and `heads`, `keys.json` is a key set, `bundle.json` says which stretch of which
log it is and names the other files with their digests, `bundle.jws` is the centre's signature over `bundle.json`. The stretch ends where
its last head does. Where an authority has stamped heads of it, `stamps.jsonl` are lines of `timestamps.StampedHead`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from citysquare.proof import jws
from citysquare.proof.bundles.archive import ArchiveWriter
from citysquare.proof.bundles.files import FileRecord
from citysquare.proof.canonical import Json, canonical, parse
from citysquare.proof.entries import FIRST_PREVIOUS, Entry
from citysquare.proof.errors import BadValue
from citysquare.proof.fields import Fields, digest_item
from citysquare.proof.heads import SignedHead
from citysquare.proof.keys import KeySet, PrivateKey
from citysquare.proof.timestamps import StampedHead

KIND = "citysquare-audit"
AUDIT_TYPE = "citysquare-audit-bundle"
"""The `typ` of the signature."""
DESCRIPTION, SIGNATURE, ENTRIES, HEADS, STAMPS, KEYS, READ_ME = (
    "bundle.json",
    "bundle.jws",
    "entries.jsonl",
    "heads.jsonl",
    "stamps.jsonl",
    "keys.json",
    "READ-ME.txt",
)
MOST_DESCRIPTION = 64 * 1024
MOST_STAMPS = 64 * 1024 * 1024
"""Bytes of the time-stamps: one a day for thirty years."""
_MOST_EDGE = 64
_VERSION = 1


@dataclass(frozen=True, slots=True)
class AuditStretch:
    """Which part of which log: the entries from number `first` to `last`.

    `previous` is the hash of the entry before the first, `edge` the full subtrees' hashes of the tree before it (`merkle.Frontier`, whose
    size is `first` - 1); `made_at` the text form of the time of the export.
    """

    log: str
    first: int
    last: int
    made_at: str
    previous: str = FIRST_PREVIOUS
    edge: tuple[bytes, ...] = ()
    files: tuple[FileRecord, ...] = ()

    def encoded(self) -> bytes:
        """Return the canonical form: what is signed."""
        return canonical(self.json(), most_bytes=MOST_DESCRIPTION)

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON."""
        return {
            "edge": [one.hex() for one in self.edge],
            "files": [one.json() for one in self.files],
            "first": self.first,
            "kind": KIND,
            "last": self.last,
            "log": self.log,
            "made_at": self.made_at,
            "previous": self.previous,
            "v": _VERSION,
        }

    @classmethod
    def decoded(cls, text: bytes) -> AuditStretch:
        """Read it from anybody. Raises BadJson, BadValue or BadBundle."""
        value = parse(text, most_bytes=MOST_DESCRIPTION)
        fields = Fields(value, ("edge", "files", "first", "kind", "last", "log", "made_at", "previous", "v"))
        fields.whole("v", least=_VERSION, most=_VERSION)
        found = cls(
            log=fields.text("log", most=64, least=1),
            first=fields.whole("first", least=1),
            last=fields.whole("last"),
            made_at=fields.time("made_at"),
            previous=fields.digest("previous").hex(),
            edge=fields.each("edge", digest_item, most=_MOST_EDGE),
            files=fields.each("files", FileRecord.from_json, most=8),
        )
        if fields.text("kind", most=64) != KIND or found.encoded() != text:
            raise BadValue("The description of the bundle is not in its canonical form.")
        return found


@dataclass(frozen=True, slots=True)
class AuditContent:
    """What goes into an audit bundle beside its description; entries and heads are read once, in their order."""

    entries: Iterable[Entry]
    heads: Iterable[SignedHead]
    keys: KeySet
    read_me: bytes
    stamps: Sequence[StampedHead] = ()


def write_audit(file: BinaryIO, stretch: AuditStretch, content: AuditContent, key: PrivateKey) -> None:
    """Write the bundle into `file`; `key` is the centre's. The last head must end the stretch. Raises OSError, BadBundle."""
    archive = ArchiveWriter(file)
    files = [
        archive.add(READ_ME, content.read_me),
        archive.add(KEYS, content.keys.encoded()),
        archive.add_unsized(HEADS, (one.encoded() for one in content.heads)),
        archive.add_unsized(ENTRIES, (one.encoded() for one in content.entries)),
    ]
    if content.stamps:
        files.append(archive.add_unsized(STAMPS, (one.encoded() for one in content.stamps)))
    described = replace(stretch, files=tuple(files)).encoded()
    archive.add(DESCRIPTION, described)
    archive.add(SIGNATURE, jws.sign(described, key, typ=AUDIT_TYPE).encode())
    archive.close()
