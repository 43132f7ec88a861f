"""`citysquare rotate_camera_keys`: seal the cameras' passwords with a new key, and forget the old one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from citysquare.apps.devices import services
from citysquare.engine.errors import BadKeyFile
from citysquare.engine.sealing import changing, open_keyring, write_keyring
from citysquare.platform import audit
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.site.wiring import write_node


class Command(BaseCommand):
    """Cut short at any moment it has lost nothing: the old key goes only after everything is sealed with the new one."""

    help = "Seal the cameras' passwords with a new key and forget the old one; while the platform runs, if need be."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 -- Django's own signature
        """Rotate."""
        try:
            with changing(settings.CITYSQUARE.keys_dir):
                self._rotate(settings.CITYSQUARE.keys_dir)
        except BadKeyFile as error:
            raise CommandError(error.message) from None
        except DomainError as error:
            raise CommandError(f"{error} [{error.code}]") from None

    def _rotate(self, folder: Path) -> None:
        _note("allow", {"what": "passwords"})
        write_keyring(folder, open_keyring(folder).with_new_key())
        count, locked = services.reseal_credentials()
        write_node()
        if locked:
            raise CommandError(
                f"{locked} of {count} cameras have a password that no key opens: enter it again on their pages, then rotate once more. "
                "The old keys stay until then."
            )
        write_keyring(folder, open_keyring(folder).newest_only())
        _note("done", {"what": "passwords", "changed": count})
        self.stdout.write(f"The passwords of {count} cameras are sealed with a new key. Make a new backup: older ones hold the old key.")


def _note(outcome: str, details: audit.Details) -> None:
    """Enter it into the log. Raises AuditUnavailable."""
    audit.record(
        actor=Actor.system("console"),
        action=Action.KEY_ROTATED,
        subject=Subject("keys", "cameras"),
        outcome=outcome,
        at=timezone.now(),
        details=details,
    )
