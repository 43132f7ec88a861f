"""Forms of the list of observations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citysquare.apps.observations.directions import Direction
from citysquare.apps.observations.labels import CLASS_LABELS, DIRECTION_LABELS

STAYED = "stayed"
"""How an address names what has no direction: an empty value leaves the filter open."""

YEARS = range(1970, 9000)
"""Of times that can be asked for."""

Choices = Iterable[tuple[str, str]]


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    """A time on the calendar of any time zone: at either end of Python's, UTC has no such time."""

    def clean(self, value: object) -> datetime | None:
        """Return the time. Raises ValidationError."""
        found: datetime | None = super().clean(value)
        if found is not None and found.year not in YEARS:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return found


class ObservationFilterForm(forms.Form):
    """Which observations to list and to count."""

    space = forms.ChoiceField(label=_("Public space"), required=False)
    camera = forms.ChoiceField(label=_("Camera"), required=False)
    object_class = forms.ChoiceField(label=_("Class"), required=False)
    direction = forms.ChoiceField(label=_("Direction"), required=False)
    since = MomentField(label=_("From"), required=False, widget=_moment())
    until = MomentField(label=_("Until"), required=False, widget=_moment())

    def __init__(self, data: Mapping[str, Any] | None = None, *, cameras: Choices, spaces: Choices) -> None:
        """Offer the organisation's cameras and spaces, and all classes and directions."""
        super().__init__(data)
        classes = [(str(kind), label) for kind, label in CLASS_LABELS.items()]
        ways = [(str(way) or STAYED, label) for way, label in DIRECTION_LABELS.items()]
        for name, choices in (
            ("space", [("", _("All spaces")), *spaces]),
            ("camera", [("", _("All cameras")), *cameras]),
            ("object_class", [("", _("All classes")), *classes]),
            ("direction", [("", _("All directions")), *ways]),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    def way(self) -> Direction | None:
        """Return the direction asked for, None for all of them."""
        chosen = self.cleaned_data.get("direction", "")
        return Direction(chosen.replace(STAYED, "")) if chosen else None


class ChartForm(forms.Form):
    """Which day to draw, and by what its bars are divided."""

    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    by = forms.ChoiceField(label=_("Divided by"), required=False, choices=[("direction", _("direction")), ("class", _("class"))])


class HealthFilterForm(forms.Form):
    """Whose health to list."""

    camera = forms.ChoiceField(label=_("Camera"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, cameras: Choices) -> None:
        """Offer the organisation's cameras."""
        super().__init__(data)
        field = self.fields["camera"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("All cameras")), *cameras]
