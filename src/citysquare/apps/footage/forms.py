"""Forms of looking back: which day."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2999, 12, 31)
"""Days outside are not asked for."""


class DayForm(forms.Form):
    """Which day to show."""

    date = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )

    def clean_date(self) -> dt.date | None:
        """Refuse days that no calendar of ours has. Raises ValidationError."""
        found: dt.date | None = self.cleaned_data.get("date")
        if found is not None and not EARLIEST <= found <= LATEST:
            raise forms.ValidationError(_("Choose a day between 2000 and 2999."), code="out_of_range")
        return found
