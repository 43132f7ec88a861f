"""Pages for signing in and for a person's own settings."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from citysquare.apps.accounts import services
from citysquare.apps.accounts.forms import PasswordForm, SignInForm
from citysquare.apps.accounts.models import User
from citysquare.apps.accounts.pages import coming_in, provider, ways_in
from citysquare.apps.accounts.services import codes, sittings
from citysquare.apps.accounts.sitting_rules import By
from citysquare.platform import audit, tour
from citysquare.platform.context import THEME_COOKIE, THEMES
from citysquare.platform.doors import actor_of, open_to_all
from citysquare.platform.errors import DomainError
from citysquare.platform.hosts import safe_next
from citysquare.platform.navigation import home as first_page_of
from citysquare.platform.policy import Action, Actor


@require_safe
@open_to_all("it only leads on: to signing in, or to the person's first page")
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the first page a person may open."""
    actor = actor_of(request)
    if not actor.is_known:
        return redirect("sign-in")
    user = request.user
    if isinstance(user, User) and user.toured_at is None and tour.stops(actor):
        return redirect("welcome")
    return redirect(_first_page(actor))


def _first_page(actor: Actor) -> str:
    return first_page_of(actor) or reverse("password")


@require_safe
@open_to_all("it shows a person which pages they may open, and nothing from them")
@never_cache
def welcome(request: HttpRequest) -> HttpResponse:
    """Say what this is and offer the tour."""
    actor = actor_of(request)
    if not actor.is_known:
        return redirect("sign-in")
    return render(request, "accounts/welcome.html", {"stops": tour.stops(actor)})


@require_POST
@open_to_all("it only leads on; each page of the tour has its own door")
def tour_step(request: HttpRequest) -> HttpResponse:
    """Go to another step of the tour, or end it; ended once, it is not offered again."""
    actor = actor_of(request)
    user = request.user
    if not actor.is_known or not isinstance(user, User):
        return redirect("sign-in")
    stop = tour.go(request, actor, request.POST.get("way", ""))
    if stop is not None:
        return redirect(stop.url)
    services.note_tour(user_id=user.pk, at=timezone.now())
    return redirect(_first_page(actor))


@require_http_methods(["GET", "POST"])
@open_to_all("nobody is signed in yet")
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with name and password."""
    wanted = safe_next(request, request.POST.get("next", "") or request.GET.get("next", ""), "/")
    if request.method == "GET" and actor_of(request).is_known:
        return HttpResponseRedirect(wanted)
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            user = services.check_password(**form.cleaned_data, address=coming_in.address_of(request), at=at)
        except DomainError as error:
            ways_in.log_refusal(error, at, by="password")
            form.add_error(None, str(error))
            status = error.status
        else:
            return _after_password(request, user, at, wanted)
    context = {"form": form, "next": wanted, "site_has_name": coming_in.site_of(request) is not None, "provider": provider.name()}
    return render(request, "accounts/sign_in.html", context, status=status)


@require_http_methods(["GET", "POST"])
@open_to_all("the link itself is the key; opening it shows a button, so that a mail scanner does not use it up")
@never_cache
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in with a one-time link."""
    at = timezone.now()
    try:
        if request.method == "POST":
            user = services.use_link(token=token, address=coming_in.address_of(request), at=at)
            leads_to = "/" if user.has_usable_password() else reverse("password")
            return coming_in.let_in(request, user, by=By.LINK, at=at, leads_to=leads_to)
        link = services.check_link(token=token, address=coming_in.address_of(request), at=at)
    except DomainError as error:
        ways_in.log_refusal(error, at, by="link")
        raise
    context = {"link_person": link.user.display_name, "role_label": ", ".join(link.user.role_labels()), "valid_until": link.expires_at}
    return render(request, "accounts/sign_in_link.html", context)


@require_POST
@open_to_all("who leaves needs no permission")
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out. It happens also when the log takes no entry: nobody may be kept signed in at a shared desk."""
    actor = actor_of(request)
    sittings.note_end(session=request.session)
    logout(request)
    if actor.is_known:
        audit.record(actor=actor, action=Action.SIGN_OUT, subject=coming_in.person_subject(actor), outcome="done", at=timezone.now())
    response = redirect("sign-in")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_http_methods(["GET", "POST"])
@open_to_all("it shows and changes nobody's data but one's own password; who is not signed in is sent to sign in")
@never_cache
@sensitive_post_parameters("old_password", "new_password", "again")
def password(request: HttpRequest) -> HttpResponse:
    """Set one's own password: with the present one, or soon after signing in where there is none yet."""
    user = request.user
    if not isinstance(user, User):
        return redirect("sign-in")
    had_one = user.has_usable_password()
    if not had_one and not coming_in.signed_in_lately(request, timezone.now()):
        return coming_in.to_prove(request)  # else whoever finds an open session makes it their own
    form = PasswordForm(request.POST or None, has_password=had_one)
    if request.method == "POST" and form.is_valid():
        try:
            _change_password(request, user, form)
        except DomainError as error:
            form.add_error("old_password" if isinstance(error, services.BadCredentials) else "new_password", str(error))
        else:
            messages.success(request, _("Your password is set."))
            return redirect("home")
    context = {"form": form, "may_skip": not had_one, "skip_url": reverse("home"), "minimum_length": _minimum_length()}
    return render(request, "accounts/password.html", context)


@require_POST
@open_to_all("a person's own choice of colours")
def preferences(request: HttpRequest) -> HttpResponse:
    """Choose the theme."""
    response = HttpResponseRedirect(safe_next(request, request.POST.get("next", ""), "/"))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        if isinstance(request.user, User):
            services.set_preferences(user=request.user, theme=theme)
        response.set_cookie(
            THEME_COOKIE, theme, max_age=coming_in.ONE_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    return response


@require_POST
@open_to_all("a person's own choice of language")
def set_language(request: HttpRequest) -> HttpResponse:
    """Choose the language."""
    response = HttpResponseRedirect(safe_next(request, request.POST.get("next", ""), "/"))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and translation.check_for_language(language):
        coming_in.keep_language(response, language)
        if isinstance(request.user, User):
            services.set_preferences(user=request.user, language=language)
    return response


def _after_password(request: HttpRequest, user: User, at: datetime, leads_to: str) -> HttpResponse:
    """Ask for the second factor of who has one, else let the person in with what they have."""
    has_more = codes.has_totp(user) or ways_in.passkey_context(request, user)["has_passkey"]
    if not has_more:
        return coming_in.let_in(request, user, by=By.PASSWORD, at=at, leads_to=leads_to)
    coming_in.put_half(request, user, leads_to)
    return redirect("second-factor")


def _change_password(request: HttpRequest, user: User, form: PasswordForm) -> None:
    at = timezone.now()
    old = form.cleaned_data.get("old_password")
    if old is not None:
        services.check_password(sign_in_name=user.sign_in_name, password=old, address=coming_in.address_of(request), at=at)
    actor = user.actor()
    audit.record(actor=actor, action=Action.PASSWORD_SET, subject=coming_in.person_subject(actor), outcome="allow", at=at)
    services.set_password(user=user, new_password=form.cleaned_data["new_password"])
    update_session_auth_hash(request, user)
    sittings.moved(session=request.session)
    sittings.end_all_sittings(user=user, but=request.session.session_key or "")


def _minimum_length() -> int:
    lengths = [validator.min_length for validator in get_default_password_validators() if isinstance(validator, MinimumLengthValidator)]
    return max(lengths, default=0)
