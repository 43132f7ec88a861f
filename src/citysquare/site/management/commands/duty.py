"""`citysquare duty SIGN_IN_NAME`: put somebody on duty now, for where nobody else could."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from citysquare.apps.accounts import queries
from citysquare.apps.accounts.services import shifts
from citysquare.platform import audit
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Actor, Subject


class Command(BaseCommand):
    """Nobody puts themselves on duty on the pages: a centre's only supervisor is put there by whoever has the machine."""

    help = "Put a person on duty now, with the setting shifts = kept: for a centre's only supervisor, whom nobody else can. It is logged."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whom, and for how long."""
        parser.add_argument("sign_in_name", metavar="SIGN_IN_NAME", help="with which the person signs in")
        parser.add_argument("--hours", type=int, default=8, choices=range(1, 25), metavar="HOURS", help="how long, 1 to 24, else 8")
        parser.add_argument("--organisation", default="", help="identifier of the organisation, else the first")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 -- Django's own signature
        """Log it, then do it."""
        at, length = timezone.now(), timedelta(hours=options["hours"])
        found = queries.organisation(options["organisation"]) if options["organisation"] else queries.first_organisation()
        if found is None:
            raise CommandError("There is no such organisation. List them: citysquare organisation list")
        told: audit.Details = {"duty": "now", "hours": options["hours"]}
        where = Subject("organisation", found.pk, found.pk)
        try:
            audit.record(actor=Actor.system("console"), action=Action.SHIFT_CHANGE, subject=where, outcome="allow", at=at, details=told)
            shift = shifts.begin_now(sign_in_name=options["sign_in_name"], organisation_id=found.pk, length=length, at=at)
            whose = Subject("person", str(shift.user_id), found.pk)
            audit.record(actor=Actor.system("console"), action=Action.SHIFT_CHANGE, subject=whose, outcome="done", at=at, details=told)
        except DomainError as error:
            raise CommandError(f"{error} [{error.code}]") from None
        self.stdout.write(f"On duty until {timezone.localtime(shift.ends):%Y-%m-%d %H:%M}.")
