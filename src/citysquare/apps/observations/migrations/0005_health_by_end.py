"""Health events are forgotten by when they ended."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_toured"),
        ("devices", "0006_clock_readings"),
        ("observations", "0004_camera_health"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="healthevent",
            index=models.Index(fields=["ended_at"], name="health_by_end"),
        ),
    ]
