"""How to reach a camera, sealed at rest; and the passwords that makers deliver cameras with.

A camera's row holds its addresses as they may be shown, and what they hide (user, password, whatever a maker writes into the path) as one
sealed text bound to the camera, so that a row changed by hand sends no password to another host. The key lies in a file beside the
database (engine.sealing), not in it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import unquote

from django.conf import settings

from citysquare.apps.devices.models import Camera
from citysquare.engine.errors import BadAddress, CannotUnseal
from citysquare.engine.sealing import Keyring, open_keyring
from citysquare.engine.sources import redact
from citysquare.engine.sources.addresses import FIELD_VALUE, PASSWORD_FIELDS, USER_FIELDS, parse_camera_url

_USER_FIELD = re.compile(rf"(?i)[?&/;_](?:{USER_FIELDS})=({FIELD_VALUE})")
_PASSWORD_FIELD = re.compile(rf"(?i)[?&/;_](?:{PASSWORD_FIELDS})=({FIELD_VALUE})")

_FACTORY_USERS = frozenset({"admin", "administrator", "root", "service", "supervisor", "user", "ubnt", "guest", "666666", "888888"})
_FACTORY_PASSWORDS = frozenset(
    """
    admin administrator root pass password 1234 12345 123456 1234567 12345678 123456789 1111 111111 0000 000000 4321 54321 9999 666666
    888888 admin1 admin12 admin123 admin1234 admin12345 admin123456 root1234 camera system service supervisor user guest default changeme
    ubnt meinsm fliradmin ikwd ikwb jvc tlJwpbo6 tlJwpbo7 xmhdipc jvbzd vizxv hi3518 hikvision dahua axis smcadmin
    """.lower().split()
)
"""Of makers' own manuals; a camera that still has one of them is open to everybody who can reach it."""


@dataclass(frozen=True, slots=True)
class Streams:
    """A camera's addresses, with credentials. An empty `sub_url` means that there is no small stream."""

    main_url: str
    sub_url: str = ""

    def __repr__(self) -> str:
        """Tell nothing: the addresses contain credentials."""
        return "Streams(…)"


def keyring(*, make: bool = False) -> Keyring:
    """Return this installation's keys; made on first use with `make`. Raises BadKeyFile."""
    return open_keyring(settings.CITYSQUARE.keys_dir, make=make)


def write_streams(camera: Camera, streams: Streams) -> None:
    """Give a camera its addresses; what must not be shown goes in sealed. Saving is the caller's. Raises BadKeyFile."""
    camera.main_url, camera.sub_url = redact(streams.main_url), redact(streams.sub_url)
    camera.credentials = ""
    if (camera.main_url, camera.sub_url) != (streams.main_url, streams.sub_url):
        text = json.dumps({"main": streams.main_url, "sub": streams.sub_url})
        camera.credentials = keyring(make=True).seal(text, purpose=_purpose(camera))


def open_streams(camera: Camera, keys: Keyring | None = None) -> Streams:
    """Return a camera's addresses with credentials. Raises CannotUnseal, BadKeyFile."""
    if not camera.credentials:
        return Streams(camera.main_url, camera.sub_url)
    text = (keys if keys is not None else keyring()).unseal(camera.credentials, purpose=_purpose(camera))
    try:
        found = json.loads(text)
        return Streams(str(found["main"]), str(found["sub"]))
    except (ValueError, KeyError, TypeError):
        raise CannotUnseal("A sealed password is damaged: enter the camera's user and password again.") from None


def is_locked(camera: Camera, keys: Keyring) -> bool:
    """Whether a camera's credentials open with no key there is: somebody has to enter them again."""
    try:
        open_streams(camera, keys)
    except CannotUnseal:
        return True
    return False


def _purpose(camera: Camera) -> str:
    return f"camera:{camera.pk}"


def login_of(url: str) -> tuple[str, str] | None:
    """Return user and password of an address, also of one that carries them in its path; None when it has none."""
    try:
        camera = parse_camera_url(url)
    except BadAddress:
        return None
    if camera.user is not None:
        return camera.user, camera.password
    user, password = _USER_FIELD.search(camera.target), _PASSWORD_FIELD.search(camera.target)
    return (unquote(user[1]), unquote(password[1]) if password else "") if user else None


def is_factory_login(url: str) -> bool:
    """Whether an address signs in as makers deliver their cameras: a known password, none at all, or the user's name once more."""
    login = login_of(url)
    return login is not None and is_factory_pair(*login)


def is_factory_pair(user: str, password: str) -> bool:
    """Whether user and password are as makers deliver their cameras."""
    user, password = user.casefold(), password.casefold()
    if password == user or not password:
        return bool(user)
    return password in _FACTORY_PASSWORDS and user in _FACTORY_USERS
