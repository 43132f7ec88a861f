"""What exhibits and reasons for replay need of others: the act that two people seal, its events, how long things are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citysquare.apps.accounts.events import ActEnded, ActSealed
from citysquare.apps.accounts.services import acts
from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import handlers
from citysquare.apps.footage.models import Exhibit, StatedReason
from citysquare.apps.footage.queries import exhibits as queries
from citysquare.apps.footage.services import exhibits, reasons
from citysquare.platform import personal_data, retention
from citysquare.platform.events import subscribe
from citysquare.platform.labels import PERSON_ROLE_LABELS, REASON_LABELS
from citysquare.platform.policy import Action, PersonRole, ReasonCode
from citysquare.proof.bundles.exhibit import ACT_KIND
from citysquare.proof.fields import from_time_text


def register_exhibits() -> None:
    """Make all of it known; once all apps are loaded."""
    acts.register(
        acts.ActKind(
            name=ACT_KIND,
            title=gettext_lazy("Exhibit"),
            asks=Action.EXHIBIT_ASK,
            approves=Action.EXHIBIT_APPROVE,
            sentences=sentences,
            url=lambda body: reverse("exhibit", kwargs={"exhibit_id": str(body["exhibit"])}),
            places=lambda asked: devices.subjects_of(list(asked.body["cameras"]), owner=asked.organisation),
        )
    )
    subscribe(ActSealed, "footage.act_sealed", handlers.act_sealed)
    subscribe(ActEnded, "footage.act_ended", handlers.act_ended)
    retention.register(
        retention.Held(
            data_class="exhibits",
            title=gettext_lazy("Exhibits"),
            purpose=gettext_lazy("Footage handed out for a case, so that it can be fetched and checked"),
            find_expired=lambda before, _now, limit: retention.expired_rows(
                Exhibit.objects.filter(state="ready"), "made_at", before, limit
            ),
            delete=lambda ids: exhibits.purge(ids, timezone.now()),
            remaining=lambda ids: frozenset(one for one in ids if queries.file_of(one).exists()),
            count=lambda: Exhibit.objects.filter(state="ready").count(),
        )
    )
    retention.register(
        retention.Held(
            data_class="justifications",
            title=gettext_lazy("Reasons for replay and exhibits, in words"),
            purpose=gettext_lazy("Why somebody looked at what was recorded, for whoever checks it"),
            find_expired=_find_reasons,
            delete=lambda ids: reasons.forget(ids) + exhibits.forget_words(ids),
            remaining=lambda ids: (
                retention.present_rows(StatedReason.objects.all(), ids) | retention.present_rows(queries.with_words(), ids)
            ),
            count=lambda: StatedReason.objects.count() + queries.with_words().count(),
        )
    )
    personal_data.register(
        personal_data.Holding(
            name="footage.exhibits",
            title=gettext_lazy("Which exhibits a person asked for or fetched, and when"),
            legal_basis=gettext_lazy("Proof of who had footage handed out, and why (Directive (EU) 2016/680, Art. 25)"),
            retention=gettext_lazy("As long as the register of exhibits"),
            export=queries.records_of,
            erase=lambda _person, _at: 0,  # proof of a disclosure: the name goes with the person's own record
        )
    )


def _find_reasons(before: datetime, _now: datetime, limit: int) -> list[retention.Expired]:
    """Find both kinds, the oldest of both first: of exhibits the words go, the rows stay."""
    found = retention.expired_rows(StatedReason.objects.all(), "given_at", before, limit)
    found += retention.expired_rows(queries.with_words(), "asked_at", before, limit)
    return sorted(found, key=lambda one: one.at)[:limit]


def sentences(body: Mapping[str, Any]) -> list[str]:
    """Return the act in words: what both people read before they seal. Times say how far they are from UTC, for an hour may come twice."""
    names = {camera.pk: camera.name for camera in devices.all_cameras().filter(pk__in=list(body["cameras"]))}
    begin, end = (timezone.localtime(from_time_text(str(body[name]))) for name in ("start", "end"))
    said = [
        _("Footage is exported and handed out: from %(begin)s to %(end)s.")
        % {"begin": begin.isoformat(" ", "seconds"), "end": end.isoformat(" ", "seconds")},
        _("Cameras: %(names)s.") % {"names": ", ".join(names.get(one, one) for one in body["cameras"])},
        _("Case %(case)s. Reason: %(reason)s.") % {"case": body["case"], "reason": REASON_LABELS[ReasonCode(body["reason"])]},
        _("The person looked for is: %(role)s.") % {"role": PERSON_ROLE_LABELS[PersonRole(body["person_role"])]},
        _("Why just this footage: %(text)s") % {"text": body["text"]},
        _("For whom: %(recipient)s") % {"recipient": body["recipient"]},
    ]
    if body["offence"]:
        said.append(_("Offence: %(offence)s.") % {"offence": body["offence"]})
    if body["authorisation"]:
        said.append(_("It rests on the authorisation %(id)s.") % {"id": body["authorisation"]})
    return said
