"""One soak: sessions of cameras and node in a folder, one after another until the time is full, and the account at the end.

The folder holds `order.json` (what was asked for), `state.json` (how much is done), `sessions/N/` (what the cameras of each session
produced), `node/` (store, node file, logs), `progress.jsonl` and, at the end, `report.json`.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from citysquare.engine.footage import FootageReader, Store
from citysquare.engine.model import StreamKey
from citysquare.simulator.faults import Produced, read_produced
from citysquare.simulator.loops import FPS
from tests.faults.processes import Node, node, note
from tests.faults.scorer import Score, score
from tools.soak.harm import Harm, end_process
from tools.soak.plan import Event, events, rest_of, script

PICTURES_PER_SESSION = 2_000_000
"""Each session's cameras count from a multiple of it on: no two pictures of a run have the same number."""
MOST_SESSIONS = 49
_TOLD_EACH = 60.0
_FOR_EVER = 2**53
_SEGMENT_SECONDS = 20


class BadOrder(Exception):
    """What was asked for cannot be done; one sentence."""


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    seed: int
    cameras: int
    seconds: float


def write_order(out: Path, order: Order) -> None:
    """Note it, so that a run that was cut short goes on as the same."""
    (out / "order.json").write_text(json.dumps(asdict(order)), encoding="utf-8")


def read_order(out: Path) -> Order | None:
    """Return what the run in a folder was asked for; None when there is none."""
    try:
        return Order(**json.loads((out / "order.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


@dataclass(slots=True)
class _Served:
    """Where the cameras are."""

    port: int

    def url(self, name: str) -> str:
        """Return a camera's address."""
        return f"rtsp://127.0.0.1:{self.port}/{name}/main"


class Soak:
    """A run in a folder."""

    def __init__(self, out: Path, order: Order, say: Callable[[str], None]) -> None:
        """Go on where the folder's last session ended."""
        self.out, self.order, self._say = out, order, say
        self.stopping = False
        state = _read(out / "state.json")
        self.done = float(state.get("done", 0.0))
        self._session = int(state.get("session", 0))
        self._happened: Counter[str] = Counter(state.get("happened", {}))
        self._names = [f"cam{number + 1}" for number in range(order.cameras)]
        self._begun = self._told = 0.0

    def run(self) -> bool:
        """Film until the time is full; False when it was stopped before."""
        if self.done >= self.order.seconds:
            return True
        self._session += 1
        if self._session > MOST_SESSIONS:
            raise BadOrder(f"This run was cut short {MOST_SESSIONS} times: begin a new one in another folder with --out.")
        self._note()
        plan = [e for e in events(self.order.seed, self.order.seconds) if e.at >= self.done]
        self._say(f"soak: {len(self._names)} cameras, seed {self.order.seed}, {self.order.seconds / 60:g} min in {self.out}")
        with self._cameras() as port, node(self.out / "node", _Served(port), self._names, segment_seconds=_SEGMENT_SECONDS) as made:
            self._begun = self._told = time.monotonic() - self.done
            harm = Harm(made, lambda: self.stopping)
            for event in plan:
                self._wait_until(event.at, made)
                if self.stopping:
                    break
                self._happened[event.kind] += 1
                self._log(event)
                harm.do(event)
                self._tell(made)
            self._wait_until(self.order.seconds, made)
            if not self.stopping:
                made.records(*self._names)
        self._note()
        return not self.stopping

    def _wait_until(self, seconds: float, made: Node) -> None:
        while not self.stopping and time.monotonic() - self._begun < seconds:
            time.sleep(0.1)
            self._tell(made)
        self.done = min(self.order.seconds, time.monotonic() - self._begun)

    @contextmanager
    def _cameras(self) -> Iterator[int]:
        folder = self.out / "sessions" / str(self._session)
        folder.mkdir(parents=True)
        first = self._session * PICTURES_PER_SESSION
        scripts = {n: rest_of(script(self.order.seed, n, self.order.seconds), self.done, first / FPS).to_json() for n in self._names}
        port = _free_port()
        (folder / "cameras.json").write_text(json.dumps({"port": port, "first": first, "scripts": scripts}), encoding="utf-8")
        words = [sys.executable, "-m", "tools.soak.cameras", str(folder)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)
        try:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise BadOrder("The cameras could not be started.")
            yield port
        finally:
            end_process(process)
            if process.stdout is not None:
                process.stdout.close()

    def _tell(self, made: Node) -> None:
        if time.monotonic() - self._told < _TOLD_EACH:
            return
        self._told += _TOLD_EACH
        self.done = min(self.order.seconds, time.monotonic() - self._begun)
        self._note()
        totals = FootageReader(made.store).totals(0, _FOR_EVER) if made.store.is_dir() else {}
        stored = sum(each.stored_seconds for each in totals.values())
        gaps: Counter[str] = Counter()
        for each in totals.values():
            gaps.update({cause.value: seconds for cause, seconds in each.gaps.items()})
        told = ", ".join(f"{cause} {seconds:.0f} s" for cause, seconds in gaps.most_common())
        self._say(
            f"soak: {self.done / 60:.0f} of {self.order.seconds / 60:g} min; {self._happened.total()} faults of processes and disk; "
            f"{stored:.0f} camera-seconds stored; gaps: {told or 'none'}; {len(note(made.folder))} processes run"
        )

    def _log(self, event: Event) -> None:
        with (self.out / "progress.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"unix_time": round(time.time(), 3), **asdict(event)}) + "\n")

    def _note(self) -> None:
        state = {"done": self.done, "session": self._session, "happened": dict(self._happened)}
        new = self.out / "state.json.new"
        new.write_text(json.dumps(state), encoding="utf-8")
        new.replace(self.out / "state.json")

    def report(self) -> dict[str, Any]:
        """Hold the store against what was produced; write and return the report."""
        store = Store.open(self.out / "node" / "store")
        findings = list(store.findings)
        store.close()
        streams = [self._scored(name) for name in self._names]
        wrong = sum(len(s["doubled"]) + len(s["unexplained"]) for s in streams)
        produced, stored = (sum(s[word] for s in streams) for word in ("produced", "stored"))
        missing = sum(s["missing"] for s in streams)
        holds = wrong == 0 and stored > 0
        verdict = "every picture is stored bit for bit or lies in a gap" if holds else f"{wrong} pictures or gaps are NOT accounted for"
        sentence = (
            f"{self.order.seconds / 3600:g} h, {len(streams)} cameras, {self._happened.total()} faults of processes and disk: "
            f"of {produced} pictures produced {stored} are stored and {missing} lie in gaps; {verdict}."
        )
        report: dict[str, Any] = {"version": 1, **asdict(self.order), "holds": holds, "sentence": sentence}
        report |= {"sessions": self._session, "happened": dict(sorted(self._happened.items())), "camera_faults": self._camera_faults()}
        report |= {"produced": produced, "stored": stored, "missing": missing, "findings": findings[:100], "streams": streams}
        (self.out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        return report

    def _scored(self, name: str) -> dict[str, Any]:
        produced: list[Produced] = []
        for session in range(1, self._session + 1):
            log = self.out / "sessions" / str(session) / f"{name}.main.jsonl"
            produced += read_produced(log) if log.exists() else []
        found = score(produced, self.out / "node" / "store", StreamKey(name))
        totals = FootageReader(self.out / "node" / "store").totals(0, _FOR_EVER)[StreamKey(name)]
        return _described(name, len(produced), found) | {
            "stored_seconds": round(totals.stored_seconds, 3),
            "gap_seconds": {cause.value: round(seconds, 3) for cause, seconds in totals.gaps.items()},
        }

    def _camera_faults(self) -> dict[str, int]:
        counted = Counter(f.kind for name in self._names for f in script(self.order.seed, name, self.order.seconds).faults)
        return dict(sorted(counted.items()))


def _described(name: str, produced: int, found: Score) -> dict[str, Any]:
    return {
        "camera": name,
        "produced": produced,
        "stored": found.stored,
        "missing": found.missing,
        "altered_by_the_camera": len(found.altered),
        "doubled": list(found.doubled[:20]),
        "unexplained": list(found.unexplained[:20]),
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
