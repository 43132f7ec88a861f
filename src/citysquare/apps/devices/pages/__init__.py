"""Pages of the register."""

from citysquare.apps.devices.pages.cameras import camera_add, camera_edit, camera_place, camera_streams, camera_switch, cameras
from citysquare.apps.devices.pages.exchange import camera_export, camera_import, camera_import_preview, camera_import_template
from citysquare.apps.devices.pages.finding import camera_found, camera_found_test, device_ask, device_search
from citysquare.apps.devices.pages.testing import camera_test

__all__ = [
    "camera_add",
    "camera_edit",
    "camera_export",
    "camera_found",
    "camera_found_test",
    "camera_import",
    "camera_import_preview",
    "camera_import_template",
    "camera_place",
    "camera_streams",
    "camera_switch",
    "camera_test",
    "cameras",
    "device_ask",
    "device_search",
]
