"""Authorisations, and packs that were installed."""

from django.db import migrations, models

import citysquare.platform.ids

STATES = ("asked", "issued", "refused", "ended")


class Migration(migrations.Migration):
    """What the policy's facts are read from."""

    dependencies = [("platform", "0003_audit")]

    operations = [
        migrations.CreateModel(
            name="StoredAuthorisation",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=citysquare.platform.ids.new_id,
                        editable=False,
                        max_length=citysquare.platform.ids.LENGTH,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organisation", models.CharField(max_length=citysquare.platform.ids.LENGTH)),
                ("permits", models.CharField(max_length=citysquare.platform.ids.LENGTH)),
                ("action", models.CharField(max_length=64)),
                ("cameras", models.JSONField(default=list)),
                ("spaces", models.JSONField(default=list)),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField()),
                ("issued_at", models.DateTimeField()),
                ("issuer", models.CharField(max_length=200)),
                ("document_sha256", models.CharField(max_length=64)),
                ("urgent_hours", models.PositiveSmallIntegerField(default=0)),
                ("act", models.CharField(max_length=citysquare.platform.ids.LENGTH, unique=True)),
                ("confirm_act", models.CharField(blank=True, default="", max_length=citysquare.platform.ids.LENGTH)),
                ("confirm_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("entered_by", models.CharField(max_length=64)),
                ("entered_at", models.DateTimeField()),
                ("state", models.CharField(default="asked", max_length=10)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_because", models.CharField(blank=True, default="", max_length=16)),
                ("purged_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["permits", "action", "state"], name="authorisations_in_force"),
                    models.Index(fields=["organisation", "entered_at", "id"], name="authorisations_by_owner"),
                    models.Index(fields=["state", "valid_to"], name="authorisations_by_end"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(valid_from__lt=models.F("valid_to")), name="authorisation_has_length"),
                    models.CheckConstraint(condition=models.Q(state__in=STATES), name="known_authorisation_state"),
                    models.CheckConstraint(condition=models.Q(urgent_hours__in=(0, 24, 48)), name="known_urgency"),
                ],
            },
        ),
        migrations.CreateModel(
            name="InstalledPack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("text", models.TextField()),
                ("signature", models.CharField(max_length=1024)),
                ("kid", models.CharField(max_length=64)),
                ("installed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("jurisdiction", "version"), name="pack_version_once")],
            },
        ),
    ]
