r"""The backup's file: a readable header, then pieces that are each sealed, numbered, and know whether they are the last.

    citysquare-backup 1\n   4 bytes: length of the header   header (JSON)   pieces: 4 bytes of length, then the sealed piece

Sealed with a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM seals each piece; its nonce is the piece's number and whether it is
the last, its associated data the hash of the header, so that no piece can be changed, moved, cut off or put under another header. In a
plain backup a SHA-256 stands where the seal would: that finds accidents, not attackers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from citysquare.site.backup.errors import Altered, BadPassphraseFile, Newer, NoBackup, NoPassphrase, Truncated, WrongPassphrase

MAGIC = b"citysquare-backup "
FORMAT = 1
PIECE_BYTES = 1_048_576
SCRYPT_N = 2**17
"""With r = 8 and p = 1: 128 MiB and about half a second for each guess (OWASP's recommendation)."""
LEAST_PASSPHRASE = 12

_R, _P = 8, 1
_LARGEST_HEADER = 65_536
_LARGEST_PASSPHRASE_FILE = 4096
_SEAL_BYTES = 32


@dataclass(frozen=True, slots=True)
class Header:
    """What can be read without the passphrase."""

    version: str
    """Of the platform that made it."""
    made_at: str
    salt: str = ""
    """Hexadecimal; empty: a plain backup."""
    check: str = ""
    """Tells a wrong passphrase from a damaged file."""

    @property
    def sealed(self) -> bool:
        """Whether a passphrase is needed."""
        return bool(self.salt)


class Seal(Protocol):
    """Seals and opens one piece."""

    def close(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        """Return the sealed piece."""

    def open(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        """Return the piece. Raises Altered."""


class _Sealed:
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        return self._cipher.encrypt(nonce, data, about)

    def open(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        try:
            return self._cipher.decrypt(nonce, data, about)
        except InvalidTag:
            raise _altered() from None


class _Plain:
    def close(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        return data + hashlib.sha256(about + nonce + data).digest()

    def open(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        body, digest = data[:-_SEAL_BYTES], data[-_SEAL_BYTES:]
        if not hmac.compare_digest(digest, hashlib.sha256(about + nonce + body).digest()):
            raise _altered()
        return body


def _altered() -> Altered:
    return Altered("The backup is not as it was written: a piece was changed, or pieces are missing in the middle. Take another copy.")


def passphrase_from(path: Path) -> bytes:
    """Read a passphrase: the first line of a file for its owner only. Raises BadPassphraseFile."""
    try:
        with path.open("rb") as file:
            mode, text = os.fstat(file.fileno()).st_mode, file.read(_LARGEST_PASSPHRASE_FILE)
    except OSError as error:
        raise BadPassphraseFile(f"The passphrase file {path} cannot be read: {error.strerror}.") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadPassphraseFile(f"The passphrase file {path} may be read by others; its mode must be 0600.")
    phrase = text.partition(b"\n")[0].strip()
    if len(phrase) < LEAST_PASSPHRASE:
        raise BadPassphraseFile(f"The passphrase in {path} needs at least {LEAST_PASSPHRASE} characters on its first line.")
    return phrase


def _key(passphrase: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=SCRYPT_N, r=_R, p=_P).derive(passphrase)


def _check(key: bytes) -> str:
    return hmac.digest(key, b"citysquare backup: is this the key", "sha256")[:8].hex()


class Writer:
    """A file-like object that seals what is written to it. `close` writes the last piece; without it the backup is truncated."""

    def __init__(self, file: BinaryIO, *, version: str, made_at: str, passphrase: bytes | None) -> None:
        """Write the header."""
        self._file, self._waiting, self._number, self._taken = file, bytearray(), 0, 0
        salt = secrets.token_bytes(16) if passphrase is not None else b""
        key = _key(passphrase, salt) if passphrase is not None else b""
        self._seal: Seal = _Sealed(key) if key else _Plain()
        header = Header(version, made_at, salt.hex(), _check(key) if key else "")
        text = json.dumps({name: getattr(header, name) for name in ("version", "made_at", "salt", "check")}).encode()
        start = MAGIC + f"{FORMAT}\n".encode() + len(text).to_bytes(4, "big") + text
        self._about = hashlib.sha256(start).digest()
        self._file.write(start)

    def write(self, data: bytes) -> int:
        """Take bytes; raises OSError when the disk does."""
        self._waiting += data
        self._taken += len(data)
        while len(self._waiting) > PIECE_BYTES:
            self._piece(bytes(self._waiting[:PIECE_BYTES]), last=False)
            del self._waiting[:PIECE_BYTES]
        return len(data)

    def tell(self) -> int:
        """Return how many bytes were taken so far."""
        return self._taken

    def close(self) -> None:
        """Write the last piece."""
        self._piece(bytes(self._waiting), last=True)

    def _piece(self, data: bytes, *, last: bool) -> None:
        sealed = self._seal.close(_nonce(self._number, last=last), data, self._about)
        self._number += 1
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Reader:
    """A file-like object over an opened backup; every byte it gives was checked. Raises the errors of a bad backup."""

    def __init__(self, file: BinaryIO, passphrase: bytes | None) -> None:
        """Read the header, and find out whether the passphrase is right."""
        self._file, self._ready, self._number, self._ended = file, bytearray(), 0, False
        self.header, self._about = read_header(file)
        if not self.header.sealed:
            self._seal: Seal = _Plain()
            return
        if passphrase is None:
            raise NoPassphrase("The backup is sealed: name its passphrase with --passphrase-file, or set backup_passphrase_file.")
        key = _key(passphrase, bytes.fromhex(self.header.salt))
        if not hmac.compare_digest(_check(key), self.header.check):
            raise WrongPassphrase(f"This is not the passphrase with which the backup of {self.header.made_at} was sealed.")
        self._seal = _Sealed(key)

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, fewer only at the end."""
        while len(self._ready) < size and not self._ended:
            self._next()
        data = bytes(self._ready[:size])
        del self._ready[:size]
        return data

    def finish(self) -> None:
        """Read what is left, so that the last piece was seen and nothing comes after it."""
        while not self._ended:
            self._next()
            self._ready.clear()
        if self._file.read(1):
            raise _altered()

    def _next(self) -> None:
        length = int.from_bytes(_exactly(self._file, 4), "big")
        if length > PIECE_BYTES + _SEAL_BYTES:
            raise _altered()
        sealed = _exactly(self._file, length)
        ahead = self._file.read(1)
        self._ended = not ahead
        if ahead:
            self._file.seek(-1, os.SEEK_CUR)
        try:
            self._ready += self._seal.open(_nonce(self._number, last=self._ended), sealed, self._about)
        except Altered:
            if self._ended and self._is_whole(sealed):
                raise _truncated() from None
            raise
        self._number += 1

    def _is_whole(self, sealed: bytes) -> bool:
        """Whether the last piece there is was a good one, though not the last one written."""
        try:
            self._seal.open(_nonce(self._number, last=False), sealed, self._about)
        except Altered:
            return False
        return True


def _truncated() -> Truncated:
    return Truncated("The backup ends too early: it was cut off while it was written or copied. Take another copy.")


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise _truncated()
    return data


def read_header(file: BinaryIO) -> tuple[Header, bytes]:
    """Return the header and its hash. Raises NoBackup, Newer, Truncated, Altered."""
    first = file.read(len(MAGIC) + 2)
    if not first.startswith(MAGIC):
        raise NoBackup("This file is no backup of Citysquare.")
    if first != MAGIC + f"{FORMAT}\n".encode():
        raise Newer("This backup has a form that this version does not know: use the version that made it, or a newer one.")
    size = _exactly(file, 4)
    if int.from_bytes(size, "big") > _LARGEST_HEADER:
        raise _altered()
    text = _exactly(file, int.from_bytes(size, "big"))
    try:
        values = json.loads(text)
        header = Header(**values)
        bytes.fromhex(header.salt)
    except (ValueError, TypeError, RecursionError):
        raise _altered() from None
    if not all(isinstance(value, str) for value in values.values()) or len(header.salt) not in {0, 32}:
        raise _altered()
    return header, hashlib.sha256(first + size + text).digest()
