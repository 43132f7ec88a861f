"""Pages of the platform: the audit log, refusals, health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_safe

from citysquare.platform.audit import verify
from citysquare.platform.doors import actor_of, guarded, open_to_all
from citysquare.platform.forms import AuditFilterForm
from citysquare.platform.labels import ACTION_LABELS, FINDING_LABELS, OUTCOME_LABELS
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action
from citysquare.platform.problems import problem, title_of, wants_problem
from citysquare.platform.queries import AUDIT_PAGE, audit_entries


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry as the page shows it."""

    sequence: int
    at: datetime
    actor: str
    action: str
    action_label: str
    subject: str
    outcome: str
    outcome_label: str
    details: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The result of a check as the page shows it."""

    ok: bool
    entries: int
    checked_at: datetime
    headline: str
    findings: list[str]


def _search(request: HttpRequest) -> dict[str, str]:
    """Return what an auditor looks for, for the log: who looked after whom is an act, too."""
    return {name: request.GET[name] for name in ("action", "actor", "before") if request.GET.get(name)}


@require_GET
@guarded(Action.AUDIT_READ, span=timedelta(minutes=1), details=_search)
def audit_log(request: HttpRequest) -> HttpResponse:
    """Show the log, newest first."""
    form = AuditFilterForm(request.GET)
    form.full_clean()
    wanted = form.cleaned_data  # the fields that are valid; the others say what is wrong
    organisation = actor_of(request).organisation
    entries = audit_entries(organisation, before=wanted.get("before"), action=wanted.get("action", ""), actor=wanted.get("actor", ""))
    shown = entries[:AUDIT_PAGE]
    query = {key: wanted[key] for key in ("action", "actor") if wanted.get(key)}
    path = reverse("audit-log")
    older = f"{path}?{urlencode({**query, 'before': shown[-1].sequence})}" if len(entries) > AUDIT_PAGE else ""
    newest = f"{path}?{urlencode(query)}" if wanted.get("before") else ""
    context = {
        "form": form,
        "entries": [_row(entry) for entry in shown],
        "older_url": older,
        "newest_url": newest,
        "check_url": reverse("audit-check"),
    }
    return render(request, "platform/audit_log.html", context)


@require_GET
@guarded(Action.AUDIT_READ)
def audit_check(request: HttpRequest) -> HttpResponse:
    """Check the whole log and show what was found."""
    report = verify(settings.CITYSQUARE.audit_dir)
    if report.ok:
        headline = ngettext(
            "The one entry is as it was written.", "All %(count)d entries are as they were written, complete and in order.", report.entries
        ) % {"count": report.entries}
    else:
        headline = _("The log was tampered with or damaged.")
    findings = [str(FINDING_LABELS[finding.kind]) % {"sequence": finding.sequence, "place": finding.place} for finding in report.findings]
    shown = AuditReport(report.ok, report.entries, timezone.now(), headline, findings)
    return render(request, "platform/_audit_check.html", {"report": shown})


@require_safe
@open_to_all("whoever watches over the machine must see that it answers; it tells nothing else")
def health(_request: HttpRequest) -> HttpResponse:
    """Answer whether the site and its database work."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "database unavailable"}, status=503)
    return JsonResponse({"status": "ok"})


def refusal(request: HttpRequest, *, status: int, code: str, message: str) -> HttpResponse:
    """Answer with a page, a fragment for htmx, or problem JSON (RFC 9457), as the caller prefers; no cache may keep it."""
    response = _refusal(request, status=status, code=code, message=message)
    add_never_cache_headers(response)
    return response


def _refusal(request: HttpRequest, *, status: int, code: str, message: str) -> HttpResponse:
    if wants_problem(request):
        return problem(status=status, code=code, message=message)
    template = "platform/_error.html" if getattr(request, "htmx", False) else "platform/error.html"
    context = {"status": status, "code": code, "title": title_of(status), "message": message, "back_url": "/"}
    return render(request, template, context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be understood."""
    del exception
    return refusal(request, status=400, code="http.bad_request", message=_("The request could not be understood."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refuses."""
    del exception
    return refusal(request, status=403, code="http.forbidden", message=_("This is not allowed."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    del exception
    return refusal(request, status=404, code="http.not_found", message=_("There is no such page, or it is no longer there."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without its token."""
    del reason
    message = _("The form was open too long or came from elsewhere. Please go back, load the page again and send it once more.")
    return refusal(request, status=403, code="http.csrf", message=message)


def fault(request: HttpRequest) -> HttpResponse:
    """Answer when we failed; the details are in the log of the machine."""
    return refusal(request, status=500, code="http.fault", message=_("Something failed on our side. It was noted; please try again."))


def _row(entry: AuditEntry) -> AuditRow:
    labels = {str(action): label for action, label in ACTION_LABELS.items()}
    return AuditRow(
        sequence=entry.sequence,
        at=entry.at,
        actor=entry.actor or _("nobody"),
        action=entry.action,
        action_label=str(labels.get(entry.action, entry.action)),
        subject=f"{entry.subject_kind} {entry.subject_id}".strip(),
        outcome=entry.outcome,
        outcome_label=str(OUTCOME_LABELS.get(entry.outcome, entry.outcome)),
        details=", ".join(f"{key}: {value}" for key, value in sorted(entry.details.items())),
    )
