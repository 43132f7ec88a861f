"""Bringing a whole file of cameras in: first a plan that a person sees, then, when they say so, the deed: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from citysquare.apps.devices import queries
from citysquare.apps.devices.events import CamerasImported
from citysquare.apps.devices.models import Camera, SetupDraft
from citysquare.apps.devices.services.addresses import address_rule
from citysquare.apps.devices.services.drafts import drop_draft, keep_draft, open_draft
from citysquare.apps.devices.services.errors import ImportChanged, ImportRefused
from citysquare.apps.devices.services.places import FARTHEST_OUTSIDE, write_view
from citysquare.apps.devices.services.planning import Act, Plan, Planned, Planner
from citysquare.apps.devices.services.register import KEYS, REGISTER, refuse_too_many, refuse_twice, seal
from citysquare.apps.devices.services.tables import Line, read_lines
from citysquare.apps.spaces import queries as spaces_queries
from citysquare.apps.spaces import services as spaces
from citysquare.platform.events import publish
from citysquare.platform.turns import take_turn


def read_import(*, organisation_id: str, raw: bytes, encoding: str, language: str, at: datetime) -> SetupDraft:
    """Read a file and keep its lines sealed for an hour, until a person has seen the plan.

    Raises BadCameraFile when the file as a whole is none that can be read, KeysUnusable.
    """
    lines = [[line.number, dict(line.cells)] for line in read_lines(raw, encoding=encoding)]
    return keep_draft(organisation_id=organisation_id, kind=SetupDraft.Kind.FILE, content={"lines": lines, "language": language}, at=at)


def plan_import(*, organisation_id: str, draft_id: str, at: datetime) -> Plan:
    """Return what each line would do, and what is wrong with it. Writes nothing. Raises SetupGone."""
    found = open_draft(organisation_id=organisation_id, kind=SetupDraft.Kind.FILE, draft_id=draft_id, at=at)
    return _plan(organisation_id, found)


def _plan(organisation_id: str, found: Mapping[str, Any]) -> Plan:
    planner = Planner(
        queries.cameras_of(organisation_id),
        spaces_queries.spaces_of(organisation_id),
        rule=address_rule(),
        language=str(found["language"]),
    )
    return Plan([planner.plan(Line(int(number), cells)) for number, cells in found["lines"]])


@transaction.atomic
def import_cameras(*, organisation_id: str, draft_id: str, seen: str, at: datetime) -> Plan:
    """Do what the plan with the fingerprint `seen` said: all of it or nothing. Recording begins by itself.

    Raises SetupGone, ImportChanged when the plan is another one by now, ImportRefused while a line is wrong, TooManyCameras.
    """
    take_turn(REGISTER, organisation_id)
    take_turn(KEYS)
    found = open_draft(organisation_id=organisation_id, kind=SetupDraft.Kind.FILE, draft_id=draft_id, at=at)
    made = _plan(organisation_id, found)
    if made.fingerprint != seen:
        raise ImportChanged(_("Cameras or spaces were changed meanwhile. Look at the new preview before you import."))
    if made.count(Act.REFUSE):
        raise ImportRefused(_("A line of the file cannot be entered, so nothing of it was. Mend it and choose the file again."))
    refuse_too_many(made.count(Act.CREATE))
    new_spaces = {
        name: spaces.create_space(organisation_id=organisation_id, names={str(found["language"]): name}, position=None, at=at).pk
        for name in made.new_spaces
    }
    last = Camera.objects.filter(organisation_id=organisation_id).aggregate(last=Max("order"))["last"]
    order = -1 if last is None else last
    for row in made.rows:
        order += row.act is Act.CREATE
        if row.act in {Act.CREATE, Act.CHANGE}:
            _write(row, new_spaces, Camera(organisation_id=organisation_id, order=order, created_at=at))
    drop_draft(organisation_id=organisation_id, draft_id=draft_id)
    created, changed = made.count(Act.CREATE), made.count(Act.CHANGE)
    if created or changed:
        publish(CamerasImported(organisation_id=organisation_id, created=created, changed=changed), at=at)
    return made


def _write(row: Planned, new_spaces: Mapping[str, str], new: Camera) -> None:
    camera = row.camera or new
    moved = bool(row.new_space) or (row.space is not None and camera.space_id != row.space.pk)
    camera.space_id = new_spaces[row.new_space] if row.new_space else row.space.pk if row.space else camera.space_id
    camera.names, camera.enabled = row.names, row.enabled
    if row.view is not None or (moved and _stands_outside(camera)):
        write_view(camera, row.view)
    shown = camera.main_url
    seal(camera, row.streams)
    if shown.partition("#")[0] == camera.main_url:
        camera.main_url = shown  # it may carry a mark that tells it from another one
    refuse_twice(camera)
    camera.save(force_insert=row.act is Act.CREATE)


def _stands_outside(camera: Camera) -> bool:
    """Whether a camera that got another space would stand outside of it; it then leaves the map until it is placed anew."""
    if camera.latitude is None or camera.longitude is None:
        return False
    metres = spaces_queries.distance_to_space(camera.space_id, (camera.longitude, camera.latitude))
    return metres is not None and metres > FARTHEST_OUTSIDE
