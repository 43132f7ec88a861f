"""The auditor's pages: what was done, by whom, whether the log is whole, and a stretch of it to take away; and the centre's public keys."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from citysquare.platform import audit, directory, stamping
from citysquare.platform.audit import bundle, checking, second, stamps
from citysquare.platform.audit.heads import decoded
from citysquare.platform.doors import actor_of, guarded, look_within, may, open_to_all
from citysquare.platform.forms import AuditExportForm, AuditFilterForm
from citysquare.platform.labels import ACTION_LABELS, FINDING_LABELS, OUTCOME_LABELS, SECOND_PLACE_LABELS
from citysquare.platform.models import AuditEntry, AuditHead
from citysquare.platform.policy import Action, Subject
from citysquare.platform.queries import AUDIT_PAGE, AuditWanted, audit_entries

MOST_EXPORTED = 500_000
"""Entries of one export: some 250 MB."""
_EXPORT_ID = "export_%s"
"""Its fields stand on one page with the filter's."""
_SPAN = timedelta(minutes=1)
_FILTERS = ("action", "camera", "outcome", "since", "until", "before")


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry as the page shows it."""

    sequence: int
    at: datetime
    actor: str
    name: str
    """Empty unless names are opened."""
    action: str
    action_label: str
    subject: str
    subject_name: str
    outcome: str
    outcome_label: str
    details: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The result of a check as the page shows it."""

    ok: bool
    entries: int
    heads: int
    covered: int
    second: str
    checked_at: datetime | None
    headline: str
    findings: list[str]


def _search(request: HttpRequest) -> dict[str, str]:
    """Return what an auditor looks for, for the log: who looked after whom is an act, too."""
    asked = {name: request.GET[name].replace("\0", "")[:64] for name in _FILTERS if request.GET.get(name)}
    return {**asked, "sought": request.GET["actor"]} if request.GET.get("actor") else asked


@require_GET
@guarded(Action.AUDIT_READ, span=_SPAN, details=_search)
def audit_log(request: HttpRequest) -> HttpResponse:
    """Show the log, newest first; names of people only where they are opened, which is an act of its own."""
    form = AuditFilterForm(request.GET)
    form.full_clean()
    wanted = form.cleaned_data  # the fields that are valid; the others say what is wrong
    actor = actor_of(request)
    organisation = actor.organisation
    named = request.GET.get("names") == "1"
    sought = wanted.get("actor", "")
    if named or sought:
        subject = Subject("organisation", organisation, organisation)
        said = {"what": "find" if sought and not named else "open"}
        look_within(actor=actor, action=Action.AUDIT_NAMES, subject=subject, span=_SPAN, at=timezone.now(), details=said)
    shown, more = _found(organisation, wanted)
    names = directory.names_in_log(organisation) if named else {}
    query = {key: request.GET[key] for key in (*_FILTERS, "actor", "names") if request.GET.get(key) and key != "before"}
    path = reverse("audit-log")
    context = {
        "form": form,
        "entries": [_row(entry, names) for entry in shown],
        "older_url": f"{path}?{urlencode({**query, 'before': shown[-1].sequence})}" if more else "",
        "newest_url": f"{path}?{urlencode(query)}" if wanted.get("before") else "",
        "names_url": f"{path}?{urlencode({**query, 'names': '' if named else '1'})}",
        "named": named,
        "may_open_names": may(actor, Action.AUDIT_NAMES, organisation).allowed,
        "export_form": AuditExportForm(auto_id=_EXPORT_ID) if may(actor, Action.AUDIT_EXPORT, directory.operator().owner).allowed else None,
        **_state(),
    }
    return render(request, "platform/audit_log.html", context)


def _found(organisation: str, wanted: Mapping[str, Any]) -> tuple[list[AuditEntry], bool]:
    """Return a page of entries, and whether there are older ones."""
    actors = directory.pseudonyms_of(organisation, wanted["actor"]) if wanted.get("actor") else frozenset[str]()
    asked = AuditWanted(
        before=wanted.get("before"),
        action=wanted.get("action", ""),
        actors=actors,
        camera=wanted.get("camera", ""),
        outcome=wanted.get("outcome", ""),
        since=wanted.get("since"),
        until=wanted.get("until"),
    )
    entries = audit_entries(organisation, asked)
    return entries[:AUDIT_PAGE], len(entries) > AUDIT_PAGE


def _state() -> dict[str, Any]:
    """Return how the log is signed and where else it stands."""
    row = AuditHead.objects.last()
    head = decoded(row.line).head if row is not None else None
    place = second.state()
    return {
        "head": {"size": head.size, "at": row.at, "root": head.root.hex()} if head and row else None,
        "kid": audit.centre_key().kid,
        "stamped": stamps.last_stamped(settings.CITYSQUARE.audit_dir),
        "stamp_wanted": stamping.is_wanted(),
        "second": {"state": SECOND_PLACE_LABELS[place.trouble], "trouble": place.trouble, "copied": place.copied} if place else None,
    }


@require_GET
@guarded(Action.AUDIT_READ, span=_SPAN, details=lambda _request: {"what": "check"})
def audit_check(request: HttpRequest) -> HttpResponse:
    """Check the whole log and show what was found; a long log is read beside, and the fragment asks again until it is done."""
    found = checking.current() if request.GET.get("going") == "1" else None
    found = found or checking.start()
    report = _report(found.report, found.ended_at) if found.report is not None else None
    return render(
        request, "platform/_audit_check.html", {"report": report, "checking": found, "going_url": f"{reverse('audit-check')}?going=1"}
    )


def _report(report: audit.Report, at: datetime | None) -> AuditReport:
    if report.ok:
        headline = ngettext(
            "The one entry is as it was written.", "All %(count)d entries are as they were written, complete and in order.", report.entries
        ) % {"count": report.entries}
    else:
        headline = _("The log was tampered with or damaged.")
    findings = [str(FINDING_LABELS[finding.kind]) % {"sequence": finding.sequence, "place": finding.place} for finding in report.findings]
    return AuditReport(report.ok, report.entries, report.heads, report.covered, report.second, at, headline, findings)


def _whole_log(_request: HttpRequest) -> Subject:
    """Return whose the log is: a stretch of it holds what the people of every organisation here did."""
    return directory.operator()


def _range(request: HttpRequest) -> dict[str, str]:
    return {"from": request.POST.get("since", "")[:32], "to": request.POST.get("until", "")[:32]}


@require_POST
@guarded(Action.AUDIT_EXPORT, subject=_whole_log, details=_range)
def audit_export(request: HttpRequest) -> HttpResponseBase:
    """Send a stretch of the log with its signed heads, to be checked with `citysquare-verify`.

    The entry stands before the first byte leaves.
    """
    form = AuditExportForm(request.POST, auto_id=_EXPORT_ID)
    if not form.is_valid():
        return render(request, "platform/audit_export.html", {"export_form": form}, status=422)
    at = timezone.now()
    try:
        stretch = bundle.stretch_between(since=form.cleaned_data["since"], until=form.cleaned_data["until"], at=at)
    except bundle.NothingToExport as error:
        form.add_error("until", str(error))
        return render(request, "platform/audit_export.html", {"export_form": form}, status=422)
    count = stretch.last - stretch.first + 1
    if count > MOST_EXPORTED:
        form.add_error(
            "until", _("That is %(count)d entries: choose a shorter time, at most %(most)d.") % {"count": count, "most": MOST_EXPORTED}
        )
        return render(request, "platform/audit_export.html", {"export_form": form}, status=422)
    actor = actor_of(request)
    subject = _whole_log(request)
    details: audit.Details = {"what": "bundle", "entries": count, "from": stretch.first, "to": stretch.last}
    audit.record(actor=actor, action=Action.AUDIT_EXPORT, subject=subject, outcome="done", at=at, details=details)
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- the answer closes it
    bundle.write_bundle(file, stretch, at=at)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"audit-{at:%Y%m%dT%H%M%SZ}.zip", content_type="application/zip")


@require_safe
@open_to_all("whoever checks an exhibit or a head needs the centre's public keys; they open nothing")
def centre_keys(_request: HttpRequest) -> HttpResponse:
    """Answer with the centre's public keys as a JWK set (RFC 7517)."""
    return HttpResponse(audit.centre_keys().encoded(), content_type="application/jwk-set+json")


_LABELS = {str(action): label for action, label in ACTION_LABELS.items()}


def _row(entry: AuditEntry, names: Mapping[str, str]) -> AuditRow:
    return AuditRow(
        sequence=entry.sequence,
        at=entry.at,
        actor=entry.actor or _("nobody"),
        name=names.get(entry.actor, ""),
        action=entry.action,
        action_label=str(_LABELS.get(entry.action, entry.action)),
        subject=f"{entry.subject_kind} {entry.subject_id}".strip(),
        subject_name=names.get(entry.subject_id, ""),
        outcome=entry.outcome,
        outcome_label=str(OUTCOME_LABELS.get(entry.outcome, entry.outcome)),
        details=", ".join(f"{key}: {names.get(str(value), value)}" for key, value in sorted(entry.details.items())),
    )
