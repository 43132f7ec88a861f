"""Finding cameras and reading their streams' addresses over ONVIF: for setting a camera up, never while recording.

    found = await discover([ip_network("10.20.0.0/24")], rule=rule)
    device = await describe(found[0].address, Credentials("user", "password"), rule=rule, clock=SystemClock())
    device.main.rtsp_url, device.sub, device.clock_error

Messages are written and read by zeep after ONVIF's own service descriptions (decision 9); how they travel is ours: a name is resolved
once and only the checked address is connected to, redirects are not followed, size and time are bounded, and what a device names
(addresses of services and streams) never leads to another host. Importing this package is cheap: zeep and lxml come with the first
`describe` or `discover` (half a second, 32 MB), and the recorder's process must never get that far.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from citysquare.engine.ports import Clock
from citysquare.engine.sources.addresses import AddressRule
from citysquare.engine.sources.onvif.model import Credentials, Device, Found, Profile, SignIn

__all__ = ["Credentials", "Device", "Found", "Profile", "SignIn", "clock_error", "describe", "discover"]

MOST_HOSTS = 1024
"""So many addresses are asked one by one in one search: a network of /22."""


async def discover(networks: Sequence[IPv4Network | IPv6Network], *, rule: AddressRule, timeout: float = 3.0) -> list[Found]:  # noqa: ASYNC109 - bounds several steps, each with a sentence of its own
    """Look for ONVIF devices in `networks` for `timeout` seconds; return them by address, each once.

    Asks by multicast, and each address of the networks by itself, since many networks let no multicast through. Answers from elsewhere,
    and what `rule` refuses, are left out. Raises BadAddress when the networks hold more than MOST_HOSTS addresses together.
    """
    from citysquare.engine.sources.onvif import discovery  # noqa: PLC0415 -- lxml comes with the first search, not with the import

    return await discovery.discover(networks, rule=rule, timeout=timeout)


async def describe(address: str, credentials: Credentials | None, *, rule: AddressRule, clock: Clock, timeout: float = 15.0) -> Device:  # noqa: ASYNC109 - bounds several steps, each with a sentence of its own
    """Ask the device at `address` (a host, host:port, or http(s)://host:port/path) what it is and what it streams.

    Raises BadAddress, Unreachable, Stalled (too slow), NotOnvif, WrongPassword, ClockOff, DeviceFailed, Garbled or NoVideo (no profile
    that can be recorded), each with a sentence that says what to do. Never contains the password.
    """
    from citysquare.engine.sources.onvif import device  # noqa: PLC0415 -- zeep comes with the first question, not with the import

    return await device.describe(address, credentials, rule=rule, clock=clock, timeout=timeout)


async def clock_error(address: str, *, rule: AddressRule, clock: Clock, timeout: float = 5.0) -> float | None:  # noqa: ASYNC109 - bounds several steps, each with a sentence of its own
    """Return the seconds by which the device's clock is ahead of `clock`, good to a second; None when it does not tell a time.

    Needs no password. Raises as `describe` does.
    """
    from citysquare.engine.sources.onvif import device  # noqa: PLC0415 -- as above

    return await device.clock_error(address, rule=rule, clock=clock, timeout=timeout)
