"""To the identity provider and back: signing in with an account there, linking one, unlinking it."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from citysquare.apps.accounts.models import User
from citysquare.apps.accounts.pages import coming_in, ways_in
from citysquare.apps.accounts.services import provider
from citysquare.apps.accounts.sitting_rules import By
from citysquare.platform import audit
from citysquare.platform.doors import guarded, open_to_all
from citysquare.platform.errors import DomainError
from citysquare.platform.hosts import safe_next
from citysquare.platform.policy import Action

_SESSION: Final = "citysquare_provider"
_MINUTES: Final = 10


def name() -> str:
    """Return what the button says; empty where there is no provider."""
    config = settings.CITYSQUARE
    return (config.oidc_name or config.oidc_issuer) if config.oidc_issuer and config.oidc_client_id else ""


@require_POST
@open_to_all("nobody is signed in yet; the provider asks who it is")
@never_cache
def provider_sign_in(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider."""
    return _begin(request, {"purpose": "sign-in", "next": safe_next(request, request.POST.get("next", ""), "/")})


@require_POST
@guarded(Action.KEY_ADD, subject=coming_in.own_person)
@coming_in.fresh_sign_in
def identity_link(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider, to link the account there to the person who is signed in."""
    return _begin(request, {"purpose": "link", "user": str(request.user.pk)})


@require_GET
@open_to_all("the provider sends the browser back here; what it brings is the key, and it is checked")
@never_cache
def provider_back(request: HttpRequest) -> HttpResponse:
    """Let in whoever the provider says it is, or link the account."""
    at = timezone.now()
    kept = request.session.pop(_SESSION, None) or {}
    try:
        subject = provider.finish(_settings(request), kept, request.GET.dict(), at=at)
        if kept.get("purpose") == "link":
            return _link(request, kept, subject)
        user = provider.person_of(issuer=settings.CITYSQUARE.oidc_issuer, subject=subject, at=at)
    except DomainError as error:
        ways_in.log_refusal(error, at, by=str(By.PROVIDER))
        raise
    return coming_in.let_in(request, user, by=By.PROVIDER, at=at, leads_to=safe_next(request, kept.get("next", ""), "/"))


@require_POST
@guarded(Action.KEY_REMOVE, subject=coming_in.own_person)
@coming_in.fresh_sign_in
def identity_unlink(request: HttpRequest, identity_id: int) -> HttpResponse:
    """End the link to an account at the provider."""
    user = request.user
    if isinstance(user, User):
        provider.unlink(user=user, identity_id=identity_id)
        _log(user, Action.KEY_REMOVE)
        messages.success(request, _("That account opens nothing here any more."))
    return redirect("keys")


@sensitive_variables()
def _begin(request: HttpRequest, kept: dict[str, str]) -> HttpResponse:
    begun = provider.begin(_settings(request))
    if not request.user.is_authenticated:
        request.session.set_expiry(_MINUTES * 60)
    request.session[_SESSION] = {**begun.kept(), **kept}
    # A page with a link, and no redirect: the content security policy lets no form of ours end up at another site.
    return render(request, "accounts/provider_go.html", {"address": begun.address, "provider": name()})


def _link(request: HttpRequest, kept: dict[str, str], subject: str) -> HttpResponse:
    user = request.user
    if not isinstance(user, User) or user.pk != kept.get("user"):
        raise provider.ProviderRefused(_("Somebody else is signed in here by now. Begin anew."))
    provider.link(user=user, issuer=settings.CITYSQUARE.oidc_issuer, subject=subject, at=timezone.now())
    _log(user, Action.KEY_ADD)
    messages.success(request, _("The account is linked: you can sign in with it."))
    return redirect("keys")


def _log(user: User, action: Action) -> None:
    actor = user.actor()
    details = {"kind": "identity"}
    audit.record(actor=actor, action=action, subject=coming_in.person_subject(actor), outcome="done", at=timezone.now(), details=details)


def _settings(request: HttpRequest) -> provider.Settings:
    config = settings.CITYSQUARE
    if not name():
        raise Http404
    secret = config.oidc_client_secret.get_secret_value() if config.oidc_client_secret else ""
    back = reverse("provider-back")
    whole = config.public_url.rstrip("/") + back if config.public_url else request.build_absolute_uri(back)
    return provider.Settings(config.oidc_issuer, config.oidc_client_id, secret, whole)
