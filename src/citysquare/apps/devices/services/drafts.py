"""What is known of a setting-up that is not finished: kept sealed for an hour, on our side only.

Between two pages a password is nowhere but here: neither in a page, nor in a form's hidden field, nor in a cookie.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices import credentials
from citysquare.apps.devices.models import SetupDraft
from citysquare.apps.devices.services.errors import KeysUnusable, SetupGone
from citysquare.apps.devices.services.register import KEYS
from citysquare.engine.errors import BadKeyFile, SealingError
from citysquare.platform.turns import take_turn

DRAFT_LIVES = timedelta(hours=1)
MOST_DRAFTS = 20
"""Of an organisation, at a time."""


@transaction.atomic
def keep_draft(*, organisation_id: str, kind: SetupDraft.Kind, content: Mapping[str, Any], at: datetime) -> SetupDraft:
    """Keep what was learned or read for an hour. Raises KeysUnusable."""
    take_turn(KEYS)
    drafts = SetupDraft.objects.filter(organisation_id=organisation_id)
    SetupDraft.objects.filter(created_at__lt=at - DRAFT_LIVES).delete()
    newest = drafts.order_by("-created_at", "pk").values_list("pk", flat=True)[: MOST_DRAFTS - 1]
    drafts.exclude(pk__in=list(newest)).delete()
    draft = SetupDraft(organisation_id=organisation_id, kind=kind, created_at=at)
    try:
        draft.sealed = credentials.keyring(make=True).seal(json.dumps(dict(content)), purpose=_purpose(draft))
    except BadKeyFile as error:
        raise KeysUnusable(error.message) from None
    draft.save(force_insert=True)
    return draft


def open_draft(*, organisation_id: str, kind: SetupDraft.Kind, draft_id: str, at: datetime) -> dict[str, Any]:
    """Return what was kept. Raises SetupGone."""
    draft = SetupDraft.objects.filter(pk=draft_id, organisation_id=organisation_id, kind=kind, created_at__gte=at - DRAFT_LIVES).first()
    try:
        found = json.loads(credentials.keyring().unseal(draft.sealed, purpose=_purpose(draft))) if draft else None
    except SealingError:
        found = None
    if not isinstance(found, dict):
        raise SetupGone(_("This is no longer waiting: it was finished already, or an hour has passed. Begin again."))
    return found


@transaction.atomic
def forget_drafts(*, at: datetime) -> int:
    """Forget what has waited for longer than an hour, passwords and all, though nobody begins anew; return how many there were."""
    return SetupDraft.objects.filter(created_at__lt=at - DRAFT_LIVES).delete()[0]


def drop_draft(*, organisation_id: str, draft_id: str) -> None:
    """Forget what was kept; what is gone already stays gone."""
    SetupDraft.objects.filter(pk=draft_id, organisation_id=organisation_id).delete()


def _purpose(draft: SetupDraft) -> str:
    return f"draft:{draft.pk}"
