"""The first tables of this room: holds."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import citysquare.platform.ids


class Migration(migrations.Migration):
    """Makes the table."""

    initial = True

    dependencies: ClassVar = [
        ("accounts", "0003_toured"),
        ("devices", "0002_map"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=citysquare.platform.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False
                    ),
                ),
                ("case", models.CharField(max_length=100)),
                ("reason", models.CharField(max_length=500)),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("placed_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_because", models.CharField(blank=True, default="", max_length=500)),
                (
                    "camera",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.camera"),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "placed_at", "id"], name="holds_by_owner"),
                    models.Index(fields=["camera", "start"], name="holds_by_camera"),
                    models.Index(condition=models.Q(("lifted_at__isnull", True)), fields=["until"], name="holds_not_lifted"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("start__lt", models.F("end"))), name="hold_has_length"),
                    models.CheckConstraint(condition=models.Q(("until__gt", models.F("placed_at"))), name="hold_ends_after_it_began"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at__isnull", True), ("lifted_by__isnull", True)),
                            models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="hold_lifted_by_somebody",
                    ),
                ],
            },
        ),
    ]
