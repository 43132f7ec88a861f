"""What ten million observations cost to look at: list, chart, CSV and API as whole requests, on SQLite or on PostgreSQL.

    ./do bench observations [--rows 10000000] [--database sqlite|postgresql] [--rounds 15] [--keep FOLDER]

Builds a city of 60 cameras in 12 spaces over 90 days with the schema of the site, row by row in the order of time, its indexes afterwards.
Then each case is asked for as a whole request through Django's test client: session or token, policy, audit log with its write to disk,
queries, template. Each case is asked a few times with other places, so that not only the page just read is measured. The first request of
a case, which loads templates and cold pages of the disk, stands in a column of its own; median and 95th percentile are of those after it.
The ratio is that of the median to the same case in a city of ten thousand rows, built and asked in the same run. On a busy machine the CPU
time of this process, without a database server's, says more than the clock. For three cases the straightforward way is measured as well:
COUNT(*), OFFSET, and a chart counted from the rows.

Needs about 1 GB of disk under TMPDIR for each million rows. The city is thrown away at the end unless --keep names a folder for it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parts import DAYS, START

if TYPE_CHECKING:
    from django.test import Client
    from parts.observed_city import City

ROOT = Path(__file__).resolve().parents[1]
SMALL = 10_000
TARGET_SECONDS = 0.2


def main() -> int:
    """Measure the large city and the small one, and compare."""
    parser = argparse.ArgumentParser(description="List, chart, CSV and API over many observations.")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--rounds", type=int, choices=range(2, 1001), metavar="2..1000", default=15)
    parser.add_argument("--keep", type=Path, help="keep the database in this folder, or use the one that is there")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return inside(options.rows, options.rounds)
    with tempfile.TemporaryDirectory(prefix="cs-bench-") as name, server(options.database, Path(name)) as address:
        small = measured(Path(name) / "small", SMALL, options.rounds, address and address("small"))
        large = measured(options.keep or Path(name) / "large", options.rows, options.rounds, address and address("large"))
    print_report(options.database, options.rows, large, small)
    return 0 if all(case["p95"] < TARGET_SECONDS for name, case in large["cases"].items() if not name.startswith("naive")) else 1


@contextlib.contextmanager
def server(database: str, folder: Path) -> Iterator[Callable[[str], str] | None]:
    """Run a PostgreSQL server where one is asked for, and give a function that makes a database and returns its address."""
    if database == "sqlite":
        yield None
        return
    sys.path.insert(0, str(ROOT))
    import psycopg  # noqa: PLC0415 -- only where it is needed

    from tests import postgresql  # noqa: PLC0415 -- as above

    place = Path(tempfile.mkdtemp(prefix="cs-pg-", dir=folder.parent))

    def address(name: str) -> str:
        with psycopg.connect(f"host={place} user={postgresql.SUPERUSER} dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]  # a name of ours
        return postgresql.url(place, name)

    try:
        with postgresql.running(place):
            yield address
    finally:
        shutil.rmtree(place, ignore_errors=True)


def measured(folder: Path, rows: int, rounds: int, database: str | None) -> dict[str, Any]:
    """Build and ask one city in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CITYSQUARE_", "DJANGO_"))}
    settings = {
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "citysquare.site.settings",
        "CITYSQUARE_DATA_DIR": str(folder),
        "CITYSQUARE_ALLOWED_HOSTS": "testserver",
        "CITYSQUARE_TIME_ZONE": "Europe/Sofia",
        **({"CITYSQUARE_DATABASE_URL": database} if database else {}),
    }
    words = [sys.executable, __file__, "--inside", "--rows", str(rows), "--rounds", str(rounds)]
    done = subprocess.run(words, env={**kept, **settings}, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def inside(rows: int, rounds: int) -> int:
    """Build the city unless it is there, ask, and print the figures as one line of JSON."""
    import django  # noqa: PLC0415 -- the settings come from the environment the parent made

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 -- as above
    from parts import observed_city  # noqa: PLC0415 -- as above

    from citysquare.apps.observations.models import Observation  # noqa: PLC0415 -- as above

    call_command("migrate", interactive=False, verbosity=0)
    started = time.monotonic()
    fresh = not Observation.objects.exists()
    city = observed_city.found_city()
    if fresh:
        observed_city.fill(city, rows)
    built = time.monotonic() - started
    cases = ask(city, rounds)
    sys.stdout.write(json.dumps({"build_seconds": built if fresh else 0, "bytes": observed_city.size(), "cases": cases}) + "\n")
    return 0


# --- the questions -----------------------------------------------------------------------------------------------------------

Case = Callable[[], object]


def ask(city: City, rounds: int) -> dict[str, dict[str, float]]:
    """Ask every case `rounds` times, in turns, so that a busy moment of the machine meets all of them."""
    found = cases(city)
    taken: dict[str, list[float]] = {name: [] for name in found}
    worked: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(rounds):
        for name, case in found.items():
            if name.startswith("naive") and len(taken[name]) >= 3:
                continue
            started, busy = time.perf_counter(), time.process_time()
            case()
            taken[name].append(time.perf_counter() - started)
            worked[name].append(time.process_time() - busy)
    return {
        name: {
            "median": statistics.median(times[1:]),
            "p95": sorted(times[1:])[int(0.95 * (len(times) - 2) + 0.5)],
            "first": times[0],
            "cpu": statistics.median(worked[name][1:]),
        }
        for name, times in taken.items()
    }


def cases(city: City) -> dict[str, Case]:
    """Return what is asked: pages, chart, file and API, and three naive ways."""
    from django.test import Client  # noqa: PLC0415 -- as above

    from citysquare.apps.accounts.models import User  # noqa: PLC0415 -- as above

    operator, auditor = Client(headers={"accept": "text/html"}), Client(headers={"accept": "text/html"})
    operator.force_login(User.objects.get(pk=city.operator))
    auditor.force_login(User.objects.get(pk=city.auditor))
    program = Client(headers={"authorization": f"Bearer {city.token}"})
    chance = random.Random(3)  # noqa: S311 -- nothing secret hangs on it

    def place(kind: str) -> str:
        return chance.choice(city.cameras if kind == "camera" else city.spaces)

    def day() -> datetime:
        return START + timedelta(days=chance.randint(5, DAYS - 5))

    def listed(**query: Callable[[], str] | str) -> Case:
        return lambda: get(
            operator, "/observations/", {name: value if isinstance(value, str) else value() for name, value in query.items()}
        )

    def deep() -> str:
        return f"{(day() + timedelta(hours=chance.random() * 24)).isoformat()}~zzzz"

    camera, space = (lambda: place("camera")), (lambda: place("space"))
    week = {"since": lambda: f"{day():%Y-%m-%dT%H:%M}", "until": f"{START + timedelta(days=DAYS):%Y-%m-%dT%H:%M}"}
    rare = {"object_class": "motorcycle", "direction": "stayed"}
    return {
        "list, no filter": listed(),
        "list, deep page": listed(before=deep),
        "list, camera": listed(camera=camera),
        "list, space, deep page": listed(space=space, before=deep),
        "list, class": listed(object_class="bus"),
        "list, rare class, deep page": listed(object_class="motorcycle", before=deep),
        "list, direction": listed(direction="away", before=deep),
        "list, rare class and direction": listed(**rare),
        "list, camera, rare class and direction": listed(camera=camera, **rare),
        "list, space, class, direction, from a day on": listed(space=space, object_class="truck", direction="toward", **week),
        "list, camera in a space it was never in": listed(camera=city.cameras[0], space=city.spaces[1], object_class="car"),
        "day's chart by direction": lambda: get(auditor, "/observations/", {"day": f"{day():%Y-%m-%d}"}),
        "day's chart by class, one space": lambda: get(
            auditor, "/observations/", {"day": f"{day():%Y-%m-%d}", "by": "class", "space": space()}
        ),
        "CSV, first bytes": lambda: first_bytes(operator, {"since": f"{day():%Y-%m-%dT%H:%M}"}),
        "CSV of a class, first bytes": lambda: first_bytes(operator, {"object_class": "bus"}),
        "API, page of 100": lambda: get(program, "/api/v1/observations", {"until": f"{day():%Y-%m-%dT%H:%M:%SZ}"}),
        "API, page of 500, class and space": lambda: get(
            program, "/api/v1/observations", {"class": "car", "space": space(), "limit": "500"}
        ),
        "API, counts of a day by direction": lambda: counts(program, day(), 1, "hour"),
        "API, counts of 90 days by class, one camera": lambda: counts(program, START, 90, "day", camera=camera()),
        **naive(city, day),
    }


def naive(city: City, day: Callable[[], datetime]) -> dict[str, Case]:
    """Return the straightforward ways to the same answers, as bare queries without page or log."""
    from django.db.models import Count  # noqa: PLC0415 -- as above
    from django.db.models.functions import TruncHour  # noqa: PLC0415 -- as above

    from citysquare.apps.observations.models import Observation  # noqa: PLC0415 -- as above

    rows = Observation.objects.filter(organisation_id=city.organisation)

    def chart() -> object:
        start = day()
        found = rows.filter(first__gte=start, first__lt=start + timedelta(days=1)).annotate(hour=TruncHour("first"))
        return list(found.values("hour", "direction").annotate(number=Count("pk")).order_by())

    middle = rows.count() // 2
    return {
        "naive: COUNT(*) for the number of pages": rows.count,
        "naive: OFFSET to the middle": lambda: list(rows.order_by("-first", "-pk")[middle : middle + 50]),
        "naive: day's chart counted from the rows": chart,
    }


def get(client: Client, path: str, query: dict[str, str]) -> int:
    """Ask and read the whole answer."""
    from citysquare.platform import tokens  # noqa: PLC0415 -- as above

    tokens.forget_limits()
    answer = client.get(path, query)
    if answer.status_code != 200:
        raise SystemExit(f"{path} {query} answered {answer.status_code}: {answer.content[:300]!r}")
    return len(answer.content)


def counts(client: Client, since: datetime, days: int, bucket: str, **query: str) -> int:
    """Ask the API for counts."""
    span = {"since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "until": f"{since + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"}
    return get(client, "/api/v1/counts", {**span, "bucket": bucket, "group": "direction" if bucket == "hour" else "class", **query})


def first_bytes(client: Client, query: dict[str, str]) -> int:
    """Ask for a file and read until the first rows are there."""
    answer = client.get("/observations/observations.csv", query)
    chunks: Iterator[bytes] = iter(answer.streaming_content)  # type: ignore[attr-defined]  # a streaming answer
    read = len(next(chunks)) + len(next(chunks, b""))
    answer.close()
    return read


def print_report(database: str, rows: int, large: dict[str, Any], small: dict[str, Any]) -> None:
    """Print everything as a table."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{database}, {rows:,} observations: built in {large['build_seconds']:.0f} s, {large['bytes'] / 1e9:.2f} GB; load {load}")
    print(f"{'':52} {'median':>9} {'95 %':>9} {'first':>9} {'CPU':>9}   to {SMALL:,} rows")
    for name, case in large["cases"].items():
        ratio = case["median"] / small["cases"][name]["median"]
        late = "" if name.startswith("naive") or case["p95"] < TARGET_SECONDS else "  TOO SLOW"
        times = " ".join(f"{1000 * case[key]:6.1f} ms" for key in ("median", "p95", "first", "cpu"))
        print(f"{name:52} {times}   x {ratio:.2f}{late}")


if __name__ == "__main__":
    sys.exit(main())
