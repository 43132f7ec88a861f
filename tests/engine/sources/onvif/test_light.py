"""What ONVIF costs whom."""

from __future__ import annotations

import subprocess
import sys

ONLY_WHEN_ASKED = """
import sys
import citysquare.engine.cli, citysquare.engine.local, citysquare.engine.footage, citysquare.engine.sources.onvif
print([name for name in ("zeep", "lxml", "requests", "onvif", "h11") if name in sys.modules])
"""


def test_the_recorder_and_whoever_imports_the_package_load_no_soap() -> None:
    done = subprocess.run([sys.executable, "-c", ONLY_WHEN_ASKED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
