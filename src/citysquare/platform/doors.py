"""The doors of the law: nothing about people is shown before the policy was asked and the log has the answer.

Every view of a room that shows footage or observations says at its top who may open it:

    @guarded(Action.OBSERVATIONS_LIST)                    the subject is the person's own organisation
    @guarded(Action.LIVE_VIEW, subject=find_camera)       the subject is what `find_camera(request, **kwargs)` returns
    @open_to_all("the sign-in page must be reachable")    no door, with the reason

A view without either is found by a test, and `door_of` answers what a view says. Inside a page that shows several things, and in
the live pictures' socket, `look` is called for each of them.
"""

from __future__ import annotations

import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _

from citysquare.platform import audit
from citysquare.platform.audit.chain import Details, bounded
from citysquare.platform.errors import DomainError
from citysquare.platform.facts import gather
from citysquare.platform.policy import Action, Actor, Decision, Effect, Facts, Justification, Subject, decide, offered

AnyView = TypeVar("AnyView", bound=Callable[..., Any])
SubjectFinder = Callable[..., Subject]
JustificationFinder = Callable[[HttpRequest, Subject], Justification | None]

_MOST_REMEMBERED = 10_000

_MARK = "citysquare_door"
"""The attribute of a view that says who may open it."""


class Refused(DomainError):
    """The policy refused. The sentence names the reason."""

    code = "policy.refused"
    status = 403


class NotAvailableYet(Refused):
    """The policy allows the redacted picture only, and there is none yet."""

    code = "policy.redacted_not_available"


class NeedsJustification(Refused):
    """It needs a justification that the pack admits: the page asks for one."""

    code = "policy.justification"


class NeedsTwoPersons(Refused):
    """It needs the seals of two persons."""

    code = "policy.two_persons"


class NeedsAuthorisation(Refused):
    """It needs an authorisation that is valid now, and a clock that can be believed."""

    code = "policy.authorisation"


_LACKS: dict[str, type[Refused]] = {
    "demand.justification": NeedsJustification,
    "demand.purpose": NeedsJustification,
    "demand.two_persons": NeedsTwoPersons,
    "demand.authorisation": NeedsAuthorisation,
    "demand.clock": NeedsAuthorisation,
}
"""What is raised where a demand is not met."""


class NotSignedIn(DomainError):
    """Nobody is signed in, and the caller is a program that cannot follow a redirect."""

    code = "policy.sign_in"
    status = 401


@runtime_checkable
class Person(Protocol):
    """A user who can say who they are to the policy."""

    def actor(self) -> Actor:
        """Return the actor."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """What a view says about itself."""

    action: Action | None
    """None: open to all."""
    reason: str = ""


def actor_of(request: HttpRequest) -> Actor:
    """Return who makes this request."""
    user = getattr(request, "user", None)
    return user.actor() if isinstance(user, Person) else Actor.anonymous()


def look(*, actor: Actor, action: Action, subject: Subject, facts: Facts, at: datetime, details: Details | None = None) -> Decision:
    """Ask the policy, write the answer into the log, and return it when it is a yes.

    Raises Refused when it is a no, NotAvailableYet when only the redacted picture is allowed, AuditUnavailable when the log
    takes no entry.
    """
    decision = decide(actor, action, subject, facts)
    audit.record(
        actor=actor, action=action, subject=subject, outcome=decision.effect, at=at, details={**(details or {}), "rule": decision.rule}
    )
    return _passed(decision)


def told(why: Justification | None) -> Details:
    """Return a justification as an entry of the log tells it; the log makes a pseudonym of the case and a digest of the texts."""
    if why is None:
        return {}
    texts = {name: text for name, text in (("offence", why.offence), ("text", why.text)) if text}
    return {"case": why.case, "reason": str(why.reason), "person_role": str(why.person_role), **texts}


def may(actor: Actor, action: Action, owner: str, *, place: Subject | None = None) -> Decision:
    """Return what the policy would answer, without a log entry: for offering or hiding a button, never for showing anything.

    With a `place` (a camera, a space) it is about that, else about anything of the owner's.
    """
    return offered(actor, action, place or Subject("page", "", owner), Facts())


def _passed(decision: Decision) -> Decision:
    if decision.effect is Effect.REDACT:
        raise NotAvailableYet(_("You may see this only with faces and plates blurred, and that picture is not available yet."))
    if decision.effect is not Effect.ALLOW:
        raise _LACKS.get(decision.rule, Refused)(decision.explained())
    return decision


def own_organisation(request: HttpRequest, **_kwargs: str) -> Subject:
    """Find the subject of a list: the person's own organisation."""
    owner = actor_of(request).organisation
    return Subject("organisation", owner, owner)


def guarded(
    action: Action,
    *,
    subject: SubjectFinder = own_organisation,
    span: timedelta = timedelta(0),
    details: Callable[[HttpRequest], Details] | None = None,
    justification: JustificationFinder | None = None,
) -> Callable[[AnyView], AnyView]:
    """Let a view run only when the policy allows `action`, after the log has the entry; answers are never cached.

    `details` names what the entry should say beside method and rule. `justification` finds the one that the person gave for this.
    `span` is for fragments that refresh themselves: one entry then stands for all looks of a person at the subject within it.
    Refusals are always logged. Who is not signed in is sent to sign in.
    """

    def decorate(view: AnyView) -> AnyView:
        _refuse_coroutine(view)

        @wraps(view)
        def door(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
            actor = actor_of(request)
            if not actor.is_known:
                return _to_sign_in(request)
            found = subject(request, **kwargs)
            more = {"method": str(request.method), **(details(request) if details else {})}
            at = timezone.now()
            why = justification(request, found) if justification else None
            facts = gather(actor=actor, action=action, subject=found, at=at, justification=why)
            look_within(actor=actor, action=action, subject=found, facts=facts, span=span, at=at, details={**more, **told(why)})
            response: HttpResponseBase = view(request, **kwargs)
            add_never_cache_headers(response)
            return response

        return mark(cast("AnyView", door), Door(action))

    return decorate


def guarded_socket(action: Action) -> Callable[[AnyView], AnyView]:
    """Mark a WebSocket handler that calls `look` for each thing it shows."""

    def decorate(handler: AnyView) -> AnyView:
        return mark(handler, Door(action))

    return decorate


def open_to_all(reason: str) -> Callable[[AnyView], AnyView]:
    """Say that a view needs no door, and why."""

    def decorate(view: AnyView) -> AnyView:
        return mark(view, Door(None, reason))

    return decorate


def door_of(view: Callable[..., Any]) -> Door | None:
    """Return what a view says about itself, None when it says nothing."""
    door = getattr(view, _MARK, None)
    return door if isinstance(door, Door) else None


def mark(view: AnyView, door: Door) -> AnyView:
    """Write onto a view what it says about itself; for those that build doors of their own."""
    setattr(view, _MARK, door)
    return view


def _refuse_coroutine(view: Callable[..., Any]) -> None:
    if inspect.iscoroutinefunction(view):
        raise TypeError("a guarded view is a plain function: the log is written before it runs")


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if getattr(request, "htmx", False):
        response = HttpResponse(status=401)
        response["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
        return response
    if not request.accepts("text/html"):
        raise NotSignedIn(_("Please sign in first."))
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/", resolve_url(settings.LOGIN_URL))


_recent: OrderedDict[tuple[object, ...], datetime] = OrderedDict()
_recent_lock = threading.Lock()


def look_within(  # noqa: PLR0913 -- a look, and the span it stands for
    *, actor: Actor, action: Action, subject: Subject, span: timedelta, at: datetime, details: Details, facts: Facts | None = None
) -> None:
    """Look, but let one entry of the log stand for a span of allowed looks that are the same in all details. Raises like `look`."""
    facts = facts or gather(actor=actor, action=action, subject=subject, at=at)
    case = (actor, action, subject, *sorted(bounded(details).items()))
    if span and decide(actor, action, subject, facts).allowed:
        with _recent_lock:
            last = _recent.get(case)
        if last is not None and timedelta(0) <= at - last < span:
            return
    spanned = {"span_seconds": int(span.total_seconds())} if span else {}
    look(actor=actor, action=action, subject=subject, facts=facts, at=at, details={**details, **spanned})
    if span:
        with _recent_lock:
            _recent[case] = at
            _recent.move_to_end(case)
            while len(_recent) > _MOST_REMEMBERED:
                _recent.popitem(last=False)


def forget_looks() -> None:
    """Let the next look of everybody be logged again."""
    with _recent_lock:
        _recent.clear()
