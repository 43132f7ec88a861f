"""Pages of the spaces themselves."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from citysquare.apps.spaces import queries, services
from citysquare.apps.spaces.forms import SpaceFilterForm, SpaceForm
from citysquare.apps.spaces.labels import area_in_words, kind_label
from citysquare.apps.spaces.models import Space
from citysquare.apps.spaces.pages.rows import (
    camera_rows,
    outline_initial,
    space_row,
    space_subject,
    surroundings,
    zone_row,
    zone_surroundings,
)
from citysquare.platform import audit
from citysquare.platform.doors import actor_of, guarded, may
from citysquare.platform.errors import DomainError
from citysquare.platform.names import LANGUAGES
from citysquare.platform.policy import Action, Actor, Subject

PAGE = 50
MOST_AROUND = 300
"""Other spaces shown behind a drawing."""


@require_GET
@guarded(Action.SPACE_LIST)
def spaces(request: HttpRequest) -> HttpResponse:
    """Show the organisation's spaces."""
    actor = actor_of(request)
    form = SpaceFilterForm(request.GET)
    wanted = form.wanted(actor)
    page = Paginator(queries.found(wanted), PAGE).get_page(request.GET.get("page", "1")[:6])
    counts = queries.attached_counts(actor.organisation)
    filtered = bool(wanted.text or wanted.kind)
    context = {
        "form": form,
        "page": page,
        "rows": [space_row(space, counts.get(space.pk, 0)) for space in page.object_list],
        "filtered": filtered,
        "may_change": may(actor, Action.SPACE_CHANGE, actor.organisation).allowed,
        "query": urlencode({"q": wanted.text, "kind": wanted.kind}),
    }
    return render(request, "spaces/spaces.html", context)


@require_GET
@guarded(Action.SPACE_LIST, subject=space_subject)
def space(request: HttpRequest, space_id: str) -> HttpResponse:
    """Show one space: its boundary, zones and cameras."""
    actor = actor_of(request)
    found = queries.required_space(space_id)
    zones = queries.zones_of(space_id)
    here = Subject("space", space_id, found.organisation_id, space=space_id)
    context = {
        "space": found,
        "kind_label": kind_label(found),
        "area": area_in_words(found.area),
        "other_names": [(code, found.names[code]) for code in LANGUAGES if found.names.get(code) and found.names[code] != found.name],
        "zones": [zone_row(zone) for zone in zones],
        "cameras": camera_rows(found),
        "map": zone_surroundings(found, zones),
        "may_change": may(actor, Action.SPACE_CHANGE, found.organisation_id).allowed,
        "may_place": may(actor, Action.CAMERA_CHANGE, found.organisation_id).allowed,
        "may_add_camera": may(actor, Action.CAMERA_ADD, found.organisation_id).allowed,
        "observations_url": f"{reverse('observations')}?space={space_id}"
        if may(actor, Action.OBSERVATIONS_COUNT, found.organisation_id, place=here).allowed
        else "",
    }
    return render(request, "spaces/space.html", context)


@require_http_methods(["GET", "POST"])
@guarded(Action.SPACE_CHANGE)
def space_add(request: HttpRequest) -> HttpResponse:
    """Add a space."""
    actor = actor_of(request)
    form = SpaceForm(request.POST if request.method == "POST" else None, initial={"kind": Space.Kind.SQUARE})
    if request.method == "POST" and form.is_valid():
        entry = services.SpaceEntry(names=form.names, kind=form.cleaned_data["kind"], boundary=form.geometry)
        try:
            made = services.enter_space(organisation_id=actor.organisation, entry=entry, at=timezone.now(), axes=form.wanted_axes)
        except DomainError as error:
            form.refuse(error)
        else:
            _note_done(actor, made.pk)
            messages.success(request, _("%(space)s was added.") % {"space": made.name})
            return redirect("space", space_id=made.pk)
    centre = queries.city_middle(actor.organisation)
    context = {"form": form, "around": _around(actor.organisation), "centre": centre, "cancel_url": reverse("spaces")}
    return render(request, "spaces/space_add.html", context)


@require_http_methods(["GET", "POST"])
@guarded(Action.SPACE_CHANGE, subject=space_subject)
def space_edit(request: HttpRequest, space_id: str) -> HttpResponse:
    """Change a space's names, kind and boundary; its zones are listed below."""
    found = queries.required_space(space_id)
    form = SpaceForm(request.POST if request.method == "POST" else None, initial=outline_initial(found))
    if request.method == "POST" and form.is_valid():
        try:
            _change(form, space_id)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            _warn_of_cameras(request, space_id)
            return redirect("space", space_id=space_id)
    context = {
        "form": form,
        "space": found,
        "zones": [zone_row(zone) for zone in queries.zones_of(space_id)],
        "removed": [zone_row(zone) for zone in queries.removed_zones_of(space_id)],
        "around": _around(found.organisation_id, without=space_id),
        "centre": queries.position_of(found) or queries.city_middle(found.organisation_id),
        "cancel_url": reverse("space", kwargs={"space_id": space_id}),
    }
    return render(request, "spaces/space_edit.html", context)


@require_http_methods(["GET", "POST"])
@guarded(Action.SPACE_CHANGE, subject=space_subject)
def space_remove(request: HttpRequest, space_id: str) -> HttpResponse:
    """Ask whether to remove a space; remove it."""
    found = queries.required_space(space_id)
    refusal = ""
    if request.method == "POST":
        try:
            services.remove_space(space_id=space_id, at=timezone.now())
        except services.SpaceInUse as error:
            refusal = str(error)
        else:
            messages.success(request, _("%(space)s was removed.") % {"space": found.name})
            return redirect("spaces")
    context = {
        "space": found,
        "zones": len(queries.zones_of(space_id)),
        "cameras": camera_rows(found),
        "refusal": refusal,
    }
    return render(request, "spaces/space_remove.html", context, status=409 if refusal else 200)


@transaction.atomic
def _change(form: SpaceForm, space_id: str) -> None:
    """Write names, kind and boundary, or nothing."""
    at = timezone.now()
    services.change_space(space_id=space_id, names=form.names, kind=form.cleaned_data["kind"], at=at)
    if "boundary" in form.changed_data or form.wanted_axes:
        services.draw_boundary(space_id=space_id, geometry=form.geometry, at=at, axes=form.wanted_axes)


def _warn_of_cameras(request: HttpRequest, space_id: str) -> None:
    """Say at once when a new boundary leaves cameras outside."""
    outside = [row.name for row in camera_rows(queries.required_space(space_id)) if row.outside_metres]
    if outside:
        text = _("These cameras now stand outside of the space: %(cameras)s. Place them anew, or give them another space.")
        messages.warning(request, text % {"cameras": ", ".join(outside[:10])})


def _note_done(actor: Actor, space_id: str) -> None:
    subject = Subject("space", space_id, actor.organisation)
    audit.record(actor=actor, action=Action.SPACE_CHANGE, subject=subject, outcome="done", at=timezone.now(), details={"what": "added"})


def _around(organisation_id: str, *, without: str = "") -> dict[str, Any]:
    drawn = Space.objects.filter(organisation_id=organisation_id, area__isnull=False).order_by("pk")[:MOST_AROUND]
    return surroundings(drawn, without=without)
