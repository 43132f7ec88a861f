"""A stream's description (SDP, RFC 8866, as RFC 2326 appendix C uses it): which video there is and how to ask for it."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

from citysquare.engine.errors import Garbled, NoVideo
from citysquare.engine.model import Codec

_MAX_LINES = 1000
_CODECS = {"H264": Codec.H264, "H265": Codec.H265, "HEVC": Codec.H265}
_STATIC_PAYLOADS = {26: "JPEG", 31: "H261", 32: "MPEG-1 or MPEG-2", 33: "MPEG-TS", 34: "H263"}
_SPROP = {Codec.H264: ("sprop-parameter-sets",), Codec.H265: ("sprop-vps", "sprop-sps", "sprop-pps")}


@dataclass(slots=True)
class _Media:
    kind: str
    payloads: list[int]
    control: str = ""
    names: dict[int, str] = field(default_factory=dict)
    formats: dict[int, dict[str, str]] = field(default_factory=dict)
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """The video we will ask for."""

    codec: Codec
    payload_type: int
    control: str
    """The whole address for SETUP."""
    aggregate: str
    """The address for PLAY and what follows."""
    parameter_sets: tuple[bytes, ...]
    frames_per_second: float | None
    """As announced."""


def parse(text: str, base: str, camera: str) -> Description:
    """Return the first H.264 or H.265 video. Raises NoVideo or Garbled; `camera` is its name in sentences."""
    lines = text.replace("\r", "\n").split("\n")
    if len(lines) > _MAX_LINES or not any(line.startswith(("v=", "m=")) for line in lines):
        raise Garbled(f"The description that {camera} sends of its stream cannot be read.")
    control, sections = _sections(lines)
    others: list[str] = []
    for media in sections:
        if media.kind != "video":
            continue
        for payload in media.payloads:
            name = media.names.get(payload) or _STATIC_PAYLOADS.get(payload, "an unnamed coding")
            codec = _CODECS.get(name.upper())
            if codec is not None:
                return _describe(media, payload, codec, base, control)
            others.append(name)
    if others:
        raise NoVideo(f"{camera} sends its video as {others[0]}; set this stream to H.264 or H.265 in the camera.")
    if any(media.kind == "audio" for media in sections):
        raise NoVideo(f"This stream of {camera} carries sound but no video.")
    raise NoVideo(f"This stream of {camera} carries no video.")


def _sections(lines: list[str]) -> tuple[str, list[_Media]]:
    control = ""
    sections: list[_Media] = []
    for line in lines:
        mark, value = line[:2], line[2:].strip()
        if mark == "m=":
            words = value.split()
            sections.append(
                _Media(words[0].lower() if words else "", [int(w) for w in words[3:] if w.isdecimal() and len(w) <= 3 and int(w) < 128])
            )
        elif mark == "a=":
            name, _, rest = value.partition(":")
            if sections:
                _attribute(sections[-1], name.lower(), rest.strip())
            elif name.lower() == "control":
                control = rest.strip()
    return control, sections


def _attribute(media: _Media, name: str, value: str) -> None:
    if name == "control":
        media.control = value
    elif name in ("framerate", "x-framerate"):
        try:
            rate = float(value)
        except ValueError:
            return
        media.rate = rate if 0.01 < rate < 1000 else None
    elif name in ("rtpmap", "fmtp"):
        number, _, rest = value.partition(" ")
        if not number.isdecimal() or len(number) > 3:
            return
        if name == "rtpmap":
            media.names[int(number)] = re.sub(r"[^A-Za-z0-9._-]", "", rest.partition("/")[0])[:40]
        else:
            fields = (item.partition("=") for item in rest.split(";"))
            media.formats[int(number)] = {key.strip().lower(): text.strip() for key, _, text in fields}


def _describe(media: _Media, payload: int, codec: Codec, base: str, control: str) -> Description:
    aggregate = resolve(base, control)
    return Description(
        codec=codec,
        payload_type=payload,
        control=resolve(aggregate if control not in ("", "*") else base, media.control),
        aggregate=aggregate,
        parameter_sets=tuple(_parameter_sets(codec, media.formats.get(payload, {}))),
        frames_per_second=media.rate,
    )


def _parameter_sets(codec: Codec, fields: dict[str, str]) -> list[bytes]:
    """Decode sprop values; those that cannot be read are left out, since most cameras repeat them in band."""
    units = []
    for name in _SPROP[codec]:
        for text in fields.get(name, "").split(","):
            try:
                unit = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
            except (binascii.Error, ValueError):
                continue
            if unit:
                units.append(unit)
    return units


def resolve(base: str, control: str) -> str:
    """Return a control address: absolute as it is, otherwise behind `base`.

    Joined as text, not by RFC 3986, since cameras that name their stream in a query (`?channel=1`) expect it so.
    """
    if control in ("", "*"):
        return base
    if control.lower().startswith(("rtsp://", "rtsps://")):
        return control
    return f"{base.rstrip('/')}/{control.lstrip('/')}"
