"""The commands choose the settings before anything reads them."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["citysquare.site.console", "citysquare.site.demo", "citysquare.site.up", "citysquare.site.links"])
def test_importing_a_command_does_not_read_the_settings(module: str) -> None:
    look = f"import sys, {module}; sys.exit('citysquare.site.settings' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", look], check=False, env={"DJANGO_SETTINGS_MODULE": "citysquare.site.settings"}).returncode
        == 0
    )
