"""Signed heads of a log: at this time it had so many entries with this Merkle root, and the head before was that one.

A head is signed by the centre (`jws`, typ `citysquare-head`) and names the SHA-256 of the head before it, so heads make a chain of their
own: none can be taken out or dated back later. Kept elsewhere, one head is enough to find out any later change of what it covers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from citysquare.proof import jws
from citysquare.proof.canonical import Json, canonical, parse
from citysquare.proof.errors import BadSignature, BadValue
from citysquare.proof.fields import DIGEST_BYTES, Fields
from citysquare.proof.keys import KeySet, PrivateKey, PublicKey

HEAD_TYPE = "citysquare-head"
NO_HEAD = bytes(DIGEST_BYTES)
"""What the first head names as the one before."""
LONGEST_LINE = 2048
"""Bytes of a signed head's line, without the newline."""
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a log: `log` is its opaque name, `at` the text form of a time, `previous` the `digest` of the head before."""

    log: str
    size: int
    root: bytes
    at: str
    previous: bytes = NO_HEAD

    def json(self) -> dict[str, Json]:
        """Return the head as it stands in JSON."""
        return {
            "at": self.at,
            "log": self.log,
            "previous": self.previous.hex(),
            "root": self.root.hex(),
            "size": self.size,
            "v": _VERSION,
        }

    def encoded(self) -> bytes:
        """Return the canonical form: what is signed."""
        return canonical(self.json(), most_bytes=LONGEST_LINE)

    def digest(self) -> bytes:
        """Return the SHA-256 of the canonical form, which the next head names."""
        return hashlib.sha256(self.encoded()).digest()

    def signed(self, key: PrivateKey) -> SignedHead:
        """Return the head with the centre's signature."""
        return SignedHead(self, jws.sign(self.encoded(), key, typ=HEAD_TYPE))

    @classmethod
    def from_json(cls, value: object) -> Head:
        """Read a head. Raises BadValue."""
        fields = Fields(value, ("at", "log", "previous", "root", "size", "v"))
        fields.whole("v", least=_VERSION, most=_VERSION)
        return cls(
            log=fields.text("log", most=64, least=1),
            size=fields.whole("size"),
            root=fields.digest("root"),
            at=fields.time("at"),
            previous=fields.digest("previous"),
        )


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head and the centre's signature over it."""

    head: Head
    jws: str

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON."""
        return {"head": self.head.json(), "jws": self.jws}

    def encoded(self) -> bytes:
        """Return its line, with its newline."""
        return canonical(self.json(), most_bytes=LONGEST_LINE) + b"\n"

    def verify(self, keys: KeySet | PublicKey) -> str:
        """Return the name of the key that signed the head, which counted at the head's time. Raises BadSignature."""
        return jws.verify(self.jws, self.head.encoded(), keys, typ=HEAD_TYPE, at=self.head.at)

    @classmethod
    def decoded(cls, line: bytes) -> SignedHead:
        """Read a line without its newline. Raises BadJson or BadValue, also when it is not in its canonical form."""
        found = cls.from_json(parse(line, most_bytes=LONGEST_LINE))
        if found.encoded()[:-1] != line:
            raise BadValue("A head is not in its canonical form.")
        return found

    @classmethod
    def from_json(cls, value: object) -> SignedHead:
        """Read a signed head that is part of something else. Raises BadValue."""
        fields = Fields(value, ("head", "jws"))
        return cls(Head.from_json(fields.mapping("head")), fields.text("jws", most=jws.LONGEST_TOKEN))


@dataclass(frozen=True, slots=True)
class HeadTrouble:
    """What is wrong with a head. `kind` is forged, unlinked, backdated, shrunk, another_log or other_root."""

    kind: str
    size: int
    at: str


def follows(later: Head, earlier: Head) -> HeadTrouble | None:
    """Return what keeps `later` from being the head directly behind `earlier`, if anything does."""
    found = disagreement(later, earlier)
    if found is None and later.previous != earlier.digest():
        return HeadTrouble("unlinked", later.size, later.at)
    return found


def disagreement(later: Head, earlier: Head) -> HeadTrouble | None:
    """Return why two heads, of which `later` claims to come after `earlier`, cannot be heads of one log that only grows."""
    if later.log != earlier.log:
        kind = "another_log"
    elif later.at < earlier.at:
        kind = "backdated"
    elif later.size < earlier.size:
        kind = "shrunk"
    elif later.size == earlier.size and later.root != earlier.root:
        kind = "other_root"
    else:
        return None
    return HeadTrouble(kind, later.size, later.at)


def check_head(signed: SignedHead, before: Head | None, keys: KeySet | PublicKey) -> list[HeadTrouble]:
    """Check one head's signature, and that it stands directly behind the one `before` it; without one it may have any predecessor.

    Whether the entries lead to its root is for `chain.EntryChecker`, which is told the heads.
    """
    found: list[HeadTrouble] = []
    try:
        signed.verify(keys)
    except BadSignature:
        found.append(HeadTrouble("forged", signed.head.size, signed.head.at))
    trouble = follows(signed.head, before) if before is not None else None
    return [*found, trouble] if trouble else found
