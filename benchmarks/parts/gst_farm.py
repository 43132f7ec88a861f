"""Cameras that are not of our making: GStreamer's own RTSP server, showing clips.

    /usr/bin/python3 gst_farm.py PORT NAME=COUNT=CLIP.mp4 ...  ->  rtsp://127.0.0.1:PORT/NAME1 .. NAME<COUNT>

Runs under the system's Python, which has the bindings (Debian: gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-base, -good, -bad,
python3-gi); prints `serving` once the cameras can be opened. Each camera plays its clip once, from the moment it is first opened until its
last viewer has gone.
"""

from __future__ import annotations

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 -- the versions are asked for before the import


def main(arguments: list[str]) -> None:
    """Serve for ever."""
    Gst.init(None)
    missing = [name for name in ("qtdemux", "h264parse", "rtph264pay") if Gst.ElementFactory.find(name) is None]
    if missing:
        raise SystemExit(f"GStreamer lacks {', '.join(missing)}.")
    if arguments == ["--probe"]:
        return
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(arguments[0])
    mounts = server.get_mount_points()
    for words in arguments[1:]:
        name, count, clip = words.split("=", 2)
        for number in range(1, int(count) + 1):
            factory = GstRtspServer.RTSPMediaFactory()
            factory.set_launch(
                f"( filesrc location={clip} ! qtdemux ! h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
            )
            factory.set_shared(True)
            mounts.add_factory(f"/{name}{number}", factory)
    if not server.attach(None):
        raise SystemExit(f"Port {arguments[0]} is taken.")
    print("serving", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(sys.argv[1:])
