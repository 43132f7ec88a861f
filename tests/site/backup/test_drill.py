"""The restore drill: back up, lose everything, put it back, and all answers are the same. And every way in which it can go wrong."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.site.backup.at_home import Home


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation in use with one backup, made once for this module."""
    home = Home(tmp_path_factory.mktemp("home"))
    home.build()
    home.fill()
    home.backup("--with-footage-index")
    return home.folder


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Home:
    shutil.copytree(template, tmp_path / "home")
    copied = Home(tmp_path / "home")
    copied.build()
    return copied


def first(home: Home) -> str:
    return str(home.folder / "kept" / "0.backup")


def test_after_everything_was_lost_all_answers_are_the_same(home: Home) -> None:
    rows, log, before = home.rows(), home.log(), home.everything()
    shutil.rmtree(home.data)
    said = home.run("restore", first(home))
    assert "as it was written" in said
    assert home.rows() == rows
    assert home.log()[: len(log)] == log
    assert [line for line in home.log()[len(log) :] if '"audit.restored"' not in line] == []
    assert len(home.log()) == len(log) + 1
    after = home.everything()
    assert after["secret_key"] == before["secret_key"]
    assert after["node.json"].count(b'"enabled": true') == 3
    assert all(path.stat().st_mode & 0o077 == 0 for path in home.data.rglob("*") if path.is_file() and "static" not in path.parts)
    home.run("check_audit")
    assert not (home.data / ".restore").exists()


def test_a_backup_shows_nothing_and_says_what_it_holds(home: Home) -> None:
    text = Path(first(home)).read_bytes()
    assert (home.data / "secret_key").read_bytes().strip() not in text
    assert b"rtsp://" not in text
    assert b"SQLite" not in text
    assert Path(first(home)).stat().st_mode & 0o077 == 0
    assert "2 entries in the audit log" in home.run("backup", "--verify", first(home))


def test_the_settings_come_out_alone(home: Home, tmp_path: Path) -> None:
    phrase = str(home.folder / "passphrase")
    home.run("restore", first(home), "--passphrase-file", phrase, "--settings-to", str(tmp_path / "out.toml"))
    assert (tmp_path / "out.toml").read_bytes() == home.config.read_bytes()
    said = home.run("restore", first(home), "--passphrase-file", phrase, "--settings-to", str(tmp_path / "out.toml"), status=2)
    assert "backup.exists" in said


def test_nothing_is_put_over_an_installation_unless_asked_and_then_it_is_kept(home: Home) -> None:
    rows = home.rows()
    before = home.everything()
    assert "backup.not_empty" in home.run("restore", first(home), status=2)
    assert home.everything() == before
    home.run("link", "operator")
    later = home.log()
    said = home.run("restore", first(home), "--replace")
    assert "later entries stay" in said
    assert home.rows() == rows
    assert home.log()[: len(later)] == later, "nobody removes a line of the log by restoring"
    assert sum('"audit.restored"' in line for line in home.log()) == 2, "that the table was filled up, and that something was restored"
    assert list(home.data.glob("citysquare.sqlite3.before-restore-*"))
    home.run("check_audit")


def test_a_log_of_other_origin_is_put_aside(home: Home) -> None:
    shutil.rmtree(home.data / "audit")
    (home.data / "audit").mkdir()
    (home.data / "audit" / "2026-01-01.jsonl").write_text("{}\n")
    home.run("restore", first(home), "--replace")
    assert list(home.data.glob("before-restore-*/audit/2026-01-01.jsonl"))
    home.run("check_audit")


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("cut", "backup.truncated"),
        ("change", "backup.altered"),
        ("foreign", "backup.not_a_backup"),
        ("newer", "backup.newer_version"),
        ("phrase", "backup.wrong_passphrase"),
        ("gone", "backup.disk_failed"),
    ],
)
def test_a_bad_backup_changes_nothing(home: Home, damage: str, code: str) -> None:
    shutil.rmtree(home.data)
    path = Path(first(home))
    text = path.read_bytes()
    if damage == "cut":
        path.write_bytes(text[: len(text) // 2])
    elif damage == "change":
        path.write_bytes(text[:-400] + bytes([text[-400] ^ 1]) + text[-399:])
    elif damage == "foreign":
        path.write_bytes(b"SQLite format 3\0" * 100)
    elif damage == "newer":
        path.write_bytes(text.replace(b'"version": "0.', b'"version": "9.', 1))
    elif damage == "gone":
        path.unlink()
    else:
        (home.folder / "passphrase").write_text("another passphrase\n")
    said = home.run("restore", str(path), status=2)
    assert code in said
    assert home.everything() == {}
    assert "Traceback" not in said


def test_without_a_passphrase_only_who_says_plain_gets_a_backup(home: Home) -> None:
    home.config.write_text(f'data_dir = "{home.data}"\n')
    assert "backup.no_passphrase" in home.run("backup", status=2)
    assert "PLAIN" in home.run("backup", "--plain")
    made = next((home.data / "backups").iterdir())
    assert (home.data / "secret_key").read_bytes().strip() in made.read_bytes()
    rows = home.rows()
    shutil.move(made, home.folder / "plain.backup")
    shutil.rmtree(home.data)
    home.run("restore", str(home.folder / "plain.backup"))
    assert home.rows() == rows


KILLED = """
import os, pathlib, sys
from citysquare.site.backup import {module}
real = {target}
def dying(*words, **named):
    {before}
    os.kill(os.getpid(), 9)
{target} = dying
from citysquare.site.console import main
sys.exit(main({words!r}))
"""


def killed(home: Home, module: str, target: str, words: list[str], *, after: bool = False) -> None:
    import subprocess
    import sys

    script = KILLED.format(module=module, target=target, words=words, before="real(*words, **named)" if after else "pass")
    done = subprocess.run([sys.executable, "-c", script], env=home.environment, cwd=home.folder, check=False, timeout=300)
    assert done.returncode == -9


@pytest.mark.parametrize(
    ("module", "target", "after"),
    [
        ("archive", "archive._compared", False),
        ("restoring", "restoring._check_database", True),
        ("placing", "placing.write_journal", False),
    ],
)
def test_a_restore_killed_before_its_decision_leaves_everything_as_it_was(home: Home, module: str, target: str, after: bool) -> None:
    home.run("link", "operator")
    rows, before = home.rows(), home.everything()
    killed(home, module, target, ["restore", first(home), "--replace"], after=after)
    said = home.run("upgrade")
    assert "nothing is to be done" in said
    assert not (home.data / ".restore").exists()
    assert {name: text for name, text in home.everything().items() if not name.endswith(".restoring")} == before
    assert home.rows() == rows


def test_a_restore_killed_after_its_decision_is_finished_by_the_next_start(home: Home) -> None:
    rows = home.rows()
    home.run("link", "operator")
    killed(home, "placing", "pathlib.Path.replace", ["restore", first(home), "--replace"], after=True)
    for _ in range(2):
        home.run("upgrade")
    assert not (home.data / ".restore").exists()
    assert home.rows() == rows
    home.run("check_audit", status=1)  # the table lacks the later entries until the next one is written
    home.run("link", "auditor")
    home.run("check_audit")


FULL = """
import errno, os, pathlib, sys
from citysquare.site.backup import {module}
real, left = {target}, [{times}]
def full(*words, **named):
    left[0] -= 1
    if left[0] < 0:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x")
    return real(*words, **named)
{target} = full
from citysquare.site.console import main
sys.exit(main({words!r}))
"""


def on_a_full_disk(home: Home, module: str, target: str, times: int, words: list[str]) -> str:
    import subprocess
    import sys

    script = FULL.format(module=module, target=target, times=times, words=words)
    done = subprocess.run(
        [sys.executable, "-c", script], env=home.environment, cwd=home.folder, check=False, timeout=300, capture_output=True, text=True
    )
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stderr


@pytest.mark.parametrize("times", [0, 3])
def test_a_full_disk_leaves_no_half_backup(home: Home, times: int) -> None:
    before = home.everything()
    said = on_a_full_disk(
        home, "sealing", "sealing.Writer._piece" if times == 0 else "sealing.Writer.write", times, ["backup", "--to", "new"]
    )
    assert "backup.disk_full" in said
    assert list((home.folder / "new").iterdir()) == []
    assert home.everything() == before
    assert not (home.data / ".backup-work").exists()


def test_a_full_disk_leaves_no_half_restore(home: Home) -> None:
    before = home.everything()
    said = on_a_full_disk(home, "archive", "archive._write", 2, ["restore", first(home), "--replace"])
    assert "backup.disk_full" in said
    assert home.everything() == before
    assert not (home.data / ".restore").exists()


def test_a_backup_is_of_one_moment_while_others_write(home: Home) -> None:
    path = home.data / "citysquare.sqlite3"
    with closing(sqlite3.connect(path, timeout=20)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE accounts_user SET display_name = 'half written'")
        made = home.backup()
        writer.rollback()
    shutil.rmtree(home.data)
    home.run("restore", str(made))
    assert not any("half written" in str(row) for row in home.rows())


def test_a_running_platform_is_not_restored_or_upgraded(home: Home) -> None:
    import json
    import os
    import subprocess
    import sys

    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60) # citysquare"]) as process:
        (home.data / "children.json").write_text(json.dumps({"supervisor": process.pid, "children": []}))
        for words in (("restore", first(home), "--replace"), ("upgrade",)):
            assert "backup.running" in home.run(*words, status=2)
        home.backup()
        process.terminate()
    assert os.path.exists(home.data / "children.json")  # noqa: PTH110 -- as plain as it gets
