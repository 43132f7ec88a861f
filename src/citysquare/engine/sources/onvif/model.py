"""What is learned of an ONVIF device, and what is needed to ask it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user of the device. Many makers keep ONVIF users apart from those of the camera's own pages."""

    user: str
    password: str = field(repr=False)


class SignIn(StrEnum):
    """How the device wanted the password."""

    NONE = "none"
    """It asked for none: whoever reaches the device can change it. Worth a warning."""
    DIGEST = "digest"
    """HTTP digest (RFC 7616)."""
    TOKEN = "token"  # noqa: S105 -- the name of a way, not a secret
    """A WS-Security UsernameToken with a dated digest."""


@dataclass(frozen=True, slots=True)
class Found:
    """One device that answered a search. Everything but `host` is what the device says of itself."""

    host: str
    """The address the answer came from; no other is believed."""
    port: int
    path: str
    """Where its device service lives, such as `/onvif/device_service`."""
    endpoint: str
    """The device's lasting name, mostly `urn:uuid:...`; empty when it gave none."""
    name: str
    hardware: str
    location: str

    @property
    def address(self) -> str:
        """What `describe` takes."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True)
class Profile:
    """One stream a device offers. Zero means that the device did not say."""

    token: str
    name: str
    codec: str
    """`h264` or `h265`."""
    width: int
    height: int
    fps: float
    bitrate: int
    """The limit it is set to, in kbit/s."""
    rtsp_url: str
    """Its address without user and password: at the device's own host, checked by the rule passed in."""
    ptz: bool
    source: str = ""
    """Which of the device's views it shows: a device with several lenses, or a recorder, has several."""

    def at(self, rtsp_url: str) -> Profile:
        """Return it with its address."""
        return replace(self, rtsp_url=rtsp_url)


@dataclass(frozen=True, slots=True)
class Device:
    """What a device says of itself, bounded and cleaned of control characters."""

    address: str
    """The address asked, as `describe` takes it."""
    manufacturer: str
    model: str
    firmware: str
    serial: str
    clock_error: float | None
    """Seconds by which the device's clock is ahead of ours (negative: behind); None when it would not tell. Good to a second."""
    sign_in: SignIn
    profiles: tuple[Profile, ...]
    """Never empty; largest picture first."""
    main: Profile
    """What to record."""
    sub: Profile | None
    """What to analyse: the small stream; None when there is only one size."""
    ptz: bool
    left_out: tuple[str, ...]
    """One sentence for each profile that cannot be used, such as a codec we do not record."""
    notes: tuple[str, ...] = ()
    """Sentences worth showing, such as that the device named another host for its streams, which was not believed."""
