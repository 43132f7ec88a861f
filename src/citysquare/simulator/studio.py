"""Where loops are rendered: worker processes that take orders line by line, and the list of what to render first.

A worker is `python -m citysquare.simulator.studio`: it reads one order (JSON) a line from its standard input, renders the loop into
the cache and answers with one line. It ends when its input ends, so no worker outlives the simulator by more than a loop.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from citysquare.simulator.errors import LoopDamaged, RenderFailed
from citysquare.simulator.loops import Loop, LoopSpec, drop_loop, read_loop, sweep, write_loop
from citysquare.simulator.schedule import VARIANT_SECONDS, Wish, town

__all__ = ["VARIANT_SECONDS", "Studio", "kept_loop", "programme", "work"]


def programme(scenes: Iterable[str], seed: int) -> list[LoopSpec]:
    """List the loops of scenes on a clear afternoon, first variants first."""
    return town(list(scenes), seed, Wish()).wanted()


def kept_loop(root: Path, spec: LoopSpec) -> Loop | None:
    """Read a loop from the cache; a damaged one is taken away and None is given, as for one that was never rendered."""
    try:
        return read_loop(root, spec)
    except LoopDamaged:
        drop_loop(root, spec)
        return None


class Studio:
    """Two worker processes and the queue of loops they share."""

    def __init__(self, root: Path, workers: int = 2) -> None:
        """Render into `root`."""
        self._root = root
        self._workers = workers
        self._processes: list[asyncio.subprocess.Process] = []

    async def produce(self, specs: Iterable[LoopSpec], finished: Callable[[Loop], None]) -> None:
        """Bring every loop, from the cache or rendered, to `finished`. Raises RenderFailed when a loop cannot be made."""
        missing: asyncio.Queue[LoopSpec] = asyncio.Queue()
        wanted = list(specs)
        await asyncio.to_thread(sweep, self._root, wanted, time.time())
        for spec in wanted:
            loop = await asyncio.to_thread(kept_loop, self._root, spec)
            if loop is None:
                missing.put_nowait(spec)
            else:
                finished(loop)
        if not missing.empty():
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._workers, missing.qsize())):
                    group.create_task(self._work(missing, finished))

    async def _work(self, missing: asyncio.Queue[LoopSpec], finished: Callable[[Loop], None]) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "citysquare.simulator.studio",
            str(self._root),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._processes.append(process)
        if process.stdin is None or process.stdout is None:
            raise RenderFailed("A render process has no pipes.")
        while not missing.empty():
            spec = missing.get_nowait()
            process.stdin.write(json.dumps(asdict(spec)).encode() + b"\n")
            if not (await process.stdout.readline()).startswith(b"done"):
                raise RenderFailed(f"The scene {spec.scene} could not be rendered; the lines above say why.")
            loop = await asyncio.to_thread(kept_loop, self._root, spec)
            if loop is None:
                raise RenderFailed(f"The rendered scene {spec.scene} cannot be read back from {self._root}.")
            finished(loop)
        process.stdin.close()
        await process.wait()

    async def close(self) -> None:
        """End the workers now; a half-rendered loop leaves nothing behind."""
        for process in self._processes:
            if process.returncode is None:
                process.terminate()
                await process.wait()


def work(root: Path) -> None:
    """Render what the standard input asks for. Runs in a worker process, a little more patient than the server."""
    from citysquare.simulator.film import film  # noqa: PLC0415  # only workers load the drawing libraries

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the simulator ends its workers itself
    os.nice(5)
    for line in sys.stdin:
        spec = LoopSpec.from_json(json.loads(line))
        write_loop(root, film(spec))
        sys.stdout.write(f"done {spec.key}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    work(Path(sys.argv[1]))
