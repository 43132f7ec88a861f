"""Exhibits from asking to handing out: every write but the making (`making`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.services import acts
from citysquare.apps.devices import queries as devices
from citysquare.apps.footage.models import LONGEST_REASON, LONGEST_RECIPIENT, Exhibit, ExhibitFetch
from citysquare.apps.footage.queries import exhibits as queries
from citysquare.apps.footage.services import HoldIsOver, HoldWish, lift_hold, place_hold
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Actor, Justification, PersonRole, ReasonCode, says_something
from citysquare.proof.bundles.exhibit import ACT_KIND
from citysquare.proof.bundles.manifest import Purpose
from citysquare.proof.fields import time_text

if TYPE_CHECKING:
    from citysquare.apps.devices.models import Camera

MOST_CAMERAS: Final = 16
LONGEST_RANGE: Final = timedelta(hours=24)
HELD_FOR: Final = timedelta(days=30)
"""So long the footage itself is held, from the asking on: for what follows from it, and for making the exhibit anew."""

_NO_FILE: Final = _("This exhibit has no file to hand out. Its page says how it stands.")


class BadExhibit(DomainError):
    """An exhibit that cannot be asked for as it was."""

    code = "footage.bad_exhibit"


class ExhibitNotReady(DomainError):
    """There is no file to hand out: it is not made yet, or gone."""

    code = "footage.exhibit_not_ready"
    status = 409


class ExhibitChanged(DomainError):
    """The file is not what was made."""

    code = "footage.exhibit_changed"
    status = 500


@dataclass(frozen=True, slots=True)
class ExhibitWish:
    """What to export, and for whom."""

    camera_ids: Sequence[str]
    start: datetime
    end: datetime
    justification: Justification
    recipient: str
    authorisation: str = ""
    """The authorisation it rests on, where it rests on one."""


@transaction.atomic
def ask_exhibit(*, wish: ExhibitWish, asker: Actor, at: datetime) -> Exhibit:
    """Ask for an exhibit: hold its footage, and write down the act that two people are to seal.

    The caller has asked the policy for each camera. Raises BadExhibit, NoSuchCamera, BadHold, TooManyHolds, BadAct.
    """
    cameras = [devices.required_camera(camera) for camera in wish.camera_ids]
    _check(wish, cameras, at)
    why, owner = wish.justification, cameras[0].organisation_id
    found = Exhibit(
        organisation_id=asker.organisation,
        cameras=[camera.pk for camera in cameras],
        start=wish.start,
        end=wish.end,
        case=why.case,
        reason=str(why.reason),
        person_role=str(why.person_role),
        offence=why.offence,
        text=why.text,
        recipient=wish.recipient.strip(),
        asked_by_id=asker.id,
        asked_at=at,
        authorisation=wish.authorisation,
    )
    found.act = acts.ask(kind=ACT_KIND, body=purpose_of(found).json(), asker=asker, at=at).id
    reason = str(_("Footage of an exhibit: %(text)s") % {"text": why.text})[:LONGEST_REASON]
    for camera in cameras:
        held = HoldWish(camera.pk, why.case, reason, wish.start, wish.end, at + HELD_FOR)
        found.holds.append(place_hold(wish=held, organisation_id=owner, placed_by=asker.id, at=at).pk)
    found.save(force_insert=True)
    return found


def _check(wish: ExhibitWish, cameras: Sequence[Camera], at: datetime) -> None:
    """Refuse what cannot be an exhibit. Raises BadExhibit."""
    if not 1 <= len(cameras) <= MOST_CAMERAS or len(set(wish.camera_ids)) != len(cameras):
        raise BadExhibit(_("Choose one camera at least, sixteen at most, and each once."))
    if len({camera.organisation_id for camera in cameras}) != 1:
        raise BadExhibit(_("The cameras belong to different organisations. Ask for an exhibit of each."))
    if wish.start >= wish.end:
        raise BadExhibit(_("The end of the footage lies before its beginning. Exchange the two."))
    if wish.end - wish.start > LONGEST_RANGE:
        raise BadExhibit(_("One exhibit takes 24 hours at most. Ask for as little as the case needs, or for several."))
    if wish.end > at:
        raise BadExhibit(_("This lies in the future. Choose an end that is past."))
    if not says_something(wish.recipient) or len(wish.recipient) > LONGEST_RECIPIENT:
        raise BadExhibit(_("Say who is to have the exhibit."))


def purpose_of(found: Exhibit) -> Purpose:
    """Return what an exhibit is and is for: the words that two people seal, and that the manifest repeats."""
    return Purpose(
        exhibit=found.pk,
        case=found.case,
        reason=found.reason,
        person_role=found.person_role,
        asked_by=found.asked_by_id,
        cameras=tuple(found.cameras),
        start=time_text(found.start),
        end=time_text(found.end),
        text=found.text,
        offence=found.offence,
        recipient=found.recipient,
        authorisation=found.authorisation,
    )


def justification_of(found: Exhibit) -> Justification:
    """Return why an exhibit was asked for, as the policy weighs it. Raises ExhibitNotReady where its words were deleted by age."""
    if not found.text:
        raise ExhibitNotReady(_NO_FILE)
    return Justification(found.case, ReasonCode(found.reason), PersonRole(found.person_role), found.offence, found.text)


def asker_of(found: Exhibit) -> Actor:
    """Return who asked, as they are now in the organisation for which they asked; without any right where they left it."""
    user = found.asked_by
    user.choose(found.organisation_id)
    actor = user.actor()
    return actor if actor.organisation == found.organisation_id else Actor(id=user.pk)


@transaction.atomic
def try_again(*, found: Exhibit) -> int:
    """Let a failed exhibit be made anew: its two seals are as good as before. Returns how many that was."""
    return Exhibit.objects.filter(pk=found.pk, state="failed").update(state="sealed", problem="", copied=0)


@transaction.atomic
def begin(*, act_id: str) -> int:
    """Note that both people have sealed: the exhibit is to be made. Doing it twice does nothing more."""
    return Exhibit.objects.filter(act=act_id, state="asked").update(state="sealed")


@transaction.atomic
def give_up(*, act_id: str, at: datetime) -> int:
    """Note that the act was refused or has expired, and let go of the footage that was held for it."""
    found = Exhibit.objects.select_for_update(of=("self",)).filter(act=act_id, state="asked").first()
    if found is None:
        return 0
    found.state = "refused"
    found.save(update_fields=("state",))
    _let_go(found, str(_("The exhibit it was held for was refused.")), at)
    return 1


def _let_go(found: Exhibit, because: str, at: datetime) -> None:
    for hold in found.holds:
        owner = devices.required_camera(found.cameras[0]).organisation_id
        try:
            lift_hold(hold_id=hold, organisation_id=owner, because=because, lifted_by=found.asked_by_id, at=at)
        except HoldIsOver:
            continue  # somebody has lifted it already


@transaction.atomic
def note_fetch(*, found: Exhibit, by: str, why: str, recipient: str, at: datetime) -> ExhibitFetch:
    """Write into the access record that an exhibit is handed out, before it is.

    Raises BadExhibit without a reason and a recipient, ExhibitNotReady.
    """
    row = Exhibit.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if row.state != "ready":
        raise ExhibitNotReady(_NO_FILE)
    if not says_something(why) or not says_something(recipient) or len(why) > LONGEST_REASON or len(recipient) > LONGEST_RECIPIENT:
        raise BadExhibit(_("Say why it is handed out, and to whom."))
    return ExhibitFetch.objects.create(exhibit=row, by_id=by, at=at, why=why.strip(), recipient=recipient.strip(), sha256=row.sha256)


@transaction.atomic
def forget_words(ids: Sequence[str]) -> int:
    """Delete what people wrote of these exhibits: why, about which offence, why each was handed out. Return how many there were."""
    ExhibitFetch.objects.filter(exhibit__in=queries.with_words().filter(pk__in=ids)).update(why="")
    return queries.with_words().filter(pk__in=ids).update(text="", offence="")


@transaction.atomic
def purge(ids: Sequence[str], at: datetime) -> int:
    """Remove the files of exhibits, and say so in their rows, which stay; return how many there were."""
    found = list(Exhibit.objects.select_for_update(of=("self",)).filter(pk__in=ids).exclude(state="purged"))
    for one in found:
        queries.file_of(one.pk).unlink(missing_ok=True)
        one.state, one.purged_at = "purged", at
        one.save(update_fields=("state", "purged_at"))
    return len(found)
