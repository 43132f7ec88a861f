"""`./do`, as somebody meets it on a bare machine."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest.mock import Mock, call

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def do(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("citysquare_do", str(ROOT / "do"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_help_names_every_command(do: ModuleType) -> None:
    for command in do.COMMANDS:
        assert f"./do {command}" in do.HELP


def test_no_command_at_all_shows_the_help(do: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert do.main([]) == 0
    assert "./do demo" in capsys.readouterr().out


def test_an_unknown_command_is_one_sentence_and_status_2() -> None:
    ended = subprocess.run([sys.executable, str(ROOT / "do"), "dmeo"], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr == "There is no command 'dmeo': ./do help lists what there is.\n"


def test_an_old_python_is_refused_with_a_sentence(do: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(do.sys, "version_info", (3, 9, 2))
    with pytest.raises(do.Sorry, match=r"needs Python 3\.11 or newer and this is 3\.9\.2"):
        do.main(["demo"])


def test_a_user_who_may_not_write_to_the_folder_is_told_who_must_set_it_up(
    do: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    not_a_folder = tmp_path / "file"
    not_a_folder.write_bytes(b"")
    for name, place in {"ROOT": not_a_folder, "STAMP": not_a_folder / "stamp"}.items():
        monkeypatch.setattr(do, name, place)
    monkeypatch.setattr(do, "wanted", lambda _: {})
    with pytest.raises(do.Sorry, match=r"as the user the folder belongs to"):
        do.main(["run", "true"])


def test_a_disk_that_cannot_hold_the_ring_is_refused_before_anything_is_fetched(
    do: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(do, "DEMO_STORE", tmp_path)
    monkeypatch.setattr(do.shutil, "disk_usage", lambda _: SimpleNamespace(free=3 * 10**9))
    monkeypatch.setattr(do, "prepare", lambda _: pytest.fail("nothing may be prepared"))
    with pytest.raises(do.Sorry, match=r"a ring of 5 GB and leaves 2 GB free, and 3\.0 GB can be had"):
        do.main(["demo", "--cameras", "2"])


def test_what_earlier_demos_stored_counts_as_room(do: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "footage.mp4").write_bytes(b"x" * 200_000)
    monkeypatch.setattr(do, "DEMO_STORE", tmp_path)
    monkeypatch.setattr(do.shutil, "disk_usage", lambda _: SimpleNamespace(free=7 * 10**9 - 150_000))
    console = Mock(return_value=0)
    monkeypatch.setattr(do, "prepare", lambda _: None)
    monkeypatch.setattr(do, "console", console)
    assert do.main(["demo", "--cameras", "2"]) == 0
    console.assert_called_once_with("demo", "--cameras", "2")


def test_cleaning_needs_no_room(do: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(do.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    monkeypatch.setattr(do, "prepare", lambda _: None)
    monkeypatch.setattr(do, "console", lambda *_: 0)
    assert do.main(["demo", "--clean"]) == 0


def test_the_environment_is_made_anew_only_when_requirements_python_or_folder_change(
    do: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "lib" / "python" / "site-packages"
    folder.mkdir(parents=True)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text("a==1\n")
    filled: list[str] = []
    for name, value in {
        "ROOT": tmp_path,
        "STAMP": tmp_path / "stamp.json",
        "PYTHON": Path(sys.executable),
        "usable": lambda: True,
        "site_packages": lambda: folder,
        "install": filled.append,
    }.items():
        monkeypatch.setattr(do, name, value)
    do.prepare("run")
    do.prepare("run")
    assert filled == ["run"]
    assert (folder / "citysquare.pth").read_text() == f"{tmp_path / 'src'}\n"
    (tmp_path / "requirements" / "run.txt").write_text("a==2\n")
    do.prepare("run")
    assert filled == ["run", "run"]


def test_a_python_without_a_pip_that_can_help_is_told_what_to_install(do: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], returncode=1, stdout="22.0.2\n")
    monkeypatch.setattr(do.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(do.Sorry, match="apt install python3-pip"):
        do.pip_command()


def test_the_slow_tests_run_only_when_asked_for(do: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    become = Mock(return_value=0)
    monkeypatch.setattr(do, "prepare", lambda _: None)
    monkeypatch.setattr(do.os, "chdir", lambda _: None)
    monkeypatch.setattr(do, "become", become)
    do.main(["test", "-k", "ledger"])
    do.main(["test", "--all", "-x"])
    pytest_command = (str(do.PYTHON), "-m", "pytest")
    assert become.call_args_list == [call(*pytest_command, "-m", "not slow", "-k", "ledger"), call(*pytest_command, "-x")]


def test_all_tests_together_are_shared_out_to_two_processes(do: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    become = Mock(return_value=0)
    monkeypatch.setattr(do, "prepare", lambda _: None)
    monkeypatch.setattr(do.os, "chdir", lambda _: None)
    monkeypatch.setattr(do, "become", become)
    do.main(["test"])
    do.main(["test", "--all"])
    pytest_command = (str(do.PYTHON), "-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
    assert become.call_args_list == [call(*pytest_command, "-m", "not slow"), call(*pytest_command)]


def test_the_projects_own_commands_run_from_a_checkout_under_their_names(do: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    become = Mock(return_value=0)
    monkeypatch.setattr(do, "prepare", lambda _kind: None)
    monkeypatch.setattr(do, "become", become)
    named = tomllib.loads((do.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert set(do.SCRIPTS) == set(named)
    for name in named:
        do.run([name, "--help"])
    do.run(["python", "-V"])
    assert become.call_args_list == [*(call(str(do.PYTHON), "-m", do.SCRIPTS[name], "--help") for name in named), call("python", "-V")]


def test_a_program_that_is_not_there_is_one_sentence(do: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(do.os, "environ", dict(do.os.environ))
    with pytest.raises(do.Sorry, match="'no-such-program' cannot be started: No such file"):
        do.become("no-such-program")
