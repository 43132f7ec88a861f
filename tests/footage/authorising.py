"""A desk of two persons who enter authorisations, and what is obtained under one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from citysquare.apps.accounts.services import acts
from citysquare.apps.devices import queries as devices
from citysquare.apps.footage.models import Exhibit
from citysquare.apps.footage.queries import exhibits as exhibit_queries
from citysquare.apps.footage.services import orders
from citysquare.platform.authorisations import Draft
from citysquare.platform.facts import gather
from citysquare.platform.models import StoredAuthorisation
from citysquare.platform.policy import (
    Action,
    Decision,
    Justification,
    PersonRole,
    ReasonCode,
    Role,
    decide,
)
from citysquare.proof.fields import base64url
from tests.factories import NOW, CameraFactory, OrganisationFactory, person
from tests.footage.exhibiting import SITE, Desk

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
ORDERED = Justification("2026/117", ReasonCode.COURT_ORDER, PersonRole.SUSPECT, text="The court ordered the footage of the square")
DIGEST = hashlib.sha256(b"order").hexdigest()


def desk_of_two() -> Desk:
    """A city with one camera, a supervisor who asks and an approver, both with passkeys."""
    city = OrganisationFactory.create()
    found = Desk(city, person(city, Role.SUPERVISOR, display_name="Ana"), person(city, Role.APPROVER, display_name="Bo"), [])
    found.cameras.append(CameraFactory.create(organisation=city))
    found.key_for(found.asker)
    found.key_for(found.approver)
    return found


def draft(desk: Desk, **changes: object) -> Draft:
    given = Draft(
        permits=desk.city.pk,
        action=Action.REPLAY_VIEW,
        cameras=(desk.cameras[0].pk,),
        spaces=(),
        valid_from=NOW,
        valid_to=NOW + 72 * HOUR,
        issued_at=NOW,
        issuer="District court, order 12",
        document_sha256=DIGEST,
    )
    return replace(given, **changes)  # type: ignore[arg-type]  # fields by name, as the tests give them


def seal(desk: Desk, act: str, at: datetime) -> None:
    asked = acts.find(act_id=act, organisation_id=desk.city.pk)
    for user, part in ((desk.asker, "asks"), (desk.approver, "approves")):
        response = desk.devices[user.pk].get({"challenge": base64url(asked.digest)})
        acts.seal(act_id=act, person=user.actor(), role_in_act=part, response=response, site=SITE, at=at)  # type: ignore[arg-type]


def entered(desk: Desk, *, sealed: bool = True, **changes: object) -> StoredAuthorisation:
    row = orders.ask_to_enter(draft=draft(desk, **changes), asker=desk.asker.actor(), at=NOW)
    if sealed:
        seal(desk, row.act, NOW)
        orders.round_of_orders(at=NOW)
        row.refresh_from_db()
    return row


def replayed(desk: Desk, at: datetime) -> Decision:
    actor, subject = desk.asker.actor(), devices.subject_of(desk.cameras[0].pk)
    facts = gather(actor=actor, action=Action.REPLAY_VIEW, subject=subject, at=at, justification=ORDERED)
    return decide(actor, Action.REPLAY_VIEW, subject, facts)


def exhibit(desk: Desk, row: StoredAuthorisation) -> Exhibit:
    """An exhibit that was made under an authorisation, its file on the disk."""
    found = Exhibit.objects.create(
        organisation=desk.city,
        cameras=[desk.cameras[0].pk],
        start=NOW - HOUR,
        end=NOW,
        case="2026/117",
        reason="court_order",
        person_role="suspect",
        text="by order",
        recipient="court",
        asked_by=desk.asker,
        asked_at=NOW,
        act=row.pk,
        authorisation=row.pk,
        state="ready",
        made_at=NOW,
        bytes=7,
    )
    path = exhibit_queries.file_of(found.pk)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"exhibit")
    return found
