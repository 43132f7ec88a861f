"""What was obtained under a rejected or altered authorisation is deleted by two persons."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies = (("platform", "0005_retention_begins"),)

    operations = (
        migrations.AddField(
            model_name="storedauthorisation",
            name="delete_act",
            field=models.CharField(blank=True, default="", max_length=16),
        ),
    )
