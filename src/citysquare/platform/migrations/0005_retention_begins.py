"""When deletion by age begins on an installation that kept things without an end before."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies = (("platform", "0004_policy"),)

    operations = (
        migrations.AddField(
            model_name="retentionclock",
            name="begins_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    )
