"""What retention leaves: tombstones, and the time by which things age."""

from django.db import migrations, models

import citysquare.platform.ids


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RetentionClock",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("believed", models.DateTimeField()),
                ("seen", models.DateTimeField()),
                ("doubted_since", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=citysquare.platform.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False
                    ),
                ),
                ("data_class", models.CharField(max_length=32)),
                ("rule", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("listed", "listed"),
                            ("told", "told"),
                            ("deleted", "deleted"),
                            ("proven", "proven"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="listed",
                        max_length=10,
                    ),
                ),
                ("listed_at", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
                ("oldest", models.DateTimeField(blank=True, null=True)),
                ("newest", models.DateTimeField(blank=True, null=True)),
                ("body", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("log_before", models.BigIntegerField(default=0)),
                ("ids", models.JSONField(default=list)),
                ("deleted", models.PositiveIntegerField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["listed_at"], name="tombstones_by_time"),
                    models.Index(fields=["data_class", "listed_at"], name="tombstones_by_class"),
                    models.Index(condition=models.Q(("closed_at__isnull", True)), fields=["listed_at"], name="tombstones_open"),
                ],
            },
        ),
    ]
