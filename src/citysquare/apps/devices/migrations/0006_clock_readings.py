"""What cameras' clocks say when they are asked."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0005_setupdraft"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClockReading",
            fields=[
                (
                    "camera",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="devices.camera",
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("error", models.FloatField(blank=True, null=True)),
                ("at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(blank=True, choices=[("onvif", "onvif")], max_length=10)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("at__isnull", True), ("error__isnull", True), ("source", "")),
                            models.Q(("at__isnull", False), ("error__isnull", False), models.Q(("source", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="clock_reading_whole",
                    )
                ],
            },
        ),
    ]
