"""Exhibits, and who fetched them."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import citysquare.platform.ids


class Migration(migrations.Migration):
    """Makes the tables."""

    dependencies: ClassVar = [
        ("accounts", "0003_toured"),
        ("footage", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Exhibit",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=citysquare.platform.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False
                    ),
                ),
                ("cameras", models.JSONField()),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("case", models.CharField(max_length=100)),
                ("reason", models.CharField(max_length=32)),
                ("person_role", models.CharField(max_length=16)),
                ("offence", models.CharField(blank=True, default="", max_length=64)),
                ("text", models.CharField(max_length=1000)),
                ("recipient", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("act", models.CharField(max_length=16, unique=True)),
                ("authorisation", models.CharField(blank=True, default="", max_length=16)),
                ("holds", models.JSONField(default=list)),
                ("state", models.CharField(default="asked", max_length=10)),
                ("problem", models.CharField(blank=True, default="", max_length=64)),
                ("copied", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField(default=0)),
                ("made_at", models.DateTimeField(blank=True, null=True)),
                ("bytes", models.BigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("purged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExhibitFetch",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=citysquare.platform.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("why", models.CharField(max_length=500)),
                ("recipient", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("exhibit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="fetches", to="footage.exhibit")),
            ],
            options={
                "ordering": ("at", "id"),
            },
        ),
        migrations.AddIndex(
            model_name="exhibit",
            index=models.Index(fields=["organisation", "asked_at", "id"], name="exhibits_by_owner"),
        ),
        migrations.AddIndex(
            model_name="exhibit",
            index=models.Index(fields=["state", "asked_at"], name="exhibits_by_state"),
        ),
        migrations.AddIndex(
            model_name="exhibit",
            index=models.Index(fields=["made_at"], name="exhibits_by_age"),
        ),
        migrations.AddConstraint(
            model_name="exhibit",
            constraint=models.CheckConstraint(condition=models.Q(("start__lt", models.F("end"))), name="exhibit_has_length"),
        ),
        migrations.AddConstraint(
            model_name="exhibit",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("asked", "sealed", "making", "ready", "refused", "failed", "purged"))),
                name="known_exhibit_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="exhibit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ready"), _negated=True), models.Q(("bytes__gt", 0), ("made_at__isnull", False)), _connector="OR"
                ),
                name="ready_exhibit_was_made",
            ),
        ),
    ]
