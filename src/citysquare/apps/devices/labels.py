"""What is wrong with a camera, in the language of the moment.

The engine's sentences are English and precise; its codes are stable. Other languages get a sentence by code, with the engine's own
behind it, which names host, port or path.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from citysquare.engine.errors import BadAddress, EngineError, Garbled, NoVideo, Refused, Stalled, Unreachable

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
