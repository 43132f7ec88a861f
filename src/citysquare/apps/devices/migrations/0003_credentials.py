"""Fields for sealed credentials and for what ONVIF tells of a camera."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0002_map")]

    operations = [
        migrations.AddField(
            model_name="camera", name="credentials", field=models.TextField(blank=True, default="", editable=False), preserve_default=False
        ),
        migrations.AddField(
            model_name="camera",
            name="onvif_address",
            field=models.CharField(blank=True, default="", max_length=500),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="camera", name="ptz_profile", field=models.CharField(blank=True, default="", max_length=64), preserve_default=False
        ),
    ]
