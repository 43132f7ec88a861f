"""What this room does when acts about exhibits are sealed, refused or expire."""

from __future__ import annotations

from django.utils import timezone

from citysquare.apps.accounts.events import ActEnded, ActSealed
from citysquare.apps.footage.services import exhibits
from citysquare.proof.bundles.exhibit import ACT_KIND


def act_sealed(event: ActSealed) -> None:
    """Let a sealed exhibit be made."""
    if event.kind == ACT_KIND:
        exhibits.begin(act_id=event.act_id)


def act_ended(event: ActEnded) -> None:
    """Give up an exhibit that was refused, or that nobody sealed in time."""
    if event.kind == ACT_KIND:
        exhibits.give_up(act_id=event.act_id, at=timezone.now())
