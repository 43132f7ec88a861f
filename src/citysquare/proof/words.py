"""The sentences of the checks in four languages, from the same catalogues as the pages, through the standard library alone.

A sentence is marked where it stands (`gettext_noop`) and translated where it is said. Values come from strangers: what a terminal or a
reader could take for something else is taken out of them.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LANGUAGES = ("en", "bg", "uk", "ro")
_LOCALE = Path(__file__).parents[1] / "locale"
_LONGEST_VALUE = 120


def gettext_noop(text: str) -> str:
    """Mark a sentence for the catalogues; it stays as it is."""
    return text


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with `{named}` places, and what stands in them."""

    text: str
    values: Mapping[str, str | int] = field(default_factory=dict)


class Words:
    """Says sentences in one language."""

    def __init__(self, language: str) -> None:
        """Take one of LANGUAGES; a language without a catalogue speaks English."""
        self.language = language
        self._catalogue = gettext.translation("django", localedir=_LOCALE, languages=[language], fallback=True)

    def say(self, sentence: Sentence) -> str:
        """Return the sentence in the language, its values in their places."""
        values = {name: plain(value) for name, value in sentence.values.items()}
        return self._catalogue.gettext(sentence.text).format_map(values)


def plain(value: str | int) -> str:
    """Return a value as one short piece of visible text: no control characters, no changes of direction."""
    text = str(value)
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:_LONGEST_VALUE])
    return shown + "…" * (len(text) > _LONGEST_VALUE)
