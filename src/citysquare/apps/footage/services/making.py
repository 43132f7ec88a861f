"""Making exhibits: what two people have sealed becomes a file, in the background, one at a time.

A round takes the oldest exhibit that is due. It may be killed at any moment: what is not finished lies in `<id>.part`, and the next round
begins it anew. All that can go wrong ends in the state `failed` with a code; nothing half-made is ever handed out.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

import citysquare
from citysquare.apps.accounts.services import acts
from citysquare.apps.accounts.services.acts import TwiceSealed
from citysquare.apps.devices import queries as devices
from citysquare.apps.footage.models import Exhibit
from citysquare.apps.footage.queries import exhibits as queries
from citysquare.apps.footage.services import footage_of_exhibits as taking
from citysquare.apps.footage.services.exhibits import asker_of, justification_of, purpose_of
from citysquare.engine.errors import EngineError
from citysquare.platform import audit, stamping
from citysquare.platform.audit.inclusion import extract
from citysquare.platform.doors import look
from citysquare.platform.errors import DomainError
from citysquare.platform.facts import gather
from citysquare.platform.policy import Action, Subject
from citysquare.proof.bundles.exhibit import ACT_KIND, ExhibitRest, ExhibitWriter, SealedAct
from citysquare.proof.bundles.files import MOST_FILES
from citysquare.proof.bundles.manifest import KIND, Manifest
from citysquare.proof.bundles.read_me import read_me
from citysquare.proof.errors import ProofError
from citysquare.proof.fields import time_text
from citysquare.proof.passkeys import Act
from citysquare.proof.private_files import sync_folder

SETTLED: Final = timedelta(minutes=2)
"""So long after the end of a range its files are closed, and their place in the day's chain is known."""
PATIENCE: Final = timedelta(minutes=30)
"""So long a file that the recorder does not close is waited for."""
MOST_PIECES: Final = MOST_FILES - 10
"""Beside them the bundle has a few papers."""
_CHUNK: Final = 1024 * 1024

_log = logging.getLogger(__name__)


class SealsBroken(DomainError):
    """The act under an exhibit does not have two seals that hold, or is about something else."""

    code = "footage.exhibit_seals_broken"
    status = 409


class NoRoom(DomainError):
    """The disk has too little room for an exhibit."""

    code = "footage.exhibit_no_room"
    status = 507


class NotClosed(DomainError):
    """A file of the range is not closed by the recorder yet."""

    code = "footage.exhibit_not_closed"
    status = 409


class TooManyFiles(DomainError):
    """The store has more files in the range than a bundle takes."""

    code = "footage.exhibit_too_many_files"
    status = 409


class NoFootage(DomainError):
    """There is no footage in the range."""

    code = "footage.exhibit_no_footage"
    status = 409


@dataclass(frozen=True, slots=True)
class Made:
    """A finished file."""

    bytes: int
    sha256: str
    stamped_at: datetime | None = None
    """The time that an authority's time-stamp in it names."""

    def fields(self) -> dict[str, object]:
        """Return what the exhibit's row says of it."""
        return {"bytes": self.bytes, "sha256": self.sha256, "stamped_at": self.stamped_at}


def make_exhibits(*, at: datetime) -> int:
    """Make the oldest exhibit that is due, and return how many were made: a round of the server's tasks."""
    with alone_in(queries.exhibits_folder()) as alone:
        if not alone:
            return 0
        due = Exhibit.objects.filter(state__in=queries.MAKING, end__lte=at - SETTLED).select_related("asked_by").order_by("asked_at", "pk")
        found = due.first()
        return int(found is not None and make_exhibit(found, at=at))


def make_exhibit(found: Exhibit, *, at: datetime) -> bool:
    """Make an exhibit; what keeps it from being made becomes its state. Says whether it was made."""
    path = queries.file_of(found.pk)
    part = path.with_suffix(".part")
    try:
        made = _made(found, part, path, at)
    except NotClosed as error:
        if at < found.end + PATIENCE:
            return False
        _fail(found, error.code)
    except (DomainError, EngineError, ProofError) as error:
        _fail(found, error.code)
    except OSError as error:
        _log.warning("the exhibit %s could not be written: %s", found.pk, error)
        _fail(found, NoRoom.code if error.errno in _NO_ROOM else "footage.exhibit_not_written")
    else:
        Exhibit.objects.filter(pk=found.pk).update(state="ready", made_at=at, problem="", **made.fields())
        return True
    finally:
        part.unlink(missing_ok=True)
    return False


_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def _fail(found: Exhibit, code: str) -> None:
    _log.warning("the exhibit %s was not made: %s", found.pk, code)
    Exhibit.objects.filter(pk=found.pk).update(state="failed", problem=code)


def _made(found: Exhibit, part: Path, path: Path, at: datetime) -> Made:
    sealed = checked_seals(found)
    subject = Subject("exhibit", found.pk, found.organisation_id)
    _ask_policy(found, sealed, at)
    takes = [taking.take(camera, found.start, found.end) for camera in found.cameras]
    if any(one.cut.open for one in takes):
        raise NotClosed(
            _("The recorder has not closed all files of this time yet. It does so within a minute; have it started if it stands.")
        )
    if not any(one.cut.pieces for one in takes):
        raise NoFootage(_("Nothing was recorded in this time, or it was deleted before the exhibit was asked for."))
    if sum(len(one.cut.pieces) for one in takes) > MOST_PIECES:
        raise TooManyFiles(
            _("The cameras stored more files in this time than one exhibit takes. Ask for a shorter time, or fewer cameras.")
        )
    total = sum(one.cut.size for one in takes)
    check_room(part.parent, total)
    Exhibit.objects.filter(pk=found.pk).update(state="making", copied=0, total=total)
    with part.open("w+b") as file:
        os.fchmod(file.fileno(), 0o600)
        writer = ExhibitWriter(file)
        progress = _Progress(found.pk)
        cameras = tuple(taking.write(one, writer, progress, at) for one in takes)
        manifest = Manifest(
            organisation=found.organisation_id,
            purpose=purpose_of(found),
            act=sealed.act.digest,
            made_at=time_text(at),
            software=f"citysquare {citysquare.__version__}",
            cameras=cameras,
        )
        _note(found, subject, manifest, at)
        stamper = _Stamper()
        rest = _rest(found, sealed, manifest, stamper, at)
        writer.finish(manifest, rest, audit.centre_key())
        made = measured(file, stamper.at)
    part.replace(path)
    sync_folder(path.parent)
    return made


def checked_seals(found: Exhibit) -> TwiceSealed:
    """Return the act that two people sealed for just this exhibit, both signatures checked now. Raises SealsBroken."""
    sealed = acts.sealed(found.act)
    if sealed is None or sealed.act.kind != ACT_KIND or dict(sealed.act.body) != purpose_of(found).json():
        raise SealsBroken(_("The two seals under this exhibit do not hold, or are under something else. Ask for it anew."))
    return sealed


def _ask_policy(found: Exhibit, sealed: TwiceSealed, at: datetime) -> None:
    """Ask the policy for each camera, as the one who asked, and log each answer before anything is copied.

    Raises Refused, NoSuchCamera, AuditUnavailable.
    """
    actor, why, act = asker_of(found), justification_of(found), sealed.act
    for camera in found.cameras:
        subject = devices.subject_of(camera)
        facts = gather(actor=actor, action=Action.EXHIBIT_MAKE, subject=subject, at=at, justification=why, seals=act.seal_facts())
        details = {"exhibit": found.pk, "camera": camera, "from": found.start.isoformat(), "to": found.end.isoformat()}
        look(
            actor=actor,
            action=Action.EXHIBIT_MAKE,
            subject=subject,
            facts=facts,
            at=at,
            details={**details, "act_digest": act.digest.hex()},
        )


def _note(found: Exhibit, subject: Subject, manifest: Manifest, at: datetime) -> None:
    """Enter into the log what is about to be signed; the entry goes into the bundle with its proof."""
    audit.record(
        actor=asker_of(found),
        action=Action.EXHIBIT_MAKE,
        subject=subject,
        outcome="done",
        at=at,
        details={
            "exhibit": found.pk,
            "act_digest": manifest.act.hex(),
            "segments": sum(len(camera.pieces) for camera in manifest.cameras),
            "digest": manifest.footage_digest(),
        },
    )


def _rest(found: Exhibit, sealed: TwiceSealed, manifest: Manifest, stamper: _Stamper, at: datetime) -> ExhibitRest:
    act = sealed.act
    digests = [hashlib.sha256(one.public_key).hexdigest() for one in (sealed.asks, sealed.approves)]
    keys = [(action, {"key_digest": digest}) for action in (Action.KEY_ADD, Action.KEY_REMOVE) for digest in digests]
    days = [(Action.FOOTAGE_DAY, {"camera": one.camera, "date": day.day}) for one in manifest.cameras for day in one.days if day.head]
    return ExhibitRest(
        sealed=SealedAct(
            act=Act.decoded(act.document),
            seals=(sealed.asks, sealed.approves),
            rp_id=sealed.asks.rp_id,
            origins=tuple(sorted({sealed.asks.origin, sealed.approves.origin})),
        ),
        log=extract([("exhibit", found.pk), ("act", found.act)], at=at, telling=[*keys, *days]),
        keys=audit.centre_keys(),
        read_me=read_me(KIND),
        stamp=stamper.stamp,
    )


class _Stamper:
    """Asks the authority once, and remembers the time it said. Without an answer the exhibit is made without one."""

    def __init__(self) -> None:
        self.at: datetime | None = None

    def stamp(self, signature: bytes) -> bytes:
        """Return the authority's answer over the manifest's signature, or nothing."""
        found = stamping.stamp(signature)
        self.at = found.at if found else None
        return found.token if found else b""


class _Progress:
    """Writes how far the copying is, each few megabytes."""

    def __init__(self, exhibit_id: str) -> None:
        self._id = exhibit_id
        self._done = self._told = 0

    def counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Pass bytes on and count them."""
        for piece in pieces:
            self._done += len(piece)
            if self._done - self._told >= 16 * _CHUNK:
                self._told = self._done
                Exhibit.objects.filter(pk=self._id).update(copied=self._done)
            yield piece


def check_room(folder: Path, total: int) -> None:
    """Refuse what the disk of the exhibits has too little room for. Raises NoRoom."""
    free = shutil.disk_usage(folder).free
    if free - total < settings.CITYSQUARE.least_free_bytes:
        raise NoRoom(_("The disk of the exhibits has too little room for this one. Make room there, and have it made again."))


def measured(file: BinaryIO, stamped_at: datetime | None) -> Made:
    """Bring a finished file onto the disk and return what it is. Raises OSError."""
    file.flush()
    os.fsync(file.fileno())
    digest = hashlib.sha256()
    file.seek(0)
    size = 0
    while piece := file.read(_CHUNK):
        digest.update(piece)
        size += len(piece)
    return Made(size, digest.hexdigest(), stamped_at)


@contextmanager
def alone_in(folder: Path) -> Iterator[bool]:
    """Make the folder where it is missing, and say whether nobody else makes exhibits in it right now."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
            return
        yield False
    finally:
        os.close(descriptor)
