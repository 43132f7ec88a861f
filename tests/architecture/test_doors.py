"""Nobody reaches a picture, an observation or the log around the policy: every address says who may open it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from citysquare.platform.doors import door_of
from citysquare.platform.ids import new_id
from citysquare.platform.policy import Action
from citysquare.site.live.application import live_application

LOOKS = {
    "wall": Action.LIVE_VIEW,
    "camera": Action.COVERAGE_VIEW,
    "camera-status": Action.COVERAGE_VIEW,
    "cameras": Action.CAMERA_LIST,
    "camera-add": Action.CAMERA_ADD,
    "camera-test": Action.CAMERA_TEST,
    "observations": Action.OBSERVATIONS_COUNT,
    "observations-camera": Action.OBSERVATIONS_COUNT,
    "audit-log": Action.AUDIT_READ,
    "audit-check": Action.AUDIT_READ,
}
"""The action each page asks for before it shows anything; more is asked for inside it."""


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern), entry


ADDRESSES = dict(addresses(get_resolver()))


def test_there_are_addresses() -> None:
    assert len(ADDRESSES) > len(LOOKS)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_guarded_or_says_why_it_is_open_to_all(address: str) -> None:
    door = door_of(ADDRESSES[address].callback)
    assert door is not None, f"{address} says nothing: @guarded(Action…) or @open_to_all('because …')"
    assert door.action is not None or len(door.reason.split()) >= 4


@pytest.mark.parametrize("name", LOOKS)
def test_a_page_asks_for_the_right_action(name: str) -> None:
    views: list[Callable[..., Any]] = [pattern.callback for pattern in ADDRESSES.values() if pattern.name == name]
    assert [getattr(door_of(view), "action", None) for view in views] == [LOOKS[name]]


def test_the_live_pictures_are_guarded() -> None:
    door = door_of(live_application)
    assert door is not None
    assert door.action is Action.LIVE_VIEW


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "address", [address for address, pattern in ADDRESSES.items() if getattr(door_of(pattern.callback), "action", None)]
)
def test_a_stranger_gets_nothing_behind_a_door(client: Client, address: str, method: str) -> None:
    path = filled(ADDRESSES[address], address)
    answer = getattr(client, method)(path)
    assert answer.status_code in {302, 401, 403, 405}, f"{method} {path} answered {answer.status_code}"
    if answer.status_code == 302:
        assert answer["Location"].startswith("/sign-in/")


def filled(pattern: URLPattern, address: str) -> str:
    """The address with an identifier in place of each `<id:...>`."""
    for name, converter in pattern.pattern.converters.items():
        for kind in ("id", "str", "int", "slug"):
            address = address.replace(f"<{kind}:{name}>", "1" if type(converter).__name__ == "IntConverter" else new_id())
    return address
