"""Pages of a space's zones."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from citysquare.apps.spaces import queries, services
from citysquare.apps.spaces.forms import ZoneForm
from citysquare.apps.spaces.models import Space, Zone
from citysquare.apps.spaces.pages.rows import outline_initial, space_subject, zone_surroundings
from citysquare.platform.doors import guarded
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action


@require_http_methods(["GET", "POST"])
@guarded(Action.SPACE_CHANGE, subject=space_subject, details=lambda _request: {"what": "zone added"})
def zone_add(request: HttpRequest, space_id: str) -> HttpResponse:
    """Add a zone."""
    space = queries.required_space(space_id)
    if not space.boundary:
        messages.warning(request, _("Draw the space's own boundary first: a zone is a part of it."))
        return redirect("space-edit", space_id=space_id)
    form = ZoneForm(request.POST if request.method == "POST" else None, initial={"kind": Zone.Kind.OTHER})
    if request.method == "POST" and form.is_valid():
        try:
            zone = services.add_zone(space_id=space_id, entry=_entry(form), at=timezone.now(), axes=form.wanted_axes)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The zone %(zone)s was added.") % {"zone": zone.name})
            return _to_zones(space_id)
    return _form(request, form, space, None)


@require_http_methods(["GET", "POST"])
@guarded(Action.SPACE_CHANGE, subject=space_subject, details=lambda _request: {"what": "zone changed"})
def zone_edit(request: HttpRequest, space_id: str, zone_id: str) -> HttpResponse:
    """Change a zone."""
    space, zone = queries.required_space(space_id), queries.zone(zone_id, space_id=space_id)
    form = ZoneForm(request.POST if request.method == "POST" else None, initial=outline_initial(zone))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_zone(space_id=space_id, zone_id=zone_id, entry=_entry(form), at=timezone.now(), axes=form.wanted_axes)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved. The last change of a zone can be taken back below."))
            return _to_zones(space_id)
    return _form(request, form, space, zone)


@require_POST
@guarded(Action.SPACE_CHANGE, subject=space_subject, details=lambda _request: {"what": "zone removed"})
def zone_remove(request: HttpRequest, space_id: str, zone_id: str) -> HttpResponse:
    """Remove a zone; it can be put back, so nobody is asked twice."""
    zone = services.remove_zone(space_id=space_id, zone_id=zone_id, at=timezone.now())
    messages.success(request, _("The zone %(zone)s was removed. It can be put back below.") % {"zone": zone.name})
    return _to_zones(space_id)


@require_POST
@guarded(Action.SPACE_CHANGE, subject=space_subject, details=lambda _request: {"what": "zone change taken back"})
def zone_undo(request: HttpRequest, space_id: str, zone_id: str) -> HttpResponse:
    """Take a zone's last change back, or put it back."""
    try:
        zone = services.undo_zone(space_id=space_id, zone_id=zone_id, at=timezone.now())
    except (services.NothingToUndo, services.ZoneOutsideSpace) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The zone %(zone)s is as it was before.") % {"zone": zone.name})
    return _to_zones(space_id)


def _entry(form: ZoneForm) -> services.ZoneEntry:
    return services.ZoneEntry(names=form.names, kind=form.cleaned_data["kind"], boundary=form.geometry)


def _form(request: HttpRequest, form: ZoneForm, space: Space, zone: Zone | None) -> HttpResponse:
    around = zone_surroundings(space, queries.zones_of(space.pk), without=zone.pk if zone else "")
    context = {"form": form, "space": space, "zone": zone, "around": around, "centre": None, "cancel_url": _zones_url(space.pk)}
    return render(request, "spaces/zone_form.html", context)


def _to_zones(space_id: str) -> HttpResponse:
    return redirect(_zones_url(space_id))


def _zones_url(space_id: str) -> str:
    return f"{reverse('space-edit', kwargs={'space_id': space_id})}#zones"
