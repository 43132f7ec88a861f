"""Where a setting-up that is not finished waits, sealed."""

import django.db.models.deletion
from django.db import migrations, models

import citysquare.platform.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("devices", "0004_seal_credentials"),
    ]

    operations = [
        migrations.CreateModel(
            name="SetupDraft",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=citysquare.platform.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(choices=[("device", "device"), ("file", "file")], max_length=10)),
                ("sealed", models.TextField(editable=False)),
                ("created_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organisation"),
                ),
            ],
        ),
    ]
