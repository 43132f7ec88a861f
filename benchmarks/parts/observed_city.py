"""A synthetic city with many observations, written as fast as the database takes them, for benchmarks alone.

Import it after Django was set up.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection, transaction

from citysquare.apps.accounts import queries, services
from citysquare.apps.accounts.models import User
from citysquare.apps.devices.models import Camera
from citysquare.apps.observations.models import HourCount, Observation
from citysquare.apps.spaces.models import Space
from citysquare.platform.policy import Role, Scope
from parts import DAYS, START

CAMERAS = 60
SPACES = 12
CLASSES = {"unknown": 0.2, "person": 0.3, "bicycle": 0.05, "motorcycle": 0.0002, "car": 0.35, "van": 0.05, "bus": 0.0098, "truck": 0.04}
WAYS = {"toward": 0.3, "away": 0.3, "leftward": 0.2, "rightward": 0.15, "": 0.05}
BY_HOUR = [1, 1, 1, 1, 2, 4, 8, 14, 15, 12, 11, 12, 13, 12, 12, 13, 15, 16, 13, 10, 7, 5, 3, 2]
COLUMNS = (
    "id",
    "organisation_id",
    "camera_id",
    "space_id",
    "object_class",
    "direction",
    "first",
    "last",
    "path",
    "recorded_at",
)
COUNT_COLUMNS = ("organisation_id", "camera_id", "space_id", "object_class", "direction", "hour", "count")


@dataclass(frozen=True, slots=True)
class City:
    """Who owns the rows."""

    organisation: str
    spaces: list[str]
    cameras: list[str]
    operator: str
    auditor: str
    token: str


def found_city() -> City:
    """Make organisation, spaces, cameras, two people and a token, or return those that are there."""
    organisation = queries.first_organisation()
    if organisation is None:
        organisation = services.create_organisation(names={"en": "Benchmark"}, at=START)
        for role in (Role.OPERATOR, Role.AUDITOR):
            user = services.create_person(sign_in_name=str(role), display_name=str(role), at=START)
            services.grant_role(user=user, organisation=organisation, role=role, at=START)
        for number in range(SPACES):
            Space.objects.create(organisation=organisation, names={"en": f"Space {number}"}, created_at=START)
        spaces = list(Space.objects.order_by("pk"))
        for number in range(CAMERAS):
            names, url = {"en": f"Camera {number}"}, f"rtsp://192.0.2.{number + 1}/main"
            Camera.objects.create(
                organisation=organisation, space=spaces[number % SPACES], names=names, main_url=url, order=number, created_at=START
            )
    wish = services.TokenWish("benchmark", "measuring", frozenset(Scope), timedelta(days=1))
    people = {user.sign_in_name: user.pk for user in User.objects.all()}
    made_by = people["operator"]
    token = services.make_token(wish=wish, organisation_id=organisation.pk, made_by=made_by, at=datetime.now(UTC))
    return City(
        organisation=organisation.pk,
        spaces=[space.pk for space in Space.objects.order_by("pk")],
        cameras=[camera.pk for camera in Camera.objects.order_by("order")],
        operator=made_by,
        auditor=people["auditor"],
        token=token.secret,
    )


def fill(city: City, rows: int) -> None:
    """Write all rows in the order of time, then the indexes, then let the database look at itself."""
    chance = np.random.default_rng(1)
    paths = made_paths()
    models = (Observation, HourCount)
    again = bared([model._meta.db_table for model in models])  # noqa: SLF001 -- Django's public name for it
    if connection.vendor == "sqlite":  # nothing is lost with a city that can be made again
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-1000000")
    for day in range(DAYS):
        number = rows * (day + 1) // DAYS - rows * day // DAYS
        observations, counts = a_day(city, day, number, chance, paths)
        write(Observation._meta.db_table, COLUMNS, observations)  # noqa: SLF001 -- as above
        write(HourCount._meta.db_table, COUNT_COLUMNS, counts)  # noqa: SLF001 -- as above
        if day % 10 == 9:
            print(f"day {day + 1} of {DAYS}", file=sys.stderr, flush=True)
    with connection.cursor() as cursor:
        for statement in again:
            print(statement[:100], file=sys.stderr, flush=True)
            cursor.execute(statement)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    connection.close()  # whoever asks next does so as in operation


def bared(tables: Sequence[str]) -> list[str]:
    """Take the indexes off tables, on PostgreSQL also keys and what checks each row, and return the statements that bring them back."""
    again: list[str] = []
    with connection.cursor() as cursor:
        for table in tables:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL", (table,))
            else:
                keys = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
                cursor.execute(f"{keys} AND contype IN ('f', 'p', 'u') ORDER BY contype DESC", (table,))
                found = cursor.fetchall()
                for name, _words in found:
                    cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
                again += [f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {words}' for name, words in found]
                cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", (table,))
            indexes = cursor.fetchall()
            for name, _words in indexes:
                cursor.execute(f'DROP INDEX "{name}"')
            again += [words for _name, words in indexes]
    return again


def made_paths() -> dict[str, list[str]]:
    """Paths of up to 16 points by direction, as JSON."""
    chance = random.Random(2)  # noqa: S311 -- nothing secret hangs on it
    ends = {"toward": (0.05, 0.6), "away": (-0.05, -0.6), "leftward": (-0.7, 0.1), "rightward": (0.7, -0.1), "": (0.01, 0.01)}
    made: dict[str, list[str]] = {}
    for way, (x, y) in ends.items():
        made[way] = []
        for _ in range(500):
            steps = chance.randint(2, 15)
            at = (chance.uniform(0.7, 0.9) if x < 0 else chance.uniform(0.1, 0.3), 0.8 if y < 0 else 0.2)
            points = [[round(at[0] + x * step / steps, 4), round(at[1] + y * step / steps, 4)] for step in range(steps + 1)]
            made[way].append(json.dumps(points))
    return made


def a_day(
    city: City, day: int, number: int, chance: np.random.Generator, paths: dict[str, list[str]]
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Make the rows of one day and their counts."""
    hours = chance.choice(24, number, p=np.array(BY_HOUR) / sum(BY_HOUR))
    micros = np.sort(hours * 3_600_000_000 + chance.integers(0, 3_600_000_000, number))
    cameras = chance.integers(0, len(city.cameras), number)
    kinds = chance.choice(len(CLASSES), number, p=np.array(list(CLASSES.values())) / sum(CLASSES.values()))
    ways = chance.choice(len(WAYS), number, p=list(WAYS.values()))
    first = np.datetime64((START + timedelta(days=day)).replace(tzinfo=None), "us") + micros
    last = first + chance.integers(1_000_000, 20_000_000, number)
    stamps = [[str(text).replace("T", " ") for text in np.datetime_as_string(column, unit="us")] for column in (first, last)]
    letters = chance.bytes(16 * number).hex()
    picked = chance.integers(0, 500, number)
    kind_names, way_names = list(CLASSES), list(WAYS)
    rows: list[tuple[object, ...]] = []
    for index, (camera, kind, way, path) in enumerate(zip(cameras.tolist(), kinds.tolist(), ways.tolist(), picked.tolist(), strict=True)):
        digits = letters[32 * index : 32 * index + 32]
        track = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
        start, end, way_name = stamps[0][index], stamps[1][index], way_names[way]
        place = (city.organisation, city.cameras[camera], city.spaces[camera % SPACES])
        rows.append((track, *place, kind_names[kind], way_name, start, end, paths[way_name][path], end))
    sorts = ((micros // 3_600_000_000) * len(city.cameras) + cameras) * 64 + kinds * 8 + ways
    counts: list[tuple[object, ...]] = []
    for sort, count in zip(*(column.tolist() for column in np.unique(sorts, return_counts=True)), strict=True):
        (hour, camera), (kind, way) = divmod(sort // 64, len(city.cameras)), divmod(sort % 64, 8)
        at = str(START + timedelta(days=day, hours=hour))[:19]
        place = (city.organisation, city.cameras[camera], city.spaces[camera % SPACES])
        counts.append((*place, kind_names[kind], way_names[way], at, count))
    return rows, counts


def write(table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Write rows the fastest way the database has."""
    names = ", ".join(f'"{name}"' for name in columns)
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        with connection.connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                # A time without a zone is one of UTC, which every connection of Django speaks.
                copy.write_row(row)
        return
    with transaction.atomic():
        marks = ", ".join("?" for _ in columns)
        connection.connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)  # noqa: S608 -- names of ours


def size() -> int:
    """Return the bytes of the database on disk."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0])
