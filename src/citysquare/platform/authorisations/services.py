"""Changes of authorisations. Each is atomic and knows no page; the log entry is the caller's, before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.platform.authorisations.queries import DELETABLE, value_of
from citysquare.platform.errors import DomainError
from citysquare.platform.models import StoredAuthorisation
from citysquare.platform.policy import Action, says_something

CAN_BE_AUTHORISED = (Action.REPLAY_VIEW, Action.EXHIBIT_ASK, Action.LIVE_VIEW)
"""What an authorisation may be about."""
URGENCIES = (0, 24, 48)
LONGEST = timedelta(days=366)
"""Between from and to."""
MOST_PLACES = 64
_LONGEST_ISSUER = 200
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
REASONS = ("ended", "rejected", "altered")
"""Why one is ended before its time: by a person, or because its row is no longer what was sealed."""


class NoSuchAuthorisation(DomainError):
    """There is no such authorisation."""

    code = "authorisation.not_found"
    status = 404


class BadAuthorisation(DomainError):
    """What was entered is no authorisation."""

    code = "authorisation.bad"


class AuthorisationIsOver(DomainError):
    """It has ended, or its time for a confirmation has."""

    code = "authorisation.over"
    status = 409


@dataclass(frozen=True, slots=True)
class Draft:
    """An authorisation as a person enters it."""

    permits: str
    action: Action
    cameras: tuple[str, ...]
    spaces: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime
    issued_at: datetime
    issuer: str
    document_sha256: str
    urgent_hours: int = 0


def checked(draft: Draft, *, at: datetime) -> Draft:
    """Return the draft if it can be entered now. Raises BadAuthorisation with what to change."""
    if draft.action not in CAN_BE_AUTHORISED:
        raise BadAuthorisation(_("An authorisation is about looking at live pictures or footage, or about exhibits."))
    if not 0 < len(draft.cameras) + len(draft.spaces) <= MOST_PLACES:
        raise BadAuthorisation(_("Name the cameras or spaces that the document names, at most 64."))
    if not draft.valid_from < draft.valid_to or draft.valid_to - draft.valid_from > LONGEST:
        raise BadAuthorisation(_("An authorisation begins before it ends, and lasts a year at most."))
    if draft.valid_to <= at:
        raise BadAuthorisation(_("This authorisation is over already."))
    if draft.issued_at > at:
        raise BadAuthorisation(_("An authorisation is entered after it was given."))
    if not says_something(draft.issuer) or len(draft.issuer) > _LONGEST_ISSUER:
        raise BadAuthorisation(_("Name the court or authority that gave it."))
    if not _DIGEST.match(draft.document_sha256):
        raise BadAuthorisation(_("Give the document's SHA-256: 64 digits of 0-9 and a-f."))
    if draft.urgent_hours not in URGENCIES or (draft.urgent_hours and draft.issued_at + timedelta(hours=draft.urgent_hours) <= at):
        raise BadAuthorisation(_("An urgent authorisation is confirmed within 24 or 48 hours of being given, and that time is over."))
    return draft


@transaction.atomic
def entered(*, draft: Draft, organisation: str, act: str, by: str, at: datetime) -> StoredAuthorisation:
    """Keep what two persons are asked to seal; it permits nothing yet. Raises BadAuthorisation."""
    checked(draft, at=at)
    return StoredAuthorisation.objects.create(
        organisation=organisation,
        permits=draft.permits,
        action=str(draft.action),
        cameras=sorted(set(draft.cameras)),
        spaces=sorted(set(draft.spaces)),
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        issued_at=draft.issued_at,
        issuer=draft.issuer,
        document_sha256=draft.document_sha256,
        urgent_hours=draft.urgent_hours,
        act=act,
        entered_by=by,
        entered_at=at,
    )


@transaction.atomic
def issued(*, authorisation_id: str) -> StoredAuthorisation:
    """Let an authorisation count whose act both persons have sealed. Again does nothing. Raises NoSuchAuthorisation."""
    row = _locked(authorisation_id)
    if row.state == "asked":
        row.state = "issued"
        row.save(update_fields=("state",))
    return row


@transaction.atomic
def refused(*, authorisation_id: str, at: datetime) -> StoredAuthorisation:
    """Note that the act was refused or nobody sealed it in time: it never counted. Raises NoSuchAuthorisation."""
    row = _locked(authorisation_id)
    if row.state == "asked":
        row.state, row.ended_at = "refused", at
        row.save(update_fields=("state", "ended_at"))
    return row


@transaction.atomic
def asked_to_confirm(*, authorisation_id: str, act: str, instead_of: str, document_sha256: str, at: datetime) -> StoredAuthorisation:
    """Note which act would confirm an urgent one. An earlier one is replaced only where the caller names it, as refused or expired.

    Raises NoSuchAuthorisation, AuthorisationIsOver, BadAuthorisation.
    """
    row = _locked(authorisation_id)
    if not _DIGEST.match(document_sha256):
        raise BadAuthorisation(_("Give the document's SHA-256: 64 digits of 0-9 and a-f."))
    deadline = value_of(row).deadline
    if row.state != "issued" or deadline is None or deadline <= at or row.confirm_act != instead_of:
        raise AuthorisationIsOver(_("Only an urgent authorisation that is still running and not confirmed yet can be confirmed."))
    row.confirm_act, row.confirm_sha256 = act, document_sha256
    row.save(update_fields=("confirm_act", "confirm_sha256"))
    return row


@transaction.atomic
def confirmed(*, authorisation_id: str, sealed_at: datetime) -> StoredAuthorisation:
    """Confirm an urgent one by an act that both persons had sealed at `sealed_at`; too late, it changes nothing.

    Raises NoSuchAuthorisation.
    """
    row = _locked(authorisation_id)
    deadline = value_of(row).deadline
    if row.state == "issued" and deadline is not None and sealed_at < deadline:
        row.confirmed_at = sealed_at
        row.save(update_fields=("confirmed_at",))
    return row


@transaction.atomic
def ended(*, authorisation_id: str, because: str, at: datetime) -> StoredAuthorisation:
    """End one at once, because a person says so, the authority rejected it, or its row was altered.

    Raises NoSuchAuthorisation, AuthorisationIsOver, BadAuthorisation.
    """
    row = _locked(authorisation_id)
    if because not in REASONS:
        raise BadAuthorisation(_("Say whether it is no longer needed or was rejected."))
    if row.state != "issued":
        raise AuthorisationIsOver(_("This authorisation does not run: there is nothing to end."))
    return _close(row, because, at)


@transaction.atomic
def lapse(*, authorisation_id: str, at: datetime) -> StoredAuthorisation:
    """End one whose time is over: `lapsed` where an urgent one was not confirmed, else `over`. Before its time it does nothing."""
    row = _locked(authorisation_id)
    value = value_of(row)
    if row.state != "issued" or value.closes > at:
        return row
    return _close(row, "over" if value.deadline is None else "lapsed", value.closes)


@transaction.atomic
def asked_to_delete(*, authorisation_id: str, act: str) -> StoredAuthorisation:
    """Note which act would delete what was obtained under a rejected or altered one; none: it was refused or forgotten.

    Raises NoSuchAuthorisation, BadAuthorisation.
    """
    row = _locked(authorisation_id)
    if row.ended_because not in DELETABLE or row.purged_at is not None or (act and row.delete_act):
        raise BadAuthorisation(_("What was obtained is deleted once, where the authorisation was rejected or altered."))
    row.delete_act = act
    row.save(update_fields=("delete_act",))
    return row


@transaction.atomic
def purged(*, authorisation_id: str, at: datetime) -> None:
    """Note that what was obtained under it is gone. Raises NoSuchAuthorisation."""
    row = _locked(authorisation_id)
    row.purged_at = at
    row.save(update_fields=("purged_at",))


def _close(row: StoredAuthorisation, because: str, at: datetime) -> StoredAuthorisation:
    row.state, row.ended_because, row.ended_at = "ended", because, at
    row.save(update_fields=("state", "ended_because", "ended_at"))
    return row


def _locked(authorisation_id: str) -> StoredAuthorisation:
    row = StoredAuthorisation.objects.select_for_update().filter(pk=authorisation_id).first()
    if row is None:
        raise NoSuchAuthorisation(_("There is no such authorisation."))
    return row
