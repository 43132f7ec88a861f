"""What the log was told of each day of footage."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("footage", "0003_stated_reasons"),
    ]

    operations = [
        migrations.CreateModel(
            name="FootageDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.CharField(max_length=100)),
                ("day", models.DateField()),
                ("link", models.CharField(max_length=64)),
                ("segments", models.PositiveIntegerField()),
                ("deleted_told", models.BigIntegerField(default=0)),
                ("deleted_seen", models.BigIntegerField(default=0)),
                ("deleted_seen_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("stream", "day"), name="one_footage_day_per_stream")],
            },
        ),
    ]
