"""`citysquare audit-clock show|accept`: say in the log that the machine's clock is right now, after it had run ahead."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from citysquare.platform import audit
from citysquare.platform.audit.clock import newest_time
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.proof.fields import time_text


class Command(BaseCommand):
    """Permissions go by the newest time in the log; without this they would stay in a future that was a mistake."""

    help = "Show how the machine's clock stands to the audit log, or accept the clock after it had run ahead; that is an entry."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        parser.add_argument("what", choices=("show", "accept"), nargs="?", default="show")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 -- Django's own signature
        """Do it."""
        at, newest = timezone.now(), newest_time()
        if newest is None or newest <= at:
            self.stdout.write("The clock is not behind the log: nothing to accept.")
            return
        behind = int((newest - at).total_seconds())
        if options["what"] == "show":
            self.stdout.write(f"The clock is {behind} s behind the log. If it is right now, accept it: citysquare audit-clock accept")
            return
        details: audit.Details = {"newest_time": time_text(newest), "seconds": behind}
        try:
            subject = Subject("audit", "clock")
            audit.record(
                actor=Actor.system("console"), action=Action.AUDIT_CLOCK, subject=subject, outcome="accepted", at=at, details=details
            )
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Accepted: permissions go by the clock again, which is {behind} s earlier than the log's newest time.")
