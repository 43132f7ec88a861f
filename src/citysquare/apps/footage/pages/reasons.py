"""The page of reasons: why people looked back, asked for exhibits and handed them out, for whoever checks them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import presentation
from citysquare.apps.footage.models import Exhibit, ExhibitFetch, StatedReason
from citysquare.apps.footage.queries import reasons as queries
from citysquare.platform.audit.chain import Details
from citysquare.platform.doors import actor_of, guarded
from citysquare.platform.labels import PERSON_ROLE_LABELS, REASON_LABELS
from citysquare.platform.policy import Action, PersonRole, ReasonCode

REASONS = 50
"""Rows a page."""
KINDS: dict[str, Promise | str] = {"replay": _("Replay"), "exhibits": _("Exhibits asked for"), "fetches": _("Exhibits handed out")}


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One reason as the page shows it."""

    at: datetime
    who: str
    what: str
    url: str
    case: str
    reason: str
    person_role: str
    offence: str
    text: str


def _kind(request: HttpRequest) -> str:
    wanted = request.GET.get("kind", "")
    return wanted if wanted in KINDS else "replay"


def _asked(request: HttpRequest) -> Details:
    """Return what somebody reads, for the log."""
    return {"kind": _kind(request), "page": request.GET.get("page", "1")[:6]}


@require_safe
@guarded(Action.REASONS_READ, details=_asked)
def reasons(request: HttpRequest) -> HttpResponse:
    """Show the reasons of one kind, newest first. Each page that is read is an entry of the log."""
    kind = _kind(request)
    page = Paginator(_found(kind, actor_of(request).organisation), REASONS).get_page(request.GET.get("page", "1")[:6])
    context = {
        "kind": kind,
        "kinds": KINDS,
        "reasons": _rows(kind, list(page.object_list)),
        "pages": presentation.page_links(page, reverse("reasons"), {"kind": kind}),
    }
    return render(request, "footage/reasons.html", context)


def _found(kind: str, organisation: str) -> QuerySet[Any]:
    if kind == "exhibits":
        return queries.reasons_for_exhibits(organisation)
    return queries.reasons_for_fetches(organisation) if kind == "fetches" else queries.reasons_for_replay(organisation)


def _rows(kind: str, found: list[Any]) -> list[ReasonRow]:
    names = {camera.pk: camera.name for camera in devices.all_cameras()} if kind == "exhibits" else {}
    make = {"exhibits": lambda one: _of_exhibit(one, names), "fetches": _of_fetch}.get(kind, _of_replay)
    return [make(one) for one in found]


def _of_replay(found: StatedReason) -> ReasonRow:
    address = reverse("camera", kwargs={"camera_id": found.camera_id})
    return ReasonRow(found.given_at, found.user.display_name, found.camera.name, address, *_why(found))


def _of_exhibit(found: Exhibit, names: dict[str, str]) -> ReasonRow:
    what = ", ".join(names.get(camera, camera) for camera in found.cameras)
    return ReasonRow(found.asked_at, found.asked_by.display_name, what, _address(found), *_why(found))


def _of_fetch(found: ExhibitFetch) -> ReasonRow:
    return ReasonRow(found.at, found.by.display_name, found.recipient, _address(found.exhibit), found.exhibit.case, "", "", "", found.why)


def _why(found: StatedReason | Exhibit) -> tuple[str, str, str, str, str]:
    reason, role = REASON_LABELS[ReasonCode(found.reason)], PERSON_ROLE_LABELS[PersonRole(found.person_role)]
    return found.case, str(reason), str(role), found.offence, found.text


def _address(found: Exhibit) -> str:
    return reverse("exhibit", kwargs={"exhibit_id": found.pk})
