"""Gives every observation that was kept before its direction, and counts them all by hour.

Each batch is a transaction of its own, so that millions of rows neither fill the memory nor hold others up, and whoever is interrupted
begins again: directions are the same each time, and counts are made anew.
"""

from collections import defaultdict
from datetime import UTC
from itertools import islice

from django.apps.registry import Apps
from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count
from django.db.models.functions import TruncHour

from citysquare.apps.observations.directions import direction_of

BATCH = 2_000
SORT = ("organisation_id", "space_id", "camera_id", "object_class", "direction")


def fill(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    del editor
    _directions(apps.get_model("observations", "Observation"))
    _counts(apps.get_model("observations", "Observation"), apps.get_model("observations", "HourCount"))


def _directions(observations) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 -- a model as it was, made by the migration
    after = ""
    while True:
        with transaction.atomic():
            rows = list(observations.objects.filter(pk__gt=after).order_by("pk").only("pk", "path")[:BATCH])
            found = defaultdict(list)
            for row in rows:
                found[str(direction_of(row.path))].append(row.pk)
            for way, ids in found.items():  # one write for each direction: a CASE of every row took hours for ten million
                observations.objects.filter(pk__in=ids).update(direction=way)
        if len(rows) < BATCH:
            return
        after = rows[-1].pk


def _counts(observations, counts) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 -- as above
    with transaction.atomic():
        counts.objects.all().delete()
    for camera in observations.objects.order_by("camera_id").values_list("camera_id", flat=True).distinct():
        groups = observations.objects.filter(camera_id=camera).annotate(hour=TruncHour("first", tzinfo=UTC)).values_list(*SORT, "hour")
        found = iter(groups.annotate(number=Count("pk")).order_by())
        with transaction.atomic():
            while batch := list(islice(found, BATCH)):
                counts.objects.bulk_create(counts(**dict(zip(SORT, row[:-2], strict=True)), hour=row[-2], count=row[-1]) for row in batch)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("observations", "0002_directions_and_counts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
