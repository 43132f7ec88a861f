"""The page of retention: what is kept, how long and on what ground, and what was deleted, with its proof."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from citysquare.platform.audit.chain import Details
from citysquare.platform.doors import actor_of, guarded, may
from citysquare.platform.ids import IdConverter
from citysquare.platform.policy import Action
from citysquare.platform.retention import all_mentioned, clock, held_of, telling


def _asked(request: HttpRequest) -> Details:
    """Return what somebody looks for, for the log."""
    return {"data_class": _data_class(request)} if _data_class(request) else {}


def _data_class(request: HttpRequest) -> str:
    """Return the class that is asked for; empty for one that there is not."""
    wanted = request.GET.get("class", "")
    known = held_of(wanted) is not None or any(one.data_class == wanted for one in all_mentioned())
    return wanted if known else ""


@require_safe
@guarded(Action.RETENTION_VIEW, details=_asked)
def retention(request: HttpRequest) -> HttpResponse:
    """Show what is kept and what was deleted."""
    at, wanted, check = timezone.now(), _data_class(request), request.GET.get("check") == "1"
    before = request.GET.get("before", "") if re.fullmatch(IdConverter.regex, request.GET.get("before", "")) else ""
    found = telling.tombstone_rows(data_class=wanted, before=before, check=check)
    shown = found[: telling.PAGE]
    kept = telling.kept_rows(at=at)
    known, path, query = clock.known(), reverse("retention"), {"class": wanted} if wanted else {}
    here = {**query, **({"before": before} if before else {})}
    context = {
        "kept": kept,
        "tombstones": shown,
        "wanted": wanted,
        "checked": check,
        "broken": sum(row.proven is False for row in shown),
        "check_url": f"{path}?{urlencode({**here, 'check': 1})}#deleted",
        "older_url": f"{path}?{urlencode({**query, 'before': shown[-1].id})}#deleted" if len(found) > telling.PAGE else "",
        "newest_url": f"{path}?{urlencode(query)}#deleted" if before else "",
        "clock": known if known and known.doubted else None,
        "begins": clock.begins(),
        "waiting": ", ".join(row.title for row in kept if row.waits),
        "stuck": telling.stuck(at=at),
        "may_run": may(actor_of(request), Action.RETENTION_RUN, actor_of(request).organisation).allowed,
    }
    return render(request, "platform/retention.html", context)


@require_POST
@guarded(Action.RETENTION_RUN)
def retention_clock(request: HttpRequest) -> HttpResponse:
    """Take the machine's clock for right: what is over its time goes with the next round."""
    del request
    clock.believe(at=timezone.now())
    return redirect("retention")
