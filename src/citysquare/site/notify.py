"""Telling systemd how we are: ready, alive, stopping (the protocol of sd_notify(3), a few lines of our own instead of a library)."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MICROSECONDS = 1_000_000


@dataclass(slots=True)
class Notifier:
    """Speaks to the socket systemd named; without one every call does nothing."""

    address: str = ""
    watchdog_seconds: float = 0.0
    """How long systemd waits for a sign of life; 0: it does not."""
    clock: Callable[[], float] = time.monotonic
    _next: float = field(default=0.0)

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] = os.environ) -> Notifier:
        """Read what systemd said; a sign of life meant for another process is not ours to give."""
        address = variables.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return cls()
        microseconds = variables.get("WATCHDOG_USEC", "")
        ours = variables.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        seconds = int(microseconds) / MICROSECONDS if ours and microseconds.isdecimal() else 0.0
        return cls(address, seconds)

    def ready(self, sentence: str) -> None:
        """Say that the start is over, and how it went."""
        self._send(f"READY=1\nSTATUS={sentence}")

    def stopping(self) -> None:
        """Say that the end was asked for: segments are being closed."""
        self._send("STOPPING=1\nSTATUS=Closing the footage.")

    def status(self, sentence: str) -> None:
        """Say what is going on, for `systemctl status`; a start that waits also asks for more time."""
        line = sentence.replace("\n", " ")[:200]
        self._send(f"STATUS={line}\nEXTEND_TIMEOUT_USEC={60 * MICROSECONDS}")

    def alive(self) -> None:
        """Give a sign of life, twice as often as needed."""
        now = self.clock()
        if self.watchdog_seconds and now >= self._next:
            self._next = now + self.watchdog_seconds / 2
            self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if not self.address:
            return
        path = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.settimeout(1.0)
                line.sendto(text.encode(), path)
        except OSError:
            pass  # systemd is gone or restarting: that is no reason for us to stop recording
