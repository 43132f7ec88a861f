"""Pages of spaces: list, one space, drawing, zones, import and export."""

from citysquare.apps.spaces.pages.exchange import space_export, space_import, space_import_preview
from citysquare.apps.spaces.pages.spaces import space, space_add, space_edit, space_remove, spaces
from citysquare.apps.spaces.pages.zones import zone_add, zone_edit, zone_remove, zone_undo

__all__ = [
    "space",
    "space_add",
    "space_edit",
    "space_export",
    "space_import",
    "space_import_preview",
    "space_remove",
    "spaces",
    "zone_add",
    "zone_edit",
    "zone_remove",
    "zone_undo",
]
