"""What recording costs: our recorder against a plain remux of the same streams, paired, in the same run.

    ./do bench record [--cameras N] [--seconds S] [--rounds R]

Starts the simulator with N cameras (1080p main streams), lets it settle, then in each round records all of them for S seconds
with `python -m citysquare.engine record` (own client, fragments, SHA-256, ledger) and with the peer: one `ffmpeg -c copy` to
fragmented MP4 for each camera, or without ffmpeg one PyAV remuxer with a thread for each camera. Prints CPU seconds per camera
and second as a share of one core, and the ratio ours / peer.
A round in which the machine had less than 15 % idle time is void.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

PORT = 18700
LEAST_IDLE_PERCENT = 15.0

PYAV_REMUX = """
import sys, threading, time, av
end = time.monotonic() + float(sys.argv[1])
def remux(url, path):
    with av.open(url, options={"rtsp_transport": "tcp"}, timeout=(5, 3)) as source:
        stream = source.streams.video[0]
        options = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "500000"}
        with av.open(path, "w", format="mp4", options=options) as out:
            copy = out.add_stream_from_template(stream)
            for packet in source.demux(stream):
                if packet.dts is not None:
                    packet.stream = copy
                    out.mux(packet)
                if time.monotonic() > end:
                    return
threads = [threading.Thread(target=remux, args=(url, f"{sys.argv[2]}/{n}.mp4")) for n, url in enumerate(sys.argv[3:])]
[t.start() for t in threads]
[t.join() for t in threads]
"""


@dataclass(frozen=True, slots=True)
class Round:
    """One measured run."""

    core_share: float
    """CPU seconds per camera and second."""
    idle_percent: float
    summary: str


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Cost of recording, against a plain remux of the same streams.")
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    urls = [f"rtsp://127.0.0.1:{PORT}/cam{number}/main" for number in range(1, options.cameras + 1)]
    words = [sys.executable, "-m", "citysquare.simulator", "--cameras", str(options.cameras), "--port", str(PORT)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            _wait_until_ready(simulator, options.cameras)
            ours, theirs = [], []
            for number in range(options.rounds):
                ours.append(_measure(lambda folder: _our_command(urls, options.seconds, folder), options.seconds, len(urls)))
                theirs.append(_measure(lambda folder: _peer_commands(urls, options.seconds, folder), options.seconds, len(urls)))
                _print_round(number + 1, ours[-1], theirs[-1])
        finally:
            simulator.terminate()
    return _conclude(ours, theirs)


def _wait_until_ready(simulator: subprocess.Popen[str], cameras: int) -> None:
    ready = 0
    for line in simulator.stdout or ():
        print(line, end="", flush=True)
        ready += line.startswith("ready ")
        if ready == cameras:
            time.sleep(30)  # the studio still renders further variants after the first; let it finish
            return
    raise SystemExit("The simulator ended before its cameras were ready.")


def _our_command(urls: Sequence[str], seconds: float, folder: Path) -> list[list[str]]:
    return [[sys.executable, "-m", "citysquare.engine", "record", *urls, "--store", str(folder), "--for", str(seconds)]]


def _peer_commands(urls: Sequence[str], seconds: float, folder: Path) -> list[list[str]]:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        return [[sys.executable, "-c", PYAV_REMUX, str(seconds), str(folder), *urls]]
    source = [ffmpeg, "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp"]
    target = ["-t", str(seconds), "-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof"]
    return [[*source, "-i", url, *target, str(folder / f"{number}.mp4")] for number, url in enumerate(urls)]


def _measure(commands: Callable[[Path], list[list[str]]], seconds: float, cameras: int) -> Round:
    with tempfile.TemporaryDirectory() as name:
        psutil.cpu_times_percent()
        before = psutil.Process().cpu_times()
        children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands(Path(name))]
        lines = [child.communicate()[0] for child in children]
        after = psutil.Process().cpu_times()
        idle = psutil.cpu_times_percent().idle
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Round(used / cameras / seconds, idle, "".join(lines))


def _print_round(number: int, ours: Round, theirs: Round) -> None:
    print(
        f"round {number}: ours {ours.core_share:.2%} of a core per camera (idle {ours.idle_percent:.0f} %), "
        f"peer {theirs.core_share:.2%} (idle {theirs.idle_percent:.0f} %), ratio {ours.core_share / theirs.core_share:.2f}",
        flush=True,
    )


def _conclude(ours: Sequence[Round], theirs: Sequence[Round]) -> int:
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if min(a.idle_percent, b.idle_percent) >= LEAST_IDLE_PERCENT]
    if not pairs:
        print("Every round is void: the machine had less than 15 % idle time.")
        return 1
    gaps: dict[str, float] = {}
    for mine, _ in pairs:
        for line in mine.summary.splitlines():
            for cause, seconds in json.loads(line).get("gaps", {}).items():
                gaps[cause] = gaps.get(cause, 0.0) + seconds
    peer = "ffmpeg -c copy" if shutil.which("ffmpeg") else "PyAV remux"
    ratio = statistics.median(a.core_share / b.core_share for a, b in pairs)
    print(f"median of {len(pairs)}: ratio ours / {peer} = {ratio:.2f}; start of the interpreter included; our gaps in seconds: {gaps}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
