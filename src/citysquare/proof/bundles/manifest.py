"""The manifest of an exhibit: who, why, which cameras from when to when, and the digest and the place of every piece of footage.

Times of footage are ticks of 1/90 000 s since 1970, all others the text form. A *whole* piece is the stored file bit for bit: its digest is
a link of the day's chain. A *cut* piece is the beginning or end of one: its digest, and those of its fragments, rest on the signature.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from citysquare.proof.bundles.files import LONGEST_PATH, MOST_FILES, FileRecord, checked_path
from citysquare.proof.canonical import Json, canonical, parse
from citysquare.proof.errors import BadValue
from citysquare.proof.fields import Fields
from citysquare.proof.links import chain_link

KIND = "citysquare-exhibit"
MOST_MANIFEST = 64 * 1024 * 1024
"""Bytes."""
MOST_CAMERAS = 64
MOST_FRAGMENTS = 10_000
_LONGEST_SOURCE = 400
_LONGEST_TEXT = 1000
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Fragment:
    """A fragment of a cut piece, bit for bit that of the stored file: where it stands in the exhibit's file, and its digest."""

    offset: int
    size: int
    sha256: bytes

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON."""
        return {"bytes": self.size, "offset": self.offset, "sha256": self.sha256.hex()}

    @classmethod
    def from_json(cls, value: object) -> Fragment:
        """Read it. Raises BadValue."""
        fields = Fields(value, ("bytes", "offset", "sha256"))
        return cls(fields.whole("offset"), fields.whole("bytes", least=1), fields.digest("sha256"))


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the store as the day's chain knows it: its path there, its first and last ticks, its digest."""

    source: str
    start: int
    end: int
    sha256: bytes

    def link(self, previous: bytes) -> bytes:
        """Return its link behind another."""
        return chain_link(previous, self.start, self.end, self.source, self.sha256)

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON."""
        return {"end": self.end, "sha256": self.sha256.hex(), "source": self.source, "start": self.start}

    @classmethod
    def from_json(cls, value: object) -> Stored:
        """Read it. Raises BadValue."""
        fields = Fields(value, ("end", "sha256", "source", "start"))
        return cls(
            fields.text("source", least=1, most=_LONGEST_SOURCE), fields.whole("start"), fields.whole("end"), fields.digest("sha256")
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of the exhibit and the stored file it comes from.

    `previous` is the link before the stored file in its day's chain (32 zero bytes at the day's start); `start` and `end` are what the
    exhibit's file shows; `day` is the chain's (`2026-05-01`).
    """

    file: str
    stored: Stored
    previous: bytes
    day: str
    whole: bool
    start: int
    end: int
    fragments: tuple[Fragment, ...] = ()

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON."""
        return {
            "day": self.day,
            "end": self.end,
            "file": self.file,
            "fragments": [one.json() for one in self.fragments],
            "previous": self.previous.hex(),
            "start": self.start,
            "stored": self.stored.json(),
            "whole": self.whole,
        }

    @classmethod
    def from_json(cls, value: object) -> Piece:
        """Read it. Raises BadValue."""
        fields = Fields(value, ("day", "end", "file", "fragments", "previous", "start", "stored", "whole"))
        return cls(
            file=checked_path(fields.text("file", most=LONGEST_PATH)),
            stored=Stored.from_json(fields.mapping("stored")),
            previous=fields.digest("previous"),
            day=fields.text("day", least=10, most=10),
            whole=fields.truth("whole"),
            start=fields.whole("start"),
            end=fields.whole("end"),
            fragments=fields.each("fragments", Fragment.from_json, most=MOST_FRAGMENTS),
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """Time without footage and its cause, as the continuity ledger has it (or `deleted:<reason>` of the kept axis)."""

    start: int
    end: int
    cause: str

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON."""
        return {"cause": self.cause, "end": self.end, "start": self.start}

    @classmethod
    def from_json(cls, value: object) -> Gap:
        """Read it. Raises BadValue."""
        fields = Fields(value, ("cause", "end", "start"))
        return cls(fields.whole("start"), fields.whole("end"), fields.text("cause", least=1, most=64))


@dataclass(frozen=True, slots=True)
class Day:
    """A stretch of a day's chain without a hole, in the chain's order: all files stored in it, also those that the exhibit does not show.

    It begins one file before the first that is shown, where there is one, so that nothing can be left out unseen between; `previous` is
    the link before it. `head` is the day's last link, for a day that is closed and whose end the stretch reaches: what stands in the audit
    log (`footage.day`). Otherwise it is empty.
    """

    day: str
    previous: bytes
    files: tuple[Stored, ...]
    head: bytes = b""

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON."""
        return {
            "day": self.day,
            "files": [one.json() for one in self.files],
            "head": self.head.hex(),
            "previous": self.previous.hex(),
        }

    @classmethod
    def from_json(cls, value: object) -> Day:
        """Read it. Raises BadValue."""
        fields = Fields(value, ("day", "files", "head", "previous"))
        return cls(
            day=fields.text("day", least=10, most=10),
            previous=fields.digest("previous"),
            files=fields.each("files", Stored.from_json, most=MOST_FILES),
            head=fields.digest("head") if fields.text("head", most=64) else b"",
        )


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera's part: the exact range asked for in ticks, its pieces and gaps in the order of time, and the chains of its days."""

    camera: str
    name: str
    stream: str
    start: int
    end: int
    pieces: tuple[Piece, ...]
    gaps: tuple[Gap, ...] = ()
    days: tuple[Day, ...] = ()

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON."""
        return {
            "camera": self.camera,
            "days": [one.json() for one in self.days],
            "end": self.end,
            "gaps": [one.json() for one in self.gaps],
            "name": self.name,
            "pieces": [one.json() for one in self.pieces],
            "start": self.start,
            "stream": self.stream,
        }

    @classmethod
    def from_json(cls, value: object) -> Camera:
        """Read it. Raises BadValue."""
        fields = Fields(value, ("camera", "days", "end", "gaps", "name", "pieces", "start", "stream"))
        return cls(
            camera=fields.text("camera", least=1, most=64),
            name=fields.text("name", most=200),
            stream=fields.text("stream", least=1, most=16),
            start=fields.whole("start"),
            end=fields.whole("end"),
            pieces=fields.each("pieces", Piece.from_json, most=MOST_FILES),
            gaps=fields.each("gaps", Gap.from_json, most=MOST_FILES),
            days=fields.each("days", Day.from_json, most=366),
        )


@dataclass(frozen=True, slots=True)
class Purpose:
    """What for, by whom and for whom: the same words are the sealed act's body. `start`, `end` are text times.

    `text` says why just this footage, `recipient` who is to have it, `authorisation` names one that it rests on, if any.
    """

    exhibit: str
    case: str
    reason: str
    person_role: str
    asked_by: str
    cameras: tuple[str, ...]
    start: str
    end: str
    text: str = ""
    offence: str = ""
    recipient: str = ""
    authorisation: str = ""

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON, in the manifest and in the body of the act."""
        return {
            "asked_by": self.asked_by,
            "authorisation": self.authorisation,
            "cameras": list(self.cameras),
            "case": self.case,
            "end": self.end,
            "exhibit": self.exhibit,
            "offence": self.offence,
            "person_role": self.person_role,
            "reason": self.reason,
            "recipient": self.recipient,
            "start": self.start,
            "text": self.text,
        }

    @classmethod
    def from_json(cls, value: object) -> Purpose:
        """Read it. Raises BadValue."""
        words = ("asked_by", "authorisation", "case", "exhibit", "offence", "person_role", "reason", "recipient", "text")
        fields = Fields(value, (*words, "cameras", "end", "start"))
        return cls(
            exhibit=fields.text("exhibit", least=1, most=64),
            case=fields.text("case", least=1, most=200),
            reason=fields.text("reason", least=1, most=64),
            person_role=fields.text("person_role", least=1, most=64),
            asked_by=fields.text("asked_by", least=1, most=64),
            cameras=fields.each("cameras", _camera, most=MOST_CAMERAS),
            start=fields.time("start"),
            end=fields.time("end"),
            text=fields.text("text", most=_LONGEST_TEXT),
            offence=fields.text("offence", most=64),
            recipient=fields.text("recipient", most=200),
            authorisation=fields.text("authorisation", most=64),
        )


def _camera(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 64:
        raise BadValue("A camera's name is not a short text.")
    return value


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the centre signs. `act` is the digest of the sealed act, `files` every file of the bundle but the manifest's own three."""

    organisation: str
    purpose: Purpose
    act: bytes
    made_at: str
    software: str
    cameras: tuple[Camera, ...]
    files: tuple[FileRecord, ...] = ()

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON."""
        return {
            "act": self.act.hex(),
            "cameras": [one.json() for one in self.cameras],
            "files": [one.json() for one in self.files],
            "kind": KIND,
            "made_at": self.made_at,
            "organisation": self.organisation,
            "purpose": self.purpose.json(),
            "software": self.software,
            "v": _VERSION,
        }

    def footage_digest(self) -> str:
        """Return the SHA-256 of all that is said of the footage, in hexadecimal: what the log is told is made. Raises NotCanonical."""
        return hashlib.sha256(canonical([one.json() for one in self.cameras], most_bytes=MOST_MANIFEST)).hexdigest()

    def encoded(self) -> bytes:
        """Return the canonical form: what is signed. Raises NotCanonical."""
        return canonical(self.json(), most_bytes=MOST_MANIFEST)

    @classmethod
    def decoded(cls, text: bytes) -> Manifest:
        """Read a manifest from anybody. Raises BadJson, BadValue or BadBundle."""
        value = parse(text, most_bytes=MOST_MANIFEST)
        fields = Fields(value, ("act", "cameras", "files", "kind", "made_at", "organisation", "purpose", "software", "v"))
        fields.whole("v", least=_VERSION, most=_VERSION)
        found = cls(
            organisation=fields.text("organisation", least=1, most=64),
            purpose=Purpose.from_json(fields.mapping("purpose")),
            act=fields.digest("act"),
            made_at=fields.time("made_at"),
            software=fields.text("software", most=64),
            cameras=fields.each("cameras", Camera.from_json, most=MOST_CAMERAS),
            files=fields.each("files", FileRecord.from_json, most=MOST_FILES),
        )
        if fields.text("kind", most=64) != KIND or found.encoded() != text:
            raise BadValue("The manifest is not in its canonical form.")
        return found
