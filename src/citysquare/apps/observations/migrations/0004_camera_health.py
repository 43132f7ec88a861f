import django.db.models.deletion
from django.db import migrations, models

import citysquare.platform.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_toured"),
        ("devices", "0004_seal_credentials"),
        ("observations", "0003_fill_directions_and_counts"),
    ]

    operations = [
        migrations.CreateModel(
            name="HealthMark",
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
                ("through", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="HealthEvent",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=citysquare.platform.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("no_picture", "no_picture"), ("picture_again", "picture_again"), ("switched_off", "switched_off")],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("unreachable", "unreachable"),
                            ("refused", "refused"),
                            ("stalled", "stalled"),
                            ("garbled", "garbled"),
                            ("no_keyframe", "no_keyframe"),
                            ("restart", "restart"),
                            ("storage_full", "storage_full"),
                            ("storage_error", "storage_error"),
                            ("switched_off", "switched_off"),
                            ("dropped_by_us", "dropped_by_us"),
                        ],
                        max_length=20,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("began_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "camera",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.camera"),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "at", "id"], name="health_by_owner"),
                    models.Index(fields=["camera", "at", "id"], name="health_by_camera"),
                    models.Index(condition=models.Q(("ended_at__isnull", True)), fields=["camera"], name="health_lasting"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("camera", "kind", "began_at"), name="health_event_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ended_at__isnull", True), ("ended_at__gte", models.F("began_at")), _connector="OR"),
                        name="silence_ends_after_it_began",
                    ),
                ],
            },
        ),
    ]
