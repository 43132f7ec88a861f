"""Names in up to four languages, kept as a JSON object from language code to text."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "bg", "uk", "ro")
"""Also the order in which another language stands in for a missing one."""

LONGEST_NAME = 100


def named(names: Mapping[str, str], language: str | None) -> str:
    """Return the name in `language`, else in the first language there is, else nothing."""
    wanted = (language or "").split("-")[0]
    for code in (wanted, *LANGUAGES):
        if names.get(code):
            return names[code]
    return next(iter(names.values()), "")


def clean_names(names: Mapping[str, str]) -> dict[str, str]:
    """Return names as they may be kept: known languages, no control characters, no longer than allowed, none empty.

    Raises ValueError when nothing is left.
    """
    kept = {}
    for code in LANGUAGES:
        text = " ".join("".join(letter for letter in names.get(code, "") if letter.isprintable()).split())[:LONGEST_NAME]
        if text:
            kept[code] = text
    if not kept:
        raise ValueError("a name is needed in at least one language")
    return kept
