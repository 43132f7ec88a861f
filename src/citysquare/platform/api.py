"""The JSON API under /api/v1/: who calls, what is asked of the policy, how a list is paged, how a refusal looks.

A room writes its operations in its own `api.py`, and names the router in its `ready()` with `platform.interface.register_router`:

    router = Router(tags=["Spaces"])

    @router.get("/spaces", response=Page[SpaceOut], url_name="api-spaces", summary="Spaces")
    @operation(Action.SPACE_LIST)
    def spaces(request: HttpRequest, paging: Query[Paging]) -> Page[SpaceOut]: ...

`operation` is the door: it asks the policy whether the caller may do this to what their organisation owns, and the log has the answer
before the function runs. A caller is a program with a token (`Authorization: Bearer cs_…`) or a person who is signed in and only reads.
"""

from __future__ import annotations

import base64
import binascii
import inspect
import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial, wraps
from typing import Annotated, Any, Generic, TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import ValidationError
from ninja.operation import Operation
from ninja.security import HttpBearer
from pydantic import Field

from citysquare.platform import audit, searches, tokens
from citysquare.platform.doors import Door, NotSignedIn, actor_of, door_of, look, mark, open_to_all
from citysquare.platform.errors import DomainError
from citysquare.platform.interface import routers
from citysquare.platform.policy import SCOPES, Action, Actor, Facts, Subject, decide
from citysquare.platform.problems import problem

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])
Item = TypeVar("Item")
Row = TypeVar("Row", bound=Model)

LARGEST_PAGE = 500
DEFAULT_PAGE = 100
LONGEST_CURSOR = 400
_LONGEST_TOKEN = 200


class BadCursor(DomainError):
    """A cursor that no answer of ours contained."""

    code = "api.bad_cursor"


class BadParameter(DomainError):
    """A parameter that is not known or has no sense."""

    code = "api.bad_parameter"


class ScopeMissing(DomainError):
    """The token is good, and for something else."""

    code = "api.scope_missing"
    status = 403


class TooManyRequests(DomainError):
    """The caller asks faster than allowed."""

    code = "api.too_many_requests"
    status = 429

    def __init__(self, seconds: float) -> None:
        """Keep how long to wait."""
        self.retry_after = math.ceil(seconds)
        super().__init__(_("This caller asked too often. Wait %(seconds)d s and ask again.") % {"seconds": self.retry_after})


# --- what rooms use ----------------------------------------------------------------------------------------------------------


class Paging(Schema):
    """How to ask for a page."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="How many items at most.")] = DEFAULT_PAGE
    cursor: Annotated[str, Field(max_length=LONGEST_CURSOR, description="`next` of the page before; empty for the first page.")] = ""


class Page(Schema, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: Annotated[str | None, Field(description="Cursor of the next page; null on the last one.")]


def encode_cursor(*parts: str) -> str:
    """Return a place in a list as an opaque text for addresses."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, parts: int) -> tuple[str, ...]:
    """Return the parts of a cursor.

    Raises BadCursor.
    """
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor[:LONGEST_CURSOR].encode("ascii") + b"=="))
    except (UnicodeError, binascii.Error, ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or len(found) != parts or not all(isinstance(part, str) and _keepable(part) for part in found):
        raise BadCursor(_("This cursor is not one that an answer contained. Begin again without it."))
    return tuple(found)


def _keepable(text: str) -> bool:
    """Whether a database can be asked for this text: JSON can spell out NUL and halves of letters, which no text of ours has."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def page_by_id(rows: QuerySet[Row], paging: Paging) -> tuple[list[Row], str | None]:
    """Return one page of rows in the order of their identifiers, and the cursor of the next: for lists that have no time.

    Raises BadCursor.
    """
    if paging.cursor:
        rows = rows.filter(pk__gt=decode_cursor(paging.cursor, 1)[0])
    found = list(rows.order_by("pk")[: paging.limit + 1])
    shown = found[: paging.limit]
    return shown, encode_cursor(str(shown[-1].pk)) if len(found) > paging.limit else None


def caller(request: HttpRequest) -> Actor:
    """Return who calls, inside an operation."""
    found = getattr(request, "auth", None)
    return found if isinstance(found, Actor) else Actor.anonymous()


def authenticate(request: HttpRequest) -> Actor | None:
    """Return who calls: by token where one is given, else who is signed in and only reads; None when nobody is known.

    Raises BadToken for a token that opens nothing, after the log has it, and AuditUnavailable.
    """
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        at = timezone.now()
        try:
            return _of_token(scheme, token, at)
        except tokens.BadToken as error:
            tokens.note_refusal(error, address=request.META.get("REMOTE_ADDR", ""), route=_route(request), at=at)
            raise
    actor = actor_of(request)
    return actor if actor.is_known and request.method in {"GET", "HEAD"} else None


def _of_token(scheme: str, token: str, at: datetime) -> Actor:
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
        raise tokens.BadToken(_("Send the token as 'Authorization: Bearer cs_…'."))
    return tokens.actor_of_token(token.strip(), at=at)


def operation(action: Action) -> Callable[[AnyFunction], AnyFunction]:
    """Let an operation run only when the policy allows `action` to what the caller's organisation owns, after the log has the entry.

    Raises ScopeMissing for a token without the scope, Refused for a person without the role, AuditUnavailable.
    """

    def decorate(function: AnyFunction) -> AnyFunction:
        @wraps(function)
        def door(request: HttpRequest, **values: Any) -> Any:  # noqa: ANN401 -- whatever the operation takes and gives
            asked = _ask(request, caller(request), action)
            _refuse_unknown(request, getattr(door, "_ninja_operation", None))
            return searches.counted(partial(function, request, **values), actor=caller(request), action=action, asked=asked)

        # django-ninja reads the types from the signature, and would look their names up in this module.
        door.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined]  # what inspect itself looks for
        return mark(cast("AnyFunction", door), Door(action))

    return decorate


def _ask(request: HttpRequest, actor: Actor, action: Action) -> audit.Details:
    """Ask the policy, with an entry, and return what the entry says was asked."""
    if any("\0" in value for name in request.GET for value in (name, *request.GET.getlist(name))):
        raise BadParameter(_("A parameter holds a character that no text has."))
    subject = Subject("organisation", actor.organisation, actor.organisation)
    match = request.resolver_match
    told = {"route": _route(request), **(match.kwargs if match else {})}
    asked = audit.declared(action, {**told, **{name: value for name, value in request.GET.dict().items() if name not in told}})
    allowed = decide(actor, action, subject, Facts()).allowed
    try:
        look(actor=actor, action=action, subject=subject, facts=Facts(), at=timezone.now(), details=asked)
    except DomainError:
        if allowed or not actor.is_token:
            raise
        wanted = ", ".join(scope for scope, actions in SCOPES.items() if action in actions)
        message = _("The token lacks the scope '%(scope)s'. Ask an administrator for one that has it.") % {"scope": wanted}
        raise ScopeMissing(message) from None
    return asked


def _refuse_unknown(request: HttpRequest, found: Operation | None) -> None:
    """Refuse a parameter nobody reads: a filter with a slip of the pen must not show more than was asked for."""
    models = (model for model in (found.models if found else ()) if model.__ninja_param_source__ == "query")
    known = {name for model in models for name in model.__ninja_flatten_map__}
    strange = sorted(set(request.GET) - known)
    if strange:
        raise BadParameter(_("There is no parameter '%(name)s' here.") % {"name": strange[0][:64]})


def _route(request: HttpRequest) -> str:
    return f"/{request.resolver_match.route}" if request.resolver_match else "/"


# --- the API itself ----------------------------------------------------------------------------------------------------------


def take_turn_of(actor: Actor) -> None:
    """Count a call of a caller. Raises TooManyRequests; the log has no entry of that, or whoever asks too often could fill it."""
    wait = tokens.requests.wait(actor.id, at=timezone.now())
    if wait:
        raise TooManyRequests(wait)


class Token(HttpBearer):
    """Finds out who calls, and slows down who calls too often."""

    def __call__(self, request: HttpRequest) -> Actor:
        """Return the caller. Raises NotSignedIn, BadToken, TooManyRequests."""
        actor = authenticate(request)
        if actor is None:
            raise NotSignedIn(_("Send a token as 'Authorization: Bearer cs_…'. An administrator makes one on the page Tokens."))
        take_turn_of(actor)
        return actor

    def authenticate(self, request: HttpRequest, token: str) -> None:
        """Never called: `__call__` does it all."""


DESCRIPTION = """\
What the city's cameras counted and observed, and where they stand, for other programs of the city.

Every call is checked against the same rules as a person's look at a page, and stands in the audit log."""

PROBLEM: dict[str, object] = {
    "type": "object",
    "description": "A refusal (RFC 9457). `code` never changes its meaning; `detail` is a sentence for people.",
    "properties": {
        "type": {"type": "string", "examples": ["urn:citysquare:api.scope_missing"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "examples": ["api.scope_missing"]},
    },
    "required": ["type", "title", "status", "detail", "code"],
}
REFUSALS = {
    400: "A parameter is not known or has no sense.",
    401: "There is no token, or it is unknown, revoked or expired.",
    403: "The token lacks the scope.",
    404: "There is no such thing, or not any more.",
    429: "Too many calls; `Retry-After` says how many seconds to wait.",
    503: "The audit log cannot be written, so nothing is shown.",
}

api = NinjaAPI(
    title="Citysquare",
    version="1",
    description=DESCRIPTION,
    openapi_url="/openapi.json",
    docs_url=None,
    urls_namespace="api",
    auth=Token(),
)


def api_urls() -> tuple[list[URLPattern], str, str]:
    """Return the addresses of all operations of all routers, each marked with the act it asks the policy for.

    Raises TypeError for an operation without `@operation(Action…)`.
    """
    for path in routers():
        api.add_router("", path)
    patterns, app, namespace = api.urls
    operations = _operations()
    for one in operations.values():
        _describe(one)
    for pattern in patterns:
        if not isinstance(pattern, URLPattern):
            continue
        found = operations.get(str(pattern.name))
        pattern.callback = (
            _view(pattern.callback, found)
            if found
            else open_to_all("it describes the interface and holds no data")(_plain(pattern.callback))
        )
    return [pattern for pattern in patterns if isinstance(pattern, URLPattern)], app, namespace


def _operations() -> dict[str, Operation]:
    """Return each operation by the name of its address. One operation has one address: a door says one act."""
    found: dict[str, Operation] = {}
    for router in api._get_bound_routers():  # noqa: SLF001 -- django-ninja's own openapi module walks them so
        for view in router.path_operations.values():
            for one in view.operations:
                name = getattr(one, "url_name", "") or one.view_func.__name__
                if door_of(one.view_func) is None or name in found or len(view.operations) > 1:
                    raise TypeError(f"{name}: an operation needs @operation(Action…) and an address of its own")
                found[name] = one
    return found


def _describe(found: Operation) -> None:
    """Add to the description what holds for every operation: the scope it needs and how it refuses."""
    door = door_of(found.view_func)
    scopes = [str(scope) for scope, actions in SCOPES.items() if door is not None and door.action in actions]
    refusal = {"application/problem+json": {"schema": PROBLEM}}
    answers = {str(status): {"description": words, "content": refusal} for status, words in REFUSALS.items()}
    found.openapi_extra = {"responses": answers, "x-scopes": scopes, **(found.openapi_extra or {})}


def _view(view: Callable[..., HttpResponseBase], found: Operation) -> Callable[..., HttpResponseBase]:
    """Answer an operation's address: nothing is cached, and a wrong method is problem JSON, too."""

    def door(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        response = view(request, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            allowed = response.headers["Allow"]
            response = problem(status=405, code="http.method_not_allowed", message=_("This address cannot be used that way."))
            response.headers["Allow"] = allowed
        add_never_cache_headers(response)
        return response

    door.csrf_exempt = True  # type: ignore[attr-defined]  # a token is no cookie, and who is signed in only reads
    marked = door_of(found.view_func)
    return mark(door, marked) if marked else door


def _plain(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a function of django-ninja's partial, which takes no marks of ours."""

    def answer(request: HttpRequest, **kwargs: str) -> HttpResponse:
        return view(request, **kwargs)

    return answer


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    del request
    response = problem(status=error.status, code=error.code, message=str(error))
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="citysquare"'
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    del request
    errors = [
        {"parameter": _name(one), "message": str(one.get("msg", ""))[:200]} for one in cast("Sequence[Mapping[str, Any]]", error.errors)
    ]
    first = errors[0] if errors else {"parameter": "", "message": ""}
    message = _("Parameter '%(name)s': %(message)s.") % {"name": first["parameter"], "message": first["message"]}
    return problem(status=400, code=BadParameter.code, message=message, more={"errors": errors[:20]})


def _name(error: Mapping[str, Any]) -> str:
    return str((error.get("loc") or ("",))[-1])[:64]


def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    del request, error
    return problem(status=404, code="http.not_found", message=_("There is no such page, or it is no longer there."))


# Its type allows for the class itself in place of an error, which never comes.
api.add_exception_handler(DomainError, cast("Any", _refused))
api.add_exception_handler(ValidationError, cast("Any", _invalid))
api.add_exception_handler(Http404, cast("Any", _missing))
