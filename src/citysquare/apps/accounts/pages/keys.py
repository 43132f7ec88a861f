"""A person's own keys: passkeys, the app, recovery codes, accounts elsewhere, and where they are signed in."""

from __future__ import annotations

from datetime import datetime

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from citysquare.apps.accounts import sitting_rules
from citysquare.apps.accounts.forms import AppCodeForm, PasskeyForm
from citysquare.apps.accounts.models import User
from citysquare.apps.accounts.pages import coming_in, provider
from citysquare.apps.accounts.pages.coming_in import own_person, proved_now, signed_in_lately
from citysquare.apps.accounts.services import codes, passkeys, sittings
from citysquare.apps.accounts.sitting_rules import NEED_SECOND_FACTOR, By
from citysquare.platform import audit
from citysquare.platform.doors import Refused, guarded
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action

WAY_IN_LABELS: dict[str, Promise | str] = {
    By.LINK: gettext_lazy("by a one-time link"),
    By.PASSWORD: gettext_lazy("by password"),
    By.CODE: gettext_lazy("by password and code"),
    By.RECOVERY: gettext_lazy("by password and recovery code"),
    By.PASSWORD_AND_PASSKEY: gettext_lazy("by password and passkey"),
    By.PASSKEY: gettext_lazy("by passkey"),
    By.PROVIDER: gettext_lazy("by an identity provider"),
}


@require_GET
@guarded(Action.OWN_KEYS, subject=own_person)
def keys(request: HttpRequest) -> HttpResponse:
    """Show what the person signs in and seals with, and where they are signed in."""
    return _page(request)


@require_POST
@guarded(Action.OWN_KEYS, subject=own_person)
def passkey_options(request: HttpRequest) -> HttpResponse:
    """Say what to ask the device for that is to become a passkey."""
    user = _person(request)
    _may_add(request, timezone.now())
    site = coming_in.site_or_refuse(request)
    challenge = coming_in.put_challenge(request, "register")
    return JsonResponse(passkeys.creation_options(user=user, challenge=challenge, site=site))


@require_POST
@guarded(Action.KEY_ADD, subject=own_person)
def passkey_add(request: HttpRequest) -> HttpResponse:
    """Register a passkey."""
    user, at = _person(request), timezone.now()
    if not signed_in_lately(request, at):
        return coming_in.to_prove(request)
    _may_add(request, at)
    form = PasskeyForm(request.POST)
    if not form.is_valid():
        return _page(request, passkey_form=form)
    made = passkeys.add_passkey(
        user=user,
        response=form.cleaned_data["response"],
        challenge=coming_in.take_challenge(request, "register"),
        name=form.cleaned_data["name"],
        site=coming_in.site_or_refuse(request),
        at=at,
    )
    _log(user, Action.KEY_ADD, at, kind="passkey", key=made.pk, key_digest=made.registration_digest)
    sittings.prove(session=request.session, by=By.PASSKEY, at=at)
    messages.success(request, _("The passkey %(name)s is registered. You can sign in and seal with it.") % {"name": made.name})
    return redirect("keys")


@require_POST
@guarded(Action.KEY_REMOVE, subject=own_person)
@coming_in.fresh_sign_in
def passkey_remove(request: HttpRequest, passkey_id: str) -> HttpResponse:
    """Forget a passkey. Its seals stay checkable."""
    user, at = _person(request), timezone.now()
    _not_by_link(request)
    gone = passkeys.remove_passkey(user=user, passkey_id=passkey_id)
    _log(user, Action.KEY_REMOVE, at, kind="passkey", key=gone.pk, key_digest=gone.registration_digest)
    messages.success(request, _("The passkey %(name)s opens nothing any more.") % {"name": gone.name})
    return redirect("keys")


@require_http_methods(["GET", "POST"])
@guarded(Action.KEY_ADD, subject=own_person)
@sensitive_post_parameters("code")
@sensitive_variables("shown", "recovery")
def app_set_up(request: HttpRequest) -> HttpResponse:
    """Set up an app that shows codes: its secret is shown, then its first code asked for."""
    user, at = _person(request), timezone.now()
    if not signed_in_lately(request, at):
        return coming_in.to_prove(request)
    _may_add(request, at)
    if request.method == "GET":
        shown = codes.begin_totp(user=user, at=at)
        return _app_page(request, AppCodeForm(), shown)
    form = AppCodeForm(request.POST)
    shown = codes.waiting_totp(user=user)
    if form.is_valid():
        try:
            recovery = codes.confirm_totp(user=user, code=form.cleaned_data["code"], at=at)
        except DomainError as error:
            form.add_error("code", str(error))
        else:
            _log(user, Action.KEY_ADD, at, kind="totp")
            sittings.prove(session=request.session, by=By.CODE, at=at)
            return render(request, "accounts/recovery_codes.html", {"codes": recovery, "is_new": True})
    return _app_page(request, form, shown)


@require_POST
@guarded(Action.KEY_REMOVE, subject=own_person)
@coming_in.fresh_sign_in
def app_remove(request: HttpRequest) -> HttpResponse:
    """Forget the app and the recovery codes."""
    user, at = _person(request), timezone.now()
    _not_by_link(request)
    if codes.remove_totp(user=user):
        _log(user, Action.KEY_REMOVE, at, kind="totp")
        messages.success(request, _("The app and your recovery codes open nothing any more."))
    return redirect("keys")


@require_POST
@guarded(Action.KEY_ADD, subject=own_person)
@coming_in.fresh_sign_in
@sensitive_variables("recovery")
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes; the earlier ones count no more."""
    user, at = _person(request), timezone.now()
    _not_by_link(request)
    recovery = codes.new_recovery_codes(user=user, at=at)
    _log(user, Action.KEY_ADD, at, kind="recovery")
    return render(request, "accounts/recovery_codes.html", {"codes": recovery, "is_new": False})


@require_POST
@guarded(Action.OWN_KEYS, subject=own_person)
def sitting_end(request: HttpRequest, sitting_id: str) -> HttpResponse:
    """Sign oneself out in another browser."""
    user, at = _person(request), timezone.now()
    gone = sittings.end_sitting(user=user, sitting_id=sitting_id)
    _log(user, Action.OWN_KEYS, at, kind="session", session=gone.pk, state="ended")
    messages.success(request, _("You are signed out there."))
    return redirect("keys")


@require_POST
@guarded(Action.OWN_KEYS, subject=own_person)
def sittings_end(request: HttpRequest) -> HttpResponse:
    """Sign oneself out everywhere else."""
    user, at = _person(request), timezone.now()
    count = sittings.end_all_sittings(user=user, but=request.session.session_key or "")
    _log(user, Action.OWN_KEYS, at, kind="session", sessions=count, state="ended")
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("keys")


def _page(request: HttpRequest, *, passkey_form: PasskeyForm | None = None) -> HttpResponse:
    user, at = _person(request), timezone.now()
    kept = sitting_rules.read(request.session)
    roles = user.actor().roles
    context = {
        "passkeys": list(user.passkeys.all()),
        "passkey_form": passkey_form or PasskeyForm(),
        "site": coming_in.site_of(request),
        "has_totp": codes.has_totp(user),
        "recovery_left": codes.recovery_codes_left(user),
        "sittings": [
            (one, WAY_IN_LABELS.get(one.by, one.by), one.session_key == request.session.session_key) for one in user.sittings.all()
        ],
        "identities": list(user.identities.all()),
        "needs_second": bool(NEED_SECOND_FACTOR & roles) and coming_in.second_factor_required(),
        "lacking": sitting_rules.lacks_second_factor(kept, roles, required=coming_in.second_factor_required()),
        "may_add": signed_in_lately(request, at),
        "has_password": user.has_usable_password(),
        "provider": provider.name(),
    }
    return render(request, "accounts/keys.html", context)


def _person(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise Refused(_("Please sign in first."))
    return user


def _may_add(request: HttpRequest, at: datetime) -> None:
    """Refuse to add a key long after the sign-in, and beside a second factor that was not shown.

    By a link, though, one may be added: that is how somebody who lost all keys gets a new one.
    """
    if not signed_in_lately(request, at):
        raise Refused(_("Prove who you are first: open Keys and sign-in, then choose to prove it."))
    kept = sitting_rules.read(request.session)
    if not proved_now(request, at) and kept is not None and kept.by is By.PASSWORD and _has_second(_person(request)):
        raise Refused(_("Sign in with your second factor first."))


def _has_second(user: User) -> bool:
    return codes.has_totp(user) or user.passkeys.exists()


def _not_by_link(request: HttpRequest) -> None:
    """Refuse to remove a key when nothing but a link was shown: it gives a new key to whoever lost theirs, and takes none away."""
    kept = sitting_rules.read(request.session)
    if kept is not None and kept.by is By.LINK and coming_in.second_factor_required():
        raise Refused(_("A one-time link lets you add a key, not remove one. Add a new one, then remove the old one with it."))


def _log(user: User, action: Action, at: datetime, **details: str | int) -> None:
    actor = user.actor()
    audit.record(actor=actor, action=action, subject=coming_in.person_subject(actor), outcome="done", at=at, details=details)


def _app_page(request: HttpRequest, form: AppCodeForm, shown: codes.NewTotp) -> HttpResponse:
    """Show the secret as a picture for the phone's camera, as an address and as text."""
    drawing = segno.make(shown.uri, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=False)
    picture = mark_safe(drawing)  # noqa: S308 -- squares drawn here, no text
    return render(request, "accounts/app_set_up.html", {"form": form, "shown": shown, "picture": picture, "groups": _groups(shown.secret)})


def _groups(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
