"""Who records in `./do bench record`: Citysquare, `ffmpeg -c copy`, and Motion in two settings. Each writes below FOLDER/<camera>/."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from citysquare.engine.footage import StoreLimits
from citysquare.engine.local import NodeCamera, NodeFile, write_node_file

Start = Callable[[Sequence[str], Path, int], list[list[str]]]
"""From addresses, an empty folder and the farm's port to the command lines that record."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """One way to record."""

    key: str
    title: str
    start: Start
    most: int | None = None
    """With more cameras it would take the whole machine."""


def camera_name(number: int) -> str:
    """Name the folder of the camera with this place in the list."""
    return f"cam{number + 1}"


def citysquare(urls: Sequence[str], folder: Path, port: int) -> list[list[str]]:
    """Record as the product does: `python -m citysquare.engine node` with a node file."""
    cameras = tuple(NodeCamera(camera_name(number), url) for number, url in enumerate(urls))
    node = folder.with_name(folder.name + ".node.json")
    write_node_file(node, NodeFile(folder, cameras, StoreLimits(), frozenset({port})))
    return [[sys.executable, "-m", "citysquare.engine", "node", str(node)]]


def ffmpeg_copy(urls: Sequence[str], folder: Path, port: int) -> list[list[str]]:  # noqa: ARG001 -- one shape for all
    """Record with one ffmpeg for each camera, without decoding."""
    program = shutil.which("ffmpeg") or "ffmpeg"
    commands = []
    for number, url in enumerate(urls):
        target = folder / camera_name(number)
        target.mkdir()
        words = [program, "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i", url, "-c", "copy"]
        commands.append([*words, "-movflags", "frag_keyframe+empty_moov+default_base_moof", str(target / "1.mp4")])
    return commands


def motion(urls: Sequence[str], folder: Path, *, analysis: Sequence[str]) -> list[list[str]]:
    """Record all the time with one Motion for all cameras, coded pictures passed through as they came."""
    settings = folder.with_name(folder.name + ".motion")
    settings.mkdir()
    common = [
        *("daemon off", "setup_mode off", "log_level 4", f"log_file {settings / 'log'}", f"pid_file {settings / 'pid'}"),
        *("webcontrol_port 0", "stream_port 0", f"target_dir {folder}"),
    ]
    cameras = []
    for number, url in enumerate(urls):
        target = folder / camera_name(number)
        target.mkdir()
        lines = [
            *(f"camera_id {number + 1}", f"netcam_url {url}", "netcam_use_tcp on", "width 1920", "height 1080", f"target_dir {target}"),
            *("movie_output on", "movie_passthrough on", "movie_codec mkv", "movie_max_time 60", "movie_filename %Y%m%d%H%M%S"),
            *("emulate_motion on", "picture_output off", *analysis),
        ]
        (settings / f"camera{number + 1}.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        cameras.append(f"camera {settings / f'camera{number + 1}.conf'}")
    (settings / "motion.conf").write_text("\n".join([*common, *cameras]) + "\n", encoding="utf-8")
    return [[shutil.which("motion") or "motion", "-n", "-c", str(settings / "motion.conf")]]


def motion_analysing(urls: Sequence[str], folder: Path, port: int) -> list[list[str]]:  # noqa: ARG001 -- one shape for all
    """Let Motion look at each picture, as it comes."""
    return motion(urls, folder, analysis=["framerate 25"])


def motion_least(urls: Sequence[str], folder: Path, port: int) -> list[list[str]]:  # noqa: ARG001 -- one shape for all
    """Let Motion look as little as its settings allow."""
    return motion(urls, folder, analysis=["framerate 2", "noise_tune off", "despeckle_filter", "pre_capture 0", "text_right"])


OURS = Recorder("citysquare", "Citysquare", citysquare)
MOTION_CAMERAS = 4


def available() -> list[Recorder]:
    """Return everyone who can record here, Citysquare first."""
    found = [OURS]
    if shutil.which("ffmpeg"):
        found.append(Recorder("ffmpeg", "`ffmpeg -c copy`", ffmpeg_copy))
    if shutil.which("motion"):
        found.append(Recorder("motion", "Motion, its analysis as it comes", motion_analysing, MOTION_CAMERAS))
        found.append(Recorder("motion-least", "Motion, least analysis", motion_least, MOTION_CAMERAS))
    return found


def version(program: str, *words: str) -> str:
    """Return the first line a program says about itself."""
    path = shutil.which(program)
    if path is None:
        return "not here"
    done = subprocess.run([path, *words], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).partition("\n")[0].strip()
