"""Forms of looking back: which day, why; of holds and of exhibits."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from citysquare.apps.footage.models import LONGEST_CASE, LONGEST_REASON, LONGEST_RECIPIENT
from citysquare.platform.labels import PERSON_ROLE_LABELS, REASON_LABELS
from citysquare.platform.policy import Justification, PersonRole, ReasonCode
from citysquare.platform.policy.facts import MOST_CASE, MOST_TEXT
from citysquare.platform.policy.pack_files import MOST_PACK_BYTES
from citysquare.proof.jws import LONGEST_TOKEN

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2999, 12, 31)
"""Days outside are not asked for."""
LONGEST_TIME = 40
"""Letters of a time that somebody enters."""
MOST_DOCUMENT_BYTES = 20 * 1024 * 1024
"""Of a document whose digest is taken."""


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


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")


class MomentField(forms.DateTimeField):
    """A local time between 2000 and 2999; of one that comes twice, in the hour that autumn repeats, it is chosen which is meant."""

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """Offer both meanings of a time that has two: a field for local times has no room for the offset."""
        bound = super().get_bound_field(form, field_name)
        both = _both(bound.value())
        if both:
            self.widget = forms.Select(choices=both)
        return bound

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 -- Django's own signature
        """Return a time as the field shows it: local, and with its offset where it needs one."""
        found = _time_in(value)
        if found is None or timezone.is_naive(found):
            return value
        return found.isoformat(timespec="seconds") if _comes_twice(found) else super().prepare_value(found)

    def clean(self, value: object) -> dt.datetime | None:
        """Return the time. Raises ValidationError."""
        found: dt.datetime | None = super().clean(value)
        if found is not None and not EARLIEST.year <= found.year <= LATEST.year:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return found


def _time_in(value: object) -> dt.datetime | None:
    """Return the time that somebody entered or a page proposes, local where its offset is known; None for anything else."""
    try:
        found = parse_datetime(value.strip()) if isinstance(value, str) and len(value) <= LONGEST_TIME else value
    except ValueError:
        return None
    if not isinstance(found, dt.datetime) or not EARLIEST.year <= found.year <= LATEST.year:
        return None
    return found if timezone.is_naive(found) else timezone.localtime(found)


def _comes_twice(local: dt.datetime) -> bool:
    return _offset(local, 0) > _offset(local, 1)  # the other way round it is the hour that spring leaves out


def _offset(local: dt.datetime, fold: int) -> dt.timedelta:
    return timezone.get_current_timezone().utcoffset(local.replace(tzinfo=None, fold=fold)) or dt.timedelta()


def _both(value: object) -> list[tuple[str, str]]:
    """Return the choices of a time that comes twice, the undecided one first; none for any other."""
    found = _time_in(value)
    if found is None or not _comes_twice(found):
        return []
    naive = found.replace(tzinfo=None, fold=0)
    meant = [naive.replace(tzinfo=dt.timezone(_offset(naive, fold))).isoformat(timespec="seconds") for fold in (0, 1)]
    plain = naive.isoformat(timespec="seconds")
    return [(text, f"{plain.replace('T', ' ')} {text.removeprefix(plain)}".rstrip()) for text in (plain, *meant)]


class UntilField(forms.DateField):
    """The last day of a hold; its value is the end of that day."""

    def __init__(self) -> None:
        """Ask for a day."""
        super().__init__(
            label=_("Until the end of"),
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d"],
            help_text=_("The last day of the hold, a year from now at most. It can be extended later."),
        )

    def clean(self, value: object) -> dt.datetime:
        """Return the end of the day. Raises ValidationError."""
        day: dt.date = super().clean(value)
        if not EARLIEST <= day < LATEST:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), timezone.get_current_timezone())


class HoldForm(forms.Form):
    """What to hold, for what, and until when."""

    camera = forms.ChoiceField(label=_("Camera"))
    start = MomentField(label=_("Footage from"), widget=_moment())
    end = MomentField(label=_("Footage until"), widget=_moment(), help_text=_("Not included. Up to seven days ahead."))
    case = forms.CharField(label=_("Case"), max_length=LONGEST_CASE, help_text=_("The file number under which somebody works on it."))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why the footage is needed and on what ground. Name no bystanders."),
    )
    until = UntilField()

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, cameras: Iterable[tuple[str, str]], initial: Mapping[str, Any] | None = None
    ) -> None:
        """Offer the organisation's cameras."""
        super().__init__(data, initial=dict(initial or {}))
        field = self.fields["camera"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("Choose a camera")), *cameras]


class ExtendForm(forms.Form):
    """Until when a hold lasts now."""

    until = UntilField()


class LiftForm(forms.Form):
    """Why a hold is lifted."""

    because = forms.CharField(
        label=_("Why the footage is no longer needed"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )


class HoldFilterForm(forms.Form):
    """Which holds to list."""

    show = forms.ChoiceField(label=_("Show"), required=False, choices=[("", _("In force")), ("over", _("Over")), ("all", _("All"))])
    camera = forms.ChoiceField(label=_("Camera"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, cameras: Iterable[tuple[str, str]]) -> None:
        """Offer the organisation's cameras."""
        super().__init__(data)
        field = self.fields["camera"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("All cameras")), *cameras]


class JustificationForm(forms.Form):
    """Why somebody looks at what was recorded (LED Art. 25)."""

    case = forms.CharField(label=_("Case"), max_length=MOST_CASE, help_text=_("The file number under which somebody works on it."))
    reason = forms.ChoiceField(label=_("Reason"))
    person_role = forms.ChoiceField(
        label=_("The person looked for is"), help_text=_("What the person is in the case. Say so, too, when no person is looked for.")
    )
    offence = forms.CharField(
        label=_("Offence"), max_length=MOST_CASE, required=False, help_text=_("Its name or number, where there is one.")
    )
    text = forms.CharField(
        label=_("Why just this footage"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In a sentence or two. Whoever checks the log reads it; name no bystanders."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None, reasons: Iterable[ReasonCode] = ()
    ) -> None:
        """Offer the reasons that count here."""
        super().__init__(data, initial=dict(initial or {}))
        self._offer("reason", _("Choose a reason"), [(str(code), REASON_LABELS[code]) for code in reasons or ReasonCode])
        self._offer("person_role", _("Choose what the person is"), [(str(role), PERSON_ROLE_LABELS[role]) for role in PersonRole])

    def _offer(self, name: str, empty: object, choices: list[tuple[str, object]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", empty), *choices]

    def clean(self) -> dict[str, Any]:
        """Refuse what says nothing. Raises ValidationError."""
        values: dict[str, Any] = super().clean() or {}
        if self.errors:
            return values
        try:
            values["justification"] = Justification(
                values["case"], ReasonCode(values["reason"]), PersonRole(values["person_role"]), values["offence"], values["text"]
            )
        except ValueError:
            raise forms.ValidationError(
                _("Name the case and say why in words: a dash or a dot is no reason."), code="says_nothing"
            ) from None
        return values


class ExhibitForm(JustificationForm):
    """Which footage is to leave the centre, why, and for whom."""

    cameras = forms.MultipleChoiceField(
        label=_("Cameras"), widget=forms.CheckboxSelectMultiple, help_text=_("Sixteen at most. Choose those that the case needs.")
    )
    start = MomentField(label=_("Footage from"), widget=_moment())
    end = MomentField(label=_("Footage until"), widget=_moment(), help_text=_("Not included. Twenty-four hours at most."))
    recipient = forms.CharField(
        label=_("For whom"), max_length=LONGEST_RECIPIENT, help_text=_("The authority and the person who is to have it.")
    )

    field_order = ("cameras", "start", "end", "case", "reason", "person_role", "offence", "text", "recipient")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        cameras: Iterable[tuple[str, str]],
        initial: Mapping[str, Any] | None = None,
        reasons: Iterable[ReasonCode] = (),
    ) -> None:
        """Offer the cameras that the person's rights reach."""
        super().__init__(data, initial=initial, reasons=reasons)
        field = self.fields["cameras"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = list(cameras)


class FetchForm(forms.Form):
    """Why an exhibit is handed out, and to whom."""

    why = forms.CharField(label=_("Why it is handed out"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}))
    recipient = forms.CharField(
        label=_("To whom"), max_length=LONGEST_RECIPIENT, help_text=_("The person who takes it, and where they work.")
    )


class StretchForm(forms.Form):
    """Which stretch to replay."""

    at = MomentField(label=_("From"), widget=_moment())
    minutes = forms.TypedChoiceField(
        label=_("Length"), coerce=int, choices=[(1, _("1 minute")), (2, _("2 minutes")), (5, _("5 minutes")), (10, _("10 minutes"))]
    )


class DocumentField(forms.FileField):
    """A document of which only the SHA-256 is taken: the file itself is not kept."""

    def clean(self, data: Any, initial: Any = None) -> str:  # noqa: ANN401 -- Django's own signature
        """Return the digest in hexadecimal. Raises ValidationError."""
        found = super().clean(data, initial)
        if found.size > MOST_DOCUMENT_BYTES:
            raise forms.ValidationError(
                _("The document is larger than 20 MB: choose the one that was signed, without annexes."), code="large"
            )
        digest = hashlib.sha256()
        for chunk in found.chunks():
            digest.update(chunk)
        return digest.hexdigest()


class AuthorisationForm(forms.Form):
    """What a court or an authority permits."""

    issuer = forms.CharField(label=_("Court or authority"), max_length=200, help_text=_("As the document names it, with its number."))
    issued_at = MomentField(label=_("Given at"), widget=_moment(), help_text=_("The hours of an urgent authorisation run from here."))
    document = DocumentField(label=_("The document"), help_text=_("Its SHA-256 is kept, not the file: keep that with the case."))
    action = forms.ChoiceField(label=_("It permits"))
    permits = forms.ChoiceField(label=_("To the people of"))
    cameras = forms.MultipleChoiceField(
        label=_("Cameras"), widget=forms.CheckboxSelectMultiple, help_text=_("Those that the document names, and no other.")
    )
    valid_from = MomentField(label=_("Valid from"), widget=_moment())
    valid_to = MomentField(label=_("Valid until"), widget=_moment(), help_text=_("Not included. A year at most."))
    urgent_hours = forms.TypedChoiceField(
        label=_("Urgency"),
        coerce=int,
        choices=(
            (0, _("It is final")),
            (24, _("Urgent: to be confirmed within 24 hours")),
            (48, _("Urgent: to be confirmed within 48 hours")),
        ),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: Any = None,  # noqa: ANN401 -- Django's own: files by field
        *,
        choices: Mapping[str, list[tuple[str, Any]]],
        initial: dict[str, Any] | None = None,
    ) -> None:
        """Offer the acts, organisations and cameras that can be authorised."""
        super().__init__(data, files, initial=initial)
        for name, offered in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = offered


class ConfirmForm(forms.Form):
    """The document that confirms an urgent authorisation."""

    document = DocumentField(label=_("The document that confirms it"), help_text=_("Its SHA-256 is kept, not the file."))


class EndForm(forms.Form):
    """Why an authorisation ends."""

    because = forms.ChoiceField(
        label=_("Why it ends"),
        choices=(
            ("ended", _("It is no longer needed")),
            ("rejected", _("The court or authority rejected it: what was obtained is deleted")),
        ),
    )


class PackForm(forms.Form):
    """A pack of rules with its signature, as two files."""

    pack = forms.FileField(label=_("The rules (.json)"))
    signature = forms.FileField(label=_("Their signature (.jws)"))

    def clean_pack(self) -> bytes:
        """Return the file's bytes. Raises ValidationError."""
        return self._bytes("pack", MOST_PACK_BYTES)

    def clean_signature(self) -> str:
        """Return the token. Raises ValidationError."""
        return self._bytes("signature", LONGEST_TOKEN).decode("ascii", "replace").strip()

    def _bytes(self, name: str, most: int) -> bytes:
        found = self.cleaned_data[name]
        if found.size > most:
            raise forms.ValidationError(_("This file is larger than it can be: choose the other one?"), code="large")
        text: bytes = found.read(most)
        return text
