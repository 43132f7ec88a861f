"""Our own small RTSP client: one TCP connection per stream, everything interleaved on it.

Words: a *connection* is the TCP line and its framing, a *session* the RTSP dialogue on it, a *receiver* turns what plays into pictures, a
*source* lives for ever and reconnects.
"""

from citysquare.engine.sources.rtsp.source import RtspSource, SourceStatus, open_once

__all__ = ["RtspSource", "SourceStatus", "open_once"]
