"""The page about the API, made from the same OpenAPI document that programs read: without foreign scripts, for people with any browser."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from citysquare.platform.api import api
from citysquare.platform.doors import actor_of, may, open_to_all
from citysquare.platform.policy import Action
from citysquare.platform.tokens import REQUESTS_AT_ONCE, REQUESTS_PER_MINUTE

_DEEPEST = 6
_BY_TYPE: dict[str, object] = {"integer": 12, "number": 0.5, "boolean": True, "null": None}
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of a text: plain, or in the letters of a machine."""

    text: str
    code: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an operation can be told."""

    name: str
    place: str
    kind: str
    required: bool
    default: str
    about: list[Words]


@dataclass(frozen=True, slots=True)
class OperationDocs:
    """One operation."""

    anchor: str
    method: str
    path: str
    summary: str
    paragraphs: list[list[Words]]
    scopes: list[str]
    parameters: list[Parameter]
    curl: str
    answer: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """The operations of one room."""

    title: str
    anchor: str
    operations: list[OperationDocs]


@require_GET
@open_to_all("it describes the interface and holds no data")
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show how to use the API."""
    document = cast("Schema", api.get_openapi_schema())
    base = request.build_absolute_uri("/").rstrip("/")
    actor = actor_of(request)
    context = {
        "chapters": chapters(document, base),
        "openapi_url": reverse("api:openapi-json"),
        "first_url": f"{base}{reverse('api:api-root')}",
        "may_make_token": actor.is_known and may(actor, Action.TOKEN_MAKE, actor.organisation).allowed,
        "per_minute": REQUESTS_PER_MINUTE,
        "at_once": REQUESTS_AT_ONCE,
    }
    return render(request, "platform/api_docs.html", context)


def chapters(document: Schema, base: str) -> list[Chapter]:
    """Return the document in the order of its rooms."""
    found: dict[str, list[OperationDocs]] = {}
    components = document["components"].get("schemas", {})
    for path, methods in document["paths"].items():
        for method, details in methods.items():
            title = (details.get("tags") or ["API"])[0]
            found.setdefault(title, []).append(_operation(path, method, details, base, components))
    return [Chapter(title, _anchor(title), operations) for title, operations in found.items()]


def _operation(path: str, method: str, details: Schema, base: str, components: Schema) -> OperationDocs:
    parameters = [_parameter(one, components) for one in details.get("parameters", ())]
    description = str(details.get("description", ""))
    content = details["responses"].get(200, details["responses"].get("200", {})).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    return OperationDocs(
        anchor=_anchor(str(details["operationId"])),
        method=method.upper(),
        path=path,
        summary=str(details.get("summary", "")),
        paragraphs=[prose(part) for part in description.split("\n\n") if part.strip()],
        scopes=list(details.get("x-scopes", ())),
        parameters=parameters,
        curl=_curl(path, details, base, components),
        answer=json.dumps(example(schema, components), indent=2, ensure_ascii=False),
    )


def _parameter(one: Schema, components: Schema) -> Parameter:
    schema = one.get("schema", {})
    default = schema.get("default")
    return Parameter(
        name=one["name"],
        place=one["in"],
        kind=_kind(schema, components),
        required=bool(one.get("required")),
        default="" if default in {None, ""} else str(default),
        about=prose(str(one.get("description", ""))),
    )


def _kind(schema: Schema, components: Schema) -> str:
    """Return what a value may be, in a few words."""
    schema = _resolved(schema, components)
    options = [_resolved(one, components) for one in schema.get("anyOf", ())]
    real = [one for one in options if one.get("type") != "null"]
    if real:
        return " | ".join(_kind(one, components) for one in real)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value != "")
    if "const" in schema:
        return str(schema["const"])
    words = str(schema.get("format") or schema.get("type") or "")
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"{words} {low}-{high}" if low is not None and high is not None else words


def example(schema: Schema, components: Schema, depth: int = 0) -> object:
    """Return a value that fits a schema: its own example where it has one."""
    schema = _resolved(schema, components)
    options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    value: object = _BY_TYPE.get(str(schema.get("type")), "…")
    if schema.get("examples"):
        value = schema["examples"][0]
    elif depth > _DEEPEST:
        value = None
    elif options:
        value = example(options[0], components, depth + 1)
    elif schema.get("enum"):
        value = schema["enum"][0]
    elif schema.get("type") == "object":
        value = {name: example(one, components, depth + 1) for name, one in schema.get("properties", {}).items()}
    elif schema.get("type") == "array":
        value = [example(schema.get("items", {}), components, depth + 1)]
    elif schema.get("format") == "date-time":
        value = "2026-05-01T06:00:00Z"
    return value


def _resolved(schema: Schema, components: Schema) -> Schema:
    """Follow a reference; what stands beside it goes before what it leads to."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if not name:
        return schema
    return {**components.get(name, {}), **{key: value for key, value in schema.items() if key != "$ref"}}


def _curl(path: str, details: Schema, base: str, components: Schema) -> str:
    values = {one["name"]: example(one.get("schema", {}), components) for one in details.get("parameters", ()) if one["in"] == "path"}
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", str(value) if value != "…" else f"{name.upper()}")
    query = urlencode(details.get("x-example", {}), safe=":,")
    return f'curl -H "Authorization: Bearer $TOKEN" \\\n  "{base}{path}{"?" if query else ""}{query}"'


def prose(text: str) -> list[Words]:
    """Return a text in pieces; what stands between backticks is code."""
    parts = re.split(r"`([^`]+)`", " ".join(text.split()))
    return [Words(part, bool(index % 2)) for index, part in enumerate(parts) if part]


def _anchor(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
