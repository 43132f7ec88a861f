"""Opaque identifiers: random, short, safe in addresses, file names and speech; they tell nothing and cannot be counted through."""

from __future__ import annotations

import secrets

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
"""Base32 of RFC 4648 in small letters: no 0/O or 1/l to confuse."""

LENGTH = 16
"""80 random bits."""


def new_id() -> str:
    """Return a new identifier."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


class IdConverter:
    """Path converter `<id:...>` for addresses."""

    regex = f"[a-z2-7]{{{LENGTH}}}"

    def to_python(self, value: str) -> str:
        """Take it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Write it as it is."""
        return value
