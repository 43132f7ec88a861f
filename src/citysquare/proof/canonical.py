"""The one byte form of a JSON value (RFC 8785, JCS), and a strict reader for JSON from strangers.

What is hashed or signed must have one byte form, and must mean the same to every reader. The form is RFC 8785's: no spaces, keys in
the order of their UTF-16 code units, the fewest escapes, numbers as ECMAScript writes them, UTF-8. The values are those of I-JSON
(RFC 7493), which RFC 8785 asks for, and on what readers disagree about both directions refuse: NaN and infinities, the same key
twice, lone surrogates, and whole numbers from 2^53 on, which a reader with doubles would round (write them as text; a double of 1e21
and more is written with an exponent, and stays). Depth and size are bounded both ways.

`canonical(parse(canonical(value))) == canonical(value)` for each value that has a canonical form; 1.0 comes back as 1.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias

from citysquare.proof.errors import BadJson, NotCanonical, ProofError

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""What has a canonical form."""
Parsed: TypeAlias = "bool | int | float | str | list[Parsed] | dict[str, Parsed] | None"
"""What `parse` returns."""

MOST_DEPTH = 32
"""Lists and objects within each other."""
MOST_BYTES = 1 << 20
"""Of a text, read or written, unless the caller says otherwise."""
LARGEST_WHOLE = (1 << 53) - 1
"""Up to here every whole number is a double of its own (RFC 7493, section 2.2)."""

_BEFORE_VALUES = (b",", b"[", b"{")
_LEAST_BYTES_A_VALUE = 16
"""On average, in a large text: an empty list takes three bytes there and seventy in memory."""

_quoted = json.JSONEncoder(ensure_ascii=False).encode
"""Of text only: it escapes what RFC 8785 escapes, in its way, and nothing else."""
_LONGEST_NUMBER = 64
"""Characters. The canonical form takes 25 at most; others may write more digits, but not without end."""
_MOST_PLAIN = 21
"""Digits before the point up to which ECMAScript writes no exponent."""
_FIRST_WITH_EXPONENT = 1e21
"""From here on a whole number has more digits than that."""
_MOST_ZEROS = 6
"""Places behind the point up to which the first digit may come without an exponent."""


def canonical(value: Json, *, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the canonical form of `value` (RFC 8785): UTF-8 of at most `most_bytes`.

    Lists and tuples are arrays, mappings with text as keys are objects. Raises NotCanonical for all else, and for what the module
    says is refused.
    """
    writer = _Writer(most_bytes)
    writer.write(value, MOST_DEPTH)
    return "".join(writer.parts).encode()


def parse(text: bytes, *, most_bytes: int = MOST_BYTES) -> Parsed:
    """Read JSON that may come from anybody: UTF-8 without a byte order mark, of at most `most_bytes`.

    A number without point and exponent comes back as int, any other as float. Raises BadJson for what is no JSON (RFC 8259), and
    for what the module says is refused.
    """
    if len(text) > most_bytes:
        raise BadJson(f"The JSON is larger than {most_bytes} bytes.")
    if len(text) > MOST_BYTES and sum(map(text.count, _BEFORE_VALUES)) > len(text) // _LEAST_BYTES_A_VALUE:
        raise BadJson("The JSON is large and made of next to nothing but empty values.")
    try:
        value: Parsed = json.loads(
            text.decode(), object_pairs_hook=_unique, parse_int=_whole, parse_float=_double, parse_constant=_no_number
        )
    except UnicodeDecodeError:
        raise BadJson("The JSON is not in UTF-8.") from None
    except json.JSONDecodeError as error:
        raise BadJson(f"Not JSON: line {error.lineno}, column {error.colno} cannot be read.") from None
    except RecursionError:
        raise _too_deep(BadJson) from None
    _check(value)
    return value


def number_text(value: float) -> str:
    """Return a double as ECMAScript writes it (ECMA-262, Number::toString; RFC 8785, section 3.2.2.3).

    The digits are the fewest that lead back to the same double, and of those the nearest, which is what Python's `repr` gives too;
    only where point and exponent stand differs. Raises NotCanonical for NaN and the infinities.
    """
    if not math.isfinite(value):
        raise NotCanonical("NaN and infinities do not exist in JSON.")
    if not value:
        return "0"  # also for the negative zero
    mantissa, _, exponent = float.__repr__(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)
    digits = digits.rstrip("0")
    return ("-" if value < 0 else "") + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """Write 0.`digits` times ten to the `point`."""
    if len(digits) <= point <= _MOST_PLAIN:
        return digits.ljust(point, "0")
    if 0 < point <= _MOST_PLAIN:
        return f"{digits[:point]}.{digits[point:]}"
    if -_MOST_ZEROS < point <= 0:
        return f"0.{'0' * -point}{digits}"
    mantissa = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{mantissa}e{point - 1:+d}"


class _Writer:
    """Collects the parts of a canonical form, and stops where they become too large: a small value may contain a list a million times."""

    def __init__(self, most_bytes: int) -> None:
        self.parts: list[str] = []
        self._left = self._most = most_bytes

    def write(self, value: object, depth: int) -> None:
        """Write a value; `depth` is how many lists and objects may still open."""
        if isinstance(value, str):
            self._text(value)
        elif isinstance(value, Mapping):
            self._object(value, _deeper(depth))
        elif isinstance(value, list | tuple):
            self._list(value, _deeper(depth))
        else:
            self._add(_scalar(value))

    def _add(self, part: str) -> None:
        self._left -= len(part) if part.isascii() else len(part.encode())
        if self._left < 0:
            raise NotCanonical(f"The canonical form would be larger than {self._most} bytes.")
        self.parts.append(part)

    def _text(self, text: str) -> None:
        _check_text(text, NotCanonical)
        self._add(_quoted(text))

    def _list(self, values: Sequence[object], depth: int) -> None:
        self._add("[")
        for number, value in enumerate(values):
            if number:
                self._add(",")
            self.write(value, depth)
        self._add("]")

    def _object(self, values: Mapping[object, object], depth: int) -> None:
        members = []
        for key, value in values.items():
            if not isinstance(key, str):
                raise NotCanonical("A key of an object must be text.")
            _check_text(key, NotCanonical)
            members.append((key.encode("utf-16-be"), key, value))
        members.sort(key=lambda member: member[0])
        self._add("{")
        for number, (_, key, value) in enumerate(members):
            if number:
                self._add(",")
            self._text(key)
            self._add(":")
            self.write(value, depth)
        self._add("}")


def _scalar(value: object) -> str:
    """Return the form of anything but text, lists and objects."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        _check_whole(value, NotCanonical)
        return int.__repr__(value)
    if isinstance(value, float):
        _check_double(value, NotCanonical)
        return number_text(value)
    raise NotCanonical("Only null, truth values, numbers, text, lists and objects have a canonical form.")


def _unique(members: list[tuple[str, Parsed]]) -> dict[str, Parsed]:
    found = dict(members)
    if len(found) != len(members):
        raise BadJson("An object has the same key twice.")
    return found


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise BadJson("A number is too long.")
    value = int(text)
    _check_whole(value, BadJson)
    return value


def _double(text: str) -> float:
    if len(text) > _LONGEST_NUMBER:
        raise BadJson("A number is too long.")
    value = float(text)
    if math.isinf(value):
        raise BadJson("A number is larger than a double can be.")
    _check_double(value, BadJson)
    return value


def _no_number(_name: str) -> NoReturn:
    raise BadJson("NaN and infinities do not exist in JSON.")


def _check(value: Parsed) -> None:
    """Refuse lone surrogates and too much depth in what was read."""
    level: list[Parsed] = [value]
    depth = 0
    while level:
        below: list[Parsed] = []
        opened = False
        for one in level:
            if isinstance(one, str):
                _check_text(one, BadJson)
            elif isinstance(one, list):
                opened = True
                below += one
            elif isinstance(one, dict):
                opened = True
                below += one
                below += one.values()
        depth += opened
        if depth > MOST_DEPTH:
            raise _too_deep(BadJson)
        level = below


def _check_text(text: str, error: type[ProofError]) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise error("A text contains half of a surrogate pair, which is no character.") from None


def _check_whole(value: float, error: type[ProofError]) -> None:
    if abs(value) > LARGEST_WHOLE:
        raise error("A whole number is larger than 2^53 - 1: write it as text.")


def _check_double(value: float, error: type[ProofError]) -> None:
    """Refuse a double that would be written, and so read, as a whole number that is too large."""
    if abs(value) < _FIRST_WITH_EXPONENT:
        _check_whole(value, error)


def _deeper(depth: int) -> int:
    if not depth:
        raise _too_deep(NotCanonical)
    return depth - 1


def _too_deep(error: type[ProofError]) -> ProofError:
    return error(f"More than {MOST_DEPTH} lists and objects stand within each other.")
