"""What others may ask about spaces, and how rooms above tell what they keep in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol

from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.queries import Place
from citysquare.apps.spaces.labels import kind_label
from citysquare.apps.spaces.models import Space, Zone
from citysquare.platform.covering import where
from citysquare.platform.errors import DomainError
from citysquare.platform.geometry import Position, as_area, distance_to_area, middle
from citysquare.platform.policy import Action, Actor, Subject


class NoSuchSpace(DomainError):
    """There is no space with this identifier."""

    code = "spaces.no_such_space"
    status = 404


class NoSuchZone(DomainError):
    """There is no zone with this identifier in this space."""

    code = "spaces.no_such_zone"
    status = 404


@dataclass(frozen=True, slots=True)
class Attached:
    """One thing of a room above that stands in a space, as the space's page shows it."""

    name: str
    url: str
    enabled: bool
    position: Position | None = None
    """Longitude and latitude; None: not placed yet."""
    edit_url: str = ""
    """Where an administrator places it."""


class Attachments(Protocol):
    """What a room above keeps in spaces: today, cameras."""

    def counts(self, organisation_id: str) -> Mapping[str, int]:
        """Return how many there are by space, in one question to the database."""
        ...

    def of_space(self, space_id: str) -> Sequence[Attached]:
        """Return what stands in one space."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show of the spaces that somebody may see."""

    actor: Actor
    text: str = ""
    """Part of the name in any language; case does not count."""
    kind: str = ""


_attachments: dict[str, Attachments] = {}


def register_attachments(name: str, attachments: Attachments) -> None:
    """Make known what a room above keeps in spaces; the same name again replaces it. Called in its `ready()`."""
    _attachments[name] = attachments


def attached_counts(organisation_id: str, name: str = "cameras") -> Mapping[str, int]:
    """Return how many things of a room above stand in each space."""
    known = _attachments.get(name)
    return known.counts(organisation_id) if known else {}


def attached(space_id: str, name: str = "cameras") -> Sequence[Attached]:
    """Return what of a room above stands in a space."""
    known = _attachments.get(name)
    return known.of_space(space_id) if known else ()


def spaces_of(organisation_id: str) -> QuerySet[Space]:
    """Return an organisation's spaces, oldest first, without their boundaries until one is asked for."""
    return Space.objects.filter(organisation_id=organisation_id).defer("boundary").order_by("created_at", "pk")


def places_of(organisation_id: str) -> list[Place]:
    """Return an organisation's spaces as places to which rights can be limited, by name."""
    found = [Place(one.pk, one.name) for one in spaces_of(organisation_id)]
    return sorted(found, key=lambda place: (place.name.casefold(), place.id))


def spaces_seen(actor: Actor, action: Action = Action.SPACE_LIST) -> QuerySet[Space]:
    """Return the spaces of the actor's organisation where they may do `action`, oldest first."""
    return spaces_of(actor.organisation).filter(_seen(actor, action))


def found(wanted: Wanted) -> list[Space]:
    """Return the spaces that fit, by name, each with `zone_count`.

    Names are compared here, not in the database: SQLite keeps JSON's letters beyond ASCII escaped and folds no case of them.
    """
    spaces = spaces_seen(wanted.actor)
    if wanted.kind:
        spaces = spaces.filter(kind=wanted.kind)
    counted = spaces.annotate(zone_count=Count("zones", filter=Q(zones__removed_at__isnull=True)))
    text = wanted.text.casefold()
    fitting = [space for space in counted if not text or any(text in name.casefold() for name in space.names.values())]
    return sorted(fitting, key=lambda space: (space.name.casefold(), space.pk))


def space(space_id: str, *, organisation_id: str) -> Space | None:
    """Return a space of an organisation."""
    return Space.objects.filter(pk=space_id, organisation_id=organisation_id).first()


def space_called(*, external_id: str, organisation_id: str) -> Space | None:
    """Return the space of an organisation that the city's own register calls so."""
    return Space.objects.filter(organisation_id=organisation_id, external_id=external_id).first() if external_id else None


def required_space(space_id: str) -> Space:
    """Return a space.

    Raises NoSuchSpace.
    """
    found_space = Space.objects.filter(pk=space_id).first()
    if found_space is None:
        raise NoSuchSpace(_("There is no such space."))
    return found_space


def subject_of(space_id: str) -> Subject:
    """Return a space as the policy sees it.

    Raises NoSuchSpace.
    """
    owner = Space.objects.filter(pk=space_id).values_list("organisation_id", flat=True).first()
    if owner is None:
        raise NoSuchSpace(_("There is no such space."))
    return Subject("space", space_id, owner, space=space_id)


def zones_of(space_id: str) -> list[Zone]:
    """Return a space's zones, oldest first."""
    return list(Zone.objects.filter(space_id=space_id, removed_at__isnull=True).order_by("created_at", "pk"))


def removed_zones_of(space_id: str) -> list[Zone]:
    """Return the zones that can be put back, last removed first."""
    return list(Zone.objects.filter(space_id=space_id, removed_at__isnull=False).defer("boundary").order_by("-removed_at", "pk"))


def zone(zone_id: str, *, space_id: str) -> Zone:
    """Return a zone of a space, also one that was removed.

    Raises NoSuchZone.
    """
    found_zone = Zone.objects.filter(pk=zone_id, space_id=space_id).first()
    if found_zone is None:
        raise NoSuchZone(_("There is no such zone in this space."))
    return found_zone


def distance_to_space(space_id: str, position: Position) -> float | None:
    """Return how many metres a position (longitude, latitude) lies outside a space; None when the space has no boundary.

    Raises NoSuchSpace.
    """
    boundary = required_space(space_id).boundary
    return None if boundary is None else distance_to_area(position, as_area(boundary))


def map_features(actor: Actor) -> dict[str, Any]:
    """Return the spaces that somebody may see, with zones, as one GeoJSON FeatureCollection, for the map: two questions to the database.

    Properties: `what` ("space" or "zone"), `id`, `name` in the language of the moment, `kind`, `kind_label`, `area` in square metres; a
    space also has `url` and `zones` (how many), a zone the `space` it belongs to. A space without a boundary is a Point when its
    position is known, else it is left out.
    """
    return {"type": "FeatureCollection", "features": [feature for each in with_zones_seen(actor) for feature in _features(each)]}


def features_of(space_id: str) -> list[dict[str, Any]]:
    """Return one space and its zones as features, like those of `map_features`."""
    return [feature for each in _with_zones().filter(pk=space_id) for feature in _features(each)]


def with_zones(organisation_id: str) -> QuerySet[Space]:
    """Return an organisation's spaces with their boundaries and zones, oldest first: two questions to the database."""
    return _with_zones().filter(organisation_id=organisation_id).order_by("created_at", "pk")


def with_zones_seen(actor: Actor) -> QuerySet[Space]:
    """Return those of them that somebody may see."""
    return with_zones(actor.organisation).filter(_seen(actor, Action.SPACE_LIST))


def city_middle(organisation_id: str, *, besides: str = "") -> Position | None:
    """Return where an organisation's spaces are (longitude, latitude): the median, which a few mistaken ones cannot move far."""
    known = Space.objects.filter(organisation_id=organisation_id, latitude__isnull=False).exclude(pk=besides)
    places = [(x, y) for x, y in known.values_list("longitude", "latitude") if x is not None and y is not None]
    return (median(x for x, _y in places), median(y for _x, y in places)) if places else None


def position_of(space_: Space) -> Position | None:
    """Return where to put a space's marker: its given position, else the middle of its boundary (longitude, latitude)."""
    if space_.longitude is not None and space_.latitude is not None:
        return space_.longitude, space_.latitude
    return middle(as_area(space_.boundary)) if space_.boundary else None


def _seen(actor: Actor, action: Action) -> Q:
    return where(actor, action, camera="", space="pk")


def _with_zones() -> QuerySet[Space]:
    zones = Zone.objects.filter(removed_at__isnull=True).order_by("created_at", "pk")
    return Space.objects.prefetch_related(Prefetch("zones", queryset=zones))


def _features(each: Space) -> list[dict[str, Any]]:
    geometry = each.boundary or _point(each)
    if geometry is None:
        return []
    zones = list(each.zones.all())
    more: dict[str, Any] = {"url": reverse("space", kwargs={"space_id": each.pk}), "zones": len(zones)}
    return [_feature(each, "space", geometry, more), *(_feature(part, "zone", part.boundary, {"space": each.pk}) for part in zones)]


def _feature(of: Space | Zone, what: str, geometry: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    properties = {"what": what, "id": of.pk, "name": of.name, "kind": of.kind, "kind_label": kind_label(of), "area": of.area, **more}
    return {"type": "Feature", "id": of.pk, "geometry": geometry, "properties": properties}


def _point(of: Space) -> dict[str, Any] | None:
    if of.longitude is None or of.latitude is None:
        return None
    return {"type": "Point", "coordinates": [of.longitude, of.latitude]}
