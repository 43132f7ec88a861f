"""What the simulator can refuse, each with one sentence for a person."""

from __future__ import annotations


class SimulatorError(Exception):
    """Root of the simulator's errors. `message` is one sentence; the command ends with status 2."""

    def __init__(self, message: str) -> None:
        """Keep the sentence."""
        super().__init__(message)
        self.message = message


class PortTaken(SimulatorError):
    """Another program listens where we should."""


class LoopDamaged(SimulatorError):
    """A kept loop is not what was written; it must be rendered again."""


class RenderFailed(SimulatorError):
    """A render process ended without its loop."""
