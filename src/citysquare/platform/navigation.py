"""The items of the page's navigation: each room registers its own, and a person sees those the policy lets them open.

The items stand in sections; a section with one page is shown as that page, a section with none is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citysquare.platform.policy import Action, Actor, Facts, Role, Subject, offered


class Section(Enum):
    """What belongs together, in the order in which it is shown."""

    WATCH = "watch"
    EVIDENCE = "evidence"
    CITY = "city"
    PEOPLE = "people"
    OVERSIGHT = "oversight"


SECTION_LABELS = {
    Section.WATCH: _("Watch"),
    Section.EVIDENCE: _("Evidence"),
    Section.CITY: _("City"),
    Section.PEOPLE: _("People"),
    Section.OVERSIGHT: _("Oversight"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One page as a room registers it. Lower `order` stands further up."""

    route: str
    label: str | Promise
    action: Action
    section: Section
    order: int
    home_of: frozenset[Role] = frozenset()
    """Whose day begins here; everybody else's with the first page that is open to them."""


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One link as a template shows it."""

    route: str
    url: str
    label: str
    section: Section
    current: bool = False


@dataclass(frozen=True, slots=True)
class NavigationSection:
    """The links of one section as a template shows them; `current` when one of them is."""

    label: str
    items: tuple[NavigationItem, ...]

    @property
    def current(self) -> bool:
        """Whether the page that is open belongs to the section."""
        return any(item.current for item in self.items)

    @property
    def only(self) -> NavigationItem | None:
        """The one page of a section that has no other."""
        return self.items[0] if len(self.items) == 1 else None


_items: dict[str, Item] = {}


def register(item: Item) -> None:
    """Make an item known; the same route again replaces it."""
    _items[item.route] = item


def navigation(actor: Actor, path: str) -> list[NavigationItem]:
    """Return the links `actor` may open, in order; of those that lead to `path` or above it the nearest is current."""
    found = [NavigationItem(item.route, reverse(item.route), str(item.label), item.section) for item in _open_to(actor)]
    nearest = max((item.url for item in found if path.startswith(item.url)), key=len, default="")
    return [replace(item, current=item.url == nearest) for item in found]


def home(actor: Actor) -> str:
    """Return the address where a person's day begins; empty: no page is open to them."""
    items = _open_to(actor)
    first = next((item for item in items if item.home_of & actor.roles), None) or next(iter(items), None)
    return reverse(first.route) if first else ""


def _open_to(actor: Actor) -> list[Item]:
    items = sorted(_items.values(), key=lambda item: item.order)
    return [item for item in items if offered(actor, item.action, Subject("page", item.route, actor.organisation), Facts()).allowed]


def sections(items: list[NavigationItem]) -> list[NavigationSection]:
    """Return the sections that have items, each with its own in their order."""
    listed = [(section, tuple(item for item in items if item.section is section)) for section in Section]
    return [NavigationSection(str(SECTION_LABELS[section]), own) for section, own in listed if own]
