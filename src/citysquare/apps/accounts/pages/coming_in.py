"""What signing in leaves behind in a session, and what a page needs to know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from ipaddress import ip_address
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.request import split_domain_port
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from citysquare.apps.accounts import sitting_rules
from citysquare.apps.accounts.models import User
from citysquare.apps.accounts.services import passkeys, sittings
from citysquare.apps.accounts.services.passkeys import BadPasskey, RelyingParty
from citysquare.apps.accounts.sitting_rules import By
from citysquare.platform import audit
from citysquare.platform.policy import Action, Actor, Subject

AnyView = TypeVar("AnyView", bound=Callable[..., Any])

BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
ONE_YEAR: Final = 365 * 24 * 3600
_CHALLENGE: Final = "citysquare_challenge"
_HALF: Final = "citysquare_half"
_LIFE: Final = timedelta(minutes=5)
"""Of a challenge, and of a sign-in whose second factor is still missing."""
_DEMO: Final = "demo"


@dataclass(frozen=True, slots=True)
class Half:
    """A sign-in of which the password is given and the second factor is not."""

    user: User
    leads_to: str


def site_of(request: HttpRequest) -> RelyingParty | None:
    """Return the site as passkeys know it; None where it has no name: passkeys are not made for bare addresses of machines."""
    public = settings.CITYSQUARE.public_url
    parts = urlsplit(public or f"{request.scheme}://{request.get_host()}")
    name = split_domain_port(parts.netloc)[0] if parts.netloc else ""
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return RelyingParty(id=name, origin=f"{parts.scheme}://{parts.netloc}".lower()) if name else None
    return None


def site_or_refuse(request: HttpRequest) -> RelyingParty:
    """Return the site as passkeys know it. Raises BadPasskey where it has no name."""
    site = site_of(request)
    if site is None:
        raise BadPasskey(_("Passkeys need a name in the address, such as https://citysquare.city.example or http://localhost."))
    return site


def put_challenge(request: HttpRequest, purpose: str) -> str:
    """Return a fresh challenge and remember what it is for."""
    challenge = passkeys.new_challenge()
    if not request.user.is_authenticated:
        request.session.set_expiry(int(2 * _LIFE.total_seconds()))
    request.session[_CHALLENGE] = {"purpose": purpose, "challenge": challenge, "at": timezone.now().timestamp()}
    return challenge


def take_challenge(request: HttpRequest, purpose: str) -> str:
    """Return the challenge that was put for this purpose, which counts once. Raises BadPasskey when there is none or it is old."""
    found = request.session.pop(_CHALLENGE, None)
    if not isinstance(found, dict) or found.get("purpose") != purpose or not _is_young(found.get("at")):
        raise BadPasskey(_("That took too long. Try again."))
    return str(found.get("challenge", ""))


def put_half(request: HttpRequest, user: User, leads_to: str) -> None:
    """Remember that somebody gave the right password."""
    request.session.flush()
    request.session.set_expiry(int(2 * _LIFE.total_seconds()))
    request.session[_HALF] = {"user": user.pk, "next": leads_to, "at": timezone.now().timestamp()}


def half_of(request: HttpRequest) -> Half | None:
    """Return the sign-in that waits for its second factor."""
    found = request.session.get(_HALF)
    if not isinstance(found, dict) or not _is_young(found.get("at")):
        return None
    user = User.objects.filter(pk=str(found.get("user", "")), is_active=True).first()
    return Half(user, str(found.get("next", "/"))) if user is not None else None


def let_in(request: HttpRequest, user: User, *, by: By, at: datetime, leads_to: str) -> HttpResponse:
    """Log the sign-in, then give the person a session of their own and lead them on: to their keys, where they need more of them."""
    actor, last = user.actor(), user.last_login
    log_sign_in(actor, "allow", at, by=str(by))
    request.session.flush()
    login(request, user, backend=BACKEND)
    demo = by is By.LINK and settings.CITYSQUARE.second_factor == _DEMO
    kept = sittings.begin(
        session=request.session, user=user, by=by, browser=request.headers.get("User-Agent", ""), at=at, strong=True if demo else None
    )
    if last is not None:
        messages.info(request, _("You signed in last on %(when)s.") % {"when": date_format(timezone.localtime(last), "j F Y, H:i")})
    lacking = sitting_rules.lacks_second_factor(kept, actor.roles, required=second_factor_required())
    response = HttpResponseRedirect(reverse("keys") if lacking else leads_to)
    if user.language in dict(settings.LANGUAGES):
        keep_language(response, user.language)
    return response


def second_factor_required() -> bool:
    """Whether this installation insists on second factors; a demonstration does not."""
    return bool(settings.CITYSQUARE.second_factor != _DEMO)


def keep_language(response: HttpResponse, language: str) -> None:
    """Remember a language in this browser."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=ONE_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def log_sign_in(actor: Actor, outcome: str, at: datetime, **details: str) -> None:
    """Write a sign-in, or a refused one, into the log."""
    audit.record(actor=actor, action=Action.SIGN_IN, subject=person_subject(actor), outcome=outcome, at=at, details=details)


def person_subject(actor: Actor) -> Subject:
    """Return a person as what is acted on."""
    return Subject("person", actor.id, actor.organisation)


def own_person(request: HttpRequest, **_kwargs: str) -> Subject:
    """Find the subject of a page about the person's own keys."""
    user = request.user
    return person_subject(user.actor()) if isinstance(user, User) else Subject("person", "")


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from."""
    return str(request.META.get("REMOTE_ADDR", ""))


def signed_in_lately(request: HttpRequest, at: datetime) -> bool:
    """Whether the person has just shown who they are, with whatever they had: a one-time link counts, too."""
    return sitting_rules.is_fresh(sitting_rules.read(request.session), at)


def proved_now(request: HttpRequest, at: datetime) -> bool:
    """Whether the person has just proved who they are, with all that their roles need."""
    kept, user = sitting_rules.read(request.session), request.user
    if not isinstance(user, User) or not sitting_rules.is_fresh(kept, at):
        return False
    return not sitting_rules.lacks_second_factor(kept, user.actor().roles, required=second_factor_required())


def fresh_sign_in(view: AnyView) -> AnyView:
    """Let a view run only within minutes of the person's proving who they are; else ask them to prove it and lead back.

    It stands below the door: `@guarded(Action.ROLE_GRANT)`, then `@fresh_sign_in`. What was sent is not kept: the person sends it again.
    """

    @wraps(view)
    def asks(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        if proved_now(request, timezone.now()):
            response: HttpResponseBase = view(request, **kwargs)
            return response
        return to_prove(request)

    return cast("AnyView", asks)


def to_prove(request: HttpRequest) -> HttpResponse:
    """Lead to where the person proves who they are, and from there back to the page they were on."""
    back = request.get_full_path() if request.method == "GET" else _page_before(request)
    return redirect(f"{reverse('prove')}?{urlencode({'next': back})}")


def _page_before(request: HttpRequest) -> str:
    """Return the page on which a form was sent, as far as the browser says."""
    parts = urlsplit(request.headers.get("Referer", ""))
    return parts.path if parts.netloc == request.get_host() and parts.path.startswith("/") else "/"


def _is_young(at: object) -> bool:
    if not isinstance(at, float | int):
        return False
    return timedelta(0) <= timezone.now() - datetime.fromtimestamp(at, UTC) < _LIFE
