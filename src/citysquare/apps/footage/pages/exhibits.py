"""Pages of exhibits: asking for one, how it stands, who had it, and the handing out. Pictures are not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import presentation
from citysquare.apps.footage.forms import ExhibitForm, FetchForm
from citysquare.apps.footage.labels import EXHIBIT_PROBLEMS, EXHIBIT_STATES
from citysquare.apps.footage.models import Exhibit, ExhibitFetch
from citysquare.apps.footage.queries import exhibits as queries
from citysquare.apps.footage.queries.permitted import permitted
from citysquare.apps.footage.services import exhibits as services
from citysquare.apps.footage.services import orders
from citysquare.apps.footage.services.stamps import is_asked_for
from citysquare.platform import audit, packs, retention
from citysquare.platform.audit.chain import Details
from citysquare.platform.doors import actor_of, guarded, look, may, told
from citysquare.platform.errors import DomainError
from citysquare.platform.facts import gather
from citysquare.platform.labels import PERSON_ROLE_LABELS, REASON_LABELS
from citysquare.platform.policy import Action, Actor, Justification, PersonRole, ReasonCode, Subject, covered
from citysquare.platform.retention.terms import term_of
from citysquare.platform.streaming import streamed

EXHIBITS = 50
"""Rows a page."""
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExhibitRow:
    """One exhibit as a page shows it."""

    id: str
    url: str
    case: str
    cameras: list[str]
    start: datetime
    end: datetime
    asked_by: str
    asked_at: datetime
    reason: str
    person_role: str
    offence: str
    text: str
    recipient: str
    state: str
    label: str
    tone: str
    sentence: str
    act_url: str
    percent: int
    size: str
    sha256: str
    made_at: datetime | None
    stamped_at: datetime | None
    purged_at: datetime | None


def _which(request: HttpRequest) -> Details:
    """Return which exhibit somebody asked for, for the log."""
    match = request.resolver_match
    return {"exhibit": str(match.kwargs["exhibit_id"])} if match and "exhibit_id" in match.kwargs else {}


@require_GET
@guarded(Action.EXHIBIT_LIST)
def exhibits(request: HttpRequest) -> HttpResponse:
    """List the exhibits that the person's rights reach, newest first."""
    actor = actor_of(request)
    seen = _seen(actor, list(queries.exhibits_of(actor.organisation)[:_MOST]))
    page = Paginator(seen, EXHIBITS).get_page(request.GET.get("page", "1")[:6])
    names = _names(list(page.object_list))
    context = {
        "exhibits": [exhibit_row(one, names) for one in page.object_list],
        "pages": presentation.page_links(page, reverse("exhibits"), {}),
        "may_ask": may(actor, Action.EXHIBIT_ASK, actor.organisation).allowed,
    }
    return render(request, "footage/exhibits.html", context)


_MOST = 5000
"""Exhibits that a list goes through."""


@require_GET
@guarded(Action.EXHIBIT_LIST, details=_which)
def exhibit(request: HttpRequest, exhibit_id: str) -> HttpResponse:
    """Show one exhibit: what it is, how it stands, and who had it."""
    return _one(request, _found(request, exhibit_id), FetchForm(initial={}))


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Action.EXHIBIT_LIST)
def exhibit_ask(request: HttpRequest) -> HttpResponse:
    """Ask for an exhibit, and lead to the act that two people seal."""
    actor, at = actor_of(request), timezone.now()
    cameras = _cameras(actor, at)
    reasons = tuple(packs.in_force().purposes)
    if request.method != "POST":
        form = ExhibitForm(cameras=cameras, initial=_proposed(request, at), reasons=reasons)
        return render(request, "footage/exhibit_ask.html", {"form": form, "any_cameras": bool(cameras)})
    form = ExhibitForm(request.POST, cameras=cameras, reasons=reasons)
    if form.is_valid():
        values = form.cleaned_data
        wish = services.ExhibitWish(values["cameras"], values["start"], values["end"], values["justification"], values["recipient"])
        try:
            placed = _asked(wish, actor, at)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("The exhibit is asked for and its footage is held. It is made once you and an approver have sealed it.")
            )
            return redirect("act", act_id=placed.act)
    return render(request, "footage/exhibit_ask.html", {"form": form, "any_cameras": bool(cameras)})


def _cameras(actor: Actor, at: datetime) -> list[tuple[str, str]]:
    """Return the cameras that the person's rights reach, and those of others that an authorisation names."""
    own = list(devices.cameras_seen(actor, Action.EXHIBIT_ASK))
    others = [one.camera for one in permitted(actor=actor, action=Action.EXHIBIT_ASK, at=at)]
    return [(camera.pk, camera.name) for camera in [*own, *others]]


def _asked(wish: services.ExhibitWish, actor: Actor, at: datetime) -> Exhibit:
    """Ask the policy for each camera, then for the exhibit. Raises DomainError."""
    _look_each(actor, Action.EXHIBIT_ASK, wish.camera_ids, wish.justification, {"from": wish.start.isoformat(), "to": wish.end.isoformat()})
    rests_on = orders.rests_on(actor=actor, camera_ids=wish.camera_ids, reason=wish.justification.reason, at=at)
    found = services.ask_exhibit(wish=replace(wish, authorisation=rests_on), asker=actor, at=at)
    subject = Subject("exhibit", found.pk, found.organisation_id)
    details: Details = {"exhibit": found.pk, "act": found.act, "from": wish.start.isoformat(), "to": wish.end.isoformat()}
    audit.record(
        actor=actor, action=Action.EXHIBIT_ASK, subject=subject, outcome="done", at=at, details={**details, **told(wish.justification)}
    )
    return found


def _look_each(actor: Actor, action: Action, cameras: Sequence[str], why: Justification, details: Details) -> None:
    """Ask the policy for each camera and log each answer. Raises Refused, AuditUnavailable, NoSuchCamera."""
    at = timezone.now()
    for camera in cameras:
        subject = devices.subject_of(camera)
        facts = gather(actor=actor, action=action, subject=subject, at=at, justification=why)
        look(actor=actor, action=action, subject=subject, facts=facts, at=at, details={**details, **told(why)})


@require_POST
@guarded(Action.EXHIBIT_LIST, details=_which)
def exhibit_fetch(request: HttpRequest, exhibit_id: str) -> HttpResponseBase:
    """Hand an exhibit out, after the access record and the log have it."""
    actor, at, found = actor_of(request), timezone.now(), _found(request, exhibit_id)
    form = FetchForm(request.POST)
    if not form.is_valid():
        return _one(request, found, form)
    values = form.cleaned_data
    try:
        why = Justification(found.case, ReasonCode(found.reason), PersonRole(found.person_role), found.offence, values["why"])
        _look_each(actor, Action.EXHIBIT_FETCH, found.cameras, why, {"exhibit": found.pk, "digest": found.sha256, "bytes": found.bytes})
        services.note_fetch(found=found, by=actor.id, why=values["why"], recipient=values["recipient"], at=at)
    except ValueError:
        form.add_error("why", _("Say why in words: a dash or a dot is no reason."))
        return _one(request, found, form)
    except services.BadExhibit as error:
        form.add_error(None, str(error))
        return _one(request, found, form)
    return _handed_out(request, found)


def _handed_out(request: HttpRequest, found: Exhibit) -> HttpResponseBase:
    path = queries.file_of(found.pk)
    if not path.is_file() or path.stat().st_size != found.bytes:
        raise services.ExhibitChanged(_("The file of this exhibit is gone or was changed. Have it made anew, and tell the auditor."))
    file = path.open("rb")
    response = streamed(request, iter(lambda: file.read(_CHUNK), b""), "application/zip")
    response._resource_closers.append(file.close)  # type: ignore[attr-defined]  # noqa: SLF001 -- as FileResponse does
    response["Content-Length"] = str(found.bytes)
    response["Content-Disposition"] = f'attachment; filename="exhibit-{found.pk}.zip"'
    return response


@require_POST
@guarded(Action.EXHIBIT_LIST, details=_which)
def exhibit_again(request: HttpRequest, exhibit_id: str) -> HttpResponse:
    """Let a failed exhibit be made anew."""
    actor, found = actor_of(request), _found(request, exhibit_id)
    why = services.justification_of(found)
    _look_each(actor, Action.EXHIBIT_ASK, found.cameras, why, {"exhibit": found.pk, "state": found.state})
    if services.try_again(found=found):
        messages.success(request, _("It is made anew."))
    return redirect("exhibit", exhibit_id=found.pk)


def exhibit_row(found: Exhibit, names: dict[str, str]) -> ExhibitRow:
    """Return an exhibit in words."""
    label, tone, sentence = EXHIBIT_STATES[found.state]
    if found.problem:
        sentence = EXHIBIT_PROBLEMS.get(found.problem, sentence)
    return ExhibitRow(
        id=found.pk,
        url=reverse("exhibit", kwargs={"exhibit_id": found.pk}),
        case=found.case,
        cameras=[names.get(camera, camera) for camera in found.cameras],
        start=found.start,
        end=found.end,
        asked_by=found.asked_by.display_name,
        asked_at=found.asked_at,
        reason=str(REASON_LABELS[ReasonCode(found.reason)]),
        person_role=str(PERSON_ROLE_LABELS[PersonRole(found.person_role)]),
        offence=found.offence,
        text=found.text or _("The words were deleted when their time was over."),
        recipient=found.recipient,
        state=found.state,
        label=str(label),
        tone=tone,
        sentence=str(sentence),
        act_url=reverse("act", kwargs={"act_id": found.act}),
        percent=100 * found.copied // found.total if found.total else 0,
        size=presentation.size(found.bytes) if found.bytes else "",
        sha256=found.sha256,
        made_at=found.made_at,
        stamped_at=found.stamped_at,
        purged_at=found.purged_at,
    )


def _one(request: HttpRequest, found: Exhibit, form: FetchForm) -> HttpResponse:
    actor = actor_of(request)
    fetches: list[ExhibitFetch] = list(queries.fetches_of(found))
    context = {
        "exhibit": exhibit_row(found, _names([found])),
        "fetches": fetches,
        "form": form,
        "may_fetch": found.state == "ready" and may(actor, Action.EXHIBIT_FETCH, found.organisation_id).allowed,
        "may_try": found.state == "failed" and bool(found.text) and may(actor, Action.EXHIBIT_ASK, found.organisation_id).allowed,
        "kept_until": _kept_until(found),
        "stamp_asked_for": is_asked_for(found, timezone.now()),
        "kid": list(audit.centre_keys())[-1].key.kid,
    }
    return render(request, "footage/exhibit.html", context)


def _kept_until(found: Exhibit) -> datetime | None:
    """Return when the file is deleted; None where there is none."""
    held = retention.held_of("exhibits")
    return found.made_at + term_of(held).kept_for if held and found.made_at and found.state == "ready" else None


def _found(request: HttpRequest, exhibit_id: str) -> Exhibit:
    """Return an exhibit that the person's rights reach. Raises NoSuchExhibit."""
    actor = actor_of(request)
    found = queries.exhibit(exhibit_id, organisation_id=actor.organisation)
    if not _seen(actor, [found]):
        raise queries.NoSuchExhibit(_("There is no such exhibit."))
    return found


def _seen(actor: Actor, found: list[Exhibit]) -> list[Exhibit]:
    coverage = covered(actor, Action.EXHIBIT_LIST)
    if coverage.everything:
        return found
    spaces = {camera.pk: camera.space_id for camera in devices.cameras_of(actor.organisation)}
    return [one for one in found if queries.reaches(one, coverage, spaces)]


def _names(found: Sequence[Exhibit]) -> dict[str, str]:
    wanted = {camera for one in found for camera in one.cameras}
    return {camera.pk: camera.name for camera in devices.all_cameras().filter(pk__in=wanted)}


def _proposed(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """Return what a link to the form proposes: a camera and a time; else the hour before last, all of which is closed."""
    now = timezone.localtime(at).replace(second=0, microsecond=0)
    given: dict[str, Any] = {name: request.GET[name][:32] for name in ("start", "end") if request.GET.get(name)}
    if request.GET.get("camera"):
        given["cameras"] = [request.GET["camera"][:16]]
    return {"start": now - timedelta(minutes=15), "end": now - timedelta(minutes=5), **given}
