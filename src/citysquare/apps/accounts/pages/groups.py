"""Pages of groups: people with the same roles at the same places."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from citysquare.apps.accounts import queries
from citysquare.apps.accounts.forms import GroupForm, MemberForm
from citysquare.apps.accounts.models import Group, User
from citysquare.apps.accounts.pages.coming_in import fresh_sign_in
from citysquare.apps.accounts.services import groups as services
from citysquare.platform import audit
from citysquare.platform.audit.chain import Details
from citysquare.platform.doors import actor_of, guarded, may
from citysquare.platform.errors import DomainError
from citysquare.platform.labels import ROLE_LABELS
from citysquare.platform.policy import OVERSIGHT, Action, Actor, Role, Subject


def group_subject(request: HttpRequest, *, group_id: str) -> Subject:
    """Return the group a page asks for as one of the own organisation: the log has the look before anybody learns if there is one."""
    return Subject("group", group_id, actor_of(request).organisation)


@require_GET
@guarded(Action.GROUP_LIST)
def groups(request: HttpRequest) -> HttpResponse:
    """List the organisation's groups."""
    actor = actor_of(request)
    names = _names(actor.organisation)
    rows = [_row(group, names) for group in queries.groups_of(actor.organisation)]
    return render(
        request, "accounts/groups.html", {"groups": rows, "may_change": may(actor, Action.GROUP_CHANGE, actor.organisation).allowed}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Action.GROUP_CHANGE)
@fresh_sign_in
def group_add(request: HttpRequest) -> HttpResponse:
    """Make a group."""
    actor, at = actor_of(request), timezone.now()
    form = _form(request, actor)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.make_group(entry=_entry(form), by=actor, at=at)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            _note(actor, made, at)
            messages.success(request, _("The group is there. Put people into it below."))
            return redirect("group", group_id=made.pk)
    return render(request, "accounts/group_form.html", {"form": form, "cancel_url": reverse("groups")})


@require_GET
@guarded(Action.GROUP_LIST, subject=group_subject)
def group(request: HttpRequest, group_id: str) -> HttpResponse:
    """Show a group: what it gives, where, and to whom."""
    actor = actor_of(request)
    found = services.required_group(group_id, actor.organisation)
    inside = list(found.people.order_by("display_name", "pk"))
    known = {user.pk for user in inside}
    others = [
        (user.pk, user.display_name) for user in queries.people_of(actor.organisation) if user.pk != actor.id and _may_join(user, known)
    ]
    may_change = may(actor, Action.GROUP_CHANGE, actor.organisation).allowed
    context = {
        "group": _row(found, _names(actor.organisation)),
        "group_id": found.pk,
        "people": inside,
        "own_id": actor.id,
        "is_in": actor.id in known,
        "may_change": may_change,
        "member_form": MemberForm(people=others) if may_change and others else None,
    }
    return render(request, "accounts/group.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Action.GROUP_CHANGE, subject=group_subject)
@fresh_sign_in
def group_edit(request: HttpRequest, group_id: str) -> HttpResponse:
    """Change what a group is called, what it gives, and where."""
    actor, at = actor_of(request), timezone.now()
    found = services.required_group(group_id, actor.organisation)
    form = _form(request, actor, found)
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.change_group(group_id=group_id, entry=_entry(form), by=actor)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            _note(actor, changed, at)
            messages.success(request, _("Saved. It holds from the next request of the group's people."))
            return redirect("group", group_id=group_id)
    cancel = reverse("group", kwargs={"group_id": group_id})
    return render(request, "accounts/group_form.html", {"form": form, "group": found, "cancel_url": cancel})


@require_POST
@guarded(Action.GROUP_CHANGE, subject=group_subject)
@fresh_sign_in
def group_end(request: HttpRequest, group_id: str) -> HttpResponse:
    """End a group."""
    actor, at = actor_of(request), timezone.now()
    try:
        ended = services.end_group(group_id=group_id, by=actor, at=at)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("group", group_id=group_id)
    _note(actor, ended, at, state="ended")
    messages.success(request, _("The group %(group)s has ended: its people lost what it gave them.") % {"group": ended.name})
    return redirect("groups")


@require_POST
@guarded(Action.GROUP_CHANGE, subject=group_subject)
@fresh_sign_in
def group_join(request: HttpRequest, group_id: str) -> HttpResponse:
    """Put a person into a group."""
    return _move(request, group_id, joins=True)


@require_POST
@guarded(Action.GROUP_CHANGE, subject=group_subject)
@fresh_sign_in
def group_leave(request: HttpRequest, group_id: str) -> HttpResponse:
    """Take a person out of a group."""
    return _move(request, group_id, joins=False)


def _move(request: HttpRequest, group_id: str, *, joins: bool) -> HttpResponse:
    actor, at = actor_of(request), timezone.now()
    change = services.add_to_group if joins else services.take_from_group
    try:
        user = change(group_id=group_id, person_id=request.POST.get("person", "")[:64], by=actor, at=at)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        found = services.required_group(group_id, actor.organisation)
        _note(actor, found, at, person=user.pk, state="joined" if joins else "left")
        messages.success(request, _("Saved. It holds from the person's next request."))
    return redirect("group", group_id=group_id)


def _may_join(user: User, known: set[str]) -> bool:
    """Whether it makes sense to offer a person: not who is in it, has left, or oversees."""
    return user.is_active and user.pk not in known and not any(one.role in OVERSIGHT for one in user.memberships.all())


def _note(actor: Actor, found: Group, at: datetime, **details: str) -> None:
    given: Details = {
        "roles": ",".join(found.roles),
        "spaces": "*" if found.everywhere else ",".join(found.spaces)[:200],
        "cameras": "*" if found.everywhere else ",".join(found.cameras)[:200],
        **details,
    }
    subject = Subject("group", found.pk, actor.organisation)
    audit.record(actor=actor, action=Action.GROUP_CHANGE, subject=subject, outcome="done", at=at, details=given)


def _form(request: HttpRequest, actor: Actor, found: Group | None = None) -> GroupForm:
    places = {
        kind: [
            (place.id, f"{place.name} ({place.within})" if place.within else place.name)
            for place in queries.places_of(actor.organisation, kind)
        ]
        for kind in ("spaces", "cameras")
    }
    initial: dict[str, Any] = {}
    if found is not None:
        initial = {"name": found.name, "roles": found.roles, "everywhere": "yes" if found.everywhere else "no"}
        initial |= {"spaces": found.spaces, "cameras": found.cameras}
    data = request.POST if request.method == "POST" else None
    return GroupForm(data, spaces=places["spaces"], cameras=places["cameras"], initial=initial)


def _entry(form: GroupForm) -> services.GroupEntry:
    values = form.cleaned_data
    roles = frozenset(Role(role) for role in values["roles"])
    return services.GroupEntry(values["name"], roles, values["everywhere"], frozenset(values["spaces"]), frozenset(values["cameras"]))


def _names(organisation_id: str) -> dict[str, str]:
    return {place.id: place.name for kind in ("spaces", "cameras") for place in queries.places_of(organisation_id, kind)}


def _row(found: Group, names: dict[str, str]) -> dict[str, Any]:
    gone = _("a place that is gone")
    return {
        "name": found.name,
        "url": reverse("group", kwargs={"group_id": found.pk}),
        "roles": [str(ROLE_LABELS[role]) for role in found.known_roles()],
        "everywhere": found.everywhere,
        "spaces": [names.get(one, gone) for one in found.spaces],
        "cameras": [names.get(one, gone) for one in found.cameras],
        "count": found.people.count(),
    }
