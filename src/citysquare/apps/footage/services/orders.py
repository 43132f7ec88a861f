"""Authorisations from asking to ending: the acts of two persons around what `platform.authorisations` keeps.

A round (`round_of_orders`) carries out what was sealed, ends what has lapsed, and deletes what was obtained under an urgent
authorisation that nobody confirmed in time. What was obtained under a rejected one, or one whose row was altered, goes once two persons
have sealed that. Permissions do not wait for the round: they are computed from the times.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citysquare.apps.accounts import queries as accounts
from citysquare.apps.accounts.services import acts
from citysquare.apps.devices import queries as devices
from citysquare.apps.footage.models import Exhibit
from citysquare.apps.footage.queries.exhibits import MAKING
from citysquare.platform import audit, authorisations, retention
from citysquare.platform.audit.chain import Details
from citysquare.platform.authorisations import Draft
from citysquare.platform.facts import gather
from citysquare.platform.labels import ACTION_LABELS
from citysquare.platform.models import StoredAuthorisation
from citysquare.platform.policy import Action, Actor, Authorisation, ReasonCode, Subject, authorised_by
from citysquare.proof.fields import from_time_text, time_text

_log = logging.getLogger(__name__)

ENTER: Final = "authorisation"
CONFIRM: Final = "authorisation-confirm"
DELETE: Final = "authorisation-delete"
_MACHINE: Final = "authorisations"
_RULE: Final = "authorisation.lapsed"
_LAW: Final = "Regulation (EU) 2024/1689 Art. 26(10)"
_MOST_A_ROUND: Final = 200


def register_acts() -> None:
    """Make the kinds of acts known; once all apps are loaded."""
    for name, title in ((ENTER, gettext_lazy("Authorisation")), (CONFIRM, gettext_lazy("Confirmation of an urgent authorisation"))):
        acts.register(
            acts.ActKind(
                name=name,
                title=title,
                asks=Action.AUTHORISATION_ASK,
                approves=Action.AUTHORISATION_APPROVE,
                sentences=sentences,
                url=lambda _body: reverse("authorisations"),
                places=lambda asked: devices.subjects_of(asked.body["cameras"], owner=asked.organisation),
            )
        )
    acts.register(
        acts.ActKind(
            name=DELETE,
            title=gettext_lazy("Deletion of what an authorisation gave"),
            asks=Action.AUTHORISATION_END,
            approves=Action.AUTHORISATION_APPROVE,
            sentences=deletion_sentences,
            url=lambda body: reverse("authorisation", kwargs={"authorisation_id": body["authorisation"]}),
            places=lambda asked: devices.subjects_of(asked.body["cameras"], owner=asked.organisation),
        )
    )


def deletion_sentences(body: Mapping[str, Any]) -> list[str]:
    """Return what two persons seal who have exhibits deleted, in words."""
    cameras = ", ".join(camera_name(one) for one in body["cameras"])
    return [
        _("All exhibits that rest on the authorisation by %(issuer)s are deleted for good.") % {"issuer": body["issuer"]},
        _("At the cameras: %(names)s.") % {"names": cameras},
    ]


def sentences(body: Mapping[str, Any]) -> list[str]:
    """Return what two persons seal, in words."""
    cameras = ", ".join(camera_name(one) for one in body["cameras"])
    organisation = accounts.organisation(str(body["permits"]))
    said = [
        _("%(issuer)s permits: %(act)s.") % {"issuer": body["issuer"], "act": ACTION_LABELS[Action(body["action"])]},
        _("To the people of: %(name)s.") % {"name": organisation or body["permits"]},
        _("At the cameras: %(names)s.") % {"names": cameras},
        _("From %(start)s to %(end)s (UTC), the end not included.")
        % {"start": _time_words(body["valid_from"]), "end": _time_words(body["valid_to"])},
        _("It was given at %(time)s (UTC); its document has the SHA-256 %(digest)s.")
        % {"time": _time_words(body["issued_at"]), "digest": body["document_sha256"]},
    ]
    if body["urgent_hours"]:
        text = _("It is urgent: unless it is confirmed within %(hours)d hours of being given, it ends and what was obtained is deleted.")
        said.append(text % {"hours": body["urgent_hours"]})
    if body.get("confirm_sha256"):
        said.append(_("It is confirmed by the document with the SHA-256 %(digest)s.") % {"digest": body["confirm_sha256"]})
    return said


@transaction.atomic
def ask_to_enter(*, draft: Draft, asker: Actor, at: datetime) -> StoredAuthorisation:
    """Keep an authorisation and write down the act that two persons are to seal. Raises BadAuthorisation, BadAct."""
    authorisations.checked(draft, at=at)
    act = acts.ask(kind=ENTER, body=_body(draft), asker=asker, at=at)
    return authorisations.entered(draft=draft, organisation=asker.organisation, act=act.id, by=asker.id, at=at)


@transaction.atomic
def ask_to_confirm(*, row: StoredAuthorisation, document_sha256: str, asker: Actor, at: datetime) -> StoredAuthorisation:
    """Write down the act that confirms an urgent one. While one is open or sealed there is no other: it would push the first aside.

    Raises AuthorisationIsOver, BadAuthorisation, BadAct.
    """
    body = {**_body(_draft_of(row)), "confirm_sha256": document_sha256, "authorisation": row.pk}
    over = row.confirm_act if not confirmation_under_way(row, at=at) else ""
    act = acts.ask(kind=CONFIRM, body=body, asker=asker, at=at)
    return authorisations.asked_to_confirm(authorisation_id=row.pk, act=act.id, instead_of=over, document_sha256=document_sha256, at=at)


def confirmation_under_way(row: StoredAuthorisation, *, at: datetime) -> bool:
    """Whether an act that confirms it waits for its seals or has them."""
    if not row.confirm_act:
        return False
    asked = acts.find(act_id=row.confirm_act, organisation_id=row.organisation)
    return asked.state == "sealed" or (asked.state == "asked" and at < asked.expires_at)


def end_now(*, row: StoredAuthorisation, because: str, by: Actor, at: datetime) -> None:
    """End one, after the log has it. Raises AuthorisationIsOver, BadAuthorisation, AuditUnavailable."""
    told: Details = {"id": row.pk, "state": because}
    audit.record(actor=by, action=Action.AUTHORISATION_END, subject=_subject(row), outcome="done", at=at, details=told)
    authorisations.ended(authorisation_id=row.pk, because=because, at=at)


@transaction.atomic
def ask_to_delete(*, row: StoredAuthorisation, asker: Actor, at: datetime) -> StoredAuthorisation:
    """Write down the act that deletes what was obtained under a rejected or altered one. Raises BadAuthorisation, BadAct."""
    sealed = acts.find(act_id=row.act, organisation_id=row.organisation).body  # the row itself may be what was altered
    body = {"authorisation": row.pk, "issuer": sealed["issuer"], "cameras": sealed["cameras"]}
    act = acts.ask(kind=DELETE, body=body, asker=asker, at=at)
    return authorisations.asked_to_delete(authorisation_id=row.pk, act=act.id)


def rests_on(*, actor: Actor, camera_ids: Sequence[str], reason: ReasonCode, at: datetime) -> str:
    """Return the authorisation that an exhibit of these cameras rests on, the one that ends first of several; empty: it needs none.

    It needs one where a court's order is the reason, or a camera belongs to others. Raises NoSuchCamera.
    """
    found: list[Authorisation] = []
    for camera_id in camera_ids:
        subject = devices.subject_of(camera_id)
        if reason is ReasonCode.COURT_ORDER or subject.owner != actor.organisation:
            facts = gather(actor=actor, action=Action.EXHIBIT_ASK, subject=subject, at=at)
            found += authorised_by(actor, Action.EXHIBIT_ASK, subject, facts)
    return min(found, key=lambda one: one.closes).id if found else ""


def round_of_orders(*, at: datetime) -> int:
    """Carry out what was sealed, end what is over, delete what has to go; return how many were settled. Raises AuditUnavailable."""
    waiting = StoredAuthorisation.objects.filter(state="asked").order_by("entered_at")[:_MOST_A_ROUND]
    settled = sum(_carry_out(row, at) for row in waiting)
    unconfirmed = StoredAuthorisation.objects.filter(state="issued", confirmed_at__isnull=True).exclude(confirm_act="")[:_MOST_A_ROUND]
    settled += sum(_confirm(row, at) for row in unconfirmed)
    now = audit.now_at_least(at)
    running = StoredAuthorisation.objects.filter(state="issued").order_by("entered_at")[:_MOST_A_ROUND]
    settled += sum(_end_altered(row, now) for row in running if not _as_sealed(row))
    # What ends for good, and what it deletes, waits for a clock that can be believed; what is permitted does not wait for it.
    return settled + sum(_settle(row, now) for row in authorisations.due(at=retention.settled(now)))


def _carry_out(row: StoredAuthorisation, at: datetime) -> int:
    found = acts.sealed(row.act)
    if found is None:
        return _give_up(row, at)
    if not _as_sealed(row):
        return 0  # the row is not what was sealed, so it never counts
    _note(row, Action.AUTHORISATION_ISSUE, at, act=row.act, urgent_hours=row.urgent_hours)
    authorisations.issued(authorisation_id=row.pk)
    return 1


def _give_up(row: StoredAuthorisation, at: datetime) -> int:
    asked = acts.find(act_id=row.act, organisation_id=row.organisation)
    if asked.state not in {"refused", "expired"}:
        return 0
    authorisations.refused(authorisation_id=row.pk, at=at)
    return 1


def _confirm(row: StoredAuthorisation, at: datetime) -> int:
    found = acts.sealed(row.confirm_act)
    if found is None or found.act.body.get("confirm_sha256") != row.confirm_sha256 or found.act.body.get("authorisation") != row.pk:
        return 0
    sealed_at, deadline = from_time_text(found.approves.at), authorisations.value_of(row).deadline
    if deadline is None or sealed_at >= deadline:
        return 0  # too late: it lapses
    _note(row, Action.AUTHORISATION_CONFIRM, at, act=row.confirm_act)
    authorisations.confirmed(authorisation_id=row.pk, sealed_at=sealed_at)
    return 1


def _as_sealed(row: StoredAuthorisation) -> bool:
    """Whether a row says what two persons sealed, and was confirmed only where two persons did."""
    found = acts.sealed(row.act)
    if found is None or found.act.body != {**_body(_draft_of(row)), "asked_by": row.entered_by}:
        return False
    return row.confirmed_at is None or (bool(row.confirm_act) and acts.sealed(row.confirm_act) is not None)


def _end_altered(row: StoredAuthorisation, at: datetime) -> int:
    """End an authorisation whose row was changed behind our back: nobody knows what it should permit."""
    _log.error("the authorisation %s is not what was sealed; it is ended", row.pk)
    _note(row, Action.AUTHORISATION_END, at, state="altered")
    authorisations.ended(authorisation_id=row.pk, because="altered", at=at)
    return 1


def _settle(row: StoredAuthorisation, at: datetime) -> int:
    if row.state == "issued":
        because = "over" if authorisations.value_of(row).deadline is None else "lapsed"
        _note(row, Action.AUTHORISATION_END, at, state=because)
        row = authorisations.lapse(authorisation_id=row.pk, at=at)
    if _to_be_purged(row, at):
        ids = list(Exhibit.objects.filter(authorisation=row.pk, state="ready").values_list("pk", flat=True))
        if ids:
            retention.purge(kind="exhibits", ids=ids, rule=_RULE, at=at, law=_LAW)
        if not Exhibit.objects.filter(authorisation=row.pk, state__in=("ready", *MAKING)).exists():  # one may be half made right now
            authorisations.purged(authorisation_id=row.pk, at=at)
    return 1


def _to_be_purged(row: StoredAuthorisation, at: datetime) -> bool:
    """Whether what was obtained goes: nobody confirmed it in time, or two persons sealed that it goes."""
    if not row.delete_act:
        return row.ended_because in authorisations.PURGED
    found = acts.sealed(row.delete_act)
    if found is not None:
        return found.act.kind == DELETE and found.act.body.get("authorisation") == row.pk
    if acts.find(act_id=row.delete_act, organisation_id=row.organisation).state in {"refused", "expired"}:
        _note(row, Action.AUTHORISATION_END, at, state="kept")
        authorisations.asked_to_delete(authorisation_id=row.pk, act="")
    return False


def _note(row: StoredAuthorisation, action: Action, at: datetime, **told: str | int) -> None:
    actor = Actor.system(_MACHINE)
    audit.record(actor=actor, action=action, subject=_subject(row), outcome="done", at=at, details={"id": row.pk, **told})


def _subject(row: StoredAuthorisation) -> Subject:
    return Subject("authorisation", row.pk, row.organisation)


def _draft_of(row: StoredAuthorisation) -> Draft:
    return Draft(
        permits=row.permits,
        action=Action(row.action),
        cameras=tuple(row.cameras),
        spaces=tuple(row.spaces),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        issued_at=row.issued_at,
        issuer=row.issuer,
        document_sha256=row.document_sha256,
        urgent_hours=row.urgent_hours,
    )


def _body(draft: Draft) -> dict[str, Any]:
    return {
        "permits": draft.permits,
        "action": str(draft.action),
        "cameras": sorted(set(draft.cameras)),
        "spaces": sorted(set(draft.spaces)),
        "valid_from": time_text(draft.valid_from),
        "valid_to": time_text(draft.valid_to),
        "issued_at": time_text(draft.issued_at),
        "issuer": draft.issuer,
        "document_sha256": draft.document_sha256,
        "urgent_hours": draft.urgent_hours,
    }


def camera_name(camera_id: str) -> str:
    """Return a camera's name; of one that is gone, its identifier."""
    try:
        return devices.required_camera(camera_id).name
    except devices.NoSuchCamera:
        return camera_id


def _time_words(text: str) -> str:
    return f"{from_time_text(text):%Y-%m-%d %H:%M:%S}"
