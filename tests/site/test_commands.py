"""The commands choose the settings before anything reads them."""

import subprocess
import sys

import pytest

from citysquare.platform.policy import Role
from citysquare.site import links
from citysquare.site.links import ROLES


@pytest.mark.parametrize("module", ["citysquare.site.console", "citysquare.site.demo", "citysquare.site.up", "citysquare.site.links"])
def test_importing_a_command_does_not_read_the_settings(module: str) -> None:
    look = f"import sys, {module}; sys.exit('citysquare.site.settings' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", look], check=False, env={"DJANGO_SETTINGS_MODULE": "citysquare.site.settings"}).returncode
        == 0
    )


def test_a_link_is_offered_for_every_role_there_is() -> None:
    assert set(ROLES) == {str(role) for role in Role}


def test_a_link_for_no_role_says_which_roles_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        links.main(["mayor"])
    assert ended.value.code == 2
    assert "operator" in capsys.readouterr().err
