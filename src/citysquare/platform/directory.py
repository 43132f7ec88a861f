"""Who can act in an organisation, by name: rooms that hold people or tokens say so, so that an auditor can open names in the log.

And which organisation runs this machine: what is about the whole machine, such as its log or its rules, is that one's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from citysquare.platform.audit import actor_name, pseudonym
from citysquare.platform.policy import Subject

Source = Callable[[str], Iterable["Acting"]]
"""Returns who can act, or could once, in the organisation."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody or something that acts."""

    kind: str
    """`person` or `token`."""
    id: str
    name: str


_sources: dict[str, Source] = {}

_operator: list[Callable[[], str]] = []


def register_operator(find: Callable[[], str]) -> None:
    """Let a room say which organisation runs the machine; the last one that does counts."""
    _operator[:] = [find]


def operator() -> Subject:
    """Return the organisation that runs the machine, as what an act is about; without one nobody's."""
    found = _operator[0]() if _operator else ""
    return Subject("organisation", found, found)


def register(name: str, source: Source) -> None:
    """Let a room name who can act; the same name again replaces."""
    _sources[name] = source


def names_in_log(organisation: str) -> Mapping[str, str]:
    """Return names by their pseudonyms. Raises BadKey."""
    return {_in_log(one): one.name for source in _sources.values() for one in source(organisation)}


def pseudonyms_of(organisation: str, wanted: str) -> frozenset[str]:
    """Return the pseudonyms of those whose name holds `wanted`, whatever its case; one that is typed stands for itself.

    Raises BadKey.
    """
    sought = wanted.strip().casefold()
    found = {known for known, name in names_in_log(organisation).items() if sought in name.casefold()}
    return frozenset(found | {sought, actor_name(wanted.strip())})


def _in_log(one: Acting) -> str:
    return pseudonym(one.kind, one.id)
