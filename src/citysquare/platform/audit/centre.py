"""The centre's key: what it signs the heads of its log, its exhibits and its packs with, and the earlier keys that it followed.

`<data_dir>/keys/centre.key` is an Ed25519 key (PKCS #8, 0600), made at first use; `centre-keys.json` beside it is the public key set, in
which each key is signed by the one before. Who has the key file signs as the centre, so it lies only here and in sealed backups.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.conf import settings

from citysquare.proof import jws
from citysquare.proof.errors import BadKey
from citysquare.proof.fields import time_text
from citysquare.proof.keys import KeySet, KnownKey, PrivateKey
from citysquare.proof.private_files import put_first, read_private, replace_private

KEY_FILE = "centre.key"
SET_FILE = "centre-keys.json"
_MOST_BYTES = 128 * 1024


def centre_key() -> PrivateKey:
    """Return the key that signs now, made on first use. Raises BadKey with a sentence."""
    path = _folder() / KEY_FILE
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            put_first(path, PrivateKey.make().to_pem())
        text = read_private(path, most_bytes=_MOST_BYTES)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        return PrivateKey.from_pem(text)
    except BadKey:
        raise BadKey(f"The key file {path} is damaged: put it back from a sealed backup.") from None


def centre_keys() -> KeySet:
    """Return the public keys of this centre, oldest first; the last one signs now. Raises BadKey.

    A rotation that was killed between its two files has not happened: the key it would have begun with is not among them.
    """
    now = centre_key().public
    path = _folder() / SET_FILE
    try:
        known = KeySet.decoded(path.read_bytes()[:_MOST_BYTES]) if path.exists() else KeySet()
    except OSError as error:
        raise _unreadable(path, error) from error
    except BadKey:
        raise BadKey(f"The key file {path} is damaged: put it back from a backup.") from None
    if now.kid not in known:
        return KeySet([*known, now])
    following = list(known)
    place = next(number for number, one in enumerate(following) if one.key.kid == now.kid)
    return KeySet([*following[:place], replace(following[place], valid_to="", revoked_at="")])


def rotate(*, at: datetime, lost: bool = False) -> tuple[PrivateKey, PrivateKey]:
    """Make a new key that counts from `at`, signed by the one so far, and return both, the former first. Raises BadKey.

    A former one that others may have (`lost`) is revoked and signs nothing more, the new one neither: who trusted it has to be told the
    new fingerprint, for whoever has it could sign keys of their own as well.

    Killed in between, the new key stands in the file of the set and the former one still signs and counts (`centre_keys`).
    """
    folder = _folder()
    with _alone(folder):
        former, keys, moment = centre_key(), centre_keys(), time_text(at)
        new = PrivateKey.make()
        revoked = moment if lost else ""
        kept = [replace(one, valid_to=moment, revoked_at=revoked) if one.key.kid == former.kid else one for one in keys]
        token = "" if lost else jws.endorse(new.public, valid_from=moment, by=former)
        following = KnownKey(new.public, valid_from=moment, endorsement=token)
        try:
            replace_private(folder / SET_FILE, KeySet([*kept, following]).encoded())
            replace_private(folder / KEY_FILE, new.to_pem())
        except OSError as error:
            raise _unreadable(folder / KEY_FILE, error) from error
    return former, new


def _folder() -> Path:
    folder: Path = settings.CITYSQUARE.keys_dir
    return folder


def _unreadable(path: Path, error: OSError) -> BadKey:
    return BadKey(f"The key file {path} cannot be read or made: {os.strerror(error.errno or 0)}.")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / "centre.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
