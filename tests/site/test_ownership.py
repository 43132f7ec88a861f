"""Root among the files of a service that runs as a user of its own."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from citysquare.site import console
from citysquare.site.ownership import WrongUser, refuse_root

SOMEBODY = 65534
COMMANDS = (("link", "administrator"), ("backup",), ("restore", "a.backup"), ("upgrade",), ("up",), ("check_audit",))


@pytest.fixture
def of_somebody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a folder that is not root's, met by root: given away by root, else that of whoever runs the tests."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(folder, SOMEBODY, SOMEBODY)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return folder


def test_root_is_told_to_run_it_as_the_user_who_has_the_data(of_somebody: Path) -> None:
    with pytest.raises(WrongUser) as refusal:
        refuse_root(of_somebody)
    assert f"sudo -u {of_somebody.owner()}" in refusal.value.message


def test_a_user_without_a_name_is_told_by_number(of_somebody: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_knows(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", nobody_knows)
    with pytest.raises(WrongUser, match=rf"sudo -u '#{of_somebody.stat().st_uid}'"):
        refuse_root(of_somebody)


def test_a_folder_that_is_still_to_be_made_is_anybodys(of_somebody: Path) -> None:
    refuse_root(of_somebody.parent / "later")


def test_ones_own_folder_is_no_reason(tmp_path: Path) -> None:
    refuse_root(tmp_path)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_no_command_writes_as_root_among_anothers_files(
    words: tuple[str, ...], of_somebody: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(of_somebody.parent)
    monkeypatch.setenv("CITYSQUARE_CONFIG", "citysquare.toml")  # put back afterwards: commands name it to their children
    monkeypatch.setenv("CITYSQUARE_DATA_DIR", str(of_somebody))
    Path("citysquare.toml").touch()
    assert console.main(words) == 2
    assert "[operation.wrong_user]" in capsys.readouterr().err
    assert list(of_somebody.iterdir()) == []
