"""Pseudonyms: what stands in the log for a person, a plate, a token or a case.

`h:` and 26 letters, the base32 of HMAC-SHA256 over kind, colon, identifier. The same person has the same pseudonym in every entry. The key
is made once, lies in `<data_dir>/keys/audit-names.key`, readable by its owner only, is never changed (with another one no earlier
pseudonym could be opened) and is read by this module alone. Who has it and a list of identifiers can find the entries of each: root on the
machine has both, which THREAT_MODEL.md says.
"""

from __future__ import annotations

import base64
import functools
import hmac
import os
import secrets
from pathlib import Path

from django.conf import settings

from citysquare.proof.errors import BadKey
from citysquare.proof.private_files import put_first, read_private

KEY_FILE = "audit-names.key"
MARK = "h:"
_KEY_BYTES = 32
_MOST_BYTES = 1024
"""Of the key's file: more is no key of ours."""
_LETTERS = 26
"""130 bits: two of a city's people never share a pseudonym."""


def pseudonym(kind: str, identifier: str) -> str:
    """Return what stands in the log for an identifier; an empty one, and what is a pseudonym already, stay as they are.

    Raises BadKey with a sentence when the key cannot be read or made.
    """
    if not identifier or is_pseudonym(identifier):
        return identifier
    mac = hmac.digest(_key(settings.CITYSQUARE.keys_dir), f"{kind}:{identifier}".encode(errors="replace"), "sha256")
    return MARK + base64.b32encode(mac).decode("ascii").lower()[:_LETTERS]


def is_pseudonym(text: str) -> bool:
    """Tell whether this is a pseudonym."""
    letters = text.removeprefix(MARK)
    return text.startswith(MARK) and len(letters) == _LETTERS and letters.isascii() and letters.isalnum()


@functools.lru_cache(maxsize=4)
def _key(folder: Path) -> bytes:
    """Return the key, made on first use. Raises BadKey."""
    path = folder / KEY_FILE
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            put_first(path, base64.b64encode(secrets.token_bytes(_KEY_BYTES)) + b"\n")
        key = base64.b64decode(read_private(path, most_bytes=_MOST_BYTES).strip(), validate=True)
    except OSError as error:
        raise BadKey(f"The key file {path} cannot be read or made: {os.strerror(error.errno or 0)}.") from error
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise BadKey(f"The key file {path} is damaged: put it back from a sealed backup.")
    return key
