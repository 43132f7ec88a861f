"""What several benchmarks build on."""

from __future__ import annotations

from datetime import UTC, datetime

DAYS = 90
START = datetime(2026, 1, 1, tzinfo=UTC)
"""The time the observed city covers."""
