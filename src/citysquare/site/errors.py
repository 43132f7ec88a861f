"""What the operator's commands can refuse or fail with: one root, stable codes, one sentence that says what to do.

Each subclass stands beside what raises it. The console prints the sentence with its code and ends with status 2.
"""

from __future__ import annotations

from typing import ClassVar


class OperationError(Exception):
    """Root of the operators' commands' refusals."""

    code: ClassVar[str] = "operation.error"
    """Never changes: programs rely on it."""

    def __init__(self, message: str) -> None:
        """Keep the sentence; it never holds a password."""
        super().__init__(message)
        self.message = message
