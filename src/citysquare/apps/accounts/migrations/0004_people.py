"""Kinds of organisations, every role, groups and shifts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import citysquare.platform.ids

ROLES = [
    "operator",
    "supervisor",
    "investigator",
    "approver",
    "data_protection_officer",
    "auditor",
    "administrator",
    "planner",
]
KINDS = ["city", "police", "rescue", "medical", "operator", "partner"]


def _id() -> "models.CharField[str, str]":
    length = citysquare.platform.ids.LENGTH
    return models.CharField(default=citysquare.platform.ids.new_id, editable=False, max_length=length, primary_key=True, serialize=False)


def _number() -> "models.BigAutoField[int, int]":
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    """What people, their groups and their shifts need."""

    dependencies = [("accounts", "0003_toured")]

    operations = [
        migrations.AddField(
            "organisation", "kind", models.CharField(choices=[(kind, kind) for kind in KINDS], default="city", max_length=20)
        ),
        migrations.AddConstraint(
            "organisation", models.CheckConstraint(condition=models.Q(("kind__in", KINDS)), name="known_organisation_kind")
        ),
        migrations.RemoveConstraint("membership", "known_role"),
        migrations.AlterField("membership", "role", models.CharField(choices=[(role, role) for role in ROLES], max_length=30)),
        migrations.AddConstraint("membership", models.CheckConstraint(condition=models.Q(("role__in", ROLES)), name="known_role")),
        migrations.CreateModel(
            name="Belonging",
            fields=[
                ("id", _number()),
                ("since", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="belongings", to="accounts.organisation"),
                ),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="belongings", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "organisation"), name="person_once_per_organisation")],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", _id()),
                ("name", models.CharField(max_length=100)),
                ("roles", models.JSONField()),
                ("everywhere", models.BooleanField(default=False)),
                ("spaces", models.JSONField(default=list)),
                ("cameras", models.JSONField(default=list)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="groups", to="accounts.organisation"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                ("id", _number()),
                ("since", models.DateTimeField()),
                (
                    "group",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="members", to="accounts.group"),
                ),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="in_groups", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("group", "user"), name="person_once_per_group")]},
        ),
        migrations.AddField(
            "group",
            "people",
            models.ManyToManyField(related_name="rights_groups", through="accounts.GroupMember", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            "group",
            models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)), fields=("organisation", "name"), name="group_name_once_per_organisation"
            ),
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                ("id", _id()),
                ("begins", models.DateTimeField()),
                ("ends", models.DateTimeField()),
                ("weekly", models.BooleanField(default=False)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("made_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="shifts", to="accounts.organisation"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shifts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="shifts", to="accounts.group"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "ends"], name="shifts_by_organisation"),
                    models.Index(fields=["user", "ends"], name="shifts_by_person"),
                    models.Index(fields=["group", "ends"], name="shifts_by_group"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("ends__gt", models.F("begins"))), name="shift_ends_after_it_begins"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("group__isnull", False), ("user__isnull", True)),
                            models.Q(("group__isnull", True), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="shift_of_person_or_group",
                    ),
                ],
            },
        ),
    ]
