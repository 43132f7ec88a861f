"""`citysquare centre-key show|rotate`: the key with which this centre signs its log, its exhibits and its packs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from citysquare.platform import audit
from citysquare.platform.audit import centre
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.proof.errors import BadKey


class Command(BaseCommand):
    """Cut short at any moment it leaves a key that signs and a set that knows it."""

    help = "Show the fingerprint of the centre's key, or put a new key in its place, signed by the one so far."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        parser.add_argument("what", choices=("show", "rotate"), nargs="?", default="show")
        parser.add_argument("--lost", action="store_true", help="with rotate: others may have the key so far; it is revoked")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 -- Django's own signature
        """Do it."""
        try:
            if options["what"] == "rotate":
                self._rotate(lost=options["lost"])
            else:
                self._show()
        except BadKey as error:
            raise CommandError(error.message) from None
        except DomainError as error:
            raise CommandError(str(error)) from None

    def _show(self) -> None:
        now = audit.centre_key().kid
        for one in audit.centre_keys():
            state = "signs now" if one.key.kid == now else f"until {one.valid_to or 'now'}"
            self.stdout.write(f"{one.key.kid}  {state}")
        self.stdout.write("Who checks what this centre signed compares the key that signs with what you tell them by another way.")

    def _rotate(self, *, lost: bool) -> None:
        at = timezone.now()
        former = audit.centre_key().kid
        subject, actor = Subject("centre_key", former), Actor.system("console")
        audit.record(actor=actor, action=Action.KEY_ROTATED, subject=subject, outcome="allow", at=at, details={"previous": former})
        _former, new = centre.rotate(at=at, lost=lost)
        done = Subject("centre_key", new.kid)
        audit.record(
            actor=actor,
            action=Action.KEY_ROTATED,
            subject=done,
            outcome="done",
            at=at,
            details={"kid": new.kid, "previous": former, "state": "revoked" if lost else "ended"},
        )
        before = f"{former} is revoked" if lost else f"{former} signed it"
        self.stdout.write(f"{new.kid} signs from now on; {before}. Make a sealed backup, and tell your partners the new fingerprint.")
