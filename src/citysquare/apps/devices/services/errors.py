"""What can go wrong with a camera of the register."""

from __future__ import annotations

from citysquare.platform.errors import DomainError


class BadCameraAddress(DomainError):
    """An address that no camera may have."""

    code = "devices.bad_address"


class FactoryPassword(BadCameraAddress):
    """A password that the maker delivers every camera of the kind with."""

    code = "devices.factory_password"


class KeysUnusable(DomainError):
    """The key file that seals passwords cannot be read or made; `message` says why."""

    code = "devices.keys_unusable"
    status = 503


class CameraExists(DomainError):
    """The stream is in the register already."""

    code = "devices.camera_exists"
    status = 409


class TooManyCameras(DomainError):
    """The installation has as many cameras as its node records."""

    code = "devices.too_many_cameras"
    status = 409


class BadCamera(DomainError):
    """A camera that cannot be kept as given."""

    code = "devices.bad_camera"


class BadView(DomainError):
    """A position, direction, angle, range or height that no camera can have."""

    code = "devices.bad_view"


class CameraOutsideSpace(DomainError):
    """A camera would stand far outside of its space."""

    code = "devices.camera_outside_space"


class BadCameraFile(DomainError):
    """A file of cameras that cannot be read as a whole."""

    code = "devices.bad_file"


class SetupGone(DomainError):
    """What was begun is no longer there."""

    code = "devices.setup_gone"
    status = 410


class ImportChanged(DomainError):
    """Somebody changed cameras or spaces meanwhile: what would happen now is not what the person saw."""

    code = "devices.import_changed"
    status = 409


class ImportRefused(DomainError):
    """A line of the file cannot be entered, so nothing of it was."""

    code = "devices.import_refused"
    status = 409
