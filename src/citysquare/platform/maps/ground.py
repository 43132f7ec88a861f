"""Which ground this installation has: the settings `map_style_url` and `map_tiles`, else the plan the demo has written, else none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from citysquare.platform.maps import style
from citysquare.platform.maps.tiles import TilesHeader, TilesUnusable, read_header

_LARGEST_PLAN = 30_000_000


@dataclass(frozen=True, slots=True)
class Ground:
    """What a page tells the browser: the address of the style, and whether it is somebody else's or needs PMTiles."""

    style: str
    foreign: bool
    tiles: bool
    trouble: str = ""
    """A sentence for the operator when the city's own tiles cannot be used."""


def plan_file() -> Path:
    """Return where the plan of the simulated town lies, if there is one."""
    path: Path = settings.CITYSQUARE.data_dir / "map" / "plan.geojson"
    return path


def ground() -> Ground:
    """Return this installation's ground."""
    if settings.CITYSQUARE.map_style_url:
        return Ground(settings.CITYSQUARE.map_style_url, foreign=True, tiles=False)
    header, trouble = tiles_header()
    return Ground(reverse("map-style"), foreign=False, tiles=header is not None, trouble=trouble)


def tiles_header() -> tuple[TilesHeader | None, str]:
    """Return the header of the city's own tiles, or why they cannot be used."""
    path = settings.CITYSQUARE.map_tiles
    if path is None:
        return None, ""
    try:
        return read_header(path), ""
    except TilesUnusable as error:
        return None, str(error)


def own_style(*, theme: str, language: str) -> style.JsonObject:
    """Return our style over whatever ground there is."""
    header, _trouble = tiles_header()
    if header is not None:
        source = style.tiles_source(reverse("map-tiles"), bounds=header.bounds, least_zoom=header.least_zoom, most_zoom=header.most_zoom)
        return style.style(theme=theme, language=language, source=source, bounds=header.bounds)
    box = plan_box()
    if box is None:
        return style.style(theme=theme, language=language, source=None, bounds=None)
    plan = style.plan_source(reverse("map-plan"), attribution=_("An invented plan"))
    return style.style(theme=theme, language=language, source=plan, bounds=box)


def plan_box() -> tuple[float, ...] | None:
    """Return west, south, east, north of the plan; None without a usable plan."""
    try:
        status = plan_file().stat()
    except OSError:
        return None
    return _box(plan_file(), status.st_mtime_ns) if status.st_size <= _LARGEST_PLAN else None


@lru_cache(maxsize=2)
def _box(path: Path, _changed: int) -> tuple[float, ...] | None:
    try:
        box = json.loads(path.read_text(encoding="utf-8"))["bbox"]
        west, south, east, north = (float(part) for part in box)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (west, south, east, north)


def foreign_origin() -> str:
    """Return the origin (https://host) of a style that is somebody else's, for the content security policy; "" for our own."""
    parts = urlsplit(settings.CITYSQUARE.map_style_url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme == "https" else ""
