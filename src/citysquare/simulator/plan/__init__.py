"""The plan of the twin town: streets, houses, parks, water and borders of an invented Izmail and Tulcea, as GeoJSON for the map.

Drawn from the same figures as the scenes (`simulator.town`): each camera's carriageway is a street of the plan, and no house stands in a
public space. Plausible, not surveyed. Layers and kinds are named as in the Protomaps basemap schema, so that one style draws both:
`layer` is earth, landuse, water, roads, buildings, boundaries, places or pois; `kind` says what it is; names stand in four languages.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from citysquare.simulator.plan.country import country
from citysquare.simulator.plan.features import bounds
from citysquare.simulator.plan.streets import town_features
from citysquare.simulator.plan.towns import TOWNS

__all__ = ["town_plan"]


@cache
def town_plan() -> dict[str, Any]:
    """Return the whole plan as a GeoJSON FeatureCollection with the box around the towns (`bbox`); always the same."""
    land = country()
    towns = [feature for town in TOWNS for feature in town_features(town, land.water, land.kept_free)]
    return {"type": "FeatureCollection", "bbox": bounds(towns), "features": [*land.features, *towns]}
