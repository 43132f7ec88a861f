"""Bringing a whole file of spaces and zones in: first a plan that a person sees, then, when they say so, the deed.

A file may come again: what it calls by the same `id` (or, without one, by the same name) is changed, not entered twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.spaces import queries
from citysquare.apps.spaces.events import SpacesImported
from citysquare.apps.spaces.geojson import Feature, features, parse
from citysquare.apps.spaces.models import ImportDraft, Space, Zone
from citysquare.apps.spaces.services.planning import Act, Plan, Planned, Reply, plan
from citysquare.apps.spaces.services.spaces import REGISTER, give_boundary
from citysquare.apps.spaces.services.zones import state_of
from citysquare.platform.errors import DomainError
from citysquare.platform.events import publish
from citysquare.platform.geometry import area_metres, as_geojson
from citysquare.platform.ids import new_id
from citysquare.platform.turns import take_turn

DRAFT_LIVES = timedelta(hours=1)
MOST_DRAFTS = 5
"""Of an organisation, at a time."""

__all__ = ["ImportChanged", "ImportGone", "Plan", "Planned", "Reply", "draft_of", "import_geojson", "plan_import", "read_import"]


class ImportGone(DomainError):
    """The file that was read is no longer there."""

    code = "spaces.import_gone"
    status = 410


class ImportChanged(DomainError):
    """Somebody changed spaces meanwhile: what would happen now is not what the person saw."""

    code = "spaces.import_changed"
    status = 409


@transaction.atomic
def read_import(*, organisation_id: str, raw: bytes, language: str, at: datetime) -> ImportDraft:
    """Read a file and keep what is in it for an hour, until a person has seen the plan.

    Raises GeojsonError when the file as a whole is none that can be read.
    """
    found = features(parse(raw), language=language)
    drafts = ImportDraft.objects.filter(organisation_id=organisation_id)
    drafts.filter(created_at__lt=at - DRAFT_LIVES).delete()
    newest = drafts.order_by("-created_at", "pk").values_list("pk", flat=True)[: MOST_DRAFTS - 1]
    drafts.exclude(pk__in=list(newest)).delete()
    return ImportDraft.objects.create(organisation_id=organisation_id, features=[_plain(each) for each in found], created_at=at)


def draft_of(*, organisation_id: str, draft_id: str, at: datetime) -> ImportDraft:
    """Return a file that was read and waits. Raises ImportGone."""
    draft = ImportDraft.objects.filter(pk=draft_id, organisation_id=organisation_id, created_at__gte=at - DRAFT_LIVES).first()
    if draft is None:
        raise ImportGone(_("This file is no longer waiting: it was brought in already, or an hour has passed. Choose it again."))
    return draft


def plan_import(*, draft: ImportDraft, reply: Reply) -> Plan:
    """Return what would be created, changed and refused, and why; three questions to the database, however many features."""
    organisation_id = draft.organisation_id
    spaces = list(queries.with_zones(organisation_id))
    return plan([Feature(**each) for each in draft.features], spaces=spaces, near=queries.city_middle(organisation_id), reply=reply)


@transaction.atomic
def import_geojson(*, organisation_id: str, draft_id: str, reply: Reply, seen: str, at: datetime) -> Plan:
    """Do what the plan with the fingerprint `seen` said; all of it or nothing.

    Raises ImportGone, and ImportChanged when the plan is another one by now.
    """
    take_turn(REGISTER, organisation_id)
    draft = draft_of(organisation_id=organisation_id, draft_id=draft_id, at=at)
    made = plan_import(draft=draft, reply=reply)
    if made.fingerprint != seen:
        raise ImportChanged(_("The spaces were changed meanwhile. Look at the new preview before you import."))
    new = {row.target: new_id() for row in made.rows if row.act is Act.CREATE}
    _write_spaces(organisation_id, made, new, at)
    _write_zones(made, new, at)
    draft.delete()
    if made.count(Act.CREATE) or made.count(Act.CHANGE):
        created, changed = made.count(Act.CREATE), made.count(Act.CHANGE)
        publish(SpacesImported(organisation_id=organisation_id, created=created, changed=changed), at=at)
    return made


def _write_spaces(organisation_id: str, made: Plan, new: Mapping[str, str], at: datetime) -> None:
    created: list[Space] = []
    changed: list[Space] = []
    for row in made.rows:
        if row.is_zone or row.act not in {Act.CREATE, Act.CHANGE} or row.area is None:
            continue
        space = row.space or Space(pk=new[row.target], organisation_id=organisation_id, created_at=at)
        space.names, space.kind = row.names, row.kind
        space.external_id = row.external_id or space.external_id
        give_boundary(space, row.area)
        (created if row.act is Act.CREATE else changed).append(space)
    Space.objects.bulk_create(created, batch_size=200)
    fields = ("names", "kind", "external_id", "boundary", "area", "latitude", "longitude")
    Space.objects.bulk_update(changed, fields, batch_size=50)


def _write_zones(made: Plan, new: Mapping[str, str], at: datetime) -> None:
    created: list[Zone] = []
    changed: list[Zone] = []
    for row in made.rows:
        if not row.is_zone or row.act not in {Act.CREATE, Act.CHANGE} or row.area is None:
            continue
        zone = row.zone or Zone(pk=new[row.target], space_id=new.get(row.parent, row.parent), created_at=at)
        if row.zone is not None:
            zone.previous = state_of(zone)
        zone.names, zone.kind = row.names, row.kind
        zone.external_id = row.external_id or zone.external_id
        zone.boundary, zone.area = as_geojson(row.area), area_metres(row.area)
        (created if row.act is Act.CREATE else changed).append(zone)
    Zone.objects.bulk_create(created, batch_size=200)
    Zone.objects.bulk_update(changed, ("names", "kind", "external_id", "boundary", "area", "previous"), batch_size=50)


def _plain(feature: Feature) -> dict[str, Any]:
    return {
        "index": feature.index,
        "id": feature.id,
        "names": feature.names,
        "kind": feature.kind,
        "space": feature.space,
        "geometry": feature.geometry,
    }
