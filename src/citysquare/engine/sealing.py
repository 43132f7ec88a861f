"""Sealing small secrets at rest, with keys in a file of their own.

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits. A sealed text names its key and is bound to a *purpose*, such as the
camera it belongs to: put elsewhere, it does not open. The key file lies in a folder of its own, readable by its owner only; its first
key seals, the others still open what was sealed before a rotation. Who has the key file and the database has the secrets: what is won is
that a database, a node file or a backup alone tells nobody a password.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from citysquare.engine.errors import BadKeyFile, CannotUnseal
from citysquare.proof.private_files import put_first, replace_private

KEY_FILE = "cameras.json"
_FORM = "v1"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_MOST_BYTES = 65_536
_MOST_KEYS = 16
_MOST_SEALED = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Key:
    """One key. Its name stands in what it sealed."""

    name: str
    value: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Key:
        """Return a key from the system's random numbers."""
        return cls(secrets.token_hex(4), secrets.token_bytes(_KEY_BYTES))


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one installation; the first one seals."""

    keys: tuple[Key, ...]

    def seal(self, text: str, *, purpose: str) -> str:
        """Return `text` sealed for `purpose`: printable ASCII without blanks."""
        key, nonce = self.keys[0], secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(key.value).encrypt(nonce, text.encode(), purpose.encode())
        return f"{_FORM}.{key.name}.{base64.urlsafe_b64encode(nonce + sealed).decode('ascii')}"

    def unseal(self, sealed: str, *, purpose: str) -> str:
        """Return what was sealed for `purpose`. Raises CannotUnseal with a sentence."""
        form, _, rest = sealed.partition(".")
        name, _, body = rest.partition(".")
        if form != _FORM or len(sealed) > _MOST_SEALED:
            raise CannotUnseal("A sealed password is damaged: enter the camera's user and password again.")
        key = next((key for key in self.keys if key.name == name), None)
        if key is None:
            raise CannotUnseal(
                "The key that opens a camera's password is missing: put the key file back, or enter user and password again."
            )
        try:
            data = base64.b64decode(body, altchars=b"-_", validate=True)
            return AESGCM(key.value).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], purpose.encode()).decode()
        except (InvalidTag, ValueError):
            raise CannotUnseal("A sealed password is damaged: enter the camera's user and password again.") from None

    def with_new_key(self) -> Keyring:
        """Return a keyring whose first key is new; the old ones still open."""
        return Keyring((Key.new(), *self.keys)[:_MOST_KEYS])

    def newest_only(self) -> Keyring:
        """Return a keyring without the keys of earlier rotations."""
        return Keyring(self.keys[:1])


def open_keyring(folder: Path, *, make: bool = True) -> Keyring:
    """Return the keys in `folder`: made where there are none yet, or none at all without `make`. Raises BadKeyFile with a sentence."""
    path = folder / KEY_FILE
    try:
        if not path.exists():
            if not make:
                return Keyring(())
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            put_first(path, _written(Keyring((Key.new(),))))
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise BadKeyFile(f"The key file {path} may be read by others; its mode must be 0600.")
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadKeyFile(f"The key file {path} cannot be read or made: {os.strerror(error.errno or 0)}.") from error
    try:
        return _read(json.loads(data[:_MOST_BYTES]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadKeyFile(f"The key file {path} is damaged: put it back from a sealed backup.") from None


def write_keyring(folder: Path, keyring: Keyring) -> None:
    """Replace the key file in one step. Raises BadKeyFile."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_private(folder / KEY_FILE, _written(keyring))
    except OSError as error:
        raise BadKeyFile(f"The key file in {folder} cannot be written: {os.strerror(error.errno or 0)}.") from error


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Change the keys with nobody else changing them: of two rotations at once the later would lose the key the earlier sealed with.

    Raises BadKeyFile while somebody else does.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise BadKeyFile(f"The key file in {folder} cannot be written: {os.strerror(error.errno or 0)}.") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadKeyFile("The keys are being changed already: wait until that has ended.") from None
        yield
    finally:
        os.close(descriptor)


def _read(found: dict[str, Any]) -> Keyring:
    keys = tuple(Key(str(row["name"]), base64.b64decode(row["key"], validate=True)) for row in found["keys"])
    if found["version"] != 1 or not 0 < len(keys) <= _MOST_KEYS or any(len(key.value) != _KEY_BYTES for key in keys):
        raise ValueError("no keys of ours")
    return Keyring(keys)


def _written(keyring: Keyring) -> bytes:
    rows = [{"name": key.name, "key": base64.b64encode(key.value).decode("ascii")} for key in keyring.keys]
    return json.dumps({"version": 1, "keys": rows}, indent=1).encode()
