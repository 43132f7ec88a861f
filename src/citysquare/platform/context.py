"""What every page's template may use."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from django.conf import settings
from django.http import HttpRequest

from citysquare.platform import tour
from citysquare.platform.doors import actor_of
from citysquare.platform.navigation import navigation, sections

THEMES = ("system", "light", "dark")
THEME_COOKIE = f"{settings.COOKIE_PREFIX}citysquare_theme"


@runtime_checkable
class PersonOnPage(Protocol):
    """What a page shows of the person who is signed in."""

    theme: str

    def get_full_name(self) -> str:
        """Return the name."""
        ...

    def role_labels(self) -> list[str]:
        """Return the person's roles, translated."""
        ...

    def organisation_name(self) -> str:
        """Return the organisation's name in the language of the moment."""
        ...


def page(request: HttpRequest) -> dict[str, Any]:
    """Return nonce, theme, navigation and the person's own words."""
    actor = actor_of(request)
    user = getattr(request, "user", None)
    person = user if actor.is_known and isinstance(user, PersonOnPage) else None
    stop = tour.current(request, actor)
    wanted = person.theme if person else request.COOKIES.get(THEME_COOKIE, "")
    return {
        "nonce": getattr(request, "csp_nonce", ""),
        "theme": wanted if wanted in THEMES else "system",
        "navigation": sections(navigation(actor, request.path)) if actor.is_known else [],
        "person_name": person.get_full_name() if person else "",
        "role_labels": person.role_labels() if person else [],
        "organisation_name": person.organisation_name() if person else "",
        "tour": stop,
        "tour_here": stop is not None and stop.url == request.path,
        "time_zone": settings.TIME_ZONE,
    }
