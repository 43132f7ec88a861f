"""Forms of the list of observations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citysquare.apps.observations.labels import CLASS_LABELS


class ObservationFilterForm(forms.Form):
    """Which observations to list."""

    camera = forms.ChoiceField(label=_("Camera"), required=False)
    object_class = forms.ChoiceField(label=_("Class"), required=False)
    since = forms.DateTimeField(
        label=_("From"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    until = forms.DateTimeField(
        label=_("Until"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, cameras: Iterable[tuple[str, str]]) -> None:
        """Offer the organisation's cameras and all classes."""
        super().__init__(data)
        classes = [(str(kind), label) for kind, label in CLASS_LABELS.items()]
        for name, choices in (("camera", [("", _("All cameras")), *cameras]), ("object_class", [("", _("All classes")), *classes])):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices
