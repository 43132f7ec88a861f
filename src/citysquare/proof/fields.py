"""Strict reading of parsed JSON: exactly these fields, each of its kind, each bounded; and the text forms of bytes and times.

- *bytes*: base64url without padding (RFC 4648, section 5; RFC 7515, section 2), in its one form.
- *digests*: 64 lowercase hexadecimal digits.
- *times*: UTC to the microsecond, `2026-05-01T12:00:00.000000Z`. Of one length, so that texts sort as the times do.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import TypeVar

from citysquare.proof.canonical import LARGEST_WHOLE, Parsed
from citysquare.proof.errors import BadValue

DIGEST_BYTES = 32
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z", re.ASCII)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")
_T = TypeVar("_T")


def base64url(data: bytes) -> str:
    """Return `data` in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str, *, most: int) -> bytes:
    """Return at most `most` bytes. Raises BadValue, also for a second spelling of the same bytes."""
    if len(text) > (most * 4 + 2) // 3 or not _BASE64URL.match(text):
        raise BadValue("A field is not base64url, or too long.")
    try:
        found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise BadValue("A field is not base64url.") from None
    if base64url(found) != text:
        raise BadValue("A field is not in base64url's one form.")
    return found


def time_text(at: datetime) -> str:
    """Return a time in its text form. Raises ValueError for one without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time needs a zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def from_time_text(text: str) -> datetime:
    """Return the time. Raises BadValue for another form, and for a time that does not exist."""
    if not _TIME.match(text):
        raise BadValue("A time is not of the form 2026-05-01T12:00:00.000000Z.")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadValue("A time does not exist.") from None


def from_digest_text(text: str) -> bytes:
    """Return the 32 bytes of a digest. Raises BadValue."""
    if not _DIGEST.match(text):
        raise BadValue("A digest is not 64 hexadecimal digits.")
    return bytes.fromhex(text)


class Fields:
    """One JSON object with exactly the `needed` fields and perhaps some `optional` ones. Every reader raises BadValue."""

    def __init__(self, value: object, needed: Collection[str], optional: Collection[str] = ()) -> None:
        """Take the object."""
        if not isinstance(value, dict):
            raise BadValue("An object is missing.")
        if not set(needed) <= value.keys() or not value.keys() <= {*needed, *optional}:
            raise BadValue("An object does not have the fields it must have.")
        self._values: dict[str, Parsed] = value

    def has(self, name: str) -> bool:
        """Tell whether an optional field is there."""
        return name in self._values

    def text(self, name: str, *, most: int, least: int = 0) -> str:
        """Return a text of `least` to `most` characters."""
        value = self._values[name]
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise BadValue(f"The field {name} is not a text of {least} to {most} characters.")
        return value

    def whole(self, name: str, *, least: int = 0, most: int = LARGEST_WHOLE) -> int:
        """Return a whole number."""
        value = self._values[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise BadValue(f"The field {name} is not a whole number from {least} to {most}.")
        return value

    def truth(self, name: str) -> bool:
        """Return a truth value."""
        value = self._values[name]
        if not isinstance(value, bool):
            raise BadValue(f"The field {name} is neither true nor false.")
        return value

    def time(self, name: str) -> str:
        """Return a time in its text form."""
        text = self.text(name, most=27)
        from_time_text(text)
        return text

    def digest(self, name: str) -> bytes:
        """Return a digest's bytes."""
        return from_digest_text(self.text(name, most=64))

    def data(self, name: str, *, most: int) -> bytes:
        """Return the bytes of a base64url field."""
        return from_base64url(self.text(name, most=most * 2), most=most)

    def mapping(self, name: str) -> dict[str, Parsed]:
        """Return an object as it is."""
        value = self._values[name]
        if not isinstance(value, dict):
            raise BadValue(f"The field {name} is not an object.")
        return value

    def each(self, name: str, read: Callable[[Parsed], _T], *, most: int) -> tuple[_T, ...]:
        """Return what `read` makes of each of at most `most` items of a list."""
        value = self._values[name]
        if not isinstance(value, list) or len(value) > most:
            raise BadValue(f"The field {name} is not a list of at most {most} items.")
        return tuple(read(item) for item in value)


def digest_item(value: Parsed) -> bytes:
    """Read a digest that is an item of a list. Raises BadValue."""
    if not isinstance(value, str):
        raise BadValue("A digest is not a text.")
    return from_digest_text(value)
