"""Anticipated refusals: one root, stable codes, a status and one sentence for a person.

Subclasses stand beside the service that raises them. The middleware turns them into a page or into problem JSON (RFC 9457)
and does not log them as faults: a refusal is an answer, not an accident.
"""

from __future__ import annotations

from typing import ClassVar

from django.utils.functional import Promise


class DomainError(Exception):
    """Root of the site's refusals."""

    code: ClassVar[str] = "site.error"
    """Never changes: programs rely on it."""
    status: ClassVar[int] = 400
    """The HTTP status it becomes."""
    retry_after: int = 0
    """Seconds after which asking again may help, for the header `Retry-After`; 0: nothing is said about it."""

    def __init__(self, message: str | Promise) -> None:
        """Keep the sentence; it may be translated when it is shown."""
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """Return the sentence in the language of the moment."""
        return str(self.message)
