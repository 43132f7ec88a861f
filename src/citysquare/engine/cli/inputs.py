"""The sources a command line names, opened, with the names they go by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from citysquare.engine.cli.lines import Lines
from citysquare.engine.cli.patience import Patient
from citysquare.engine.errors import SourceError
from citysquare.engine.ports import Clock, Source
from citysquare.engine.sources import AddressRule, open_source, redact, safe_name

# Whoever types an address at a shell can reach this machine anyway; the rule against loopback protects addresses typed into pages.
_TYPED_HERE = AddressRule(allow_loopback=True)


@dataclass(frozen=True, slots=True)
class Input:
    """One source of a command."""

    shown: str
    """Its address without user and password, or its file name: the `camera` of all lines."""
    folder: str
    """A name a folder can have, unlike that of every other input."""
    live: bool
    source: Source


def open_inputs(texts: Sequence[str], *, clock: Clock, lines: Lines) -> list[Input]:
    """Open all sources that can be opened; the others are complained about."""
    inputs: list[Input] = []
    folders: set[str] = set()
    for text in texts:
        live = "://" in text
        shown = redact(text) if live else Path(text).name or text
        try:
            source = open_source(text, clock=clock, rule=_TYPED_HERE)
        except SourceError as error:
            lines.complain(error, shown)
            continue
        if live:
            source = Patient(source, clock=clock, told=partial(lines.complain, about=shown))
        folder = _unlike(safe_name(text), folders)
        folders.add(folder)
        inputs.append(Input(shown, folder, live, source))
    return inputs


def _unlike(name: str, taken: set[str]) -> str:
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
