"""The READ-ME of a bundle: what it is and how to check it, in four languages, for who has never heard of us."""

from __future__ import annotations

from citysquare.proof.bundles import audit, manifest
from citysquare.proof.words import LANGUAGES, Sentence, Words, gettext_noop

_WHAT = {
    audit.KIND: gettext_noop("This is a stretch of the audit log of a Citysquare centre: who did, saw or was refused what, and when."),
    manifest.KIND: gettext_noop("This is an exhibit of a Citysquare centre: footage with the proof of where it comes from."),
}
_HOW = (
    gettext_noop("To check it, install Citysquare on a computer of your own (no network is needed) and run:"),
    gettext_noop(
        "Ask the centre by another way, by telephone or on paper, for the fingerprint of its key, and compare it with what the check says."
    ),
    gettext_noop("Keep the file as it is: a single changed byte makes the check fail."),
)


def read_me(kind: str) -> bytes:
    """Return the text for a bundle of this kind (`audit.KIND`, `manifest.KIND`), in UTF-8."""
    parts = []
    for language in LANGUAGES:
        what, run, compare, keep = (Words(language).say(Sentence(text)) for text in (_WHAT[kind], *_HOW))
        parts.append(f"[{language}]\n{what}\n{run}\n\n    citysquare-verify --language {language} THIS-FILE.zip\n\n{compare}\n{keep}\n")
    return "\n".join(parts).encode()
