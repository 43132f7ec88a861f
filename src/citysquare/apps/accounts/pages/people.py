"""Pages of the people of an organisation: who they are, what they may, and how they come in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from citysquare.apps.accounts import policies, queries
from citysquare.apps.accounts.forms import InviteForm, RenameForm, RoleForm
from citysquare.apps.accounts.models import User
from citysquare.apps.accounts.pages.coming_in import fresh_sign_in
from citysquare.apps.accounts.services import members, rights
from citysquare.apps.accounts.services.people import NewLink
from citysquare.platform import audit
from citysquare.platform.audit.chain import Details
from citysquare.platform.doors import actor_of, guarded, may
from citysquare.platform.errors import DomainError
from citysquare.platform.labels import ROLE_LABELS
from citysquare.platform.policy import OVERSIGHT, Action, Actor, Role, Subject

PEOPLE = 100
"""Rows a page."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person in the list."""

    name: str
    sign_in_name: str
    url: str
    roles: list[str]
    groups: list[str]
    last_sign_in: datetime | None
    state: str
    """"here", "invited" or "left"."""


def person_subject(request: HttpRequest, *, person_id: str) -> Subject:
    """Return the person a page asks for as one of the own organisation: the log has the look before anybody learns if there is one."""
    return Subject("person", person_id, actor_of(request).organisation)


@require_GET
@guarded(Action.PERSON_LIST)
def people(request: HttpRequest) -> HttpResponse:
    """List the organisation's people with what each may."""
    actor = actor_of(request)
    page = Paginator(queries.people_of(actor.organisation), PEOPLE).get_page(request.GET.get("page", "1")[:6])
    context = {
        "people": [_row(user, actor.organisation) for user in page.object_list],
        "page": page,
        "may_add": may(actor, Action.PERSON_ADD, actor.organisation).allowed,
    }
    return render(request, "accounts/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Action.PERSON_ADD)
@fresh_sign_in
@sensitive_variables("made")
def person_add(request: HttpRequest) -> HttpResponse:
    """Invite somebody: the link is shown this once, and whoever opens it first comes in."""
    actor, at = actor_of(request), timezone.now()
    form = InviteForm(request.POST if request.method == "POST" else None)
    made: NewLink | None = None
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        wish = members.Invitation(
            values["sign_in_name"], values["display_name"], frozenset(Role(role) for role in values["roles"]), _link_life()
        )
        try:
            made = members.invite(wish=wish, by=actor, at=at)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            note(actor, Action.PERSON_ADD, made.user, at, roles=",".join(sorted(wish.roles)))
            _warn(request, made.user, actor)
            form = InviteForm()
    return render(request, "accounts/person_add.html", {"form": form, "made": made, "link": _address(made) if made else ""})


@require_GET
@guarded(Action.PERSON_LIST, subject=person_subject)
def person(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show one person: roles, groups, and what may be changed."""
    return _page(request, person_id)


@require_POST
@guarded(Action.PERSON_CHANGE, subject=person_subject)
@fresh_sign_in
def person_rename(request: HttpRequest, person_id: str) -> HttpResponse:
    """Change the name that others read."""
    form = RenameForm(request.POST)
    if not form.is_valid():
        return _page(request, person_id, rename=form)
    name = form.cleaned_data["display_name"]
    return _do(request, person_id, Action.PERSON_CHANGE, lambda by, _at: members.rename(person_id=person_id, display_name=name, by=by))


@require_POST
@guarded(Action.PERSON_CHANGE, subject=person_subject)
@fresh_sign_in
@sensitive_variables("made")
def person_link(request: HttpRequest, person_id: str) -> HttpResponse:
    """Make a new link for somebody who cannot get in any more, and show it this once."""
    actor, at = actor_of(request), timezone.now()
    try:
        made = members.new_link(person_id=person_id, by=actor, at=at, valid_for=_link_life())
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("person", person_id=person_id)
    note(actor, Action.PERSON_CHANGE, made.user, at, state="link")
    return _page(request, person_id, made=made)


@require_POST
@guarded(Action.PERSON_CHANGE, subject=person_subject)
@fresh_sign_in
def person_end(request: HttpRequest, person_id: str) -> HttpResponse:
    """End a person's work here."""
    return _do(request, person_id, Action.PERSON_CHANGE, lambda by, at: members.end(person_id=person_id, by=by, at=at), state="left")


@require_POST
@guarded(Action.PERSON_CHANGE, subject=person_subject)
@fresh_sign_in
def person_back(request: HttpRequest, person_id: str) -> HttpResponse:
    """Take somebody back who had left."""
    return _do(request, person_id, Action.PERSON_CHANGE, lambda by, at: members.take_back(person_id=person_id, by=by, at=at), state="here")


@require_POST
@guarded(Action.ROLE_GRANT, subject=person_subject)
@fresh_sign_in
def role_grant(request: HttpRequest, person_id: str) -> HttpResponse:
    """Give a person a role."""
    return _role(request, person_id, Action.ROLE_GRANT, rights.give_role)


@require_POST
@guarded(Action.ROLE_REVOKE, subject=person_subject)
@fresh_sign_in
def role_revoke(request: HttpRequest, person_id: str) -> HttpResponse:
    """Take a role from a person."""
    return _role(request, person_id, Action.ROLE_REVOKE, rights.take_role)


@require_POST
@guarded(Action.OVERSIGHT_GRANT, subject=person_subject)
@fresh_sign_in
def oversight_grant(request: HttpRequest, person_id: str) -> HttpResponse:
    """Make a person an auditor or a data protection officer."""
    return _role(request, person_id, Action.OVERSIGHT_GRANT, rights.give_role)


@require_POST
@guarded(Action.OVERSIGHT_REVOKE, subject=person_subject)
@fresh_sign_in
def oversight_revoke(request: HttpRequest, person_id: str) -> HttpResponse:
    """Take a role of oversight from a person."""
    return _role(request, person_id, Action.OVERSIGHT_REVOKE, rights.take_role)


def _role(request: HttpRequest, person_id: str, action: Action, change: Callable[..., User]) -> HttpResponse:
    form = RoleForm(request.POST, roles=_roles_of(action))
    if not form.is_valid():
        messages.error(request, _("Choose one of the roles that you may give or take."))
        return redirect("person", person_id=person_id)
    role = Role(form.cleaned_data["role"])
    answer = _do(request, person_id, action, lambda by, at: change(person_id=person_id, role=role, by=by, at=at), role=role)
    _warn(request, rights.person_in(person_id, actor_of(request).organisation), actor_of(request))
    return answer


def _roles_of(action: Action) -> frozenset[Role]:
    return OVERSIGHT if action in {Action.OVERSIGHT_GRANT, Action.OVERSIGHT_REVOKE} else frozenset(Role) - OVERSIGHT


def _do(request: HttpRequest, person_id: str, action: Action, change: Callable[[Actor, datetime], User], **details: str) -> HttpResponse:
    """Change something about a person and say so, or say why not; both lead back to their page."""
    actor, at = actor_of(request), timezone.now()
    try:
        user = change(actor, at)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        note(actor, action, user, at, **details)
        messages.success(request, _("Saved. It holds from the person's next request."))
    return redirect("person", person_id=person_id)


def note(actor: Actor, action: Action, user: User, at: datetime, **details: str) -> None:
    """Log that a change to a person was made."""
    told: Details = {name: value for name, value in details.items() if value}
    audit.record(actor=actor, action=action, subject=Subject("person", user.pk, actor.organisation), outcome="done", at=at, details=told)


def _warn(request: HttpRequest, user: User, by: Actor) -> None:
    """Say which roles should better not be with one person."""
    unwise = policies.unwise(queries.roles_of(user, by.organisation))
    if unwise:
        text = _("%(person)s now is %(roles)s: allowed, but better with different people.")
        roles = ", ".join(str(ROLE_LABELS[role]) for role in Role if role in unwise)
        messages.warning(request, text % {"person": user.display_name, "roles": roles})


@sensitive_variables("made")
def _page(request: HttpRequest, person_id: str, *, rename: RenameForm | None = None, made: NewLink | None = None) -> HttpResponse:
    actor = actor_of(request)
    user = rights.person_in(person_id, actor.organisation)
    named = {Role(one.role): one.since for one in user.memberships.filter(organisation_id=actor.organisation)}
    touchable = frozenset(role for role in Role if may(actor, _give(role), actor.organisation).allowed)
    self_ = user.pk == actor.id
    context: dict[str, Any] = {
        "person": _row(user, actor.organisation),
        "person_id": user.pk,
        "is_self": self_,
        "roles": [_role_row(role, named[role], touchable=role in touchable and not self_) for role in Role if role in named],
        "groups": user.rights_groups.filter(organisation_id=actor.organisation, ended_at__isnull=True).order_by("name"),
        "may_change": may(actor, Action.PERSON_CHANGE, actor.organisation).allowed and not self_ and not (set(named) & OVERSIGHT),
        "rename_form": rename or RenameForm({"display_name": user.display_name}),
        "role_form": RoleForm(roles=touchable - set(named)) if touchable - set(named) and not self_ and user.is_active else None,
        "role_url": "oversight-grant" if touchable <= OVERSIGHT else "role-grant",
        "oversight": bool(set(named) & OVERSIGHT),
        "made": made,
        "link": _address(made) if made else "",
    }
    return render(request, "accounts/person.html", context)


def _give(role: Role) -> Action:
    return Action.OVERSIGHT_GRANT if role in OVERSIGHT else Action.ROLE_GRANT


def _role_row(role: Role, since: datetime, *, touchable: bool) -> dict[str, Any]:
    route = "oversight-revoke" if role in OVERSIGHT else "role-revoke"
    return {"role": role, "label": ROLE_LABELS[role], "since": since, "revoke": route if touchable else ""}


def _row(user: User, organisation_id: str) -> PersonRow:
    roles = {Role(one.role) for one in user.memberships.all() if one.organisation_id == organisation_id}
    groups = [group for group in user.rights_groups.all() if group.organisation_id == organisation_id and group.ended_at is None]
    ended = any(one.ended_at for one in user.belongings.all() if one.organisation_id == organisation_id) and not (roles or groups)
    return PersonRow(
        name=user.display_name,
        sign_in_name=user.sign_in_name,
        url=reverse("person", kwargs={"person_id": user.pk}),
        roles=[str(ROLE_LABELS[role]) for role in Role if role in roles],
        groups=sorted(group.name for group in groups),
        last_sign_in=user.last_login,
        state="left" if ended or not user.is_active else "here" if user.last_login else "invited",
    )


def _link_life() -> timedelta:
    return timedelta(minutes=settings.CITYSQUARE.sign_in_link_minutes)


@sensitive_variables("made")
def _address(made: NewLink) -> str:
    return f"{settings.CITYSQUARE.base_url}{reverse('sign-in-link', kwargs={'token': made.token})}"
