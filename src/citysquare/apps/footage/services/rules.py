"""Installing another jurisdiction's pack, or a newer one: an act of two persons over the file's digest.

The file waits in `data_dir/packs` under the organisation's and the act's name. A round looks at what was sealed, compares the digest,
and has the platform check signature and version anew before the pack holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citysquare.apps.accounts.services import acts
from citysquare.platform import audit, packs
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.proof.canonical import Json
from citysquare.proof.private_files import replace_private

INSTALL: Final = "pack"


def register_act() -> None:
    """Make the kind of act known; once all apps are loaded."""
    acts.register(
        acts.ActKind(
            name=INSTALL,
            title=gettext_lazy("Rules of a jurisdiction"),
            asks=Action.PACK_ASK,
            approves=Action.PACK_APPROVE,
            sentences=sentences,
            url=lambda _body: reverse("rules"),
        )
    )


def sentences(body: Mapping[str, Any]) -> list[str]:
    """Return what two persons seal, in words."""
    return [
        _("The rules %(name)s, version %(version)d, are to hold here.") % {"name": body["pack"], "version": body["version"]},
        _("The file has the SHA-256 %(digest)s.") % {"digest": body["sha256"]},
    ]


@transaction.atomic
def ask_to_install(*, text: bytes, signature: str, asker: Actor, at: datetime) -> str:
    """Keep the files of a pack that may be installed, and return the act two persons are to seal. Raises PackRefused, BadAct, OSError."""
    found = packs.checked(text=text, signature=signature)
    body: dict[str, Json] = {"pack": found.pack.id, "version": found.pack.version, "sha256": hashlib.sha256(text).hexdigest()}
    act = acts.ask(kind=INSTALL, body=body, asker=asker, at=at)
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{asker.organisation}.{act.id}"
    replace_private(folder / f"{name}.jws", signature.encode())
    replace_private(folder / f"{name}.json", text)
    return act.id


def round_of_packs(*, at: datetime) -> int:
    """Install what was sealed, forget what was refused; return how many were settled. Raises AuditUnavailable, OSError."""
    return sum(_settle(path, at) for path in sorted(_folder().glob("*.json")))


def _settle(path: Path, at: datetime) -> int:
    organisation, _dot, act_id = path.stem.partition(".")
    found = acts.sealed(act_id)
    if found is None:
        try:
            waits = acts.find(act_id=act_id, organisation_id=organisation).state == "asked"
        except acts.NoSuchAct:
            return 0  # no file of ours: it stops nobody's rules
        if not waits:
            _forget(path)
        return int(not waits)
    signed = path.with_suffix(".jws")
    text, signature = path.read_bytes(), signed.read_text("ascii", errors="replace") if signed.exists() else ""
    body = found.act.body
    subject = Subject("pack", str(body["pack"]), found.act.organisation)
    details = {"pack": str(body["pack"]), "version": str(body["version"]), "digest": str(body["sha256"]), "act": found.act.id}
    whole = hashlib.sha256(text).hexdigest() == body["sha256"]
    try:
        packs.checked(text=text, signature=signature)
    except packs.PackRefused:
        whole = False
    outcome = "done" if whole else "refuse"
    audit.record(actor=Actor.system("packs"), action=Action.PACK_INSTALL, subject=subject, outcome=outcome, at=at, details=details)
    if whole:
        packs.install(text=text, signature=signature, at=at)
    _forget(path)
    return 1


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_suffix(".jws").unlink(missing_ok=True)


def _folder() -> Path:
    folder: Path = settings.CITYSQUARE.data_dir / "packs"
    return folder
