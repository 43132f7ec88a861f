"""Everything the engine can refuse or fail with, as one tree.

    EngineError                      code, message (one sentence for a person)
    |-- SourceError                  a camera or file that cannot be read
    |   |-- BadAddress               source.bad_address     the text is no address we may open
    |   |-- Unreachable              source.unreachable     no connection, or it broke
    |   |-- Refused                  source.refused         the camera said no (login, session limit, no such path)
    |   |-- Stalled                  source.stalled         connected, but nothing arrives
    |   |-- Garbled                  source.garbled         what arrives breaks RTSP, RTP or NAL framing
    |   |-- NoVideo                  source.no_video        readable, but without a video we can record
    |   |-- WrongPassword            source.wrong_password  a Refused: user or password is wrong
    |   |-- ClockOff                 source.clock_off       a Refused: the camera's clock is too wrong to sign in
    |   |-- NotOnvif                 source.not_onvif       something answers, but not as ONVIF says
    |   |-- DeviceFailed             source.device_failed   an ONVIF device that says it cannot do what was asked
    |   `-- NotMedia                 source.not_media       a file that is empty or no video at all
    |-- StoreError                   footage that cannot be kept
    |   |-- StoreFull                store.full
    |   |-- StoreReadOnly            store.read_only
    |   |-- StoreDamaged             store.damaged          what is there is not what we wrote
    |   `-- StoreFailed              store.failed           any other input or output error
    |-- DecodeError                  decode.failed          a coded picture that cannot be decoded
    |-- SealingError                 passwords at rest
    |   |-- BadKeyFile               seal.bad_key_file      the file with the keys is missing, damaged or readable by others
    |   `-- CannotUnseal             seal.cannot_unseal     a sealed password opens with no key we have
    `-- BadNodeFile                  node.bad_file          the list of a node's cameras cannot be read

Codes are stable: programs and translations rely on them. Messages never contain a password.
"""

from __future__ import annotations

from typing import ClassVar


class EngineError(Exception):
    """Root of the tree. `message` is one sentence a person understands; `code` never changes."""

    code: ClassVar[str] = "engine.error"

    def __init__(self, message: str) -> None:
        """Keep the sentence."""
        super().__init__(message)
        self.message = message


class SourceError(EngineError):
    """A camera or file that cannot be read."""

    code = "source.error"


class BadAddress(SourceError):
    """The text is not an address we may open."""

    code = "source.bad_address"


class Unreachable(SourceError):
    """No connection could be made, or it broke."""

    code = "source.unreachable"


class Refused(SourceError):
    """The camera answered and said no."""

    code = "source.refused"


class WrongPassword(Refused):
    """The camera knows no such user with this password, or gives this user too few rights."""

    code = "source.wrong_password"


class ClockOff(Refused):
    """The camera's clock is too far from ours for it to accept a dated sign-in."""

    code = "source.clock_off"


class NotOnvif(SourceError):
    """Something answers at the address, but not as the ONVIF specifications say."""

    code = "source.not_onvif"


class DeviceFailed(SourceError):
    """An ONVIF device answers that it cannot do what was asked."""

    code = "source.device_failed"


class Stalled(SourceError):
    """Connected, but nothing arrives."""

    code = "source.stalled"


class Garbled(SourceError):
    """What arrives breaks RTSP, RTP or NAL framing."""

    code = "source.garbled"


class NoVideo(SourceError):
    """Readable, but without a video we can record."""

    code = "source.no_video"


class NotMedia(SourceError):
    """A file that is empty or no video at all."""

    code = "source.not_media"


class StoreError(EngineError):
    """Footage that cannot be kept."""

    code = "store.error"


class StoreFull(StoreError):
    """The volume has no room left."""

    code = "store.full"


class StoreReadOnly(StoreError):
    """The volume refuses writes."""

    code = "store.read_only"


class StoreDamaged(StoreError):
    """What is in the store is not what we wrote."""

    code = "store.damaged"


class StoreFailed(StoreError):
    """Any other input or output error of the volume."""

    code = "store.failed"


class DecodeError(EngineError):
    """A coded picture that cannot be decoded."""

    code = "decode.failed"


class SealingError(EngineError):
    """Passwords at rest that cannot be sealed or opened."""

    code = "seal.error"


class BadKeyFile(SealingError):
    """The file with the keys is missing, damaged or readable by others."""

    code = "seal.bad_key_file"


class CannotUnseal(SealingError):
    """A sealed password opens with no key we have."""

    code = "seal.cannot_unseal"


class BadNodeFile(EngineError):
    """The list of a node's cameras cannot be read."""

    code = "node.bad_file"
