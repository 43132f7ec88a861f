"""Entries of version 2, signed heads, open looks. What was written before stays as it is: version 1, at the front of the chain."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platform", "0002_retention")]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="version",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="version",
            field=models.PositiveSmallIntegerField(default=2),
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("line", models.TextField()),
                ("edge", models.JSONField(default=list)),
            ],
            options={"ordering": ("pk",)},
        ),
        migrations.CreateModel(
            name="OpenLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("page", models.CharField(max_length=32)),
                ("person", models.CharField(max_length=64)),
                ("organisation", models.CharField(blank=True, max_length=64)),
                ("camera", models.CharField(max_length=64)),
                ("owner", models.CharField(blank=True, max_length=64)),
                ("began_at", models.DateTimeField()),
                ("beat_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("page", "camera"), name="one_look_per_page_and_camera")],
                "indexes": [models.Index(fields=["person", "camera"], name="looks_of_a_span")],
            },
        ),
    ]
