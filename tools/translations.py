"""Translations without the system's gettext: `python -m tools.translations extract | compile | check`.

`extract` reads every translatable sentence of the Python modules and templates and brings the catalogues up to date: new sentences come
in empty, gone ones go. `compile` writes the binary catalogues Django reads. `check` fails when a sentence is missing, left over, fuzzy,
loses a placeholder or was not compiled. English is the source and needs no catalogue.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from tools import tree

LANGUAGES = ("bg", "uk", "ro")
LOCALE = tree.ROOT / "src" / "citysquare" / "locale"
PYTHON_CALLS = (
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
    "npgettext_lazy",
    "_",
)
_TEMPLATE_CALL = re.compile(r"\b(n?p?gettext|_)\(((?:\s*u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*,?)+)")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]")
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
"""The header's dates stay as they are: a date that changes with each run hides real changes."""

Found = tuple[str, str | None, str | None]
"""Sentence, plural, context."""


def found() -> dict[tuple[str, str | None], str | None]:
    """Return every translatable sentence as (sentence, context) -> plural."""
    sentences: dict[tuple[str, str | None], str | None] = {}
    for path in tree.files("src/**/*.py", "src/**/*.html"):
        text = path.read_text(encoding="utf-8")
        for sentence, plural, context in _of_template(text, path) if path.suffix == ".html" else _of_python(text):
            key = (sentence, context)
            sentences[key] = plural if plural is not None else sentences.get(key)
    return sentences


def _of_python(text: str) -> Iterator[Found]:
    for _line, function, found_arguments, _comments in extract_python(io.BytesIO(text.encode()), dict.fromkeys(PYTHON_CALLS), (), {}):
        arguments: object = found_arguments  # one string or several, whatever the annotation says
        parts = [part for part in (arguments if isinstance(arguments, (tuple, list)) else (arguments,)) if isinstance(part, str)]
        if parts and parts[0]:
            yield _arranged(str(function).removesuffix("_lazy"), parts)


def _of_template(text: str, path: Path) -> Iterator[Found]:
    for call in _TEMPLATE_CALL.finditer(templatize(text, origin=str(path))):
        parts = ast.literal_eval(f"[{call[2].rstrip(', ')}]")
        yield _arranged(call[1], parts)


def _arranged(function: str, parts: list[str]) -> Found:
    context = parts.pop(0) if function in {"pgettext", "npgettext"} else None
    plural = parts[1] if function in {"ngettext", "npgettext"} and len(parts) > 1 else None
    return parts[0], plural, context


def catalogue_path(language: str) -> Path:
    """Return where a language's catalogue lies."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Return a language's catalogue, an empty one when there is none yet."""
    path = catalogue_path(language)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def key_of(message: Message) -> tuple[str, str | None]:
    """Return a message's sentence and context."""
    return (message.id if isinstance(message.id, str) else message.id[0], message.context)


def extract() -> list[str]:
    """Bring all catalogues up to date; returns what is still to be translated."""
    sentences = sorted(found().items(), key=lambda item: (item[0][0], item[0][1] or ""))
    for language in LANGUAGES:
        old = {key_of(message): message for message in read(language) if message.id}
        new = Catalog(locale=language, project="Citysquare", version="1", creation_date=_NO_DATE, revision_date=_NO_DATE, fuzzy=False)
        new.msgid_bugs_address = ""
        new.header_comment = "# Citysquare. EUPL-1.2."
        new.last_translator, new.language_team = "Citysquare", "Citysquare"
        for (sentence, context), plural in sentences:
            kept = old.get((sentence, context))
            identity = sentence if plural is None else (sentence, plural)
            new.add(identity, kept.string if kept and isinstance(kept.string, str) == (plural is None) else None, context=context)
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, new, width=0, sort_output=True)
    return [problem for problem in problems() if "not translated" in problem]


def compiled(language: str) -> bytes:
    """Return a language's catalogue in the form Django reads."""
    buffer = io.BytesIO()
    write_mo(buffer, read(language), use_fuzzy=False)
    return buffer.getvalue()


def compile_all() -> list[str]:
    """Write the binary catalogues."""
    for language in LANGUAGES:
        catalogue_path(language).with_suffix(".mo").write_bytes(compiled(language))
    return []


def problems() -> list[str]:
    """Return one line for whatever is missing, left over, fuzzy, broken or not compiled."""
    wanted = found()
    lines: list[str] = []
    for language in LANGUAGES:
        catalogue = {key_of(message): message for message in read(language) if message.id}
        lines += [
            f"{language}: not in the catalogue (run extract): {sentence!r}"
            for sentence, context in wanted
            if (sentence, context) not in catalogue
        ]
        lines += [f"{language}: no longer used (run extract): {key[0]!r}" for key in catalogue if key not in wanted]
        lines += [line for key, message in catalogue.items() if key in wanted for line in problems_of(language, message)]
        binary = catalogue_path(language).with_suffix(".mo")
        if not binary.is_file() or binary.read_bytes() != compiled(language):
            lines.append(f"{language}: not compiled (run compile)")
    return lines


def problems_of(language: str, message: Message) -> list[str]:
    """Return what is wrong with one translated sentence."""
    sentence = key_of(message)[0]
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if message.fuzzy:
        return [f"{language}: fuzzy: {sentence!r}"]
    if not strings or not all(strings):
        return [f"{language}: not translated: {sentence!r}"]
    sources = [message.id] if isinstance(message.id, str) else list(message.id)
    allowed = set().union(*(placeholders(source) for source in sources))
    needed = set.intersection(*(placeholders(source) for source in sources))
    return [
        f"{language}: placeholders differ: {sentence!r}"
        for string in strings
        if not needed <= placeholders(string) or not placeholders(string) <= allowed
    ]


def placeholders(text: str) -> set[str]:
    """Return what is filled in later."""
    return set(_PLACEHOLDER.findall(text))


COMMANDS = {"extract": extract, "compile": compile_all, "check": problems}


def main(arguments: list[str]) -> int:
    """Run one command; 1 when something is left to do, 2 for a word that is no command."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"Say one of: {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    if not settings.configured:
        settings.configure(USE_I18N=True)
    lines = COMMANDS[arguments[0]]()
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
