"""What the audit log bears: durable entries a second on SQLite, one by one and in groups, beside a plain INSERT, in the same run.

    ./do bench audit [--seconds 5] [--threads 16] [--page]

Each way writes for some seconds into one fresh data folder, the ways taking turns, three rounds of each; the median counts.

- *One by one*: one caller, an entry at a time. *Together*: one caller that notes 50 entries at once.
- *Group commit*: many callers at once, as in the web process; who comes first writes for all who wait.
- *Plain INSERT*: a row of the same width, one transaction each, without chain, file or pseudonyms: what the database alone costs.
- *Plain fsync*: lines of the same length flushed to a file one by one: what the disk alone costs.

All are durable (`synchronous=FULL`, fsync of the day's file). At the end one head is signed over everything and the whole log is checked,
and both are timed. The target is 500 entries a second. --page writes the table into docs/reference/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from citysquare.platform.audit import Note

ROOT = Path(__file__).resolve().parents[1]
TARGET = 500
ROUNDS = 3
TOGETHER = 50
MARKS = ("<!-- audit: begin -->", "<!-- audit: end -->")


def main() -> int:
    """Measure and print; 1 when group commit misses the target."""
    parser = argparse.ArgumentParser(description="Durable entries a second of the audit log.")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cs-bench-") as name:
        prepare(Path(name))
        figures, after = measured(options.seconds, options.threads, Path(name))
    text = report(figures, after, options.threads)
    sys.stdout.write(text)
    if options.page:
        write_page(text)
    return 0 if figures["group commit"] >= TARGET else 1


def prepare(folder: Path) -> None:
    """Set the site up in a folder of its own."""
    os.environ.update(CITYSQUARE_DATA_DIR=str(folder), CITYSQUARE_CONFIG=str(folder / "citysquare.toml"))
    (folder / "citysquare.toml").write_text("", encoding="utf-8")
    os.environ["DJANGO_SETTINGS_MODULE"] = "citysquare.site.settings"
    import django  # noqa: PLC0415 -- the environment comes first
    from django.core.management import call_command  # noqa: PLC0415 -- as above

    django.setup()
    call_command("migrate", verbosity=0)


def measured(seconds: float, threads: int, folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Return entries a second by way, and what the check costs afterwards."""
    from django.conf import settings  # noqa: PLC0415 -- the environment comes first

    from citysquare.platform import audit  # noqa: PLC0415 -- as above
    from citysquare.platform.audit import heads  # noqa: PLC0415 -- as above

    note = _note()
    lines, insert = folder / "plain.jsonl", _plain_table(folder / "plain.sqlite3")
    ways: dict[str, Callable[[], float]] = {
        "one by one": lambda: _rate(seconds, 1, lambda: audit.record_many([note()])),
        "group commit": lambda: _rate(seconds, threads, lambda: audit.record_many([note()])),
        "together": lambda: TOGETHER * _rate(seconds, 1, lambda: audit.record_many([note() for _ in range(TOGETHER)])),
        "plain INSERT": lambda: _rate(seconds, 1, insert),
        "plain fsync": lambda: _rate(seconds, 1, lambda: _flush(lines)),
    }
    rounds: dict[str, list[float]] = {name: [] for name in ways}
    for _round in range(ROUNDS):
        for name, way in ways.items():
            rounds[name].append(way())
    began = time.perf_counter()
    head = heads.sign_head(at=datetime.now(UTC))
    signed = time.perf_counter()
    found = audit.verify(settings.CITYSQUARE.audit_dir)
    ended = time.perf_counter()
    if head is None or not found.ok:
        raise SystemExit(f"the log is not as it was written: {found.findings[:3]}")
    after = {"entries": found.entries, "head": signed - began, "check": ended - signed}
    return {name: statistics.median(values) for name, values in rounds.items()}, after


def _note() -> Callable[[], Note]:
    from citysquare.platform.audit import Note  # noqa: PLC0415 -- the environment comes first
    from citysquare.platform.policy import Action, Actor, Subject  # noqa: PLC0415 -- as above

    actor, subject = Actor("geekdbiydtrzlnti", "cityaaaaaaaaaaaa"), Subject("camera", "cameraaaaaaaaaaa", "cityaaaaaaaaaaaa")
    details = {"what": "live picture", "rule": "live.on_duty"}
    return lambda: Note(actor, Action.LIVE_VIEW, subject, "allow", datetime.now(UTC), details)


def _rate(seconds: float, threads: int, act: Callable[[], object]) -> float:
    """Return how often a second `act` was done by so many threads."""
    from django.db import connection  # noqa: PLC0415 -- the environment comes first

    counts = [0] * threads
    until = time.perf_counter() + seconds

    def work(number: int) -> None:
        try:
            while time.perf_counter() < until:
                act()
                counts[number] += 1
        finally:
            connection.close()

    began = time.perf_counter()
    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts) / (time.perf_counter() - began)


def _plain_table(path: Path) -> Callable[[], None]:
    """Return what puts one row of the same width into a table of another database file, set up as ours, in a transaction of its own."""
    base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    base.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE entry (sequence INTEGER PRIMARY KEY, line TEXT)")
    return lambda: base.execute("INSERT INTO entry (line) VALUES (?)", ("x" * 480,)).close()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(descriptor, b"x" * 480 + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def report(figures: dict[str, float], after: dict[str, float], threads: int) -> str:
    """Return the table."""
    one = figures["one by one"]
    names = {
        "one by one": "One by one",
        "group commit": f"Group commit, {threads} callers at once",
        "together": f"{TOGETHER} noted together",
        "plain INSERT": "Plain INSERT, a transaction each",
        "plain fsync": "Plain fsync of a line each",
    }
    rows = "".join(f"| {names[name]} | {rate:.0f} | {rate / one:.1f} |\n" for name, rate in figures.items())
    where = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, SQLite"
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {where}; medians of {ROUNDS} rounds.\n\n"
        f"| Way | Durable entries a second | Against one by one |\n|---|---|---|\n{rows}\n"
        f"A head over the {after['entries']:.0f} entries takes {after['head']:.1f} s where none was before, "
        f"the whole check of table, files and heads {after['check']:.1f} s ({1e6 * after['check'] / after['entries']:.0f} µs an entry).\n"
    )


def write_page(text: str) -> None:
    """Put the table into the page of benchmarks."""
    page = ROOT / "docs" / "reference" / "benchmarks.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(MARKS[0])
    _, _, behind = rest.partition(MARKS[1])
    page.write_text(f"{before}{MARKS[0]}\n{text}{MARKS[1]}{behind}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
