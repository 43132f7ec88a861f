"""Cameras as a file: many brought in at once after a preview, and taken out again without how to sign in to them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from citysquare.apps.devices import queries, services
from citysquare.apps.devices.forms import CameraFileForm, SeenForm
from citysquare.apps.devices.models import Camera
from citysquare.apps.devices.pages.placing import language
from citysquare.apps.devices.services.tables import COLUMNS, LARGEST_FILE, write_lines
from citysquare.engine.sources import redact
from citysquare.platform import audit
from citysquare.platform.doors import actor_of, guarded
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Subject

MOST_ROWS = 500
"""Of a preview; the refused ones come first, and the counts above are of all."""
_EXAMPLE = (
    ("", "Bridge, north side", "Bridge", "rtsp://192.168.1.20/stream1", "rtsp://192.168.1.20/stream2", "citysquare", "", "yes", *[""] * 6),
    ("", "Harbour", "Harbour", "192.168.1.21/stream1", "", "citysquare", "", "yes", "45.3412", "28.8367", "180", "70", "40", "6"),
)


@require_http_methods(["GET", "POST"])
@guarded(Action.CAMERA_ADD, details=lambda _request: {"what": "import read"})
@sensitive_post_parameters()
def camera_import(request: HttpRequest) -> HttpResponse:
    """Take a file and lead to its preview."""
    actor = actor_of(request)
    form = CameraFileForm(request.POST, request.FILES) if request.method == "POST" else CameraFileForm()
    if request.method == "POST" and form.is_valid():
        try:
            raw = form.cleaned_data["file"].read(LARGEST_FILE + 1)
            draft = services.read_import(
                organisation_id=actor.organisation,
                raw=raw,
                encoding=form.cleaned_data["encoding"],
                language=language(),
                at=timezone.now(),
            )
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            return redirect("camera-import-preview", draft_id=draft.pk)
    return render(request, "devices/camera_import.html", {"form": form, "columns": COLUMNS, "largest": LARGEST_FILE})


@require_http_methods(["GET", "POST"])
@guarded(Action.CAMERA_ADD, details=lambda request: {"what": "import done" if request.method == "POST" else "import previewed"})
def camera_import_preview(request: HttpRequest, draft_id: str) -> HttpResponse:
    """Show what a file would do; do all of it."""
    actor, at = actor_of(request), timezone.now()
    if request.method == "POST":
        form = SeenForm(request.POST)
        form.full_clean()
        seen = form.cleaned_data.get("seen", "")
        try:
            done = services.import_cameras(organisation_id=actor.organisation, draft_id=draft_id, seen=seen, at=at)
        except (services.ImportChanged, services.ImportRefused, services.TooManyCameras) as error:
            messages.warning(request, str(error))
            return redirect("camera-import-preview", draft_id=draft_id)
        counts = {"created": done.count(services.Act.CREATE), "changed": done.count(services.Act.CHANGE)}
        subject = Subject("organisation", actor.organisation, actor.organisation)
        audit.record(actor=actor, action=Action.CAMERA_ADD, subject=subject, outcome="done", at=at, details={"what": "import", **counts})
        messages.success(request, _("Imported. New: %(created)d. Changed: %(changed)d. Recording begins.") % counts)
        return redirect("cameras")
    plan = services.plan_import(organisation_id=actor.organisation, draft_id=draft_id, at=at)
    rows = sorted(plan.rows, key=lambda row: (row.act is not services.Act.REFUSE, row.number))
    context = {
        "rows": [_row(row) for row in rows[:MOST_ROWS]],
        "more": max(0, len(rows) - MOST_ROWS),
        "counts": {str(act): plan.count(act) for act in services.Act},
        "new_spaces": plan.new_spaces,
        "seen": plan.fingerprint,
        "useful": plan.count(services.Act.CREATE) + plan.count(services.Act.CHANGE),
    }
    return render(request, "devices/camera_import_preview.html", context)


@require_GET
@guarded(Action.CAMERA_CHANGE, details=lambda _request: {"what": "export"})
def camera_export(request: HttpRequest) -> HttpResponse:
    """Hand out all cameras as a file that the import takes again: never user nor password."""
    cameras = list(queries.cameras_seen(actor_of(request)))
    languages = sorted({code for camera in cameras for code in camera.names})
    header = [column for column in COLUMNS if column not in {"name", "user", "password"}]
    rows = ([*(_cell(camera, column) for column in header), *(camera.names.get(code, "") for code in languages)] for camera in cameras)
    return _file(write_lines([*header, *(f"name:{code}" for code in languages)], rows), "cameras.csv")


@require_GET
@guarded(Action.CAMERA_ADD, details=lambda _request: {"what": "template"})
def camera_import_template(request: HttpRequest) -> HttpResponse:
    """Hand out an example of a file to fill in."""
    del request
    return _file(write_lines(COLUMNS, _EXAMPLE), "cameras-example.csv")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cell(camera: Camera, column: str) -> str:
    values: dict[str, object] = {
        "id": camera.pk,
        "space": camera.space.name,
        "address": camera.main_url.partition("#")[0],
        "sub_address": camera.sub_url,
        "enabled": "yes" if camera.enabled else "no",
        "latitude": camera.latitude,
        "longitude": camera.longitude,
        "direction": camera.azimuth,
        "angle": camera.view_angle,
        "range": camera.range_metres,
        "height": camera.height_metres,
    }
    value = values[column]
    return "" if value is None else str(value)


def _row(row: services.Planned) -> dict[str, Any]:
    labels = {
        services.Act.CREATE: (_("new"), "good"),
        services.Act.CHANGE: (_("changed"), "care"),
        services.Act.SAME: (_("as it is"), ""),
        services.Act.REFUSE: (_("refused"), "bad"),
    }
    label, tone = labels[row.act]
    return {
        "number": row.number,
        "name": row.name,
        "space": row.space.name if row.space else row.new_space,
        "new_space": bool(row.new_space),
        "address": row.address,
        "sub_address": redact(row.streams.sub_url),
        "with_login": row.with_login,
        "label": label,
        "tone": tone,
        "reasons": row.reasons,
    }
