"""Pages where administrators give other programs tokens of the API, and take them back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from citysquare.apps.accounts import queries, services
from citysquare.apps.accounts.forms import TokenForm
from citysquare.apps.accounts.models import ApiToken
from citysquare.apps.accounts.pages.coming_in import fresh_sign_in
from citysquare.platform import audit
from citysquare.platform.doors import actor_of, guarded, look
from citysquare.platform.errors import DomainError
from citysquare.platform.labels import SCOPE_LABELS
from citysquare.platform.policy import Action, Actor, Facts, Scope, Subject


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token as the page lists it; never the token itself."""

    id: str
    name: str
    purpose: str
    scopes: list[str]
    made_by: str
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    state: str
    """"good", "expired" or "revoked"."""
    revoke_url: str


@require_GET
@guarded(Action.TOKEN_LIST)
def tokens(request: HttpRequest) -> HttpResponse:
    """List the organisation's tokens and offer to make one."""
    return _page(request, TokenForm())


@require_POST
@guarded(Action.TOKEN_MAKE)
@fresh_sign_in
@sensitive_variables("made")
def token_make(request: HttpRequest) -> HttpResponse:
    """Make a token and show it, this once: it is answered here and kept nowhere, so the page cannot be shown again."""
    actor, at = actor_of(request), timezone.now()
    look(actor=actor, action=Action.TOKEN_LIST, subject=_organisation(actor), facts=Facts(), at=at)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    values = form.cleaned_data
    scopes = frozenset(Scope(scope) for scope in values["scopes"])
    wish = services.TokenWish(values["name"], values["purpose"], scopes, timedelta(days=values["days"]))
    try:
        made = services.make_token(wish=wish, organisation_id=actor.organisation, made_by=actor.id, at=at)
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, form)
    subject = Subject("token", made.token.pk, actor.organisation)
    details = {"name": made.token.name, "scopes": ", ".join(made.token.scopes), "days": values["days"]}
    audit.record(actor=actor, action=Action.TOKEN_MAKE, subject=subject, outcome="done", at=at, details=details)
    return _page(request, TokenForm(), made=made)


@require_POST
@guarded(Action.TOKEN_REVOKE)
def token_revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    """Take a token back."""
    actor, at = actor_of(request), timezone.now()
    token = services.revoke_token(token_id=token_id, organisation_id=actor.organisation, at=at)
    subject = Subject("token", token.pk, actor.organisation)
    audit.record(actor=actor, action=Action.TOKEN_REVOKE, subject=subject, outcome="done", at=at, details={"name": token.name})
    messages.success(request, _("The token of %(name)s opens nothing any more.") % {"name": token.name})
    return redirect("tokens")


@sensitive_variables("made")
def _page(request: HttpRequest, form: TokenForm, made: services.NewToken | None = None) -> HttpResponse:
    at = timezone.now()
    rows = [_row(token, at) for token in queries.tokens_of(actor_of(request).organisation)]
    context = {"form": form, "tokens": rows, "made": made, "api_url": request.build_absolute_uri("/api/v1/")}
    return render(request, "accounts/tokens.html", context)


def _organisation(actor: Actor) -> Subject:
    return Subject("organisation", actor.organisation, actor.organisation)


def _row(token: ApiToken, at: datetime) -> TokenRow:
    known = set(Scope)
    return TokenRow(
        id=token.pk,
        name=token.name,
        purpose=token.purpose,
        scopes=[str(SCOPE_LABELS[Scope(scope)]) for scope in token.scopes if scope in known],
        made_by=token.made_by.display_name,
        made_at=token.made_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
        state="revoked" if token.revoked_at else "expired" if token.expires_at <= at else "good",
        revoke_url=reverse("token-revoke", kwargs={"token_id": token.pk}),
    )
