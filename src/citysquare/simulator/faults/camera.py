"""A camera that follows a fault script and keeps a log of what it produced."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from random import Random

from citysquare.simulator.broadcast import BREAK_OFF, SAY_NOTHING, TICKS_PER_PICTURE, USUAL, Answer, Camera, Listener, Reel, Wire
from citysquare.simulator.faults.film import GROUP, pattern
from citysquare.simulator.faults.line import HARMS, Line
from citysquare.simulator.faults.produced import Produced, ProducedLog, numbered
from citysquare.simulator.faults.script import Fault, FaultScript
from citysquare.simulator.loops import FPS
from citysquare.simulator.rtp import CLOCK_RATE, PacketRun

STREAMS = ("main", "sub")
_ENDS = {"cut", "refuse", "session_limit", "redirect", "slow_answer"}
"""Faults that begin with the end of all connections."""
_FILMS = {"change_resolution", "change_parameters", "b_frames", "no_keyframe"}
_STRAYS = 10 * CLOCK_RATE


@dataclass(slots=True)
class _Film:
    """Another film on one stream."""

    kind: str
    reel: Reel
    at: int = 0


def damaged(run: PacketRun, random: Random) -> PacketRun:
    """Return a picture with some bytes of its last packet's payload changed: framing, sequence and NAL structure stay whole."""
    template = bytearray(run.template)
    first = run.offsets[-1] + 16 + 3
    for _ in range(3):
        template[random.randrange(min(first, len(template) - 1), len(template))] ^= random.randrange(1, 256)
    return PacketRun(bytes(template), run.offsets, run.key)


class FaultyCamera(Camera):
    """A camera of the simulator that misbehaves by script. With an empty script it only keeps the log.

    Every picture carries its number; `logs` has the log of each stream. Script time is the number of pictures made, over FPS.
    """

    def __init__(  # noqa: PLR0913  # a camera's own settings, and the script
        self,
        name: str,
        scene: str,
        seed: int,
        *,
        start: float = 0.0,
        script: FaultScript | None = None,
        folder: Path | None = None,
        keeps: bool = True,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`folder` takes the logs as `NAME.main.jsonl` and `NAME.sub.jsonl`; without one they stay in memory if `keeps`. Raises OSError."""
        super().__init__(name, scene, seed, start=start, wall=wall)
        self.script = script or FaultScript()
        self.logs = {stream: ProducedLog(folder / f"{name}.{stream}.jsonl" if folder else None, keeps=keeps) for stream in STREAMS}
        self._acting: tuple[Fault, ...] = ()
        self._films: dict[str, _Film] = {}
        self._lines: dict[Listener, Line] = {}

    def tick(self, now: float) -> tuple[int, int] | None:
        """Show the next picture, or do with it what the script says."""
        acting = self.script.acting(self.number / FPS)
        begun = {fault.kind for fault in acting if fault not in self._acting or self._first(fault) == self.number}
        self._acting = acting
        listening = {*self.main, *self.sub}
        self._lines = {listener: line for listener, line in self._lines.items() if listener in listening}
        for line in list(self._lines.values()):
            self._strike(line, acting, begun)
        return super().tick(now)

    def answer(self, method: str) -> Answer:
        """Answer a request as the script says."""
        for fault in self._acting:
            found = _answer_of(fault, method, self.name)
            if found is not None:
                return found
        return USUAL

    def join(self, name: str, listener: Listener, wire: Wire) -> None:
        """Take a listener; what it is sent passes a line that may harm it."""
        super().join(name, listener, wire)
        if listener not in self._lines:
            line = self._lines[listener] = Line(listener, wire)
            self._strike(line, self._acting, set())

    def stream(self, name: str) -> Reel:
        """Give what the stream shows now."""
        film = self._films.get(name)
        return film.reel if film else super().stream(name)

    def close(self) -> None:
        """Write the logs to their ends."""
        for log in self.logs.values():
            log.close()

    def _show(self, name: str, run: PacketRun, now: float) -> None:
        run, shift = self._content(name, run)
        hit = tuple(fault for fault in self._acting if fault.kind in HARMS and self._hits(fault))
        huge = next((fault for fault in self._acting if fault.kind == "huge_pictures" and self._hits(fault)), None)
        made = numbered(run, self.number, int(huge.number("bytes")) if huge else 0)
        sha256 = sent = made.sha256
        if any(fault.kind == "garble" and fault.word("where") == "payload" for fault in hit):
            made = damaged(made, self._random_of("payload"))
            sent = made.sha256
        film = self._films.get(name)
        kinds = dict.fromkeys([fault.kind for fault in self._acting] + ([film.kind] if film else []))
        rtp = self.number * TICKS_PER_PICTURE + shift
        self.logs[name].note(Produced(self.number, rtp, round(self.wall(), 6), run.key, sha256, sent, tuple(kinds)))
        wrong, skew = self._clocks()
        for listener in list(self.listeners(name)):
            line = self._lines.get(listener)
            if line is not None:
                line.hit, line.random = hit, self._random_of(name)
                if line.silent:  # what it never sent leaves no hole in its numbers
                    listener.needs_key()
                    continue
            if film is not None and film.kind == "no_keyframe":
                listener.needs_key(needed=False)
            listener.show(made, self.number, now, shift=shift + wrong, skew=skew)

    def _strike(self, line: Line, acting: tuple[Fault, ...], begun: set[str]) -> None:
        kinds = {fault.kind for fault in acting}
        line.silent = "silence" in kinds
        line.resets = "reset_in_nal" in begun
        line.rate = next((fault.number("bytes") for fault in acting if fault.kind == "trickle"), None)
        for fault in acting:
            if fault.kind in begun & _ENDS:
                if fault.kind == "cut" and fault.word("how") == "reset":
                    line.wire.reset()
                else:
                    line.wire.hang_up()
        line.drip()

    def _first(self, fault: Fault) -> int:
        """Return the number of the picture with which a fault that acts began (again)."""
        turns = (self.number / FPS - fault.at) // fault.every if fault.every else 0
        return ceil(round((fault.at + turns * fault.every) * FPS, 6))

    def _hits(self, fault: Fault) -> bool:
        return (self.number - self._first(fault)) % max(1, int(fault.number("each"))) == 0

    def _random_of(self, purpose: str) -> Random:
        return Random(f"{self.seed}:{self.name}:{self.number}:{purpose}")  # noqa: S311  # harm must repeat with the script

    def _content(self, name: str, run: PacketRun) -> tuple[PacketRun, int]:
        """Return the picture to show and how much later in RTP time it is shown. Films change at a keyframe only."""
        wanted = next((fault for fault in self._acting if fault.kind in _FILMS), None)
        film = self._films.get(name)
        at_key = film is None or film.kind == "no_keyframe" or film.reel.runs[film.at % len(film.reel.runs)].key
        if run.key and at_key and (film.kind if film else None) != (wanted.kind if wanted else None):
            self._films.pop(name, None)
            film = None
            if wanted is not None:
                film = self._films[name] = _Film(wanted.kind, self._reel(name, wanted))
        if film is None:
            return run, 0
        place = film.at % len(film.reel.runs)
        film.at += 1
        return film.reel.runs[place], film.reel.shifts[place] * TICKS_PER_PICTURE

    def _reel(self, name: str, fault: Fault) -> Reel:
        usual = super().stream(name)
        if fault.kind == "change_resolution":
            return pattern(int(fault.number("width")), int(fault.number("height")))
        if fault.kind == "change_parameters":
            return pattern(usual.width, usual.height, profile=fault.word("profile"))
        if fault.kind == "b_frames":
            return pattern(usual.width, usual.height, b_frames=int(fault.number("count")))
        small = usual.width <= 640
        size = (usual.width, usual.height) if small else (640, 360)
        return pattern(*size, pictures=int(fault.seconds * FPS) + GROUP)

    def _clocks(self) -> tuple[int, float | None]:
        """Return how wrong RTP times are in ticks, and sender reports in seconds (None: there are none)."""
        shift, skew = 0, 0.0
        for fault in self._acting:
            if fault.kind == "no_rtcp":
                return shift, None
            if fault.kind in {"clock_jump", "dst"}:
                skew += fault.number("seconds")
                shift += int(fault.number("seconds") * CLOCK_RATE) if fault.kind == "clock_jump" else 0
            elif fault.kind == "wrong_rtp_times":
                passed = (self.number - self._first(fault)) * TICKS_PER_PICTURE
                strays = self._random_of("times").randrange(-_STRAYS, _STRAYS)
                shift += {"frozen": -passed, "random": strays, "fast": passed, "backwards": -2 * passed}[fault.word("how")]
        return shift, skew


def _answer_of(fault: Fault, method: str, name: str) -> Answer | None:
    match fault.kind, method:
        case "cut", _:
            found = Answer(BREAK_OFF)
        case "trickle", "GET_PARAMETER":
            found = Answer(SAY_NOTHING)  # an answer must not come into the middle of a picture that is still on its way
        case "refuse", "DESCRIBE" | "SETUP" | "PLAY":
            status = int(fault.number("status"))
            found = Answer(status, ('WWW-Authenticate: Basic realm="camera"',) if status == 401 else ())
        case "session_limit", "SETUP":
            found = Answer(453)
        case "redirect", "DESCRIBE":
            found = Answer(302, (f"Location: /{name}/main",))
        case "slow_answer", "DESCRIBE" | "SETUP":
            found = Answer(seconds=fault.number("seconds"))
        case _:
            return None
    return found
