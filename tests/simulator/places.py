"""Which places the quick run looks at: one of each kind. `./do test --all` looks at every one."""

from __future__ import annotations

from typing import Any

import pytest

from citysquare.simulator.catalogue import catalogue
from citysquare.simulator.scenes import SCENES

KINDS = frozenset(camera.scene for camera in catalogue(9))
"""The first nine cameras' places are of nine kinds: tests/simulator/test_scenes.py."""


def every_place() -> list[Any]:
    """Return all places as a test's parameters, those beyond one of each kind marked as slow."""
    return [pytest.param(name, marks=() if name in KINDS else pytest.mark.slow) for name in sorted(SCENES)]
