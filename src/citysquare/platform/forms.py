"""Forms of the platform's pages, and what forms of several rooms share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from citysquare.platform.labels import ACTION_LABELS
from citysquare.platform.names import LANGUAGES, LONGEST_NAME


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


class NamesForm(forms.Form):
    """Names in all languages; one is enough."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> None:
        """Make one field a language."""
        super().__init__(data, initial=dict(initial or {}))
        labels = getattr(settings, "LANGUAGE_NAMES", {})
        for code in LANGUAGES:
            field = forms.CharField(
                label=_("Name: %(language)s") % {"language": labels.get(code, code)},
                required=False,
                max_length=LONGEST_NAME,
                widget=forms.TextInput(attrs={"lang": code, "autocomplete": "off"}),
            )
            self.fields[f"name_{code}"] = field
        self.order_fields([f"name_{code}" for code in LANGUAGES])

    @property
    def names(self) -> dict[str, str]:
        """The names by language, empty ones too: who empties a field takes that name away."""
        return {code: self.cleaned_data.get(f"name_{code}", "") for code in LANGUAGES}

    def clean(self) -> dict[str, Any]:
        """Ask for one name at least."""
        cleaned = super().clean() or {}
        if not any(cleaned.get(f"name_{code}") or f"name_{code}" in self.errors for code in LANGUAGES):
            self.add_error(f"name_{LANGUAGES[0]}", _("Give a name in at least one language."))
        return cleaned

    @property
    def name_fields(self) -> list[forms.BoundField]:
        """The fields of the names, for the page."""
        return [self[f"name_{code}"] for code in LANGUAGES]
