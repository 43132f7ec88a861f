"""Which routers the JSON API is made of: each room names its own in its `ready()`, so that nobody has to know them all."""

from __future__ import annotations

_routers: list[str] = []


def register_router(path: str) -> None:
    """Add the router at the dotted `path`, such as `citysquare.apps.observations.api.router`; the same one again changes nothing."""
    if path not in _routers:
        _routers.append(path)


def routers() -> list[str]:
    """Return all paths, in the order of the rooms."""
    return list(_routers)
