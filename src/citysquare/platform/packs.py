"""Which pack holds here: the one of the jurisdiction in the settings, as delivered or as two persons installed a newer one."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.platform.errors import DomainError
from citysquare.platform.models import InstalledPack
from citysquare.platform.policy import BadPack, Pack, PackFile, delivered
from citysquare.platform.policy.pack_files import DELIVERED, read_signed
from citysquare.platform.turns import take_turn
from citysquare.proof.errors import BadKey
from citysquare.proof.keys import KeySet

_log = logging.getLogger(__name__)

_TURN = "platform.packs"
_MOST_KEY_FILE = 128 * 1024


class PackRefused(DomainError):
    """The pack may not hold here: unsigned, altered, by nobody we trust, or not newer."""

    code = "pack.refused"


class PackBroken(DomainError):
    """The pack that should hold cannot be read or was altered."""

    code = "pack.broken"
    status = 503


def in_force() -> Pack:
    """Return the pack that holds here. Raises PackBroken."""
    return file_in_force().pack


def file_in_force() -> PackFile:
    """Return the pack that holds here with what is told about it.

    Raises PackBroken where it is missing or was altered: what needs it is then refused, since nobody knows what it would demand.
    """
    name = settings.CITYSQUARE.jurisdiction
    row = InstalledPack.objects.filter(jurisdiction=name).order_by("-version").first()
    try:
        base = delivered(name) if name in DELIVERED else None
        if row is not None and (base is None or row.version > base.pack.version):
            return read_signed(row.text.encode(), row.signature, trusted_keys())[0]
    except (BadPack, BadKey, OSError) as error:
        _log.error("the rules of the jurisdiction %s cannot be read: %s", name, error)
        raise PackBroken(
            _("The rules of the jurisdiction were altered or cannot be read, so this was not done: tell the administrator.")
        ) from None
    if base is None:
        raise PackBroken(_("No rules are installed for the jurisdiction in the settings, so this was not done: tell the administrator."))
    return base


def trusted_keys() -> KeySet:
    """Return the keys whose packs the city trusts (setting `pack_keys`); none: an empty set. Raises BadKey, OSError."""
    path = settings.CITYSQUARE.pack_keys
    if path is None:
        return KeySet()
    with path.open("rb") as file:
        return KeySet.decoded(file.read(_MOST_KEY_FILE + 1))


def checked(*, text: bytes, signature: str) -> PackFile:
    """Return a pack from a file if it may be installed: signed by a trusted key, whole, and newer than what is there.

    Raises PackRefused.
    """
    return _checked(text, signature)[0]


def _checked(text: bytes, signature: str) -> tuple[PackFile, str]:
    """Return the pack and the name of the key that signed it. Raises PackRefused."""
    try:
        found, kid = read_signed(text, signature, trusted_keys())
    except BadPack as error:
        raise PackRefused(_(str(error))) from None
    except (BadKey, OSError):
        raise PackRefused(_("The file of trusted keys cannot be read: see the setting pack_keys.")) from None
    known = _newest(found.pack.id)
    if found.pack.version <= known:
        raise PackRefused(_("Version %(known)d is here already; a pack must be newer than that.") % {"known": known})
    return found, kid


@transaction.atomic
def install(*, text: bytes, signature: str, at: datetime) -> PackFile:
    """Keep a pack that two persons approved, so that it holds from now on where its jurisdiction does. Raises PackRefused."""
    take_turn(_TURN)
    found, kid = _checked(text, signature)
    InstalledPack.objects.create(
        jurisdiction=found.pack.id, version=found.pack.version, text=text.decode(), signature=signature.strip(), kid=kid, installed_at=at
    )
    return found


def _newest(jurisdiction: str) -> int:
    row = InstalledPack.objects.filter(jurisdiction=jurisdiction).order_by("-version").first()
    base = delivered(jurisdiction).pack.version if jurisdiction in DELIVERED else 0
    return max(base, row.version if row is not None else 0)
