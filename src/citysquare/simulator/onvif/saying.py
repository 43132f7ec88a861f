"""What a simulated device answers, as values that zeep writes after ONVIF's service descriptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from citysquare.engine.sources.onvif.soap import DEVICE, MEDIA1, MEDIA2, PTZ

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of a device, and the profile that offers it."""

    token: str
    width: int
    height: int
    rtsp_url: str
    codec: str = "H264"
    """H264, H265, JPEG or MPEG4, as ONVIF spells them."""
    fps: int = 25
    bitrate: int = 4096
    source: str = "source1"
    ptz: bool = False


def clock(at: datetime) -> Values:
    """Answer GetSystemDateAndTime."""
    time = {"Hour": at.hour, "Minute": at.minute, "Second": at.second}
    day = {"Year": at.year, "Month": at.month, "Day": at.day}
    return {"SystemDateAndTime": {"DateTimeType": "NTP", "DaylightSavings": False, "UTCDateTime": {"Time": time, "Date": day}}}


def information(name: str, serial: str) -> Values:
    """Answer GetDeviceInformation."""
    return {"Manufacturer": "Citysquare", "Model": name, "FirmwareVersion": "1.0", "SerialNumber": serial, "HardwareId": "simulated"}


def services(base: str, *, media2: bool, ptz: bool) -> Values:
    """Answer GetServices."""
    spaces = {DEVICE: "device_service", MEDIA1: "media_service"}
    spaces |= {MEDIA2: "media2_service"} if media2 else {}
    spaces |= {PTZ: "ptz_service"} if ptz else {}
    version = {"Major": 2, "Minor": 60}
    return {"Service": [{"Namespace": space, "XAddr": f"{base}/onvif/{path}", "Version": version} for space, path in spaces.items()]}


def capabilities(base: str) -> Values:
    """Answer GetCapabilities."""
    return {"Capabilities": {"Media": {"XAddr": f"{base}/onvif/media_service", "StreamingCapabilities": {"RTPMulticast": False}}}}


def profiles(service: str, streams: list[Stream]) -> Values:
    """Answer GetProfiles of either media service. The older one knows no H.265 and leaves such profiles out."""
    if service == MEDIA2:
        return {"Profiles": [_profile2(stream) for stream in streams]}
    return {"Profiles": [_profile1(stream) for stream in streams if stream.codec != "H265"]}


def _profile2(stream: Stream) -> Values:
    parts = {"VideoSource": _source(stream), "VideoEncoder": _encoder(stream)}
    parts |= {"PTZ": {"token": "ptz1", "Name": "ptz1", "UseCount": 1, "NodeToken": "node1"}} if stream.ptz else {}
    return {"token": stream.token, "fixed": True, "Name": stream.token, "Configurations": parts}


def _profile1(stream: Stream) -> Values:
    encoder = _encoder(stream)
    encoder["RateControl"]["EncodingInterval"] = 1
    nowhere = {"Address": {"Type": "IPv4", "IPv4Address": "0.0.0.0"}, "Port": 0, "TTL": 1, "AutoStart": False}  # noqa: S104 -- data
    encoder |= {"Multicast": nowhere, "SessionTimeout": "PT60S"}
    said = {"token": stream.token, "fixed": True, "Name": stream.token}
    said |= {"VideoSourceConfiguration": _source(stream), "VideoEncoderConfiguration": encoder}
    said |= {"PTZConfiguration": {"token": "ptz1", "Name": "ptz1", "UseCount": 1, "NodeToken": "node1"}} if stream.ptz else {}
    return said


def _source(stream: Stream) -> Values:
    bounds = {"x": 0, "y": 0, "width": stream.width, "height": stream.height}
    return {"token": f"{stream.source}-view", "Name": stream.source, "UseCount": 1, "SourceToken": stream.source, "Bounds": bounds}


def _encoder(stream: Stream) -> Values:
    return {
        "token": f"{stream.token}-encoder",
        "Name": stream.token,
        "UseCount": 1,
        "Encoding": stream.codec,
        "Resolution": {"Width": stream.width, "Height": stream.height},
        "RateControl": {"FrameRateLimit": stream.fps, "BitrateLimit": stream.bitrate},
        "Quality": 5,
    }


def stream_uri(service: str, url: str) -> Values:
    """Answer GetStreamUri of either media service."""
    if service == MEDIA2:
        return {"Uri": url}
    return {"MediaUri": {"Uri": url, "InvalidAfterConnect": False, "InvalidAfterReboot": False, "Timeout": "PT0S"}}
