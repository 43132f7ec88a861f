"""The restore drill: back up, lose everything, put it back, and all answers are the same. And every way in which it can go wrong."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from citysquare.site.backup import archive, sealing
from citysquare.site.backup.errors import Altered, BackupError, DiskFailed, DiskFull, Newer, NoBackup, Running, Truncated, WrongPassphrase
from citysquare.site.backup.making import Asked, make
from citysquare.site.backup.restoring import Wanted, finish_interrupted, restore
from tests.faults.processes import note, until
from tests.site.backup.at_home import CONSOLE, PASSPHRASE, Home
from tests.site.backup.quick_console import QUICK_N

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    """A key that is made quickly, as in `quick_console.py`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "SCRYPT_N", QUICK_N)
        yield


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
    assert after["keys/cameras.json"] == before["keys/cameras.json"]
    assert b'"locked"' not in after["node.json"], "every camera's password opens again"
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
    assert (tmp_path / "out.toml").read_text().startswith('city_name = "Izmail"\n')
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


@pytest.mark.slow
def test_a_log_of_other_origin_is_put_aside(home: Home) -> None:
    shutil.rmtree(home.data / "audit")
    (home.data / "audit").mkdir()
    (home.data / "audit" / "2026-01-01.jsonl").write_text("{}\n")
    home.run("restore", first(home), "--replace")
    assert list(home.data.glob("before-restore-*/audit/2026-01-01.jsonl"))
    home.run("check_audit")


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ("cut", Truncated),
        ("change", Altered),
        ("foreign", NoBackup),
        ("newer", Newer),
        ("phrase", WrongPassphrase),
        ("gone", DiskFailed),
    ],
)
def test_a_bad_backup_changes_nothing(home: Home, damage: str, error: type[BackupError]) -> None:
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
    phrase = b"another passphrase" if damage == "phrase" else PASSPHRASE.encode()
    with pytest.raises(error):
        restore(home.settings(), Wanted(path, phrase), NOW, print)
    assert home.everything() == {}
    assert not (home.data / ".restore").exists()


@pytest.mark.slow
def test_without_a_passphrase_only_who_says_plain_gets_a_backup(home: Home) -> None:
    home.config.write_text(f'data_dir = "{home.data}"\n')
    assert "backup.no_passphrase" in home.run("backup", status=2)
    assert "PLAIN" in home.run("backup", "--plain")
    made = next((home.data / "backups").iterdir())
    assert (home.data / "secret_key").read_bytes().strip() in made.read_bytes()
    key = (home.data / "keys" / "cameras.json").read_bytes()
    assert key not in made.read_bytes(), "what opens the cameras' passwords stands in sealed backups only"
    assert b"viewer:secret" not in made.read_bytes()
    rows = home.rows()
    shutil.move(made, home.folder / "plain.backup")
    shutil.rmtree(home.data)
    home.run("restore", str(home.folder / "plain.backup"))
    assert home.rows() == rows
    assert (home.data / "node.json").read_bytes().count(b'"locked": true') == 3, "the cameras are there; their passwords wait for the key"


def forged(home: Home, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    """A plain backup as somebody else makes it."""
    path = home.folder / "forged.backup"
    with path.open("wb") as file:
        writer = sealing.Writer(file, version="0.0.1", made_at="2026-05-01T12:00:00Z", passphrase=None)
        with tarfile.open(fileobj=cast("BinaryIO", writer), mode="w:", format=tarfile.PAX_FORMAT) as tar:
            for member, content in members:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        writer.close()
    return path


def test_a_backup_cannot_bring_decisions_of_its_own(home: Home) -> None:
    """A file called like the note of an unfinished restore must not be taken for one: it could move any file anywhere."""
    secret = home.folder / "passphrase"
    note = json.dumps({"mark": "", "moves": [[str(secret), str(home.folder / "taken"), False]]}).encode()
    backup = forged(home, (tarfile.TarInfo("journal.json"), note))
    with pytest.raises(Altered):
        restore(home.settings(), Wanted(backup, None, replace=True), NOW, print)
    assert not (home.data / ".restore").exists()
    finish_interrupted(home.settings(), print)
    assert secret.exists()


@pytest.mark.parametrize(
    "header", [{"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(2**50)}, {"GNU.sparse.major": "one"}]
)
def test_a_backup_cannot_say_that_a_file_is_larger_than_it_is(home: Home, header: dict[str, str]) -> None:
    member = tarfile.TarInfo("node.json")
    member.pax_headers = header
    content = b"1\n0\n1\n".ljust(512, b"\0") + b"x" if len(header) > 1 else b"x"
    with pytest.raises(Altered):
        restore(home.settings(), Wanted(forged(home, (member, content)), None, replace=True), NOW, print)


KILLED = """
import os, pathlib, sys
from citysquare.site.backup import {module}
real = {target}
def dying(*words, **named):
    {before}
    os.kill(os.getpid(), 9)
{target} = dying
from tests.site.backup.quick_console import main
sys.exit(main({words!r}))
"""


def killed(home: Home, module: str, target: str, words: list[str], *, after: bool = False) -> None:

    script = KILLED.format(module=module, target=target, words=words, before="real(*words, **named)" if after else "pass")
    done = subprocess.run([sys.executable, "-c", script], env=home.environment, cwd=home.folder, check=False, timeout=300)
    assert done.returncode == -9


@pytest.mark.parametrize(
    ("module", "target", "after"),
    [
        pytest.param("archive", "archive._compared", False, marks=pytest.mark.slow),
        pytest.param("restoring", "restoring._check_database", True, marks=pytest.mark.slow),
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


def full(real: Callable[..., Any], times: int) -> Callable[..., Any]:
    """Return a stand-in that works so many times, and then the volume is full."""
    left = [times]

    def step(*words: Any, **named: Any) -> Any:  # noqa: ANN401 -- any function
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x")
        return real(*words, **named)

    return step


@pytest.mark.parametrize(("times", "place"), [(0, "_piece"), (3, "write")])
def test_a_full_disk_leaves_no_half_backup(home: Home, monkeypatch: pytest.MonkeyPatch, times: int, place: str) -> None:
    before = home.everything()
    monkeypatch.setattr(sealing.Writer, place, full(getattr(sealing.Writer, place), times))
    with pytest.raises(DiskFull):
        make(home.settings(), Asked(home.folder / "new", PASSPHRASE.encode()), NOW, print)
    assert list((home.folder / "new").iterdir()) == []
    assert home.everything() == before
    assert not (home.data / ".backup-work").exists()


def test_a_full_disk_leaves_no_half_restore(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = home.everything()
    monkeypatch.setattr(archive, "_write", full(archive._write, 2))  # noqa: SLF001 -- where a disk fills up
    with pytest.raises(DiskFull):
        restore(home.settings(), Wanted(Path(first(home)), PASSPHRASE.encode(), replace=True), NOW, print)
    assert home.everything() == before
    assert not (home.data / ".restore").exists()


@pytest.mark.slow
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

    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60) # citysquare"]) as process:
        (home.data / "children.json").write_text(json.dumps({"supervisor": process.pid, "children": []}))
        with pytest.raises(Running):
            restore(home.settings(), Wanted(Path(first(home)), PASSPHRASE.encode(), replace=True), NOW, print)
        assert "backup.running" in home.run("upgrade", status=2)
        home.backup()
        process.terminate()


def change(home: Home, *statements: str) -> None:
    with closing(sqlite3.connect(home.data / "citysquare.sqlite3")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_an_upgrade_that_fails_puts_everything_back_and_says_so(home: Home) -> None:
    change(home, "DELETE FROM django_migrations WHERE app = 'sessions'")  # its table is there: making it again fails
    rows, log = home.rows(), home.log()
    said = home.run("upgrade", status=2)
    assert "upgrade.failed" in said
    assert "already exists" in said
    assert home.rows() == rows
    assert home.log() == log
    assert list((home.data / "backups").glob("*.backup"))
    assert list(home.data.glob("*before-restore*"))


def test_an_upgrade_takes_a_backup_and_brings_the_tables_up_to_date(home: Home) -> None:
    change(home, "DELETE FROM django_migrations WHERE app = 'sessions'", "DROP TABLE django_session")
    assert "The upgrade is done" in home.run("upgrade")
    made = next((home.data / "backups").glob("*.backup"))
    assert "As it was written" in home.run("backup", "--verify", str(made))
    assert "nothing is to be done" in home.run("upgrade")


def of_a_newer_version(home: Home) -> None:
    change(home, "INSERT INTO django_migrations (app, name, applied) VALUES ('platform', '9999_future', '2030-01-01')")


def test_a_database_of_a_newer_version_is_not_touched(home: Home) -> None:
    of_a_newer_version(home)
    (home.data / "node.json").unlink()  # nothing is recorded yet: a start has nothing to go on with
    before = home.everything()
    for words in (("upgrade",), ("up", "--config", str(home.config))):
        assert "backup.newer_version" in home.run(*words, status=2)
    of_the_start = ("tls/", "processes.json")  # a start makes a certificate and says which processes it had
    assert {name: text for name, text in home.everything().items() if not name.startswith(of_the_start)} == before


def test_beside_a_database_of_a_newer_version_recording_goes_on_and_nothing_is_written_into_it(home: Home) -> None:
    of_a_newer_version(home)
    rows = home.rows()
    said = home.folder / "said"
    words = [sys.executable, str(CONSOLE), "up", "--config", str(home.config)]
    with said.open("wb") as out, subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, env=home.environment) as up:
        try:
            until(lambda: up.poll() is not None or "Recording goes on" in said.read_text(), "a sentence")
            assert set(note(home.data)) == {"recorder"}
        finally:
            up.terminate()
    assert up.returncode == 0, said.read_text()
    assert "newer version" in said.read_text()
    assert home.rows() == rows
