"""Why somebody replays a camera's footage."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import citysquare.platform.ids

_ID: dict[str, Any] = {
    "default": citysquare.platform.ids.new_id,
    "editable": False,
    "max_length": 16,
    "primary_key": True,
    "serialize": False,
}
_LINK: dict[str, Any] = {"db_index": False, "on_delete": django.db.models.deletion.PROTECT, "related_name": "+"}


class Migration(migrations.Migration):
    """Makes the table."""

    dependencies: ClassVar = [
        ("accounts", "0003_toured"),
        ("devices", "0002_map"),
        ("footage", "0002_exhibits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="StatedReason",
            fields=[
                ("id", models.CharField(**_ID)),
                ("case", models.CharField(max_length=100)),
                ("reason", models.CharField(max_length=32)),
                ("person_role", models.CharField(max_length=16)),
                ("offence", models.CharField(blank=True, default="", max_length=64)),
                ("text", models.CharField(max_length=1000)),
                ("given_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("camera", models.ForeignKey(to="devices.camera", **_LINK)),
                ("organisation", models.ForeignKey(to="accounts.organisation", **_LINK)),
                ("user", models.ForeignKey(to=settings.AUTH_USER_MODEL, **_LINK)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "camera", "until"], name="reasons_in_force"),
                    models.Index(fields=["given_at"], name="reasons_by_age"),
                ],
            },
        ),
    ]
