"""Every write to the register: cameras, their places and addresses, and whole files of them."""

from citysquare.apps.devices.credentials import Streams
from citysquare.apps.devices.services.addresses import GAP, address_rule, checked_url, stream_url
from citysquare.apps.devices.services.cameras import (
    add_camera,
    change_camera,
    note_device,
    readdress_camera,
    reseal_credentials,
    switch_camera,
)
from citysquare.apps.devices.services.clocks import note_clock
from citysquare.apps.devices.services.drafts import drop_draft, forget_drafts, keep_draft, open_draft
from citysquare.apps.devices.services.errors import (
    BadCamera,
    BadCameraAddress,
    BadCameraFile,
    BadView,
    CameraExists,
    CameraOutsideSpace,
    FactoryPassword,
    ImportChanged,
    ImportRefused,
    KeysUnusable,
    SetupGone,
    TooManyCameras,
)
from citysquare.apps.devices.services.imports import import_cameras, plan_import, read_import
from citysquare.apps.devices.services.places import FARTHEST_OUTSIDE, CameraView, move_camera, place_camera
from citysquare.apps.devices.services.planning import Act, Plan, Planned

__all__ = [
    "FARTHEST_OUTSIDE",
    "GAP",
    "Act",
    "BadCamera",
    "BadCameraAddress",
    "BadCameraFile",
    "BadView",
    "CameraExists",
    "CameraOutsideSpace",
    "CameraView",
    "FactoryPassword",
    "ImportChanged",
    "ImportRefused",
    "KeysUnusable",
    "Plan",
    "Planned",
    "SetupGone",
    "Streams",
    "TooManyCameras",
    "add_camera",
    "address_rule",
    "change_camera",
    "checked_url",
    "drop_draft",
    "forget_drafts",
    "import_cameras",
    "keep_draft",
    "move_camera",
    "note_clock",
    "note_device",
    "open_draft",
    "place_camera",
    "plan_import",
    "read_import",
    "readdress_camera",
    "reseal_credentials",
    "stream_url",
    "switch_camera",
]
