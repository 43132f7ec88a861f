"""Import and export of spaces as GeoJSON."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from citysquare.apps.spaces import queries, services
from citysquare.apps.spaces.forms import ImportForm, ReplyForm
from citysquare.apps.spaces.geojson import read_upload
from citysquare.apps.spaces.labels import SPACE_KINDS, ZONE_KINDS, area_in_words
from citysquare.apps.spaces.models import Space, Zone
from citysquare.platform import audit
from citysquare.platform.doors import actor_of, guarded
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Actor, Subject

MOST_ROWS = 500
"""Of a preview; the counts above it are of all."""


@require_http_methods(["GET", "POST"])
@guarded(Action.SPACE_CHANGE, details=lambda _request: {"what": "import read"})
def space_import(request: HttpRequest) -> HttpResponse:
    """Take a file and lead to its preview."""
    actor = actor_of(request)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if request.method == "POST" and form.is_valid():
        try:
            raw = read_upload(form.cleaned_data["file"])
            language = (get_language() or "en").split("-")[0]
            draft = services.read_import(organisation_id=actor.organisation, raw=raw, language=language, at=timezone.now())
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            return redirect("space-import-preview", draft_id=draft.pk)
    return render(request, "spaces/space_import.html", {"form": form})


@require_http_methods(["GET", "POST"])
@guarded(Action.SPACE_CHANGE, details=lambda request: {"what": "import done" if request.method == "POST" else "import previewed"})
def space_import_preview(request: HttpRequest, draft_id: str) -> HttpResponse:
    """Show what a file would do; do it."""
    actor = actor_of(request)
    at = timezone.now()
    draft = services.draft_of(organisation_id=actor.organisation, draft_id=draft_id, at=at)
    form = ReplyForm(request.POST if request.method == "POST" else request.GET)
    form.full_clean()
    reply = services.Reply(services.Axes(form.cleaned_data.get("axes", "")), mend=form.cleaned_data.get("mend", False))
    if request.method == "POST":
        seen = form.cleaned_data.get("seen", "")
        try:
            done = services.import_geojson(organisation_id=actor.organisation, draft_id=draft_id, reply=reply, seen=seen, at=at)
        except services.ImportChanged as error:
            messages.warning(request, str(error))
            query = urlencode({"axes": reply.axes, **({"mend": "on"} if reply.mend else {})})
            return redirect(f"{reverse('space-import-preview', kwargs={'draft_id': draft_id})}?{query}")
        _tell(request, actor, done)
        return redirect("spaces")
    plan = services.plan_import(draft=draft, reply=reply)
    context = {
        "plan": plan,
        "rows": [_row(row) for row in plan.rows[:MOST_ROWS]],
        "more": max(0, len(plan.rows) - MOST_ROWS),
        "reply": reply,
    }
    return render(request, "spaces/space_import_preview.html", context)


@require_GET
@guarded(Action.SPACE_LIST, details=lambda _request: {"what": "export"})
def space_export(request: HttpRequest) -> HttpResponse:
    """Hand out all drawn spaces and their zones as a file that the import takes again."""
    features: list[dict[str, Any]] = []
    for space in queries.with_zones_seen(actor_of(request)).filter(area__isnull=False):
        features.append(_exported(space, "space", {}))
        features += [_exported(zone, "zone", {"space": space.external_id or space.pk}) for zone in space.zones.all()]
    response = HttpResponse(json.dumps({"type": "FeatureCollection", "features": features}), content_type="application/geo+json")
    response.headers["Content-Disposition"] = 'attachment; filename="spaces.geojson"'
    return response


def _exported(of: Space | Zone, what: str, more: dict[str, str]) -> dict[str, Any]:
    identifier = of.external_id or of.pk
    properties = {"what": what, "id": identifier, "names": of.names, "kind": of.kind, "area": of.area, **more}
    return {"type": "Feature", "id": identifier, "geometry": of.boundary, "properties": properties}


def _row(row: services.Planned) -> dict[str, Any]:
    labels = {
        "create": (_("new"), "good"),
        "change": (_("changed"), "care"),
        "same": (_("as it is"), ""),
        "refuse": (_("refused"), "bad"),
    }
    label, tone = labels[row.act]
    kinds = ZONE_KINDS if row.is_zone else SPACE_KINDS
    return {
        "number": row.feature.index,
        "name": row.name,
        "what": _("Zone") if row.is_zone else _("Space"),
        "kind_label": kinds.get(row.kind, ""),
        "area": area_in_words(row.square_metres),
        "label": label,
        "tone": tone,
        "reason": row.reason,
        "code": row.code,
    }


def _tell(request: HttpRequest, actor: Actor, done: services.Plan) -> None:
    subject = Subject("organisation", actor.organisation, actor.organisation)
    counts = {"created": done.created, "changed": done.changed, "refused": done.refused}
    audit.record(
        actor=actor, action=Action.SPACE_CHANGE, subject=subject, outcome="done", at=timezone.now(), details={"what": "import", **counts}
    )
    text = _("Imported. New: %(created)d. Changed: %(changed)d. As they were: %(same)d.")
    messages.success(request, text % {**counts, "same": done.same})
    if done.refused:
        messages.warning(request, _("Refused: %(refused)d. They were left out.") % counts)
