"""How the ground looks: our own MapLibre style, light and dark, for tiles in the Protomaps schema and for the simulated town's plan.

Both name their layers alike: in tiles a layer is a layer, in the plan each feature says it in its property `layer`. No fonts and no
pictures are fetched: MapLibre draws letters from the fonts of the device when a style names no glyphs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

JsonObject = dict[str, Any]

OPEN_STREET_MAP = '<a href="https://www.openstreetmap.org/copyright" rel="noreferrer">© OpenStreetMap</a>'


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme: the ground recedes, so that cameras and spaces stand out."""

    ground: str
    water: str
    shore: str
    green: str
    wood: str
    marsh: str
    town: str
    paved: str
    works: str
    building: str
    building_edge: str
    road: str
    main_road: str
    road_edge: str
    rail: str
    boundary: str
    text: str
    faint_text: str
    water_text: str
    halo: str


PALETTES = {
    "light": Palette(
        ground="#f3f4f2",
        water="#c3d9e8",
        shore="#a9c6da",
        green="#d3e5cf",
        wood="#cfdfcd",
        marsh="#dfebe6",
        town="#e6e8ea",
        paved="#ecebe8",
        works="#dedee6",
        building="#d6d9de",
        building_edge="#bfc5cc",
        road="#ffffff",
        main_road="#fbeecb",
        road_edge="#c9cfd6",
        rail="#b4bcc5",
        boundary="#8d6fa8",
        text="#3c4955",
        faint_text="#5d6975",
        water_text="#3d6d8f",
        halo="#f7f9fa",
    ),
    "dark": Palette(
        ground="#151c23",
        water="#0d2a3f",
        shore="#18405c",
        green="#17281f",
        wood="#1a2f23",
        marsh="#16292a",
        town="#1c242c",
        paved="#1b232b",
        works="#1c222b",
        building="#26313c",
        building_edge="#33404d",
        road="#313e4b",
        main_road="#474638",
        road_edge="#0f151b",
        rail="#46525e",
        boundary="#a58bc0",
        text="#b9c5d0",
        faint_text="#8e9ba8",
        water_text="#7fb2d6",
        halo="#10161c",
    ),
}

_PATHS = ("path", "footway", "pedestrian")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the ground comes from: `vector` tiles, or a `geojson` plan."""

    kind: str
    definition: JsonObject


def tiles_source(address: str, *, bounds: Sequence[float], least_zoom: int, most_zoom: int) -> Source:
    """Return tiles of a PMTiles file that lies at an address of ours."""
    definition = {
        "type": "vector",
        "tiles": [f"pmtiles://{address}/{{z}}/{{x}}/{{y}}"],
        "bounds": list(bounds),
        "minzoom": least_zoom,
        "maxzoom": most_zoom,
        "attribution": OPEN_STREET_MAP,
    }
    return Source("vector", definition)


def plan_source(address: str, *, attribution: str) -> Source:
    """Return the plan of the simulated town."""
    return Source("geojson", {"type": "geojson", "data": address, "maxzoom": 17, "tolerance": 0.2, "attribution": attribution})


def style(*, theme: str, language: str, source: Source | None, bounds: Sequence[float] | None) -> JsonObject:
    """Return a whole style; without a source the ground is a plain sheet."""
    colours = PALETTES[theme if theme in PALETTES else "light"]
    layers: list[JsonObject] = [{"id": "sheet", "type": "background", "paint": {"background-color": colours.ground}}]
    if source is not None:
        drawn = _areas(colours) + _roads(colours) + _labels(colours, language)
        layers += [_from(source, layer) for layer in drawn]
    made: JsonObject = {"version": 8, "name": "Citysquare", "sources": {"ground": source.definition} if source else {}, "layers": layers}
    if bounds is not None:
        west, south, east, north = bounds
        made |= {"center": [(west + east) / 2, (south + north) / 2], "zoom": 12}
    return made


def _from(source: Source, layer: JsonObject) -> JsonObject:
    """Take a layer's features out of the source, by tile layer or by property."""
    name = layer.pop("of")
    if source.kind == "vector":
        return {"source": "ground", "source-layer": name, **layer}
    mine = ["==", ["get", "layer"], name]
    return {"source": "ground", **layer, "filter": ["all", mine, layer["filter"]] if "filter" in layer else mine}


def _kind(*kinds: str) -> list[Any]:
    return ["in", ["get", "kind"], ["literal", list(kinds)]]


def _area(name: str, of: str, colour: str, *kinds: str, edge: str = "") -> JsonObject:
    paint = {"fill-color": colour} | ({"fill-outline-color": edge} if edge else {})
    return {"id": name, "of": of, "type": "fill", "paint": paint} | (
        {"filter": ["all", _is_area(), _kind(*kinds)]} if kinds else {"filter": _is_area()}
    )


def _is_area() -> list[Any]:
    return ["==", ["geometry-type"], "Polygon"]


def _areas(colours: Palette) -> list[JsonObject]:
    return [
        _area("earth", "earth", colours.ground),
        _area("wood", "landcover", colours.wood, "forest", "scrub", "grassland", "farmland"),
        _area("marsh", "landuse", colours.marsh, "wetland", "farmland", "meadow"),
        _area("town", "landuse", colours.town, "residential", "urban_area"),
        _area("works", "landuse", colours.works, "industrial", "railway", "port", "dock", "military"),
        _area("institution", "landuse", colours.paved, "school", "hospital", "university", "college", "commercial", "pedestrian", "market"),
        _area("green", "landuse", colours.green, "park", "grass", "cemetery", "pitch", "playground", "recreation_ground", "garden"),
        _area("forest", "landuse", colours.wood, "forest", "wood", "nature_reserve", "orchard"),
        _area("water", "water", colours.water, edge=colours.shore),
        {
            "id": "stream",
            "of": "water",
            "type": "line",
            "filter": ["==", ["geometry-type"], "LineString"],
            "paint": {"line-color": colours.water, "line-width": _wide(1, 6)},
        },
        _area("pier", "landuse", colours.paved, "pier", "quay", "platform"),
    ]


def _wide(far: float, near: float) -> list[Any]:
    """Return a width in pixels that grows like the ground itself between zoom 12 and 18."""
    return ["interpolate", ["exponential", 1.8], ["zoom"], 12, far, 18, near]


def _road(name: str, colour: str, far: float, near: float, *kinds: str, dashes: Sequence[float] = ()) -> JsonObject:
    paint: JsonObject = {"line-color": colour, "line-width": _wide(far, near)}
    if dashes:
        paint["line-dasharray"] = list(dashes)
    layout = {"line-cap": "butt" if dashes else "round", "line-join": "round"}
    return {"id": name, "of": "roads", "type": "line", "filter": _kind(*kinds), "layout": layout, "paint": paint}


def _roads(colours: Palette) -> list[JsonObject]:
    edge = colours.road_edge
    buildings = _area("building", "buildings", colours.building, edge=colours.building_edge) | {"minzoom": 14}
    return [
        _road("path-edge", edge, 0.6, 9, *_PATHS),
        _road("path", colours.paved, 0.4, 7, *_PATHS),
        _road("minor-edge", edge, 1.2, 19, "minor_road", "medium_road", "other"),
        _road("main-edge", edge, 2.6, 29, "highway", "major_road"),
        _road("minor", colours.road, 0.6, 16.5, "minor_road", "medium_road", "other"),
        _road("main", colours.main_road, 1.8, 26, "highway", "major_road"),
        _road("rail", colours.rail, 0.8, 3, "rail"),
        _road("sleepers", colours.rail, 2.4, 9, "rail", dashes=(0.25, 1.6)),
        _road("ferry", colours.water_text, 0.8, 2, "ferry", dashes=(4, 4)),
        buildings,
        {
            "id": "boundary",
            "of": "boundaries",
            "type": "line",
            "paint": {"line-color": colours.boundary, "line-width": _wide(1, 3), "line-dasharray": [5, 2, 1, 2], "line-opacity": 0.8},
        },
    ]


def _name(language: str) -> list[Any]:
    return ["coalesce", ["get", f"name:{language}"], ["get", "name"]]


def _label(name: str, of: str, colours: tuple[str, str], language: str, size: float, **more: object) -> JsonObject:
    own = more.pop("layout", {})
    layout: JsonObject = {"text-field": _name(language), "text-font": ["sans-serif"], "text-size": size, "text-padding": 4}
    if isinstance(own, dict):
        layout |= own
    paint = {"text-color": colours[0], "text-halo-color": colours[1], "text-halo-width": 1.4}
    return {"id": name, "of": of, "type": "symbol", "layout": layout, "paint": paint, **more}


def _labels(colours: Palette, language: str) -> list[JsonObject]:
    along = {"symbol-placement": "line", "text-max-angle": 35, "symbol-spacing": 320}
    plain, faint, wet = (colours.text, colours.halo), (colours.faint_text, colours.halo), (colours.water_text, colours.halo)
    main = _kind("highway", "major_road")
    return [
        _label(
            "river-name", "water", wet, language, 13, filter=["==", ["geometry-type"], "LineString"], layout=along | {"symbol-spacing": 420}
        ),
        _label("water-name", "water", wet, language, 12, filter=_is_area(), layout={"text-letter-spacing": 0.12, "text-max-width": 8}),
        _label("street-name", "roads", faint, language, 11.5, minzoom=15.5, filter=["!", main], layout=along),
        _label("main-street-name", "roads", plain, language, 12.5, minzoom=14, filter=main, layout=along),
        _label("green-name", "landuse", faint, language, 11.5, minzoom=15, layout={"text-max-width": 8}),
        _label("poi-name", "pois", faint, language, 11.5, minzoom=15.5, layout={"text-max-width": 8}),
        _label("quarter-name", "places", faint, language, 12, minzoom=13, filter=["!", _kind("locality", "country", "region")]),
        _label("town-name", "places", plain, language, 17, maxzoom=15.5, filter=_kind("locality"), layout={"text-letter-spacing": 0.04}),
    ]
