"""Forms of the platform's pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citysquare.platform.labels import ACTION_LABELS


class AuditFilterForm(forms.Form):
    """Which entries to show."""

    action = forms.ChoiceField(label=_("Act"), required=False)
    actor = forms.CharField(label=_("Person"), required=False, max_length=64)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        """Offer the acts in the language of the moment."""
        super().__init__(data)
        field = self.fields["action"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("All acts")), *((str(action), label) for action, label in ACTION_LABELS.items())]
