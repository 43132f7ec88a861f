"""Shifts: when a person or a group is on duty."""

from __future__ import annotations

from django.db import models

from citysquare.apps.accounts.models.people import Group, Organisation, User
from citysquare.platform.ids import LENGTH, new_id


class Shift(models.Model):
    """A time on duty, once or each week, of one person or of all people of one group."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="shifts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="shifts")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="shifts")
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    """Not included. Of a weekly shift, the end of its first time."""
    weekly = models.BooleanField(default=False)
    """Whether it comes again each week at the same hour of the city's clock."""
    until = models.DateTimeField(null=True, blank=True)
    """Of a weekly shift: no time of it begins at or after this."""
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        """Read by person and by group; whose it is and how long it lasts is never in doubt."""

        indexes = (
            models.Index(fields=("organisation", "ends"), name="shifts_by_organisation"),
            models.Index(fields=("user", "ends"), name="shifts_by_person"),
            models.Index(fields=("group", "ends"), name="shifts_by_group"),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("begins")), name="shift_ends_after_it_begins"),
            models.CheckConstraint(
                condition=models.Q(user__isnull=True, group__isnull=False) | models.Q(user__isnull=False, group__isnull=True),
                name="shift_of_person_or_group",
            ),
        )

    def __str__(self) -> str:
        """Return from when to when."""
        return f"{self.begins.isoformat()} - {self.ends.isoformat()}"
