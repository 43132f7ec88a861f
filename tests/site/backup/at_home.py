"""An installation to back up: a folder, a configuration file, and the console as an operator types it."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citysquare.config import Config

ROOT = Path(__file__).resolve().parents[3]
CONSOLE = Path(__file__).with_name("quick_console.py")
PASSPHRASE = "the river is wide here"

FILL = """
import django
django.setup()
from tests.factories import CameraFactory, ObservationFactory, OrganisationFactory
city = OrganisationFactory.create()
for _ in range(3):
    camera = CameraFactory.create(space__organisation=city)
    ObservationFactory.create_batch(20, camera=camera, space=camera.space, organisation=city)
"""


def free_port() -> int:
    """Return a port nobody listens on: others on this machine may have the usual one."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Home:
    """One installation."""

    folder: Path
    database_url: str = ""

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def config(self) -> Path:
        return self.folder / "citysquare.toml"

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CITYSQUARE_", "DJANGO_"))}
        return clean | {"CITYSQUARE_CONFIG": str(self.config), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}

    def build(self, **more: str) -> None:
        """Write the settings and the passphrase."""
        self.folder.mkdir(parents=True, exist_ok=True)
        phrase = self.folder / "passphrase"
        phrase.write_text(PASSPHRASE + "\n")
        phrase.chmod(0o600)
        values: dict[str, Any] = {"city_name": "Izmail", "data_dir": str(self.data), "backup_passphrase_file": str(phrase)}
        values |= {"port": free_port(), **more}
        if self.database_url:
            values["database_url"] = self.database_url
        self.config.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()))

    def run(self, *words: str, status: int = 0, **variables: str) -> str:
        """Run the console; return what it said."""
        command = [sys.executable, str(CONSOLE), *words]
        done = subprocess.run(
            command, env=self.environment | variables, cwd=self.folder, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def fill(self) -> None:
        """Make tables, and a city with cameras, observations, people and a log."""
        self.run("prepare")
        environment = self.environment | {"DJANGO_SETTINGS_MODULE": "citysquare.site.settings"}
        subprocess.run([sys.executable, "-c", FILL], env=environment, cwd=self.folder, check=True, timeout=300)
        for role in ("operator", "auditor"):
            self.run("link", role)

    def rows(self) -> list[Any]:
        """Return every row of the database but the log and what changes by itself."""
        if not self.database_url:
            return self._sqlite_rows()
        return self._postgresql_rows()

    def _postgresql_rows(self) -> list[Any]:
        import psycopg  # only where a server was started

        found: list[Any] = []
        with psycopg.connect(self.database_url) as database:
            names = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename").fetchall()
            for (name,) in names:
                if name not in {"platform_auditentry", "django_session", "citysquare_restored"}:
                    rows = database.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608 -- a name the database gave
                    found += [(name, row) for row in sorted(rows, key=repr)]
        return found

    def _sqlite_rows(self) -> list[Any]:
        found: list[Any] = []
        with closing(sqlite3.connect(self.data / "citysquare.sqlite3")) as database:
            names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            for name in names:
                if name not in {"platform_auditentry", "django_session"}:
                    rows = database.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 -- a name the database gave
                    found += [(name, row) for row in sorted(rows, key=repr)]
        return found

    def settings(self) -> Config:
        """Return the settings as the console reads them."""
        return Config(data_dir=self.data, backup_passphrase_file=self.folder / "passphrase")

    def log(self) -> list[str]:
        """Return the lines of the audit log's files."""
        return [line for path in sorted((self.data / "audit").glob("*.jsonl")) for line in path.read_text().splitlines()]

    def backup(self, *words: str) -> Path:
        """Make a backup and return it."""
        target = self.folder / "kept" / f"{len(list(self.folder.glob('kept/*')))}.backup"
        self.run("backup", "--to", str(target), *words)
        return target

    def everything(self) -> dict[str, bytes]:
        """Return every file of the data folder with its content, locks and work of the moment left out."""
        return {
            str(path.relative_to(self.data)): path.read_bytes()
            for path in sorted(self.data.rglob("*"))
            if path.is_file() and not path.name.startswith(".") and not path.name.endswith(("lock", "-shm", "-wal"))
        }
