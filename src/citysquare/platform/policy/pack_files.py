"""Packs as files: canonical JSON (RFC 8785) with a detached signature beside it, read strictly.

Those that are delivered are signed by the release's key, whose public half is `release_key.RELEASE_KEY`; `tools/sign_packs.py` makes both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

from citysquare.platform.policy.pack import FLOOR, Demand, Keeping, Pack
from citysquare.platform.policy.release_key import RELEASE_KEY
from citysquare.platform.policy.vocabulary import ActClass, ReasonCode
from citysquare.proof import jws
from citysquare.proof.canonical import Parsed, canonical, parse
from citysquare.proof.errors import BadValue, ProofError
from citysquare.proof.fields import Fields, from_base64url
from citysquare.proof.keys import KeySet, PublicKey

FOLDER: Final = Path(__file__).parent / "packs"
DELIVERED: Final = ("eu-strict", "bg", "ro", "ua")
"""The jurisdictions whose packs come with the program."""
DEFAULT_JURISDICTION: Final = "eu-strict"
SIGNATURE_TYPE: Final = "citysquare-pack"
FORMAT: Final = "citysquare-pack"
FORMAT_VERSION: Final = 1

MOST_PACK_BYTES: Final = 128 * 1024
_MOST_ITEMS: Final = 64
_LONGEST_NAME: Final = 40
_LONGEST_TEXT: Final = 400
_MOST_HOURS: Final = 24 * 366 * 100
_MOST_VERSION: Final = 1_000_000
_MOST_MONTHS: Final = 24
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
_T = TypeVar("_T")


class BadPack(ValueError):
    """The file is no pack, or not one that may hold here; `code` is stable, the text a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        """Keep both."""
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Source:
    """A law that a pack rests on, and its articles."""

    name: str
    title: str
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackFile:
    """A pack with what is told about it."""

    pack: Pack
    names: Mapping[str, str]
    """By language."""
    languages: tuple[str, ...]
    """The languages of the jurisdiction."""
    sources: tuple[Source, ...]
    issued: str
    """Day of this version, ISO 8601."""


def read_signed(text: bytes, signature: str, keys: KeySet | PublicKey) -> tuple[PackFile, str]:
    """Return a pack whose signature is by one of `keys`, and that key's name. Raises BadPack.

    The signature is looked at first: nothing of an unsigned file is parsed.
    """
    if len(text) > MOST_PACK_BYTES:
        raise BadPack("pack.too_large", "The pack is larger than a pack may be.")
    if not signature.strip():
        raise BadPack("pack.unsigned", "The pack has no signature: only signed packs are taken.")
    try:
        kid = jws.verify(signature.strip(), text, keys, typ=SIGNATURE_TYPE)
    except ProofError as error:
        raise BadPack("pack.bad_signature", f"The pack is not what a trusted key signed. {error.message}") from None
    return decode(text), kid


def decode(text: bytes) -> PackFile:
    """Read a pack's canonical form. Raises BadPack."""
    try:
        value = parse(text, most_bytes=MOST_PACK_BYTES)
        if canonical(value, most_bytes=MOST_PACK_BYTES) != text:
            raise BadValue("The text is not in canonical form.")
        return _pack_file(value)
    except ProofError as error:
        raise BadPack("pack.unreadable", f"The pack cannot be read. {error.message}") from None


@cache
def delivered(jurisdiction: str) -> PackFile:
    """Return a pack that comes with the program, its signature checked once per process. Raises BadPack, also where a file was altered."""
    if jurisdiction not in DELIVERED:
        raise BadPack("pack.unknown", f"There is no pack of that name; there are {', '.join(DELIVERED)}.")
    try:
        text, signature = (FOLDER / f"{jurisdiction}.json").read_bytes(), (FOLDER / f"{jurisdiction}.jws").read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise BadPack("pack.unreadable", "The pack's files cannot be read: install the program again.") from None
    found, _kid = read_signed(text, signature, release_key())
    if found.pack.id != jurisdiction:
        raise BadPack("pack.wrong_name", "The file holds another jurisdiction's pack.")
    return found


def release_key() -> PublicKey:
    """Return the key that signed the packs of this release."""
    return PublicKey(from_base64url(RELEASE_KEY, most=32))


def strict() -> Pack:
    """Return the strict pack of the Union: what holds where nobody says otherwise."""
    return delivered(DEFAULT_JURISDICTION).pack


def _pack_file(value: object) -> PackFile:
    needed = (
        "acts",
        "data",
        "format",
        "format_version",
        "id",
        "issued",
        "languages",
        "names",
        "purposes",
        "review_months",
        "sources",
        "version",
    )
    fields = Fields(value, needed)
    if fields.text("format", most=_LONGEST_NAME) != FORMAT or fields.whole("format_version") != FORMAT_VERSION:
        raise BadValue("It is no pack of a kind that this version knows.")
    pack = Pack(
        parts=frozenset({(_name(fields.text("id", most=_LONGEST_NAME)), fields.whole("version", least=1, most=_MOST_VERSION))}),
        data=_table(fields, "data", lambda name, item: (_name(name), _keeping(item))),
        purposes=_table(fields, "purposes", lambda name, item: (_reason(name), frozenset({_text(item)}))),
        acts=_table(fields, "acts", lambda name, item: (_act_class(name), _demand(item))),
        review_months=fields.whole("review_months", least=1, most=_MOST_MONTHS),
    )
    return PackFile(
        pack=pack,
        names=MappingProxyType(_table(fields, "names", lambda name, item: (_name(name), _text(item)))),
        languages=fields.each("languages", lambda item: _name(_text(item)), most=_MOST_ITEMS),
        sources=fields.each("sources", _source, most=_MOST_ITEMS),
        issued=fields.text("issued", most=10, least=10),
    )


_Key = TypeVar("_Key")


def _table(fields: Fields, name: str, read: Callable[[str, Parsed], tuple[_Key, _T]]) -> dict[_Key, _T]:
    items = fields.mapping(name)
    if not 0 < len(items) <= _MOST_ITEMS:
        raise BadValue(f"The field {name} has no items, or too many.")
    return dict(read(key, item) for key, item in items.items())


def _keeping(value: Parsed) -> Keeping:
    fields = Fields(value, ("ground", "hours", "least_hours", "most_hours"))
    hours, most, least = (fields.whole(name, most=_MOST_HOURS) for name in ("hours", "most_hours", "least_hours"))
    if not least <= hours <= most:
        raise BadValue("A time lies outside of its own bounds.")
    return Keeping(hours, most, least, frozenset({fields.text("ground", most=_LONGEST_TEXT, least=3)}))


def _demand(value: Parsed) -> Demand:
    fields = Fields(value, ("authorisation", "justification", "two_persons"))
    return Demand(fields.truth("justification"), fields.truth("two_persons"), fields.truth("authorisation"))


def _source(value: Parsed) -> Source:
    fields = Fields(value, ("articles", "name", "title"))
    return Source(
        fields.text("name", most=_LONGEST_NAME, least=2),
        fields.text("title", most=_LONGEST_TEXT, least=3),
        fields.each("articles", _text, most=_MOST_ITEMS),
    )


def _act_class(name: str) -> ActClass:
    if name not in FLOOR:
        raise BadValue("Only consulting, disclosing and ordering can be given demands.")
    return ActClass(name)


def _reason(name: str) -> ReasonCode:
    if name not in set(ReasonCode):
        raise BadValue("A purpose is unknown.")
    return ReasonCode(name)


def _name(text: str) -> str:
    if not 0 < len(text) <= _LONGEST_NAME or not _LETTERS.issuperset(text):
        raise BadValue("A name has letters that names have not.")
    return text


def _text(value: Parsed) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT:
        raise BadValue("A text is missing or too long.")
    return value
