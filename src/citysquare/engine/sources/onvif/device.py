"""What a device is and streams, asked step by step: its clock, itself, its services, its profiles, their addresses."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from citysquare.engine.errors import BadAddress, DeviceFailed, NotOnvif, NoVideo, SourceError, Stalled, WrongPassword
from citysquare.engine.model import TICKS_PER_SECOND
from citysquare.engine.ports import Clock
from citysquare.engine.sources.addresses import AddressRule, parse_camera_url
from citysquare.engine.sources.onvif import soap
from citysquare.engine.sources.onvif.choosing import main_and_sub
from citysquare.engine.sources.onvif.model import Credentials, Device, Profile
from citysquare.engine.sources.onvif.signin import Session
from citysquare.engine.sources.onvif.soap import DEVICE, MEDIA1, MEDIA2, PTZ, several, tidy
from citysquare.engine.sources.onvif.wire import Wire, parse_place

MOST_PROFILES = 64
_CODECS = {"H264": "h264", "H265": "h265", "HEVC": "h265"}


async def describe(
    address: str,
    credentials: Credentials | None,
    *,
    rule: AddressRule,
    clock: Clock,
    timeout: float,  # noqa: ASYNC109 -- see the package
) -> Device:
    """See the package."""
    try:
        async with asyncio.timeout(timeout):
            session = await _session(address, credentials, rule, clock)
            session.clock_error = await _clock_error(session)
            return await _describe(session, rule)
    except TimeoutError:
        raise _too_slow(address, timeout) from None


async def clock_error(address: str, *, rule: AddressRule, clock: Clock, timeout: float) -> float | None:  # noqa: ASYNC109 -- as above
    """See the package."""
    try:
        async with asyncio.timeout(timeout):
            return await _clock_error(await _session(address, None, rule, clock))
    except WrongPassword:
        return None  # it tells its time only to its users, against the specification
    except TimeoutError:
        raise _too_slow(address, timeout) from None


def _too_slow(address: str, timeout: float) -> Stalled:
    shown = parse_place(address).shown
    return Stalled(f"{shown} did not answer all questions within {timeout:.0f} s; it may be busy or the network slow: try again.")


async def _session(address: str, credentials: Credentials | None, rule: AddressRule, clock: Clock) -> Session:
    if credentials is not None and not _can_be_sent(credentials):
        raise WrongPassword("User and password can have 128 characters each, and no control characters.")
    wire = await Wire.lay(parse_place(address), rule)
    await asyncio.to_thread(soap.client, DEVICE)
    return Session(wire, credentials, clock)


def _can_be_sent(credentials: Credentials) -> bool:
    return all(len(text) <= 128 and text.isprintable() for text in (credentials.user, credentials.password))


async def _clock_error(session: Session) -> float | None:
    asked = session.clock.wall()
    try:
        said = await session.ask(DEVICE, session.wire.place.path, "GetSystemDateAndTime")
    except DeviceFailed:
        return None
    answered = session.clock.wall()
    at = _time_of(said)
    # The device says whole seconds: half a second more is nearer the truth. The question took as long there as back.
    return None if at is None else round(at.timestamp() + 0.5 - (asked + answered) / 2 / TICKS_PER_SECOND, 1)


def _time_of(said: Any) -> datetime | None:  # noqa: ANN401 -- zeep's values
    try:
        told = said.UTCDateTime
        day, time = told.Date, told.Time
        second = min(time.Second, 59)  # a leap second
        return datetime(day.Year, day.Month, day.Day, time.Hour, time.Minute, second, tzinfo=UTC)
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None


@dataclass(slots=True)
class _Services:
    """Where the device's services are; paths only."""

    media1: str | None = None
    media2: str | None = None
    ptz: bool = False


@dataclass(slots=True)
class _Offered:
    """What the profiles gave."""

    profiles: list[Profile] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def _describe(session: Session, rule: AddressRule) -> Device:
    own = session.wire.place.path
    itself = await session.ask(DEVICE, own, "GetDeviceInformation")
    services = await _services(session)
    offered = await _profiles(session, services, rule)
    if not offered.profiles:
        why = offered.left_out[0] if offered.left_out else "set up a stream in H.264 or H.265 in the camera's own pages."
        raise NoVideo(f"{session.about} offers no stream that can be recorded: {why}")
    main, sub = main_and_sub(offered.profiles)
    return Device(
        address=session.wire.place.url,
        manufacturer=_text(itself, "Manufacturer"),
        model=_text(itself, "Model"),
        firmware=_text(itself, "FirmwareVersion"),
        serial=_text(itself, "SerialNumber"),
        clock_error=session.clock_error,
        sign_in=session.sign_in,
        profiles=tuple(sorted(offered.profiles, key=lambda profile: -profile.width * profile.height)),
        main=main,
        sub=sub,
        ptz=any(profile.ptz for profile in offered.profiles),
        left_out=tuple(offered.left_out),
        notes=tuple(dict.fromkeys(offered.notes)),
    )


def _text(values: Any, name: str) -> str:  # noqa: ANN401 -- zeep's values
    return tidy(getattr(values, name, ""))


async def _services(session: Session) -> _Services:
    own = session.wire.place.path
    try:
        listed = await session.ask(DEVICE, own, "GetServices", IncludeCapability=False)
    except (DeviceFailed, NotOnvif):
        return await _old_services(session)
    found = _Services()
    for service in several(listed)[:64]:
        namespace, address = getattr(service, "Namespace", None), str(getattr(service, "XAddr", ""))
        if namespace == MEDIA1:
            found.media1 = session.wire.path_of(address)
        elif namespace == MEDIA2:
            found.media2 = session.wire.path_of(address)
        elif namespace == PTZ:
            found.ptz = True
    return found


async def _old_services(session: Session) -> _Services:
    """Ask as devices before ONVIF 2.1 understood it."""
    said = await session.ask(DEVICE, session.wire.place.path, "GetCapabilities", Category=["All"])
    media = getattr(said, "Media", None)
    address = getattr(media, "XAddr", None)
    return _Services(media1=session.wire.path_of(str(address)) if address else None, ptz=getattr(said, "PTZ", None) is not None)


async def _profiles(session: Session, services: _Services, rule: AddressRule) -> _Offered:
    """Ask the newer media service first: only it knows H.265. The older one answers where that fails or is missing."""
    trouble: SourceError | None = None
    offered = _Offered()
    for service, path, arguments in ((MEDIA2, services.media2, {"Type": ["All"]}), (MEDIA1, services.media1, {})):
        if path is None:
            continue
        await asyncio.to_thread(soap.client, service)
        try:
            listed = await session.ask(service, path, "GetProfiles", **arguments)
        except (DeviceFailed, NotOnvif) as error:
            trouble = error
            continue
        for said in several(listed)[:MOST_PROFILES]:
            await _take(session, service, path, said, rule=rule, offered=offered)
        if offered.profiles:
            return offered
    if trouble is not None and not offered.left_out:
        raise trouble
    return offered


async def _take(session: Session, service: str, path: str, said: Any, *, rule: AddressRule, offered: _Offered) -> None:  # noqa: ANN401 -- zeep's values
    """Read one profile and ask for its address; what cannot be used is left out with a sentence."""
    profile = _read(service, said)
    if profile is None:
        return
    name = profile.name or profile.token
    if profile.codec not in _CODECS.values():
        offered.left_out.append(f"“{name}” is coded as {profile.codec or 'something unknown'}; H.264 and H.265 are recorded.")
        return
    try:
        url = await _stream_address(session, service, path, profile.token)
        usable, moved = own_stream(url, session.wire, rule)
    except (BadAddress, DeviceFailed, NotOnvif) as error:
        offered.left_out.append(f"“{name}” has no address that can be used: {error.message}")
        return
    if moved:
        offered.notes.append(f"The device names {moved} as the host of its streams; its own address {session.about} is used instead.")
    offered.profiles.append(profile.at(usable))


async def _stream_address(session: Session, service: str, path: str, token: str) -> str:
    if service == MEDIA2:
        said = await session.ask(service, path, "GetStreamUri", Protocol="RTSP", ProfileToken=token)
    else:
        setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
        said = getattr(await session.ask(service, path, "GetStreamUri", StreamSetup=setup, ProfileToken=token), "Uri", None)
    return str(said or "").strip()


def own_stream(url: str, wire: Wire, rule: AddressRule) -> tuple[str, str]:
    """Return a stream's address at the device's own host, without user and password, and the other host it named, if it did.

    A device behind a router, or with several addresses, often names one that is not the one it was reached at. One that is hostile names
    somebody else's. Both get the same: its own. Raises BadAddress.
    """
    camera = parse_camera_url(url)
    host = wire.place.host
    own = f"[{host}]" if ":" in host else host
    parts = urlsplit(camera.target)
    tail = urlunsplit(("", "", parts.path, parts.query, ""))
    usable = f"{camera.scheme}://{own}:{camera.port}{tail}"
    rule.check_url(usable)
    for address in wire.addresses:
        rule.check_url(f"{camera.scheme}://{f'[{address}]' if ':' in address else address}:{camera.port}{tail}")
    return usable, "" if wire.is_own(camera.host) else tidy(camera.host, 80)


def _read(service: str, said: Any) -> Profile | None:  # noqa: ANN401 -- zeep's values
    """Return a profile without its address; None when it has no video or no name to ask by."""
    token = getattr(said, "token", None)
    parts = getattr(said, "Configurations", None) if service == MEDIA2 else said
    encoder = getattr(parts, "VideoEncoder" if service == MEDIA2 else "VideoEncoderConfiguration", None)
    source = getattr(parts, "VideoSource" if service == MEDIA2 else "VideoSourceConfiguration", None)
    if not token or len(str(token)) > 64 or encoder is None:
        return None
    size, limit = getattr(encoder, "Resolution", None), getattr(encoder, "RateControl", None)
    spoken = tidy(getattr(encoder, "Encoding", ""), 20)
    return Profile(
        token=str(token),
        name=tidy(getattr(said, "Name", "")),
        codec=_CODECS.get(spoken.upper().replace(".", ""), spoken),
        width=int(_number(size, "Width")),
        height=int(_number(size, "Height")),
        fps=round(_number(limit, "FrameRateLimit"), 2),
        bitrate=int(_number(limit, "BitrateLimit")),
        rtsp_url="",
        ptz=getattr(parts, "PTZ" if service == MEDIA2 else "PTZConfiguration", None) is not None,
        source=tidy(getattr(source, "SourceToken", ""), 64),
    )


def _number(values: Any, name: str) -> float:  # noqa: ANN401 -- zeep's values
    try:
        number = float(getattr(values, name, 0) or 0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if 0 <= number <= 10_000_000 else 0.0
