"""Pages of authorisations: what courts and authorities permit, entering, confirming and ending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from citysquare.apps.accounts import queries as accounts
from citysquare.apps.devices import queries as devices
from citysquare.apps.footage.forms import AuthorisationForm, ConfirmForm, EndForm
from citysquare.apps.footage.presentation import page_links
from citysquare.apps.footage.queries.permitted import Permitted, permitted
from citysquare.apps.footage.services import orders
from citysquare.platform import audit, authorisations
from citysquare.platform.audit.chain import Details
from citysquare.platform.authorisations import Draft, NoSuchAuthorisation
from citysquare.platform.authorisations.services import CAN_BE_AUTHORISED
from citysquare.platform.doors import actor_of, guarded, look, may
from citysquare.platform.errors import DomainError
from citysquare.platform.labels import ACTION_LABELS
from citysquare.platform.models import StoredAuthorisation
from citysquare.platform.policy import Action, Actor, Facts, OrganisationKind, covered

ROWS = 50
_MOST = 5000
"""Authorisations that the list of somebody whose rights hold at some places goes through."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One authorisation as a page shows it."""

    row: StoredAuthorisation
    url: str
    act: str
    cameras: list[str]
    permits: str
    entered_by: str
    label: str
    tone: str
    sentence: str
    deadline: datetime | None
    act_url: str


def _which(request: HttpRequest) -> Details:
    match = request.resolver_match
    return {"id": str(match.kwargs["authorisation_id"])} if match and "authorisation_id" in match.kwargs else {}


@require_GET
@guarded(Action.AUTHORISATION_LIST)
def authorisations_page(request: HttpRequest) -> HttpResponse:
    """List the authorisations the organisation entered, and those that permit its people something, newest first."""
    actor, at = actor_of(request), audit.now_at_least(timezone.now())
    page = Paginator(_seen(actor), ROWS).get_page(request.GET.get("page", "1")[:6])
    context = {
        "orders": [_row(one, at) for one in page.object_list],
        "pages": page_links(page, reverse("authorisations"), {}),
        "may_enter": may(actor, Action.AUTHORISATION_ASK, actor.organisation).allowed,
        "clock_set_back": audit.clock_set_back(timezone.now()),
    }
    return render(request, "footage/authorisations.html", context)


@require_GET
@guarded(Action.AUTHORISATION_LIST, details=_which)
def authorisation(request: HttpRequest, authorisation_id: str) -> HttpResponse:
    """Show one authorisation, and offer to confirm or end it."""
    return _one(request, _found(request, authorisation_id), ConfirmForm(), EndForm())


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Action.AUTHORISATION_ASK)
def authorisation_ask(request: HttpRequest) -> HttpResponse:
    """Enter an authorisation: it counts once another person has approved it."""
    actor, at = actor_of(request), timezone.now()
    choices = _choices(actor)
    if request.method != "POST":
        now = timezone.localtime(at).replace(microsecond=0)
        initial = {"issued_at": now, "valid_from": now, "valid_to": now + timedelta(days=1), "permits": actor.organisation}
        return render(request, "footage/authorisation_ask.html", {"form": AuthorisationForm(choices=choices, initial=initial)})
    form = AuthorisationForm(request.POST, request.FILES, choices=choices)
    if form.is_valid():
        try:
            row = orders.ask_to_enter(draft=_draft(form.cleaned_data), asker=actor, at=at)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Read it once more and put your seal under it. It counts once another person has approved it."))
            return redirect("act", act_id=row.act)
    return render(request, "footage/authorisation_ask.html", {"form": form})


@require_POST
@guarded(Action.AUTHORISATION_ASK, details=_which)
def authorisation_confirm(request: HttpRequest, authorisation_id: str) -> HttpResponse:
    """Ask for the confirmation of an urgent authorisation."""
    actor, at = actor_of(request), timezone.now()
    row = _ours(request, authorisation_id, Action.AUTHORISATION_ASK)
    form = ConfirmForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            row = orders.ask_to_confirm(row=row, document_sha256=form.cleaned_data["document"], asker=actor, at=audit.now_at_least(at))
        except DomainError as error:
            form.add_error("document", str(error))
        else:
            messages.success(request, _("Put your seal under the confirmation. It counts once another person has approved it in time."))
            return redirect("act", act_id=row.confirm_act)
    return _one(request, row, form, EndForm())


@require_POST
@guarded(Action.AUTHORISATION_END, details=_which)
def authorisation_end(request: HttpRequest, authorisation_id: str) -> HttpResponse:
    """End an authorisation now."""
    actor, at = actor_of(request), timezone.now()
    row = _ours(request, authorisation_id, Action.AUTHORISATION_END)
    form = EndForm(request.POST)
    if form.is_valid():
        try:
            orders.end_now(row=row, because=form.cleaned_data["because"], by=actor, at=at)
        except DomainError as error:
            form.add_error("because", str(error))
        else:
            messages.success(request, _("The authorisation has ended and permits nothing any more."))
            return redirect("authorisation", authorisation_id=row.pk)
    return _one(request, row, ConfirmForm(), form)


@require_POST
@guarded(Action.AUTHORISATION_END, details=_which)
def authorisation_delete(request: HttpRequest, authorisation_id: str) -> HttpResponse:
    """Ask for the deletion of what was obtained under a rejected or altered authorisation."""
    actor, at = actor_of(request), timezone.now()
    row = orders.ask_to_delete(row=_ours(request, authorisation_id, Action.AUTHORISATION_END), asker=actor, at=at)
    messages.success(request, _("Read it once more and put your seal under it. It counts once another person has approved it."))
    return redirect("act", act_id=row.delete_act)


def _seen(actor: Actor) -> Sequence[StoredAuthorisation]:
    """Return the authorisations at whose every camera the person may see them, and those of others, which open theirs to all here."""
    rows = authorisations.all_of(actor.organisation)
    if covered(actor, Action.AUTHORISATION_LIST).everything:
        return rows  # type: ignore[return-value]  # a query is as good as a list to the paginator
    mine = set(devices.cameras_seen(actor, Action.AUTHORISATION_LIST).values_list("pk", flat=True))
    return [row for row in rows[:_MOST] if row.organisation != actor.organisation or mine.issuperset(row.cameras)]


def _found(request: HttpRequest, authorisation_id: str) -> StoredAuthorisation:
    actor = actor_of(request)
    row = authorisations.find(authorisation_id, organisation=actor.organisation)
    mine = devices.cameras_seen(actor, Action.AUTHORISATION_LIST).filter(pk__in=row.cameras if row else ())
    ours = row is not None and row.organisation == actor.organisation
    if row is not None and ours and not covered(actor, Action.AUTHORISATION_LIST).everything and mine.count() < len(set(row.cameras)):
        row = None
    if row is None:
        raise NoSuchAuthorisation(_("There is no such authorisation."))
    return row


def _ours(request: HttpRequest, authorisation_id: str, action: Action) -> StoredAuthorisation:
    """Return one that the person's own organisation entered, if they may do this at each of its cameras.

    Raises NoSuchAuthorisation for one that only permits their people something, Refused.
    """
    actor, row = actor_of(request), _found(request, authorisation_id)
    if row.organisation != actor.organisation:
        raise NoSuchAuthorisation(_("There is no such authorisation."))
    for place in devices.subjects_of(row.cameras, owner=row.organisation):
        if not may(actor, action, row.organisation, place=place).allowed:
            at = timezone.now()
            look(actor=actor, action=action, subject=place, facts=Facts(at=at), at=at, details={"id": row.pk})
    return row


def _one(request: HttpRequest, row: StoredAuthorisation, confirm: ConfirmForm, end: EndForm) -> HttpResponse:
    actor, at = actor_of(request), audit.now_at_least(timezone.now())
    shown = _row(row, at)
    ours = row.organisation == actor.organisation
    open_ = row.state == "issued" and shown.deadline is not None and at < shown.deadline
    waits = open_ and ours and orders.confirmation_under_way(row, at=at)
    context = {
        "order": shown,
        "opened": [(one.camera.name, _where(one, Action(row.action))) for one in _opened(actor, row)],
        "confirm_form": confirm,
        "end_form": end,
        "confirm_act": row.confirm_act if waits else "",
        "may_confirm": ours and open_ and not waits and may(actor, Action.AUTHORISATION_ASK, actor.organisation).allowed,
        "to_delete": ours and row.ended_because in authorisations.DELETABLE and row.purged_at is None,
        "may_delete": may(actor, Action.AUTHORISATION_END, actor.organisation).allowed,
        "may_end": ours and row.state == "issued" and may(actor, Action.AUTHORISATION_END, actor.organisation).allowed,
    }
    return render(request, "footage/authorisation.html", context)


def _opened(actor: Actor, row: StoredAuthorisation) -> list[Permitted]:
    """Return the cameras of others that this authorisation opens to the person now."""
    found = permitted(actor=actor, action=Action(row.action), at=timezone.now()) if row.permits == actor.organisation else []
    return [one for one in found if one.camera.pk in row.cameras]


def _where(one: Permitted, action: Action) -> str:
    """Return the page on which the person does what is permitted at a camera."""
    if action is Action.REPLAY_VIEW:
        return reverse("replay", kwargs={"camera_id": one.camera.pk})
    return f"{reverse('exhibit-ask')}?camera={one.camera.pk}" if action is Action.EXHIBIT_ASK else reverse("wall")


def _row(row: StoredAuthorisation, at: datetime) -> OrderRow:
    label, tone, sentence = _in_words(row, at)
    permits, person = accounts.organisation(row.permits), accounts.person(row.entered_by, organisation_id=row.organisation)
    return OrderRow(
        row=row,
        url=reverse("authorisation", kwargs={"authorisation_id": row.pk}),
        act=str(ACTION_LABELS[Action(row.action)]),
        cameras=[orders.camera_name(one) for one in row.cameras],
        permits=str(permits or row.permits),
        entered_by=person.display_name if person else row.entered_by,
        label=label,
        tone=tone,
        sentence=sentence,
        deadline=authorisations.value_of(row).deadline if row.state == "issued" else None,
        act_url=reverse("act", kwargs={"act_id": row.act}),
    )


def _in_words(row: StoredAuthorisation, at: datetime) -> tuple[str, str, str]:
    """Return label, tone and sentence."""
    value = authorisations.value_of(row)
    if row.state == "asked":
        return _("waits for seals"), "care", _("Nothing is permitted until two persons have put their seals under it.")
    if row.state == "refused":
        return _("refused"), "", _("It never counted: the act was refused, or nobody sealed it within 24 hours.")
    if row.state == "ended":
        return {
            "rejected": (_("rejected"), "bad", _("The court or authority rejected it: it permits nothing any more.")),
            "altered": (_("altered"), "bad", _("Its row was not what two persons sealed, so it was ended.")),
            "lapsed": (_("lapsed"), "bad", _("Nobody confirmed it in time; what was obtained under it is deleted.")),
        }.get(row.ended_because, (_("ended"), "", _("It has ended and permits nothing any more.")))
    if at < value.valid_from:
        return _("not yet"), "", _("It does not permit anything yet.")
    if value.deadline is not None:
        return _("urgent"), "care", _("It ends by itself and what was obtained is deleted, unless it is confirmed in time.")
    return (_("valid"), "good", _("It permits what it names until its end.")) if value.valid_at(at) else (_("over"), "", _("It is over."))


def _choices(actor: Actor) -> dict[str, list[tuple[str, Any]]]:
    others = accounts.organisations().filter(kind=OrganisationKind.POLICE).exclude(pk=actor.organisation)
    own = accounts.organisation(actor.organisation)
    return {
        "action": [(str(action), ACTION_LABELS[action]) for action in CAN_BE_AUTHORISED],
        "permits": [(actor.organisation, str(own)), *((one.pk, str(one)) for one in others)],
        "cameras": [(camera.pk, camera.name) for camera in devices.cameras_seen(actor, Action.AUTHORISATION_ASK)],
    }


def _draft(values: dict[str, Any]) -> Draft:
    return Draft(
        permits=values["permits"],
        action=Action(values["action"]),
        cameras=tuple(values["cameras"]),
        spaces=(),
        valid_from=values["valid_from"],
        valid_to=values["valid_to"],
        issued_at=values["issued_at"],
        issuer=values["issuer"],
        document_sha256=values["document"],
        urgent_hours=values["urgent_hours"],
    )
