"""Live pictures in the browser: one WebSocket per page, fed from the recording.

`hub` follows each watched stream once and feeds everybody who watches it; `viewer` is one page: what it may see, what waits to be sent;
`wire` is the protocol; `gate` asks who may look and leaves the log line; `application` is the ASGI door at `/live/`.
Nothing here decodes, re-encodes or holds up the recorder: it reads the files the recorder writes.
"""
