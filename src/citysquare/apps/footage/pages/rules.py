"""The page of the jurisdiction's rules: what they demand, keep and rest on; and installing others by an act of two persons."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from citysquare.apps.footage.forms import PackForm
from citysquare.apps.footage.services import rules as services
from citysquare.platform import directory, packs
from citysquare.platform.doors import actor_of, guarded, may
from citysquare.platform.errors import DomainError
from citysquare.platform.labels import ACT_CLASS_LABELS, REASON_LABELS
from citysquare.platform.policy import FLOOR, Action, Demand, Subject
from citysquare.platform.retention import telling

_HOURS_OF_DAY = 24


def _whole_machine(_request: HttpRequest) -> Subject:
    """Return whose the rules are: they hold for every organisation here."""
    return directory.operator()


@require_GET
@guarded(Action.PACK_VIEW)
def rules(request: HttpRequest) -> HttpResponse:
    """Show the pack that holds here."""
    return _page(request, PackForm())


@require_POST
@guarded(Action.PACK_ASK, subject=_whole_machine)
def rules_install(request: HttpRequest) -> HttpResponse:
    """Take the two files of a pack and lead to the act that installs it."""
    form = PackForm(request.POST, request.FILES)
    if form.is_valid():
        values = form.cleaned_data
        try:
            act = services.ask_to_install(text=values["pack"], signature=values["signature"], asker=actor_of(request), at=timezone.now())
        except DomainError as error:
            form.add_error("pack", str(error))
        else:
            messages.success(request, _("Put your seal under it. The rules hold once a data protection officer has approved them."))
            return redirect("act", act_id=act)
    return _page(request, form)


def _page(request: HttpRequest, form: PackForm) -> HttpResponse:
    actor, found = actor_of(request), packs.file_in_force()
    pack = found.pack
    titles = {"acts": _("Acts and their seals"), "authorisations": _("Authorisations"), **telling.titles()}
    context: dict[str, Any] = {
        "name": found.names.get(get_language() or "en") or pack.id,
        "pack": pack,
        "issued": found.issued,
        "sources": found.sources,
        "acts": [(ACT_CLASS_LABELS[act_class], _words(pack.demands(act_class))) for act_class in FLOOR],
        "purposes": [
            (label, "; ".join(sorted(pack.purposes[reason]))) for reason, label in REASON_LABELS.items() if reason in pack.purposes
        ],
        "data": [
            (titles.get(name, name), _span(keeping.hours), _span(keeping.most_hours), "; ".join(sorted(keeping.grounds)))
            for name, keeping in sorted(pack.data.items(), key=lambda pair: titles.get(pair[0], pair[0]).casefold())
        ],
        "form": form,
        "may_install": may(actor, Action.PACK_ASK, directory.operator().owner).allowed,
    }
    return render(request, "footage/rules.html", context)


def _words(demand: Demand) -> str:
    names = (
        (_("a justification"), demand.justification),
        (_("two persons"), demand.two_persons),
        (_("an authorisation"), demand.authorisation),
    )
    return ", ".join(name for name, needed in names if needed)


def _span(hours: int) -> str:
    if not hours:
        return _("until it ends by itself")
    if hours > _HOURS_OF_DAY and not hours % _HOURS_OF_DAY:
        return _("%(days)d days") % {"days": hours // _HOURS_OF_DAY}
    return _("%(hours)d h") % {"hours": hours}
