"""Signing in by passkey, the second step after a password, and proving anew who one is before something weighty."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from citysquare.apps.accounts import services
from citysquare.apps.accounts.forms import CodeForm, ProofForm
from citysquare.apps.accounts.models import User
from citysquare.apps.accounts.pages import coming_in
from citysquare.apps.accounts.services import codes, passkeys, sittings
from citysquare.apps.accounts.services.passkeys import BadPasskey
from citysquare.apps.accounts.sitting_rules import By
from citysquare.platform.doors import open_to_all
from citysquare.platform.errors import DomainError
from citysquare.platform.hosts import safe_next
from citysquare.platform.policy import Actor


@require_POST
@open_to_all("nobody is signed in yet, and it gives out nothing but random bytes")
@never_cache
def passkey_sign_in_options(request: HttpRequest) -> HttpResponse:
    """Say what to ask a passkey for: any that knows this site, or in the second step one of the person's."""
    site = coming_in.site_or_refuse(request)
    half = coming_in.half_of(request)
    challenge = coming_in.put_challenge(request, "sign-in")
    return JsonResponse(passkeys.request_options(challenge=challenge, site=site, user=half.user if half else None))


@require_POST
@open_to_all("nobody is signed in yet; the passkey itself is the key")
@never_cache
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by passkey, alone or after a password."""
    at = timezone.now()
    half = coming_in.half_of(request)
    by = By.PASSWORD_AND_PASSKEY if half else By.PASSKEY
    try:
        site = coming_in.site_or_refuse(request)
        challenge = coming_in.take_challenge(request, "sign-in")
        response = request.POST.get("response", "")
        found = passkeys.check_passkey(
            response=response,
            challenge=challenge,
            site=site,
            address=coming_in.address_of(request),
            at=at,
            user=half.user if half else None,
        )
    except DomainError as error:
        log_refusal(error, at, by=str(by))
        raise
    leads_to = half.leads_to if half else safe_next(request, request.POST.get("next", ""), "/")
    return coming_in.let_in(request, found.passkey.user, by=by, at=at, leads_to=leads_to)


@require_http_methods(["GET", "POST"])
@open_to_all("somebody is half signed in: the password was right, the second factor is asked for here")
@never_cache
@sensitive_post_parameters("code")
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor after a password."""
    half = coming_in.half_of(request)
    if half is None:
        return redirect("sign-in")
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        by = By.RECOVERY if form.is_recovery() else By.CODE
        try:
            _use_code(half.user, form, at)
        except DomainError as error:
            log_refusal(error, at, by=str(by), actor=half.user.actor())
            form.add_error("code", str(error))
            status = error.status
        else:
            return coming_in.let_in(request, half.user, by=by, at=at, leads_to=half.leads_to)
    context = {"form": form, "has_totp": codes.has_totp(half.user), **passkey_context(request, half.user)}
    return render(request, "accounts/second_factor.html", context, status=status)


@require_http_methods(["GET", "POST"])
@open_to_all("a person proves who they are; who is not signed in is sent to sign in")
@never_cache
@sensitive_post_parameters("password", "code")
def prove(request: HttpRequest) -> HttpResponse:
    """Let a person prove who they are before they change keys or rights."""
    user = request.user
    if not isinstance(user, User):
        return redirect("sign-in")
    wanted = safe_next(request, request.POST.get("next", "") or request.GET.get("next", ""), "/")
    by_password = _may_prove_by_password(user)
    form, status = ProofForm(request.POST or None, has_password=by_password, has_totp=codes.has_totp(user)), 200
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            by = _prove(request, user, form, at)
        except DomainError as error:
            log_refusal(error, at, by="again", actor=user.actor())
            form.add_error(None, str(error))
            status = error.status
        else:
            coming_in.log_sign_in(user.actor(), "allow", at, by=str(by), state="again")
            sittings.prove(session=request.session, by=by, at=at)
            return HttpResponseRedirect(wanted)
    may_go_on = by_password or not coming_in.second_factor_required()
    context = {"form": form, "next": wanted, "may_go_on": may_go_on, **passkey_context(request, user)}
    return render(request, "accounts/prove.html", context, status=status)


@require_POST
@open_to_all("random bytes for a person's own passkey; who is not signed in is refused")
@never_cache
def prove_options(request: HttpRequest) -> HttpResponse:
    """Say what to ask the person's passkey for."""
    user = request.user
    if not isinstance(user, User):
        return redirect("sign-in")
    site = coming_in.site_or_refuse(request)
    return JsonResponse(passkeys.request_options(challenge=coming_in.put_challenge(request, "prove"), site=site, user=user))


def passkey_context(request: HttpRequest, user: User) -> dict[str, bool]:
    """Return whether the person can use a passkey here."""
    site = coming_in.site_of(request)
    return {"has_passkey": site is not None and user.passkeys.filter(rp_id=site.id).exists(), "site_has_name": site is not None}


def log_refusal(error: DomainError, at: datetime, *, by: str, actor: Actor | None = None) -> None:
    """Log a failed attempt; not those after too many, else anybody could fill the log."""
    if not isinstance(error, services.TooManyAttempts):
        coming_in.log_sign_in(actor or Actor.anonymous(), "refuse", at, by=by, code=error.code)


def _use_code(user: User, form: CodeForm, at: datetime) -> None:
    if form.is_recovery():
        codes.check_recovery_code(user=user, code=form.cleaned_data["code"], at=at)
    else:
        codes.check_code(user=user, code=form.cleaned_data["code"], at=at)


def _may_prove_by_password(user: User) -> bool:
    """Whether a password, with a code where there is an app, proves as much as was asked for at the sign-in.

    Beside a passkey a password alone does not, or a carried-off session and a password that somebody saw would be enough for new keys.
    """
    if not user.has_usable_password():
        return False
    return codes.has_totp(user) or not coming_in.second_factor_required() or not user.passkeys.exists()


def _prove(request: HttpRequest, user: User, form: ProofForm, at: datetime) -> By:
    """Check what the person gave. Raises BadPasskey, BadCredentials, BadCode, TooManyAttempts."""
    if form.cleaned_data["response"]:
        site = coming_in.site_or_refuse(request)
        challenge = coming_in.take_challenge(request, "prove")
        address = coming_in.address_of(request)
        passkeys.check_passkey(response=form.cleaned_data["response"], challenge=challenge, site=site, address=address, at=at, user=user)
        return By.PASSKEY
    if not _may_prove_by_password(user):
        if coming_in.second_factor_required():
            raise BadPasskey(_("Use a passkey here, or ask an administrator for a new one-time link."))
        return By.LINK
    address = coming_in.address_of(request)
    services.check_password(sign_in_name=user.sign_in_name, password=form.cleaned_data["password"], address=address, at=at)
    if not codes.has_totp(user):
        return By.PASSWORD
    codes.check_code(user=user, code=form.cleaned_data["code"], at=at)
    return By.CODE
