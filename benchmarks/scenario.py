"""`./do bench scenario` verifies bench-day from its plans: how much moves, and the hash under which figures may be compared.

For other benchmarks it starts the simulator with a scenario and waits until all its cameras can be opened:

    with cameras("bench-day", port=18700, count=8) as urls: ...

The first part is rendered before the block begins (cached afterwards); the parts that follow are rendered while the one before is shown,
which costs processor time: for figures that shall be comparable run the scenario through once before measuring.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from citysquare.simulator.scenario import main


@contextmanager
def cameras(name: str = "bench-day", *, port: int, count: int, truth: Path | None = None) -> Iterator[list[str]]:
    """Serve the first `count` cameras of a scenario; gives their main streams' addresses. Raises SystemExit when it does not start."""
    words = [sys.executable, "-m", "citysquare.simulator", "--scenario", name, "--cameras", str(count), "--port", str(port)]
    if truth is not None:
        words += ["--truth", str(truth)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            ready = 0
            for line in simulator.stdout or ():
                ready += line.startswith("ready ")
                if ready == count:
                    break
            else:
                raise SystemExit("The simulator ended before its cameras were ready.")
            yield [f"rtsp://127.0.0.1:{port}/cam{number}/main" for number in range(1, count + 1)]
        finally:
            simulator.terminate()


if __name__ == "__main__":
    raise SystemExit(main(["verify", "bench-day", *sys.argv[1:]]))
