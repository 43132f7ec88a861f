"""The items of the page's navigation: each room registers its own, and a person sees those the policy lets them open."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from citysquare.platform.policy import Action, Actor, Facts, Subject, offered


@dataclass(frozen=True, slots=True)
class Item:
    """One page as a room registers it. Lower `order` stands further left; the first one open to a person is their home."""

    route: str
    label: str | Promise
    action: Action
    order: int


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One link as a template shows it."""

    route: str
    url: str
    label: str
    current: bool


_items: dict[str, Item] = {}


def register(item: Item) -> None:
    """Make an item known; the same route again replaces it."""
    _items[item.route] = item


def navigation(actor: Actor, path: str) -> list[NavigationItem]:
    """Return the links `actor` may open, in order; the one that leads to `path` or above it is current."""
    found = []
    for item in sorted(_items.values(), key=lambda item: item.order):
        if not offered(actor, item.action, Subject("page", item.route, actor.organisation), Facts()).allowed:
            continue
        url = reverse(item.route)
        found.append(NavigationItem(item.route, url, str(item.label), path.startswith(url)))
    return found
