"""Reads GeoJSON (RFC 7946) that somebody brings: hostile until proved otherwise, and explained where it cannot be taken.

`read_upload` and `parse` bound size, points and depth before anything is made of a file; `features` names what is in it; `boundary`
turns one geometry into a valid area or raises the one error that says what is wrong with it and what to do.
"""

from citysquare.apps.spaces.geojson.boundary import MOST_POINTS, Axes, Reading, boundary
from citysquare.apps.spaces.geojson.document import LARGEST_FILE, Feature, features, geometry_of, parse, read_upload
from citysquare.apps.spaces.geojson.errors import (
    Antimeridian,
    BadOutline,
    FileTooLarge,
    ForeignCrs,
    GeojsonError,
    NoPolygons,
    NotDegrees,
    NotGeojson,
    SelfCrossing,
    SwappedAxes,
    TooDeep,
    TooManyPoints,
    TooWide,
)

__all__ = [
    "LARGEST_FILE",
    "MOST_POINTS",
    "Antimeridian",
    "Axes",
    "BadOutline",
    "Feature",
    "FileTooLarge",
    "ForeignCrs",
    "GeojsonError",
    "NoPolygons",
    "NotDegrees",
    "NotGeojson",
    "Reading",
    "SelfCrossing",
    "SwappedAxes",
    "TooDeep",
    "TooManyPoints",
    "TooWide",
    "boundary",
    "features",
    "geometry_of",
    "parse",
    "read_upload",
]
