"""What can be wrong with GeoJSON that somebody brings."""

from __future__ import annotations

from django.utils.functional import Promise

from citysquare.platform.errors import DomainError
from citysquare.platform.geometry import Area


class GeojsonError(DomainError):
    """GeoJSON that cannot be taken as it is."""

    code = "spaces.geojson"


class FileTooLarge(GeojsonError):
    """A file beyond the limit; it was not read to its end."""

    code = "spaces.geojson_too_large"
    status = 413


class NotGeojson(GeojsonError):
    """No JSON, or JSON that is no GeoJSON."""

    code = "spaces.geojson_not_json"


class TooDeep(GeojsonError):
    """JSON nested deeper than any map needs."""

    code = "spaces.geojson_too_deep"


class TooManyPoints(GeojsonError):
    """More points than a boundary, or a file, may have."""

    code = "spaces.geojson_too_many_points"


class ForeignCrs(GeojsonError):
    """The file says that its coordinates are in another system than WGS 84."""

    code = "spaces.geojson_foreign_crs"


class NotDegrees(GeojsonError):
    """Coordinates that cannot be degrees: most often metres of a national grid or of UTM."""

    code = "spaces.geojson_not_degrees"


class SwappedAxes(GeojsonError):
    """Latitude seems to stand where longitude belongs."""

    code = "spaces.geojson_swapped"


class NoPolygons(GeojsonError):
    """Points or lines where an area is needed, or nothing at all."""

    code = "spaces.geojson_no_polygons"


class BadOutline(GeojsonError):
    """An outline that encloses no area: too few points, no numbers, a hole outside."""

    code = "spaces.geojson_bad_outline"


class Antimeridian(GeojsonError):
    """An outline across the 180th meridian."""

    code = "spaces.geojson_antimeridian"


class TooWide(GeojsonError):
    """An area far larger than any public space."""

    code = "spaces.geojson_too_wide"


class SelfCrossing(GeojsonError):
    """An outline that crosses itself. `mended` is the area it most likely means, when there is one such area."""

    code = "spaces.geojson_self_crossing"

    def __init__(self, message: str | Promise, *, mended: Area | None = None) -> None:
        """Keep the sentence and the mended area."""
        super().__init__(message)
        self.mended = mended
