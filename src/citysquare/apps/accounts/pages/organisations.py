"""Pages of the organisation: what it is, and for which one a person acts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from citysquare.apps.accounts import queries
from citysquare.apps.accounts.forms import OrganisationForm
from citysquare.apps.accounts.models import User
from citysquare.apps.accounts.pages.coming_in import fresh_sign_in, own_person
from citysquare.apps.accounts.queries import ORGANISATION_KEY
from citysquare.apps.accounts.services import organisations as services
from citysquare.apps.accounts.services import sittings
from citysquare.platform import audit
from citysquare.platform.doors import actor_of, guarded, may
from citysquare.platform.errors import DomainError
from citysquare.platform.labels import ORGANISATION_KIND_LABELS
from citysquare.platform.names import LANGUAGES
from citysquare.platform.policy import Action, OrganisationKind, Subject


@require_http_methods(["GET", "HEAD"])
@guarded(Action.ORGANISATION_LIST)
def organisations(request: HttpRequest) -> HttpResponse:
    """Show the organisations of this machine, the own one first."""
    actor = actor_of(request)
    rows = [
        {
            "name": str(one),
            "other_names": [(code, one.names[code]) for code in LANGUAGES if one.names.get(code) and one.names[code] != str(one)],
            "kind": ORGANISATION_KIND_LABELS[OrganisationKind(one.kind)],
            "own": one.pk == actor.organisation,
        }
        for one in queries.organisations()
    ]
    rows.sort(key=lambda row: not row["own"])
    context = {"organisations": rows, "may_change": may(actor, Action.ORGANISATION_CHANGE, actor.organisation).allowed}
    return render(request, "accounts/organisations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Action.ORGANISATION_CHANGE)
@fresh_sign_in
def organisation_edit(request: HttpRequest) -> HttpResponse:
    """Change the own organisation's names and kind."""
    actor = actor_of(request)
    found = queries.organisation(actor.organisation)
    names = found.names if found else {}
    initial = {f"name_{code}": names.get(code, "") for code in LANGUAGES} | {"kind": found.kind if found else ""}
    is_police = found is not None and found.kind == OrganisationKind.POLICE
    form = OrganisationForm(request.POST if request.method == "POST" else None, is_police=is_police, initial=initial)
    if request.method == "POST" and form.is_valid():
        kind = OrganisationKind(form.cleaned_data["kind"])
        try:
            services.change_organisation(organisation_id=actor.organisation, names=form.names, kind=kind)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            subject = Subject("organisation", actor.organisation, actor.organisation)
            audit.record(
                actor=actor, action=Action.ORGANISATION_CHANGE, subject=subject, outcome="done", at=timezone.now(), details={"kind": kind}
            )
            messages.success(request, _("Saved."))
            return redirect("organisations")
    return render(request, "accounts/organisation_edit.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Action.ORGANISATION_CHOSEN, subject=own_person)
def organisation_choose(request: HttpRequest) -> HttpResponseBase:
    """Let a person of several organisations choose for which one they act, until they choose again or sign out."""
    user = request.user
    if not isinstance(user, User):
        return redirect("sign-in")
    if request.method == "POST":
        found = services.chosen(user=user, organisation_id=request.POST.get("organisation", "")[:64])
        actor = user.actor()
        subject = Subject("person", actor.id, actor.organisation)
        details = {"organisation": found.pk}
        audit.record(actor=actor, action=Action.ORGANISATION_CHOSEN, subject=subject, outcome="done", at=timezone.now(), details=details)
        request.session.cycle_key()
        request.session[ORGANISATION_KEY] = found.pk
        request.session.save()
        sittings.moved(session=request.session)
        messages.success(request, _("You now act for %(organisation)s.") % {"organisation": found})
        return redirect("home")
    own = user.acts_for()
    rows = [{"id": one.pk, "name": str(one), "current": one == own} for one in user.organisations()]
    return render(request, "accounts/organisation_choose.html", {"organisations": rows})
