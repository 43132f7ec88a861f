"""The exhibit bundle: footage with its manifest, the sealed act behind it, and what the audit log says (docs/reference/formats.md).

`manifest.json`, its signature `manifest.jws` and perhaps a time-stamp over that (`manifest.tsr`); `acts.json` the act with both seals;
`log.json` the entries about the exhibit with their proofs; `keys.json`; `READ-ME.txt`; `footage/<camera>/<number>.mp4`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import BinaryIO

from citysquare.proof import jws
from citysquare.proof.bundles.archive import ArchiveWriter
from citysquare.proof.bundles.files import FileRecord, Source
from citysquare.proof.bundles.manifest import Manifest
from citysquare.proof.canonical import Json, canonical, parse
from citysquare.proof.entries import Entry
from citysquare.proof.errors import BadValue
from citysquare.proof.fields import Fields, digest_item
from citysquare.proof.heads import SignedHead
from citysquare.proof.keys import KeySet, PrivateKey
from citysquare.proof.passkeys import Act, Seal

MANIFEST_TYPE = "citysquare-manifest"
"""The `typ` of the signature."""
ACT_KIND = "exhibit"
"""The kind of the act that two persons seal. Its body is `manifest.Purpose.json()`, exactly."""
MANIFEST, SIGNATURE, STAMP, ACTS, LOG, KEYS, READ_ME = (
    "manifest.json",
    "manifest.jws",
    "manifest.tsr",
    "acts.json",
    "log.json",
    "keys.json",
    "READ-ME.txt",
)
OWN_FILES = (MANIFEST, SIGNATURE, STAMP)
"""Files that the manifest does not name."""
MOST_ACTS = 256 * 1024
MOST_LOG = 16 * 1024 * 1024
MOST_ENTRIES = 10_000
_MOST_PROOF = 64


@dataclass(frozen=True, slots=True)
class SealedAct:
    """An act with its seals, and the site for which the passkeys made them."""

    act: Act
    seals: tuple[Seal, ...]
    rp_id: str
    origins: tuple[str, ...]

    def encoded(self) -> bytes:
        """Return the canonical form."""
        value: dict[str, Json] = {
            "act": self.act.json(),
            "origins": list(self.origins),
            "rp_id": self.rp_id,
            "seals": [one.json() for one in self.seals],
        }
        return canonical(value, most_bytes=MOST_ACTS)

    @classmethod
    def decoded(cls, text: bytes) -> SealedAct:
        """Read it from anybody. Raises BadJson or BadValue."""
        fields = Fields(parse(text, most_bytes=MOST_ACTS), ("act", "origins", "rp_id", "seals"))
        return cls(
            act=Act.from_json(fields.mapping("act")),
            seals=fields.each("seals", Seal.from_json, most=8),
            rp_id=fields.text("rp_id", least=1, most=253),
            origins=fields.each("origins", _origin, most=8),
        )


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry of the log and the proof that it is in the tree of a head (`merkle.inclusion_proof`)."""

    entry: Entry
    proof: tuple[bytes, ...]

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON."""
        return {"entry": self.entry.json(), "proof": [one.hex() for one in self.proof]}

    @classmethod
    def from_json(cls, value: object) -> ProvenEntry:
        """Read it. Raises BadValue."""
        fields = Fields(value, ("entry", "proof"))
        return cls(Entry.from_json(fields.mapping("entry")), fields.each("proof", digest_item, most=_MOST_PROOF))


@dataclass(frozen=True, slots=True)
class LogExtract:
    """The entries about the exhibit, all proven under one signed head."""

    entries: tuple[ProvenEntry, ...]
    head: SignedHead

    def encoded(self) -> bytes:
        """Return the canonical form."""
        return canonical({"entries": [one.json() for one in self.entries], "head": self.head.json()}, most_bytes=MOST_LOG)

    @classmethod
    def decoded(cls, text: bytes) -> LogExtract:
        """Read it from anybody. Raises BadJson or BadValue."""
        fields = Fields(parse(text, most_bytes=MOST_LOG), ("entries", "head"))
        return cls(fields.each("entries", ProvenEntry.from_json, most=MOST_ENTRIES), SignedHead.from_json(fields.mapping("head")))


def _origin(value: object) -> str:
    if not isinstance(value, str) or len(value) > 300:
        raise BadValue("An origin is not a short text.")
    return value


class ExhibitWriter:
    """Writes an exhibit: first the footage piece by piece, then all the rest at once."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin at the beginning of a file that can be sought in."""
        self._archive = ArchiveWriter(file)
        self._files: list[FileRecord] = []

    def add_footage(self, path: str, content: Iterable[bytes], size: int) -> FileRecord:
        """Add a piece (`footage/<camera>/<number>.mp4`) of a known size in bytes. Raises BadBundle, OSError."""
        self._files.append(self._archive.add_pieces(path, content, size))
        return self._files[-1]

    def finish(self, manifest: Manifest, rest: ExhibitRest, key: PrivateKey) -> FileRecord:
        """Add the other files, sign the manifest with all of them in it, and return the manifest's record. Raises BadBundle, OSError."""
        for path, data in ((ACTS, rest.sealed.encoded()), (LOG, rest.log.encoded()), (KEYS, rest.keys.encoded()), (READ_ME, rest.read_me)):
            self._files.append(self._archive.add(path, data))
        text = replace(manifest, files=tuple(self._files)).encoded()
        signature = jws.sign(text, key, typ=MANIFEST_TYPE).encode()
        record = self._archive.add(MANIFEST, text)
        self._archive.add(SIGNATURE, signature)
        stamp = rest.stamp(signature) if rest.stamp else b""
        if stamp:
            self._archive.add(STAMP, stamp)
        self._archive.close()
        return record


def stamp_later(source: Source, stamp: bytes, file: BinaryIO) -> None:
    """Write an exhibit anew, with a time-stamp that came later; all else stays as it is. Raises BadBundle, OSError."""
    archive = ArchiveWriter(file)
    for path in (path for path in source.paths() if path != STAMP):
        archive.add_pieces(path, source.pieces(path), source.size(path))
    archive.add(STAMP, stamp)
    archive.close()


@dataclass(frozen=True, slots=True)
class ExhibitRest:
    """What an exhibit has beside footage and manifest. `stamp` gets the signature's bytes and returns an RFC 3161 answer, or nothing."""

    sealed: SealedAct
    log: LogExtract
    keys: KeySet
    read_me: bytes
    stamp: Callable[[bytes], bytes] | None = None
