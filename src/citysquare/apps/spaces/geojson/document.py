"""From a file to its features. Nothing here trusts the file: not its size, its depth, its numbers, nor its words about itself."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn, Protocol

from django.utils.translation import gettext as _
from pyproj import CRS
from pyproj.exceptions import CRSError

from citysquare.apps.spaces.geojson.errors import FileTooLarge, ForeignCrs, NoPolygons, NotGeojson, TooDeep, TooManyPoints
from citysquare.platform.names import LANGUAGES, LONGEST_NAME

LARGEST_FILE = 20_000_000
"""Bytes."""

MOST_FEATURES = 2000
_MOST_BRACKETS = 400_000
"""Each position costs one opening bracket, and far more memory than its text: this bounds both before anything is built."""

_POLYGONS: Final = ("Polygon", "MultiPolygon")
_DEEPEST = 5
"""Lists within lists: a MultiPolygon has four."""
_CHUNK = 65_536
_LONGEST_ID = 100
_LONGEST_CRS = 80
_WGS84 = re.compile(r"^(urn:ogc:def:crs:)?(OGC:(1\.3)?:?CRS84|EPSG:([\d.]*:)?4326)$", re.IGNORECASE)
_EPSG = re.compile(r"EPSG:(?:[\d.]*:)?(\d{4,6})$", re.IGNORECASE)


class Stream(Protocol):
    """What an upload can be read from."""

    def read(self, size: int = ..., /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature as its file tells it; the geometry is still unchecked."""

    index: int
    """From 1, as a person counts."""
    id: str
    names: dict[str, str]
    kind: str
    space: str
    """For a zone: identifier or name of the space it belongs to. Empty: the feature is a space."""
    geometry: Any

    @property
    def is_zone(self) -> bool:
        """Whether it says that it is part of a space."""
        return bool(self.space)


def read_upload(stream: Stream, *, limit: int = LARGEST_FILE) -> bytes:
    """Return all bytes of an upload, never reading more than one piece beyond the limit.

    Raises FileTooLarge.
    """
    pieces: list[bytes] = []
    length = 0
    while piece := stream.read(_CHUNK):
        length += len(piece)
        if length > limit:
            raise FileTooLarge(
                _("The file is larger than %(limit)d MB. Divide it, or simplify its outlines.") % {"limit": limit // 1_000_000}
            )
        pieces.append(piece)
    return b"".join(pieces)


def parse(raw: bytes) -> dict[str, Any]:
    """Return a file's document after its size, depth and coordinate system were found to be in order.

    Raises NotGeojson, TooDeep, TooManyPoints, ForeignCrs.
    """
    if raw.count(b"[") + raw.count(b"{") > _MOST_BRACKETS:
        raise TooManyPoints(_("The file has far more points than spaces need. Divide it, or simplify its outlines."))
    try:
        document = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except RecursionError:
        raise TooDeep(_("The file is nested too deeply to be a map.")) from None
    except UnicodeDecodeError:
        raise NotGeojson(_("The file is no text in UTF-8, so it is no GeoJSON.")) from None
    except json.JSONDecodeError as error:
        raise NotGeojson(_("The text is no JSON: line %(line)d cannot be read.") % {"line": error.lineno}) from None
    except ValueError:
        raise NotGeojson(_("The text contains a number that no coordinate can be.")) from None
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise NotGeojson(_("The text is JSON, but no GeoJSON: it has no type."))
    _check_crs(document)
    return document


def features(document: Mapping[str, Any], *, language: str) -> list[Feature]:
    """Return what a document holds. A bare `name` counts as a name in `language`.

    Raises NoPolygons when there is not even one feature, TooManyPoints for too many features.
    """
    raw = _raw_features(document)
    if not raw:
        raise NoPolygons(_("There is no area in it: spaces are features with a Polygon or MultiPolygon."))
    if len(raw) > MOST_FEATURES:
        raise TooManyPoints(_("More than %(most)d features at once are too many. Divide the file.") % {"most": MOST_FEATURES})
    return [_feature(index, each, language) for index, each in enumerate(raw, start=1)]


def geometry_of(text: str) -> Any:  # noqa: ANN401 -- as it stands in the text; `boundary` checks it
    """Return the one geometry of a text: a bare geometry, a feature, or a collection with one area.

    Raises like `parse`, and NoPolygons when there is no area or more than one.
    """
    found = [each.get("geometry") for each in _raw_features(parse(text.encode())) if isinstance(each, Mapping)]
    areas = [each for each in found if isinstance(each, Mapping) and each.get("type") in _POLYGONS]
    if len(areas) > 1:
        raise NoPolygons(_("There are %(count)d areas in the text. Keep the one meant here, or import the file.") % {"count": len(areas)})
    if not areas:
        raise NoPolygons(_("There is no area in the text: a boundary is a Polygon or MultiPolygon."))
    return areas[0]


def _raw_features(document: Mapping[str, Any]) -> list[Any]:
    kind = document["type"]
    if kind == "FeatureCollection":
        listed = document.get("features")
        return listed if isinstance(listed, list) else []
    if kind == "Feature":
        return [document]
    if kind in _POLYGONS:
        return [{"type": "Feature", "geometry": document, "properties": {}}]
    return []


def _feature(index: int, raw: Any, language: str) -> Feature:  # noqa: ANN401 -- whatever stands in the file
    raw = raw if isinstance(raw, Mapping) else {}
    properties = raw.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    identifier = _word(properties.get("id")) or _word(raw.get("id"))
    space = _word(properties.get("space")) if properties.get("what", "zone") == "zone" else ""
    kind = _word(properties.get("kind"))
    return Feature(index, identifier, _names(properties, language), kind, space, _geometry(raw.get("geometry")))


def _geometry(raw: object) -> dict[str, Any] | None:
    """Return an area with nothing in it that a database cannot keep, anything else by its type alone."""
    if not isinstance(raw, Mapping):
        return None
    kind = _word(raw.get("type"))
    return {"type": kind, "coordinates": _numbers(raw.get("coordinates"), _DEEPEST)} if kind in _POLYGONS else {"type": kind}


def _numbers(raw: object, deepest: int) -> Any:  # noqa: ANN401 -- lists of lists of numbers
    """Return coordinates with None for whatever is no number: JSON can spell texts and numbers that no database takes.

    Raises TooDeep, NotGeojson.
    """
    if isinstance(raw, list):
        if not deepest:
            raise TooDeep(_("The file is nested too deeply to be a map."))
        return [_numbers(each, deepest - 1) for each in raw]
    if isinstance(raw, float) and not math.isfinite(raw):
        raise NotGeojson(_("The text contains a number that no coordinate can be."))
    return raw if isinstance(raw, int | float) else None


def _names(properties: Mapping[str, Any], language: str) -> dict[str, str]:
    """Take `names` (an object by language), `name:uk` or `name_uk` (as OpenStreetMap and others write), and a bare `name`."""
    known: dict[str, str] = {}
    listed = properties.get("names")
    for code in LANGUAGES:
        given = listed.get(code) if isinstance(listed, Mapping) else None
        text = next((each for each in (given, properties.get(f"name:{code}"), properties.get(f"name_{code}")) if isinstance(each, str)), "")
        known[code] = _printable(text)
    bare = properties.get("name")
    name = _printable(bare) if isinstance(bare, str) else ""
    if not known.get(language) and name not in known.values():
        known[language] = name
    return {code: text for code, text in known.items() if text.strip()}


def _printable(text: str) -> str:
    """Return the beginning of a text without what is no letter, such as NUL and halves of letters, which no database takes."""
    return "".join(letter for letter in text[: 2 * LONGEST_NAME] if letter.isprintable() or letter.isspace())


def _word(value: object) -> str:
    """Return a short text or number as text, anything else as nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return text if len(text) <= _LONGEST_ID and text.isprintable() else ""


def _check_crs(document: Mapping[str, Any]) -> None:
    """RFC 7946 knows WGS 84 only; older files name their system in `crs`, and what they name is worth saying."""
    crs = document.get("crs")
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    text = name.strip()[:_LONGEST_CRS] if isinstance(name, str) else ""
    if _WGS84.match(text):
        return
    raise ForeignCrs(
        _("The coordinates are in %(system)s. Save the file again in WGS 84 (EPSG:4326), longitude before latitude.")
        % {"system": _crs_in_words(text) or _("a system that the file does not name")}
    )


def _crs_in_words(text: str) -> str:
    number = _EPSG.search(text)
    if number is None:
        return "".join(letter for letter in text if letter.isprintable())
    try:
        return f"EPSG:{number[1]} ({CRS.from_epsg(int(number[1])).name})"
    except CRSError:
        return f"EPSG:{number[1]}"


def _refuse_constant(name: str) -> NoReturn:
    """NaN and infinities are no JSON, though Python's reader would take them."""
    raise ValueError(name)
