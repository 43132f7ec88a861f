"""What is wrong with a camera, in the language of the moment.

The engine's sentences are English and precise; its codes are stable. Other languages get a sentence by code, with the engine's own
behind it, which names host, port or path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from citysquare.engine.errors import (
    BadAddress,
    ClockOff,
    EngineError,
    Garbled,
    NotOnvif,
    NoVideo,
    Refused,
    Stalled,
    Unreachable,
    WrongPassword,
)

SENTENCES: dict[str, Promise | str] = {
    BadAddress.code: _("A camera cannot have this address."),
    Unreachable.code: _("The camera cannot be reached: check its address, its cable and the network."),
    Refused.code: _("The camera refuses us: check its address, user and password."),
    Stalled.code: _("The camera answers, but sends no picture: try its other stream, or restart it."),
    Garbled.code: _("What arrives is damaged or no RTSP: check the port and the path."),
    NoVideo.code: _("There is no video there that can be recorded: choose H.264 or H.265 in the camera's settings."),
}


def in_words(error: EngineError) -> str:
    """Return what is wrong as one text for a person."""
    sentence = SENTENCES.get(error.code)
    if sentence is None or (get_language() or "en").split("-")[0] == "en":
        return error.message
    return f"{sentence} ({error.message})"


FACTORY_PASSWORD = _("This is the password the maker delivers such cameras with: set one of your own in the camera first.")

ADVICE: dict[str, Promise | str] = {
    BadAddress.code: _("Where cameras may be is a setting of this installation (camera_networks)."),
    Unreachable.code: _(
        "Check address and port (mostly 554), the cable, and whether a firewall stands between this machine and the camera."
    ),
    Refused.code: _(
        "Check user, password and path in the camera's own pages. Wrong tries may shut a user out for a while, and some cameras "
        "let few people watch at once."
    ),
    Stalled.code: _("Look whether this stream is switched on in the camera, try its other one, or restart it."),
    Garbled.code: _("Check the port: RTSP is mostly 554, and 80 or 8000 belong to the camera's pages."),
    NoVideo.code: _("Choose H.264 or H.265 for this stream in the camera's video settings; motion JPEG is not recorded."),
    NotOnvif.code: _("Switch ONVIF on in the camera's network settings, or add it by its RTSP address."),
    WrongPassword.code: _("Many makers keep ONVIF users apart: make one for Citysquare in the camera's own pages."),
    ClockOff.code: _("Set the camera's clock, best by NTP, and try again."),
}
_KEYFRAME = "decoding could start"
"""What the engine's sentences on missing keyframes say."""


def advice(error: EngineError) -> str:
    """Return what to do about it; empty where the sentence itself says so."""
    if isinstance(error, Stalled) and _KEYFRAME in error.message:
        return gettext("Set its keyframe interval (GOP, I-frame) to one or two seconds, and “smart” or “plus” codecs off.")
    return str(ADVICE.get(error.code, ""))


def profile_in_words(profile: Mapping[str, Any]) -> str:
    """Return one line on a stream that a device offers; what it does not say is left out."""
    codec = {"h264": "H.264", "h265": "H.265"}.get(profile["codec"], profile["codec"])
    size = f"{profile['width']} \N{MULTIPLICATION SIGN} {profile['height']}" if profile["width"] else ""
    rate = gettext("%(rate)s pictures a second") % {"rate": number_format(round(profile["fps"], 1))} if profile["fps"] else ""
    bits = f"{number_format(profile['bitrate'])} kbit/s" if profile["bitrate"] else ""
    said = " · ".join(filter(None, (codec, size, rate, bits)))
    return f"{profile['name'] or profile['token']}: {said}" if said else profile["name"] or profile["token"]
