"""Everything the engine can refuse or fail with, as one tree.

    EngineError                      code, message (one sentence for a person)
    |-- SourceError                  a camera or file that cannot be read
    |   |-- BadAddress               source.bad_address     the text is no address we may open
    |   |-- Unreachable              source.unreachable     no connection, or it broke
    |   |-- Refused                  source.refused         the camera said no (login, session limit, no such path)
    |   |-- Stalled                  source.stalled         connected, but nothing arrives
    |   |-- Garbled                  source.garbled         what arrives breaks RTSP, RTP or NAL framing
    |   |-- NoVideo                  source.no_video        readable, but without a video we can record
    |   `-- NotMedia                 source.not_media       a file that is empty or no video at all
    |-- StoreError                   footage that cannot be kept
    |   |-- StoreFull                store.full
    |   |-- StoreReadOnly            store.read_only
    |   |-- StoreDamaged             store.damaged          what is there is not what we wrote
    |   `-- StoreFailed              store.failed           any other input or output error
    |-- DecodeError                  decode.failed          a coded picture that cannot be decoded
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


class BadNodeFile(EngineError):
    """The list of a node's cameras cannot be read."""

    code = "node.bad_file"
