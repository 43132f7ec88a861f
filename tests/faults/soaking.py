"""A soak of five minutes that runs beside other tests: it waits most of its time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import until

ROOT = Path(__file__).resolve().parents[2]
CAMERAS = 6


@dataclass(frozen=True)
class Said:
    """How a run ended, and what it said."""

    status: int
    text: str


class Soaking:
    """The run, cut short once by SIGTERM and then called again."""

    def __init__(self, out: Path) -> None:
        """Begin."""
        self.out = out
        self.said: list[Said] = []
        self._stopping = threading.Event()
        self._now: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, name="soak", daemon=True)
        self._thread.start()

    def wait(self) -> tuple[Said, Said]:
        """Wait for its end and return both runs."""
        self._thread.join()
        first, second = self.said
        return first, second

    def end(self) -> None:
        """Wait no longer."""
        self._stopping.set()
        if self._now is not None and self._now.poll() is None:
            self._now.terminate()
        self._thread.join()

    def _run(self) -> None:
        for cut in (True, False):
            if self._stopping.is_set():
                return
            with self._started() as self._now:
                if cut:
                    until(self._met_a_fault, "the first fault")
                    self._now.send_signal(signal.SIGTERM)
                text, _ = self._now.communicate(timeout=1500)
                self.said.append(Said(self._now.returncode, text))

    def _met_a_fault(self) -> bool:
        return (self._now is not None and self._now.poll() is not None) or (self.out / "progress.jsonl").exists()

    def _started(self) -> subprocess.Popen[str]:
        words = ("--hours", str(5 / 60), "--seed", "4", "--cameras", str(CAMERAS), "--out", str(self.out))
        command = [sys.executable, "-m", "tools.soak", *words]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CITYSQUARE_", "DJANGO_"))}
        environment |= {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=environment)
