"""Fault scripts: what goes wrong with a camera, from when, for how long.

As JSON a camera's script is a list of objects `{"at": seconds, "for": seconds, "kind": name, ...}`; a file holds an object of such lists by
camera name, `*` for all cameras that have none of their own. On the command line `cam1:cut@10+5,how=close` says the same.
Seconds count from the camera's first picture, in its own pictures: a script repeats exactly.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citysquare.simulator.errors import SimulatorError

MOST_FAULTS = 1000
MOST_BYTES = 1 << 20
MOST_SECONDS = 1e7
ANY_CAMERA = "*"
Value = float | str


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting of a kind of fault: one of some words, or a number between bounds."""

    default: Value
    words: tuple[str, ...] = ()
    least: float = 0.0
    most: float = 0.0

    def checked(self, value: object) -> Value:
        """Return the value. Raises ValueError."""
        if self.words:
            if value not in self.words:
                raise ValueError("one of " + ", ".join(self.words))
            return str(value)
        number = _number(value)
        if number is None or not self.least <= number <= self.most:
            raise ValueError(f"a number between {self.least:g} and {self.most:g}")
        return number


_EACH = Choice(15, least=1, most=1e6)
KINDS: dict[str, dict[str, Choice]] = {
    # The way to the camera.
    "cut": {"how": Choice("reset", ("reset", "close"))},
    "silence": {},
    "trickle": {"bytes": Choice(200, least=1, most=1e9)},
    "reset_in_nal": {},
    "refuse": {"status": Choice(401, least=400, most=599)},
    "session_limit": {},
    "redirect": {},
    "slow_answer": {"seconds": Choice(8, least=0, most=600)},
    # Packets.
    "garble": {"where": Choice("framing", ("framing", "rtp", "payload")), "each": _EACH},
    "lose_rtp": {"each": _EACH},
    "reorder_rtp": {"each": _EACH},
    "duplicate_rtp": {"each": _EACH},
    "rubbish": {"each": _EACH},
    # Clocks.
    "clock_jump": {"seconds": Choice(3600, least=-1e6, most=1e6)},
    "dst": {"seconds": Choice(3600, least=-86400, most=86400)},
    "wrong_rtp_times": {"how": Choice("frozen", ("frozen", "random", "fast", "backwards"))},
    "no_rtcp": {},
    # Pictures.
    "change_resolution": {"width": Choice(256, least=64, most=3840), "height": Choice(144, least=64, most=2160)},
    "change_parameters": {"profile": Choice("main", ("baseline", "main", "high"))},
    "b_frames": {"count": Choice(2, least=1, most=4)},
    "no_keyframe": {},
    "huge_pictures": {"bytes": Choice(2 << 20, least=1, most=7 << 20), "each": _EACH},
}
"""Every kind of fault and its settings."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong from `at` on for `seconds`, and again each `every` seconds where that is not 0."""

    kind: str
    at: float
    seconds: float
    settings: Mapping[str, Value] = field(default_factory=dict)
    every: float = 0.0

    def acts(self, now: float) -> bool:
        """Say whether it is at work `now` seconds after the camera's first picture."""
        since = now - self.at
        if since < 0:
            return False
        return (since % self.every if self.every else since) < self.seconds - 1e-9

    def number(self, name: str) -> float:
        """Return a setting that is a number."""
        return float(self.settings[name])

    def word(self, name: str) -> str:
        """Return a setting that is a word."""
        return str(self.settings[name])

    def to_json(self) -> dict[str, Value]:
        """Return it as a script has it."""
        times = {"at": self.at, "for": self.seconds} | ({"every": self.every} if self.every else {})
        return {"kind": self.kind, **times, **self.settings}

    @classmethod
    def parse(cls, given: object) -> Fault:
        """Read one entry of a script. Raises SimulatorError with what is wrong."""
        if not isinstance(given, dict):
            raise SimulatorError("Each fault of a script is an object with at, for and kind.")
        fields = dict(given)
        kind = fields.pop("kind", None)
        choices = KINDS.get(kind) if isinstance(kind, str) else None
        if not isinstance(kind, str) or choices is None:
            raise SimulatorError(f"There is no fault {str(kind)[:40]!r}; there are {', '.join(KINDS)}.")
        times = [_number(fields.pop(name, default)) for name, default in (("at", None), ("for", 1), ("every", 0))]
        at, seconds, every = (math.nan if time is None or not 0 <= time <= MOST_SECONDS else time for time in times)
        if math.isnan(at + seconds + every) or (every and every < seconds):
            raise SimulatorError(f"The fault {kind} needs seconds in at and for, and every not shorter than for.")
        settings = {name: choice.default for name, choice in choices.items()}
        for name, value in fields.items():
            choice = choices.get(name)
            if choice is None:
                raise SimulatorError(f"The fault {kind} has no setting {str(name)[:40]!r}.")
            try:
                settings[name] = choice.checked(value)
            except ValueError as error:
                raise SimulatorError(f"The setting {name} of the fault {kind} must be {error}.") from None
        return cls(kind, at, seconds, settings, every)


@dataclass(frozen=True, slots=True)
class FaultScript:
    """All that goes wrong with one camera."""

    faults: tuple[Fault, ...] = ()

    def acting(self, now: float) -> tuple[Fault, ...]:
        """Return the faults at work `now` seconds after the camera's first picture."""
        return tuple(fault for fault in self.faults if fault.acts(now))

    @classmethod
    def parse(cls, given: object) -> FaultScript:
        """Read a camera's script. Raises SimulatorError."""
        if not isinstance(given, list) or len(given) > MOST_FAULTS:
            raise SimulatorError(f"A camera's faults are a list of at most {MOST_FAULTS}.")
        return cls(tuple(Fault.parse(entry) for entry in given))

    def to_json(self) -> list[dict[str, Value]]:
        """Return it as `parse` takes it."""
        return [fault.to_json() for fault in self.faults]


def load_scripts(path: Path) -> dict[str, FaultScript]:
    """Read a file of scripts by camera name. Raises SimulatorError."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SimulatorError(f"The fault script cannot be read: {path} ({error.strerror}).") from error
    if len(data) > MOST_BYTES:
        raise SimulatorError(f"The fault script is larger than {MOST_BYTES} bytes: {path}.")
    try:
        given: Any = json.loads(data)
    except (ValueError, RecursionError):
        raise SimulatorError(f"The fault script is no JSON: {path}.") from None
    if not isinstance(given, dict):
        raise SimulatorError(f"A fault script is an object with a list of faults by camera name: {path}.")
    return {name: FaultScript.parse(faults) for name, faults in given.items()}


def shorthand(text: str) -> tuple[str, Fault]:
    """Read `CAMERA:KIND@AT[+FOR][,SETTING=VALUE]...`, such as `cam1:cut@10+5`. Raises SimulatorError."""
    head, *settings = text.split(",")
    camera, colon, rest = head.partition(":")
    kind, mark, times = rest.partition("@")
    at, _, seconds = times.partition("+")
    if not (colon and mark and camera):
        raise SimulatorError(f"A fault is written as CAMERA:KIND@AT+FOR, such as cam1:cut@10+5, not {text[:60]!r}.")
    fields: dict[str, object] = {"kind": kind, "at": _read(at), "for": _read(seconds) if seconds else 1}
    for setting in settings:
        name, _, value = setting.partition("=")
        fields[name] = _read(value)
    return camera, Fault.parse(fields)


def scripts_of(path: Path | None, shorthands: Iterable[str]) -> dict[str, FaultScript]:
    """Put a file and what the command line adds together. Raises SimulatorError."""
    scripts = load_scripts(path) if path else {}
    for text in shorthands:
        camera, fault = shorthand(text)
        scripts[camera] = FaultScript((*scripts.get(camera, FaultScript()).faults, fault))
    return scripts


def _read(text: str) -> Value:
    try:
        return float(text)
    except ValueError:
        return text


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
