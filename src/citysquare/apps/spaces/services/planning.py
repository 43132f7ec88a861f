"""What a file would do to the spaces there are, feature by feature. Pure: it reads what it is given and writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citysquare.apps.spaces.geojson import Axes, Feature, Reading, SelfCrossing, SwappedAxes, boundary
from citysquare.apps.spaces.models import Space, Zone
from citysquare.apps.spaces.services.fitting import check_zone_within, check_zones_within
from citysquare.platform.errors import DomainError
from citysquare.platform.geometry import Area, Position, area_metres, as_area, as_geojson
from citysquare.platform.names import clean_names, named

MOST_MENDED = 100
"""Outlines of one file."""


class Act(StrEnum):
    """What happens to a feature."""

    CREATE = "create"
    CHANGE = "change"
    SAME = "same"
    REFUSE = "refuse"


class DuplicateFeature(DomainError):
    """Two features of a file are the same space or zone."""

    code = "spaces.import_duplicate"


class NamelessFeature(DomainError):
    """A new space or zone without a name."""

    code = "spaces.import_no_name"


class UnknownSpace(DomainError):
    """A zone of a space that neither the file nor the city has."""

    code = "spaces.import_unknown_space"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person answered to the preview."""

    axes: Axes = Axes.CHECK
    mend: bool = False
    """Take the mended outline where an outline crosses itself."""


@dataclass(slots=True)
class Planned:
    """What happens to one feature, and why."""

    feature: Feature
    act: Act = Act.REFUSE
    code: str = ""
    reason: str = ""
    """One sentence for a person; empty when there is nothing to say."""
    target: str = ""
    """Identifier of the space or zone that is there; for a new one, a word that stands for it within the plan."""
    parent: str = ""
    """For a zone: identifier of its space."""
    names: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    area: Area | None = None
    mendable: bool = False
    """It crosses itself, and there is one plain meaning."""
    swapped: bool = False
    """It was refused because its axes seem swapped."""
    space: Space | None = None
    """The space that is there already."""
    zone: Zone | None = None
    """The zone that is there already."""

    @property
    def is_zone(self) -> bool:
        """Whether it is a part of a space."""
        return self.feature.is_zone

    @property
    def external_id(self) -> str:
        """What the city's register calls it; our own identifiers, from an export, are none."""
        known = {each.pk for each in (self.space, self.zone) if each is not None}
        return "" if self.feature.id in known else self.feature.id

    @property
    def name(self) -> str:
        """Its name for the preview."""
        return named(self.names or self.feature.names, None) or self.feature.id or _("Feature %(number)d") % {"number": self.feature.index}

    @property
    def square_metres(self) -> float | None:
        """Its area."""
        return None if self.area is None else area_metres(self.area)

    def refuse(self, error: DomainError) -> None:
        """Say why nothing happens to it."""
        self.act, self.code, self.reason = Act.REFUSE, error.code, str(error)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do."""

    rows: list[Planned]

    def count(self, act: Act) -> int:
        """Return to how many features this happens."""
        return sum(row.act is act for row in self.rows)

    @property
    def created(self) -> int:
        """How many are new."""
        return self.count(Act.CREATE)

    @property
    def changed(self) -> int:
        """How many are changed."""
        return self.count(Act.CHANGE)

    @property
    def same(self) -> int:
        """How many are as they are in the file already."""
        return self.count(Act.SAME)

    @property
    def refused(self) -> int:
        """How many cannot be taken."""
        return self.count(Act.REFUSE)

    @property
    def swapped(self) -> int:
        """How many seem to have their axes swapped."""
        return sum(row.swapped for row in self.rows)

    @property
    def mendable(self) -> int:
        """How many cross themselves and could be mended."""
        return sum(row.mendable for row in self.rows)

    @property
    def fingerprint(self) -> str:
        """Stands for what was shown: acts, targets that are there already, and what they are now."""
        told = [
            [row.feature.index, str(row.act), row.code, row.target if row.space or row.zone else "", row.parent if row.zone else ""]
            for row in self.rows
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def plan(found: Iterable[Feature], *, spaces: Sequence[Space], near: Position | None, reply: Reply) -> Plan:
    """Return what happens to each feature. `spaces` are all there are, with their zones fetched."""
    rows = [Planned(feature) for feature in found]
    known = _Known(spaces)
    _match(rows, known)
    reading = Reading(reply.axes, near)
    touched = {row.zone.pk for row in rows if row.zone is not None}
    for row in rows:
        if not row.is_zone and not row.code:
            _settle(row, _within_budget(reading, rows), reply, _space_check(touched))
    grounds = {row.target: row for row in rows if not row.is_zone and row.target}
    for row in rows:
        if row.is_zone and not row.code:
            _settle(row, _within_budget(reading, rows), reply, _zone_check(known, grounds))
    return Plan(rows)


def _within_budget(reading: Reading, rows: list[Planned]) -> Reading:
    """Mending takes time: a file in which very many outlines cross themselves is mended only in part."""
    return replace(reading, mend=sum(row.mendable for row in rows) < MOST_MENDED)


class _Known:
    """The spaces and zones that are there, by everything a file may call them."""

    def __init__(self, spaces: Sequence[Space]) -> None:
        self.by_id = {space.pk: space for space in spaces}
        self.spaces = _index(spaces)
        self.zones = {space.pk: _index(list(space.zones.all())) for space in spaces}


def _index(things: Sequence[Space] | Sequence[Zone]) -> dict[str, Space | Zone]:
    """Names first, so that an identifier that is also a name means the identifier. A name that two share finds neither."""
    found: dict[str, Space | Zone] = {}
    shared: set[str] = set()
    for thing in things:
        for name in {_folded(name) for name in thing.names.values()}:
            shared |= {name} & found.keys()
            found[name] = thing
    for name in shared:
        del found[name]
    found |= {_external(thing.external_id): thing for thing in things if thing.external_id}
    return found | {_own(thing.pk): thing for thing in things}


def _own(identifier: str) -> str:
    return f"own:{identifier}"


def _external(identifier: str) -> str:
    return f"id:{identifier}"


def _folded(name: str) -> str:
    return f"name:{' '.join(name.split()).casefold()}"


def _keys(identifier: str, names: Iterable[str]) -> list[str]:
    """Return what to look under, most certain first. Whoever has an identifier is not taken for another by their name, unless new."""
    return [*([_external(identifier), _own(identifier)] if identifier else []), *(_folded(name) for name in names)]


def _match(rows: list[Planned], known: _Known) -> None:
    """Find out which space or zone each row means, and refuse the second of two that mean the same."""
    in_file: dict[str, Planned] = {}
    taken: set[tuple[str, str]] = set()
    for row in (row for row in rows if not row.is_zone):
        found = _find(known.spaces, row.feature)
        if isinstance(found, Space):
            row.space, row.target = found, found.pk
        _claim(row, taken, "")
        for key in _keys(row.feature.id, row.feature.names.values()):
            in_file.setdefault(key, row)
    for row in (row for row in rows if row.is_zone):
        keys = _keys(row.feature.space, [row.feature.space])
        there = next((known.spaces[key] for key in keys if key in known.spaces), None)
        new = next((in_file[key] for key in keys if key in in_file), None)
        row.parent = there.pk if there else new.target if new else ""
        if not row.parent:
            row.refuse(
                UnknownSpace(_("It is a zone of “%(space)s”, which neither the file nor the list has.") % {"space": row.feature.space})
            )
            continue
        zone = _find(known.zones.get(row.parent, {}), row.feature)
        if isinstance(zone, Zone):
            row.zone, row.target = zone, zone.pk
        _claim(row, taken, row.parent)


def _find(known: dict[str, Space | Zone], feature: Feature) -> Space | Zone | None:
    """Return what a feature means: by identifier, else by name, unless what has the name has another identifier of a register."""
    for key in _keys(feature.id, feature.names.values()):
        thing = known.get(key)
        by_name = key.startswith("name:")
        if thing is not None and not (by_name and feature.id and thing.external_id):
            return thing
    return None


def _claim(row: Planned, taken: set[tuple[str, str]], parent: str) -> None:
    keys = {(parent, row.target)} if row.target else set()
    feature = row.feature
    keys |= {(parent, key) for key in (_keys(feature.id, []) if feature.id else _keys("", feature.names.values()))}
    if keys & taken:
        row.refuse(DuplicateFeature(_("Another feature of the file is the same: its identifier or name comes twice.")))
        return
    taken |= keys
    row.target = row.target or f"new {row.feature.index}"


_Check = Callable[[Planned, Area], None]
"""What an area must fulfil beyond being one; raises a DomainError when it does not."""


def _settle(row: Planned, reading: Reading, reply: Reply, check: _Check) -> None:
    """Read the outline, compare with what is there, and decide."""
    there = row.zone if row.is_zone else row.space
    try:
        row.area = _area(row, reading, reply)
        check(row, row.area)
        row.names = _names(row, there)
    except DomainError as error:
        row.swapped = isinstance(error, SwappedAxes)
        row.refuse(error)
        return
    row.kind = _kind(row, there)
    row.act, row.reason = _act(row, there), _("The mended outline is taken.") if row.mendable else ""


def _area(row: Planned, reading: Reading, reply: Reply) -> Area:
    """Return the area, the mended one where it is needed and wanted. A mended outline passes what every other must."""
    try:
        return boundary(row.feature.geometry, reading)
    except SelfCrossing as error:
        row.mendable = error.mended is not None
        if not reply.mend or error.mended is None:
            raise
        axes = Axes.AS_WRITTEN if reading.axes is Axes.SWAP else reading.axes  # swapped before it was mended
        return boundary(as_geojson(error.mended), replace(reading, axes=axes))


def _act(row: Planned, there: Space | Zone | None) -> Act:
    if there is None:
        return Act.CREATE
    external = row.external_id or there.external_id
    new = (row.names, row.kind, external, as_geojson(row.area) if row.area else None)
    return Act.SAME if new == (there.names, str(there.kind), there.external_id, there.boundary) else Act.CHANGE


def _names(row: Planned, there: Space | Zone | None) -> dict[str, str]:
    given = {**(there.names if there else {}), **row.feature.names}
    try:
        return clean_names(given)
    except ValueError:
        raise NamelessFeature(gettext_lazy("It has no name: a new space or zone needs one, as the property “name”.")) from None


def _kind(row: Planned, there: Space | Zone | None) -> str:
    kinds = Zone.Kind if row.is_zone else Space.Kind
    if row.feature.kind in kinds.values:
        return row.feature.kind
    return str(there.kind) if there else str(kinds.OTHER)


def _space_check(touched: set[str]) -> _Check:
    def check(row: Planned, area: Area) -> None:
        if row.space is not None:
            check_zones_within(area, (zone for zone in row.space.zones.all() if zone.pk not in touched))

    return check


def _zone_check(known: _Known, grounds: dict[str, Planned]) -> _Check:
    def check(row: Planned, area: Area) -> None:
        planned = grounds.get(row.parent)
        ground = planned.area if planned is not None and planned.act is not Act.REFUSE else None
        there = known.by_id.get(row.parent)
        if ground is None and there is not None and there.boundary:
            ground = as_area(there.boundary)
        check_zone_within(area, ground)

    return check
