"""Logs, seals and bundles made for tests: small, whole, and the same each time."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fido2 import cbor

from citysquare.proof.bundles.audit import AuditContent, AuditStretch, write_audit
from citysquare.proof.bundles.exhibit import ExhibitRest, ExhibitWriter, LogExtract, ProvenEntry, SealedAct
from citysquare.proof.bundles.manifest import Camera, Day, Fragment, Gap, Manifest, Piece, Purpose, Stored
from citysquare.proof.entries import FIRST_PREVIOUS, Entry
from citysquare.proof.fields import base64url
from citysquare.proof.heads import NO_HEAD, Head, SignedHead
from citysquare.proof.keys import KeySet, PrivateKey
from citysquare.proof.merkle import Frontier, head_of, inclusion_proof, leaf_hash, reader_of
from citysquare.proof.passkeys import Act, Role, Seal, act_digest
from citysquare.proof.timestamps import StampedHead

CENTRE = PrivateKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"centre").digest()))
OTHER = PrivateKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"other").digest()))
KEYS = KeySet([CENTRE.public])
LOG = "log-1"
RP_ID = "centre.example"
ORIGIN = "https://centre.example"
READ_ME = b"Read me.\n"


def minute(number: int) -> str:
    return f"2026-05-01T{12 + number // 60:02}:{number % 60:02}:00.000000Z"


def entry(number: int, previous: str, **changes: object) -> Entry:
    values = {"at": minute(number), "actor": "h:abc", "organisation": "org-1", "action": "camera.live", "subject_kind": "camera"}
    texts = {**values, "subject_id": "cam-1", "outcome": "done", "details": {"seconds": number}, **changes}
    return Entry(sequence=number, previous=previous, **texts).sealed()  # type: ignore[arg-type]  # a test's own values


def entries(count: int, changes: Callable[[int], dict[str, object]] = lambda _: {}) -> list[Entry]:
    found: list[Entry] = []
    for number in range(1, count + 1):
        found.append(entry(number, found[-1].hash if found else FIRST_PREVIOUS, **changes(number)))
    return found


def heads(log: Sequence[Entry], sizes: Sequence[int], key: PrivateKey = CENTRE) -> list[SignedHead]:
    read = reader_of([leaf_hash(one.leaf()) for one in log])
    found: list[SignedHead] = []
    for size in sizes:
        previous = found[-1].head.digest() if found else NO_HEAD
        at = log[size - 1].at if size else minute(0)
        found.append(Head(LOG, size, head_of(size, read), at, previous).signed(key))
    return found


def audit_bundle(
    path: Path,
    log: Sequence[Entry],
    signed: Sequence[SignedHead],
    *,
    first: int = 1,
    key: PrivateKey = CENTRE,
    stamps: Sequence[StampedHead] = (),
) -> Path:
    """Write the stretch from `first` to the log's end."""
    edge = Frontier()
    for one in log[: first - 1]:
        edge.append(leaf_hash(one.leaf()))
    previous = log[first - 2].hash if first > 1 else FIRST_PREVIOUS
    stretch = AuditStretch(LOG, first, len(log), minute(59), previous, edge.hashes)
    with path.open("w+b") as file:
        write_audit(file, stretch, AuditContent(log[first - 1 :], signed, KeySet([key.public]), READ_ME, stamps), key)
    return path


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey in software."""

    person: str
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def of(cls, person: str) -> Passkey:
        secret = int.from_bytes(hashlib.sha256(person.encode()).digest()) >> 1
        return cls(person, ec.derive_private_key(secret, ec.SECP256R1()))

    @property
    def public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return cbor.encode({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})

    def seal(
        self,
        digest: bytes,
        role: Role,
        *,
        at: str = minute(5),
        flags: int = 5,
        rp_id: str = RP_ID,
        origin: str = ORIGIN,
        kind: str = "webauthn.get",
        **more: object,
    ) -> Seal:
        client = json.dumps({"type": kind, "challenge": base64url(digest), "origin": origin, "crossOrigin": False, **more}).encode()
        data = hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + bytes(4)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return Seal(self.person, role, self.person.encode(), self.public, client, data, signature, rp_id, origin, at)


ASKS, APPROVES = Passkey.of("person-asks"), Passkey.of("person-approves")
TICK = 90_000
NOON = 1_777_636_800 * TICK  # 2026-05-01 12:00 UTC


def film(number: int) -> bytes:
    return hashlib.sha256(b"film %d" % number).digest() * 3


@dataclass(slots=True)
class Making:
    """What an exhibit is made of; tests change one thing and make it anew."""

    purpose: Purpose
    act: Act
    seals: list[Seal]
    camera: Camera
    files: list[tuple[str, bytes]]
    changes: dict[int, dict[str, object]] = field(default_factory=dict)
    """Of the log's entries."""
    about: list[int] = field(default_factory=lambda: [2, 3, 5, 6, 7, 8])
    key: PrivateKey = CENTRE
    keys: KeySet = field(default_factory=lambda: KEYS)
    made_at: str = minute(30)
    stamp: Callable[[bytes], bytes] | None = None
    forged_extract: LogExtract | None = None

    def write(self, path: Path) -> Path:
        buffer = io.BytesIO()
        writer = ExhibitWriter(buffer)
        for name, data in self.files:
            writer.add_footage(name, [data], len(data))
        sealed = SealedAct(self.act, tuple(self.seals), RP_ID, (ORIGIN,))
        writer.finish(self.manifest, ExhibitRest(sealed, self.forged_extract or self.extract(), self.keys, READ_ME, self.stamp), self.key)
        path.write_bytes(buffer.getvalue())
        return path

    @property
    def manifest(self) -> Manifest:
        return Manifest("org-1", self.purpose, act_digest(self.act), self.made_at, "citysquare test", (self.camera,))

    @property
    def log(self) -> list[Entry]:
        """The log of an honest centre, but for `changes`."""
        act = act_digest(self.act).hex()
        day = {"camera": "cam-1", "date": "2026-05-01", "head": self.camera.days[0].head.hex()} if self.camera.days else {}
        told: dict[int, dict[str, object]] = {
            2: {"action": "key.add", "actor": "h:asks", "details": {"key_digest": hashlib.sha256(ASKS.public).hexdigest()}},
            3: {"action": "key.add", "actor": "h:approves", "details": {"key_digest": hashlib.sha256(APPROVES.public).hexdigest()}},
            5: {"action": "act.seal", "actor": "h:asks", "details": {"digest": act, "role": "asks"}},
            6: {"action": "act.seal", "actor": "h:approves", "details": {"digest": act, "role": "approves"}},
            7: {"action": "exhibit.make", "details": {"act_digest": act, "digest": self.manifest.footage_digest()}},
            8: {"action": "footage.day", "details": day},
        }
        return entries(9, lambda number: {**told.get(number, {}), **self.changes.get(number, {})})

    def extract(self) -> LogExtract:
        log = self.log
        read = reader_of([leaf_hash(one.leaf()) for one in log])
        proven = [ProvenEntry(log[number - 1], inclusion_proof(number - 1, len(log), read)) for number in self.about]
        return LogExtract(tuple(proven), heads(log, [len(log)], self.key)[0])


def making() -> Making:
    """An exhibit of four minutes: a cut file, two whole ones, a gap, a cut one; one more file followed that day."""
    purpose = Purpose(
        "exhibit-1", "2026/17", "crime", "suspect", ASKS.person, ("cam-1",), "2026-05-01T12:00:30.000000Z", "2026-05-01T12:04:30.000000Z"
    )
    stored = [
        Stored(f"cam-1/main/{n}.mp4", NOON + 60 * n * TICK, NOON + 60 * (n + 1) * TICK, hashlib.sha256(film(n)).digest()) for n in range(6)
    ]
    stored[3] = replace(stored[3], end=stored[3].start + 50 * TICK)
    links = [hashlib.sha256(b"the morning").digest()]
    for one in stored:
        links.append(one.link(links[-1]))
    files = [(f"footage/cam-1/{n + 1:05}.mp4", film(n) if 0 < n < 4 else film(n)[:64]) for n in range(5)]
    pieces = []
    for n, (name, data) in enumerate(files):
        whole = 0 < n < 4
        start = stored[n].start + (0 if n else 28 * TICK)
        end = stored[n].end if n < 4 else stored[n].start + 31 * TICK
        fragments = (
            () if whole else (Fragment(16, 24, hashlib.sha256(data[16:40]).digest()), Fragment(40, 24, hashlib.sha256(data[40:]).digest()))
        )
        pieces.append(Piece(name, stored[n], links[n], "2026-05-01", whole, start, end, fragments))
    gap = Gap(stored[3].end, stored[4].start, "unreachable")
    camera = Camera(
        "cam-1",
        "Market place",
        "main",
        NOON + 30 * TICK,
        NOON + 270 * TICK,
        tuple(pieces),
        (gap,),
        (Day("2026-05-01", links[0], tuple(stored), links[-1]),),
    )
    act = Act("exhibit", "0123456789abcdef", "org-1", minute(1), purpose.json())
    seals = [ASKS.seal(act_digest(act), "asks"), APPROVES.seal(act_digest(act), "approves", at=minute(6))]
    return Making(purpose, act, seals, camera, files)
