"""Time-stamps that come later: an authority that did not answer while an exhibit was made is asked again.

The exhibit's file is then written anew beside itself, with the stamp in it and all else as it was. A crash between leaves the old file, or
one that nobody is handed until the next round has measured it.
"""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import datetime, timedelta
from typing import BinaryIO, Final, cast

from django.db import transaction

from citysquare.apps.footage.models import Exhibit
from citysquare.apps.footage.queries import exhibits as queries
from citysquare.apps.footage.services.exhibits import asker_of
from citysquare.apps.footage.services.making import Made, alone_in, check_room, measured
from citysquare.platform import audit, stamping
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Subject
from citysquare.proof.bundles.archive import open_source
from citysquare.proof.bundles.exhibit import SIGNATURE, stamp_later
from citysquare.proof.errors import ProofError
from citysquare.proof.jws import LONGEST_TOKEN

ASKED_FOR: Final = timedelta(days=7)
"""So long the authority is asked again for an exhibit."""

_log = logging.getLogger(__name__)


def stamp_exhibits(*, at: datetime) -> int:
    """Ask again for the time-stamps of exhibits that were made without; return how many came: a round of the server's tasks."""
    if not stamping.is_wanted():
        return 0
    with alone_in(queries.exhibits_folder()) as alone:
        due = Exhibit.objects.filter(state="ready", stamped_at__isnull=True, made_at__gt=at - ASKED_FOR).select_related("asked_by")
        done = 0
        for found in due.order_by("made_at", "pk") if alone else ():
            try:
                if not _stamp(found, at):
                    break  # the authority is away for the others, too
                done += 1
            except (DomainError, ProofError, OSError) as error:
                _log.warning("the exhibit %s gets no time-stamp: %s", found.pk, error)
        return done


def is_asked_for(found: Exhibit, at: datetime) -> bool:
    """Say whether an exhibit without a time-stamp may still get one."""
    return stamping.is_wanted() and found.made_at is not None and found.made_at > at - ASKED_FOR


def _stamp(found: Exhibit, at: datetime) -> bool:
    """Put a time-stamp into an exhibit; False when none is to be had. Raises AuditUnavailable, BadBundle, NoRoom, OSError."""
    path = queries.file_of(found.pk)
    part = path.with_suffix(".part")
    try:
        with closing(open_source(path)) as source:
            stamp = stamping.stamp(source.read(SIGNATURE, most=LONGEST_TOKEN))
            if stamp is None:
                return False
            check_room(part.parent, found.bytes)
            with part.open("w+b") as file:
                part.chmod(0o600)
                stamp_later(source, stamp.token, cast("BinaryIO", file))
                made = measured(cast("BinaryIO", file), stamp.at)
        _note(found, made, at)
        with transaction.atomic():
            if not Exhibit.objects.filter(pk=found.pk, state="ready").update(**made.fields()):
                return True  # purged meanwhile
            part.replace(path)
        return True
    finally:
        part.unlink(missing_ok=True)


def _note(found: Exhibit, made: Made, at: datetime) -> None:
    """Enter into the log that the file is another from now on, and which."""
    audit.record(
        actor=asker_of(found),
        action=Action.EXHIBIT_MAKE,
        subject=Subject("exhibit", found.pk, found.organisation_id),
        outcome="done",
        at=at,
        details={"exhibit": found.pk, "state": "stamped", "digest": made.sha256},
    )
