"""Forms for people, groups, shifts and the organisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from citysquare.apps.accounts.models.people import LONGEST_GROUP_NAME, LONGEST_NAME
from citysquare.apps.accounts.policies import GROUP_ROLES
from citysquare.platform.forms import NamesForm
from citysquare.platform.labels import ORGANISATION_KIND_LABELS, ROLE_LABELS
from citysquare.platform.policy import OVERSIGHT, OrganisationKind, Role

Choices = Iterable[tuple[str, str]]

HOURS = (1, 2, 4, 8, 12, 24)
"""For how long somebody may be put on duty at once."""
YEARS = range(2000, 3000)


def _roles(roles: Iterable[Role]) -> list[tuple[str, Any]]:
    known = frozenset(roles)
    return [(str(role), ROLE_LABELS[role]) for role in Role if role in known]


def _offer(field: forms.Field, choices: Choices) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = list(choices)


class InviteForm(forms.Form):
    """Who comes, and for what."""

    display_name = forms.CharField(
        label=_("Name"), max_length=LONGEST_NAME, help_text=_("As colleagues read it: a name, a rank or a service number.")
    )
    sign_in_name = forms.CharField(
        label=_("Sign-in name"),
        max_length=LONGEST_NAME,
        help_text=_("What the person types to sign in. It stays when the name changes."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles in the whole organisation"),
        required=False,
        choices=_roles(frozenset(Role) - OVERSIGHT),
        widget=forms.CheckboxSelectMultiple,
    )


class RenameForm(forms.Form):
    """What others call a person."""

    display_name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)


class RoleForm(forms.Form):
    """One role."""

    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, data: Mapping[str, Any] | None = None, *, roles: Iterable[Role]) -> None:
        """Offer these roles."""
        super().__init__(data)
        _offer(self.fields["role"], _roles(roles))


class GroupForm(forms.Form):
    """What a group is called, what it gives, and where."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_GROUP_NAME, help_text=_("Such as: night shift of the harbour."))
    roles = forms.MultipleChoiceField(label=_("Its people are"), choices=_roles(GROUP_ROLES), widget=forms.CheckboxSelectMultiple)
    everywhere = forms.TypedChoiceField(
        label=_("Where"),
        coerce=lambda value: value == "yes",
        choices=[("no", _("only at the places chosen below")), ("yes", _("everywhere in the organisation"))],
        initial="no",
        widget=forms.RadioSelect,
    )
    spaces = forms.MultipleChoiceField(label=_("Spaces, with all that is in them"), required=False, widget=forms.CheckboxSelectMultiple)
    cameras = forms.MultipleChoiceField(label=_("Single cameras besides"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, spaces: Choices, cameras: Choices, initial: Mapping[str, Any] | None = None
    ) -> None:
        """Offer the organisation's own places."""
        super().__init__(data, initial=dict(initial or {}))
        _offer(self.fields["spaces"], spaces)
        _offer(self.fields["cameras"], cameras)


class MemberForm(forms.Form):
    """One person."""

    person = forms.ChoiceField(label=_("Person"))

    def __init__(self, data: Mapping[str, Any] | None = None, *, people: Choices) -> None:
        """Offer these people."""
        super().__init__(data)
        _offer(self.fields["person"], people)


class DutyForm(forms.Form):
    """Who goes on duty now, and for how long."""

    who = forms.ChoiceField(label=_("Who"))
    hours = forms.TypedChoiceField(
        label=_("For"), coerce=int, initial=8, choices=[(hours, ngettext_lazy("%d hour", "%d hours", hours) % hours) for hours in HOURS]
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, who: Choices) -> None:
        """Offer these people and groups."""
        super().__init__(data)
        _offer(self.fields["who"], who)


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ShiftForm(forms.Form):
    """A shift to come."""

    who = forms.ChoiceField(label=_("Who"))
    begins = forms.DateTimeField(label=_("From"), widget=_moment())
    ends = forms.DateTimeField(label=_("Until"), widget=_moment())
    weekly = forms.BooleanField(label=_("again each week at the same hour"), required=False)
    last_day = forms.DateField(
        label=_("Last day of the weekly shift"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, who: Choices, initial: Mapping[str, Any] | None = None) -> None:
        """Offer these people and groups."""
        super().__init__(data, initial=dict(initial or {}))
        _offer(self.fields["who"], who)

    def clean(self) -> dict[str, Any]:
        """Refuse years that no calendar of a city has: at either end of Python's, UTC has no such time."""
        cleaned = super().clean() or {}
        for name in ("begins", "ends", "last_day"):
            value = cleaned.get(name)
            if value is not None and value.year not in YEARS:
                self.add_error(name, _("Choose a day of this century."))
        return cleaned

    def until(self) -> datetime | None:
        """Return the moment from which no weekly shift begins any more."""
        day = self.cleaned_data.get("last_day")
        return None if day is None else timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


class OrganisationForm(NamesForm):
    """An organisation's names and kind."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(str(kind), label) for kind, label in ORGANISATION_KIND_LABELS.items()],
        help_text=_("It decides under which law the organisation looks at people. Police is named at the machine's console only."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, is_police: bool, initial: Mapping[str, Any] | None = None) -> None:
        """Offer the kinds; that of the police, to whom others' cameras can be opened, only to who is it already."""
        super().__init__(data, initial=initial)
        kinds = [kind for kind in ORGANISATION_KIND_LABELS if is_police or kind is not OrganisationKind.POLICE]
        _offer(self.fields["kind"], [(str(kind), str(ORGANISATION_KIND_LABELS[kind])) for kind in kinds])
